"""Progress kept up to date: what changed is worked out anew, counts and training hours follow with it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Select, Table, delete, exists, extract, func, insert, select, text, update
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.catalogue.models import PublishedCourse
from app.cohorts.models import Enrolment
from app.db import Database, one_at_a_time
from app.records.differences import add_differences, put
from app.records.facts import facts_of
from app.records.models import Progress, ProgressCount, TrainingTime
from app.records.rows import progress_rows
from app.records.totals import Key, add_to_totals, add_up_totals, are_added_up

BATCH = 100
"""Enrolments worked out in one transaction: nobody who saves waits for SQLite's one writer longer than can be felt."""
FEW = 500
"""Enrolments that a page works out before it is shown."""
PAUSE = 0.03
"""Seconds between full batches: who waits for SQLite looks again every few milliseconds, and would find no gap."""
TURN = "progress"
"""The turn that is taken before anything here is read to be changed: counts are changed by differences."""
STALE = text("enrolment.revision <> enrolment.settled")
MOVED = text("person.moved")
"""As the partial indexes say it: said in other words, a database would not use them."""

_PROGRESS, _COUNT, _TIME = (cast("Table", each.__table__) for each in (Progress, ProgressCount, TrainingTime))

Tell = Callable[[int, int], None]
"""Is told how many of how many are done."""


class _Before(NamedTuple):
    """What stood in Progress."""

    key: Key
    minutes_by_year: Mapping[str, int]
    department_id: int | None


def refresh(db: Session, *, limit: int | None = None) -> int:
    """Work out the completion of enrolments that changed, and let lists follow people who moved.

    At most `limit` (BATCH) of each, inside the given write transaction; returns how many. What another transaction is
    just changing is left out: it will have changed again. A fixed number of statements, however many there are.
    """
    limit = BATCH if limit is None else limit
    db.flush()
    one_at_a_time(db, TURN)
    connection = db.connection()
    moved = _follow_moved(connection, limit)
    stale = connection.scalars(
        select(Enrolment.id).where(STALE).order_by(Enrolment.id).limit(limit).with_for_update(**_HOLD)
    ).all()
    if stale:
        _work_out(db, stale, changed_only=True)
    return moved + len(stale)


def refresh_all(database: Database) -> int:
    """Refresh until nothing is stale, each batch in a transaction of its own; returns how many."""
    return _refresh_some(database, None)


def refresh_if_few(database: Database) -> int:
    """For pages that report: refresh where that is quick, before they read. Returns how many stay stale."""
    with database.looking() as connection:
        waiting = sum(connection.execute(_FEW_STALE).one())
        if waiting > FEW:
            return sum(connection.execute(_ALL_STALE).one())
    return max(0, waiting - _refresh_some(database, waiting)) if waiting else 0


def _refresh_some(database: Database, most: int | None) -> int:
    """Refresh until as many are done, or nothing is stale; others get their turn between batches."""
    done = 0
    while most is None or done < most:
        with database.transaction() as db:
            found = refresh(db)
        if not found:
            break
        done += found
        if found >= BATCH:
            time.sleep(PAUSE)
    return done


def stale_count(db: Session) -> int:
    """How many enrolments and people wait for a refresh. One statement."""
    return sum(db.execute(_ALL_STALE).one())


def _waiting(at_most: int | None) -> Select[int, int]:
    """Enrolments and people; counted no further than `at_most` of each."""
    enrolments, people = select(Enrolment.id).where(STALE), select(Person.id).where(MOVED)
    if at_most is not None:  # in order: else PostgreSQL reads the table, for it takes most rows to be stale
        enrolments, people = (each.order_by(text("id")).limit(at_most) for each in (enrolments, people))
    return select(
        *(select(func.count()).select_from(each.subquery()).scalar_subquery() for each in (enrolments, people))
    )


_ALL_STALE, _FEW_STALE = _waiting(None), _waiting(FEW + 1)


def rebuild(database: Database, *, tell: Tell | None = None) -> int:
    """Work out everything from scratch, in batches of their own transactions; returns how many enrolments.

    Lists stay readable meanwhile, and it may be ended and begun again at any time.
    """
    done, last = 0, 0
    with database.reading() as db:
        total = db.scalar(select(func.count()).select_from(Enrolment)) or 0
    while ids := _rebuild_batch(database, after=last):
        done, last = done + len(ids), ids[-1]
        if tell:
            tell(done, max(total, done))
        if len(ids) == BATCH:
            time.sleep(PAUSE)
    _count_anew(database)
    refresh_all(database)
    return done


def _rebuild_batch(database: Database, *, after: int) -> Sequence[int]:
    with database.transaction() as db:
        one_at_a_time(db, TURN)
        next_ones = select(Enrolment.id).where(Enrolment.id > after).order_by(Enrolment.id).limit(BATCH)
        ids = db.connection().scalars(next_ones.with_for_update(**_HOLD)).all()
        if ids:
            _work_out(db, ids, changed_only=False)
        return ids


_HOLD: dict[str, Any] = {"key_share": True, "skip_locked": True}
"""Nobody changes these rows before the commit; a row that somebody is changing is passed over, never waited for."""


def _work_out(db: Session, enrolment_ids: Sequence[int], *, changed_only: bool) -> None:
    """Write the rows of Progress and what follows from them, and settle their enrolments.

    `changed_only`: the training hours of people whose minutes are as they were are not looked at.
    """
    connection = db.connection()
    rows = progress_rows(facts_of(db, enrolment_ids))
    before = _before(connection, enrolment_ids)
    put(connection, _PROGRESS, rows)
    changes: Counter[Key] = Counter(_key(row) for row in rows)
    changes.subtract(each.key for each in before.values())
    _change_counts(connection, changes)
    people = {row["person_id"]: row["department_id"] for row in rows if not (changed_only and _same_time(row, before))}
    _sum_up(connection, people)
    settled = update(Enrolment).where(Enrolment.id.in_(enrolment_ids)).values(settled=Enrolment.revision)
    connection.execute(settled)


