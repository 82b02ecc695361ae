"""The keys in a workbook with marks: of its columns and lines, and the stamp that says when it was made and of what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from hashlib import sha256

from app.cohorts.models import Cohort
from app.web.exports.cells import rounded

NUMBER, NAME, DEPARTMENT = "number", "name", "department"
ABOUT = (NUMBER, NAME, DEPARTMENT)
"""The keys of the columns that say who is meant."""
_STAMP = re.compile(r"CW-(\d{1,10})-(\d{1,18})-(\d{1,18})-([0-9a-f]{10})")
_KEY = re.compile(r"P(\d{1,9})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Stamp:
    """What a workbook knows: which cohort, the newest marking, and the moment."""

    cohort_id: int
    marking_id: int
    at: datetime

    def text(self, cohort: Cohort) -> str:
        """As it stands in the workbook, with what tells this cohort from that of another installation."""
        since = (self.at - _EPOCH) // timedelta(microseconds=1)
        known = f"CW-{self.cohort_id}-{self.marking_id}-{since}"
        return f"{known}-{sha256(f'{known}/{cohort.created_at.isoformat()}'.encode()).hexdigest()[:10]}"

    @classmethod
    def read(cls, text: str) -> Stamp | None:
        """The stamp in a text, whoever made it; None where there is none."""
        found = _STAMP.fullmatch(text.strip())
        if found is None:
            return None
        cohort_id, marking_id, since = (int(found[n]) for n in (1, 2, 3))
        try:
            return cls(cohort_id, marking_id, _EPOCH + timedelta(microseconds=since))
        except OverflowError:
            return None


def key_of(enrolment_id: int) -> str:
    """The key of a line."""
    return f"P{enrolment_id}"


def enrolment_of_key(text: str) -> int | None:
    """The enrolment that a key means; None where it is no key."""
    found = _KEY.fullmatch(text.strip())
    return int(found[1]) if found else None


def shown(points: Fraction) -> Fraction:
    """Points as the workbook shows them: to two decimals."""
    return Fraction(rounded(points, 2), 100)
