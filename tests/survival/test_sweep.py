"""T-SWEEP: what browsers left behind is handed in, once each, whatever fails beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from app import clock
from app.accounts.models import Audit, Person
from app.assessment import actions, sweeper
from app.assessment.actions import Save
from app.assessment.deadlines import move_deadlines
from app.assessment.models import AnswerChange, Assignment, Attempt, AttemptMember, Marking, Submission
from app.assessment.queries import any_work, handed_in, own_task, own_work
from app.assessment.rules import GRACE
from app.assessment.sweeper import due_attempts, look_again, sweep, take_up_again
from app.catalogue.models import CourseVersion
from app.cohorts.models import Enrolment
from app.db import Database
from app.exercises import Answer, Spec, grade_answer
from tests.assessment.samples import Room, create_room, viewer_of
from tests.conftest import NOW, statements_of, token_of
from tests.racing import at_once
from tests.survival.sizes import note, sized

MANY = sized(60, 500)
AT_THE_BELL = 20
"""Trainees who hand in while it is swept."""
FAILING, UNREADABLE, BLANK = 5, 5, 3
FIELD, POISON = "reason.evidence", "这一份评不了"
WITHIN = 60.0
"""Seconds until everything is handed in."""


@dataclass(frozen=True)
class Behind:
    """Attempts whose time is up and whose browsers are gone."""

    texts: Mapping[int, str]
    """Attempt → what was saved last, in time."""
    failing: frozenset[int]
    """The key raises on these."""
    unreadable: frozenset[int]
    """Their version of the course cannot be read."""
    blank: frozenset[int]
    """Nothing was ever saved in these."""


@pytest.fixture
def room(database: Database, alice: Person, bob: Person) -> Room:
    with database.transaction() as db:
        return create_room(db, bob, alice)


@pytest.fixture
def behind(database: Database, room: Room) -> Behind:
    return leave_behind(database, room, MANY)


@pytest.fixture(autouse=True)
def _key_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of a kind with a mistake in it."""
    honest = grade_answer

    def grade(spec: Spec, answer: Answer) -> Any:
        if POISON in repr(answer):
            raise ZeroDivisionError("a mistake in a kind")
        return honest(spec, answer)

    monkeypatch.setattr(actions, "grade_answer", grade)


def leave_behind(database: Database, room: Room, number: int) -> Behind:
    """So many attempts, the poisonous ones among the first to be due; then their time is over."""
    with database.transaction() as db:
        people = [
            Person(number=f"S{place:04}", display_name=f"学员{place}", created_at=NOW) for place in range(1, number + 1)
        ]
        db.add_all(people)
        db.flush()
        db.add_all(Enrolment(cohort_id=room.cohort.id, person_id=each.id, enrolled_at=NOW) for each in people)
        broken = CourseVersion(
            course_id=room.cohort.version.course_id,
            number=99,
            digest="broken",
            origin="draft",
            title="?",
            compiled="{",
            files={},
            published_at=NOW,
        )
        db.add(broken)
        db.flush()
        attempts = [begin(db, room, each, place, broken) for place, each in enumerate(people)]
        assignment = db.scalars(select(Assignment).where(Assignment.exercise == "needs")).one()
        assignment.minutes = 45
        move_deadlines(db, assignment)
    ids = [attempt_id for attempt_id, _ in attempts]
    parts = (ids[:FAILING], ids[FAILING : FAILING + UNREADABLE], ids[FAILING + UNREADABLE :][:BLANK])
    return Behind({i: typed for i, typed in attempts if typed}, *(frozenset(part) for part in parts))


def begin(db: Any, room: Room, person: Person, place: int, broken: CourseVersion) -> tuple[int, str]:
    """Begun two hours ago, a second after the one before; saved three times, of which the last came late."""
    viewer, began = viewer_of(person), clock.now() - timedelta(hours=2) + timedelta(seconds=place)
    attempt = actions.start_attempt(db, own_task(db, viewer, room.cohort.id, "needs"), by=person.id, now=began)
    work = own_work(db, viewer, attempt.id)
    typed = f"第 {place} 个，{POISON if place < FAILING else '最后一次'}"
    if not FAILING + UNREADABLE <= place < FAILING + UNREADABLE + BLANK:
        for seq, said in enumerate((f"{place}", typed), 1):
            save = Save("page", seq, 0, {FIELD: said})
            actions.save_fields(db, work, save, by=person.id, now=began + timedelta(minutes=seq))
    else:
        typed = ""
    late = Save("page", 3, 0, {FIELD: "到得晚了"})
    actions.keep_fields(db, work, late, by=person.id, now=clock.now(), late=True)
    if FAILING <= place < FAILING + UNREADABLE:
        attempt.version_id = broken.id
    db.flush()
    return attempt.id, typed


