"""Over a filled database: HR's desk and trainees' pages, queries beside raw SQL, exports, keeping it up to date."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection, bindparam, event, func, select, update
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Person, Role
from app.cohorts.models import CohortTrainer, Enrolment
from app.db import Database
from app.records.desk_offers import Offered, departments_meant, offered
from app.records.desk_queries import Chosen, find_page
from app.records.desk_rows import lines_at
from app.records.filters import Turned, Wanted
from app.records.models import Progress
from app.records.progress import refresh
from app.web.viewing import Viewer
from bench import load, servers, workbooks
from bench.lines import Line
from bench.room import headers_of

BARE_PAGE = "Flask + Jinja page of 12 kB"
RAW = "the same rows and their number, asked for in raw SQL"
UNIT = "ms of server CPU"
TIMES = 20
"""How often a query is asked; the median counts."""
OPENED = 100
"""Pages of different trainees."""
REFRESHED, BATCH = 2_000, 500
RAW_PAGE = (
    "SELECT p.enrolment_id, p.person_id, p.department_id, p.cohort_id, p.outcome, p.starts_on, p.dated_on,"
    " p.completed_on, p.attended_minutes, p.taught_minutes, p.handed_in, p.required, p.earned_numerator,"
    " p.earned_denominator, p.possible_numerator, p.possible_denominator, p.missing, person.display_name,"
    " person.number, cohort.name, cohort.version_id"
    " FROM progress p JOIN person ON person.id = p.person_id JOIN cohort ON cohort.id = p.cohort_id {where}"
    " ORDER BY p.dated_on DESC, p.enrolment_id DESC LIMIT 50"
)
RAW_COUNT = "SELECT count(*) FROM progress p {where}"
Statement = tuple[str, Any]


@dataclass(frozen=True)
class Filled:
    """A product with many enrolments, and whom its pages are asked for by."""

    server: servers.Server
    database: Database
    enrolments: int
    hr: dict[str, str]
    viewer: Viewer
    trainer: dict[str, str]
    cohort_id: int
    """One that the trainer trains."""
    trainees: tuple[tuple[dict[str, str], int], ...]
    """Headers of a trainee's browser, and one of their cohorts."""
    person_id: int
    choices: Offered
    today: date

    @property
    def department(self) -> int:
        """The largest one, with all below it."""
        return next(row.id for row in self.choices.departments if row.parent_id is None)

    @property
    def filtered(self) -> Wanted:
        """Who of a region is not through."""
        return Wanted(department=self.department, state="not_completed")

    def chosen(self, wanted: Wanted) -> Chosen:
        return Chosen(wanted, departments_meant(self.choices, wanted.department), self.today)


def lines(product: servers.Server, bare: servers.Server) -> Iterator[Line]:
    """All of them."""
    filled = look_around(product)
    yield from _pages(filled, bare)
    yield from _queries(filled)
    yield from _exports(filled)
    yield Line(
        "completion worked out anew",
        "enrolments/s",
        "–",
        partial(_refreshed, filled.database),
        partial(_updated, filled.database),
        f"as many rows updated by SQLAlchemy, {BATCH} a commit",
        more_is_better=True,
    )


