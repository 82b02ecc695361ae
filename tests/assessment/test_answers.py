"""Answers: beginning, saving, two pages at once, handing in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import actions
from app.assessment.actions import RefusedSave, Save, Saved
from app.assessment.deadlines import move_deadlines
from app.assessment.models import AnswerChange, Attempt, Marking, Submission
from app.assessment.queries import own_task, own_work, result_for, trained_work, trains_attempt, written_in
from app.assessment.rules import GRACE
from app.assessment.writing import LONGEST_FIELD
from app.errors import NotFound, UserError
from tests.assessment.samples import Room, create_room, hand_in, save, start, viewer_of, work_of
from tests.conftest import NOW


@pytest.fixture
def room(db: Session, bob: Person, alice: Person, charlie: Person) -> Room:
    return create_room(db, bob, alice)


def test_looking_begins_nothing_and_starting_twice_begins_once(db: Session, room: Room) -> None:
    own_task(db, viewer_of(room.trainee), room.cohort.id, "needs")
    assert db.scalar(select(func.count()).select_from(Attempt)) == 0
    assert start(db, room).attempt.id == start(db, room).attempt.id


def test_nobody_reaches_what_is_not_theirs(db: Session, room: Room, charlie: Person) -> None:
    work = start(db, room)
    for someone in (charlie, room.trainer):
        with pytest.raises(NotFound):
            own_work(db, viewer_of(someone), work.attempt.id)
    for someone in (charlie, room.trainee):
        with pytest.raises(NotFound):
            trained_work(db, viewer_of(someone, "trainer"), work.attempt.id)
    with pytest.raises(NotFound):  # their role was taken back
        trained_work(db, viewer_of(room.trainer), work.attempt.id)
    seen = [
        trains_attempt(db, each, work.attempt.id)
        for each in (viewer_of(room.trainer, "trainer"), viewer_of(room.trainer))
    ]
    assert seen == [True, False]
    with pytest.raises(NotFound):
        own_task(db, viewer_of(charlie), room.cohort.id, "needs")
    with pytest.raises(NotFound):
        own_task(db, viewer_of(room.trainee), room.cohort.id, "no-such")


def test_what_was_saved_stands_there(db: Session, room: Room) -> None:
    work = start(db, room)
    save(db, work, level__uptime="primary")
    save(db, work, reason__evidence="会上\r\n说的")
    assert written_in(db, work.attempt.id).values == {"level.uptime": "primary", "reason.evidence": "会上\n说的"}


def test_the_same_save_sent_again_is_kept_once(db: Session, room: Room) -> None:
    work = start(db, room)
    wanted = Save("phone", 1, 0, {"level.uptime": "primary"})
    first = actions.save_fields(db, work, wanted, by=room.trainee.id, now=NOW)
    again = actions.save_fields(db, work, wanted, by=room.trainee.id, now=NOW + timedelta(minutes=5))
    assert first == again
    assert db.scalar(select(func.count()).select_from(AnswerChange)) == 1
    with pytest.raises(UserError, match="lost count"):
        actions.save_fields(db, work, replace(wanted, fields={"level.uptime": "secondary"}), by=1, now=NOW)


def test_two_pages_that_write_into_different_fields_are_merged(db: Session, room: Room) -> None:
    work = start(db, room)
    save(db, work, client="phone", level__uptime="primary")
    second = save(db, work, client="laptop", level__seats="secondary")
    assert (second.stale, second.news) == ((), {"level.uptime": "primary"})
    written = written_in(db, work.attempt.id)
    assert (written.values, written.conflicts) == ({"level.uptime": "primary", "level.seats": "secondary"}, ())


def test_two_texts_for_one_field_are_both_kept_until_somebody_chooses(db: Session, room: Room) -> None:
    work = start(db, room)
    save(db, work, client="phone", reason__evidence="手机上写的")
    stale = save(db, work, client="laptop", reason__evidence="电脑上写的")
    assert stale.stale == ("reason.evidence",)
    (conflict,) = written_in(db, work.attempt.id).conflicts
    assert (conflict.stands, conflict.other) == ("手机上写的", "电脑上写的")
    actions.choose_text(
        db, work, conflict.field, conflict.change_id, theirs=True, base=conflict.change_id, by=room.trainee.id, now=NOW
    )
    written = written_in(db, work.attempt.id)
    assert (written.values["reason.evidence"], written.conflicts) == ("电脑上写的", ())


def test_typing_on_without_having_seen_the_other_text_does_not_hide_it(db: Session, room: Room) -> None:
    work = start(db, room)
    first = save(db, work, client="phone", reason__evidence="一")
    save(db, work, client="laptop", reason__evidence="二")
    save(db, work, client="phone", base=first.change_id, reason__evidence="一一")
    (conflict,) = written_in(db, work.attempt.id).conflicts
    assert (conflict.stands, conflict.other) == ("一一", "二")


def test_the_page_whose_text_stands_is_told_of_the_other_one(db: Session, room: Room) -> None:
    work = start(db, room)
    mine = save(db, work, client="phone", reason__evidence="手机上写的")
    save(db, work, client="laptop", reason__evidence="电脑上写的")
    told = save(db, work, client="phone", base=mine.change_id, level__uptime="primary")
    assert [(each.field, each.stands, each.other) for each in told.waiting] == [
        ("reason.evidence", "手机上写的", "电脑上写的")
    ]
    assert (told.stale, save(db, work, client="phone", base=told.change_id, level__seats="primary").waiting) == ((), ())


def test_a_page_from_before_a_restored_backup_overwrites_nothing_and_is_asked_for_the_rest(
    db: Session, room: Room
) -> None:
    work = start(db, room)

    def saved(client: str, seq: int, base: int, **fields: str) -> Saved:
        texts = {name.replace("__", "."): text for name, text in fields.items()}
        return actions.save_fields(db, work, Save(client, seq, base, texts), by=room.trainee.id, now=NOW)

    first = saved("laptop", 1, 0, reason__evidence="备份里的")
    gone = first.change_id + 100  # what the phone was told of before the backup came back
    told = saved("phone", 8, gone, reason__evidence="手机上的", level__uptime="primary")
    assert (told.base_is_gone, told.stale, told.news) == (True, ("reason.evidence",), {"reason.evidence": "备份里的"})
    written = written_in(db, work.attempt.id)
    assert written.values == {"reason.evidence": "备份里的", "level.uptime": "primary"}
    assert [each.other for each in written.conflicts] == ["手机上的"]
    assert not saved("phone", 9, told.change_id, level__uptime="social").base_is_gone


def test_the_same_text_from_two_pages_is_no_conflict(db: Session, room: Room) -> None:
    work = start(db, room)
    save(db, work, client="phone", level__uptime="primary")
    assert save(db, work, client="laptop", level__uptime="primary").stale == ()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"points": "12"}, "no field “points”"),
        ({"reason.evidence": "x" * (LONGEST_FIELD + 1)}, "a field takes 20000"),
        ({"reason.evidence": "a\0b"}, "control character"),
        ({"reason.evidence": "\ud800"}, "control character"),
        ({"reason.evidence": "ok", "level.uptime": "\x1b"}, "control character"),
    ],
)
def test_what_cannot_be_kept_is_refused_whole(db: Session, room: Room, fields: dict[str, str], says: str) -> None:
    work = start(db, room)
    with pytest.raises(RefusedSave, match=says):
        actions.save_fields(db, work, Save("phone", 1, 0, fields), by=room.trainee.id, now=NOW)
    assert written_in(db, work.attempt.id).newest == 0


def test_handing_in_marks_by_key_and_waits_for_the_trainer(db: Session, room: Room) -> None:
    work = start(db, room)
    save(db, work, level__uptime="primary", sales_related__uptime="yes", level__seats="secondary")
    before = work.enrolment.revision
    work = hand_in(db, room, work)
    result = result_for(db, work)
    assert (len(result.keyed), sum(part.earned for part in result.keyed), result.earned) == (2, 4, None)
    assert (result.waits, work.submission and work.submission.needs_person) == (True, True)
    db.refresh(work.enrolment)
    assert work.enrolment.revision == before + 1


def test_handing_in_twice_hands_in_once(db: Session, room: Room) -> None:
    work = start(db, room)
    known = actions.graded(work.spec, written_in(db, work.attempt.id))
    actions.hand_in(db, work, known, by=room.trainee.id, now=NOW)
    work = work_of(db, room, work.attempt)
    actions.hand_in(db, work, known, by=room.trainee.id, now=NOW + timedelta(seconds=1))
    assert db.scalar(select(func.count()).select_from(Submission)) == 1
    assert db.scalar(select(func.count()).select_from(Marking)) == 1


def test_what_was_saved_after_it_was_graded_counts_all_the_same(db: Session, room: Room) -> None:
    work = start(db, room)
    known = actions.graded(work.spec, written_in(db, work.attempt.id))
    save(db, work, level__uptime="primary", sales_related__uptime="yes")
    actions.hand_in(db, work, known, by=room.trainee.id, now=NOW)
    assert sum(part.earned for part in result_for(db, work_of(db, room, work.attempt)).keyed) == 2


def test_after_handing_in_nothing_more_is_kept(db: Session, room: Room) -> None:
    work = hand_in(db, room, start(db, room))
    with pytest.raises(UserError, match="handed in"):
        save(db, work, level__uptime="primary")


def test_a_closed_or_unopened_exercise_takes_nothing(db: Session, room: Room) -> None:
    work = start(db, room)
    work.assignment.closes_at = NOW - GRACE
    move_deadlines(db, work.assignment)
    assert save(db, work, level__uptime="primary").late
    with pytest.raises(UserError, match="closed"):
        hand_in(db, room, work)
    assert db.scalar(select(func.count()).select_from(Submission)) == 0


def test_an_exercise_that_opens_later_cannot_be_begun(db: Session, room: Room) -> None:
    assignment = actions.assignment_of(db, room.cohort.id, "needs")
    assignment.opens_at = NOW + timedelta(seconds=1)
    with pytest.raises(UserError, match="not open yet"):
        start(db, room)


def test_attempts_are_counted(db: Session, room: Room) -> None:
    hand_in(db, room, start(db, room))
    with pytest.raises(UserError, match="all attempts"):
        start(db, room)


def test_an_archived_cohort_takes_nothing(db: Session, room: Room) -> None:
    work = start(db, room)
    work.cohort.archived_at = NOW
    with pytest.raises(UserError, match="archived"):
        save(db, work, level__uptime="primary")


def test_somebody_withdrawn_reads_and_does_not_write(db: Session, room: Room) -> None:
    work = start(db, room)
    room.enrolment.withdrawn_at = NOW
    with pytest.raises(UserError, match="no longer in this cohort"):
        save(db, work_of(db, room, work.attempt), level__uptime="primary")


def test_saves_and_marks_are_never_changed(db: Session, room: Room) -> None:
    work = hand_in(db, room, start(db, room))
    marking = db.scalars(select(Marking)).one()
    marking.comment = "anders"
    with pytest.raises(TypeError, match="never changed"):
        db.flush()
    assert work.submission is not None
