"""What completion comes to, over plain values: what a course asks for, what somebody did, since when it is enough."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from math import ceil
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from app.assessment.rules import Scheme, counted_points, points_given, scheme_of
from app.courses.outline import Course
from app.courses.timetable import Timetable
from app.exercises import Spec

ATTENDED = ("present", "late", "left_early")
"""The states of attendance that count as having been there."""
NOTHING = Fraction(0)
HUNDRED = 100


@dataclass(frozen=True)
class Condition:
    """One of the things that completion asks for: minutes, exercises or points."""

    kind: Literal["attendance", "exercises", "points"]
    met: bool
    have: Fraction
    need: Fraction


@dataclass(frozen=True)
class Missing:
    """Something that stands between somebody and completion."""

    kind: Literal["attendance", "exercise", "marks", "points"]
    """Time attended, an exercise not handed in, a trainer's marks, or points."""
    exercise: str = ""
    private: bool = False
    minutes: int = 0
    points: Fraction = NOTHING

    def stored(self) -> dict[str, Any]:
        """As it stands in Progress."""
        match self.kind:
            case "attendance":
                return {"kind": self.kind, "minutes": self.minutes}
            case "points":
                return {"kind": self.kind, "points": str(self.points)}
            case "marks":
                return {"kind": self.kind, "exercise": self.exercise}
            case "exercise":
                return {"kind": self.kind, "exercise": self.exercise, "private": self.private}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Missing:
        """What `stored` wrote."""
        return cls(
            stored["kind"],
            stored.get("exercise", ""),
            private=stored.get("private", False),
            minutes=stored.get("minutes", 0),
            points=Fraction(stored["points"]) if "points" in stored else NOTHING,
        )


@dataclass(frozen=True)
class RequiredExercise:
    """An exercise that completion asks for."""

    slug: str
    spec: Spec
    wanted: Scheme
    """The markings that make up its points; none where its points do not count."""

    @property
    def points(self) -> Fraction:
        """What it adds to the points that can be earned: nothing where nobody marks it, or where it is private."""
        return self.spec.points if self.wanted else NOTHING


@dataclass(frozen=True)
class Asked:
    """What a course asks for."""

    minutes: Mapping[str, int]
    """Session of the outline → its taught minutes, net of breaks."""
    taught: int
    needed_minutes: Fraction
    required: tuple[RequiredExercise, ...]
    possible: Fraction
    """The points that can be earned in the required exercises."""
    needed_points: Fraction

    @property
    def passes(self) -> Fraction:
        """The share of the points that is asked for."""
        return self.needed_points / self.possible if self.possible else NOTHING


class Attended(NamedTuple):
    """A session that somebody attended."""

    until: datetime
    year: int
    """Of its date on the wall of the room."""
    minutes: int
    """Net of breaks."""


class Mark(NamedTuple):
    """A marking; those of an attempt stand in the order in which they were made."""

    at: datetime
    marked_by: str
    points: Fraction | None


class Try(NamedTuple):
    """An attempt that was handed in and not given back; those at an exercise stand in their order."""

    handed_in_at: datetime
    marks: Sequence[Mark]


@dataclass(frozen=True)
class Worked:
    """What somebody's facts come to."""

    attended: int
    minutes_by_year: Mapping[str, int]
    handed_in: int
    earned: Fraction
    missing: tuple[Missing, ...]
    completed_at: datetime | None
    """Since when everything asked for is there, as the facts stand by now."""


def required_exercises(course: Course) -> tuple[str, ...]:
    """The exercises that completion asks for, in the order of the course: all of its slots, or those it names."""
    required = course.completion.exercises.required
    if required == "none":
        return ()
    if required == "all":
        in_slots = (slug for session in course.sessions for slot in session.slots for slug in slot.exercise)
        return tuple(dict.fromkeys(in_slots))
    return tuple(slug for slug in course.exercise_slugs if slug in required)


def asked_of(course: Course, timetable: Timetable) -> Asked:
    """What a course asks for. One that asks for nothing is completed by having been there at all."""
    minutes = {timed.session.id: timed.taught for timed in timetable.sessions}
    required = tuple(_required(slug, course.exercises[slug]) for slug in required_exercises(course))
    possible = sum((each.points for each in required), NOTHING)
    taught = timetable.taught
    needed = least_minutes(share(course.completion.attendance) * taught, taught, required=len(required))
    return Asked(minutes, taught, needed, required, possible, share(course.completion.exercises.pass_) * possible)


def asked_without(asked: Asked, excused: Collection[str]) -> Asked:
    """What is asked of somebody who is excused from these exercises: they are neither asked nor counted."""
    required = tuple(each for each in asked.required if each.slug not in excused)
    if len(required) == len(asked.required):
        return asked
    possible = sum((each.points for each in required), NOTHING)
    needed = least_minutes(asked.needed_minutes, asked.taught, required=len(required))
    return replace(
        asked, needed_minutes=needed, required=required, possible=possible, needed_points=asked.passes * possible
    )


