"""Marking: what counts, who marked first, giving back, points by hand, handing in for somebody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Audit, Person
from app.assessment import actions
from app.assessment.deadlines import move_deadlines
from app.assessment.models import AnswerChange, Attempt, AttemptMember, Marking
from app.assessment.queries import (
    Work,
    attempts_at,
    handed_in,
    marks_of,
    own_task,
    result_for,
    trained_work,
    written_in,
)
from app.assessment.rules import GRACE
from app.cohorts.models import Cohort, CohortTrainer, Enrolment
from app.errors import NotFound, UserError
from app.marking import actions as marking
from app.marking.actions import MarkedMeanwhile
from app.marking.queries import inbox_of, markings_of, newest_by_person, next_waiting, queue_of
from tests.assessment.samples import Room, create_room, hand_in, save, start, viewer_of
from tests.conftest import NOW

TWO = (Fraction(2),)
NONE = (Fraction(0),)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def room(db: Session, bob: Person, alice: Person, charlie: Person) -> Room:
    return create_room(db, bob, alice)


@pytest.fixture
def work(db: Session, room: Room) -> Work:
    """Bob's answer, handed in: four points by the key, two that wait for the rubric."""
    begun = start(db, room)
    save(db, begun, level__uptime="primary", sales_related__uptime="yes", level__seats="secondary")
    return seen_by_trainer(db, room, hand_in(db, room, begun))


def seen_by_trainer(db: Session, room: Room, work: Work) -> Work:
    db.flush()
    return trained_work(db, viewer_of(room.trainer, "trainer"), work.attempt.id, to_change=True)


def mark(
    db: Session, work: Work, by: Person, levels: tuple[Fraction, ...] = TWO, *, comment: str = "", seen: int = 0
) -> int:
    marking.mark_attempt(db, work, levels, comment=comment, seen=seen, by=by.id, now=NOW)
    db.flush()
    return newest_by_person(markings_of(db, work.attempt.id))


def override(db: Session, work: Work, by: Person, points: Fraction, *, seen: int = 0) -> int:
    marking.override_points(db, work, points, reason="口头补充", seen=seen, by=by.id, now=NOW)
    db.flush()
    return newest_by_person(markings_of(db, work.attempt.id))


def give_back(db: Session, work: Work, by: Person, *, reopened: bool = False) -> int:
    written = handed_in(db, work)
    return marking.give_back(db, work, written, reason="依据再写一句", reopened=reopened, by=by.id, now=LATER)


def audits(db: Session) -> list[str]:
    db.flush()
    return list(db.scalars(select(Audit.action).where(Audit.object_type == "attempt").order_by(Audit.id)))


def test_the_rubric_completes_what_the_key_began(db: Session, room: Room, work: Work) -> None:
    db.refresh(work.enrolment)
    before = work.enrolment.revision
    mark(db, work, room.trainer, comment="依据清楚")
    result = result_for(db, work)
    assert result.earned == 6
    assert result.levels == TWO
    assert (result.comment, result.waits) == ("依据清楚", False)
    assert work.submission is not None
    assert not work.submission.needs_person
    db.refresh(work.enrolment)
    assert work.enrolment.revision == before + 1
    row = db.scalars(select(Audit).where(Audit.action == "attempt-marked")).one()
    assert (row.object_id, row.by_id, row.details) == (str(work.attempt.id), room.trainer.id, {"points": "2"})


def test_marking_again_adds_a_row_and_keeps_the_one_before(db: Session, room: Room, work: Work) -> None:
    seen = mark(db, work, room.trainer, NONE, comment="再看")
    mark(db, work, room.trainer, TWO, seen=seen)
    assert [mark.earned for mark in marks_of(db, [work.attempt.id])[work.attempt.id]] == [4, 0, 2]
    assert result_for(db, work).comment == ""


def test_the_same_marks_sent_twice_are_one_row(db: Session, room: Room, work: Work) -> None:
    mark(db, work, room.trainer, comment="好")
    mark(db, work, room.trainer, comment="好")
    assert db.scalar(select(func.count()).where(Marking.marked_by == "trainer")) == 1
    assert audits(db).count("attempt-marked") == 1


def test_two_trainers_at_once_the_second_is_told_and_decides(
    db: Session, room: Room, work: Work, charlie: Person
) -> None:
    theirs = mark(db, work, charlie, NONE)
    with pytest.raises(MarkedMeanwhile, match="while your page was open"):
        mark(db, work, room.trainer)
    assert result_for(db, work).levels == NONE
    mark(db, work, room.trainer, seen=theirs)
    assert result_for(db, work).levels == TWO


