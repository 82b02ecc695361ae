"""How days and moments of a cohort are worded on pages: by the clock on its wall."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date

from app.cohorts.showing import date_in_words
from app.web.language import current_language
from app.words import Language

PATTERNS: dict[Language, tuple[str, str]] = {"zh-CN": ("M月d日（EEE）", "zh_CN"), "en": ("EEE d MMMM", "en_GB")}
A_SEASON = 150  # days: what lies further away is named with its year


def day_in_words(day: date, today: date) -> str:
    """11月25日（周三） · Wed 25 November; with the year where it could be mistaken."""
    if abs((day - today).days) > A_SEASON:
        return date_in_words(day, current_language())
    return _short(day, current_language())


def moment_on_wall(moment: datetime, zone: str, today: date) -> str:
    """12:00 of today; 11月25日（周三）12:00 or Wed 25 November 12:00 of another day."""
    there = moment.astimezone(ZoneInfo(zone))
    time = f"{there:%H:%M}"
    if there.date() == today:
        return time
    space = "" if current_language() == "zh-CN" else " "
    return f"{day_in_words(there.date(), today)}{space}{time}"


@lru_cache(maxsize=512)
def _short(day: date, language: Language) -> str:
    pattern, locale = PATTERNS[language]
    return format_date(day, pattern, locale=locale)
