"""The dry run: who gains, who loses and why, before anything is written, in a number of statements that stays."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.actions import Graded, hand_in
from app.assessment.models import Assignment, Attempt, Marking
from app.assessment.queries import any_work, written_in
from app.cohorts.models import Enrolment
from app.db import Database
from app.marking import actions as marking
from app.regrading.compare import PartChange
from app.regrading.plan import Effect, ExercisePlan
from tests.catalogue.samples import HIERARCHY
from tests.conftest import NOW, CreatePerson, statements_of
from tests.records.samples import UNMARKED, open_sample
from tests.regrading.samples import BASE, TWO_CRITERIA, course_with, keyed_otherwise, mark_anew, move, planned, publish
from tests.regrading.test_moves import LESS, RIGHT, answer, points

WRONG = {**RIGHT, "level.uptime": "secondary"}


@pytest.fixture
def trainees(create_person: CreatePerson) -> list[Person]:
    return [create_person(name) for name in ("甲", "乙", "丙")]


@pytest.fixture
def cohort_id(database: Database, alice: Person, trainees: list[Person]) -> int:
    """甲 and 丙 have «drill» right, 乙 has its first item wrong."""
    with database.transaction() as db:
        cohort = open_sample(db, alice, *trainees, course=course_with({}))
        for person, fields in zip(trainees, (RIGHT, WRONG, RIGHT), strict=True):
            answer(db, cohort.id, person, "drill", fields=fields)
        return cohort.id


def drill(db: Session, cohort_id: int, alice: Person, **changes: object) -> ExercisePlan:
    """What a version with these exercises does to «drill»."""
    plan = planned(db, cohort_id, alice, publish(db, course_with(changes, text=" 二")))
    return next(each for each in plan.exercises if each.slug == "drill")


def told(exercise: ExercisePlan) -> dict[str, tuple[object, ...]]:
    return {each.name: (each.turn, each.before, each.after) for each in exercise.effects}


def test_who_gains_who_loses_and_why(database: Database, cohort_id: int, alice: Person) -> None:
    with database.begin(writes=True) as db:
        before = db.scalar(select(func.count()).select_from(Marking))
        found = drill(db, cohort_id, alice, drill=keyed_otherwise(BASE["drill"]))
        assert told(found) == {"丙": ("loses", 4, LESS), "甲": ("loses", 4, LESS), "乙": ("gains", LESS, 4)}
        gaining: Effect = found.effects[-1]
        assert gaining.why == (PartChange("高峰期不能抛锚", Fraction(2, 3), Fraction(2), Fraction(2)),)
        assert (found.handed_in, found.old_rubric, found.unmarked) == (3, 0, 0)
        assert db.scalar(select(func.count()).select_from(Marking)) == before


def test_what_it_says_is_what_comes(database: Database, cohort_id: int, alice: Person) -> None:
    with database.transaction() as db:
        version = publish(db, course_with({"drill": keyed_otherwise(BASE["drill"])}, text=" 二"))
        plan = planned(db, cohort_id, alice, version)
        names = [name for name, *_ in sorted(told(plan.exercises[0]).items())]
        said = {each.attempt_id: each.after for each in plan.exercises[0].effects}
        regrade_id = move(db, cohort_id, alice, version).id
    assert len(names) == len(said) == 3
    mark_anew(database, regrade_id)
    assert points(database, "drill") == [said[attempt_id] for attempt_id in sorted(said)]


def test_points_counting_and_marks_that_are_awaited(database: Database, cohort_id: int, alice: Person) -> None:
    rubric = {**BASE["drill"], "points": 6, "marking": ["key", "trainer"], "rubric": HIERARCHY["rubric"]}
    with database.begin(writes=True) as db:
        answer(
            db, cohort_id, db.scalars(select(Person).where(Person.display_name == "甲")).one(), "drill", fields=WRONG
        )
        doubled = drill(db, cohort_id, alice, drill={**BASE["drill"], "points": 8})
        assert told(doubled)["甲"] == ("gains", 4, 8)
        mean = drill(db, cohort_id, alice, drill={**BASE["drill"], "counting": "mean"})
        assert told(mean) == {"甲": ("loses", 4, (4 + LESS) / 2)}
        awaited = drill(db, cohort_id, alice, drill=rubric)
        assert set(told(awaited).values()) == {("waits", 4, None), ("waits", LESS, None)}


def test_hand_set_points_withdrawn_people_and_what_was_given_back(
    database: Database, cohort_id: int, alice: Person
) -> None:
    with database.begin(writes=True) as db:
        first, second, third = db.scalars(select(Attempt.id).join(Assignment).order_by(Attempt.id)).all()
        override = {"reason": "口头", "seen": 0, "by": alice.id, "now": NOW}
        marking.override_points(db, any_work(db, first), Fraction(4), **override)  # type: ignore[arg-type] # as it asks
        db.scalars(select(Enrolment).where(Enrolment.id == any_work(db, second).enrolment.id)).one().withdrawn_at = NOW
        work, written = any_work(db, third), written_in(db, third)
        marking.give_back(db, work, written, reason="再看", reopened=False, by=alice.id, now=NOW)
        found = drill(db, cohort_id, alice, drill={**keyed_otherwise(BASE["drill"]), "points": 2})
        assert [(each.name, each.turn, each.by_hand, each.too_much, each.withdrawn) for each in found.effects] == [
            ("乙", "loses", False, False, True),
            ("甲", "same", True, True, False),  # 4 points set by hand of what are 2 by now
        ]


def test_marks_by_another_rubric_are_counted(database: Database, cohort_id: int, alice: Person) -> None:
    with database.begin(writes=True) as db:
        person = db.scalars(select(Person).where(Person.display_name == "甲")).one()
        attempt_id = answer(db, cohort_id, person, "needs")
        marking.mark_attempt(db, any_work(db, attempt_id), [Fraction(2)], comment="", seen=0, by=alice.id, now=NOW)
        version = publish(db, course_with({"needs": {**HIERARCHY, "rubric": TWO_CRITERIA}}, text=" 二"))
        (needs,) = planned(db, cohort_id, alice, version).exercises
        assert (needs.slug, needs.old_rubric, needs.effects) == ("needs", 1, ())


def test_a_key_that_fails_is_told(
    database: Database, cohort_id: int, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("app.assessment.actions.grade_answer", fails)
    with database.begin(writes=True) as db:
        found = drill(db, cohort_id, alice, drill=keyed_otherwise(BASE["drill"]))
        assert (found.unmarked, found.effects) == (3, ())


def test_what_nobody_marks_any_more_waits_for_nobody(database: Database, cohort_id: int, alice: Person) -> None:
    with database.begin(writes=True) as db:
        plan = planned(
            db,
            cohort_id,
            alice,
            publish(db, course_with({"drill": {**BASE["drill"], **UNMARKED, "hints": []}}, text=" 二")),
        )
        assert {each.turn for each in plan.exercises[0].effects} == {"unmarked"}
        assert (plan.waits, plan.gains, plan.loses) == (0, 0, 0)


def test_what_the_key_failed_on_before_is_foretold_though_its_exercise_is_the_same(
    database: Database, cohort_id: int, alice: Person, create_person: CreatePerson
) -> None:
    late = create_person("丁")
    with database.transaction() as db:
        db.add(Enrolment(cohort_id=cohort_id, person_id=late.id, enrolled_at=NOW))
        db.flush()
        attempt_id = answer(db, cohort_id, late, "drill", hands_in=False)
        work = any_work(db, attempt_id)
        failed = Graded(written_in(db, attempt_id).newest, None, {}, unmarked="AB12")
        hand_in(db, work, failed, by=late.id, now=NOW)
        version = publish(db, course_with({"own": keyed_otherwise(BASE["own"])}, text=" 二"))
        plan = planned(db, cohort_id, alice, version)
        (found,) = [each for each in plan.exercises if each.slug == "drill"]
        assert told(found) == {"丁": ("marked", None, 4)}
        regrade_id = move(db, cohort_id, alice, version).id
    mark_anew(database, regrade_id)
    assert points(database, "drill")[-1] == 4


def test_a_question_that_was_taken_out_gives_no_points_and_is_named(
    database: Database, cohort_id: int, alice: Person, trainees: list[Person]
) -> None:
    """A broken question is dropped: the rest share the points, and what was written there stays readable."""
    shorter = {**BASE["drill"], "items": BASE["drill"]["items"][1:]}
    with database.transaction() as db:
        version = publish(db, course_with({"drill": shorter}, text=" 二"))
        plan = planned(db, cohort_id, alice, version)
        (found,) = plan.exercises
        assert "高峰期不能抛锚" in found.no_longer_asked
        assert told(found) == {"乙": ("gains", LESS, 4), "丙": ("same", 4, 4), "甲": ("same", 4, 4)}
        assert {each.label for each in found.effects[0].why if each.after is None} == {"高峰期不能抛锚"}
        regrade_id = move(db, cohort_id, alice, version).id
    mark_anew(database, regrade_id)
    assert points(database, "drill") == [4, 4, 4]
    with database.transaction() as db:
        first = any_work(db, db.scalars(select(Attempt.id).order_by(Attempt.id)).first() or 0)
        assert written_in(db, first.attempt.id).values["level.uptime"] == "primary"
        answer(db, cohort_id, trainees[0], "drill", fields={"level.seats": "secondary", "sales_related.seats": "no"})
    assert points(database, "drill")[-1] == 4


def test_its_statements_do_not_depend_on_people(
    database: Database, cohort_id: int, alice: Person, create_person: CreatePerson
) -> None:
    more = [create_person(f"学员{number}") for number in range(4)]
    with database.transaction() as db:
        version = publish(db, course_with({"drill": keyed_otherwise(BASE["drill"])}, text=" 二"))
        planned(db, cohort_id, alice, version)  # reads the courses
        with statements_of(database) as few:
            planned(db, cohort_id, alice, version)
        for person in more:
            db.add(Enrolment(cohort_id=cohort_id, person_id=person.id, enrolled_at=NOW))
            db.flush()
            answer(db, cohort_id, person, "drill")
        with statements_of(database) as many:
            plan = planned(db, cohort_id, alice, version)
    assert plan.exercises[0].handed_in == 7
    assert len(many) == len(few)
