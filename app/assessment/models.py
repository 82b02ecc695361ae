"""The tables of answers and marks: what was given to a cohort, what was written, handed in and marked."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Any, Literal, get_args

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
    false,
    text,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from app.cohorts.models import Cohort
from app.db import Base, kept

MarkedBy = Literal["key", "trainer", "peer", "observer", "override", "review", "second"]
"""Who a marking comes from: the key or rule of the exercise; a trainer with its rubric; what reviewers or observers say
together, put down by the product; a trainer against all of them; one reviewer or observer; a second marker.
"""
MARKED_BY: tuple[MarkedBy, ...] = get_args(MarkedBy)
COUNTED: tuple[MarkedBy, ...] = ("key", "trainer", "peer", "observer", "override")
"""Those that make up the points; the others lead to them, and stay beside them."""


_SWEEPABLE = text("sweep_at IS NOT NULL")


def _of_cohort(purpose: str) -> dict[str, Any]:
    return kept(purpose, readers="people in the cohort, HR", until="10 years after its end", erasure="keep")


def _of_work(purpose: str) -> dict[str, Any]:
    return kept(
        purpose,
        readers="the person, trainers of the cohort",
        until="person erased",
        export=True,
        erasure="delete",
    )


def _of_mail(purpose: str) -> dict[str, Any]:
    return kept(purpose, readers="the person", until="90 days", export=True, erasure="delete")


class Assignment(Base):
    """An exercise given to a cohort: from when, until when, and since when its results may be seen."""

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint("cohort_id", "exercise"),
        CheckConstraint("minutes > 0", name="minutes_are_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_cohort("identifies the assignment"))
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), info=_of_cohort("to whom it is given"))
    exercise: Mapped[str] = mapped_column(String(100), info=_of_cohort("slug of the exercise"))
    opens_at: Mapped[datetime | None] = mapped_column(info=_of_cohort("from when it can be done"))  # None: at once
    closes_at: Mapped[datetime | None] = mapped_column(info=_of_cohort("until when"))  # None: without end
    minutes: Mapped[int | None] = mapped_column(  # None: without such a limit
        info=_of_cohort("how long an attempt may take from its start")
    )
    released_at: Mapped[datetime | None] = mapped_column(info=_of_cohort("since when results can be seen"))
    due_at: Mapped[datetime | None] = mapped_column(  # None: when it closes
        info=_of_cohort("until when an answer is in time; what comes later is late, and still taken")
    )
    final_at: Mapped[datetime | None] = mapped_column(info=_of_cohort("since when its marks are final"))

    cohort: Mapped[Cohort] = relationship(lazy="raise")


class ExtraTime(Base):
    """More time for one trainee at one exercise: added to the closing time and to the minutes of an attempt."""

    __tablename__ = "extra_time"
    __table_args__ = (CheckConstraint("minutes > 0", name="minutes_are_positive"),)

    assignment_id: Mapped[int] = mapped_column(
        ForeignKey("assignment.id"), primary_key=True, info=_of_work("at which exercise")
    )
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), primary_key=True, info=_of_work("for whom"))
    minutes: Mapped[int] = mapped_column(info=_of_work("how many more"))
    reason: Mapped[str] = mapped_column(Text, info=_of_work("why, in the trainer's words"))
    given_at: Mapped[datetime] = mapped_column(info=_of_work("when it was given"))
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=_of_work("who gave it"))


class Excuse(Base):
    """One trainee need not do an exercise: it counts neither for nor against them."""

    __tablename__ = "excuse"

    assignment_id: Mapped[int] = mapped_column(
        ForeignKey("assignment.id"), primary_key=True, info=_of_work("from which exercise")
    )
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), primary_key=True, info=_of_work("who"))
    reason: Mapped[str] = mapped_column(Text, info=_of_work("why, in the trainer's words"))
    at: Mapped[datetime] = mapped_column(info=_of_work("since when"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=_of_work("who excused them"))


class Told(Base):
    """That somebody was told something by mail on a day: the same is told once, however often it comes up."""

    __tablename__ = "told"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, info=_of_mail("who was told"))
    kind: Mapped[str] = mapped_column(String(20), primary_key=True, info=_of_mail("what about"))
    about_id: Mapped[int] = mapped_column(primary_key=True, info=_of_mail("about which exercise, attempt or cohort"))
    day: Mapped[date] = mapped_column(primary_key=True, info=_of_mail("on which day, where the cohort is"))
    at: Mapped[datetime] = mapped_column(info=_of_mail("when; what came later is new"))


class Attempt(Base):
    """One try at an exercise by one party, made by starting and saved as it grows."""

    __tablename__ = "attempt"
    __table_args__ = (Index(None, "sweep_at", sqlite_where=_SWEEPABLE, postgresql_where=_SWEEPABLE),)

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_work("identifies the attempt"))
    assignment_id: Mapped[int] = mapped_column(
        ForeignKey("assignment.id"), index=True, info=_of_work("at which exercise")
    )
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"), info=_of_work("as it was worded then"))
    group_id: Mapped[int | None] = mapped_column(  # None: of one person
        ForeignKey("cohort_group.id"), index=True, info=_of_work("the pair or group that works on it")
    )
    seed: Mapped[int] = mapped_column(BigInteger, info=_of_work("which variant this party has"))
    carried: Mapped[dict[str, Any]] = mapped_column(info=_of_work("what was taken over from other exercises, frozen"))
    started_at: Mapped[datetime] = mapped_column(info=_of_work("when it was begun"))
    ends_at: Mapped[datetime | None] = mapped_column(  # None: without end
        info=_of_work("until when it can be written on, extra time included")
    )
    sweep_at: Mapped[datetime | None] = mapped_column(  # None: handed in, given back, dealt with, or without end
        info=_of_work("from when on it is handed in by itself")
    )
    set_aside: Mapped[str] = mapped_column(
        Text, default="", server_default=text("''"), info=_of_work("why it could not be handed in by itself")
    )
    returned_at: Mapped[datetime | None] = mapped_column(  # the next attempt counts in its stead
        info=_of_work("when a trainer gave it back or opened it again")
    )
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=_of_work("who gave it back"))
    return_reason: Mapped[str] = mapped_column(Text, default="", info=_of_work("why it was given back"))

    assignment: Mapped[Assignment] = relationship(lazy="raise")
    submission: Mapped[Submission | None] = relationship(lazy="raise", back_populates="attempt")
    markings: Mapped[list[Marking]] = relationship(lazy="raise", order_by="Marking.id", back_populates="attempt")


class AttemptMember(Base):
    """Somebody who works on an attempt: one row alone, several for a pair or a group."""

    __tablename__ = "attempt_member"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "assignment_id", "number"),
        CheckConstraint("number > 0", name="number_is_positive"),
    )

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True, info=_of_work("which attempt"))
    enrolment_id: Mapped[int] = mapped_column(
        ForeignKey("enrolment.id"), primary_key=True, info=_of_work("who works on it")
    )
    assignment_id: Mapped[int] = mapped_column(
        ForeignKey("assignment.id"), info=_of_work("at which exercise, so that a number is given once")
    )
    number: Mapped[int] = mapped_column(info=_of_work("counts the attempts of this person at this exercise from 1"))


class AnswerChange(Base):
    """What one browser saved at once. Rows are added and never changed; the newest of a field is its state."""

    __tablename__ = "answer_change"
    __table_args__ = (UniqueConstraint("attempt_id", "client", "seq"), Index(None, "attempt_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_work("keeps the order"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), info=_of_work("of which attempt"))
    client: Mapped[str] = mapped_column(String(64), info=_of_work("which open page saved it"))
    seq: Mapped[int] = mapped_column(BigInteger, info=_of_work("counts the saves of that page"))
    base: Mapped[int] = mapped_column(BigInteger, info=_of_work("the newest change that page knew"))
    fields: Mapped[dict[str, Any]] = mapped_column(info=_of_work("field name → text as typed"))
    stale: Mapped[list[str]] = mapped_column(  # these wait for somebody to choose
        JSON, info=_of_work("the fields that another page had changed meanwhile")
    )
    late: Mapped[bool] = mapped_column(  # kept and shown to the trainer, and not part of the answer
        default=False, server_default=false(), info=_of_work("whether it arrived after the end")
    )
    at: Mapped[datetime] = mapped_column(info=_of_work("when it was saved"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=_of_work("who typed it"))


class Submission(Base):
    """An attempt that was handed in: one row an attempt, whatever is clicked."""

    __tablename__ = "submission"

    attempt_id: Mapped[int] = mapped_column(
        ForeignKey("attempt.id"), primary_key=True, info=_of_work("which attempt was handed in")
    )
    change_id: Mapped[int | None] = mapped_column(  # None: nothing was ever written
        ForeignKey("answer_change.id"), info=_of_work("the last change that counts")
    )
    at: Mapped[datetime] = mapped_column(index=True, info=_of_work("when it was handed in"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=_of_work("who handed it in"))
    on_paper: Mapped[bool] = mapped_column(default=False, info=_of_work("whether a trainer entered it from paper"))
    collected: Mapped[bool] = mapped_column(
        default=False, server_default=false(), info=_of_work("whether it was handed in by itself when time was up")
    )
    asked: Mapped[bool] = mapped_column(
        default=False, server_default=false(), info=_of_work("whether peers or observers are at it, so trainers wait")
    )
    unmarked: Mapped[str] = mapped_column(
        Text, default="", server_default=text("''"), info=_of_work("why its key has not marked it yet")
    )
    needs_person: Mapped[bool] = mapped_column(
        index=True, info=_of_work("whether it waits for a trainer's marks; false once there are some")
    )

    attempt: Mapped[Attempt] = relationship(lazy="raise", back_populates="submission")


class Marking(Base):
    """One marking of an attempt that was handed in. Rows are added and never changed; see rules.py for what counts."""

    __tablename__ = "marking"
    __table_args__ = (
        CheckConstraint(f"marked_by IN {MARKED_BY}", name="marked_by_known"),
        Index(None, "attempt_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_work("keeps the order"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), info=_of_work("of which attempt"))
    change_id: Mapped[int | None] = mapped_column(
        ForeignKey("answer_change.id"), info=_of_work("the answer as it stood when it was marked")
    )
    version_id: Mapped[int | None] = mapped_column(  # None: the attempt's own, before this was written down
        ForeignKey("course_version.id"), info=_of_work("the content that it was marked by")
    )
    rubric: Mapped[str] = mapped_column(
        String(12), default="", server_default=text("''"), info=_of_work("the version of the rubric; none for the key")
    )
    at: Mapped[datetime] = mapped_column(info=_of_work("when it was marked"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=_of_work("who marked; none for the key"))
    marked_by: Mapped[str] = mapped_column(String(10), info=_of_work("the key, a trainer, or a trainer's override"))
    earned_numerator: Mapped[int | None] = mapped_column(  # None: an override that is taken back
        BigInteger, info=_of_work("points earned")
    )
    earned_denominator: Mapped[int | None] = mapped_column(BigInteger, info=_of_work("points earned, below the line"))
    parts: Mapped[dict[str, Any]] = mapped_column(info=_of_work("the points of each item or criterion"))
    comment: Mapped[str] = mapped_column(Text, default="", info=_of_work("what the trainer has to say to it"))
    reason: Mapped[str] = mapped_column(Text, default="", info=_of_work("why the points were set against the key"))

    attempt: Mapped[Attempt] = relationship(lazy="raise", back_populates="markings")

    @property
    def earned(self) -> Fraction | None:
        if self.earned_numerator is None or self.earned_denominator is None:
            return None
        return Fraction(self.earned_numerator, self.earned_denominator)


@event.listens_for(AnswerChange, "before_update")
@event.listens_for(AnswerChange, "before_delete")
@event.listens_for(Marking, "before_update")
@event.listens_for(Marking, "before_delete")
def _refuse(_mapper: Mapper[Any], _connection: Connection, row: AnswerChange | Marking) -> None:
    raise TypeError(f"a {row.__tablename__} row is never changed")
