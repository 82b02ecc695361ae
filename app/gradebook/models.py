"""The table of the gradebook: the rules of a cohort, each set of them as it was saved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, kept


def _of_cohort(purpose: str) -> dict[str, Any]:
    return kept(purpose, readers="people in the cohort", until="10 years after its end", erasure="keep")


class GradeRules(Base):
    """How a cohort's totals are made up. Rows are added and never changed; the newest counts."""

    __tablename__ = "grade_rules"
    __table_args__ = (Index(None, "cohort_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_cohort("keeps the order"))
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), info=_of_cohort("in which cohort"))
    rules: Mapped[dict[str, Any]] = mapped_column(info=_of_cohort("weights, what is left out, lateness; see rules.py"))
    at: Mapped[datetime] = mapped_column(info=_of_cohort("since when"))
    by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id"),
        info=kept(
            "who saved them",
            readers="trainers of the cohort",
            until="person erased",
            export=True,
            erasure="anonymise",
        ),
    )
