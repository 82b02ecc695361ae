"""Completion over plain values: what is asked for, what is missing, and since when it is enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assessment.rules import Scheme, counted_points, points_given
from app.courses.outline import Course
from app.courses.timetable import compile_timetable
from app.records.rules import Asked, Attended, Mark, Missing, RequiredExercise, Try, Worked, asked_of, work_out
from tests.records.samples import EXERCISES, create_sample

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
SESSIONS = ("d1-am", "d1-pm", "d2-am", "d2-pm")
SLUGS = tuple(EXERCISES)


def asked_by(course: Course) -> Asked:
    return asked_of(course, compile_timetable(course))


ASKED = asked_by(create_sample())


def at(hours: int) -> datetime:
    return BEGIN + timedelta(hours=hours)


def there(session: str, hours: int, *, year: int = 2026, asked: Asked = ASKED) -> Attended:
    return Attended(at(hours), year, asked.minutes[session])


def done(hours: int, *marks: tuple[int, str, int | None]) -> Try:
    """An attempt handed in at an hour, and its markings: hour, by whom, points."""
    given = (Mark(at(hour), by, None if points is None else Fraction(points)) for hour, by, points in marks)
    return Try(at(hours), tuple(given))


EVERYWHERE = [there(session, hours) for hours, session in enumerate(SESSIONS, 1)]
ALL: Mapping[str, Sequence[Try]] = {
    "needs": [done(5, (5, "key", 4), (9, "trainer", 2))],
    "drill": [done(6, (6, "key", 4))],
    "own": [done(7, (7, "key", 0))],
    "note": [done(8)],
}


def kinds(worked: Worked) -> list[tuple[str, str]]:
    return [(each.kind, each.exercise) for each in worked.missing]


def test_what_a_course_asks_for() -> None:
    assert (ASKED.taught, ASKED.needed_minutes, dict(ASKED.minutes)) == (
        180,
        Fraction(144),
        {"d1-am": 60, "d1-pm": 30, "d2-am": 60, "d2-pm": 30},
    )
    assert [(each.slug, each.wanted, each.points) for each in ASKED.required] == [
        ("needs", Scheme(keyed=True, people=(("trainer", Fraction(1)),)), Fraction(6)),
        ("drill", Scheme(keyed=True), Fraction(4)),
        ("own", Scheme(), Fraction(0)),  # private: its points are nobody's business
        ("note", Scheme(), Fraction(0)),  # unmarked: there are none
    ]
    assert (ASKED.possible, ASKED.needed_points) == (Fraction(10), Fraction(6))


def test_everything_done_is_completed_with_the_last_thing_that_was_needed() -> None:
    worked = work_out(ASKED, BEGIN, EVERYWHERE, ALL)
    assert worked == Worked(180, {"2026": 180}, 4, Fraction(10), (), at(9))


def test_nothing_done_misses_everything_once() -> None:
    worked = work_out(ASKED, BEGIN, (), {})
    assert worked.missing == (
        Missing("attendance", minutes=144),
        *(Missing("exercise", slug, private=slug == "own") for slug in SLUGS),
    )
    assert (worked.attended, worked.minutes_by_year, worked.handed_in, worked.earned) == (0, {}, 0, Fraction(0))
    assert worked.completed_at is None


@pytest.mark.parametrize(("sessions", "lacking"), [((0, 1, 2), 0), ((0, 2), 24), ((0, 2, 3), 0), ((1, 3), 84)])
def test_attendance_counts_taught_minutes(sessions: tuple[int, ...], lacking: int) -> None:
    worked = work_out(ASKED, BEGIN, [EVERYWHERE[place] for place in sessions], ALL)
    assert [each.minutes for each in worked.missing] == ([lacking] if lacking else [])
    assert (worked.completed_at is None) == bool(lacking)


def test_a_session_that_was_ticked_late_counts_from_its_end_on() -> None:
    late = [*EVERYWHERE[:2], there("d2-am", 30)]
    assert work_out(ASKED, BEGIN, late, ALL).completed_at == at(30)


def test_what_waits_for_marks_is_named_and_not_blamed() -> None:
    waiting = {**ALL, "needs": [done(5, (5, "key", 4))], "drill": [done(6, (6, "key", 1))]}
    worked = work_out(ASKED, BEGIN, EVERYWHERE, waiting)
    assert (kinds(worked), worked.earned) == ([("marks", "needs")], Fraction(1))  # 5 lacking, 6 may still come
    hopeless = work_out(ASKED, BEGIN, EVERYWHERE, {**waiting, "needs": [done(5, (6, "override", 4))]})
    assert hopeless.missing == (Missing("points", points=Fraction(1)),)


def test_points_that_what_is_open_can_still_bring_are_not_missing() -> None:
    open_ = {slug: tries for slug, tries in ALL.items() if slug != "needs"}
    assert kinds(work_out(ASKED, BEGIN, EVERYWHERE, open_)) == [("exercise", "needs")]
    poor = {**ALL, "needs": [done(5, (9, "override", 1))]}
    del poor["drill"]
    worked = work_out(ASKED, BEGIN, EVERYWHERE, poor)
    assert worked.missing == (Missing("exercise", "drill"), Missing("points", points=Fraction(5)))


def test_a_private_exercise_counts_as_handed_in_and_never_by_points() -> None:
    without = {slug: tries for slug, tries in ALL.items() if slug != "own"}
    assert work_out(ASKED, BEGIN, EVERYWHERE, without).missing == (Missing("exercise", "own", private=True),)
    rich = {**without, "own": [done(7, (7, "override", 1000))]}
    assert work_out(ASKED, BEGIN, EVERYWHERE, rich).earned == 10


def test_the_day_does_not_move_when_marks_get_better_later() -> None:
    better = {**ALL, "needs": [done(5, (5, "key", 0), (9, "trainer", 2), (50, "override", 6), (60, "trainer", 2))]}
    assert work_out(ASKED, BEGIN, EVERYWHERE, better).completed_at == at(9)
    again = {**ALL, "drill": [done(6, (6, "key", 4)), done(70, (70, "key", 4))]}
    assert work_out(ASKED, BEGIN, EVERYWHERE, again).completed_at == at(9)


def test_the_day_follows_marks_that_were_too_low_for_a_while() -> None:
    fallen = [done(5, (5, "key", 4), (9, "trainer", 2), (20, "override", 0), (30, "override", None))]
    worked = work_out(ASKED, BEGIN, EVERYWHERE, {**ALL, "needs": fallen})
    assert (worked.completed_at, worked.earned) == (at(30), Fraction(10))


def test_marks_of_one_moment_count_together() -> None:
    both = {
        **ALL,
        "needs": [done(5, (9, "override", 6), (20, "override", 2))],
        "drill": [done(6, (6, "key", 0), (20, "override", 4))],
    }
    worked = work_out(ASKED, BEGIN, EVERYWHERE, both)
    assert (worked.completed_at, worked.earned) == (at(9), Fraction(6))


def test_minutes_are_counted_by_the_year_of_the_session() -> None:
    sessions = [there("d1-am", 1, year=2026), there("d2-am", 2, year=2027), there("d1-pm", 3, year=2026)]
    assert work_out(ASKED, BEGIN, sessions, {}).minutes_by_year == {"2026": 90, "2027": 60}


def test_a_course_that_asks_for_nothing_is_completed_by_being_there_at_all() -> None:
    asked = asked_by(create_sample(attendance="0%", exercises={"required": "none", "pass": "60%"}))
    nobody = work_out(asked, BEGIN, (), ALL)
    assert (nobody.completed_at, nobody.missing) == (None, (Missing("attendance", minutes=1),))
    assert work_out(asked, BEGIN, [there("d1-pm", 3, asked=asked)], {}).completed_at == at(3)


@pytest.mark.parametrize(
    ("completion", "missing"),
    [
        ({"attendance": "0%"}, []),
        ({"attendance": "100%"}, [("attendance", "")]),
        ({"attendance": "0%", "exercises": {"required": ["note"], "pass": "100%"}}, []),
        ({"attendance": "0%", "exercises": {"required": "all", "pass": "100%"}}, [("points", "")]),
    ],
)
def test_a_course_asks_only_for_what_it_says(completion: dict[str, Any], missing: list[tuple[str, str]]) -> None:
    asked = asked_by(create_sample(**completion))
    poor = {**ALL, "drill": [done(6, (6, "key", 3))]}
    assert kinds(work_out(asked, BEGIN, EVERYWHERE[:3], poor)) == missing


@pytest.mark.parametrize(
    "missing",
    [
        Missing("attendance", minutes=72),
        Missing("exercise", "needs"),
        Missing("exercise", "own", private=True),
        Missing("marks", "needs"),
        Missing("points", points=Fraction(36, 5)),
    ],
)
def test_what_is_missing_survives_storage(missing: Missing) -> None:
    assert Missing.read(missing.stored()) == missing


# A reference that asks at every moment what there was by then, and looks for the first from which on it was enough.

hours = st.integers(0, 30)
moments = hours.map(at)
points = st.sampled_from([Fraction(0), Fraction(1), Fraction(4, 3), Fraction(4)])
markings = st.one_of(
    st.builds(Mark, moments, st.sampled_from(["key", "trainer"]), points),
    st.builds(Mark, moments, st.just("override"), st.none() | points),
)
attempts = st.builds(Try, moments, st.lists(markings, max_size=4).map(tuple))
histories = st.fixed_dictionaries({}, optional={slug: st.lists(attempts, min_size=1, max_size=3) for slug in SLUGS})
attendances = st.dictionaries(st.sampled_from(SESSIONS), hours).map(
    lambda found: [there(session, hour) for session, hour in found.items()]
)
courses = st.sampled_from(
    [
        ASKED,
        asked_by(create_sample(exercises={"required": ["drill"], "pass": "50%"})),
        asked_by(create_sample(attendance="0%", exercises={"required": "none", "pass": "0%"})),
        asked_by(create_sample(attendance="50%", exercises={"required": ["needs", "drill"], "pass": "30%"})),
    ]
)


def points_by(required: RequiredExercise, tries: Sequence[Try], moment: datetime) -> Fraction:
    """The points of an exercise as its trainee would have seen them then."""
    earned = []
    for each in tries:
        if each.handed_in_at > moment:
            continue
        newest: dict[str, Fraction | None] = {}
        for mark in each.marks:
            if mark.at > moment:
                break  # those made after it stand behind it
            newest[mark.marked_by] = mark.points
        earned.append(points_given(required.wanted, newest))
    return (counted_points(required.spec, earned) or Fraction(0)) if required.wanted else Fraction(0)


def is_enough(asked: Asked, sessions: Sequence[Attended], tries: Mapping[str, Sequence[Try]], by: datetime) -> bool:
    minutes = sum(each.minutes for each in sessions if each.until <= by)
    handed_in = all(any(one.handed_in_at <= by for one in tries.get(each.slug, ())) for each in asked.required)
    earned = sum((points_by(each, tries.get(each.slug, ()), by) for each in asked.required), Fraction(0))
    return minutes >= asked.needed_minutes and handed_in and earned >= asked.needed_points


@given(courses, attendances, histories)
def test_the_replay_finds_what_a_look_at_every_moment_finds(
    asked: Asked, sessions: Sequence[Attended], tries: Mapping[str, Sequence[Try]]
) -> None:
    enough = [is_enough(asked, sessions, tries, at(hour)) for hour in range(31)]
    first = next((hour for hour in range(31) if all(enough[hour:])), None)
    worked = work_out(asked, BEGIN, sessions, tries)
    assert worked.completed_at == (None if first is None else at(first))
    assert (worked.missing == ()) == enough[-1]
    assert worked.handed_in == sum(each.slug in tries for each in asked.required)
    assert worked.earned == sum(points_by(each, tries.get(each.slug, ()), at(30)) for each in asked.required)
    assert worked.attended == sum(worked.minutes_by_year.values()) == sum(each.minutes for each in sessions)


@given(courses, attendances, histories, st.randoms())
def test_the_order_in_which_facts_are_read_does_not_matter(
    asked: Asked, sessions: Sequence[Attended], tries: Mapping[str, Sequence[Try]], random: Any
) -> None:
    shuffled = list(sessions)
    random.shuffle(shuffled)
    assert work_out(asked, BEGIN, shuffled, tries) == work_out(asked, BEGIN, sessions, tries)
