"""What happens in the demo organisation and when: `demo/cohorts.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from app.classroom.models import AttendanceState
from app.demo.files import read_data
from config import PROJECT

SATURDAY = 5


class _Plan(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DemoCertificates(_Plan):
    """Who gets certificates, and what becomes of some."""

    by: str
    after: int
    """Days after the last of the cohort."""
    not_yet: tuple[str, ...]
    revoked: Mapping[str, str]
    """Number → why."""
    issued_again: tuple[str, ...]


class DemoCohort(_Plan):
    """A cohort with its people, and what does not go as planned."""

    id: str
    name: str
    course: str
    room: str
    begins: int | Literal["today is the third day"]
    """Or on the Monday so many weeks from this one."""
    opened_before: int
    """Days before the first of the cohort."""
    trainers: tuple[str, ...]
    people: tuple[str, ...]
    away: Mapping[str, Mapping[str, AttendanceState]] = {}
    """Session → number → how they attended; the others were present."""
    withdrawn: Mapping[str, str] = {}
    """Number → before which session."""
    closes_after: int | None = None
    certificates: DemoCertificates | None = None

    def first_day(self, today: date) -> date:
        """The first day of teaching, seen from today."""
        if isinstance(self.begins, int):
            return today - timedelta(days=today.weekday()) + timedelta(weeks=self.begins)
        third = today - timedelta(days=max(0, today.weekday() - SATURDAY + 1))
        back = 2 if third.weekday() >= 2 else 4  # over a weekend
        return third - timedelta(days=back)


class DemoDesign(_Plan):
    """Who issues and signs."""

    issuer: str
    signer: str
    signer_title: str


class DemoPlan(_Plan):
    """The whole file."""

    cohorts: tuple[DemoCohort, ...]
    design: DemoDesign

    @property
    def courses(self) -> frozenset[str]:
        return frozenset(cohort.course for cohort in self.cohorts)


@lru_cache
def demo_plan() -> DemoPlan:
    """What happens in the demo organisation."""
    return DemoPlan.model_validate(read_data(PROJECT, "cohorts.yaml"))