def test_points_by_hand_after_the_page_was_opened_are_told_too(
    db: Session, room: Room, work: Work, charlie: Person
) -> None:
    override(db, work, charlie, Fraction(1))
    with pytest.raises(MarkedMeanwhile):
        mark(db, work, room.trainer)
    with pytest.raises(MarkedMeanwhile):
        override(db, work, room.trainer, Fraction(5))
    with pytest.raises(MarkedMeanwhile):
        marking.take_back_override(db, work, seen=0, by=room.trainer.id, now=NOW)
    assert result_for(db, work).earned == 1


@pytest.mark.parametrize("levels", [(), (Fraction(1),), (Fraction(2), Fraction(2)), (Fraction(200),)])
def test_only_levels_of_the_rubric_can_be_given(
    db: Session, room: Room, work: Work, levels: tuple[Fraction, ...]
) -> None:
    with pytest.raises(UserError, match="one level for each"):
        mark(db, work, room.trainer, levels)
    assert result_for(db, work).earned is None


def test_only_what_was_handed_in_is_marked(db: Session, room: Room) -> None:
    work = seen_by_trainer(db, room, start(db, room))
    writes: tuple[Callable[[], object], ...] = (
        lambda: mark(db, work, room.trainer),
        lambda: override(db, work, room.trainer, Fraction(1)),
    )
    for write in writes:
        with pytest.raises(UserError, match="handed in"):
            write()
    assert db.scalar(select(func.count()).select_from(Marking)) == 0


def test_an_archived_cohort_is_marked_no_more(db: Session, room: Room, work: Work) -> None:
    work.cohort.archived_at = NOW
    writes: tuple[Callable[[], object], ...] = (
        lambda: mark(db, work, room.trainer),
        lambda: override(db, work, room.trainer, Fraction(1)),
        lambda: give_back(db, work, room.trainer),
    )
    for write in writes:
        with pytest.raises(UserError, match="archived"):
            write()


def test_points_by_hand_count_until_they_are_taken_back(db: Session, room: Room, work: Work) -> None:
    seen = override(db, work, room.trainer, Fraction(11, 2))
    result = result_for(db, work)
    assert (result.earned, result.overridden, result.reason) == (Fraction(11, 2), True, "口头补充")
    assert work.submission is not None
    assert not work.submission.needs_person
    marking.take_back_override(db, work, seen=seen, by=room.trainer.id, now=NOW)
    marking.take_back_override(db, work, seen=seen, by=room.trainer.id, now=NOW)
    result = result_for(db, work)
    assert (result.earned, result.overridden, work.submission.needs_person) == (None, False, True)
    assert audits(db)[-2:] == ["attempt-overridden", "override-taken-back"]


@pytest.mark.parametrize("points", [Fraction(-1), Fraction(13, 2), Fraction(7)])
def test_points_by_hand_stay_within_what_can_be_earned(db: Session, room: Room, work: Work, points: Fraction) -> None:
    with pytest.raises(UserError, match="from 0 to 6"):
        override(db, work, room.trainer, points)


@pytest.mark.parametrize("reopened", [False, True])
def test_what_is_given_back_goes_on_with_what_stood_there(
    db: Session, room: Room, work: Work, *, reopened: bool
) -> None:
    mark(db, work, room.trainer, NONE, comment="缺依据")
    following = give_back(db, work, room.trainer, reopened=reopened)
    (_, *_), (second, number, submission) = attempts_at(db, room.enrolment.id, "needs")
    assert (second.id, number, submission) == (following, 2, None)
    assert written_in(db, following).values == handed_in(db, work).values != {}
    change = db.scalars(select(AnswerChange).where(AnswerChange.attempt_id == following)).one()
    assert (change.client, change.seq, change.base) == ("return", 1, 0)
    assert (work.attempt.returned_by_id, work.attempt.return_reason) == (room.trainer.id, "依据再写一句")
    assert audits(db)[-1] == ("attempt-reopened" if reopened else "attempt-returned")
    assert actions.start_attempt(
        db, own_task(db, viewer_of(room.trainee), room.cohort.id, "needs"), by=1, now=NOW
    ).id == (following)


