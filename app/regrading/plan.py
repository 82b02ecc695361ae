"""The dry run: what a newer version does to everybody's points, exercise by exercise, before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.actions import Graded, graded_or_unmarked
from app.assessment.models import Assignment, Attempt, AttemptMember, Marking, Submission
from app.assessment.queries import marks_of, version_that_marks, written_up_to
from app.assessment.rules import Mark, counted_points, result_of, rubric_version
from app.assessment.sheets import spec_of
from app.assessment.writing import Written
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of, timetable_of
from app.cohorts.models import Cohort, Enrolment
from app.exercises import Spec
from app.exercises.texts import bare_text
from app.regrading.compare import (
    Aspect,
    CourseChange,
    ExerciseChange,
    PartChange,
    course_change,
    keyed,
    marks_alike,
    parts_that_differ,
)
from app.regrading.queries import ground_of
from app.regrading.refusals import Ground, why_not
from app.words import Sentence

Turn = Literal["loses", "gains", "waits", "marked", "same"]
"""What becomes of somebody's points: fewer, more, none until a trainer has marked, some at last, or as they are."""
_ORDER: tuple[Turn, ...] = ("loses", "waits", "gains", "marked", "same")


@dataclass(frozen=True)
class Effect:
    """One person at one exercise."""

    enrolment_id: int
    number: str
    name: str
    withdrawn: bool
    attempt_id: int
    """The newest that counts."""
    before: Fraction | None
    after: Fraction | None
    turn: Turn
    why: tuple[PartChange, ...]
    """The items to which the newer key says something else, all attempts together that count."""
    by_hand: bool
    """Whether points set by hand stand against the key, and stay."""
    too_much: bool
    """Whether what people gave is more than the exercise has to give now."""


@dataclass(frozen=True)
class ExercisePlan:
    """One exercise that differs, with whom it concerns."""

    slug: str
    title: str
    private: bool
    aspects: tuple[Aspect, ...]
    effects: tuple[Effect, ...]
    """Of those who handed it in and for whom something changes: those who lose first."""
    handed_in: int
    """People."""
    old_rubric: int
    """Answers that a trainer has marked with the rubric of before."""
    unmarked: int
    """Answers that the newer key fails on; they keep their marks."""

    def count(self, turn: Turn) -> int:
        return sum(each.turn == turn for each in self.effects)


@dataclass(frozen=True)
class Plan:
    """What a move comes to."""

    old: CourseVersion
    new: CourseVersion
    change: CourseChange
    ground: Ground
    refusals: tuple[Sentence, ...]
    exercises: tuple[ExercisePlan, ...]

    @property
    def telling(self) -> tuple[ExercisePlan, ...]:
        """The exercises in which there is something to tell of somebody."""
        return tuple(each for each in self.exercises if each.effects or each.old_rubric or each.unmarked)

    @property
    def gains(self) -> int:
        return sum(each.count("gains") for each in self.exercises)

    @property
    def loses(self) -> int:
        return sum(each.count("loses") for each in self.exercises)

    @property
    def waits(self) -> int:
        return sum(each.count("waits") for each in self.exercises)


@dataclass(frozen=True)
class _Try:
    """An attempt that counts."""

    attempt: Attempt
    change_id: int
    enrolment_id: int
    number: str
    name: str
    withdrawn: bool


@dataclass(frozen=True)
class _Marked:
    """What an attempt comes to before and after."""

    before: Fraction | None
    after: Fraction | None
    why: tuple[PartChange, ...]
    by_hand: bool
    too_much: bool
    old_rubric: bool
    failed: bool


@dataclass(frozen=True)
class _Wordings:
    """An exercise in both versions."""

    slug: str
    old: CourseVersion
    new: CourseVersion

    def specs(self, attempt: Attempt, answered: CourseVersion) -> tuple[Spec, Spec]:
        """As they mark this attempt: before, and after."""
        return self._spec(self.old, attempt, answered), self._spec(self.new, attempt, answered)

    def _spec(self, taken: CourseVersion, attempt: Attempt, answered: CourseVersion) -> Spec:
        marks = version_that_marks(answered, taken, self.slug)
        return spec_of(marks, self.slug, seed=attempt.seed, carried=attempt.carried)


def plan_of(db: Session, cohort: Cohort, new: CourseVersion) -> Plan:
    """The dry run of a move; nothing is written. Five statements, and five for each exercise that differs."""
    old, ground = cohort.version, ground_of(db, cohort.id)
    courses = course_of(old), course_of(new)
    change = course_change(*courses, (timetable_of(courses[0]), timetable_of(courses[1])))
    refusals = why_not(*courses, ground)
    begun = [each for each in change.exercises if each.slug in ground.begun]
    exercises = () if refusals else tuple(_exercise(db, cohort, each, new) for each in begun)
    return Plan(old, new, change, ground, refusals, exercises)


