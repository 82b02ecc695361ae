"""Until when somebody may write: minutes, extra time, grace, the clock of the server (T-TIME)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Audit, Person
from app.assessment import actions
from app.assessment.actions import Save
from app.assessment.deadlines import MOST_EXTRA, catch_up, extra_times, give_extra_time, move_deadlines
from app.assessment.models import Assignment, Attempt, Submission
from app.assessment.queries import Work, own_task, written_in
from app.assessment.rules import GRACE, Times, end_of, is_over, sweep_time, task_state, tries_of
from app.assessment.standing import why_shut
from app.db import Database
from app.errors import UserError
from app.web.moments import read_moment
from app.words import Sentence
from tests.assessment.samples import Room, create_room, hand_in, save, start, viewer_of, work_of
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham", "UTC")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- Hypothesis
minutes = st.integers(1, 600)
seconds = st.integers(-7_200, 7_200)
Decide = Callable[[Times, datetime, int, datetime], bool]


@pytest.fixture
def room(db: Session, bob: Person, alice: Person) -> Room:
    return create_room(db, bob, alice)


def limited(db: Session, room: Room, *, closes: timedelta | None = None, minutes: int | None = None) -> Assignment:
    """Limits of the exercise, as somebody sets them."""
    assignment = actions.assignment_of(db, room.cohort.id, "needs")
    assignment.closes_at, assignment.minutes = None if closes is None else NOW + closes, minutes
    move_deadlines(db, assignment)
    return assignment


def extra(db: Session, room: Room, minutes: int, reason: str = "网断了") -> None:
    give_extra_time(db, room.cohort, "needs", room.enrolment, minutes, reason=reason, by=room.trainer.id, now=NOW)


def ends(db: Session, work: Work) -> timedelta | None:
    """When it ends, from NOW on."""
    db.flush()
    end = db.scalars(select(Attempt.ends_at).where(Attempt.id == work.attempt.id)).one()
    return None if end is None else end - NOW


def swept_at(db: Session, work: Work) -> datetime | None:
    db.flush()
    return db.scalars(select(Attempt.sweep_at).where(Attempt.id == work.attempt.id)).one()


def write_at(db: Session, work: Work, at: timedelta, seq: int = 1) -> bool:
    """Whether what is saved then counts."""
    wanted = Save(f"page-{at.total_seconds()}", seq, 0, {"level.uptime": "primary"})
    return not actions.save_fields(db, work, wanted, by=1, now=NOW + at).late


def start_at(db: Session, room: Room, at: timedelta) -> Attempt:
    task = own_task(db, viewer_of(room.trainee), room.cohort.id, "needs")
    return actions.start_attempt(db, task, by=room.trainee.id, now=NOW + at)


@pytest.mark.parametrize(
    ("limits", "more", "expected"),
    [
        ((None, None), 0, None),
        ((None, None), 30, None),
        ((60, None), 0, 60),
        ((60, None), 15, 75),
        ((None, 45), 0, 45),
        ((None, 45), 15, 60),
        ((60, 45), 0, 45),
        ((60, 90), 0, 60),
        ((60, 90), 15, 75),
        ((60, 45), 15, 60),
    ],
)
def test_an_attempt_ends_with_the_first_of_its_limits_and_the_extra_time_behind(
    db: Session, room: Room, limits: tuple[int | None, int | None], more: int, expected: int | None
) -> None:
    closes, minutes = limits
    limited(db, room, closes=None if closes is None else closes * MINUTE, minutes=minutes)
    extra(db, room, more)
    work = start(db, room)
    assert ends(db, work) == (None if expected is None else expected * MINUTE)
    assert swept_at(db, work) == (None if expected is None else NOW + expected * MINUTE + GRACE)


def test_what_arrives_within_the_grace_counts_and_then_no_more(db: Session, room: Room) -> None:
    limited(db, room, minutes=45)
    work = start(db, room)
    end = 45 * MINUTE
    offsets = (timedelta(), end, end + GRACE - timedelta(microseconds=1), end + GRACE, 3 * end)
    assert [write_at(db, work, at) for at in offsets] == [True, True, True, False, False]
    assert [why_shut(work, NOW + at) is None for at in offsets] == [True, True, True, False, False]


def test_open_attempts_follow_what_is_changed_at_once(db: Session, room: Room) -> None:
    limited(db, room, closes=60 * MINUTE)
    work = start(db, room)
    extra(db, room, 20)
    assert ends(db, work) == 80 * MINUTE
    limited(db, room, closes=30 * MINUTE, minutes=20)
    assert (ends(db, work), swept_at(db, work)) == (40 * MINUTE, NOW + 40 * MINUTE + GRACE)
    extra(db, room, 0)
    assert ends(db, work) == 20 * MINUTE
    limited(db, room)
    assert (ends(db, work), swept_at(db, work)) == (None, None)


def test_what_was_handed_in_follows_nothing(db: Session, room: Room) -> None:
    limited(db, room, closes=60 * MINUTE)
    work = hand_in(db, room, start(db, room))
    extra(db, room, 20)
    limited(db, room, closes=10 * MINUTE)
    assert (ends(db, work), swept_at(db, work)) == (60 * MINUTE, None)


def test_extra_time_is_given_changed_and_taken_back_once_each(db: Session, room: Room) -> None:
    for minutes in (15, 15, 30, 0, 0):
        extra(db, room, minutes)
        found = extra_times(db, room.cohort.id)
        assert {place: each.minutes for place, each in found.items()} == (
            {("needs", room.enrolment.id): minutes} if minutes else {}
        )
    db.flush()
    audits = db.execute(select(Audit.action, Audit.details).where(Audit.action.like("extra-time%")).order_by(Audit.id))
    assert [(action, details.get("minutes")) for action, details in audits] == [
        ("extra-time-given", "15"),
        ("extra-time-given", "30"),
        ("extra-time-taken-back", None),
    ]


@pytest.mark.parametrize(
    ("given", "reason"), [(-1, "因故"), (MOST_EXTRA + 1, "因故"), (15, "  "), (15, "x" * 501), (15, "\0")]
)
def test_what_cannot_be_given_is_refused(db: Session, room: Room, given: int, reason: str) -> None:
    with pytest.raises(UserError):
        extra(db, room, given, reason)
    assert extra_times(db, room.cohort.id) == {}


def test_nobody_gets_extra_time_in_a_cohort_they_are_not_in(db: Session, room: Room) -> None:
    room.enrolment.cohort_id, known = 99, room.enrolment.cohort_id
    with pytest.raises(UserError):
        extra(db, room, 15)
    room.enrolment.cohort_id = known


def test_an_exercise_is_begun_after_the_close_only_while_ones_extra_time_runs(db: Session, room: Room) -> None:
    limited(db, room, closes=60 * MINUTE, minutes=30)
    with pytest.raises(UserError, match="closed"):
        start_at(db, room, 60 * MINUTE)
    extra(db, room, 15)
    attempt = start_at(db, room, 70 * MINUTE)
    assert attempt.ends_at == NOW + 75 * MINUTE
    with pytest.raises(UserError, match="closed"):
        hand_in_at(db, room, attempt, 76 * MINUTE)


def hand_in_at(db: Session, room: Room, attempt: Attempt, at: timedelta) -> Submission:
    work = work_of(db, room, attempt)
    known = actions.graded(work.spec, written_in(db, attempt.id))
    return actions.hand_in(db, work, known, by=room.trainee.id, now=NOW + at)


def test_handing_in_after_the_end_hands_in_what_was_saved_before_it(db: Session, room: Room) -> None:
    limited(db, room, minutes=10)
    work = start(db, room)
    write_at(db, work, 9 * MINUTE)
    write_at(db, work, 11 * MINUTE)
    submission = hand_in_at(db, room, work.attempt, 12 * MINUTE)
    db.flush()
    assert (submission.collected, submission.by_id, submission.at) == (True, None, NOW + 10 * MINUTE)
    assert submission.change_id == 1
    assert hand_in_at(db, room, work.attempt, 13 * MINUTE) is submission
    assert db.scalar(select(func.count()).select_from(Submission)) == 1


def test_who_wrote_nothing_in_time_may_begin_another_attempt(db: Session, room: Room) -> None:
    limited(db, room, minutes=10)
    first = start_at(db, room, timedelta())
    assert start_at(db, room, 20 * MINUTE) is first  # until the sweeper has looked
    first.sweep_at = None
    with pytest.raises(UserError, match="used all attempts"):
        start_at(db, room, 20 * MINUTE)


def test_an_attempt_of_a_node_of_the_version_before_ends_with_its_exercise(db: Session, room: Room) -> None:
    limited(db, room, closes=60 * MINUTE)
    work = start(db, room)
    work.attempt.ends_at = work.attempt.sweep_at = None
    assert [write_at(db, work, at) for at in (59 * MINUTE, 61 * MINUTE)] == [True, False]


def test_and_gets_its_end_when_the_worker_looks(db: Session, database: Database, room: Room) -> None:
    limited(db, room, closes=60 * MINUTE)
    work = start(db, room)
    work.attempt.ends_at = work.attempt.sweep_at = None
    db.commit()
    assert [catch_up(database, now=NOW) for _ in range(2)] == [1, 0]
    assert (ends(db, work), swept_at(db, work)) == (60 * MINUTE, NOW + 60 * MINUTE + GRACE)


def test_the_same_times_set_again_move_nothing(db: Session, room: Room) -> None:
    assignment = limited(db, room, closes=60 * MINUTE)
    work = start(db, room)
    work.attempt.sweep_at = None  # nothing was written, and the sweeper has looked
    move_deadlines(db, assignment)
    assert swept_at(db, work) is None


def test_an_attempt_that_begins_after_its_end_waits_for_another_end(db: Session, room: Room) -> None:
    assert sweep_time(NOW, started_at=NOW) is None
    assert sweep_time(NOW, started_at=NOW - MINUTE) == NOW + GRACE


@pytest.mark.parametrize(
    ("at", "begun", "state"),
    [(44, True, "started"), (46, True, "closed"), (46, False, "open"), (61, False, "closed"), (61, True, "closed")],
)
def test_the_state_of_an_exercise_follows_the_end_of_its_attempt(at: int, *, begun: bool, state: str) -> None:
    times = Times(closes_at=NOW + 60 * MINUTE, minutes=45)
    done = tries_of([(False, False)] if begun else [], waits=False, ends_at=NOW + 45 * MINUTE if begun else None)
    assert task_state(times, done, NOW + at * MINUTE) == state


def counts(times: Times, started_at: datetime, extra: int, now: datetime) -> bool:
    """Whether a save counts, as the product decides it."""
    return not is_over(end_of(times, started_at=started_at, extra=extra), now)


def generous(times: Times, started_at: datetime, extra: int, now: datetime) -> bool:
    """The canary: extra time on both limits, and grace on top of each."""
    end = end_of(times, started_at=started_at, extra=extra * 2)
    return not is_over(end, now)


def granted(times: Times, started_at: datetime, extra: int, now: datetime) -> bool:
    """The same, said plainly: within all limits, each with the extra time and the grace."""
    more = extra * 60 + GRACE.total_seconds()
    in_window = times.closes_at is None or (now - times.closes_at).total_seconds() < more
    in_minutes = times.minutes is None or (now - started_at).total_seconds() < times.minutes * 60 + more
    return in_window and in_minutes


def never_more_than_granted(decide: Decide) -> None:
    @settings(report_multiple_bugs=False)
    @given(moments, st.none() | seconds, st.none() | minutes, st.integers(0, 240), seconds)
    def check(begun: datetime, closes: int | None, limit: int | None, more: int, after: int) -> None:
        times = Times(closes_at=None if closes is None else begun + timedelta(seconds=closes), minutes=limit)
        for edge in (begun, times.closes_at, end_of(times, started_at=begun, extra=more)):
            now = (edge or begun) + timedelta(seconds=after)
            assert decide(times, begun, more, now) == granted(times, begun, more, now)
            at_the_edge = (edge or begun) + GRACE
            for now in (at_the_edge, at_the_edge - timedelta(microseconds=1)):
                assert decide(times, begun, more, now) == granted(times, begun, more, now)

    check()


def test_never_more_time_than_granted() -> None:
    never_more_than_granted(counts)


def test_a_deadline_that_grants_more_would_be_found() -> None:
    with pytest.raises(AssertionError):
        never_more_than_granted(generous)


@given(st.sampled_from(ZONES), st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)), minutes)  # noqa: DTZ001 -- a wall clock
def test_a_closing_time_is_that_of_the_wall_whatever_summer_time_does(zone: str, wall: datetime, limit: int) -> None:
    """And minutes are minutes: an attempt across the change of the clocks is neither longer nor shorter."""
    wall, place = wall.replace(second=0, microsecond=0), ZoneInfo(zone)
    closes = read_moment(f"{wall:%Y-%m-%dT%H:%M}", place)
    if isinstance(closes, Sentence):  # there is no such time on that day
        assert wall.replace(tzinfo=place).astimezone(UTC).astimezone(place).replace(tzinfo=None) != wall
        return
    assert closes is not None
    assert closes.astimezone(place).replace(tzinfo=None) == wall
    begun = closes - timedelta(minutes=limit, hours=1)
    times = Times(closes_at=closes, minutes=limit)
    assert end_of(times, started_at=begun, extra=0) == begun + timedelta(minutes=limit)
    assert end_of(times, started_at=closes - MINUTE, extra=0) == closes


def test_saving_again_what_was_kept_is_answered_alike_after_everything_else(db: Session, room: Room) -> None:
    work = start(db, room)
    wanted = Save("phone", 1, 0, {"level.uptime": "primary"})
    first = actions.save_fields(db, work, wanted, by=1, now=NOW)
    work = hand_in(db, room, work)
    again = actions.save_fields(db, work, wanted, by=1, now=NOW)
    assert (again.change_id, again.at, again.late) == (first.change_id, first.at, False)
    with pytest.raises(UserError, match="handed in"):
        save(db, work, level__uptime="secondary")
