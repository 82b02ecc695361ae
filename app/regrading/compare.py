"""What differs between two versions of a course and of an exercise, and between two markings by key. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from app.courses.outline import Course
from app.courses.timetable import Timetable
from app.exercises import Part, Spec, kind_of, secret_of
from app.exercises.kind import Secret
from app.words import Sentence, say

Aspect = Literal["key", "rubric", "points", "marking", "drawn", "hints", "settings", "texts", "notes"]
ASPECT_WORDS: Mapping[Aspect, Sentence] = {
    "key": say("the key"),
    "rubric": say("the rubric"),
    "points": say("how many points"),
    "marking": say("who marks"),
    "drawn": say("what is drawn"),
    "hints": say("the hints"),
    "settings": say("rules: time, attempts, feedback"),
    "texts": say("the texts"),
    "notes": say("notes for trainers"),
}
_HEAD: Mapping[Aspect, tuple[str, ...]] = {
    "rubric": ("rubric",),
    "points": ("points",),
    "marking": ("marking", "shares", "reviewing"),
    "drawn": ("vary",),
    "hints": ("hints",),
    "settings": ("minutes", "work", "discussion", "feedback", "attempts", "counting", "private"),
    "notes": ("note", "source"),
}
"""What differs → the keys of the common head that say so."""


@dataclass(frozen=True)
class ExerciseChange:
    """An exercise that reads or is marked otherwise in the newer version."""

    slug: str
    title: str
    aspects: tuple[Aspect, ...]


@dataclass(frozen=True)
class CourseChange:
    """What a newer version of a course has that the older has not, and the other way round."""

    exercises: tuple[ExerciseChange, ...]
    added: tuple[str, ...]
    """Titles of exercises."""
    removed: tuple[str, ...]
    sessions_added: tuple[str, ...]
    """Titles of sessions; they have no date yet."""
    sessions_removed: tuple[str, ...]
    retimed: tuple[str, ...]
    """Titles of sessions whose taught minutes differ."""
    completion: bool
    """Whether completion asks for something else."""

    @property
    def marks_nothing(self) -> bool:
        return not self.exercises


@dataclass(frozen=True)
class PartChange:
    """An item for which two versions of a key give different points; None where one of them has it not."""

    label: str
    before: Fraction | None
    after: Fraction | None
    possible: Fraction
    """By the newer key, or by the older where that alone has it."""


def course_change(old: Course, new: Course, timetables: tuple[Timetable, Timetable]) -> CourseChange:
    """What differs between two versions of a course; `timetables`: theirs."""
    before, after = frozenset(old.exercise_slugs), frozenset(new.exercise_slugs)
    then, now = ({timed.session.id: timed for timed in each.sessions} for each in timetables)
    return CourseChange(
        exercises=tuple(_exercise_changes(old, new)),
        added=tuple(new.exercises[slug].title for slug in new.exercise_slugs if slug not in before),
        removed=tuple(old.exercises[slug].title for slug in old.exercise_slugs if slug not in after),
        sessions_added=tuple(timed.session.title for key, timed in now.items() if key not in then),
        sessions_removed=tuple(timed.session.title for key, timed in then.items() if key not in now),
        retimed=tuple(
            timed.session.title for key, timed in now.items() if key in then and then[key].taught != timed.taught
        ),
        completion=old.completion != new.completion,
    )


def _exercise_changes(old: Course, new: Course) -> Iterator[ExerciseChange]:
    for slug in new.exercise_slugs:
        then, now = old.exercises.get(slug), new.exercises[slug]
        if then is not None and slug in old.exercise_slugs and then != now:
            yield ExerciseChange(slug, now.title, aspects_of(then, now))


def aspects_of(old: Spec, new: Spec) -> tuple[Aspect, ...]:
    """In which respects two wordings of an exercise differ; of another kind, in all that its texts and key are."""
    if old.kind != new.kind:
        return ("key", "texts")
    found: set[Aspect] = {
        aspect for aspect, keys in _HEAD.items() if any(getattr(old, key) != getattr(new, key) for key in keys)
    }
    then, now = (spec.model_dump(mode="json") for spec in (old, new))
    if _picked(then, kind_of(old).secret) != _picked(now, kind_of(new).secret):
        found.add("key")
    if _reason_answers(old) != _reason_answers(new):
        found.add("notes")
    if _public(old) != _public(new) or not found:
        found.add("texts")
    return tuple(aspect for aspect in ASPECT_WORDS if aspect in found)


def parts_that_differ(before: Sequence[Part], after: Sequence[Part]) -> tuple[PartChange, ...]:
    """The items in which two markings by key differ, in the order of the newer."""
    then, now = ({part.id: part for part in each} for each in (before, after))
    found = (_part_change(then.get(part_id), now.get(part_id)) for part_id in dict.fromkeys((*now, *then)))
    return tuple(change for change in found if change is not None)


def _part_change(then: Part | None, now: Part | None) -> PartChange | None:
    known = now or then
    if known is None or (then and now and then.earned == now.earned):
        return None
    return PartChange(known.label, then.earned if then else None, now.earned if now else None, known.possible)


def _public(spec: Spec) -> Mapping[str, Any]:
    """What a trainee may read of it, but what other aspects tell."""
    told = frozenset().union(*_HEAD.values())
    dumped = spec.model_dump(mode="json", exclude=secret_of(spec))
    return {key: value for key, value in dumped.items() if key not in told}


def _reason_answers(spec: Spec) -> Iterable[str]:
    return [reason.answer for reason in spec.reasons]


def _picked(value: object, secret: Secret | Literal[True]) -> object:
    """The secret parts of a dumped spec alone."""
    if secret is True:
        return value
    if isinstance(value, list):
        return [_picked(each, secret.get("__all__", {})) for each in value]
    if isinstance(value, Mapping):
        return {name: _picked(value[name], inner) for name, inner in secret.items() if name in value}
    return None
