"""The tables of cohorts: people taking one version of a course together, on dates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.catalogue.models import CourseVersion
from app.db import Base, kept


def _of_cohort(purpose: str) -> dict[str, Any]:
    return kept(purpose, readers="people in the cohort, HR, admin", until="10 years after its end", erasure="keep")


def _of_person(purpose: str) -> dict[str, Any]:
    return kept(
        purpose,
        readers="the person, trainers of the cohort, HR, admin",
        until="person erased",
        export=True,
        erasure="anonymise",
    )


class Cohort(Base):
    """People taking one version of a course together. Its dates are wall time in `zone`."""

    __tablename__ = "cohort"

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_cohort("identifies the cohort"))
    version_id: Mapped[int] = mapped_column(
        ForeignKey("course_version.id"), index=True, info=_of_cohort("what is taught, frozen")
    )
    name: Mapped[str] = mapped_column(String(200), info=_of_cohort("what the cohort is called"))
    zone: Mapped[str] = mapped_column(String(64), info=_of_cohort("IANA zone of its dates and times"))
    created_at: Mapped[datetime] = mapped_column(info=_of_cohort("when it was opened"))
    created_by_id: Mapped[int | None] = mapped_column(  # None: by the program itself, or erased since
        ForeignKey("person.id"), info=_of_person("who opened it")
    )
    archived_at: Mapped[datetime | None] = mapped_column(info=_of_cohort("closes it for changes"))

    version: Mapped[CourseVersion] = relationship(lazy="raise")
    sessions: Mapped[list[CohortSession]] = relationship(
        lazy="raise", order_by="(CohortSession.day, CohortSession.starts, CohortSession.id)", back_populates="cohort"
    )


class CohortTrainer(Base):
    """A person who trains a cohort: sees and marks what its people write."""

    __tablename__ = "cohort_trainer"

    cohort_id: Mapped[int] = mapped_column(
        ForeignKey("cohort.id"), primary_key=True, info=_of_cohort("which cohort is trained")
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), primary_key=True, index=True, info=_of_person("who trains it")
    )
    added_at: Mapped[datetime] = mapped_column(info=_of_person("since when"))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=_of_person("who added them"))


class CohortSession(Base):
    """When and where a session of the course is taught to a cohort, and by whom."""

    __tablename__ = "cohort_session"
    __table_args__ = (
        UniqueConstraint("cohort_id", "session_id"),
        CheckConstraint("starts >= 0 AND starts < 1440", name="starts_within_day"),
        CheckConstraint("minutes > 0", name="lasts"),
        Index(None, "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_cohort("identifies the date"))
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), info=_of_cohort("whose date it is"))
    session_id: Mapped[str] = mapped_column(String(100), info=_of_cohort("id of the session in the outline"))
    day: Mapped[date] = mapped_column(info=_of_cohort("date on the wall of the room"))
    starts: Mapped[int] = mapped_column(info=_of_cohort("minutes after midnight on the wall of the room"))
    minutes: Mapped[int] = mapped_column(info=_of_cohort("from first slot to last, breaks included"))
    room: Mapped[str] = mapped_column(String(200), default="", info=_of_cohort("where it is"))
    trainer_id: Mapped[int | None] = mapped_column(  # None: any trainer of the cohort
        ForeignKey("person.id"), index=True, info=_of_person("who teaches it")
    )

    cohort: Mapped[Cohort] = relationship(lazy="raise", back_populates="sessions")
    trainer: Mapped[Person | None] = relationship(lazy="raise")


_UNSETTLED = text("revision <> settled")
"""Few rows at any time, so their index is small: what completion has not caught up with."""


class Enrolment(Base):
    """A person in a cohort. Withdrawn people keep their row, and come back into it."""

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("cohort_id", "person_id"),
        Index("ix_enrolment_unsettled", "id", sqlite_where=_UNSETTLED, postgresql_where=_UNSETTLED),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_person("identifies the enrolment"))
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), info=_of_person("in which cohort"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True, info=_of_person("who takes part"))
    enrolled_at: Mapped[datetime] = mapped_column(info=_of_person("since when"))
    enrolled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=_of_person("who enrolled them"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(info=_of_person("since when no longer"))
    revision: Mapped[int] = mapped_column(
        default=0, info=_of_person("raised by every change that may bear on completion")
    )
    settled: Mapped[int] = mapped_column(
        server_default="-1", info=_of_person("the revision that completion was last worked out for")
    )

    cohort: Mapped[Cohort] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])
