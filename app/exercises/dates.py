"""Dates: as trainees write them, and as authors write them in a head; everywhere else as 2026-03-05, which sorts.

What trainees may type: 2026-03-05, 2026/3/5, 2026.3.5, 20260305, 2026年3月5日, 二〇二六年三月五日, March 5, 2026 and
5 March 2026, with full-width digits, Chinese commas, spaces, a weekday behind.
Day before month is refused: nobody can tell 3/5/2026 from 5/3/2026.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from app.exercises.chinese import with_figures
from app.words import Sentence, say

LONGEST = 40
_SEPARATED = re.compile(r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})(?:日|号)?")
_TOGETHER = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−、。,", "-"))
_WEEKDAY = re.compile(r"\(?(星期|周|礼拜|禮拜)[一二三四五六日天]\)?$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_NAMED = (
    re.compile(rf"{_MONTH} ?(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,? ?(?P<year>[0-9]{{4}})"),
    re.compile(rf"(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th|\.)? ?{_MONTH},? ?(?P<year>[0-9]{{4}})"),
)


def read_date(text: str) -> str | Sentence | None:
    """The date in a text as YYYY-MM-DD, None if the text is blank, a sentence if it cannot be read. Never raises."""
    if not text.strip():
        return None
    tidy = _tidy(text[: 4 * LONGEST])
    found = _SEPARATED.fullmatch(tidy) or _TOGETHER.fullmatch(tidy)
    if found is None:
        return say("“{typed}” cannot be read as a date. Write it like 2026-03-05.", typed=_cut(text))
    year, month, day = map(int, found.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return say("There is no {typed} in the calendar. Write the date like 2026-03-05.", typed=_cut(text))


def _tidy(text: str) -> str:
    """The date with figures only, in the order of year, month, day."""
    spaced = " ".join(unicodedata.normalize("NFKC", text).split())
    for named in _NAMED:
        if found := named.fullmatch(spaced.casefold()):
            return f"{found['year']}-{_MONTHS.index(found['month']) + 1}-{found['day']}"
    dated = with_figures(_WEEKDAY.sub("", spaced.replace("週", "周"))).translate(_DASHES)
    return re.sub(r"\s", "", re.sub(r"(?<=[0-9]) (?=[0-9])", "-", dated)).rstrip("-.")


def _cut(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"