def test_giving_back_does_not_count_against_the_attempts(db: Session, room: Room, work: Work) -> None:
    assert work.spec.attempts == 1
    following = give_back(db, work, room.trainer)
    second = seen_by_trainer(db, room, work)
    second = trained_work(db, viewer_of(room.trainer, "trainer"), following)
    hand_in(db, room, second)
    with pytest.raises(UserError, match="all attempts"):
        start(db, room)


def test_only_the_newest_attempt_is_given_back_and_once(db: Session, room: Room, work: Work) -> None:
    give_back(db, work, room.trainer)
    with pytest.raises(UserError, match="given back"):
        give_back(db, work, room.trainer)
    work.attempt.returned_at = None
    with pytest.raises(UserError, match="newer attempt"):
        give_back(db, work, room.trainer)
    assert db.scalar(select(func.count()).select_from(Attempt)) == 2


def test_what_was_given_back_is_marked_no_more(db: Session, room: Room, work: Work) -> None:
    give_back(db, work, room.trainer)
    with pytest.raises(UserError, match="given back"):
        mark(db, work, room.trainer)


def test_giving_back_after_the_closing_time_begins_the_attempt_all_the_same(
    db: Session, room: Room, work: Work
) -> None:
    work.assignment.closes_at = NOW - GRACE
    following = trained_work(db, viewer_of(room.trainer, "trainer"), give_back(db, work, room.trainer))
    assert save(db, following, level__uptime="").late
    work.assignment.closes_at = LATER + GRACE
    move_deadlines(db, work.assignment)
    save(db, following, base=written_in(db, following.attempt.id).newest, level__uptime="secondary")
    assert written_in(db, following.attempt.id).values["level.uptime"] == "secondary"


def test_everybody_of_a_group_goes_on(db: Session, room: Room, work: Work, charlie: Person) -> None:
    second = Enrolment(cohort_id=room.cohort.id, person_id=charlie.id, enrolled_at=NOW)
    db.add(second)
    db.flush()
    db.add(
        AttemptMember(attempt_id=work.attempt.id, enrolment_id=second.id, assignment_id=work.assignment.id, number=4)
    )
    db.flush()
    following = give_back(db, work, room.trainer)
    members = db.execute(
        select(AttemptMember.enrolment_id, AttemptMember.number).where(AttemptMember.attempt_id == following)
    )
    assert {tuple(row) for row in members} == {(room.enrolment.id, 2), (second.id, 5)}


def for_bob(db: Session, room: Room, work: Work) -> None:
    known = actions.graded(work.spec, written_in(db, work.attempt.id))
    marking.hand_in_for(db, work, known, by=room.trainer.id, now=NOW)


def test_somebody_who_can_no_more_is_handed_in_for(db: Session, room: Room) -> None:
    begun = start(db, room)
    save(db, begun, level__uptime="primary")
    work = seen_by_trainer(db, room, begun)
    with pytest.raises(UserError, match="still open"):
        for_bob(db, room, work)
    work.assignment.closes_at = NOW - GRACE
    for_bob(db, room, work)
    work = seen_by_trainer(db, room, work)
    assert work.submission is not None
    assert (work.submission.by_id, work.submission.on_paper, work.submission.needs_person) == (
        room.trainer.id,
        False,
        True,
    )
    assert len(result_for(db, work).keyed) == 2
    for_bob(db, room, work)
    assert audits(db).count("attempt-handed-in-for") == 1


@pytest.mark.parametrize("gone", ["withdrawn", "deactivated"])
def test_somebody_who_is_gone_is_handed_in_for(db: Session, room: Room, gone: str) -> None:
    begun = start(db, room)
    save(db, begun, level__uptime="primary")
    if gone == "withdrawn":
        room.enrolment.withdrawn_at = NOW
    else:
        db.get_one(Person, room.trainee.id).active = False
    for_bob(db, room, seen_by_trainer(db, room, begun))
    assert seen_by_trainer(db, room, begun).submission is not None


def test_of_a_group_somebody_who_is_there_hands_in_themselves(db: Session, room: Room, charlie: Person) -> None:
    begun = start(db, room)
    save(db, begun, level__uptime="primary")
    second = Enrolment(cohort_id=room.cohort.id, person_id=charlie.id, enrolled_at=NOW)
    db.add(second)
    db.flush()
    db.add(
        AttemptMember(attempt_id=begun.attempt.id, enrolment_id=second.id, assignment_id=begun.assignment.id, number=1)
    )
    room.enrolment.withdrawn_at = NOW
    db.flush()
    with pytest.raises(UserError, match="still open"):
        for_bob(db, room, seen_by_trainer(db, room, begun))
    second.withdrawn_at = NOW
    for_bob(db, room, seen_by_trainer(db, room, begun))


