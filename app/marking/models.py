"""The tables of those who mark: who is at which answer, their phrases, same answers, and how they like to mark."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, kept


def _of_marker(purpose: str) -> dict[str, Any]:
    return kept(purpose, readers="the person", until="person erased", export=True, erasure="delete")


def _of_claim(purpose: str) -> dict[str, Any]:
    return kept(purpose, readers="trainers of the cohort", until="some minutes later", erasure="delete")


def _of_answer(purpose: str) -> dict[str, Any]:
    return kept(purpose, readers="nobody", until="person erased", erasure="delete")


class Claim(Base):
    """Somebody is at an answer: nobody else gets it to mark before the time is over. A second marker has their own."""

    __tablename__ = "claim"
    __table_args__ = (Index(None, "by_id"),)

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True, info=_of_claim("which answer"))
    second: Mapped[bool] = mapped_column(primary_key=True, info=_of_claim("whether it is marked a second time"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=_of_claim("who is at it"))
    until: Mapped[datetime] = mapped_column(info=_of_claim("until when nobody else gets it"))


class Likeness(Base):
    """What an answer says, as a digest: those with the same one are marked once. Made anew when the answer changes."""

    __tablename__ = "likeness"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True, info=_of_answer("which answer"))
    change_id: Mapped[int] = mapped_column(info=_of_answer("the last change that it counts; 0 for none"))
    digest: Mapped[str] = mapped_column(String(32), info=_of_answer("tells the same answers from others"))


class Phrase(Base):
    """A sentence that a marker writes often under the answers of an exercise."""

    __tablename__ = "phrase"
    __table_args__ = (Index(None, "person_id", "exercise"),)

    id: Mapped[int] = mapped_column(primary_key=True, info=_of_marker("identifies the phrase"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), info=_of_marker("whose it is"))
    exercise: Mapped[str] = mapped_column(String(100), info=_of_marker("at which exercise"))
    text: Mapped[str] = mapped_column(Text, info=_of_marker("what it says"))
    used: Mapped[int] = mapped_column(info=_of_marker("how often it was used: the most used stands first"))
    used_at: Mapped[datetime] = mapped_column(info=_of_marker("when it was used last"))


class MarkingChoice(Base):
    """How somebody likes to mark. No row: with names, the same answers together."""

    __tablename__ = "marking_choice"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, info=_of_marker("whose choice"))
    hides_names: Mapped[bool] = mapped_column(info=_of_marker("whether numbers stand in place of names"))
    groups_alike: Mapped[bool] = mapped_column(info=_of_marker("whether the same answers are marked together"))
