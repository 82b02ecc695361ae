"""What counts and who may see it: decisions about assignments, attempts and marks over plain values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import Any, Literal

from app.assessment.models import COUNTED
from app.exercises import JUDGES, Spec
from app.exercises.kind import Grade, Part
from app.words import Sentence, say

TaskState = Literal["not_open", "open", "started", "returned", "handed_in", "marked", "closed"]
Counting = Literal["best", "last", "mean"]
"""Which of several attempts counts."""
STATE_WORDS: Mapping[TaskState, Sentence] = {
    "not_open": say("Not open yet"),
    "open": say("Not started"),
    "started": say("In progress"),
    "returned": say("To revise"),
    "handed_in": say("Handed in"),
    "marked": say("Marked"),
    "closed": say("Closed"),
}
"""The state of an exercise for one trainee, in the same words for trainee and trainer."""
STATE_CHIPS: Mapping[TaskState, tuple[str, str]] = {
    "not_open": ("", "calendar-days"),
    "open": ("", ""),
    "started": ("due", "pencil-line"),
    "returned": ("late", "undo-2"),
    "handed_in": ("now", "check"),
    "marked": ("done", "check"),
    "closed": ("", "lock"),
}
"""The kind of the chip and its icon, as the macro `chip` takes them."""


MOST_SEED = 2**62
GRACE = timedelta(seconds=30)
"""How long after the end a save still counts: pages show the end, and what was sent before it may travel a while."""


@dataclass(frozen=True)
class Times:
    """From when and until when an exercise can be done, and since when results may be seen. None: no such limit."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    released_at: datetime | None = None
    minutes: int | None = None
    """How long one attempt may take from its start."""
    due_at: datetime | None = None
    """What is handed in later is late, and still taken."""

    def with_extra(self, minutes: int) -> Times:
        """The times of somebody who has so many minutes more."""
        more = timedelta(minutes=minutes)
        closes_at, due_at = (each and each + more for each in (self.closes_at, self.due_at))
        return replace(self, closes_at=closes_at, due_at=due_at)

    def not_open_yet(self, now: datetime) -> bool:
        return self.opens_at is not None and now < self.opens_at

    def is_closed(self, now: datetime) -> bool:
        return self.closes_at is not None and now >= self.closes_at

    def is_released(self, now: datetime) -> bool:
        return self.released_at is not None and now >= self.released_at


def seed_for(party: int | str, exercise: str, number: int) -> int:
    """Which variant somebody has in an attempt: the same before it begins, since its sheet may be printed by then.

    `party`: the enrolment of whoever works alone, or what names a pair or group.
    """
    drawn = sha256(f"{party}/{exercise}/{number}".encode()).digest()
    return int.from_bytes(drawn[:8]) % MOST_SEED + 1  # 0 is the variant that is shown to nobody in particular


def end_of(times: Times, *, started_at: datetime, extra: int) -> datetime | None:
    """When an attempt ends that began then, of somebody with so many extra minutes; None: never."""
    limits = [times.closes_at] if times.closes_at else []
    if times.minutes is not None:
        limits.append(started_at + timedelta(minutes=times.minutes))
    return min(limits) + timedelta(minutes=extra) if limits else None


def is_over(end: datetime | None, now: datetime) -> bool:
    """Whether what arrives by now comes too late to count."""
    return end is not None and now >= end + GRACE


def sweep_time(end: datetime | None, *, started_at: datetime) -> datetime | None:
    """When an attempt is handed in by itself. Never where it began after its end: nobody could write in it yet."""
    return None if end is None or end <= started_at else end + GRACE


@dataclass(frozen=True)
class Mark:
    """A row of Marking as a value."""

    marked_by: str
    earned: Fraction | None
    parts: Mapping[str, Any]
    comment: str = ""
    reason: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Scheme:
    """Which markings make up the points of an exercise: the key's, and the words of people by their shares."""

    keyed: bool = False
    people: tuple[tuple[str, Fraction], ...] = ()
    """Marked by whom → their share of the rubric's points; the shares add up to 1. None where there is no rubric."""

    def __bool__(self) -> bool:
        return self.keyed or bool(self.people)

    @property
    def wants_trainer(self) -> bool:
        return any(marked_by == "trainer" for marked_by, _ in self.people)


@dataclass(frozen=True)
class Verdict:
    """What one side has said with the rubric."""

    marked_by: str
    share: Fraction
    """Of the rubric's points, as they are put together here."""
    points: Fraction
    levels: tuple[Fraction, ...]
    comment: str


