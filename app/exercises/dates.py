"""Dates: as trainees write them, and as authors write them in a head; everywhere else as 2026-03-05, which sorts.

What trainees may type: 2026-03-05, 2026/3/5, 2026.3.5, 20260305, 2026年3月5日, with full-width digits and spaces.
Day before month is refused: nobody can tell 3/5/2026 from 5/3/2026.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from app.words import Sentence, say

LONGEST = 40
_SEPARATED = re.compile(r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})(?:日|号)?")
_TOGETHER = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


def read_date(text: str) -> str | Sentence | None:
    """The date in a text as YYYY-MM-DD, None if the text is blank, a sentence if it cannot be read. Never raises."""
    if not text.strip():
        return None
    tidy = re.sub(r"\s", "", unicodedata.normalize("NFKC", text[: 4 * LONGEST])).translate(_DASHES)
    found = _SEPARATED.fullmatch(tidy) or _TOGETHER.fullmatch(tidy)
    if found is None:
        return say("“{typed}” cannot be read as a date. Write it like 2026-03-05.", typed=_cut(text))
    year, month, day = map(int, found.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return say("There is no {typed} in the calendar. Write the date like 2026-03-05.", typed=_cut(text))


def _cut(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"
