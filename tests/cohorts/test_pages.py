"""The pages of cohorts as people use them: the way through, and what is refused on it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import clock
from app.accounts.models import Invitation, Person
from app.catalogue.actions import publish_course
from app.catalogue.models import CourseVersion
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.db import Database
from tests.catalogue.samples import create_course
from tests.cohorts.samples import MONDAY, create_cohort
from tests.conftest import NOW, CreatePerson, statements_of, token_of
from tests.racing import at_once

Browser = Callable[[Person], FlaskClient]


@pytest.fixture(autouse=True)
def _nine_o_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def cohort(alice: Person, bob: Person, db: Session) -> Cohort:
    version = publish_course(db, create_course(), by=None, now=NOW)
    cohort = create_cohort(db, version, trainers=[alice], trainees=[bob])
    db.commit()
    return cohort


@pytest.fixture
def alices(client_of: Browser, alice: Person, cohort: Cohort) -> FlaskClient:
    return client_of(alice)


def post(client: FlaskClient, path: str, **form: object) -> TestResponse:
    return client.post(path, data={"csrf_token": token_of(client), **form})


def hidden(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, name
    return found[1].replace("&#34;", '"').replace("&amp;", "&")


def opening(**over: object) -> dict[str, object]:
    given = {"course": "leads", "name": "华东一班", "first_day": "2026-11-30", "room": "302", "zone": "Asia/Shanghai"}
    return {**given, "trainers": ["1"], **over}


def test_a_trainer_opens_a_cohort_and_finds_it_in_the_list(alices: FlaskClient) -> None:
    opened = post(alices, "/cohorts", **opening())
    page = alices.get(opened.headers["Location"]).text
    assert (opened.status_code, opened.headers["Location"]) == (303, "/cohorts/2?done=opened")
    assert "华东一班" in alices.get("/cohorts").text
    for shown in (
        "班级已开。",
        "2026年11月30日（周一）",
        "09:00–11:00",
        "信息筛选",
        "还没有学员",
        "session-plan?version=1",
    ):
        assert shown in page


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"first_day": "明天"}, "这里要一个日期，例如 2026-11-23。"),
        ({"first_day": "2206-11-30"}, "第一天离今天太远了。"),
        ({"zone": "Mars/Base"}, "没有这个时区。"),
        ({"course": "nothing"}, "请选择课程。"),
        ({"course": "no\0thing"}, "请选择课程。"),
        ({"trainers": []}, "班级至少要有一位讲师。"),
        ({"trainers": ["2"]}, "才能带班。"),
        ({"trainers": ["99999999999999999999"]}, "班级至少要有一位讲师。"),
        ({"name": "华东\0班"}, "班级要有名称，最多 200 个字符"),
    ],
)
def test_a_cohort_that_cannot_be_opened_keeps_what_was_typed(
    alices: FlaskClient, database: Database, over: dict[str, object], said: str
) -> None:
    page = post(alices, "/cohorts", **opening(**over))
    assert (page.status_code, said in page.text) == (422, True)
    assert ('value="华东一班"' in page.text) == ("name" not in over)
    with database.reading() as db:
        assert len(db.scalars(select(Cohort)).all()) == 1


@pytest.mark.parametrize(
    ("language", "name"), [("zh-CN", "线索与需求（2026年11月）"), ("en", "线索与需求, November 2026")]
)
def test_a_cohort_without_a_name_is_called_after_course_and_month(
    alices: FlaskClient, database: Database, db: Session, language: str, name: str
) -> None:
    publish_course(db, create_course(language=language), by=None, now=NOW)
    db.commit()
    assert post(alices, "/cohorts", **opening(name=" ")).status_code == 303
    with database.reading() as reading:
        assert reading.get_one(Cohort, 2).name == name


def test_trainers_and_admins_find_the_way_from_a_course_to_a_new_cohort(
    client_of: Browser, alice: Person, ada: Person, bob: Person, cohort: Cohort
) -> None:
    way = "/cohorts/new?course=leads"
    shown = [way in client_of(person).get("/courses/leads").text for person in (alice, ada, bob)]
    assert shown == [True, True, False]
    assert way not in client_of(alice).get("/courses/leads?version=1").text  # the newest would be taken
    assert '<option value="leads" selected>' in client_of(alice).get(way).text


def test_an_admin_sees_no_way_to_what_only_trainers_see(
    client_of: Browser, ada: Person, alices: FlaskClient, cohort: Cohort
) -> None:
    theirs, mine = client_of(ada).get("/cohorts/1").text, alices.get("/cohorts/1").text
    assert [(way in theirs, way in mine) for way in ("/cohorts/1/attendance/", "/cohorts/1/table")] == [
        (False, True)
    ] * 2
    exercises = "/cohorts/1/exercises"
    assert ["/paper" in client.get(exercises).text for client in (client_of(ada), alices)] == [False, True]


def test_the_session_that_runs_is_not_called_the_next_one(alices: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(hours: float) -> tuple[bool, ...]:
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=hours))
        page = alices.get("/cohorts/1").text
        return tuple(says in page for says in ("正在上课", "下一个课段", "记录考勤"))

    assert [told(hours) for hours in (-0.5, 0.5, 3)] == [
        (False, True, False),
        (True, False, True),
        (False, True, False),
    ]


def test_whoever_takes_part_is_sent_to_their_own_course(client_of: Browser, bob: Person, cohort: Cohort) -> None:
    page = client_of(bob).get("/cohorts/1")
    assert (page.status_code, page.headers["Location"]) == (303, "/cohorts/1/my-course")


def test_changing_name_and_trainers(alices: FlaskClient) -> None:
    refused = post(alices, "/cohorts/1/edit", name="", zone="Asia/Shanghai", trainers=["1"])
    unstaffed = post(alices, "/cohorts/1/edit", name="新名", zone="Asia/Shanghai")
    assert (refused.status_code, unstaffed.status_code) == (422, 422)
    assert "班级至少要有一位讲师。" in unstaffed.text
    assert "新名" in unstaffed.text
    saved = post(alices, "/cohorts/1/edit", name="新名", zone="Europe/Berlin", trainers=["1"])
    page = alices.get(saved.headers["Location"]).text
    assert ("新名" in page, "Europe/Berlin" in page) == (True, True)


def test_archiving_is_undone_by_one_click(alices: FlaskClient) -> None:
    page = alices.get(post(alices, "/cohorts/1/archive").headers["Location"]).text
    assert ("/cohorts/1/reopen" in page, "/cohorts/1/sessions" in page) == (True, False)
    for path in ("/cohorts/1/sessions/move", "/cohorts/1/enrol/check", "/cohorts/1/slips"):
        assert post(alices, path, days="1", text="E1,甲").status_code == 422
    assert post(alices, "/cohorts/1/people/1/withdraw").status_code == 422
    for path in ("/cohorts/1/sessions", "/cohorts/1/people", "/cohorts/1/enrol", "/cohorts/1/edit"):
        assert alices.get(path).status_code == 200
    assert "/cohorts/1/sessions" in alices.get(post(alices, "/cohorts/1/reopen").headers["Location"]).text


def dates(page: TestResponse, **over: str) -> dict[str, str]:
    """What the form of dates would send."""
    fields = dict(re.findall(r'name="((?:day|starts|room)-\d+)" value="([^"]*)"', page.text))
    return {**fields, "trainer-1": "", "trainer-2": "", "stamp": hidden(page, "stamp"), **over}


def test_dates_are_saved_together_or_not_at_all(alices: FlaskClient, database: Database) -> None:
    page = alices.get("/cohorts/1/sessions")
    wrong = post(alices, "/cohorts/1/sessions", **dates(page, **{"room-1": "508", "starts-2": "09:30"}))
    assert (wrong.status_code, "与“信息筛选”重叠 90 分钟。" in wrong.text) == (422, True)
    assert 'value="508"' in wrong.text
    with database.reading() as db:
        assert {row.room for row in db.scalars(select(CohortSession))} == {"302"}
    saved = post(alices, "/cohorts/1/sessions", **dates(page, **{"room-1": "508", "trainer-2": "1"}))
    assert saved.status_code == 303
    shown = alices.get(saved.headers["Location"]).text
    assert ("508" in shown, "日期已保存。" in shown) == (True, True)


def test_a_change_by_somebody_else_is_not_overwritten(alices: FlaskClient, client_of: Browser, ada: Person) -> None:
    page = alices.get("/cohorts/1/sessions")
    assert post(client_of(ada), "/cohorts/1/sessions/move", days="7").status_code == 303
    late = post(alices, "/cohorts/1/sessions", **dates(page, **{"room-1": "508"}))
    assert (late.status_code, "有人改了日期" in late.text, 'value="508"' in late.text) == (422, True, True)
    assert post(alices, "/cohorts/1/sessions", **dates(late, **{"room-1": "508"})).status_code == 303


def test_a_taken_room_is_saved_only_when_that_is_confirmed(
    alices: FlaskClient, database: Database, cohort: Cohort
) -> None:
    with database.transaction() as db:
        create_cohort(db, db.scalars(select(CourseVersion)).one(), name="别班")
    page = alices.get("/cohorts/1/sessions")
    warned = post(alices, "/cohorts/1/sessions", **dates(page))
    assert (warned.status_code, "另一个班级 09:00 起用这间教室。" in warned.text, "别班" in warned.text) == (
        422,
        True,
        False,
    )
    assert post(alices, "/cohorts/1/sessions", **dates(page, confirmed="1")).status_code == 303


@pytest.mark.parametrize("days", ["", "0", "x", "366", "-400", "1.5", "٣"])
def test_moving_by_nonsense_is_refused_at_its_field(alices: FlaskClient, days: str) -> None:
    page = post(alices, "/cohorts/1/sessions/move", days=days)
    assert (page.status_code, "这里要一个整数天数" in page.text) == (422, True)


def test_everything_is_moved_by_a_week_and_back(alices: FlaskClient, database: Database) -> None:
    for days, first in (("7", MONDAY + timedelta(days=7)), ("−7", MONDAY)):
        assert post(alices, "/cohorts/1/sessions/move", days=days).status_code == 303
        with database.reading() as db:
            assert {row.day for row in db.scalars(select(CohortSession))} == {first}


def test_a_move_is_undone_once_and_from_the_page_that_follows(alices: FlaskClient, database: Database) -> None:
    address = post(alices, "/cohorts/1/sessions/move", days="5", confirmed="1").location
    page = alices.get(address)
    undo = {name: hidden(page, name) for name in ("days", "stamp", "confirmed")}
    assert ("撤销" in page.text, undo["days"]) == (True, "-5")
    statuses = [post(alices, "/cohorts/1/sessions/move", **undo).status_code for _ in range(2)]
    assert statuses == [303, 422]
    with database.reading() as db:
        assert {row.day for row in db.scalars(select(CohortSession))} == {MONDAY}


@pytest.mark.parametrize("query", ["done=moved&days=x", "done=moved", "days=7", "done=moved&days=9999"])
def test_nothing_is_undone_that_was_not_done(alices: FlaskClient, query: str) -> None:
    assert "撤销" not in alices.get(f"/cohorts/1?{query}").text


def test_a_second_click_does_not_move_everything_twice(alices: FlaskClient, database: Database) -> None:
    stamp = hidden(alices.get("/cohorts/1/sessions"), "stamp")
    statuses = [post(alices, "/cohorts/1/sessions/move", days="7", stamp=stamp).status_code for _ in range(2)]
    assert statuses == [303, 422]
    with database.reading() as db:
        assert {row.day for row in db.scalars(select(CohortSession))} == {MONDAY + timedelta(days=7)}


def test_two_who_change_a_cohort_at_once_follow_each_other(
    client_of: Browser, alice: Person, ada: Person, cohort: Cohort, create_person: CreatePerson
) -> None:
    carol = create_person("Carol", roles=("trainer",))
    browsers = [client_of(alice), client_of(ada)]
    stamp = hidden(browsers[0].get("/cohorts/1/sessions"), "stamp")
    moves = [partial(post, each, "/cohorts/1/sessions/move", days="7", stamp=stamp) for each in browsers]
    assert sorted(response.status_code for response in at_once(moves)) == [303, 422]
    both = {"name": "新名", "zone": "Asia/Shanghai", "trainers": [str(alice.id), str(carol.id)]}
    changes = [partial(post, each, "/cohorts/1/edit", **both) for each in browsers]
    assert [response.status_code for response in at_once(changes)] == [303, 303]


def test_moving_onto_a_weekend_is_saved_only_when_that_is_confirmed(alices: FlaskClient, database: Database) -> None:
    warned = post(alices, "/cohorts/1/sessions/move", days="5")
    assert (warned.status_code, warned.text.count("这一天是周末。")) == (422, 2)
    unsure = post(alices, "/cohorts/1/sessions", **dates(warned))
    assert (unsure.status_code, 'name="confirmed"' in unsure.text) == (422, True)
    assert post(alices, "/cohorts/1/sessions", **dates(unsure, confirmed="1")).status_code == 303
    with database.reading() as db:
        assert {row.day for row in db.scalars(select(CohortSession))} == {MONDAY + timedelta(days=5)}
    assert post(alices, "/cohorts/1/sessions/move", days="1").status_code == 303  # they are taught at weekends


def test_a_list_is_looked_at_corrected_and_confirmed(alices: FlaskClient, database: Database) -> None:
    page = post(alices, "/cohorts/1/enrol/check", text="工号,姓名,邮箱\nE1,陈雨桐,chen@\nE2,王思齐,\nP0002,Bob")
    assert (page.status_code, "邮箱地址应当像 name@example.com 这样。" in page.text) == (200, True)
    assert "添加 1 人，略过 1 行" in page.text
    form = {"rows": hidden(page, "rows"), "email-2": "chen@example.com"}
    page = post(alices, "/cohorts/1/enrol", how="check", seen=hidden(page, "seen"), **form)
    assert "添加 2 人" in page.text
    done = post(alices, "/cohorts/1/enrol", how="all", rows=hidden(page, "rows"), seen=hidden(page, "seen"))
    people = alices.get(done.headers["Location"]).text
    assert ("已添加 2 人。" in people, "chen@example.com" in people, "原本就在班里 1 人。" in people) == (True,) * 3
    with database.reading() as db:
        assert len(db.scalars(select(Enrolment)).all()) == 3


def test_correct_lines_are_enrolled_and_the_wrong_one_is_left_out(alices: FlaskClient) -> None:
    page = post(alices, "/cohorts/1/enrol/check", text="E1,陈雨桐\nE2,")
    done = post(alices, "/cohorts/1/enrol", how="correct", rows=hidden(page, "rows"), seen=hidden(page, "seen"))
    people = alices.get(done.headers["Location"]).text
    assert ("陈雨桐" in people, "略过 1 行。" in people) == (True, True)


def test_a_list_that_was_not_looked_at_is_shown_first(alices: FlaskClient, database: Database) -> None:
    page = post(alices, "/cohorts/1/enrol", how="all", rows="1\tE1\t陈雨桐", seen="made up")
    assert (page.status_code, "请再看一遍" in page.text) == (422, True)
    with database.reading() as db:
        assert len(db.scalars(select(Enrolment)).all()) == 1


def test_a_file_goes_the_same_way(alices: FlaskClient) -> None:
    file = io.BytesIO("工号,姓名\nE1,陈雨桐".encode("gb18030")), "名单.csv"
    page = post(alices, "/cohorts/1/enrol/check", text="", file=file)
    assert (page.status_code, "陈雨桐" in page.text) == (200, True)


@pytest.mark.parametrize("text", ["", "姓名,邮箱\n甲,a@b.c", "E1\0,甲", "x" * 3 * 1024 * 1024])
def test_what_is_no_list_is_refused_at_its_field(alices: FlaskClient, text: str) -> None:
    page = post(alices, "/cohorts/1/enrol/check", text=text)
    assert (page.status_code, 'id="text-error"' in page.text) == (422, True)


def test_ten_megabytes_get_a_sentence(alices: FlaskClient) -> None:
    page = post(alices, "/cohorts/1/enrol/check", text="x" * 10 * 1024 * 1024)
    assert (page.status_code, "超" in page.text) == (413, True)


def test_what_people_typed_is_text_on_every_page(alices: FlaskClient) -> None:
    evil = "<script>alert(1)</script>"
    page = post(alices, "/cohorts/1/enrol/check", text=f"E1\t{evil}\t\t{evil}\nE2\t\t{evil}\t")
    assert (page.status_code, evil in page.text, "&lt;script&gt;" in page.text) == (200, False, True)


def test_somebody_is_withdrawn_and_taken_back(alices: FlaskClient) -> None:
    gone = alices.get(post(alices, "/cohorts/1/people/1/withdraw").headers["Location"]).text
    assert ("/cohorts/1/people/1/take-back" in gone, "撤销" in gone) == (True, True)
    back = alices.get(post(alices, "/cohorts/1/people/1/take-back").headers["Location"]).text
    assert "/cohorts/1/people/1/withdraw" in back
    assert "撤销" not in alices.get("/cohorts/1/people?done=withdrawn&left=1").text  # somebody undid it before


def test_a_person_without_a_password_is_corrected(alices: FlaskClient) -> None:
    assert 'value="Bob"' in alices.get("/cohorts/1/people/1").text
    refused = post(alices, "/cohorts/1/people/1", name="鲍勃", email="no")
    assert (refused.status_code, "鲍勃" in refused.text) == (422, True)
    saved = post(alices, "/cohorts/1/people/1", name="鲍勃", email="bob@example.com", department="77")
    assert "bob@example.com" in alices.get(saved.headers["Location"]).text


def test_somebody_with_an_account_is_not_corrected_by_a_trainer(alices: FlaskClient, database: Database) -> None:
    with database.transaction() as db:
        db.get_one(Person, 2).password_hash = "x"
    assert post(alices, "/cohorts/1/people/1", name="鲍勃").status_code == 422
    with database.reading() as db:
        assert db.get_one(Person, 2).display_name == "Bob"


def test_slips_are_printed_for_those_without_a_password(alices: FlaskClient, database: Database) -> None:
    page = post(alices, "/cohorts/1/slips")
    slips = page.text.partition("<main")[2]  # ahead of it the page names whoever looks
    assert (page.status_code, "Bob" in slips, "P0001" in slips) == (200, True, False)
    with database.reading() as db:
        assert [row.person_id for row in db.scalars(select(Invitation))] == [2]
    assert "已邀请" in alices.get("/cohorts/1/people").text
    for wanted in ("999", "x", "1" * 30):
        assert post(alices, "/cohorts/1/slips", enrolment=wanted).status_code == 422


def test_pages_cost_the_same_with_one_person_and_with_many(alices: FlaskClient, database: Database) -> None:
    counts = []
    for _ in range(2):
        alices.get("/cohorts/1")
        with statements_of(database) as seen:
            for path in ("/cohorts/1", "/cohorts/1/people", "/cohorts/1/sessions", "/cohorts"):
                assert alices.get(path).status_code == 200
        counts.append(len(seen))
        page = post(alices, "/cohorts/1/enrol/check", text="\n".join(f"E{number},甲" for number in range(30)))
        post(alices, "/cohorts/1/enrol", how="all", rows=hidden(page, "rows"), seen=hidden(page, "seen"))
    assert counts[0] == counts[1]


def test_the_pages_are_there_in_english(app: Flask, alices: FlaskClient, database: Database) -> None:
    with database.transaction() as db:
        db.get_one(Person, 1).language = "en"
    page = alices.get("/cohorts/1").text
    assert ("Mon 23 November 2026" in page, "Running now" in page) == (True, True)
