"""The overview adds up: departments with what is below them, courses, months; and its cells lead to their rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.departments import at_or_below
from app.accounts.models import Person
from app.db import Database
from app.records.desk_offers import offered
from app.records.filters import NOWHERE
from app.records.models import Progress, ProgressCount, ProgressTotal
from app.records.months import Span
from app.records.overview import Share, overview_for
from app.records.totals import add_to_totals, add_up_totals
from tests.conftest import statements_of
from tests.records.many import Many, fill
from tests.records.test_desk import HR

YEAR = Span(date(2026, 4, 1), date(2026, 9, 30))


@pytest.fixture
def filled(database: Database) -> Iterator[Session]:
    with database.transaction() as db:
        fill(db, Many(enrolments=600, people=60, months=8))
    with database.reading() as db:
        yield db


def naive_share(db: Session, departments: set[int], course: int | None, months: Span | None) -> Share:
    """Row by row."""
    columns = Progress.course_id, Progress.department_id, Progress.dated_on, Progress.outcome
    found = [
        outcome
        for course_id, department, day, outcome in db.execute(select(*columns))
        if (department or NOWHERE) in departments
        and course in (None, course_id)
        and (months is None or months.first <= day <= months.last)
        and outcome != "withdrawn"
    ]
    return Share(found.count("completed"), len(found))


@pytest.mark.parametrize("department", [None, 1, 4, 13, NOWHERE])
@pytest.mark.parametrize("months", [None, YEAR])
def test_every_cell_is_what_its_rows_are(filled: Session, department: int | None, months: Span | None) -> None:
    choices = offered(filled, HR)
    overview = overview_for(filled, choices, department, months)
    assert overview.rows
    for row in overview.rows:
        inside = {row.department} if row.direct else at_or_below(choices.departments, row.department)
        for (course, _title), share in zip(overview.courses, row.cells, strict=True):
            assert share == naive_share(filled, inside, course, months)
        assert row.total == naive_share(filled, inside, None, months)
    everything = {NOWHERE, *choices.paths} if department is None else at_or_below(choices.departments, department)
    assert overview.total == naive_share(filled, everything, None, months)
    for (course, _title), share in zip(overview.courses, overview.totals, strict=True):
        assert share == naive_share(filled, everything, course, months)


@pytest.mark.parametrize(
    ("share", "percent", "heat"),
    [
        (Share(0, 0), None, 0),
        (Share(0, 9), 0, 1),
        (Share(44, 100), 44, 1),
        (Share(45, 100), 45, 2),
        (Share(899, 1000), 89, 4),
        (Share(999, 1000), 99, 5),
        (Share(7, 7), 100, 5),
    ],
)
def test_a_hundred_means_everybody(share: Share, percent: int | None, heat: int) -> None:
    assert (share.percent, share.heat) == (percent, heat)


def totals_of(db: Session) -> set[tuple[int, int, int, str, int]]:
    columns = ProgressTotal.__table__.columns
    return {tuple(row) for row in db.execute(select(*columns))}


def test_totals_that_follow_are_totals_added_up(database: Database) -> None:
    with database.begin(writes=True) as db:
        fill(db, Many(enrolments=100, people=20, months=4))
        connection, count = db.connection(), ProgressCount
        columns = count.course_id, count.department_id, count.month, count.outcome, count.enrolments
        counts = {(a, b, c, d): e for a, b, c, d, e in db.execute(select(*columns))}
        added_up = totals_of(db)
        assert added_up
        add_to_totals(connection, {key: -number for key, number in counts.items()})
        assert totals_of(db) == set()
        for key, number in counts.items():
            add_to_totals(connection, {key: number - 1})
            add_to_totals(connection, {key: 1})
        add_to_totals(connection, {})
        assert totals_of(db) == added_up
        add_up_totals(connection)
        assert totals_of(db) == added_up


# ---------------------------------------------------------------- the page


def test_each_cell_leads_to_a_list_of_as_many(
    database: Database, client_of: Callable[[Person], FlaskClient], hana: Person
) -> None:
    with database.transaction() as db:
        fill(db, Many(enrolments=300, people=40, months=6))
    browser = client_of(hana)
    page = browser.get("/completion/overview?department=1&from=2026-07&until=2026-12").text
    linked = re.findall(r'<a href="(/completion\?[^"]*state=(?:completed|not_through)[^"]*)">([\d,]+)</a>', page)
    assert len(linked) > 8
    for address, count in linked:
        assert re.search(rf"\b{count} 人次", browser.get(unescape(address)).text), address
    assert page.count('<a class="num" href="/completion?') > 8


def test_the_overview_takes_as_many_statements_for_many_rows(
    database: Database, client_of: Callable[[Person], FlaskClient], hana: Person
) -> None:
    browser, counts = client_of(hana), []
    for enrolments in (20, 300):
        with database.transaction() as db:
            fill(db, Many(enrolments=enrolments, people=20))
        with statements_of(database) as seen:
            assert browser.get("/completion/overview").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8


def test_it_tells_what_it_cannot_mean_and_teaches_when_empty(
    client_of: Callable[[Person], FlaskClient], hana: Person
) -> None:
    browser = client_of(hana)
    assert "没有这个部门" in browser.get("/completion/overview?department=9").text
    assert "日期要写成" in browser.get("/completion/overview?from=2026-13").text
    assert "班级里还没有学员" in browser.get("/completion/overview").text
    assert "这个范围里没有学员" in browser.get("/completion/overview?from=2026-01").text