def test_nothing_is_handed_in_for_somebody_who_wrote_nothing(db: Session, room: Room) -> None:
    work = seen_by_trainer(db, room, start(db, room))
    work.assignment.closes_at = NOW
    with pytest.raises(UserError, match="nothing to hand in"):
        for_bob(db, room, work)


def test_the_inbox_is_of_ones_own_cohorts_and_of_what_waits(
    db: Session, room: Room, work: Work, charlie: Person
) -> None:
    trainer = viewer_of(room.trainer, "trainer")
    (waiting,) = inbox_of(db, trainer).shown
    assert (waiting.cohort_id, waiting.exercise, waiting.count) == (room.cohort.id, "needs", 1)
    assert [(row.attempt_id, row.names) for row in waiting.rows] == [(work.attempt.id, ("Bob",))]
    assert inbox_of(db, viewer_of(charlie)).count == inbox_of(db, viewer_of(room.trainee)).count == 0
    assert inbox_of(db, trainer, cohort_id=room.cohort.id, exercise="needs", page=9).count == 1
    assert inbox_of(db, trainer, cohort_id=room.cohort.id + 1).count == 0
    assert inbox_of(db, trainer, exercise="other").count == 0
    assert [each.count for each in inbox_of(db, trainer, exercise="other").all] == [1]


@pytest.mark.parametrize("why", ["marked", "returned", "archived", "no-trainer"])
def test_what_waits_no_more_is_not_in_the_inbox(db: Session, room: Room, work: Work, why: str) -> None:
    match why:
        case "marked":
            mark(db, work, room.trainer)
        case "returned":
            give_back(db, work, room.trainer)
        case "archived":
            work.cohort.archived_at = NOW
        case _:
            db.delete(db.get_one(CohortTrainer, (room.cohort.id, room.trainer.id)))
    db.flush()
    assert inbox_of(db, viewer_of(room.trainer, "trainer")).count == 0


def test_the_queue_says_where_everybody_stands(db: Session, room: Room, work: Work, charlie: Person) -> None:
    db.add(Enrolment(cohort_id=room.cohort.id, person_id=charlie.id, enrolled_at=NOW))
    db.flush()

    def stands() -> list[tuple[str, str]]:
        return [(row.name, row.state) for row in queue_of(db, room.cohort.id, "needs")]

    assert stands() == [("Bob", "waits"), ("Charlie", "none")]
    mark(db, work, room.trainer)
    (row, _) = queue_of(db, room.cohort.id, "needs")
    assert row.state == "marked"
    assert row.result
    assert row.result.earned == 6
    give_back(db, work, room.trainer)
    assert stands() == [("Bob", "returned"), ("Charlie", "none")]


def test_the_next_is_of_the_same_exercise_first_then_the_oldest(
    db: Session, room: Room, work: Work, charlie: Person
) -> None:
    trainer = viewer_of(room.trainer, "trainer")
    assert next_waiting(db, trainer, work) is None
    other = create_room_beside(db, room, charlie)
    assert next_waiting(db, trainer, work) == other.attempt.id
    same = answer_of(db, room, charlie, room.cohort)
    assert next_waiting(db, trainer, work) == same.attempt.id
    assert next_waiting(db, trainer, trained_work(db, trainer, same.attempt.id)) == work.attempt.id


def test_nobody_else_gets_to_it(db: Session, work: Work, charlie: Person) -> None:
    with pytest.raises(NotFound):
        trained_work(db, viewer_of(charlie, "trainer"), work.attempt.id)


def create_room_beside(db: Session, room: Room, trainee: Person) -> Work:
    """Another cohort of the same trainer, in which somebody handed in before."""
    cohort = Cohort(version_id=room.cohort.version_id, name="十二月班", zone="Asia/Shanghai", created_at=NOW)
    db.add(cohort)
    db.flush()
    db.add(CohortTrainer(cohort_id=cohort.id, person_id=room.trainer.id, added_at=NOW))
    return answer_of(db, room, trainee, cohort)


def answer_of(db: Session, room: Room, trainee: Person, cohort: Cohort) -> Work:
    enrolment = Enrolment(cohort_id=cohort.id, person_id=trainee.id, enrolled_at=NOW)
    db.add(enrolment)
    db.flush()
    theirs = Room(cohort, enrolment, trainee, room.trainer)
    return hand_in(db, theirs, start(db, theirs))
