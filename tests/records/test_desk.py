"""HR's list: each filter finds exactly its rows, pages join without a gap, exports are what is on the screen."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from html import unescape
from itertools import count

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.db import Database
from app.errors import NotFound
from app.records.desk_offers import departments_meant, newest_cohorts, offered
from app.records.desk_queries import PER_PAGE, Chosen, find_page, people_named
from app.records.desk_rows import every_line, lines_at
from app.records.filters import NOWHERE, STATE_FILTERS, Facts, Place, Turned, Wanted, belongs
from app.records.models import Progress
from app.web.viewing import RoleName, Viewer
from tests.conftest import NOW, statements_of
from tests.records.many import TODAY, Many, fill
from tests.survival.sizes import sized

HR = Viewer(1, "Hana", frozenset({"HR"}), "zh-CN")
SMALL = Many(enrolments=900, people=90, months=8)


@pytest.fixture
def filled(database: Database) -> Iterator[Session]:
    with database.transaction() as db:
        fill(db, SMALL)
    with database.reading() as db:
        yield db


def chosen_of(db: Session, wanted: Wanted) -> Chosen:
    people = people_named(db, wanted.text)[0] if wanted.text else None
    departments = departments_meant(offered(db, HR), wanted.department, direct=wanted.direct)
    return Chosen(wanted, departments, TODAY, people)


def naive_places(db: Session, chosen: Chosen) -> list[Place]:
    """All rows, looked at one by one."""
    rows = [Facts(*row) for row in db.execute(select(*(getattr(Progress, name) for name in Facts._fields)))]
    found = [each for each in rows if belongs(each, chosen.wanted, chosen.departments, TODAY)]
    if chosen.people is not None:
        found = [each for each in found if each.person_id in chosen.people]
    return sorted((Place(each.dated_on, each.enrolment_id) for each in found), reverse=True)


def every_page(db: Session, chosen: Chosen) -> tuple[list[Place], int]:
    """The places of all pages forward, having gone back over each of them; and the total they tell."""
    page = find_page(db, chosen, Turned())
    places, total = list(page.places), page.total
    assert page.newer is None
    while page.older:
        before = page
        page = find_page(db, chosen, Turned(page.older))
        assert page.newer
        back = find_page(db, chosen, Turned(page.newer, back=True))
        assert (back.places, back.older, back.total) == (before.places, before.older, page.total)
        assert (back.newer is None) == (before.newer is None)
        places += page.places
    return places, total


DAYS = st.none() | st.integers(-260, 60).map(lambda days: TODAY + timedelta(days=days))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wanted=st.builds(
        Wanted,
        course=st.none() | st.integers(1, 3),
        cohort=st.none() | st.none() | st.integers(1, 90),
        department=st.none() | st.integers(NOWHERE, 30),
        direct=st.booleans(),
        state=st.sampled_from(STATE_FILTERS),
        first=DAYS,
        last=DAYS,
        text=st.sampled_from(["", "", "", "E0000", "e00001", "王", "书航", "nobody"]),
    )
)
def test_a_filter_finds_its_rows_and_counts_them(filled: Session, wanted: Wanted) -> None:
    chosen = chosen_of(filled, wanted)
    naive = naive_places(filled, chosen)
    assert every_page(filled, chosen) == (naive, len(naive))
    lines = list(every_line(filled, chosen, {}, language="en"))
    assert [Place(line.dated_on, line.enrolment_id) for line in lines] == naive
    if wanted.state not in ("", "not_through"):
        assert {line.state for line in lines} <= {wanted.state}


def test_every_state_is_in_the_samples(filled: Session) -> None:
    """So that the test above compares something."""
    for state in STATE_FILTERS:
        assert len(naive_places(filled, chosen_of(filled, Wanted(state=state)))) > 5
    undated = filled.scalar(select(func.count()).where(Progress.starts_on.is_(None)))
    assert undated
    assert len(naive_places(filled, chosen_of(filled, Wanted(department=NOWHERE)))) > 5


def test_a_name_is_looked_for_from_its_beginning_first(database: Database) -> None:
    with database.transaction() as db:
        for number, name in (("E1", "Lin Mei"), ("E2", "Mei Lan"), ("E3", "何书航"), ("X_1", "100%")):
            db.add(Person(number=number, display_name=name, active=True, created_at=NOW))
    with database.reading() as db:
        names = dict(db.execute(select(Person.id, Person.display_name)).all())

        def named(text: str) -> set[str]:
            return {names[each] for each in people_named(db, text)[0]}

        assert named("mei") == {"Mei Lan"}
        assert named("lin m") == {"Lin Mei"}
        assert named("Lan") == {"Mei Lan"}  # nobody begins with it
        assert named("书航") == {"何书航"}
        assert named("e3") == {"何书航"}
        assert named("100%") == named("%") == {"100%"}
        assert named("X_") == {"100%"}
        assert named("_") == set()


def test_a_name_that_fits_too_many_says_so(filled: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.records.desk_queries.MOST_PEOPLE", 5)
    found, too_many = people_named(filled, "E0000")
    assert (len(found), too_many) == (5, True)


@pytest.mark.parametrize("roles", [(), ("admin",), ("trainer", "author")])
def test_others_are_offered_nothing(filled: Session, roles: tuple[RoleName, ...]) -> None:
    with pytest.raises(NotFound):
        offered(filled, Viewer(1, "Somebody", frozenset(roles), "zh-CN"))


def test_cohorts_are_offered_newest_first_and_the_one_asked_for(
    filled: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.records.desk_offers.MOST_COHORTS", 3)
    choices = offered(filled, HR, cohort="1")
    assert list(newest_cohorts(filled, Wanted(), choices)) == [1, 90, 89, 88]
    of_course = newest_cohorts(filled, Wanted(course=2), offered(filled, HR))
    courses = select(Progress.course_id).where(Progress.cohort_id.in_(of_course)).distinct()
    assert (len(of_course), list(filled.scalars(courses))) == (3, [2])


# ---------------------------------------------------------------- the pages


@pytest.fixture
def hanas(client_of: Callable[[Person], FlaskClient], hana: Person) -> FlaskClient:
    return client_of(hana)


@pytest.fixture
def page_of(database: Database, hanas: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    monkeypatch.setattr("app.records.desk_views.today_here", lambda: TODAY)
    with database.transaction() as db:
        fill(db, SMALL)
    return lambda address: str(hanas.get(address).text)


def test_the_list_says_how_many_and_leads_on(page_of: Callable[[str], str]) -> None:
    page = page_of("/completion?state=completed")
    assert page.count('<th scope="row">') == PER_PAGE
    assert 'rel="next"' in page
    assert 'rel="prev"' not in page
    assert "人次" in page


def test_what_the_address_names_in_vain_is_told(page_of: Callable[[str], str]) -> None:
    page = page_of("/completion?course=99&cohort=x&department=-1&state=no&from=1&until=2026-13-01&q=%00&after=2")
    for sentence in (
        "这里没有这门课程",
        "这里没有这个班级",
        "没有这个部门",
        "没有这种状态",
        "日期要写成 2026-11-23 这样",
    ):
        assert sentence in page
    assert "结束日期早于开始日期" in page_of("/completion?from=2026-02-01&until=2026-01-01")


def test_exports_are_what_is_on_the_screen(page_of: Callable[[str], str], hanas: FlaskClient) -> None:
    page = page_of("/completion?state=not_completed")
    got = hanas.get("/completion.csv?state=not_completed")
    rows = list(csv.reader(io.StringIO(got.text.lstrip("\ufeff"))))
    assert f"导出 Excel（{len(rows) - 1} 行）" in page
    assert {row[5] for row in rows[1:]} == {"未完成"}
    assert all(row[10] for row in rows[1:])
    first = page.split('<th scope="row">')[1]
    assert all(cell in first for cell in (rows[1][0], rows[1][1], rows[1][4], rows[1][10]))
    assert hanas.get("/completion.xlsx?state=not_completed").data[:2] == b"PK"


def test_nothing_lacks_before_a_cohort_begins(page_of: Callable[[str], str], hanas: FlaskClient) -> None:
    first = page_of("/completion?state=coming").split('<th scope="row">')[1]
    assert first.split("</tr>")[0].count(">–</td>") >= 2  # attendance and reasons
    assert "还差" not in first
    rows = list(csv.reader(io.StringIO(hanas.get("/completion.csv?state=coming").text)))[1:]
    assert {(row[9], row[10]) for row in rows} == {("", "")}
    under_way = list(csv.reader(io.StringIO(hanas.get("/completion.csv?state=running").text)))[1:]
    assert all(row[10] for row in under_way)


def test_the_record_of_a_person_leads_back_to_the_page_it_was_opened_from(
    page_of: Callable[[str], str], hanas: FlaskClient
) -> None:
    second = page_of("/completion?state=completed").split('rel="next" href="')[1].split('"')[0]
    person = page_of(unescape(second)).split('<th scope="row"><a class="hit-line" href="')[1].split('"')[0]
    record = hanas.get(unescape(person)).text
    assert set(unescape(second).split("?")[1].split("&")) == set(
        unescape(record.split('href="/completion?')[1].split('"')[0]).split("&")
    )
    foreign = hanas.get(f"{unescape(person).split('?')[0]}?_external=1&_anchor=x&q=a%22b&next=//evil.example").text
    assert 'href="/completion?q=a%22b"' in foreign


def test_the_list_is_fresh_and_says_what_is_not(page_of: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.records.desk_views.refresh_if_few", lambda _database: 1234)
    assert "1234" in page_of("/completion")


def test_empty_lists_teach(hanas: FlaskClient) -> None:
    assert "班级里还没有学员" in hanas.get("/completion").text
    assert "没有符合条件的人" in hanas.get("/completion?q=nobody").text


@pytest.mark.parametrize("address", ["/completion", "/completion?course=1&department=1&state=not_through&q=E0"])
def test_more_rows_take_as_many_statements(
    page_of: Callable[[str], str], hanas: FlaskClient, database: Database, address: str
) -> None:
    counts = []
    for narrow in ("&cohort=1", ""):
        with statements_of(database) as seen:
            hanas.get(address + ("?" if "?" not in address else "&") + narrow.lstrip("&"))
        counts.append(len(seen))
    assert max(counts) <= 16


# ---------------------------------------------------------------- many

FILTERS = (
    Wanted(),
    Wanted(state="completed"),
    Wanted(state="not_completed"),
    Wanted(state="running"),
    Wanted(state="withdrawn", course=2),
    Wanted(department=1),
    Wanted(department=5, state="not_through"),
    Wanted(department=5, course=3),
    Wanted(department=1, course=3, state="withdrawn"),
    Wanted(first=date(2025, 3, 10), last=date(2025, 9, 20), department=2, state="completed"),
    Wanted(cohort=7),
    Wanted(text="E00001"),
)


CEILING = 2_000
"""Hundreds of instructions that any page may take, which is some milliseconds."""


def work_of(db: Session, ask: Callable[[], object]) -> int:
    """What SQLite does for something, in hundreds of its instructions: unlike time, the same everywhere."""
    driver, done = db.connection().connection.driver_connection, count()
    assert isinstance(driver, sqlite3.Connection)
    driver.set_progress_handler(lambda: next(done) < 0, 100)  # false: go on
    ask()
    driver.set_progress_handler(None, 0)
    return next(done)


def show_page(db: Session, wanted: Wanted) -> None:
    page = find_page(db, chosen_of(db, wanted), Turned())
    lines_at(db, page.places, {}, language="zh-CN", today=TODAY)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_page_out_of_a_hundred_thousand_rows_reads_a_small_part_of_them(database: Database) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("only SQLite counts its instructions")
    with database.transaction() as db:
        fill(db, Many(sized(150_000, 200_000), 15_000, (6, 7, 6), courses=8, cohort_of=25), seed=19)
    with database.reading() as db:
        work = {wanted: work_of(db, partial(show_page, db, wanted)) for wanted in FILTERS}
        all_of_them = select(func.sum(Progress.attended_minutes))
        assert work_of(db, lambda: db.scalar(all_of_them)) > 2 * CEILING  # what reads every row is seen
    assert {wanted: done for wanted, done in work.items() if done > CEILING} == {}
