"""The pages of the gradebook: totals, rules looked at and saved, excuses, and what a trainee sees of it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Audit, Person
from app.assessment.assigning import Window, set_times
from app.assessment.excuses import excuse_trainee
from app.assessment.models import Excuse, Marking
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.gradebook.actions import ChangedMeanwhile, set_rules
from app.gradebook.models import GradeRules
from app.gradebook.queries import book_of, rules_of
from app.gradebook.rules import ExerciseRule, LateRule, Rules, Total
from app.gradebook.showing import percent, totals_of
from app.records.progress import refresh
from tests.conftest import NOW, CreatePerson, statements_of, token_of
from tests.gradebook.samples import Class, answer, content_of, create_class, downloaded, send
from tests.records.samples import progress_row

ClientOf = Callable[[Person], FlaskClient]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=1))


@pytest.fixture
def made(database: Database, create_person: CreatePerson, alice: Person) -> Class:
    trainees = [create_person(name) for name in ("Bob", "Cai", "Du")]
    with database.transaction() as db:
        for person in (alice, *trainees):
            db.get_one(Person, person.id).language = "en"
        return create_class(db, alice, *trainees)


@pytest.fixture
def alices(made: Class, client_of: ClientOf) -> FlaskClient:
    return client_of(made.trainer)


@pytest.fixture
def bobs(made: Class, client_of: ClientOf) -> FlaskClient:
    return client_of(made.trainees[0])


def totals(db: Session, made: Class, rules: Rules) -> list[Total]:
    cohort = db.get_one(Cohort, made.cohort.id)
    db.refresh(cohort, ["version"])
    found = totals_of(book_of(db, cohort, now=NOW + timedelta(hours=1)), rules)
    return [found[each] for each in made.enrolments]


def post(client: FlaskClient, path: str, **form: str) -> str:
    return client.post(path, data={"csrf_token": token_of(client), **form}, follow_redirects=True).text


def words_in(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def test_totals_are_of_what_counts_by_now(database: Database, made: Class) -> None:
    with database.reading() as db:
        found = totals(db, made, Rules())
    assert found == [
        Total(Fraction(1), Fraction(4, 10), Fraction(1)),
        Total(Fraction(1, 2), Fraction(2, 10), Fraction(8, 10)),
        Total(None, Fraction(0), Fraction(1)),
    ]


def test_the_table_shows_them_and_no_private_exercise(alices: FlaskClient, made: Class) -> None:
    page = alices.get(made.address).text
    told = words_in(page)
    assert "需求 分层" in told
    assert "自己的客户" not in told
    assert "100%" in told
    assert "50%" in told
    assert page.count('<th scope="row"') == 3


@pytest.mark.parametrize("page", ["", "/rules", "/marks", "/people/1"])
def test_it_asks_as_often_for_many_as_for_one(
    alices: FlaskClient, made: Class, database: Database, create_person: CreatePerson, page: str
) -> None:
    def asked() -> int:
        with statements_of(database) as seen:
            assert alices.get(made.address + page).status_code == 200
        return len(seen)

    few = asked()
    others = [create_person(f"N{number}") for number in range(6)]
    with database.transaction() as db:
        cohort = db.get_one(Cohort, made.cohort.id)
        db.add_all(Enrolment(cohort_id=cohort.id, person_id=each.id, enrolled_at=NOW) for each in others)
        db.flush()
        for each in others:
            answer(db, made, each, "drill", 3)
    assert asked() == few


def test_rules_are_looked_at_before_they_are_saved(alices: FlaskClient, made: Class, database: Database) -> None:
    rules = f"{made.address}/rules"
    told = words_in(post(alices, rules, **{"weight.drill": "30", "category.drill": "测验", "then": "look"}))
    assert "Nothing is saved yet." in told
    with database.reading() as db:
        assert rules_of(db, made.cohort.id) == (Rules(), 0)
    form = {"weight.drill": "1/3", "counting.drill": "mean", "category.drill": "测验", "percent": "10", "most": "50"}
    told = words_in(
        post(alices, rules, seen="0", then="save", grace="15", **form, **{"drop-of.1": "测验", "drop.1": "1"})
    )
    assert "Each day late costs 10% of the points earned, 50% at most; 15 minutes cost nothing." in told
    with database.reading() as db:
        saved, _ = rules_of(db, made.cohort.id)
        assert db.scalar(select(func.count()).select_from(Audit).where(Audit.action == "grade-rules-set")) == 1
    assert saved == Rules({"drill": ExerciseRule(Fraction(1, 3), "mean", "测验")}, {"测验": 1}, LateRule(15, 10, 50))


def test_looking_at_rules_or_at_a_workbook_waits_for_nobody_who_writes(
    alices: FlaskClient, made: Class, database: Database
) -> None:
    """Nor does anybody wait for it: both take their time, in which others save."""
    workbook = content_of(downloaded(alices, made))
    with database.transaction() as db:
        db.execute(update(Cohort).values(name="renamed meanwhile"))
        assert "Nothing is saved yet." in words_in(post(alices, f"{made.address}/rules", then="look"))
        assert send(alices, made, workbook).status_code == 200


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"weight.drill": "-1"}, "A number from 0 to 1000 goes here"),
        ({"weight.drill": "viel"}, "cannot be read as a number"),
        ({"percent": "101"}, "A whole number from 0 to 100 goes here."),
        ({"grace": "1.5"}, "A whole number from 0 to 10080 goes here."),
        ({"drop.1": "1"}, "Say of which category."),
        ({"drop-of.1": "x", "drop.1": "1"}, "No exercise is in this category."),
        ({"category.drill": "x" * 41}, "A category takes 40 characters"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_saved(
    alices: FlaskClient, made: Class, database: Database, form: dict[str, str], told: str
) -> None:
    data = {"csrf_token": token_of(alices), "then": "save", "seen": "0", **form}
    answered = alices.post(f"{made.address}/rules", data=data)
    assert answered.status_code == 422
    assert told in words_in(answered.text)
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(GradeRules)) == 0


def test_rules_of_somebody_else_are_not_overwritten(alices: FlaskClient, made: Class, database: Database) -> None:
    with database.transaction() as db:
        cohort, by = db.get_one(Cohort, made.cohort.id), made.trainer.id
        set_rules(db, cohort, Rules(late=LateRule(percent=5)), seen=0, by=by, now=NOW)
        set_rules(db, cohort, Rules(late=LateRule(percent=5)), seen=0, by=by, now=NOW)  # the same once more
        with pytest.raises(ChangedMeanwhile):
            set_rules(db, cohort, Rules(late=LateRule(percent=7)), seen=0, by=by, now=NOW)
    data = {"csrf_token": token_of(alices), "then": "save", "seen": "0", "percent": "9"}
    assert alices.post(f"{made.address}/rules", data=data).status_code == 409
    with database.reading() as db:
        assert rules_of(db, made.cohort.id)[0].late.percent == 5


def test_lateness_is_taken_off_with_grace_and_extra(database: Database, made: Class, alice: Person) -> None:
    late = Rules(late=LateRule(grace=10, percent=25))
    with database.transaction() as db:
        cohort = db.get_one(Cohort, made.cohort.id)
        db.refresh(cohort, ["version"])
        windows = {"drill": Window(None, None, None, NOW - timedelta(minutes=5))}
        set_times(db, cohort, windows, by=alice.id, now=NOW)
        assert totals(db, made, late)[0].now == 1
        windows = {"drill": Window(None, None, None, NOW - timedelta(minutes=11))}
        set_times(db, cohort, windows, by=alice.id, now=NOW)
        found = totals(db, made, late)
    assert (found[0].now, found[2].with_all) == (Fraction(3, 4), (6 + Fraction(3, 4) * 4) / 10)


def test_an_excuse_takes_an_exercise_out_here_and_for_completion(
    alices: FlaskClient, made: Class, database: Database
) -> None:
    du = made.enrolments[2]
    page = f"{made.address}/people/{du}"
    assert "Say why they need not do it." in post(alices, page, exercise="drill", reason=" ")
    told = words_in(post(alices, page, exercise="drill", reason="外派"))
    assert "外派" in told
    with database.transaction() as db:
        refresh(db)
        row = progress_row(db, du)
        assert (row.required, row.possible) == (3, Fraction(6))
        assert totals(db, made, Rules())[2].with_all == 1
        assert db.scalar(select(func.count()).select_from(Excuse)) == 1
    post(alices, f"{page}/ask-again", exercise="drill")
    with database.transaction() as db:
        refresh(db)
        row = progress_row(db, du)
        assert (row.required, row.possible) == (4, Fraction(10))


def test_whoever_is_excused_is_told_so(
    made: Class, database: Database, client_of: ClientOf, bobs: FlaskClient, alice: Person
) -> None:
    with database.transaction() as db:
        cohort = db.get_one(Cohort, made.cohort.id)
        db.refresh(cohort, ["version"])
        enrolment = db.get_one(Enrolment, made.enrolments[2])
        excuse_trainee(db, cohort, "drill", enrolment, reason="Geheimnis", by=alice.id, now=NOW)
        excuse_trainee(db, cohort, "drill", enrolment, reason="Geheimnis", by=alice.id, now=NOW)
    dus = client_of(made.trainees[2])
    course = dus.get(f"/cohorts/{made.cohort.id}/my-course")
    mine = dus.get(f"{made.address}/mine")
    assert "you are excused from it" in words_in(course.text)
    assert "Excused from it" in words_in(mine.text)
    assert "Geheimnis" not in course.text + mine.text
    table = client_of(made.trainer).get(f"/cohorts/{made.cohort.id}/table")
    assert words_in(table.text).count("Excused from it") == 2  # in the legend, and in Du's line
    assert "Excused from it" not in words_in(bobs.get(f"{made.address}/mine").text)


def test_a_trainee_sees_what_may_be_seen_and_what_might_be(bobs: FlaskClient, made: Class, database: Database) -> None:
    told = words_in(bobs.get(f"{made.address}/mine").text)
    assert "自己的客户" not in told
    assert "Total by now 100%" in told
    told = words_in(bobs.get(f"{made.address}/mine?if.needs=3").text)
    assert "With these points your total would be 70% by now." in told
    wrong = words_in(bobs.get(f"{made.address}/mine?if.needs=7&if.drill=x").text)
    assert "A number from 0 to 6 goes here" in wrong
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(GradeRules)) == 0


def test_a_hidden_result_changes_nothing_that_its_trainee_sees(
    bobs: FlaskClient, made: Class, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.gradebook.queries.may_see_result", lambda *_: False)
    with database.reading() as db:
        assert totals(db, made, Rules())[0].now == 1  # its trainer sees it
    told = words_in(bobs.get(f"{made.address}/mine").text)
    assert "Total by now –" in told
    assert "4 / 4" not in told


def test_points_above_what_an_exercise_gives_by_now_are_pointed_out(
    alices: FlaskClient, bobs: FlaskClient, made: Class, database: Database
) -> None:
    told, page = "more than the exercise has to give now", f"{made.address}/people/{made.enrolments[0]}"
    assert told not in alices.get(page).text
    with database.transaction() as db:
        db.execute(update(Marking).values(earned_numerator=9, earned_denominator=1))
    assert told in alices.get(page).text
    assert told not in bobs.get(f"{made.address}/mine").text


@pytest.mark.parametrize(
    ("share", "shown"), [(Fraction(2, 3), "66.7%"), (Fraction(1), "100%"), (Fraction(0), "0%"), (None, "–")]
)
def test_percent(share: Fraction | None, shown: str) -> None:
    assert percent(share) == shown


def test_an_exercise_can_have_a_time_until_which_it_is_in_time(
    alices: FlaskClient, made: Class, database: Database, client_of: ClientOf
) -> None:
    page = f"/cohorts/{made.cohort.id}/exercises"
    form = {"csrf_token": token_of(alices), "closes.drill": "2026-11-25T18:00", "due.drill": "2026-11-25T19:00"}
    refused = alices.post(page, data=form)
    assert refused.status_code == 422
    assert "This lies outside the time in which it can be handed in." in refused.text
    assert alices.post(page, data={**form, "due.drill": "2026-11-24T18:00"}).status_code == 303
    with database.reading() as db:
        cohort = db.get_one(Cohort, made.cohort.id)
        db.refresh(cohort, ["version"])
        columns = {each.slug: each.times.due_at for each in book_of(db, cohort, now=NOW).columns}
    assert columns["drill"] == datetime(2026, 11, 24, 10, tzinfo=UTC)
    dus = client_of(made.trainees[2])
    for address in ("my-course", "exercises/drill?again="):
        assert "hand in until" in words_in(dus.get(f"/cohorts/{made.cohort.id}/{address}").text)