def least_minutes(needed: Fraction, taught: int, *, required: int) -> Fraction:
    """The minutes that are asked for; one where nothing else is asked for at all."""
    return needed if needed or required else Fraction(min(1, taught))


def share(percent: str) -> Fraction:
    """«80%» as a fraction."""
    return Fraction(int(percent.rstrip("% ")), HUNDRED)


def work_out(
    asked: Asked, begins: datetime, attended: Iterable[Attended], tries: Mapping[str, Sequence[Try]]
) -> Worked:
    """What facts come to, replayed once in the order of their moments.

    A session counts from its end on, whenever it was ticked; an exercise from when it was first handed in; points as
    they stood after each marking. What was given back never was. `begins`: from when it is completed where nothing is
    lacking at all.
    """
    sessions = list(attended)
    steps: list[_Step] = [_Step(each.until, each.minutes, 0, NOTHING) for each in sessions]
    open_, waiting, to_come = [], [], NOTHING
    for each in asked.required:
        done = tries.get(each.slug, ())
        if done:
            steps.append(_Step(min(one.handed_in_at for one in done), 0, 1, NOTHING))
        else:
            open_.append(each)
            to_come += each.points
        if done and each.wanted:
            found, points, waits = _points_steps(each, done)
            steps += found
            if waits:
                waiting.append(each)
                to_come += each.points - points
    minutes, earned, since = _replay(asked, begins, steps)
    missing = _missing(asked, minutes, earned, open_=open_, waiting=waiting, to_come=to_come)
    return Worked(minutes, _by_year(sessions), len(asked.required) - len(open_), earned, missing, since)


class _Step(NamedTuple):
    """What a moment adds: minutes attended, exercises handed in, points (or takes away)."""

    at: datetime
    minutes: int
    handed_in: int
    points: Fraction


def _required(slug: str, spec: Spec) -> RequiredExercise:
    return RequiredExercise(slug, spec, Scheme() if spec.private else scheme_of(spec))


def _replay(asked: Asked, begins: datetime, steps: list[_Step]) -> tuple[int, Fraction, datetime | None]:
    """Minutes and points in the end, and since when all conditions hold."""
    least, exercises = ceil(asked.needed_minutes), len(asked.required)
    minutes, handed_in, earned = 0, 0, NOTHING
    since = begins if not (least or exercises) else None
    steps.sort(key=itemgetter(0))
    for number, step in enumerate(steps, 1):
        minutes, handed_in = minutes + step.minutes, handed_in + step.handed_in
        if step.points:
            earned += step.points
        if number < len(steps) and steps[number].at == step.at:
            continue  # what happens at one moment happens together
        if minutes < least or handed_in < exercises or earned < asked.needed_points:
            since = None
        elif since is None:
            since = step.at
    return minutes, earned, since


def _points_steps(required: RequiredExercise, tries: Sequence[Try]) -> tuple[list[_Step], Fraction, bool]:
    """How the points of an exercise came about, what they are in the end, and whether marks are missing.

    What waits for a person's marks has no points as yet.
    """
    newest: dict[int, dict[str, Fraction | None]] = {}
    steps, points = [], NOTHING
    for at, number, mark in _in_order(tries):
        given = newest.setdefault(number, {})
        if mark is not None:
            given[mark.marked_by] = mark.points
        now = counted_points(required.spec, [points_given(required.wanted, newest[each]) for each in sorted(newest)])
        if (now or NOTHING) != points:
            steps.append(_Step(at, 0, 0, (now or NOTHING) - points))
            points = now or NOTHING
    return steps, points, any(points_given(required.wanted, given) is None for given in newest.values())


def _in_order(tries: Sequence[Try]) -> Iterable[tuple[datetime, int, Mark | None]]:
    """Hand-ins and markings by moment. A marking never counts before the one it replaces, nor before the hand-in."""
    found: list[tuple[datetime, int, Mark | None]] = []
    for number, each in enumerate(tries):
        reached = each.handed_in_at
        found.append((reached, number, None))
        for mark in each.marks:
            reached = max(reached, mark.at)
            found.append((reached, number, mark))
    found.sort(key=itemgetter(0))
    return found


def _missing(
    asked: Asked,
    minutes: int,
    earned: Fraction,
    *,
    open_: Sequence[RequiredExercise],
    waiting: Sequence[RequiredExercise],
    to_come: Fraction,
) -> tuple[Missing, ...]:
    """Points are missing only where what is open and what waits for marks could not bring them any more."""
    found: list[Missing] = []
    if minutes < asked.needed_minutes:
        found.append(Missing("attendance", minutes=ceil(asked.needed_minutes - minutes)))
    found.extend(Missing("exercise", each.slug, private=each.spec.private) for each in open_)
    lacking = asked.needed_points - earned
    if lacking > 0:
        found.extend(Missing("marks", each.slug) for each in waiting)
    if lacking > max(to_come, NOTHING):
        found.append(Missing("points", points=lacking))
    return tuple(found)


def _by_year(sessions: Iterable[Attended]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in sorted(sessions, key=itemgetter(1)):
        if each.minutes:
            found[str(each.year)] = found.get(str(each.year), 0) + each.minutes
    return found