def _follow_moved(connection: Connection, limit: int) -> int:
    """Give the rows of people who changed their department the new one."""
    wanted = select(Person.id, Person.department_id).where(MOVED).order_by(Person.id).limit(limit)
    moved: dict[int, int | None] = dict(iter(connection.execute(wanted.with_for_update(**_HOLD))))
    if not moved:
        return 0
    changes: Counter[Key] = Counter()
    rows = select(
        Progress.person_id, Progress.course_id, Progress.department_id, Progress.dated_on, Progress.outcome
    ).where(Progress.person_id.in_(moved))
    for row in connection.execute(rows):
        old = _key(row._asdict())
        changes[old] -= 1
        changes[old[0], moved[row.person_id] or 0, *old[2:]] += 1
    _change_counts(connection, changes)
    for model in (Progress, TrainingTime):
        now = select(Person.department_id).where(Person.id == model.person_id).scalar_subquery()
        connection.execute(update(model).where(model.person_id.in_(moved)).values(department_id=now))
    connection.execute(update(Person).where(Person.id.in_(moved)).values(moved=False))
    return len(moved)


def _before(connection: Connection, enrolment_ids: Sequence[int]) -> dict[int, _Before]:
    rows = connection.execute(
        select(
            Progress.enrolment_id,
            Progress.course_id,
            Progress.department_id,
            Progress.dated_on,
            Progress.outcome,
            Progress.minutes_by_year,
        ).where(Progress.enrolment_id.in_(enrolment_ids))
    )
    return {row.enrolment_id: _Before(_key(row._asdict()), row.minutes_by_year, row.department_id) for row in rows}


def _same_time(row: Mapping[str, Any], before: Mapping[int, _Before]) -> bool:
    found = before.get(row["enrolment_id"])
    had, department_id = (found.minutes_by_year, found.department_id) if found else ({}, row["department_id"])
    return bool(had == row["minutes_by_year"] and department_id == row["department_id"])


def _key(row: Mapping[str, Any]) -> Key:
    day = row["dated_on"]
    return row["course_id"], row["department_id"] or 0, day.year * 100 + day.month, row["outcome"]


def _change_counts(connection: Connection, changes: Mapping[Key, int]) -> None:
    """Add differences to the counts, and to their sums; what comes to nothing goes."""
    add_differences(connection, _COUNT, changes)
    add_to_totals(connection, changes)


def _sum_up(connection: Connection, people: Mapping[int, int | None]) -> None:
    """Make the training hours of some people anew; `people`: with their departments."""
    if not people:
        return
    rows = select(Progress.person_id, Progress.minutes_by_year).where(Progress.person_id.in_(people))
    minutes: Counter[tuple[int, int]] = Counter()
    for person_id, by_year in connection.execute(rows):
        for year, attended in by_year.items():
            minutes[person_id, int(year)] += attended
    connection.execute(delete(TrainingTime).where(TrainingTime.person_id.in_(people)))
    found = [
        {"person_id": person_id, "year": year, "department_id": people[person_id], "minutes": attended}
        for (person_id, year), attended in sorted(minutes.items())
    ]
    if found:
        connection.execute(insert(TrainingTime), found)


def _count_anew(database: Database) -> None:
    """Put right the counts, sums and hours that differ from the rows of Progress.

    They are compared without a lock, and only what differs is compared again and changed with one: nobody waits.
    """
    with database.reading() as db:
        courses = db.scalars(select(PublishedCourse.id).order_by(PublishedCourse.id)).all()
    for course_id in courses:
        with database.looking() as connection:
            differs = any(_differences(connection, course_id).values())
        if differs:
            with database.transaction() as db:
                one_at_a_time(db, TURN)
                _change_counts(db.connection(), _differences(db.connection(), course_id))
    with database.looking() as connection:
        adds_up = are_added_up(connection)
        without = connection.scalars(select(TrainingTime.person_id).where(_NO_PROGRESS).distinct()).all()
    with database.transaction() as db:
        one_at_a_time(db, TURN)
        if not adds_up:
            add_up_totals(db.connection())
        for start in range(0, len(without), BATCH):
            some = TrainingTime.person_id.in_(without[start : start + BATCH])
            db.execute(delete(TrainingTime).where(some, _NO_PROGRESS))


_NO_PROGRESS = ~exists().where(Progress.person_id == TrainingTime.person_id)


def _differences(connection: Connection, course_id: int) -> Counter[Key]:
    """How many more rows of a course there are than were counted, by the key of the count."""
    month = extract("year", Progress.dated_on) * 100 + extract("month", Progress.dated_on)
    of_row = (Progress.course_id, func.coalesce(Progress.department_id, 0), month, Progress.outcome)
    rows = select(*of_row, func.count()).where(Progress.course_id == course_id).group_by(*of_row)
    found: Counter[Key] = Counter()
    for course, department, when, outcome, count in connection.execute(rows):
        found[course, department, int(when), outcome] = count
    kept = select(*_COUNT.primary_key, _COUNT.c.enrolments).where(_COUNT.c.course_id == course_id)
    found.subtract({(row[0], row[1], row[2], row[3]): row[4] for row in connection.execute(kept)})
    return found
