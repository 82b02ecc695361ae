"""Errands: queued with the transaction, run once, tried again when they fail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.db import Database
from app.outbox import LEASE, NotSent, Outbox, clear_done, drain, put, ring_after_commits
from tests.conftest import NOW


def queue(database: Database, *texts: str, kind: str = "note") -> None:
    with database.transaction() as db:
        for text in texts:
            put(db, kind, {"text": text}, now=NOW)


def rows(database: Database) -> list[tuple[str, int, bool, str]]:
    with database.reading() as db:
        return [
            (r.payload.get("text", ""), r.tries, r.done_at is not None, r.error)
            for r in db.scalars(select(Outbox).order_by(Outbox.id))
        ]


def test_errands_run_in_order_and_once(database: Database) -> None:
    sent: list[dict[str, Any]] = []
    queue(database, "one", "two")
    assert [drain(database, {"note": sent.append}, now=lambda: NOW) for _ in range(2)] == [2, 0]
    assert sent == [{"text": "one"}, {"text": "two"}]
    assert rows(database) == [("", 1, True, ""), ("", 1, True, "")]


def test_what_was_sent_is_not_kept(database: Database) -> None:
    queue(database, "a code that opens an account", "waiting")
    drain(database, {"note": lambda payload: refuse() if payload["text"] == "waiting" else None}, now=lambda: NOW)
    with database.reading() as db:
        assert db.scalars(select(Outbox.payload).order_by(Outbox.id)).all() == [{}, {"text": "waiting"}]


def test_what_was_rolled_back_is_never_run(database: Database) -> None:
    with database.begin(writes=True) as db:
        put(db, "note", {"text": "never"}, now=NOW)
        db.flush()
    assert rows(database) == []


def test_a_failed_errand_is_tried_later_and_holds_nobody_up(database: Database) -> None:
    sent: list[str] = []

    def send(payload: dict[str, Any]) -> None:
        if payload["text"] == "bad" and "bad once" not in sent:
            sent.append("bad once")
            raise NotSent("no answer")
        sent.append(payload["text"])

    queue(database, "bad", "good")
    assert drain(database, {"note": send}, now=lambda: NOW) == 1
    assert rows(database) == [("bad", 1, False, "no answer"), ("", 1, True, "")]
    assert drain(database, {"note": send}, now=lambda: NOW + LEASE - timedelta(seconds=1)) == 0
    assert drain(database, {"note": send}, now=lambda: NOW + LEASE) == 1
    assert sent == ["bad once", "good", "bad"]


def test_a_bug_in_a_sender_is_loud_and_the_rest_runs_next_time(database: Database) -> None:
    sent: list[str] = []

    def send(payload: dict[str, Any]) -> None:
        sent.append(payload["parts"] if payload["text"] == "bad" else payload["text"])

    queue(database, "bad", "good")
    with pytest.raises(KeyError):
        drain(database, {"note": send}, now=lambda: NOW)
    assert (drain(database, {"note": send}, now=lambda: NOW), sent) == (1, ["good"])


def test_an_errand_that_nobody_can_run_waits(database: Database) -> None:
    queue(database, "for later", kind="unknown")
    assert drain(database, {"note": lambda _: None}, now=lambda: NOW) == 0
    assert rows(database) == [("for later", 0, False, "")]


def test_what_was_done_is_removed_after_a_week(database: Database) -> None:
    queue(database, "old", "waiting")
    drain(database, {"note": lambda payload: None if payload["text"] == "old" else refuse()}, now=lambda: NOW)
    for days, left in ((6, ["", "waiting"]), (8, ["waiting"])):
        with database.transaction() as db:
            clear_done(db, now=NOW + timedelta(days=days))
        assert [row[0] for row in rows(database)] == left


def refuse() -> None:
    raise NotSent("not now")


def test_a_round_ends_between_two_errands(database: Database) -> None:
    sent: list[str] = []
    queue(database, "one", "two")
    done = drain(database, {"note": lambda p: sent.append(p["text"])}, now=lambda: NOW, ending=lambda: bool(sent))
    assert (done, sent) == (1, ["one"])


class CountedBell:
    rings = 0

    def ring(self) -> None:
        self.rings += 1

    def rang(self) -> bool:
        return False


def test_it_rings_when_an_errand_was_committed_and_only_then(database: Database) -> None:
    bell = CountedBell()
    ring_after_commits(database, bell)
    queue(database, "one", "two")
    assert bell.rings == 1
    with database.transaction() as db:
        db.execute(select(Outbox))
    with database.begin(writes=True) as db:
        put(db, "note", {"text": "never"}, now=NOW)
        db.flush()
        assert bell.rings == 1
    assert bell.rings == 1
    with database.transaction() as db:
        with db.begin_nested():
            put(db, "note", {"text": "inside"}, now=NOW)
        assert bell.rings == 1
    assert bell.rings == 2
