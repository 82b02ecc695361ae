"""The tables of the classroom: who was there."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, kept

AttendanceState = Literal["present", "late", "left_early", "excused", "absent"]
STATES: tuple[AttendanceState, ...] = get_args(AttendanceState)


def _of_person(purpose: str) -> dict[str, Any]:
    return kept(
        purpose,
        readers="the person, trainers of the cohort, HR",
        until="person erased",
        export=True,
        erasure="anonymise",
    )


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
