"""How cohorts are put on pages: dates in words, and ways to pages of the features above."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from babel.dates import format_date

from app.web.language import current_language
from app.words import Language

PATTERNS: dict[Language, tuple[str, str]] = {
    "zh-CN": ("y年M月d日（EEE）", "zh_CN"),
    "en": ("EEE d MMMM y", "en_GB"),
}


NAMES: dict[Language, tuple[str, str, str]] = {
    "zh-CN": ("{title}（{month}）", "y年M月", "zh_CN"),
    "en": ("{title}, {month}", "MMMM y", "en_GB"),
}
LONGEST_TITLE = 180


def name_for(title: str, first_day: date, language: Language) -> str:
    """What a cohort is called that nobody named: 大客户营销（2026年12月） · Key accounts, December 2026."""
    together, pattern, locale = NAMES[language]
    return together.format(title=title[:LONGEST_TITLE], month=format_date(first_day, pattern, locale=locale))


@lru_cache(maxsize=1024)
def date_in_words(day: date, language: Language) -> str:
    """2026年11月23日（周一） · Mon 23 November 2026."""
    pattern, locale = PATTERNS[language]
    return format_date(day, pattern, locale=locale)


def weekday(day: date) -> str:
    """The date with its weekday, in the language of this request."""
    return date_in_words(day, current_language())