def _exercise(db: Session, cohort: Cohort, change: ExerciseChange, new: CourseVersion) -> ExercisePlan:
    wordings = _Wordings(change.slug, cohort.version, new)
    tries = _tries(db, cohort.id, change.slug)
    spec = course_of(new).exercises[change.slug]
    pair = course_of(cohort.version).exercises[change.slug], spec
    marked = _marked(db, wordings, tries, alike=marks_alike(*pair))
    by_person: defaultdict[int, list[_Try]] = defaultdict(list)
    for each in tries:
        by_person[each.enrolment_id].append(each)
    effects = [_effect(those, [marked[each.attempt.id] for each in those], pair) for those in by_person.values()]
    told = sorted((each for each in effects if _is_told(each)), key=lambda each: _ORDER.index(each.turn))
    return ExercisePlan(
        change.slug,
        bare_text(spec.title),
        spec.private,
        change.aspects,
        tuple(told),
        handed_in=len(by_person),
        old_rubric=sum(each.old_rubric for each in marked.values()),
        unmarked=sum(each.failed for each in marked.values()),
    )


def _is_told(effect: Effect) -> bool:
    return effect.turn != "same" or bool(effect.why) or effect.too_much


def _tries(db: Session, cohort_id: int, exercise: str) -> list[_Try]:
    """Handed in and not given back, by name, those of one person in their order."""
    rows = db.execute(
        select(Attempt, Submission.change_id, Enrolment, Person.number, Person.display_name)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(AttemptMember, AttemptMember.attempt_id == Attempt.id)
        .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Assignment.cohort_id == cohort_id, Assignment.exercise == exercise, Attempt.returned_at.is_(None))
        .order_by(Person.display_name, Enrolment.id, AttemptMember.number)
    )
    return [
        _Try(attempt, change_id or 0, enrolment.id, number, name, withdrawn=enrolment.withdrawn_at is not None)
        for attempt, change_id, enrolment, number, name in rows
    ]


def _marked(db: Session, wordings: _Wordings, tries: Sequence[_Try], *, alike: bool) -> dict[int, _Marked]:
    """Attempt → what it comes to before and after; a group's once. `alike`: whether both keys say the same."""
    attempts = {each.attempt.id: each for each in tries}
    ids = list(attempts)
    marks, written = marks_of(db, ids), written_up_to(db, {key: each.change_id for key, each in attempts.items()})
    rubrics = _rubrics(db, ids)
    versions = {each.attempt.version_id for each in tries} | {wordings.old.id, wordings.new.id}
    answered = {row.id: row for row in db.scalars(select(CourseVersion).where(CourseVersion.id.in_(versions)))}
    return {
        key: _mark(
            wordings.specs(each.attempt, answered[each.attempt.version_id]),
            marks[key],
            written[key],
            alike=alike,
            rubric=rubrics.get(key, ""),
        )
        for key, each in attempts.items()
    }


def _mark(specs: tuple[Spec, Spec], marks: list[Mark], written: Written, *, alike: bool, rubric: str) -> _Marked:
    then, now = specs
    key = next((mark for mark in reversed(marks) if mark.marked_by == "key"), None)
    said = key
    failed = False
    if keyed(now) and (key is None or not alike):
        known = graded_or_unmarked(now, written, about="a dry run")
        failed, said = bool(known.unmarked), _said(known) or key
    before, after = result_of(then, marks), result_of(now, [*marks, *([said] if said else [])])
    return _Marked(
        before.earned,
        after.earned,
        parts_that_differ(before.keyed, after.keyed),
        by_hand=after.overridden,
        too_much=after.earned is not None and after.earned > after.possible,
        old_rubric=bool(rubric) and rubric != rubric_version(now),
        failed=failed,
    )


def _said(known: Graded) -> Mark | None:
    return None if known.earned is None else Mark("key", known.earned, known.parts)


def _rubrics(db: Session, attempt_ids: Sequence[int]) -> dict[int, str]:
    """Attempt → the version of the rubric with which a trainer marked it last; nothing where that was taken back."""
    rows = db.scalars(
        select(Marking).where(Marking.attempt_id.in_(attempt_ids), Marking.marked_by == "trainer").order_by(Marking.id)
    )
    return {row.attempt_id: row.rubric if row.earned is not None else "" for row in rows}


def _effect(tries: Sequence[_Try], marked: Sequence[_Marked], specs: tuple[Spec, Spec]) -> Effect:
    who = tries[-1]
    then, now = specs
    before = counted_points(then, [each.before for each in marked])
    after = counted_points(now, [each.after for each in marked])
    return Effect(
        who.enrolment_id,
        who.number,
        who.name,
        who.withdrawn,
        who.attempt.id,
        before,
        after,
        turn=_turn(before, after),
        why=tuple(_all_of(each.why for each in marked)),
        by_hand=any(each.by_hand for each in marked),
        too_much=any(each.too_much for each in marked),
    )


def _turn(before: Fraction | None, after: Fraction | None) -> Turn:
    if before == after:
        return "same"
    if after is None:
        return "waits"
    if before is None:
        return "marked"
    return "gains" if after > before else "loses"


def _all_of(changes: Iterable[tuple[PartChange, ...]]) -> Iterator[PartChange]:
    seen = set()
    for change in (each for those in changes for each in those):
        if change not in seen:
            seen.add(change)
            yield change
