"""T-REGRADE: marked anew step by step is the same as from scratch; twice is once; killed and resumed is once."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.accounts.models import Person
from app.db import Database
from tests.conftest import CreatePerson
from tests.records.histories import Step
from tests.records.samples import derived
from tests.records.test_histories import adds_up, agrees_with_the_table, catch_up, forget
from tests.regrading.histories import (
    STEPS,
    MovingHistory,
    agrees_with_scratch,
    by_people,
    markings_in,
    under_way,
)
from tests.survival.sizes import sized

ON_A_SERVER = "TEST_DATABASE_URL" in os.environ
"""Every statement travels there, and they say the same: fewer histories show it."""
numbers = st.integers(0, 59)
moves: st.SearchStrategy[Step] = st.tuples(st.just("move"), numbers, numbers, numbers)
work_offs: st.SearchStrategy[Step] = st.tuples(st.just("work_off"), st.integers(0, 3), numbers, numbers)
often: st.SearchStrategy[Step] = st.tuples(st.sampled_from(["answer", "mark", "hint"]), numbers, numbers, numbers)
steps: st.SearchStrategy[Step] = st.tuples(st.sampled_from(STEPS), numbers, numbers, numbers)
histories = st.lists(st.one_of(often, often, moves, work_offs, steps), max_size=40)
ONE_DATABASE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture
def people(create_person: CreatePerson, monkeypatch: pytest.MonkeyPatch) -> tuple[Person, ...]:
    """A trainer, and four trainees; the worker marks two answers at once, so that it is killed between any two."""
    monkeypatch.setattr("app.regrading.job.BATCH", 2)
    return (create_person("Alice", roles=("trainer",)), *(create_person(name) for name in ("Bob", "Cai", "Du", "Eve")))


def check(database: Database, people: tuple[Person, ...], happened: list[Step]) -> None:
    with database.begin(writes=True) as db:  # never committed: each history begins with nothing
        history = MovingHistory(db, people[0], people[1:])
        history.begin()
        for step in happened:
            before = by_people(db) if step[0] == "work_off" else None
            history.take(step)
            assert before is None or by_people(db) == before  # what people gave stays
        history.take(("work_off", 0, 0, 0))
        assert under_way(db) == 0
        db.expire_all()
        agrees_with_scratch(db, history.cohorts[0], history.late_counted)
        once = markings_in(db)
        db.expire_all()
        history.begin_again()
        assert markings_in(db) == once  # twice is once
        catch_up(db)
        followed = derived(db)
        adds_up(db)
        forget(db)
        catch_up(db)
        assert followed == derived(db)
        db.expire_all()
        db.refresh(history.cohorts[0], ["sessions", "version"])
        agrees_with_the_table(db, history.cohorts[0])


@settings(max_examples=25, suppress_health_check=ONE_DATABASE)
@given(histories)
@example([("answer", 0, 0, 4), ("mark", 0, 1, 0), ("move", 0, 0, 0), ("work_off", 1, 0, 0), ("work_off", 2, 0, 0)])
@example([("answer", 0, 0, 4), ("mark", 0, 1, 0), ("late", 0, 1, 0), ("count_late", 0, 0, 0), ("move", 8, 0, 0)])
@example([("answer", 0, 0, 4), ("move", 0, 0, 0), ("work_off", 0, 0, 0), ("move", 12, 0, 0), ("override", 0, 7, 0)])
@example([("write", 0, 0, 0), ("move", 0, 0, 0), ("answer", 0, 0, 4), ("work_off", 0, 0, 0), ("move", 6, 0, 0)])
def test_step_by_step_is_the_same_as_from_scratch(
    database: Database, people: tuple[Person, ...], happened: list[Step]
) -> None:
    check(database, people, happened)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=sized(10 if ON_A_SERVER else 50, 500), suppress_health_check=ONE_DATABASE)
@given(histories)
def test_so_it_is_for_many_histories(database: Database, people: tuple[Person, ...], happened: list[Step]) -> None:
    check(database, people, happened)


CANARY: list[Step] = [("answer", 0, 0, 4), ("answer", 1, 1, 4), ("move", 0, 1, 0)]


def test_a_worker_that_marks_nothing_is_caught(
    database: Database, people: tuple[Person, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.regrading.job.is_work_due", lambda *_: False)
    with pytest.raises(AssertionError):
        check(database, people, CANARY)


def test_a_worker_that_marks_twice_is_caught(
    database: Database, people: tuple[Person, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.regrading.job.is_work_due", lambda *_: True)
    with pytest.raises(AssertionError):
        check(database, people, CANARY)


def test_a_hand_in_marked_by_the_older_version_is_caught(
    database: Database, people: tuple[Person, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.assessment.actions.graded_by_what_marks", lambda *_: True)
    with pytest.raises(AssertionError):
        check(database, people, [("write", 0, 1, 0), ("move", 1, 1, 0), ("work_off", 0, 0, 0), ("answer", 0, 1, 4)])
