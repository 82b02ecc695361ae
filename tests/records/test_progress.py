"""Rows of Progress and what hangs on them: kept up to date, in few statements, whoever writes at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from app.accounts.actions import move_person
from app.accounts.models import Department, Person
from app.cohorts.actions import raise_revisions
from app.cohorts.enrolling import enrol_people, take_back, withdraw
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.db import Database
from app.records.models import ProgressCount, ProgressTotal, TrainingTime
from app.records.progress import MOVED, PAUSE, STALE, rebuild, refresh, refresh_all, refresh_if_few, stale_count
from app.records.rows import _storable
from tests.conftest import NOW, CreatePerson, statements_of
from tests.racing import interleaved, overlapping
from tests.records.histories import History
from tests.records.samples import create_sample, derived, open_sample, progress_row, tick

NIGHT = NOW + timedelta(days=10)
SESSIONS = ("d1-am", "d1-pm", "d2-am", "d2-pm")


@pytest.fixture
def history(db: Session, alice: Person, bob: Person, charlie: Person, hana: Person) -> History:
    """Bob and Charlie in one cohort, Charlie and Hana in the other; nothing worked out yet."""
    found = History(db, alice, (bob, charlie, hana))
    found.begin()
    return found


def complete(history: History) -> None:
    """Bob does everything in the first cohort, and his trainer marks it."""
    for number in range(4):
        history.take(("tick", 0, number, 0))
        history.take(("answer", 0, number, 4))
    history.take(("mark", 0, 1, 0))


def outcome_of(db: Session, enrolment_id: int) -> tuple[str, date | None, date]:
    row = progress_row(db, enrolment_id)
    return row.outcome, row.completed_on, row.dated_on


def test_a_row_says_all_there_is_to_say(db: Session, history: History) -> None:
    complete(history)
    assert refresh(db) == 4
    row, bob = progress_row(db, 1), history.trainees[0]
    assert (row.person_id, row.cohort_id, row.course_id, row.department_id) == (bob.id, 1, 1, None)
    assert (row.outcome, row.starts_on, row.completed_on) == ("completed", date(2026, 11, 23), date(2026, 11, 24))
    assert (row.dated_on, row.attended_minutes, row.taught_minutes) == (date(2026, 11, 24), 180, 180)
    assert (row.handed_in, row.required, row.earned, row.possible) == (4, 4, Fraction(10), Fraction(10))
    assert (row.missing, row.minutes_by_year) == ([], {"2026": 180})
    counts = [(row.course_id, row.department_id, row.month, row.outcome) for row in db.scalars(select(ProgressCount))]
    assert sorted(counts) == [(1, 0, 202611, "completed"), (1, 0, 202611, "open"), (2, 0, 202611, "open")]
    assert [(row.person_id, row.year, row.minutes) for row in db.scalars(select(TrainingTime))] == [(bob.id, 2026, 180)]
    assert (refresh(db), stale_count(db)) == (0, 0)


def test_whoever_does_too_little_stays_open_until_the_last_day_and_after(db: Session, history: History) -> None:
    refresh(db)
    assert outcome_of(db, 1) == ("open", None, date(2026, 11, 24))


def test_withdrawn_is_an_outcome_and_what_was_attended_stays_training_time(db: Session, history: History) -> None:
    complete(history)
    refresh(db)
    enrolment, trainer = db.get_one(Enrolment, 1), history.trainer
    withdraw(db, history.cohorts[0], enrolment, by=trainer.id, now=NIGHT)
    refresh(db)
    assert outcome_of(db, 1) == ("withdrawn", None, date(2026, 11, 24))
    assert db.scalars(select(TrainingTime.minutes)).one() == 180
    take_back(db, history.cohorts[0], enrolment, by=trainer.id, now=NIGHT)
    refresh(db)
    assert outcome_of(db, 1) == ("completed", date(2026, 11, 24), date(2026, 11, 24))


def test_without_dates_the_day_of_enrolment_dates_it(db: Session, alice: Person, bob: Person) -> None:
    cohort = open_sample(db, alice)
    db.execute(delete(CohortSession).where(CohortSession.cohort_id == cohort.id))
    night = NOW.replace(hour=17)  # the next day in Shanghai
    enrolment = enrol_people(db, cohort, [bob.id], by=alice.id, now=night)[0]
    refresh(db)
    row = progress_row(db, enrolment.id)
    assert (row.starts_on, row.dated_on, row.taught_minutes) == (None, date(2026, 11, 24), 180)


def test_lists_follow_whoever_changes_their_department(db: Session, history: History) -> None:
    complete(history)
    refresh(db)
    north, south = db.scalars(select(Department.id).order_by(Department.id))
    for department, expected in ((north, 1), (south, 1), (south, 0), (None, 1)):
        bob = db.get_one(Person, history.trainees[0].id)
        move_person(bob, department)
        db.flush()
        assert refresh(db) == expected
        assert progress_row(db, 1).department_id == department
        rows = db.execute(select(TrainingTime.department_id, TrainingTime.minutes)).all()
        assert [tuple(row) for row in rows] == [(department, 180)]
        counted = select(ProgressCount.department_id).where(ProgressCount.outcome == "completed")
        assert db.scalars(counted).all() == [department or 0]


def test_a_limit_leaves_the_rest_for_the_next_time(db: Session, history: History) -> None:
    assert [refresh(db, limit=3), stale_count(db), refresh(db, limit=3), refresh(db, limit=3)] == [3, 1, 1, 0]


@pytest.mark.parametrize("people", [1, 30])
def test_it_asks_as_often_for_many_as_for_one(
    database: Database, create_person: CreatePerson, alice: Person, people: int
) -> None:
    with database.transaction() as db:
        trainees = [create_person_in(db, number) for number in range(people)]
        cohort = open_sample(db, alice, *trainees)
        ids = list(db.scalars(select(Enrolment.id)))
        tick(db, cohort, alice, "d1-am", dict.fromkeys(ids, "present"), now=NIGHT)
        refresh(db)
        tick(db, cohort, alice, "d1-pm", dict.fromkeys(ids, "late"), now=NIGHT)
        move_person(trainees[0], department_in(db))
    with statements_of(database) as seen, database.transaction() as db:
        assert refresh(db) == people + 1
    assert len([each for each in seen if "pg_advisory" not in each]) == 22


def create_person_in(db: Session, number: int) -> Person:
    person = Person(number=f"N{number:04}", display_name="学员", created_at=NOW)
    db.add(person)
    db.flush()
    return person


def department_in(db: Session) -> int:
    department = Department(name="华北")
    db.add(department)
    db.flush()
    return department.id


def test_a_page_that_reports_refreshes_first_where_that_is_quick(
    database: Database, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as db:
        open_sample(db, alice, bob)
    assert refresh_if_few(database) == 0
    with database.reading() as db:
        assert progress_row(db, 1).outcome == "open"
    with statements_of(database) as seen:
        assert refresh_if_few(database) == 0
    assert len(seen) == 1  # nothing to do costs one look, and no write transaction
    with database.transaction() as db:
        db.execute(update(Enrolment).values(settled=-1))
    monkeypatch.setattr("app.records.progress.FEW", 0)
    assert refresh_if_few(database) == 1
    with database.reading() as db:
        assert stale_count(db) == 1


@pytest.mark.parametrize(("condition", "table", "index"), [(STALE, Enrolment, "unsettled"), (MOVED, Person, "moved")])
def test_what_is_stale_is_found_by_its_small_index(db: Session, condition: Any, table: Any, index: str) -> None:
    wanted = select(table.id).where(condition).order_by(table.id).limit(500)
    sql = str(wanted.compile(db.connection().engine, compile_kwargs={"literal_binds": True}))
    if db.connection().dialect.name == "postgresql":
        db.execute(text("SET LOCAL enable_seqscan = off"))
        db.execute(text(f"ALTER TABLE {table.__tablename__} SET (autovacuum_enabled = off)"))
        plan = " ".join(db.scalars(text(f"EXPLAIN {sql}")))
    else:
        plan = " ".join(row[3] for row in db.execute(text(f"EXPLAIN QUERY PLAN {sql}")))
    assert f"ix_{table.__tablename__}_{index}" in plan


def test_points_that_fit_no_column_are_rounded_to_ones_that_do() -> None:
    odd = sum((Fraction(1, prime) for prime in (999983, 999979, 999961, 999959, 999953)), Fraction(0))
    assert max(odd.numerator, odd.denominator) >= 2**63
    assert max(_storable(odd).numerator, _storable(odd).denominator) < 2**63
    assert abs(_storable(odd) - odd) < Fraction(1, 10**9)
    assert _storable(Fraction(10, 3)) == Fraction(10, 3)


def stored(database: Database, alice: Person, people: Sequence[Person]) -> Cohort:
    with database.transaction() as db:
        cohort = open_sample(db, alice, *people)
    refresh_all(database)
    return cohort


def test_a_refresh_beside_somebody_who_ticks_loses_nothing(database: Database, alice: Person, bob: Person) -> None:
    cohort = stored(database, alice, [bob])
    with database.transaction() as db:
        db.execute(update(Enrolment).values(revision=Enrolment.revision + 1))
    overlapping(
        database,
        lambda db: tick(db, cohort, alice, "d1-am", {1: "present"}, now=NIGHT),
        refresh,
    )
    refresh_all(database)
    with database.reading() as db:
        assert (progress_row(db, 1).attended_minutes, stale_count(db)) == (60, 0)


def test_somebody_who_ticks_beside_a_refresh_is_not_overlooked(database: Database, alice: Person, bob: Person) -> None:
    cohort = stored(database, alice, [bob])
    with database.transaction() as db:
        db.execute(update(Enrolment).values(revision=Enrolment.revision + 1))
    overlapping(
        database,
        refresh,
        lambda db: tick(db, cohort, alice, "d1-am", {1: "present"}, now=NIGHT),
    )
    refresh_all(database)
    with database.reading() as db:
        assert (progress_row(db, 1).attended_minutes, stale_count(db)) == (60, 0)


def test_withdrawn_while_dates_are_moved_both_are_counted(database: Database, alice: Person, bob: Person) -> None:
    """What counts revisions must not write back a number that it read before another one raised it."""
    cohort = stored(database, alice, [bob])

    def reads(db: Session) -> Enrolment | None:
        return db.get_one(Enrolment, 1)

    def withdraws(db: Session, enrolment: Enrolment | None) -> None:
        assert enrolment is not None
        withdraw(db, cohort, enrolment, by=alice.id, now=NIGHT)

    def raises(db: Session) -> None:
        raise_revisions(db, cohort)

    interleaved(database, [(reads, withdraws), (raises, lambda _db, _: None)])
    with database.reading() as db:
        assert (db.get_one(Enrolment, 1).revision, stale_count(db)) == (2, 1)
    refresh_all(database)
    with database.reading() as db:
        assert (progress_row(db, 1).outcome, stale_count(db)) == ("withdrawn", 0)


def test_two_refreshes_at_once_count_everybody_once(database: Database, alice: Person, bob: Person) -> None:
    with database.transaction() as db:
        open_sample(db, alice, bob)
    interleaved(database, [(refresh, lambda _db, _: None)] * 2)
    with database.reading() as db:
        followed = derived(db)
    assert [row[-1] for row in followed["progress_count"]] == [1]


def test_rebuilding_puts_right_whatever_went_wrong(database: Database, alice: Person, bob: Person) -> None:
    stored(database, alice, [bob])
    with database.reading() as db:
        good = derived(db)
    rebuild(database)
    with database.reading() as db:
        assert derived(db) == good
    with database.transaction() as db:
        db.execute(update(ProgressCount).values(enrolments=7))
        db.execute(update(ProgressTotal).values(enrolments=ProgressTotal.enrolments + 1))
        db.add(ProgressCount(course_id=1, department_id=99, month=202001, outcome="open", enrolments=3))
        db.add(TrainingTime(person_id=alice.id, year=2020, department_id=None, minutes=5))
    rebuild(database)
    with database.reading() as db:
        assert derived(db) == good


def test_between_full_batches_others_get_their_turn(
    database: Database, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(database, alice, [alice, bob])
    with database.transaction() as db:
        db.execute(update(Enrolment).values(settled=-1))
    rests: list[float] = []
    monkeypatch.setattr("app.records.progress.BATCH", 1)
    monkeypatch.setattr("app.records.progress.time.sleep", rests.append)
    assert refresh_all(database) == 2
    assert rests == [PAUSE, PAUSE]


def test_commands_bring_reports_up_to_date(app: Any, database: Database, alice: Person, bob: Person) -> None:
    with database.transaction() as db:
        open_sample(db, alice, bob, course=create_sample())
    run = app.test_cli_runner().invoke
    first, again, rebuilt = (run(args=["report", name]) for name in ("refresh", "refresh", "rebuild"))
    assert [each.exit_code for each in (first, again, rebuilt)] == [0, 0, 0]
    assert [each.stdout for each in (first, again, rebuilt)] == ["", "", ""]
    assert "1" in first.stderr
    assert "0" in again.stderr
    assert "1" in rebuilt.stderr


def test_the_worker_keeps_reports_up_to_date(app: Any, database: Database, alice: Person, bob: Person) -> None:
    from app.cli.operations import tasks_of  # noqa: PLC0415

    with database.transaction() as db:
        open_sample(db, alice, bob)
    for task in tasks_of(app, ending=lambda: False):
        task.work()
    with database.reading() as db:
        assert (stale_count(db), progress_row(db, 1).outcome) == (0, "open")
