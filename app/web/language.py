"""The language of a page: the person's own, else the one chosen on this device, else the browser's."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from flask import Flask, g, has_request_context, request
from werkzeug.wrappers import Response

from app import clock
from app.web.viewing import viewer
from app.words import LANGUAGES, Language, Sentence, in_words, say, translated

COOKIE = "language"
NAMES: dict[Language, str] = {"zh-CN": "中文", "en": "English"}
HOME_ZONE = ZoneInfo("Asia/Shanghai")
"""Where moments that belong to no place are shown, such as a date of publication."""


def current_language() -> Language:
    """The language this request is answered in; Chinese outside of one."""
    if not has_request_context():
        return "zh-CN"
    found: Language | None = g.get("language")  # a page asks for every one of its words
    if found is None:
        someone = viewer()
        chosen = someone.language if someone else None
        found = g.language = chosen or language_named(request.cookies.get(COOKIE, "")) or _of_browser()
    return found


def language_named(tag: str) -> Language | None:
    """The language of ours with exactly this tag."""
    return next((language for language in LANGUAGES if language == tag), None)


def remember_language(response: Response, language: Language, *, secure: bool) -> None:
    """Keep the choice on this device for a year."""
    response.set_cookie(COOKIE, language, max_age=365 * 86400, secure=secure, httponly=True, samesite="Lax")


def words(sentence: Sentence) -> str:
    """A sentence in the language of this request."""
    return in_words(sentence, current_language())


def zone_of_viewer() -> ZoneInfo:
    """Where moments are shown to whoever looks: the organisation's zone, or home for strangers."""
    someone = viewer() if has_request_context() else None
    return ZoneInfo(someone.zone) if someone else HOME_ZONE


def today_here() -> date:
    """The day on the wall where the viewer looks."""
    return clock.now().astimezone(zone_of_viewer()).date()


def day_in_words(moment: datetime, language: Language, *, zone: ZoneInfo = HOME_ZONE) -> str:
    """2026年11月23日 · 23 November 2026."""
    return _date_in_words(moment.astimezone(zone).date(), language)


@lru_cache(maxsize=512)
def _date_in_words(day: date, language: Language) -> str:
    return format_date(day, "long", locale=_locale(language))


def moment_in_words(moment: datetime, language: Language, *, zone: ZoneInfo = HOME_ZONE) -> str:
    """2026年11月23日 09:05 · 23 November 2026 09:05."""
    time = format_datetime(moment.astimezone(zone), "HH:mm", locale=_locale(language))
    return f"{day_in_words(moment, language, zone=zone)} {time}"


def speak_in_templates(app: Flask) -> None:
    """Give templates `_()`, `language`, `languages` and the filters `words`, `day` and `moment`."""
    app.jinja_env.globals["_"] = _translate
    app.jinja_env.globals["page_language"] = current_language  # for macros, which know no page
    app.jinja_env.filters["words"] = words
    app.jinja_env.filters["day"] = lambda moment: day_in_words(moment, current_language(), zone=zone_of_viewer())
    app.jinja_env.filters["moment"] = lambda moment: moment_in_words(moment, current_language(), zone=zone_of_viewer())
    app.context_processor(lambda: {"language": current_language(), "languages": NAMES})


def _translate(text: str, /, **values: object) -> str:
    return words(say(text, **values)) if values else translated(text, current_language())


def _of_browser() -> Language:
    wanted = (tag.lower() for tag in request.accept_languages.values())
    return next(("en" if tag.startswith("en") else "zh-CN" for tag in wanted if tag[:2] in {"en", "zh"}), "zh-CN")


@lru_cache
def _locale(language: Language) -> Locale:
    """A name would be looked for among a thousand with every date."""
    return Locale.parse("en_GB" if language == "en" else "zh_CN")
