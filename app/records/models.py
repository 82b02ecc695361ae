"""The tables of records: derived from enrolments, attendance and marks, and made again from them at any time."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any, Literal, get_args

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cohorts.models import Enrolment
from app.db import Base, kept

Outcome = Literal["open", "completed", "withdrawn"]
"""What does not depend on today; see states.py for what does."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def _derived(purpose: str) -> dict[str, Any]:
    return kept(
        purpose,
        readers="the person, trainers of the cohort, HR",
        until="the enrolment goes",
        export=True,
        erasure="anonymise",
    )


def _counted(purpose: str) -> dict[str, Any]:
    return kept(purpose, readers="HR", until="counted anew", erasure="keep")


_UNDATED = text("starts_on IS NULL")
"""Cohorts without dates are few; their people are «not begun» whatever the day of enrolment."""


class Progress(Base):
    """How far somebody is with the completion of a cohort's course. One row an enrolment; facts only, never today."""

    __tablename__ = "progress"
    __table_args__ = (
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome_known"),
        # Each holds all that a page of HR's list is chosen by, so that only the rows shown are looked up in the table.
        Index("ix_progress_listed", "outcome", "dated_on", "enrolment_id", "starts_on"),
        Index("ix_progress_course_listed", "course_id", "outcome", "dated_on", "enrolment_id", "starts_on"),
        Index(
            "ix_progress_department_listed",
            *("department_id", "outcome", "dated_on", "enrolment_id", "starts_on", "course_id"),
        ),
        Index(
            "ix_progress_undated",
            *("dated_on", "outcome", "department_id", "course_id"),
            sqlite_where=_UNDATED,
            postgresql_where=_UNDATED,
        ),
    )

    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("enrolment.id"), primary_key=True, info=_derived("of which enrolment")
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True, info=_derived("who"))
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), index=True, info=_derived("in which cohort"))
    course_id: Mapped[int] = mapped_column(ForeignKey("published_course.id"), info=_derived("of which course"))
    department_id: Mapped[int | None] = mapped_column(  # no foreign key: it follows the person's, and may lag
        info=_derived("in which department they are")
    )
    outcome: Mapped[str] = mapped_column(String(10), info=_derived("completed, withdrawn, or open as yet"))
    starts_on: Mapped[date | None] = mapped_column(info=_derived("first day of the cohort"))  # None: no dates
    dated_on: Mapped[date] = mapped_column(  # one date for lists, filters and months
        info=_derived("the day it was completed, else the last day of the cohort, else the day of enrolment")
    )
    completed_on: Mapped[date | None] = mapped_column(info=_derived("when everything asked for was there"))
    attended_minutes: Mapped[int] = mapped_column(info=_derived("taught minutes of the sessions attended"))
    taught_minutes: Mapped[int] = mapped_column(info=_derived("taught minutes of all sessions"))
    handed_in: Mapped[int] = mapped_column(info=_derived("required exercises that were handed in"))
    required: Mapped[int] = mapped_column(info=_derived("required exercises"))
    earned_numerator: Mapped[int] = mapped_column(BigInteger, info=_derived("points earned in required exercises"))
    earned_denominator: Mapped[int] = mapped_column(BigInteger, info=_derived("points earned, below the line"))
    possible_numerator: Mapped[int] = mapped_column(BigInteger, info=_derived("points that can be earned in them"))
    possible_denominator: Mapped[int] = mapped_column(BigInteger, info=_derived("those points, below the line"))
    missing: Mapped[list[dict[str, Any]]] = mapped_column(JSON, info=_derived("what is missing; see rules.py"))
    minutes_by_year: Mapped[dict[str, Any]] = mapped_column(info=_derived("attended minutes by year of the session"))

    enrolment: Mapped[Enrolment] = relationship(lazy="raise")

    @property
    def earned(self) -> Fraction:
        return Fraction(self.earned_numerator, self.earned_denominator)

    @property
    def possible(self) -> Fraction:
        return Fraction(self.possible_numerator, self.possible_denominator)


class ProgressCount(Base):
    """How many rows of Progress there are of a course, a department, a month and an outcome: kept with each change."""

    __tablename__ = "progress_count"
    __table_args__ = (
        Index("ix_progress_count_summed", "department_id", "month", "course_id", "outcome", "enrolments"),
    )

    course_id: Mapped[int] = mapped_column(
        ForeignKey("published_course.id"), primary_key=True, info=_counted("of which course")
    )
    department_id: Mapped[int] = mapped_column(  # 0: without one; no foreign key, because a key cannot be empty
        primary_key=True, info=_counted("in which department")
    )
    month: Mapped[int] = mapped_column(primary_key=True, info=_counted("year and month of `dated_on`: 202611"))
    outcome: Mapped[str] = mapped_column(String(10), primary_key=True, info=_counted("with which outcome"))
    enrolments: Mapped[int] = mapped_column(info=_counted("how many"))


class ProgressTotal(Base):
    """Sums of ProgressCount over all courses, all departments or all months (see totals.py): changed along with it."""

    __tablename__ = "progress_total"
    __table_args__ = (
        Index("ix_progress_total_summed", "month", "course_id", "department_id", "outcome", "enrolments"),
    )

    course_id: Mapped[int] = mapped_column(primary_key=True, info=_counted("of which course, or of all"))
    department_id: Mapped[int] = mapped_column(primary_key=True, info=_counted("in which department, or in all"))
    month: Mapped[int] = mapped_column(primary_key=True, info=_counted("which month, or all"))
    outcome: Mapped[str] = mapped_column(String(10), primary_key=True, info=_counted("with which outcome"))
    enrolments: Mapped[int] = mapped_column(info=_counted("how many"))


class TrainingTime(Base):
    """What somebody attended in a year, over all their cohorts: their training hours."""

    __tablename__ = "training_time"
    __table_args__ = (
        Index(None, "year", "department_id", "minutes", "person_id"),
        Index(None, "year", "minutes", "person_id"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, info=_derived("who"))
    year: Mapped[int] = mapped_column(primary_key=True, info=_derived("in which year, on the wall of the room"))
    department_id: Mapped[int | None] = mapped_column(info=_derived("in which department they are"))  # as above
    minutes: Mapped[int] = mapped_column(info=_derived("taught minutes attended"))
