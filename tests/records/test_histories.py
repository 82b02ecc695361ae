"""Whatever happens in whatever order: what was followed step by step is what comes out from scratch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.excuses import excuses_in
from app.assessment.table_queries import cohort_table
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.records.models import Progress, ProgressCount, ProgressTotal, TrainingTime
from app.records.progress import rebuild, refresh, refresh_all, stale_count
from app.records.rules import ATTENDED, required_exercises
from tests.conftest import NOW, CreatePerson
from tests.records.histories import MATTERS, STEPS, History, Step
from tests.records.samples import derived

numbers = st.integers(0, 59)
refreshes = st.tuples(st.just("refresh"), st.integers(1, 4), numbers, numbers)
steps: st.SearchStrategy[Step] = st.tuples(st.sampled_from(STEPS), numbers, numbers, numbers)
often: st.SearchStrategy[Step] = st.tuples(st.sampled_from(["tick", "answer"]), numbers, numbers, numbers)
histories = st.lists(st.one_of(often, steps, refreshes), max_size=40)
ONE_DATABASE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture
def people(create_person: CreatePerson) -> tuple[Person, ...]:
    """A trainer, and four trainees."""
    return (create_person("Alice", roles=("trainer",)), *(create_person(name) for name in ("Bob", "Cai", "Du", "Eve")))


def play(history: History, happened: list[Step]) -> None:
    """Take the steps; «refresh» does so many rows at most, so that a batch may end anywhere."""
    history.begin()
    for step in happened:
        if step[0] == "refresh":
            history.db.expire_all()
            refresh(history.db, limit=step[1])
        else:
            history.take(step)
    catch_up(history.db)


def catch_up(db: Session) -> None:
    db.expire_all()
    while refresh(db, limit=3):
        pass


def forget(db: Session) -> None:
    """As if nothing had ever been worked out."""
    for model in (Progress, ProgressCount, ProgressTotal, TrainingTime):
        db.execute(delete(model))
    db.execute(update(Enrolment).values(settled=-1))


def agrees_with_the_table(db: Session, cohort: Cohort) -> None:
    """The cohort table reads the same facts in another way."""
    course, table = course_of(cohort.version), cohort_table(db, cohort, now=NOW)
    required = set(required_exercises(course))
    minutes = {session.id: sum(s.minutes or 0 for s in session.slots if not s.is_break) for session in course.sessions}
    of_session = {row.id: minutes[row.session_id] for row in cohort.sessions}
    excused = set(excuses_in(db, cohort.id))
    for row in table.rows:
        progress = db.get_one(Progress, row.enrolment_id)
        asked = {slug for slug in required if (row.enrolment_id, slug) not in excused}
        cells = [(c, cell) for c, cell in zip(table.exercises, row.cells, strict=True) if c.slug in asked]
        assert progress.required == len(asked)
        assert progress.possible == sum(c.possible for c, _ in cells if not c.spec.private)
        earned = sum((cell.earned or Fraction(0) for column, cell in cells if not column.spec.private), Fraction(0))
        assert progress.earned == earned
        there = zip(table.sessions, row.attendance, strict=True)
        assert progress.attended_minutes == sum(of_session[s.id] for s, state in there if state in ATTENDED)
        assert progress.handed_in == len(cells) - sum(each["kind"] == "exercise" for each in progress.missing)
        assert (progress.outcome == "completed") == (progress.completed_on is not None) == (not progress.missing)


def adds_up(db: Session) -> None:
    """Counts and training hours are sums of the rows, in the departments where people are by now."""
    counted: Counter[tuple[int, int, int, str]] = Counter()
    hours: Counter[tuple[int, int, int | None]] = Counter()
    for row, department in db.execute(
        select(Progress, Person.department_id).join(Person, Person.id == Progress.person_id)
    ):
        assert row.department_id == department
        counted[row.course_id, department or 0, row.dated_on.year * 100 + row.dated_on.month, row.outcome] += 1
        for year, minutes in row.minutes_by_year.items():
            hours[row.person_id, int(year), department] += minutes
    stored = derived(db)
    assert {row[:4]: row[4] for row in stored["progress_count"]} == counted
    times = db.scalars(select(TrainingTime).execution_options(populate_existing=True))
    assert {(each.person_id, each.year, each.department_id): each.minutes for each in times} == hours


def check(database: Database, people: tuple[Person, ...], happened: list[Step]) -> None:
    with database.begin(writes=True) as db:  # never committed: each history begins with nothing
        history = History(db, people[0], people[1:])
        play(history, happened)
        followed = derived(db)
        assert (stale_count(db), refresh(db)) == (0, 0)
        db.expire_all()
        adds_up(db)
        forget(db)
        catch_up(db)
        assert followed == derived(db)
        db.expire_all()
        for cohort in history.cohorts:
            db.refresh(cohort, ["sessions", "version"])
            agrees_with_the_table(db, cohort)


@settings(max_examples=20, suppress_health_check=ONE_DATABASE)
@given(histories)
@example([("answer", 0, 1, 4), ("tick", 0, 0, 0), ("tick", 0, 2, 0), ("refresh", 1, 0, 0), ("give_back", 0, 0, 0)])
@example([("write", 0, 3, 0), ("join", 1, 0, 0), ("refresh", 4, 0, 0), ("answer", 0, 3, 0)])
@example([("answer", 0, 0, 4), ("refresh", 4, 0, 0), ("excuse", 0, 0, 0), ("refresh", 1, 0, 0), ("ask_again", 0, 0, 0)])
@example([("excuse", 0, n, 0) for n in range(4)])
@example([("move_person", 1, 0, 0), ("tick", 1, 0, 0), ("refresh", 4, 0, 0), ("move_person", 1, 1, 0)])
def test_followed_step_by_step_is_the_same_as_from_scratch(
    database: Database, people: tuple[Person, ...], happened: list[Step]
) -> None:
    check(database, people, happened)


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=ONE_DATABASE)
@given(histories)
def test_so_it_is_for_many_histories(database: Database, people: tuple[Person, ...], happened: list[Step]) -> None:
    check(database, people, happened)


LONG: list[Step] = [
    (("refresh" if n % 7 == 3 else STEPS[n * 11 % len(STEPS)]), n * 5 % 13 + 1, n * 7 % 17, n * 3 % 11)
    for n in range(120)
]


def test_a_rebuild_in_its_own_transactions_changes_nothing(database: Database, people: tuple[Person, ...]) -> None:
    with database.transaction() as db:
        play(History(db, people[0], people[1:]), LONG)
        followed = derived(db)
        outcomes = set(db.scalars(select(Progress.outcome)))
    assert len(outcomes) > 1  # else the history says little
    told: list[tuple[int, int]] = []
    assert rebuild(database, tell=lambda done, total: told.append((done, total))) == len(followed["progress"])
    assert told == [(len(followed["progress"]), len(followed["progress"]))]
    with database.transaction() as db:
        assert derived(db) == followed
        forget(db)
    rebuild(database)
    with database.reading() as db:
        assert derived(db) == followed


def test_killed_between_two_batches_nothing_is_lost(
    database: Database, people: tuple[Person, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as db:
        play(History(db, people[0], people[1:]), LONG)
        followed = derived(db)
        forget(db)
    with database.transaction() as db:
        assert refresh(db, limit=2) == 2
    with database.begin(writes=True) as db:
        refresh(db, limit=1)  # killed before its commit
    monkeypatch.setattr("app.records.progress.BATCH", 2)

    def kill(done: int, _total: int) -> None:
        if done > 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(database, tell=kill)
    refresh_all(database)
    with database.reading() as db:
        assert derived(db) == followed


@pytest.mark.parametrize("step", MATTERS)
def test_every_step_that_matters_leaves_something_to_do(
    database: Database, people: tuple[Person, ...], step: str, take_to: Callable[[History, str], None]
) -> None:
    with database.begin(writes=True) as db:
        history = History(db, people[0], people[1:])
        take_to(history, step)
        catch_up(db)
        before = derived(db)
        history.take((step, *CHOSEN.get(step, (0, 0, 0))))
        assert stale_count(db) > 0
        catch_up(db)
        assert derived(db) != before


CHOSEN: dict[str, tuple[int, int, int]] = {
    "answer": (0, 1, 4),
    "mark": (0, 1, 0),
    "override": (0, 7, 0),
    "move_dates": (0, 3, 70),
    "change_zone": (0, 1, 0),
    "enrol": (3, 0, 0),
}
BEFORE: dict[str, list[Step]] = {
    "mark": [("answer", 0, 0, 4)],
    "override": [("answer", 0, 0, 4)],
    "trust_key": [("answer", 0, 0, 4), ("override", 0, 7, 0)],
    "give_back": [("answer", 0, 0, 4)],
    "ask_again": [("excuse", 0, 0, 0)],
    "take_back": [("withdraw", 0, 0, 0)],
    "hand_in_for": [("write", 0, 0, 0), ("withdraw", 0, 0, 0)],
    "change_zone": [
        *(("tick", 0, n, 0) for n in range(4)),
        *(("answer", who, n, 4) for n, who in ((0, 0), (1, 0), (2, 0), (3, 0), (0, 1))),
        ("mark", 0, 1, 0),  # the last thing, at an hour that is in another day elsewhere
    ],
}


@pytest.fixture
def take_to() -> Callable[[History, str], None]:
    """Takes a history to where a step has something to change."""

    def take(history: History, step: str) -> None:
        history.begin()
        for each in BEFORE.get(step, []):
            history.take(each)

    return take


@pytest.mark.parametrize("step", ["write", "rename", "archive"])
def test_what_does_not_matter_leaves_nothing_to_do(database: Database, people: tuple[Person, ...], step: str) -> None:
    from app.cohorts.actions import archive_cohort, change_cohort  # noqa: PLC0415

    with database.begin(writes=True) as db:
        history = History(db, people[0], people[1:])
        play(history, [])
        cohort, by = history.cohorts[0], people[0].id
        if step == "rename":
            change_cohort(db, cohort, "改名", zone=cohort.zone, trainer_ids=[by], by=by, now=NOW)
        elif step == "archive":
            archive_cohort(db, cohort, by=by, now=NOW)
        else:
            history.take(("write", 0, 1, 0))
        assert stale_count(db) == 0
