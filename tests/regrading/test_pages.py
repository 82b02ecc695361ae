"""The pages of a move, and every page that shows results once a cohort takes a newer version."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from fractions import Fraction

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.assessment.models import Attempt, Marking
from app.assessment.outcomes import outcome_of
from app.assessment.queries import any_work
from app.assessment.table_queries import cohort_table
from app.catalogue.models import CourseVersion
from app.certificates.actions import issue_certificate
from app.cohorts.models import CohortSession, Enrolment
from app.cohorts.queries import cohort_for
from app.db import Database
from app.home.answer_queries import answers_of
from app.home.queries import own_enrolments, tasks_for
from app.marking import actions as marking
from app.marking.queries import queue_of
from app.records.models import Progress
from app.records.progress import refresh_all
from app.regrading.models import Regrade
from app.statistics.queries import course_statistics, exercise_statistics
from tests.assessment.samples import viewer_of
from tests.catalogue.samples import HIERARCHY
from tests.certificates.samples import name_organisation
from tests.conftest import NOW, token_of
from tests.records.samples import open_sample, tick
from tests.regrading.samples import BASE, TWO_CRITERIA, course_with, keyed_otherwise, mark_anew, move, planned, publish
from tests.regrading.test_moves import LESS, answer

DOUBLE = {**keyed_otherwise(BASE["drill"]), "points": 8}
"""«drill» with another key and twice the points: what had all four has two thirds of eight."""


@pytest.fixture
def cohort_id(database: Database, alice: Person, bob: Person) -> int:
    """Bob has handed in «drill» and «needs» with all of it right, and Alice has marked «needs»."""
    with database.transaction() as db:
        cohort = open_sample(db, alice, bob, course=course_with({}))
        answer(db, cohort.id, bob, "drill")
        needs = answer(db, cohort.id, bob, "needs")
        marking.mark_attempt(db, any_work(db, needs), [Fraction(2)], comment="好", seen=0, by=alice.id, now=NOW)
        publish(db, course_with({"drill": DOUBLE, "needs": {**HIERARCHY, "rubric": TWO_CRITERIA}}, text=" 二"))
        return cohort.id


@pytest.fixture
def trainer(client_of: Callable[[Person], FlaskClient], alice: Person) -> FlaskClient:
    return client_of(alice)


def post(client: FlaskClient, path: str, **form: str) -> tuple[int, str]:
    page = client.post(path, data={**form, "csrf_token": token_of(client)})
    return page.status_code, page.text


@pytest.fixture
def moved(database: Database, cohort_id: int, trainer: FlaskClient) -> int:
    """The cohort takes the second version, and everything is marked anew."""
    assert post(trainer, f"/cohorts/{cohort_id}/versions/2", reason="答案有误")[0] == 303
    with database.reading() as db:
        regrade_id = db.scalars(select(Regrade.id)).one()
    mark_anew(database, regrade_id)
    return cohort_id


def test_from_the_cohort_to_the_move_and_back(database: Database, cohort_id: int, trainer: FlaskClient) -> None:
    assert f"/cohorts/{cohort_id}/versions" in trainer.get(f"/cohorts/{cohort_id}").text
    assert f"/cohorts/{cohort_id}/versions/2" in trainer.get(f"/cohorts/{cohort_id}/versions").text
    page = trainer.get(f"/cohorts/{cohort_id}/versions/2").text
    for words in ("Bob", "高峰期不能抛锚", "5.33", "加分", "按旧评分标准批过"):
        assert words in page, words
    status, refused = post(trainer, f"/cohorts/{cohort_id}/versions/2", reason=" ")
    assert (status, "请简单写明改正了什么" in refused) == (422, True)
    assert post(trainer, f"/cohorts/{cohort_id}/versions/2", reason="答案有误")[0] == 303
    assert post(trainer, f"/cohorts/{cohort_id}/versions/2", reason="再点一次")[0] == 303
    assert "2 份作答看过了 0 份" in trainer.get(f"/cohorts/{cohort_id}/versions").text
    assert post(trainer, f"/cohorts/{cohort_id}/versions/go-on")[0] == 303
    with database.reading() as db:
        regrade_id = db.scalars(select(Regrade.id)).one()
    mark_anew(database, regrade_id)
    done = trainer.get(f"/cohorts/{cohort_id}/versions").text
    assert "答案有误" in done
    assert "正在重新批改" not in done


def test_what_cannot_be_moved_says_why(database: Database, cohort_id: int, trainer: FlaskClient) -> None:
    with database.transaction() as db:
        other = course_with({"drill": {**BASE["note"], "title": "换了题型", "points": 0}}, text=" 三")
        exercises = deepcopy(other.model_dump(mode="json")["exercises"])
        exercises["drill"]["items"][0]["id"] = "uptime-now"
        publish(db, course_with({"drill": exercises["drill"]}, text=" 四"))
    page = trainer.get(f"/cohorts/{cohort_id}/versions/3").text
    assert "本班已经有人做“需求分层”，而新版问的内容不同" in page
    status, refused = post(trainer, f"/cohorts/{cohort_id}/versions/3", reason="改")
    assert (status, "而新版问的内容不同" in refused) == (422, True)
    with database.reading() as db:
        assert db.scalars(select(Regrade)).all() == []


def test_the_table_and_the_queue(database: Database, moved: int, alice: Person) -> None:
    with database.reading() as db:
        cohort = cohort_for(db, viewer_of(alice, "trainer"), moved)
        table = cohort_table(db, cohort, now=NOW)
        cells = dict(zip((column.slug for column in table.exercises), table.rows[0].cells, strict=True))
        assert [cells["drill"].earned, cells["needs"].earned] == [2 * LESS, Fraction(6)]
        found = {row.name: row.result for row in queue_of(db, moved, "drill")}
        assert found["Bob"] is not None
        assert [found["Bob"].earned, found["Bob"].possible] == [2 * LESS, Fraction(8)]


def test_the_trainees_own_pages(
    database: Database, moved: int, bob: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    viewer = viewer_of(bob)
    with database.reading() as db:
        enrolments = own_enrolments(db, viewer)
        tasks = {task.exercise: task for task in tasks_for(db, enrolments, now=NOW)[enrolments[0].id]}
        assert (tasks["drill"].earned, tasks["drill"].points) == ("5.33", "8")
        (written,) = answers_of(db, viewer, now=NOW)
        answers = {each.exercise: each for each in written.answers}
        drill, needs = answers["drill"].result, answers["needs"].result
        assert drill is not None
        assert needs is not None
        assert [drill.earned, drill.possible] == [2 * LESS, Fraction(8)]
        assert needs.earned == 6  # given with one criterion, and it stays
        assert len(answers["needs"].criteria) == 2
        outcome = outcome_of(db, any_work(db, answers["drill"].attempt_id), NOW)
        assert outcome.total == "5.33"
    page = client_of(bob).get(f"/attempts/{answers['needs'].attempt_id}")
    assert page.status_code == 200
    assert "写得清楚" in page.text


def test_a_trainee_reads_that_the_key_was_put_right(
    database: Database, cohort_id: int, trainer: FlaskClient, bob: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    with database.reading() as db:
        attempt_id = db.scalars(select(Attempt.id).order_by(Attempt.id)).first()
    assert "参考答案改正了" not in client_of(bob).get(f"/attempts/{attempt_id}").text
    assert post(trainer, f"/cohorts/{cohort_id}/versions/2", reason="答案有误")[0] == 303
    assert "你的作答正在重新批改" in client_of(bob).get(f"/attempts/{attempt_id}").text
    with database.reading() as db:
        regrade_id = db.scalars(select(Regrade.id)).one()
    mark_anew(database, regrade_id)
    page = client_of(bob).get(f"/attempts/{attempt_id}").text
    assert "按参考答案原来得 4 分，现在得 5.33 分" in page
    assert "正在重新批改" not in page


def test_points_of_people_that_are_more_than_there_are_now_stand_out_where_they_are_read(
    database: Database, cohort_id: int, trainer: FlaskClient, alice: Person
) -> None:
    with database.transaction() as db:
        attempt_id = db.scalars(select(Attempt.id).order_by(Attempt.id)).first() or 0
        override = {"reason": "口头", "seen": 0, "by": alice.id, "now": NOW}
        marking.override_points(db, any_work(db, attempt_id), Fraction(4), **override)  # type: ignore[arg-type]  # as it asks
        version = publish(db, course_with({"drill": {**BASE["drill"], "points": 2}}, text=" 三"))
        regrade_id = move(db, cohort_id, alice, version).id
    mark_anew(database, regrade_id)
    page = trainer.get(f"/marking/{attempt_id}").text
    assert "人给的分超过了这份练习现在的分值" in page or "超过" in page
    assert "4</output> / 2" in page


def test_the_desk_says_that_the_rubric_changed(
    database: Database, moved: int, trainer: FlaskClient, alice: Person
) -> None:
    with database.reading() as db:
        attempt_id = db.scalars(select(Marking.attempt_id).where(Marking.marked_by == "trainer")).one()
    told = "这些分数是按旧评分标准给的"
    page = trainer.get(f"/marking/{attempt_id}").text
    assert told in page
    assert "写得清楚" in page
    with database.transaction() as db:
        levels = [Fraction(1), Fraction(0)]
        seen = db.scalars(select(Marking.id).where(Marking.marked_by == "trainer")).one()
        marking.mark_attempt(db, any_work(db, attempt_id), levels, comment="", seen=seen, by=alice.id, now=NOW)
    assert told not in trainer.get(f"/marking/{attempt_id}").text


def test_marks_with_a_rubric_that_was_changed_meanwhile_are_asked_for_anew(
    database: Database, cohort_id: int, trainer: FlaskClient
) -> None:
    with database.reading() as db:
        attempt_id, seen = db.execute(
            select(Marking.attempt_id, Marking.id).where(Marking.marked_by == "trainer")
        ).one()
    shown = re.findall(r'name="(rubric|seen)" value="(\w+)"', trainer.get(f"/marking/{attempt_id}").text)
    before = dict(shown) | {"seen": str(seen)}
    assert post(trainer, f"/cohorts/{cohort_id}/versions/2", reason="量规有误")[0] == 303
    levels = {"criterion-0": "1", "criterion-1": "1"}
    status, page = post(trainer, f"/marking/{attempt_id}", **before, **levels)
    assert (status, "页面打开期间评分标准改过了" in page) == (422, True)
    after = dict(re.findall(r'name="(rubric)" value="(\w+)"', page))
    assert post(trainer, f"/marking/{attempt_id}", **(before | after), **levels)[0] == 303


def test_statistics_count_what_the_newer_version_marks(database: Database, moved: int, alice: Person) -> None:
    viewer = viewer_of(alice, "trainer")
    with database.reading() as db:
        rows = {row.slug: row for row in course_statistics(db, viewer, "sample").rows}
        assert rows["drill"].handed_in == 1
        assert rows["drill"].share == pytest.approx(2 / 3)
        assert exercise_statistics(db, viewer, "sample", "drill").found.count == 1


def test_completion_follows_and_a_certificate_stays_with_a_word_to_hr(
    database: Database, alice: Person, bob: Person, hana: Person, client_of: Callable[[Person], FlaskClient]
) -> None:
    asked = {"required": ["drill"], "pass": "90%"}
    with database.transaction() as db:
        cohort = open_sample(db, alice, bob, course=course_with({}, attendance="30%", exercises=asked))
        answer(db, cohort.id, bob, "drill")
        enrolment = db.scalars(select(Enrolment).where(Enrolment.cohort_id == cohort.id)).one()
        for session in db.scalars(select(CohortSession.session_id).where(CohortSession.cohort_id == cohort.id)).all():
            tick(db, cohort, alice, session, {enrolment.id: "present"}, now=NOW.replace(year=NOW.year + 2))
        cohort_id, enrolment_id = cohort.id, enrolment.id
        name_organisation(db)
    refresh_all(database)
    with database.transaction() as db:
        assert db.get_one(Progress, enrolment_id).outcome == "completed"
        issue_certificate(db, db.get_one(Enrolment, enrolment_id), by=hana.id, now=NOW)
        changes = {"drill": keyed_otherwise(BASE["drill"])}
        version = publish(db, course_with(changes, text=" 二", attendance="30%", exercises=asked))
        (foretold,) = planned(db, cohort_id, alice, version).completion
        assert (foretold.enrolment_id, foretold.completes, foretold.certified) == (enrolment_id, False, True)
    dry_run = client_of(alice).get(f"/cohorts/{cohort_id}/versions/2").text
    assert "不再算结业" in dry_run
    assert "证书仍然有效" in dry_run
    with database.transaction() as db:
        regrade_id = move(db, cohort_id, alice, db.get_one(CourseVersion, version.id)).id
    mark_anew(database, regrade_id)
    refresh_all(database)
    with database.reading() as db:
        assert db.get_one(Progress, enrolment_id).outcome != "completed"
        assert db.get_one(Progress, enrolment_id).earned == LESS
    page = client_of(hana).get(f"/cohorts/{cohort_id}/certificates").text
    assert "现已不满足完成条件" in page
    every = client_of(hana).get("/certificates").text  # nobody looks for it in each cohort
    assert re.search(r"现已不满足完成条件</h2>.*?1 人", every, re.DOTALL)
    (code,) = re.findall(r'href="/certificates/(\w{26,})"', page)
    for who in (hana, alice):
        assert "结业要求现已不满足" in client_of(who).get(f"/certificates/{code}").text