def sweep_until_done(database: Database) -> None:
    """As the worker does: a call that fails is followed by the next one."""
    until = time.monotonic() + WITHIN
    while time.monotonic() < until:
        with suppress(Exception):
            sweep(database, now=clock.now)
        with database.reading() as db:
            if db.scalars(due_attempts(clock.now())).first() is None:
                return


def problems(database: Database, behind: Behind) -> list[str]:
    """What is not as it has to be, after everything was swept."""
    found: list[str] = []
    with database.reading() as db:
        submissions = {each.attempt_id: each for each in db.scalars(select(Submission))}
        attempts = {each.id: each for each in db.scalars(select(Attempt))}
        audited = Counter(db.scalars(select(Audit.object_id).where(Audit.action == "attempt-handed-in")))
        keyed = Counter(db.scalars(select(Marking.attempt_id).where(Marking.marked_by == "key")))
        for attempt_id, attempt in attempts.items():
            readable = attempt_id in behind.texts and attempt_id not in behind.unreadable
            if readable != (attempt_id in submissions) or audited[str(attempt_id)] != readable:
                found.append(f"{attempt_id}: handed in {audited[str(attempt_id)]} times")
            if bool(attempt.set_aside) != (attempt_id in behind.unreadable):
                found.append(f"{attempt_id}: set aside as “{attempt.set_aside}”")
        for attempt_id, submission in submissions.items():
            values = handed_in(db, any_work(db, attempt_id)).values
            if values != {FIELD: behind.texts[attempt_id]}:
                found.append(f"{attempt_id}: {values}")
            if (submission.collected, submission.at) != (True, attempts[attempt_id].ends_at):
                found.append(f"{attempt_id}: handed in at {submission.at}")
            fails = attempt_id in behind.failing
            if bool(submission.unmarked) != fails or keyed[attempt_id] != (not fails):
                found.append(f"{attempt_id}: {keyed[attempt_id]} markings, “{submission.unmarked}”")
    return found


def desks(database: Database, client_of: Callable[[Person], FlaskClient], wanted: Sequence[int]) -> list[Any]:
    """For each attempt a browser that hands it in."""
    with database.reading() as db:
        rows = db.execute(
            select(AttemptMember.attempt_id, Person)
            .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
            .join(Person, Person.id == Enrolment.person_id)
            .where(AttemptMember.attempt_id.in_(wanted))
        ).all()

    def hand_in(attempt_id: int, browser: FlaskClient) -> Callable[[], int]:
        headers = {"X-CSRFToken": token_of(browser), "Accept": "application/json"}
        url = f"/attempts/{attempt_id}/hand-in"
        return lambda: browser.post(url, json={}, headers=headers, buffered=True).status_code

    return [hand_in(attempt_id, client_of(person)) for attempt_id, person in rows]


def race(database: Database, calls: Sequence[Callable[[], int]] = ()) -> Sequence[int]:
    """Two sweepers, and whoever hands in at the same time; the answers of those."""

    def one() -> int:
        sweep_until_done(database)
        return 0

    return at_once([one, one, *calls])[2:]


def test_everything_is_handed_in_once_whatever_fails_beside_it(
    database: Database, behind: Behind, client_of: Callable[[Person], FlaskClient]
) -> None:
    calls = desks(database, client_of, sorted(behind.texts)[-AT_THE_BELL:])
    began = time.monotonic()
    assert set(race(database, calls)) == {200}
    took = time.monotonic() - began
    note("T-SWEEP", attempts=MANY, database=database.engine.dialect.name, seconds=round(took, 2))
    assert problems(database, behind) == []
    assert took < WITHIN
    with database.reading() as db:
        revisions = Counter(db.scalars(select(Enrolment.revision)))
    assert revisions == {1: MANY - UNREADABLE - BLANK, 0: UNREADABLE + BLANK + 1}
    assert sweep(database, now=clock.now) == sweeper.Swept()


