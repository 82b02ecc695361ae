"""Moving a cohort and marking anew, in transactions: killed, twice, two at once, and while people write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.models import Audit, Person
from app.assessment import actions
from app.assessment.models import AnswerChange, Assignment, Attempt, Marking, Submission
from app.assessment.queries import any_work, own_task, own_work, result_for, written_in
from app.assessment.rules import rubric_version
from app.assessment.sweeper import sweep
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.cli.operations import senders
from app.cohorts.actions import archive_cohort
from app.cohorts.models import Cohort, Enrolment
from app.db import Database
from app.errors import UserError
from app.marking import actions as marking
from app.outbox import Outbox, drain
from app.regrading.actions import go_on, move_cohort
from app.regrading.job import regrade
from app.regrading.models import Regrade
from tests.assessment.samples import viewer_of
from tests.catalogue.samples import HIERARCHY
from tests.conftest import NOW, CreatePerson
from tests.racing import at_once, overlapping
from tests.records.samples import open_sample
from tests.regrading.samples import (
    BASE,
    RUBRIC,
    TWO_CRITERIA,
    course_with,
    held,
    keyed_otherwise,
    mark_anew,
    move,
    planned,
    publish,
)

RIGHT = {
    "level.uptime": "primary",
    "sales_related.uptime": "yes",
    "level.seats": "secondary",
    "sales_related.seats": "no",
}
PEOPLE = 5
LESS = Fraction(8, 3)
"""What four points come to by the other key: the level of one of two items is not right."""


@pytest.fixture
def trainees(create_person: CreatePerson) -> list[Person]:
    return [create_person(f"学员{number}") for number in range(PEOPLE)]


@pytest.fixture
def cohort_id(database: Database, alice: Person, trainees: list[Person]) -> int:
    """A cohort on the first version; everybody has handed in «needs» and «drill» with all of it right."""
    with database.transaction() as db:
        cohort = open_sample(db, alice, *trainees, course=course_with({}))
        for person in trainees:
            answer(db, cohort.id, person, "needs")
            answer(db, cohort.id, person, "drill")
        return cohort.id


def answer(
    db: Session, cohort_id: int, person: Person, exercise: str, *, fields: dict[str, str] = RIGHT, hands_in: bool = True
) -> int:
    viewer = viewer_of(person)
    attempt = actions.start_attempt(db, own_task(db, viewer, cohort_id, exercise), by=person.id, now=NOW)
    work = own_work(db, viewer, attempt.id, to_change=True)
    actions.save_fields(db, work, actions.Save("phone", 1, 0, fields), by=person.id, now=NOW)
    if hands_in:
        known = actions.graded(work.spec, written_in(db, attempt.id))
        actions.hand_in(db, work, known, by=person.id, now=NOW)
    return attempt.id


def moved(database: Database, cohort_id: int, alice: Person, **changes: object) -> int:
    """Move the cohort to a version with these exercises; the marking anew is still to be done."""
    with database.transaction() as db:
        return move(db, cohort_id, alice, publish(db, course_with(changes, text=" 二"))).id


OTHER_KEY = {"drill": keyed_otherwise(BASE["drill"])}


def points(database: Database, exercise: str) -> list[Fraction | None]:
    """What everybody's answers to an exercise come to."""
    with database.reading() as db:
        rows = db.scalars(
            select(Attempt.id)
            .join(Assignment, Assignment.id == Attempt.assignment_id)
            .join(Submission, Submission.attempt_id == Attempt.id)
            .where(Assignment.exercise == exercise)
            .order_by(Attempt.id)
        ).all()
        return [result_for(db, any_work(db, attempt_id)).earned for attempt_id in rows]


def key_markings(database: Database) -> int:
    with database.reading() as db:
        return len(db.scalars(select(Marking.id).where(Marking.marked_by == "key")).all())


def test_the_worker_marks_anew_after_the_move(database: Database, cohort_id: int, alice: Person) -> None:
    assert points(database, "drill") == [4] * PEOPLE
    regrade_id = moved(database, cohort_id, alice, **OTHER_KEY)
    carriers = senders(database, {"SMTP_URL": "", "PUBLIC_URL": "http://localhost"})
    assert drain(database, carriers, now=lambda: NOW + timedelta(minutes=1)) >= 1
    assert points(database, "drill") == [LESS] * PEOPLE
    with database.reading() as db:
        row = db.get_one(Regrade, regrade_id)
        assert (row.answers, row.looked, row.marked, row.failed) == (2 * PEOPLE, 2 * PEOPLE, PEOPLE, 0)
        assert row.done_at is not None
        done = {each.action for each in db.scalars(select(Audit).where(Audit.object_type == "cohort"))}
        assert {"cohort-moved", "answers-marked-anew"} <= done
        newest = db.scalars(select(Marking).order_by(Marking.id.desc())).first()
        assert newest is not None
        assert (newest.marked_by, newest.version_id, newest.by_id) == ("key", row.to_version_id, None)


