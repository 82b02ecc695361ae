"""The field catalogue: every column says why it is there, who reads it, and when it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Column, Integer, MetaData, Table

import app.accounts.models
import app.assessment.models
import app.catalogue.models
import app.certificates.models
import app.classroom.models
import app.cohorts.models
import app.gradebook.models
import app.marking.models
import app.outbox
import app.records.models
import app.regrading.models
import app.reviewing.models
import app.teamwork.models  # noqa: F401 -- the tables
from app.db import Base, Kept, kept

NOT_A_PERSON = {"department", "published_course", "course_version", "throttle", "outbox"}


def columns(tables: Iterable[Table]) -> Iterator[tuple[str, Column[object]]]:
    return ((f"{table.name}.{column.name}", column) for table in tables for column in table.columns)


def without_entry(tables: Iterable[Table]) -> list[str]:
    return [name for name, column in columns(tables) if not isinstance(column.info.get("kept"), Kept)]


def entries() -> dict[str, Kept]:
    return {name: column.info["kept"] for name, column in columns(Base.metadata.tables.values())}


def test_every_column_is_in_the_catalogue() -> None:
    assert without_entry(Base.metadata.tables.values()) == []


def test_a_column_without_an_entry_is_missed() -> None:
    entry = kept("a canary", readers="nobody", until="the test ends", erasure="delete")
    canary = Table("canary", MetaData(), Column("known", Integer, info=entry), Column("unknown", Integer))
    assert without_entry([canary]) == ["canary.unknown"]


def test_every_entry_is_filled_in() -> None:
    assert [name for name, entry in entries().items() if not (entry.purpose and entry.readers and entry.until)] == []


def test_what_nobody_may_read_is_in_no_export() -> None:
    unread = {name for name, entry in entries().items() if entry.readers == "nobody" and entry.export}
    assert unread == {"outbox.payload"}  # a person may have what was about to be sent to them


def test_what_names_a_person_goes_when_they_are_erased() -> None:
    naming = ("display_name", "number", "email", "password_hash", "user_agent")
    staying = {name for name, entry in entries().items() if name.endswith(naming) and entry.erasure == "keep"}
    assert {name for name in staying if name.split(".")[0] not in NOT_A_PERSON} == set()
