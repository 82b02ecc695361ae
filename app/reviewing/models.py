"""The tables of reviewing: the round of an exercise, and who was asked to judge which answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, kept

ReviewRole = Literal["peer", "observer", "calibration"]
"""Why somebody judges an answer: as one of its reviewers; having watched; to see how near to the trainer they are."""
ROLES: tuple[ReviewRole, ...] = get_args(ReviewRole)


def _of_cohort(purpose: str) -> dict[str, Any]:
    return kept(purpose, readers="people in the cohort, HR", until="10 years after its end", erasure="keep")


def _of_review(purpose: str) -> dict[str, Any]:
    return kept(
        purpose, readers="the reviewer, trainers of the cohort", until="person erased", export=True, erasure="delete"
    )


class ReviewRound(Base):
    """The time in which the people of a cohort judge one another's answers to an exercise. One an exercise."""

    __tablename__ = "review_round"
    __table_args__ = (
        UniqueConstraint("assignment_id"),
        CheckConstraint("reviewers >= 1 AND least >= 1 AND least <= reviewers", name="numbers_hang_together"),
        Index(None, "closed_at", "closes_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_cohort("identifies the round"))
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), info=_of_cohort("of which exercise"))
    seed: Mapped[int] = mapped_column(BigInteger, info=_of_cohort("from which the draw of reviewers follows"))
    reviewers: Mapped[int] = mapped_column(info=_of_cohort("how many review an answer"))
    least: Mapped[int] = mapped_column(info=_of_cohort("how many reviews an answer needs"))
    anonymous: Mapped[bool] = mapped_column(info=_of_cohort("whether neither side knows the other's name"))
    sample_id: Mapped[int | None] = mapped_column(  # None: nobody is calibrated
        ForeignKey("attempt.id"), info=_of_cohort("the answer that everybody judges first, marked by the trainer")
    )
    opened_at: Mapped[datetime] = mapped_column(info=_of_cohort("since when reviews are asked for"))
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=_of_cohort("who opened it"))
    closes_at: Mapped[datetime | None] = mapped_column(info=_of_cohort("until when"))  # None: until closed by hand
    reminded_at: Mapped[datetime | None] = mapped_column(info=_of_cohort("when the late were reminded"))
    closed_at: Mapped[datetime | None] = mapped_column(info=_of_cohort("when it was closed"))  # None: it is open


class Review(Base):
    """Somebody who was asked to judge an answer. What they said is a marking; the newest counts."""

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("attempt_id", "enrolment_id", "role"),
        CheckConstraint(f"role IN {ROLES}", name="role_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_review("identifies the review, and nobody"))
    round_id: Mapped[int] = mapped_column(ForeignKey("review_round.id"), index=True, info=_of_review("in which round"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), info=_of_review("of which answer"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True, info=_of_review("by whom"))
    role: Mapped[str] = mapped_column(String(12), info=_of_review("as a peer, as an observer, or to be calibrated"))
    asked_at: Mapped[datetime] = mapped_column(info=_of_review("since when they were asked"))
    asked_by_id: Mapped[int | None] = mapped_column(  # None: drawn, or they offered it themselves
        ForeignKey("person.id"), info=_of_review("who named them")
    )
    done_at: Mapped[datetime | None] = mapped_column(info=_of_review("when they judged it last"))
    marking_id: Mapped[int | None] = mapped_column(ForeignKey("marking.id"), info=_of_review("what they said last"))
    excused_at: Mapped[datetime | None] = mapped_column(  # None: it is awaited, or was given
        info=_of_review("since when it is not awaited any more")
    )
    counts: Mapped[bool | None] = mapped_column(  # None: as the rules say
        info=_of_review("whether a trainer lets it count, or leaves it out")
    )
