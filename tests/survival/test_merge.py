"""T-MERGE: twenty pages of one attempt over a network that delays, reorders, repeats and loses.

No acknowledged text is gone, nobody writes over what they have not seen, and in the end every page shows what the log
says. A run is a seed: `python -m pytest tests/survival/test_merge.py` prints the seed of a run that fails.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from app.accounts.models import Person
from app.assessment import actions, queries
from app.assessment.actions import add_attempt
from app.assessment.queries import changes_since, own_task, written_in
from app.assessment.writing import Change, Written, fold
from app.db import Database
from tests.assessment.samples import create_room, viewer_of
from tests.conftest import NOW, token_of
from tests.survival.merging import Findings, Run, Server
from tests.survival.open_pages import OpenPage, Request, Shown
from tests.survival.sizes import note, sized

pytestmark = pytest.mark.timeout(3_600)

CHUNKS = 4
STEPS = sized(60, 200)
ON_SQLITE, ON_POSTGRESQL = sized(60, 2_000), sized(12, 200)


class Attempts:
    """The running product with one trainee who may begin as many attempts as there are runs."""

    def __init__(self, database: Database, browser: FlaskClient, trainee: Person, cohort_id: int) -> None:
        self.database = database
        self.browser = browser
        self.trainee = trainee
        self.cohort_id = cohort_id
        self.token = token_of(browser)
        self.begun = 0

    def begin(self) -> Server:
        self.begun += 1
        with self.database.transaction() as db:
            task = own_task(db, viewer_of(self.trainee), self.cohort_id, "needs")
            attempt_id = add_attempt(db, task, number=self.begun, by=self.trainee.id, now=NOW).id
        return _Attempt(self, attempt_id)


class _Attempt:
    def __init__(self, product: Attempts, attempt_id: int) -> None:
        self.product = product
        self.id = attempt_id

    def save(self, request: Request) -> Mapping[str, Any]:
        body = {"client": request.client, "seq": request.seq, "base": request.base, "fields": dict(request.fields)}
        answer = self.product.browser.patch(
            f"/attempts/{self.id}", json=body, headers={"X-CSRFToken": self.product.token}
        )
        assert answer.status_code in {200, 409}, answer.get_data(as_text=True)
        told: Mapping[str, Any] = answer.get_json()
        return told

    def choose(self, shown: Shown, name: str, change: int, *, theirs: bool) -> int:
        form = {
            "csrf_token": self.product.token,
            "field": name,
            "change": str(change),
            "base": str(shown.newest),
            "take": "other" if theirs else "stands",
        }
        answer = self.product.browser.post(f"/attempts/{self.id}/choose", data=form)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return self.written().newest

    def drawn(self) -> Shown:
        written = self.written()
        waiting = tuple((each.field, each.change_id, each.stands, each.other) for each in written.conflicts)
        return Shown(written.values, waiting, written.newest)

    def log(self) -> tuple[Change, ...]:
        with self.product.database.reading() as db:
            return changes_since(db, self.id)

    def written(self) -> Written:
        with self.product.database.reading() as db:
            return written_in(db, self.id)


@pytest.fixture
def attempts(
    database: Database, alice: Person, bob: Person, client_of: Callable[[Person], FlaskClient]
) -> Iterator[Attempts]:
    with _without_waiting_for_the_disk(database.engine), database.transaction() as db:
        cohort_id = create_room(db, bob, alice).cohort.id
    with _without_waiting_for_the_disk(database.engine):
        yield Attempts(database, client_of(bob), bob, cohort_id)


@contextmanager
def _without_waiting_for_the_disk(engine: Engine) -> Iterator[None]:
    """Merging is what is looked at here; what reaches the disk is shown elsewhere."""

    def hurry(connection: Any, _record: object) -> None:
        if engine.dialect.name == "sqlite":
            connection.execute("PRAGMA synchronous=OFF")

    engine.dispose()
    event.listen(engine, "connect", hurry)
    try:
        yield
    finally:
        event.remove(engine, "connect", hurry)
        engine.dispose()


def runs_of(attempts: Attempts, seeds: list[int], steps: int) -> tuple[Findings, int]:
    """All that was found in these runs, and how many saves were acknowledged in them."""
    found, saves = Findings(), 0
    for seed in seeds:
        run = Run(attempts.begin(), seed)
        one = run.go(steps)
        saves += run.saves
        found.missing += one.missing
        found.unreachable += one.unreachable
        found.overwritten += one.overwritten
        found.different += one.different
    return found, saves


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_nothing_acknowledged_is_lost_and_nothing_is_overwritten_unseen(attempts: Attempts, chunk: int) -> None:
    runs = ON_SQLITE if attempts.database.engine.dialect.name == "sqlite" else ON_POSTGRESQL
    seeds = [secrets.randbelow(2**40) for _ in range(runs // CHUNKS)]
    found, saves = runs_of(attempts, seeds, STEPS)
    note(
        "T-MERGE",
        database=attempts.database.engine.dialect.name,
        chunk=chunk,
        runs=len(seeds),
        steps=STEPS,
        saves=saves,
        missing=len(found.missing),
        unreachable=len(found.unreachable),
        overwritten=len(found.overwritten),
    )
    assert found.all() == []


def test_the_last_writer_winning_is_found(attempts: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "stale_fields", lambda *_args, **_named: ())
    found, _ = runs_of(attempts, list(range(6)), 60)
    assert found.overwritten


def test_a_fold_that_forgets_stale_texts_is_found(attempts: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(changes: Any) -> Written:
        whole = fold(changes)
        return Written(whole.values, (), whole.newest, whole.saved_at)

    monkeypatch.setattr(queries, "fold", forgetful)
    found, _ = runs_of(attempts, list(range(6)), 60)
    assert found.unreachable


def test_a_page_that_claims_to_know_what_it_never_showed_is_found(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenPage, "_follow", lambda *_args: True)
    found, _ = runs_of(attempts, list(range(6)), 200)
    assert found.overwritten