def test_killed_between_any_two_answers_and_resumed_is_once(
    database: Database, cohort_id: int, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.regrading.job.BATCH", 2)
    before, regrade_id = key_markings(database), moved(database, cohort_id, alice, **OTHER_KEY)
    real, calls = actions.keep_verdict, iter(range(100))

    def dies(*given: object, **named: object) -> None:
        if next(calls) % 2:
            raise KeyboardInterrupt
        real(*given, **named)  # type: ignore[arg-type] # what it was given

    deaths = 0
    while _unfinished(database, regrade_id):
        try:
            with monkeypatch.context() as dying:
                dying.setattr("app.regrading.job.keep_verdict", dies)
                mark_anew(database, regrade_id)
        except KeyboardInterrupt:
            deaths += 1
            mark_one_batch(database, regrade_id)
    assert deaths > 1
    assert points(database, "drill") == [LESS] * PEOPLE
    assert key_markings(database) == before + PEOPLE
    mark_anew(database, regrade_id)
    assert key_markings(database) == before + PEOPLE


def mark_one_batch(database: Database, regrade_id: int) -> None:
    """A worker that gets a little further."""
    with pytest.MonkeyPatch.context() as little:
        little.setattr("app.regrading.job.MOST_BATCHES", 1)
        mark_anew(database, regrade_id)


def _unfinished(database: Database, regrade_id: int) -> bool:
    with database.reading() as db:
        return db.get_one(Regrade, regrade_id).done_at is None


def test_two_workers_at_once_mark_once(
    database: Database, cohort_id: int, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.regrading.job.BATCH", 1)
    before, regrade_id = key_markings(database), moved(database, cohort_id, alice, **OTHER_KEY)
    at_once([partial(mark_anew, database, regrade_id)] * 3)
    assert points(database, "drill") == [LESS] * PEOPLE
    assert key_markings(database) == before + PEOPLE


def test_much_goes_on_in_another_errand(
    database: Database, cohort_id: int, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.regrading.job.BATCH", 1)
    monkeypatch.setattr("app.regrading.job.MOST_BATCHES", 3)
    regrade_id = moved(database, cohort_id, alice, **OTHER_KEY)
    mark_anew(database, regrade_id)
    with database.reading() as db:
        assert (db.get_one(Regrade, regrade_id).looked, len(db.scalars(select(Outbox)).all())) == (3, 2)
    carriers = senders(database, {"SMTP_URL": "", "PUBLIC_URL": "http://localhost"})
    drain(
        database, carriers, now=lambda: max(NOW, clock.now()) + timedelta(minutes=1)
    )  # the errand asks the real clock
    assert points(database, "drill") == [LESS] * PEOPLE


def test_a_hand_in_that_was_graded_before_the_move_counts_by_the_newer_version(
    database: Database, cohort_id: int, alice: Person, trainees: list[Person]
) -> None:
    with database.transaction() as db:
        begun = answer(db, cohort_id, trainees[0], "own", hands_in=False)
        work = own_work(db, viewer_of(trainees[0]), begun)
        known = actions.graded(work.spec, written_in(db, begun))
    regrade_id = moved(database, cohort_id, alice, own=keyed_otherwise(BASE["own"]))
    mark_anew(database, regrade_id)
    with database.transaction() as db:
        work = own_work(db, viewer_of(trainees[0]), begun, to_change=True)
        actions.hand_in(db, work, known, by=trainees[0].id, now=NOW)
    assert points(database, "own") == [LESS]


def test_a_hand_in_under_way_while_the_cohort_moves_is_marked_by_the_newer_version(
    database: Database, cohort_id: int, alice: Person, trainees: list[Person]
) -> None:
    with database.transaction() as db:
        begun = answer(db, cohort_id, trainees[0], "own", hands_in=False)
        newer = publish(db, course_with({"own": keyed_otherwise(BASE["own"])}, text=" 二"))

    def hand_in(db: Session) -> None:
        work = own_work(db, viewer_of(trainees[0]), begun, to_change=True)
        actions.hand_in(db, work, actions.graded(work.spec, written_in(db, begun)), by=trainees[0].id, now=NOW)

    assert overlapping(database, hand_in, lambda db: move(db, cohort_id, alice, newer)) is None
    with database.reading() as db:
        regrade_id = db.scalars(select(Regrade.id)).one()
    mark_anew(database, regrade_id)
    assert points(database, "own") == [LESS]


def test_what_people_gave_stays(database: Database, cohort_id: int, alice: Person) -> None:
    with database.transaction() as db:
        first, second = db.scalars(
            select(Attempt.id).join(Assignment).where(Assignment.exercise == "needs").order_by(Attempt.id).limit(2)
        )
        work = any_work(db, first)
        marking.mark_attempt(db, work, [Fraction(2)], comment="好", seen=0, by=alice.id, now=NOW)
        marking.override_points(db, any_work(db, second), Fraction(6), reason="口头", seen=0, by=alice.id, now=NOW)
    before = points(database, "needs")
    changed = {**keyed_otherwise(HIERARCHY), "rubric": TWO_CRITERIA}
    mark_anew(database, moved(database, cohort_id, alice, needs=changed))
    assert (before[:3], points(database, "needs")[:3]) == ([6, 6, None], [LESS + 2, 6, None])
    with database.reading() as db:
        given = db.scalars(select(Marking).where(Marking.marked_by == "trainer")).one()
        spec = course_of(db.scalars(select(CourseVersion).order_by(CourseVersion.id.desc())).first()).exercises["needs"]  # type: ignore[arg-type] # there is one
        assert given.rubric not in ("", rubric_version(spec))
        assert db.get_one(Submission, first).needs_person is False  # it is marked, if with another rubric


def test_whoever_marks_from_now_on_is_awaited_or_not(database: Database, cohort_id: int, alice: Person) -> None:
    with_rubric = {**BASE["drill"], "points": 6, "marking": ["key", "trainer"], "rubric": RUBRIC}
    mark_anew(database, moved(database, cohort_id, alice, drill=with_rubric))
    with database.reading() as db:
        assert [row.needs_person for row in db.scalars(select(Submission))] == [True] * 2 * PEOPLE
    unmarked = {**BASE["needs"], "points": 0, "marking": ["none"], "rubric": []}
    with database.transaction() as db:
        version = publish(db, course_with({"needs": unmarked}, text=" 三"))
        again = move(db, cohort_id, alice, version).id
    mark_anew(database, again)
    with database.reading() as db:
        assert [row.needs_person for row in db.scalars(select(Submission))] == [False] * 2 * PEOPLE
    assert points(database, "needs") == [None] * PEOPLE


def test_a_key_that_fails_leaves_the_marks_and_is_tried_again(
    database: Database, cohort_id: int, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    regrade_id = moved(database, cohort_id, alice, **OTHER_KEY)

    def fails(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    with monkeypatch.context() as broken:
        broken.setattr("app.assessment.actions.grade_answer", fails)
        mark_anew(database, regrade_id)
    assert points(database, "drill") == [4] * PEOPLE
    with database.reading() as db:
        row = db.get_one(Regrade, regrade_id)
        assert (row.marked, row.failed, row.done_at) == (0, PEOPLE, NOW)
    sweep(database, now=lambda: NOW + timedelta(hours=2))
    assert points(database, "drill") == [LESS] * PEOPLE


def test_moving_twice_is_once_and_older_or_another_while_marking_is_refused(
    database: Database, cohort_id: int, alice: Person
) -> None:
    with database.transaction() as db:
        newer = publish(db, course_with(OTHER_KEY, text=" 二"))
        newest = publish(db, course_with({}, text=" 三"))
        plan, later = planned(db, cohort_id, alice, newer), planned(db, cohort_id, alice, newest)
        by = {"reason": "改正", "by": alice.id, "now": NOW}
        first = move_cohort(db, held(db, cohort_id, alice), plan, **by)  # type: ignore[arg-type] # as it asks
        assert move_cohort(db, held(db, cohort_id, alice), plan, **by) is first  # type: ignore[arg-type] # likewise
        with pytest.raises(UserError, match="being marked anew"):
            move_cohort(db, held(db, cohort_id, alice), later, **by)  # type: ignore[arg-type] # likewise
        go_on(db, held(db, cohort_id, alice), by=alice.id, now=NOW)
        assert len(db.scalars(select(Outbox).where(Outbox.kind == "regrade")).all()) == 2
    mark_anew(database, first.id)
    with database.begin(writes=True) as db, pytest.raises(UserError, match="another version"):
        move_cohort(db, held(db, cohort_id, alice), later, **by)  # type: ignore[arg-type] # likewise
    with database.begin(writes=True) as db:
        back = db.scalars(select(CourseVersion).order_by(CourseVersion.id)).first()
        assert back is not None
        with pytest.raises(UserError, match="another version"):
            move(db, cohort_id, alice, back)


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501])
def test_a_move_says_why(database: Database, cohort_id: int, alice: Person, reason: str) -> None:
    with database.begin(writes=True) as db:
        plan = planned(db, cohort_id, alice, publish(db, course_with(OTHER_KEY)))
        with pytest.raises(UserError):
            move_cohort(db, held(db, cohort_id, alice), plan, reason=reason, by=alice.id, now=NOW)


def _archive(db: Session, cohort_id: int, alice: Person) -> None:
    archive_cohort(db, held(db, cohort_id, alice), by=alice.id, now=NOW)


def _finish(db: Session, cohort_id: int, _: Person) -> None:
    db.scalars(select(Assignment).where(Assignment.exercise == "drill")).one().final_at = NOW


def _begin(db: Session, cohort_id: int, _: Person) -> None:
    person = db.scalars(select(Person).join(Enrolment, Enrolment.person_id == Person.id)).first()
    assert person is not None
    answer(db, cohort_id, person, "note", fields={"reason.evidence": "…"})


@pytest.mark.parametrize("meanwhile", [_archive, _finish, _begin])
def test_what_happened_since_the_dry_run_stops_the_move(
    database: Database, cohort_id: int, alice: Person, meanwhile: Callable[[Session, int, Person], None]
) -> None:
    with database.begin(writes=True) as db:
        plan = planned(db, cohort_id, alice, publish(db, course_with(OTHER_KEY, text=" 二")))
        meanwhile(db, cohort_id, alice)
        with pytest.raises(UserError):
            move_cohort(db, held(db, cohort_id, alice), plan, reason="改正", by=alice.id, now=NOW)


def test_given_back_and_withdrawn_are_marked_anew_as_well(database: Database, cohort_id: int, alice: Person) -> None:
    with database.transaction() as db:
        attempt_id = db.scalars(select(Attempt.id).join(Assignment).where(Assignment.exercise == "drill")).first()
        assert attempt_id is not None
        work = any_work(db, attempt_id)
        marking.give_back(db, work, written_in(db, attempt_id), reason="再看", reopened=False, by=alice.id, now=NOW)
        for each in db.scalars(select(Enrolment)):
            each.withdrawn_at = NOW
    mark_anew(database, moved(database, cohort_id, alice, **OTHER_KEY))
    assert points(database, "drill") == [LESS] * PEOPLE


def test_a_late_answer_that_was_let_in_still_waits(database: Database, cohort_id: int, alice: Person) -> None:
    from app.assessment.late import count_late  # noqa: PLC0415 -- of this test alone

    with database.transaction() as db:
        attempt_id = db.scalars(select(Attempt.id).join(Assignment).where(Assignment.exercise == "needs")).first()
        assert attempt_id is not None
        work = any_work(db, attempt_id)
        marking.mark_attempt(db, work, [Fraction(2)], comment="", seen=0, by=alice.id, now=NOW)
        fields = {"level.uptime": "secondary"}
        late = {"client": "late-page", "seq": 1, "base": 0, "fields": fields, "stale": [], "late": True}
        db.add(AnswerChange(attempt_id=attempt_id, at=NOW, **late))
        db.flush()
        count_late(db, any_work(db, attempt_id), by=alice.id, now=NOW)
        assert db.get_one(Submission, attempt_id).needs_person
    assert points(database, "needs")[0] == LESS + 2
    mark_anew(database, moved(database, cohort_id, alice, needs=keyed_otherwise(HIERARCHY)))
    assert points(database, "needs")[0] == 6  # what was let in is right by the newer key
    with database.reading() as db:
        assert db.get_one(Submission, attempt_id).needs_person


def test_a_regrade_of_a_cohort_leaves_the_others_alone(
    database: Database, cohort_id: int, alice: Person, trainees: list[Person]
) -> None:
    with database.transaction() as db:
        other = open_sample(db, alice, trainees[0], course=course_with({}), name="二班")
        answer(db, other.id, trainees[0], "drill")
        other_id = other.id
    regrade_id = moved(database, cohort_id, alice, **OTHER_KEY)
    regrade(database, regrade_id, now=lambda: NOW)
    assert points(database, "drill") == [LESS] * PEOPLE + [4]
    with database.reading() as db:
        assert db.get_one(Cohort, other_id).version_id != db.get_one(Cohort, cohort_id).version_id
