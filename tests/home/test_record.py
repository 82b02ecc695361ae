"""Somebody's record: their own with all answers on paper, and what HR sees of it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping
from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.actions import department_named
from app.accounts.models import Person
from app.assessment import actions
from app.assessment.marks import add_marking
from app.assessment.models import Assignment
from app.assessment.queries import Work, written_in
from app.catalogue.actions import publish_course
from app.catalogue.models import CourseVersion
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.home.answer_queries import answers_of
from app.home.record_queries import enrolments_of, own_record, person_record
from app.marking.actions import give_back
from app.records.progress import refresh
from tests.assessment.samples import Room, create_room, hand_in, save, start, viewer_of
from tests.catalogue.samples import HIERARCHY, OUTLINE, create_course
from tests.certificates.samples import CODE, add_known_certificate
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, CreatePerson, statements_of
from tests.records.test_cohort_pages import ASKED, attend

ClientOf = Callable[[Person], FlaskClient]
MINE, ANSWERS = "/record", "/record/answers.pdf"
REASON = "reason__evidence"
RIGHT = {
    "level__uptime": "primary",
    "level__seats": "secondary",
    "sales_related__uptime": "yes",
    "sales_related__seats": "",
}
KEYED = {**HIERARCHY, "points": 4, "marking": "key", "rubric": []}


@pytest.fixture
def stored(database: Database, bob: Person, alice: Person) -> Room:
    """A cohort with Bob in it, committed for pages."""
    with database.transaction() as db:
        return create_room(db, bob, alice)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def in_room(db: Session, cohort: Cohort, trainee: Person, trainer: Person) -> Room:
    enrolment = db.scalars(select(Enrolment).filter_by(cohort_id=cohort.id, person_id=trainee.id)).one()
    return Room(cohort, enrolment, trainee, trainer)


def create_cohort_on(
    db: Session, trainer: Person, *trainees: Person, name: str = "十一月班", slug: str = "leads", **needs: Any
) -> Cohort:
    """On a course that asks for everything, with two exercises whose fields are called alike."""
    days = deepcopy(OUTLINE["days"])
    days[0]["sessions"][1]["practice"] = ["own"]
    exercises = {"needs": {**HIERARCHY, **needs}, "own": {**HIERARCHY, **needs, "title": "自己的客户"}}
    course = create_course(completion=ASKED, slug=slug, days=days, exercises=exercises)
    version = publish_course(db, course, by=None, now=NOW)
    return create_cohort(db, version, trainers=[trainer], trainees=trainees, name=name)


def write(
    db: Session, room: Room, fields: Mapping[str, Any], *, exercise: str = "needs", handing_in: bool = True
) -> Work:
    """An attempt with these fields."""
    work = start(db, room, exercise)
    save(db, work, **fields)
    return hand_in(db, room, work) if handing_in else work


def printed(client: FlaskClient, address: str = ANSWERS) -> str:
    """The text of the PDF, without white space."""
    response = client.get(address)
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    done = subprocess.run(["pdftotext", "-", "-"], input=response.data, capture_output=True, check=True)
    return re.sub(r"\s", "", done.stdout.decode())


def test_the_record_keeps_archived_and_withdrawn_cohorts(
    database: Database, bob: Person, alice: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        first = create_cohort_on(db, alice, bob, name="旧班")
        second = create_cohort(db, first.version, trainees=[bob], name="离开的班")
        first.archived_at = NOW
        db.scalars(select(Enrolment).filter_by(cohort_id=second.id)).one().withdrawn_at = NOW
        attend(db, first, bob, "d1-am")
    page = client_of(bob).get(MINE).text
    wanted = ("我的学习记录", "旧班", "已归档", "离开的班", "已退出", "已出勤 1.8 小时，共 2.2 小时", "2026", "1.8")
    assert [word for word in wanted if word not in page] == []
    assert re.findall(r"/cohorts/(\d+)/my-course", page) == [str(first.id)]


def test_certificates_stand_on_both_records(
    stored: Room, database: Database, bob: Person, hana: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        add_known_certificate(db, stored.enrolment.id)
    for person, address in ((bob, MINE), (hana, f"/people/{bob.id}/record")):
        page = client_of(person).get(address).text
        assert [word for word in (f"/certificates/{CODE}.pdf", "7K2M", "有效") if word not in page] == []


def test_an_empty_record_says_how_it_begins(client_of: ClientOf, bob: Person) -> None:
    page = client_of(bob).get(MINE).text
    assert ("学习记录从第一门课开始" in page, "answers.pdf" in page) == (True, False)


def test_every_page_leads_to_the_own_record(client_of: ClientOf, bob: Person) -> None:
    assert 'href="/record"' in client_of(bob).get("/courses").text


@pytest.mark.parametrize("address", [MINE, "/cohorts/1/my-course"])
@pytest.mark.parametrize("feedback", ["on_release", "after_close"])
def test_pages_do_not_tell_whether_a_hidden_result_is_enough(
    *, address: str, feedback: str, database: Database, alice: Person, create_person: CreatePerson, client_of: ClientOf
) -> None:
    """Two people who differ in nothing but their points read the same page."""
    people = [create_person("同名"), create_person("同名")]
    with database.transaction() as db:
        cohort = create_cohort_on(db, alice, *people, **{**KEYED, "feedback": feedback})
        for person, fields in zip(people, (RIGHT, {"level__uptime": "secondary"}), strict=True):
            room = in_room(db, cohort, person, alice)
            attend(db, cohort, person, "d1-am", "d1-pm")
            write(db, room, fields)
            write(db, room, fields, exercise="own")
    pages = [_without_ids(client_of(person).get(address).text) for person in people]
    assert pages[0] == pages[1]
    assert "成绩未公布" in pages[0]
    with database.transaction() as db:
        for assignment in db.scalars(select(Assignment)):
            assignment.released_at = NOW
    pages = [client_of(person).get(address).text for person in people]
    assert ["已完成" in page for page in pages] == [True, False]


def _without_ids(page: str) -> str:
    page = re.sub(r"<left-answers.*?</left-answers>", "", page, flags=re.DOTALL)  # the key of their own device
    return re.sub(r"/attempts/\d+|value=\"[^\"]*\"", "", page)


def test_answers_are_printed_each_in_its_own_exercise(
    database: Database, bob: Person, alice: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        room = in_room(db, create_cohort_on(db, alice, bob, private=True), bob, alice)
        work = write(db, room, {REASON: "第一份的依据"})
        levels = {"levels": ["2"]}
        add_marking(
            db, work, "trainer", by=alice.id, now=NOW, earned=Fraction(2), parts=levels, comment="写得清楚👍\n再补金额"
        )
        write(db, room, {REASON: "第二份还在写"}, exercise="own", handing_in=False)
    text = printed(client_of(bob))
    order = [text.index(word) for word in ("客户需求层次表", "第一份的依据", "自己的客户", "第二份还在写")]
    assert order == sorted(order)
    wanted = (
        "线索与需求",
        "十一月班",
        "2026年11月23日09:00交卷",
        "得2分，满6分",
        "写得清楚[U+1F44D]",
        "再补金额",
        "滨河客运",
    )
    assert [word for word in wanted if word not in text] == []
    assert "SECRET-note" not in text


def test_nobody_prints_the_answers_of_others(
    *, database: Database, bob: Person, charlie: Person, alice: Person, hana: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        cohort = create_cohort_on(db, alice, bob, charlie)
        write(db, in_room(db, cohort, bob, alice), {REASON: "鲍勃写的"})
        write(db, in_room(db, cohort, charlie, alice), {REASON: "查理写的"})
    text = printed(client_of(bob))
    assert ("鲍勃写的" in text, "查理写的" in text) == (True, False)
    others = [client_of(person).get(f"{ANSWERS}?cohort={cohort.id}").status_code for person in (alice, hana)]
    assert others == [404, 404]


def test_one_cohort_can_be_printed_alone(database: Database, bob: Person, alice: Person, client_of: ClientOf) -> None:
    with database.transaction() as db:
        first = create_cohort_on(db, alice, bob)
        second = create_cohort(db, first.version, trainees=[bob], name="另一个班")
        write(db, in_room(db, first, bob, alice), {REASON: "第一班写的"})
        write(db, in_room(db, second, bob, alice), {REASON: "第二班写的"})
        second_id = second.id
    browser = client_of(bob)
    both, alone = printed(browser), printed(browser, f"{ANSWERS}?cohort={second_id}")
    assert ["第一班写的" in both, "第二班写的" in both] == [True, True]
    assert ["第一班写的" in alone, "第二班写的" in alone] == [False, True]
    assert {browser.get(f"{ANSWERS}?cohort={typed}").status_code for typed in ("99", "x", "-1", "9" * 30)} == {404}


def test_long_answers_are_not_cut(stored: Room, database: Database, bob: Person, client_of: ClientOf) -> None:
    sentences = [f"第{number}句说的是客户为什么要在十月以前定下来。" for number in range(400)]
    with database.transaction() as db:
        write(db, stored, {REASON: "".join(sentences)})
    text = re.sub(r"\d+/\d+Bob·我的作答|截至2026年11月23日（周一）", "", printed(client_of(bob)))
    assert [each for each in sentences if each not in text] == []


def test_what_counts_is_what_was_handed_in(stored: Room, database: Database, bob: Person, client_of: ClientOf) -> None:
    """A save that arrives late stays in the log, and is not the answer."""
    with database.transaction() as db:
        work = write(db, stored, {REASON: "交上去的"})
        actions.keep_fields(
            db, work, actions.Save("late", 1, 10_000, {"reason.evidence": "迟到的"}), by=bob.id, now=NOW
        )
    text = printed(client_of(bob))
    assert ("交上去的" in text, "迟到的" in text) == (True, False)


def test_hidden_results_are_not_printed(database: Database, bob: Person, alice: Person, client_of: ClientOf) -> None:
    with database.transaction() as db:
        cohort = create_cohort_on(db, alice, bob, feedback="on_release")
        work = write(db, in_room(db, cohort, bob, alice), RIGHT)
        add_marking(
            db, work, "trainer", by=alice.id, now=NOW, earned=Fraction(2), parts={"levels": ["2"]}, comment="评语"
        )
    assert [word for word in ("评语", "得6分", "按参考答案") if word in printed(client_of(bob))] == []
    with database.transaction() as db:
        for assignment in db.scalars(select(Assignment)):
            assignment.released_at = NOW
    text = printed(client_of(bob))
    assert [word for word in ("评语", "得6分", "按参考答案") if word not in text] == []


def test_given_back_attempts_are_kept(stored: Room, database: Database, bob: Person, client_of: ClientOf) -> None:
    with database.transaction() as db:
        work = write(db, stored, {REASON: "第一次"})
        give_back(
            db, work, written_in(db, work.attempt.id), reason="再想想", reopened=False, by=stored.trainer.id, now=NOW
        )
    text = printed(client_of(bob))
    assert [word for word in ("第1次作答", "已退回", "第2次作答") if word not in text] == []


def test_a_name_with_a_sign_that_cannot_be_drawn_prints(
    database: Database, alice: Person, create_person: CreatePerson, client_of: ClientOf
) -> None:
    person = create_person("小何😀")
    with database.transaction() as db:
        room = in_room(db, create_cohort_on(db, alice, person, name="一班🚚"), person, alice)
        write(db, room, {REASON: "写好了🚚"})
    text = printed(client_of(person))
    assert (text.count("[U+1F69A]"), "小何[U+1F600]" in text) == (2, True)


def test_hr_sees_completion_and_no_answers(
    database: Database, bob: Person, alice: Person, hana: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        db.get_one(Person, bob.id).department_id = department_named(db, "华南大区").id
        room = in_room(db, create_cohort_on(db, alice, bob), bob, alice)
        attend(db, room.cohort, bob, "d1-am")
        write(db, room, {REASON: "只给讲师看"})
    page = client_of(hana).get(f"/people/{bob.id}/record").text
    wanted = ("Bob", bob.number, "华南大区", "十一月班", "出勤 77%", "1 份练习等讲师", "/completion?q=", "培训学时")
    assert [word for word in wanted if word not in page] == []
    assert [word for word in ("只给讲师看", "/attempts/", "answers.pdf", "my-course") if word in page] == []


def test_hr_reads_no_title_and_no_points_of_a_private_exercise(
    database: Database, bob: Person, alice: Person, hana: Person, client_of: ClientOf
) -> None:
    with database.transaction() as db:
        room = in_room(db, create_cohort_on(db, alice, bob, **{**KEYED, "private": True}), bob, alice)
        write(db, room, RIGHT)
    page = client_of(hana).get(f"/people/{bob.id}/record").text
    assert [word for word in ("客户需求层次表", "自己的客户", "得分") if word in page] == []
    assert ("1 / 1" in page, "1 份私密练习" in page) == (True, False)  # handed in; practice is not required
    assert "自己的客户" in client_of(bob).get(MINE).text


def test_only_hr_reads_the_record_of_others(
    *, stored: Room, bob: Person, charlie: Person, alice: Person, ada: Person, hana: Person, client_of: ClientOf
) -> None:
    address = f"/people/{bob.id}/record"
    found = [client_of(person).get(address).status_code for person in (bob, charlie, alice, ada, hana)]
    assert found == [404, 404, 404, 404, 200]


def test_the_record_asks_as_often_for_many_cohorts_as_for_one(
    database: Database, bob: Person, alice: Person, hana: Person
) -> None:
    counts = []
    with database.transaction() as db:
        cohort = create_cohort_on(db, alice, bob)
    for number in (1, 4):
        with database.transaction() as db:
            version = db.get_one(Cohort, cohort.id).version_id
            for each in range(len(enrolments_of(db, bob.id)), number):
                create_cohort(db, db.get_one(CourseVersion, version), trainees=[bob], name=f"班{each}")
            for enrolment in enrolments_of(db, bob.id):
                write(db, in_room(db, enrolment.cohort, bob, alice), {REASON: "依据"}, handing_in=False)
            refresh(db)
        with database.reading() as db, statements_of(database) as seen:
            viewer = viewer_of(bob)
            own = own_record(db, viewer, enrolments_of(db, bob.id), language="zh-CN", now=NOW)
            steps = [len(seen)]
            theirs = person_record(db, viewer_of(hana, "HR"), bob.id, language="zh-CN", now=NOW)
            steps.append(len(seen))
            printable = answers_of(db, viewer, now=NOW)
            steps.append(len(seen))
        assert len(own.entries) == len(theirs.record.entries) == len(printable) == number
        counts.append(steps)
    assert counts[0] == counts[1]