def test_a_sweeper_that_does_not_ask_once_more_would_be_found(
    database: Database, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canary: it hands in what it read before, whoever handed it in since."""
    honest = any_work
    monkeypatch.setattr(sweeper, "still_due", lambda *_: True)
    monkeypatch.setattr(sweeper, "any_work", lambda db, attempt_id: replace(honest(db, attempt_id), submission=None))
    race(database)
    assert problems(database, behind) != []


def test_a_sweeper_that_stops_at_what_fails_would_be_found(
    database: Database, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canary: without the one place that takes failures, nothing behind the first of them is handed in."""
    monkeypatch.setattr(f"{__name__}.WITHIN", 2.0)
    for module in (sweeper, actions):
        monkeypatch.setattr(module, "or_mishap", lambda step, *_, **__: step())
    sweep_until_done(database)
    assert problems(database, behind) != []


def test_what_failed_is_marked_once_the_kind_works_again(
    database: Database, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep_until_done(database)
    look_again(database, now=clock.now())
    assert sweep(database, now=clock.now).marked == 0
    monkeypatch.setattr(f"{__name__}.POISON", "\0")
    assert sweep(database, now=clock.now).marked == 0  # not again before an hour is over
    assert sweep(database, now=lambda: clock.now() + actions.TRIED_AGAIN).marked == FAILING
    assert problems(database, replace(behind, failing=frozenset())) == []
    with database.reading() as db:
        assert len(db.scalars(select(Audit.id).where(Audit.action == "attempt-marked-by-key")).all()) == FAILING


def test_a_worker_that_starts_tries_at_once(
    database: Database, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep_until_done(database)
    monkeypatch.setattr(f"{__name__}.POISON", "\0")
    look_again(database, now=clock.now())
    assert sweep(database, now=clock.now).marked == len(behind.failing)


def test_what_was_set_aside_is_handed_in_once_it_can_be_read(database: Database, room: Room, behind: Behind) -> None:
    sweep_until_done(database)
    assert take_up_again(database, now=clock.now()) == UNREADABLE
    assert sweep(database, now=clock.now).set_aside == UNREADABLE  # not mended yet
    with database.transaction() as db:
        for attempt in db.scalars(select(Attempt).where(Attempt.id.in_(behind.unreadable))):
            attempt.version_id = room.cohort.version_id
    take_up_again(database, now=clock.now())
    assert sweep(database, now=clock.now).handed_in == UNREADABLE
    assert problems(database, replace(behind, unreadable=frozenset())) == []


@pytest.mark.parametrize("why", ["archived", "withdrawn", "given back"])
def test_what_nobody_may_change_is_left_alone(database: Database, behind: Behind, why: str) -> None:
    wanted = max(behind.texts)
    with database.transaction() as db:
        work = any_work(db, wanted)
        match why:
            case "archived":
                work.cohort.archived_at = NOW
            case "withdrawn":
                work.enrolment.withdrawn_at = NOW
            case _:
                work.attempt.returned_at = NOW
    sweep_until_done(database)
    with database.reading() as db:
        assert db.get(Submission, wanted) is None


def test_what_is_still_within_its_grace_waits(database: Database, behind: Behind) -> None:
    """An upgrade says of what was under way that it is swept with its end."""
    wanted, end = max(behind.texts), clock.now()
    with database.transaction() as db:
        attempt = db.get_one(Attempt, wanted)
        attempt.ends_at = attempt.sweep_at = end
    sweep_until_done(database)
    with database.reading() as db:
        assert db.get(Submission, wanted) is None
    assert sweep(database, now=lambda: end + GRACE).handed_in == 1


SLOW_SWEEPER = """
import time
from app import clock, factory
from app.assessment import sweeper
honest = sweeper.graded_or_unmarked
def slow(*known, **told):
    time.sleep(0.02)
    return honest(*known, **told)
sweeper.graded_or_unmarked = slow
sweeper.sweep(factory.create_app().extensions["database"], now=clock.now)
"""


def test_killed_half_way_and_run_again_it_hands_in_once(
    database: Database, behind: Behind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.POISON", "\0")  # the other process has no mistake in its key
    url = database.engine.url.render_as_string(hide_password=False)
    around = {"DATABASE_URL": url, "INSTANCE_PATH": str(tmp_path), "SECRET_KEY": "0123456789abcdef" * 4}
    begun = subprocess.Popen(
        [sys.executable, "-c", SLOW_SWEEPER],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **around},
        start_new_session=True,
    )
    try:
        handed_in = 0
        while handed_in < MANY // 3 and begun.poll() is None:
            with database.reading() as db:
                handed_in = db.scalar(select(func.count()).select_from(Submission)) or 0
    finally:
        with suppress(ProcessLookupError):
            os.killpg(begun.pid, signal.SIGKILL)
        assert begun.wait(timeout=30) == -signal.SIGKILL
    with database.reading() as db:
        assert MANY // 3 <= (db.scalar(select(func.count()).select_from(Submission)) or 0) < MANY - UNREADABLE - BLANK
    sweep_until_done(database)
    assert problems(database, replace(behind, failing=frozenset())) == []


def test_what_is_due_is_found_by_its_index_in_one_statement(database: Database, behind: Behind) -> None:
    assert behind.texts
    sweep_until_done(database)
    with statements_of(database) as seen:
        sweep(database, now=clock.now)
    assert len(seen) == 1
    asked = due_attempts(clock.now()).compile(database.engine, compile_kwargs={"literal_binds": True})
    sqlite = database.engine.dialect.name == "sqlite"
    with database.engine.begin() as connection:
        if not sqlite:  # with so few rows it would read them all
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.execute(text(f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{asked}")).all()
    assert "ix_attempt_sweep_at" in str(plan)


def test_late_texts_are_still_there(database: Database, behind: Behind) -> None:
    sweep_until_done(database)
    with database.reading() as db:
        assert db.scalar(select(func.count()).where(AnswerChange.late).select_from(AnswerChange)) == MANY
