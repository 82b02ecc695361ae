"""The table of moves from one version of a course to the next, each with the marking anew that follows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, kept

_UNDER_WAY = text("done_at IS NULL")


def _of_cohort(purpose: str) -> dict[str, Any]:
    return kept(purpose, readers="trainers of the cohort", until="10 years after its end", erasure="keep")


class Regrade(Base):
    """A cohort was moved to a newer version: what was handed in is looked at, attempt by attempt, in their order."""

    __tablename__ = "regrade"
    __table_args__ = (
        UniqueConstraint("cohort_id", "to_version_id"),
        Index(None, "cohort_id", unique=True, sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),  # one at a time
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_cohort("identifies the move"))
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), info=_of_cohort("which cohort was moved"))
    from_version_id: Mapped[int] = mapped_column(
        ForeignKey("course_version.id"), info=_of_cohort("what it took before")
    )
    to_version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"), info=_of_cohort("what it takes since"))
    reason: Mapped[str] = mapped_column(Text, info=_of_cohort("why, in the trainer's words"))
    asked_at: Mapped[datetime] = mapped_column(info=_of_cohort("when it was moved"))
    asked_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"),
        info=kept(
            "who moved it", readers="trainers of the cohort", until="person erased", export=True, erasure="anonymise"
        ),
    )
    answers: Mapped[int] = mapped_column(info=_of_cohort("how many answers were handed in then"))
    cursor: Mapped[int] = mapped_column(default=0, info=_of_cohort("the last attempt that was looked at"))
    looked: Mapped[int] = mapped_column(default=0, info=_of_cohort("how many answers were looked at"))
    marked: Mapped[int] = mapped_column(default=0, info=_of_cohort("how many of them the key marked anew"))
    failed: Mapped[int] = mapped_column(default=0, info=_of_cohort("how many of them could not be marked"))
    done_at: Mapped[datetime | None] = mapped_column(info=_of_cohort("when all of it was done"))