def look_around(product: servers.Server) -> Filled:
    """Sign people of a filled product in."""
    assert product.app is not None  # noqa: S101 -- servers.filled_product gives one
    app = product.app
    database: Database = app.extensions["database"]
    with database.transaction() as db:
        hr = _somebody(db, select(Role.person_id).where(Role.role == "HR"))
        trainer_id, cohort_id = db.execute(select(CohortTrainer.person_id, CohortTrainer.cohort_id).limit(1)).one()
        spread = max(1, _count(db) // OPENED)
        rows = db.execute(
            select(Person, Enrolment.cohort_id)
            .join(Enrolment, Enrolment.person_id == Person.id)
            .where(Enrolment.id % spread == 0, Enrolment.withdrawn_at.is_(None))
            .limit(OPENED)
        ).all()
        viewer = Viewer(hr.id, hr.display_name, frozenset({"HR"}), "zh-CN")
        return Filled(
            product,
            database,
            enrolments=_count(db),
            hr=headers_of(db, app, hr),
            viewer=viewer,
            trainer=headers_of(db, app, db.get_one(Person, trainer_id)),
            cohort_id=cohort_id,
            trainees=tuple((headers_of(db, app, person), cohort) for person, cohort in rows),
            person_id=rows[0][0].id,
            choices=offered(db, viewer),
            today=clock.now().date(),
        )


def _somebody(db: Session, ids: Any) -> Person:  # noqa: ANN401 -- any select of ids
    return db.scalars(select(Person).where(Person.id.in_(ids)).limit(1)).one()


def _count(db: Session) -> int:
    return db.scalar(select(func.count()).select_from(Enrolment)) or 0


def _pages(filled: Filled, bare: servers.Server) -> Iterator[Line]:
    page = partial(load.cpu_ms_a_request, bare.port, "/page/3", pid=bare.pid, needle=b"Case 24")
    address = f"department={filled.department}&state=not_completed"
    trainer, hr = filled.trainer, filled.hr
    for name, path, headers, budget in (
        ("HR's list, first page", "/completion", hr, "≤ 2.5 ms"),
        ("HR's list, department and state", f"/completion?{address}", hr, "≤ 2.5 ms"),
        ("HR's overview", "/completion/overview", hr, "≤ 2.5 ms"),
        ("HR's training hours", "/hours", hr, "≤ 2.5 ms"),
        ("a person's record for HR", f"/people/{filled.person_id}/record", hr, "≤ 2.5 ms"),
        ("completion of a cohort", f"/cohorts/{filled.cohort_id}/completion", trainer, "≤ 2.5 ms"),
    ):
        asked = load.Request(path, headers=headers, needle=b"</html>")
        yield Line(_sized(name, filled), UNIT, budget, partial(_cpu, filled, [asked]), page, BARE_PAGE)
    for name, form in (
        ("start page of a trainee", "/?all=1"),
        ("my course", "/cohorts/{cohort}/my-course"),
        ("own record", "/record"),
    ):
        paths = ((form.format(cohort=cohort), each) for each, cohort in filled.trainees)
        opened = [load.Request(path, headers=each, needle=b"</html>") for path, each in paths]
        yield Line(name, UNIT, "≤ 2.5 ms", partial(_cpu, filled, opened), page, BARE_PAGE)


def _cpu(filled: Filled, asked: Sequence[load.Request]) -> float:
    server = filled.server
    load.cpu_ms_of(server.port, list(asked)[:20] * 2, pid=server.pid)  # warm
    return load.cpu_ms_of(server.port, list(asked) * (300 // len(asked)), pid=server.pid)


def _queries(filled: Filled) -> Iterator[Line]:
    """The statements of the list as the database gets them, without what is made of their rows."""
    inside = ", ".join(map(str, sorted(filled.chosen(filled.filtered).departments or ())))
    where = (
        f"WHERE p.outcome = 'open' AND p.starts_on IS NOT NULL AND p.dated_on < '{filled.today}'"
        f" AND p.department_id IN ({inside})"
    )
    for name, wanted, narrowed in (
        ("queries of HR's list", Wanted(), ""),
        ("queries of HR's list, department and state", filled.filtered, where),
    ):
        ours = statements_of(filled.database, partial(_first_page, filled, wanted))
        raw = [(each.format(where=narrowed), ()) for each in (RAW_PAGE, RAW_COUNT)]
        measure, reference = (partial(ms_of_statements, filled.database, each) for each in (ours, raw))
        yield Line(_sized(name, filled), "ms", "≤ 1.5 × raw SQL", measure, reference, RAW)


def _first_page(filled: Filled, wanted: Wanted, db: Session) -> None:
    chosen = filled.chosen(wanted)
    places = find_page(db, chosen, Turned()).places
    lines_at(db, places, filled.choices.paths, language="zh-CN", today=filled.today)


def statements_of(database: Database, work: Callable[[Session], None]) -> list[Statement]:
    """What some work asks a database, when it does it a second time."""
    seen: list[Statement] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append((statement, parameters))

    with database.reading() as db:
        work(db)
    event.listen(database.engine, "before_cursor_execute", note)
    try:
        with database.reading() as db:
            work(db)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return seen


def ms_of_statements(database: Database, statements: Sequence[Statement]) -> float:
    """Milliseconds for all statements and all their rows, past SQLAlchemy."""
    with database.engine.connect() as connection:
        cursor = connection.connection.cursor()
        taken = []
        for _ in range(TIMES):
            started = time.perf_counter()
            for statement, parameters in statements:
                cursor.execute(statement, parameters)
                cursor.fetchall()
            taken.append(time.perf_counter() - started)
        cursor.close()
    return statistics.median(taken) * 1000


def _exports(filled: Filled) -> Iterator[Line]:
    server, hr = filled.server, filled.hr
    with filled.database.reading() as db:
        rows = find_page(db, filled.chosen(Wanted(department=filled.department)), Turned()).total
    reference = partial(workbooks.ms_a_row, min(rows, 20_000))

    def a_row(ending: str) -> float:
        asked = load.Request(f"/completion.{ending}?department={filled.department}", headers=hr)
        return load.cpu_ms_of(server.port, [asked], pid=server.pid) / rows

    before = load.memory_of_children(server.pid, "RssAnon")
    whole = [load.Request("/completion.xlsx", headers=hr)]
    exporting = partial(load.cpu_ms_of, server.port, whole, pid=server.pid)

    yield Line(
        f"memory of a worker that exports {filled.enrolments:,} rows",
        "MB",
        "≤ 150 MB more than before",
        partial(load.memory_while, server.pid, exporting),
        lambda: max(before.values()),
        "the worker before",
    )
    yield Line("export as CSV, a row", UNIT, "≤ 0.02 ms", partial(a_row, "csv"), reference, workbooks.REFERENCE)
    yield Line("export as XLSX, a row", UNIT, "≤ 0.08 ms", partial(a_row, "xlsx"), reference, workbooks.REFERENCE)


def _refreshed(database: Database) -> float:
    with database.transaction() as db:
        wanted = select(Enrolment.id).order_by(Enrolment.id).limit(REFRESHED)
        db.execute(update(Enrolment).where(Enrolment.id.in_(wanted)).values(revision=Enrolment.revision + 1))
    started, done, found = time.perf_counter(), 0, 1
    while found:
        with database.transaction() as db:
            found = refresh(db, limit=BATCH)
        done += found
    return done / (time.perf_counter() - started)


def _updated(database: Database) -> float:
    columns = [Progress.enrolment_id, Progress.attended_minutes, Progress.handed_in, Progress.missing]
    with database.reading() as db:
        rows = [tuple(row) for row in db.execute(select(*columns).order_by(Progress.enrolment_id).limit(REFRESHED))]
    table = Progress.__table__
    change = (
        update(Progress.__table__)  # type: ignore[arg-type]  # a Table
        .where(table.c.enrolment_id == bindparam("id"))
        .values(attended_minutes=bindparam("minutes"), handed_in=bindparam("done"), missing=bindparam("lacks"))
    )
    started = time.perf_counter()
    for start in range(0, len(rows), BATCH):
        with database.engine.execution_options(writes=True).begin() as connection:
            _change(connection, change, rows[start : start + BATCH])
    return len(rows) / (time.perf_counter() - started)


def _change(connection: Connection, change: Any, rows: Sequence[Sequence[Any]]) -> None:  # noqa: ANN401 -- an update
    connection.execute(change, [dict(zip(("id", "minutes", "done", "lacks"), row, strict=True)) for row in rows])


def _sized(name: str, filled: Filled) -> str:
    return f"{name}, {filled.enrolments:,} enrolments"
