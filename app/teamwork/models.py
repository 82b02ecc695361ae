"""The tables of working together: who is there, who took which row, where a discussion is, what its trainer says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, kept
from app.teamwork.discussion import STAGES


def _of_party(purpose: str) -> dict[str, Any]:
    return kept(
        purpose,
        readers="the person, trainers of the cohort",
        until="person erased",
        export=True,
        erasure="delete",
    )


class Discussion(Base):
    """Where a party is in its discussion. No row: in the first stage, since it began."""

    __tablename__ = "discussion"
    __table_args__ = (CheckConstraint(f"stage IN {STAGES}", name="stage_known"),)

    attempt_id: Mapped[int] = mapped_column(
        ForeignKey("attempt.id"), primary_key=True, info=_of_party("at which attempt")
    )
    leader_id: Mapped[int | None] = mapped_column(  # None: whoever leads the group
        ForeignKey("enrolment.id"), info=_of_party("whom the party chose to lead it")
    )
    stage: Mapped[str] = mapped_column(String(10), info=_of_party("where it is"))
    since: Mapped[datetime] = mapped_column(info=_of_party("since when it is there"))


class TrainerWord(Base):
    """What a trainer says to a party while it works or afterwards."""

    __tablename__ = "trainer_word"
    __table_args__ = (Index(None, "attempt_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_party("keeps the order"))
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), info=_of_party("to whom it is said"))
    text: Mapped[str] = mapped_column(Text, info=_of_party("what is said"))
    at: Mapped[datetime] = mapped_column(info=_of_party("when it was said"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=_of_party("who said it"))
    taken_back_at: Mapped[datetime | None] = mapped_column(info=_of_party("since when it is not shown any more"))


class Presence(Base):
    """Somebody whose page of a sheet is open, which writes its row anew now and then; an old one says nothing."""

    __tablename__ = "presence"

    attempt_id: Mapped[int] = mapped_column(
        ForeignKey("attempt.id"), primary_key=True, info=_of_party("at which attempt")
    )
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), primary_key=True, info=_of_party("who"))
    field: Mapped[str] = mapped_column(String(300), info=_of_party("in which field; none where in none"))
    seen_at: Mapped[datetime] = mapped_column(info=_of_party("when the page last said so"))


class TakenRow(Base):
    """A row of a table that somebody began, so that nobody else begins the same one at that moment."""

    __tablename__ = "taken_row"

    attempt_id: Mapped[int] = mapped_column(
        ForeignKey("attempt.id"), primary_key=True, info=_of_party("on which sheet")
    )
    row: Mapped[str] = mapped_column(String(300), primary_key=True, info=_of_party("which row"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), info=_of_party("who began it"))
    at: Mapped[datetime] = mapped_column(info=_of_party("when"))
