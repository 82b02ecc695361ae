"""T-DOUBLE: a hand-in that is asked for a hundred times at once is one hand-in, and a save one save."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from urllib.parse import urlencode

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from app.assessment.models import AnswerChange, Submission
from app.db import Database
from bench.room import Desk
from tests.racing import at_once
from tests.survival.load import browser_headers
from tests.survival.places import own_database
from tests.survival.rig import Product, deployed
from tests.survival.room import BACKLOG
from tests.survival.sizes import FULL, note, run_apart, sized

ROUNDS = sized(20, 200)
DIFFERENT = 50
"""Hand-ins with texts of their own; as many come with the same."""
FORM, JSON = "application/x-www-form-urlencoded", "application/json"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600 if FULL else 300)]


def ask_at_once(product: Product, desk: Desk, request: tuple[str, str, str], bodies: Sequence[str]) -> Counter[int]:
    """Send one request with each of these bodies, all in the same moment; how often each status was the answer."""
    method, more, kind = request
    headers = browser_headers(desk, product.port) | {
        "Host": f"127.0.0.1:{product.port}",
        "Connection": "close",
        "Content-Type": kind,
        "Accept": kind if kind == JSON else "text/html",
    }
    head = f"{method} /attempts/{desk.attempt_id}{more} HTTP/1.1\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    async def one(body: bytes, turns: asyncio.Semaphore) -> int:
        async with turns:
            reader, writer = await asyncio.open_connection("127.0.0.1", product.port)
            try:
                writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                answer = await reader.readuntil(b"\r\n")
                await reader.read()
                return int(answer.split()[1])
            finally:
                writer.close()

    async def everything() -> list[int]:
        turns = asyncio.Semaphore(BACKLOG)
        return await asyncio.gather(*(one(body.encode(), turns) for body in bodies))

    return Counter(run_apart(everything))


@contextmanager
def looking_at(product: Product) -> Iterator[Database]:
    database = Database(product.database_url)
    try:
        yield database
    finally:
        database.engine.dispose()


def test_a_hundred_hand_ins_at_once_are_one(tmp_path: Path) -> None:
    answers = Counter[int]()
    with own_database(tmp_path) as url, deployed(tmp_path, database_url=url, with_worker=False) as product:
        for number, desk in enumerate(product.signed_in(ROUNDS)):
            own = [f"{number} {n}" for n in range(DIFFERENT)]
            texts = [text for each in own for text in (each, f"{number} equal")]
            forms = [urlencode({"client": f"page-{number}", "base": "0", desk.field: text}) for text in texts]
            round_ = ask_at_once(product, desk, ("POST", "/hand-in", FORM), forms)
            assert set(round_) <= {200, 303}, round_
            answers += round_
            assert handed_in(product, desk) in texts
    note("T-DOUBLE", database=url.partition(":")[0], rounds=ROUNDS, hand_ins=answers.total(), submissions=ROUNDS)


def handed_in(product: Product, desk: Desk) -> str:
    """The text of the one submission; AssertionError unless it is one."""
    with looking_at(product) as database, database.reading() as db:
        found = db.scalars(select(Submission).where(Submission.attempt_id == desk.attempt_id)).all()
        assert len(found) == 1, f"{len(found)} submissions"
        change = db.get_one(AnswerChange, found[0].change_id)
        return str(change.fields[desk.field])


def test_the_same_save_a_hundred_times_at_once_is_one(tmp_path: Path) -> None:
    with own_database(tmp_path) as url, deployed(tmp_path, database_url=url, with_worker=False) as product:
        for desk in product.signed_in(sized(5, 50)):
            save = json.dumps({"client": "page-1", "seq": 1, "base": 0, "fields": {desk.field: "the same"}})
            assert set(ask_at_once(product, desk, ("PATCH", "", JSON), [save] * (2 * DIFFERENT))) == {200}
            with looking_at(product) as database, database.looking() as connection:
                rows = connection.scalar(
                    select(func.count()).select_from(AnswerChange).where(AnswerChange.attempt_id == desk.attempt_id)
                )
            assert rows == 1


def check_then_insert(database: Database, table: Table, looked: Barrier) -> Callable[[], None]:
    """Look whether it was done, and do it if not: what looks enough, until all have looked before one has done it."""

    def hand_in() -> None:
        with database.reading() as db:
            done = db.scalar(select(func.count()).select_from(table))
        looked.wait(timeout=60)
        if not done:
            try:
                with database.transaction() as db:
                    db.execute(insert(table).values(attempt_id=1))
            except IntegrityError:
                return

    return hand_in


@pytest.mark.parametrize(("unique", "most"), [(False, 20), (True, 1)], ids=["canary", "constraint"])
def test_what_makes_it_one_is_the_constraint(database: Database, unique: bool, most: int) -> None:  # noqa: FBT001 -- a parameter of the table
    """Looking first is not enough: without the constraint there are several."""
    columns = (Column("id", Integer, primary_key=True), Column("attempt_id", Integer, unique=unique))
    table = Table("double_canary", MetaData(), *columns)
    table.create(database.engine)
    try:
        at_once([check_then_insert(database, table, Barrier(20))] * 20)
        with database.looking() as connection:
            rows = connection.scalar(select(func.count()).select_from(table)) or 0
        assert (rows > 1, rows <= most) == (not unique, True)
    finally:
        table.drop(database.engine)


def test_the_table_of_submissions_has_the_constraint(database: Database) -> None:
    found = inspect(database.engine).get_unique_constraints("submission")
    primary = inspect(database.engine).get_pk_constraint("submission")["constrained_columns"]
    assert ["attempt_id"] in [primary, *(each["column_names"] for each in found)]
