"""The tables of the classroom: who was there, and who works with whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    delete,
    event,
    inspect,
    text,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from app.cohorts.models import Enrolment
from app.db import Base, kept

AttendanceState = Literal["present", "late", "left_early", "excused", "absent"]
WorkMode = Literal["pairs", "group"]
WORK_MODES: tuple[WorkMode, ...] = get_args(WorkMode)
STATES: tuple[AttendanceState, ...] = get_args(AttendanceState)


def _of_person(purpose: str) -> dict[str, Any]:
    return kept(
        purpose,
        readers="the person, trainers of the cohort, HR",
        until="person erased",
        export=True,
        erasure="anonymise",
    )


def _of_cohort(purpose: str) -> dict[str, Any]:
    return kept(purpose, readers="people in the cohort, HR", until="10 years after its end", erasure="keep")


class Attendance(Base):
    """How somebody attended one session of their cohort. No row: nobody has said yet."""

    __tablename__ = "attendance"
    __table_args__ = (CheckConstraint(f"state IN {STATES}", name="state_known"),)

    cohort_session_id: Mapped[int] = mapped_column(
        ForeignKey("cohort_session.id"), primary_key=True, info=_of_person("at which session")
    )
    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("enrolment.id"), primary_key=True, index=True, info=_of_person("who attended")
    )
    state: Mapped[str] = mapped_column(String(20), info=_of_person("present, late, left early, excused or absent"))
    marked_at: Mapped[datetime] = mapped_column(info=_of_person("when it was ticked"))
    marked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=_of_person("who ticked it"))


_NAMED = ("cohort_id", "work", "name")
_LIVE = text("ended_at IS NULL")
"""A name is free again once its group was taken apart."""


class Group(Base):
    """Some people of a cohort who do exercises together: those for pairs, or those for groups."""

    __tablename__ = "cohort_group"
    __table_args__ = (
        Index("ix_cohort_group_names", *_NAMED, unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        UniqueConstraint("id", "work"),  # what a member's row points at, so that it cannot say something else
        CheckConstraint(f"work IN {WORK_MODES}", name="work_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_cohort("identifies the group"))
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), info=_of_cohort("whose group it is"))
    work: Mapped[str] = mapped_column(String(10), info=_of_cohort("whether a pair or a group"))
    name: Mapped[str] = mapped_column(String(80), info=_of_cohort("what it is called"))
    created_at: Mapped[datetime] = mapped_column(info=_of_cohort("when it was made"))
    ended_at: Mapped[datetime | None] = mapped_column(  # what it wrote goes on naming it
        info=_of_cohort("when it was taken apart")
    )


class GroupMember(Base):
    """Somebody in a group; in one for each way of working."""

    __tablename__ = "group_member"
    __table_args__ = (
        ForeignKeyConstraint(["group_id", "work"], ["cohort_group.id", "cohort_group.work"]),
        UniqueConstraint("group_id", "enrolment_id"),
    )

    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("enrolment.id"), primary_key=True, info=_of_person("who works in it")
    )
    work: Mapped[str] = mapped_column(String(10), primary_key=True, info=_of_person("at which exercises"))
    group_id: Mapped[int] = mapped_column(info=_of_person("in which group"))
    leads: Mapped[bool] = mapped_column(default=False, info=_of_person("whether they lead its discussions"))
    joined_at: Mapped[datetime] = mapped_column(info=_of_person("since when"))
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=_of_person("who put them there"))


@event.listens_for(Enrolment, "after_update")
def _leave_groups(_mapper: Mapper[Any], connection: Connection, enrolment: Enrolment) -> None:
    """Whoever is withdrawn leaves their groups with it, whoever withdraws them: cohorts know nothing of groups."""
    if enrolment.withdrawn_at is not None and inspect(enrolment).attrs.withdrawn_at.history.has_changes():
        connection.execute(delete(GroupMember).where(GroupMember.enrolment_id == enrolment.id))
