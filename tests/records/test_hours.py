"""Training hours: the list, its order and pages, what departments come to, and the exports."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.courses.clock_times import hours_in_digits, in_hours
from app.db import Database
from app.records.desk_offers import departments_meant, offered
from app.records.desk_queries import people_named
from app.records.filters import NOWHERE
from app.records.hours import HoursPage, HoursWanted, every_person, hours_page, read_place, years_with_hours
from app.records.models import TrainingTime
from tests.conftest import statements_of
from tests.records.many import TODAY, Many, fill
from tests.records.test_desk import HR

MANY = Many(enrolments=700, people=140, months=10)


@pytest.fixture
def filled(database: Database) -> Iterator[Session]:
    with database.transaction() as db:
        fill(db, MANY)
    with database.reading() as db:
        yield db


def naive_people(db: Session, wanted: HoursWanted) -> list[tuple[int, int]]:
    """Minutes and person, row by row, in the order of the list."""
    departments = departments_meant(offered(db, HR), wanted.department, direct=wanted.direct)
    named = people_named(db, wanted.text)[0] if wanted.text else None
    time = TrainingTime
    rows = db.execute(select(time.minutes, time.person_id, time.department_id).where(time.year == wanted.year))
    found = [
        (minutes, person)
        for minutes, person, department in rows
        if (departments is None or (department or NOWHERE) in departments)
        and (wanted.under is None or minutes < 60 * wanted.under)
        and (named is None or person in named)
    ]
    return sorted(found, reverse=not wanted.least_first)


def page_at(db: Session, wanted: HoursWanted, **turn: object) -> HoursPage:
    return hours_page(db, wanted, offered(db, HR), **{"after": None, "before": None, **turn})  # type: ignore[arg-type]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wanted=st.builds(
        HoursWanted,
        year=st.sampled_from([2025, 2026, 2026]),
        department=st.none() | st.integers(NOWHERE, 30),
        direct=st.booleans(),
        under=st.none() | st.integers(1, 200),
        text=st.sampled_from(["", "", "", "E0000", "王", "nobody"]),
        least_first=st.booleans(),
    )
)
def test_the_list_is_its_rows_in_order(filled: Session, wanted: HoursWanted) -> None:
    naive = naive_people(filled, wanted)
    page = page_at(filled, wanted)
    found, before = [(line.minutes, line.person_id) for line in page.people], page
    assert (page.total, page.before) == (len(naive), None)
    while page.after:
        page = page_at(filled, wanted, after=page.after)
        found += [(line.minutes, line.person_id) for line in page.people]
        back = page_at(filled, wanted, before=page.before)
        assert (back.people, back.after, back.before is None) == (before.people, before.after, before.before is None)
        before = page
    assert found == naive
    lines = every_person(filled, wanted, offered(filled, HR))
    assert [(line.minutes, line.person_id) for line in lines] == naive


@pytest.mark.parametrize("department", [None, 1, 4, NOWHERE])
def test_departments_add_up_to_the_whole(filled: Session, department: int | None) -> None:
    wanted = HoursWanted(2026, department=department)
    page, naive = page_at(filled, wanted), naive_people(filled, wanted)
    assert (page.whole.people, page.whole.minutes) == (len(naive), sum(minutes for minutes, _ in naive))
    assert sum(row.people for row in page.departments) == page.whole.people
    assert sum(row.minutes for row in page.departments) == page.whole.minutes
    for row in page.departments:
        own = naive_people(filled, HoursWanted(2026, department=row.department, direct=row.direct))
        assert (row.people, row.minutes) == (len(own), sum(minutes for minutes, _ in own))
        assert row.average == (Fraction(row.minutes, row.people) if row.people else 0)


def test_years_are_those_with_hours_and_the_present_one(filled: Session) -> None:
    assert years_with_hours(filled, TODAY.replace(year=2028)) == (2028, 2027, 2026, 2025)[: 4 if _old(filled) else 3]


def _old(db: Session) -> bool:
    return 2025 in set(db.scalars(select(TrainingTime.year)))


@pytest.mark.parametrize(("minutes", "hours"), [(0, "0"), (3, "0"), (9, "0.2"), (20, "0.3"), (59, "1"), (90, "1.5")])
def test_hours_are_told_to_a_tenth_the_same_everywhere(minutes: int, hours: str) -> None:
    assert in_hours(minutes) == Fraction(hours)
    assert hours_in_digits(minutes) == hours


@pytest.mark.parametrize("typed", ["", "1", "1.", "x.1", "-1.2", "99999999999.1"])
def test_a_place_that_cannot_be_read_is_none(typed: str) -> None:
    assert read_place(typed) is None


# ---------------------------------------------------------------- the page


@pytest.fixture
def hanas(database: Database, client_of: Callable[[Person], FlaskClient], hana: Person) -> FlaskClient:
    with database.transaction() as db:
        fill(db, MANY)
    return client_of(hana)


def test_exports_are_what_is_on_the_screen(hanas: FlaskClient) -> None:
    query = "year=2026&department=1&order=least"
    page = hanas.get(f"/hours?{query}").text
    rows = list(csv.reader(io.StringIO(hanas.get(f"/hours.csv?{query}").text.lstrip("\ufeff"))))
    assert rows[0] == ["姓名", "工号", "部门", "学时"]
    assert f"导出 Excel（{len(rows) - 1} 行）" in page
    assert [float(row[3]) for row in rows[1:]] == sorted(float(row[3]) for row in rows[1:])
    assert all(cell in page for cell in rows[1][:3])
    assert hanas.get(f"/hours.xlsx?{query}").data[:2] == b"PK"
    by_department = list(csv.reader(io.StringIO(hanas.get("/hours.csv?year=2026&by=departments").text)))
    assert len(by_department) == 5
    assert by_department[-1][0] == "未分部门"


def test_what_the_address_names_in_vain_is_told(hanas: FlaskClient) -> None:
    page = hanas.get("/hours?year=x&department=x&under=-3&order=no&after=9&q=%00").text
    for sentence in ("没有这个年份", "没有这个部门", "这里填小时数"):
        assert sentence in page
    assert "2150 年" in hanas.get("/hours?year=2150").text


def test_more_people_take_as_many_statements(hanas: FlaskClient, database: Database) -> None:
    counts = []
    for address in ("/hours?year=2026", "/hours?year=2150", "/hours?year=2026&department=1&under=40"):
        with statements_of(database) as seen:
            hanas.get(address)
        counts.append(len(seen))
    assert len(set(counts)) == 1
    assert counts[0] <= 10