@dataclass(frozen=True)
class Result:
    """What an attempt that was handed in comes to, as far as it is marked."""

    possible: Fraction
    earned: Fraction | None
    """None until everything is marked that gives points."""
    keyed: tuple[Part, ...] = ()
    levels: tuple[Fraction | None, ...] = ()
    """For each criterion of the rubric the points given, all sides together; None where they are not known yet."""
    comment: str = ""
    overridden: bool = False
    reason: str = ""
    verdicts: tuple[Verdict, ...] = ()
    """The sides that count, each with what it said."""

    @property
    def waits(self) -> bool:
        """Whether a person's marks are missing."""
        return self.earned is None and self.possible > 0


def needs_person(spec: Spec) -> bool:
    """Whether a person must mark what is handed in."""
    return bool(spec.rubric)


def scheme_of(spec: Spec) -> Scheme:
    """Which markings make up the whole, where no override stands against them."""
    sides = [each for each in JUDGES if each in spec.marking] if spec.rubric else []
    if spec.reviewing is not None and spec.reviewing.decides == "trainer" and "trainer" in sides:
        sides.remove("peer")  # they advise
    weights = {each: spec.shares.get(each, Fraction(1)) for each in sides}
    total = sum(weights.values(), Fraction(0))
    return Scheme(spec.key_points > 0, tuple((each, weight / total) for each, weight in weights.items()))


def counting_sides(scheme: Scheme, newest: Mapping[str, Fraction | None]) -> tuple[tuple[str, Fraction], ...] | None:
    """The sides whose words make up the rubric's points, with their shares by now; None while one is awaited.

    `newest`: marked by whom → the newest points; no points where that side was left out, which the others make up for.
    Where the scheme does not ask for a trainer, a trainer's word stands in for everybody's.
    """
    if not scheme.people:
        return ()
    if newest.get("trainer") is not None and not scheme.wants_trainer:
        return (("trainer", Fraction(1)),)
    there = [(side, share) for side, share in scheme.people if newest.get(side) is not None]
    awaited = any(side not in newest or (side == "trainer" and newest[side] is None) for side, _ in scheme.people)
    if awaited or not there:
        return None
    if len(there) == len(scheme.people):
        return scheme.people
    total = sum((share for _, share in there), Fraction(0))
    return tuple((side, share / total) for side, share in there)


def waits_for_trainer(scheme: Scheme, newest: Mapping[str, Fraction | None], *, asked: bool) -> bool:
    """Whether an answer stands in the inbox of its trainers. `asked`: peers or observers are at it meanwhile."""
    if newest.get("override") is not None or counting_sides(scheme, newest) is not None:
        return False
    return (scheme.wants_trainer and newest.get("trainer") is None) or not asked


def result_of(spec: Spec, marks: Iterable[Mark]) -> Result:
    """The newest marking of each side counts, a trainer's override before all others.

    A marking by key that comes later changes the key's part alone. An override without points takes back the one
    before it; so does a trainer's marking without points.
    """
    newest = {str(mark.marked_by): mark for mark in marks if mark.marked_by in COUNTED}
    key, person, override = newest.get("key"), newest.get("trainer"), newest.get("override")
    overridden = override is not None and override.earned is not None
    scheme, points = scheme_of(spec), {side: mark.earned for side, mark in newest.items()}
    verdicts = tuple(_verdict(newest[side], share) for side, share in counting_sides(scheme, points) or ())
    return Result(
        possible=spec.points,
        earned=points_given(scheme, points),
        keyed=keyed_parts(key.parts) if key and scheme.keyed else (),
        levels=_levels(spec, verdicts),
        comment=person.comment if person and person.earned is not None else "",
        overridden=overridden,
        reason=override.reason if override and overridden else "",
        verdicts=verdicts,
    )


def key_marking(grade: Grade) -> dict[str, Any]:
    """The `parts` of a marking by key."""
    return {"parts": [part.model_dump(mode="json") for part in grade.parts]}


def keyed_parts(stored: Mapping[str, Any]) -> tuple[Part, ...]:
    """The items of a stored marking by key."""
    return tuple(Part.model_validate(part) for part in stored.get("parts", ()))


def rubric_marking(levels: Sequence[Fraction]) -> dict[str, Any]:
    """The `parts` of a trainer's marking: for each criterion the points given."""
    return {"levels": [str(points) for points in levels]}


def levels_of(mark: Mark) -> tuple[Fraction, ...]:
    """For each criterion the points that a person gave."""
    return tuple(Fraction(points) for points in mark.parts.get("levels", ()))


def rubric_version(spec: Spec) -> str:
    """Which rubric a person marks with: changes with its words and points; "" where there is none."""
    if not spec.rubric:
        return ""
    text = json.dumps([each.model_dump(mode="json") for each in spec.rubric], ensure_ascii=False, sort_keys=True)
    return sha256(text.encode()).hexdigest()[:12]


def points_given(scheme: Scheme, newest: Mapping[str, Fraction | None]) -> Fraction | None:
    """What `result_of` says the points are, from the newest points of each side alone."""
    override = newest.get("override")
    if override is not None:
        return override
    sides = counting_sides(scheme, newest)
    if not scheme or sides is None or (scheme.keyed and newest.get("key") is None):
        return None
    if not sides:
        return newest["key"]
    given = [points * share for side, share in sides if (points := newest.get(side)) is not None]
    if scheme.keyed and (keyed := newest["key"]) is not None:
        given.append(keyed)
    return given[0] if len(given) == 1 else sum(given, Fraction(0))


def counted_points(spec: Spec, earned: Sequence[Fraction | None]) -> Fraction | None:
    """What the points of several attempts come to, oldest first; None while the one that decides is not marked."""
    return counted_by(spec.counting, earned)


def counted_by(counting: Counting, earned: Sequence[Fraction | None]) -> Fraction | None:
    """The same, by one of the ways of counting."""
    known = [points for points in earned if points is not None]
    match counting:
        case "best":
            return max(known, default=None)
        case "last":
            return earned[-1] if earned else None
        case "mean":
            return sum(known, Fraction(0)) / len(known) if known and len(known) == len(earned) else None


def may_see_result(spec: Spec, times: Times, now: datetime) -> bool:
    """Whether somebody who handed in may see points and feedback by now."""
    match spec.feedback:
        case "at_once" | "on_hand_in":
            return True
        case "on_release":
            return times.is_released(now)
        case "after_close":
            return times.is_closed(now) or times.is_released(now)


def attempts_left(spec: Spec, used: int) -> bool:
    """Whether another attempt may be begun; those that were given back do not count."""
    return spec.attempts == "unlimited" or used < spec.attempts


@dataclass(frozen=True)
class Tries:
    """What one trainee did about one exercise."""

    begun: bool = False
    """Whether an attempt is under way."""
    given_back: bool = False
    """Whether the one under way follows one that was given back."""
    handed_in: bool = False
    """Whether an attempt that counts was handed in."""
    waits: bool = False
    """Whether a handed-in one has no marks to be seen: they are missing, may not be seen yet, or none are given."""
    ends_at: datetime | None = None
    """When the newest one ends; None: with the exercise."""


def tries_of(attempts: Sequence[tuple[bool, bool]], *, waits: bool, ends_at: datetime | None = None) -> Tries:
    """What a trainee did: for each attempt, oldest first, whether it was handed in, and whether it was given back.

    `ends_at`: of the newest.
    """
    begun = bool(attempts) and attempts[-1] == (False, False)
    return Tries(
        begun,
        given_back=begun and len(attempts) > 1 and attempts[-2][1],
        handed_in=any(handed_in and not given_back for handed_in, given_back in attempts),
        waits=waits,
        ends_at=ends_at,
    )


def task_state(times: Times, tries: Tries, now: datetime) -> TaskState:
    """The state of an exercise for a trainee; `times`: with what they have extra."""
    over = is_over(tries.ends_at or times.closes_at, now)
    if tries.begun and not over:
        return "returned" if tries.given_back else "started"
    if tries.handed_in:
        return "handed_in" if tries.waits else "marked"
    if times.is_closed(now) or (tries.begun and over):
        return "closed"
    return "not_open" if times.not_open_yet(now) else "open"


def _verdict(mark: Mark, share: Fraction) -> Verdict:
    return Verdict(mark.marked_by, share, mark.earned or Fraction(0), levels_of(mark), mark.comment)


def _levels(spec: Spec, verdicts: Sequence[Verdict]) -> tuple[Fraction | None, ...]:
    """All sides together, criterion by criterion; a rubric that has other criteria by now tells nothing of them."""
    count = len(spec.rubric)
    if not verdicts or any(len(each.levels) != count for each in verdicts):
        return (None,) * count
    return tuple(sum((each.levels[n] * each.share for each in verdicts), Fraction(0)) for n in range(count))
