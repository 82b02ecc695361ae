"""The dry run: what a newer version does to everybody's points, exercise by exercise, before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.actions import Graded, graded_or_unmarked
from app.assessment.keys import is_due
from app.assessment.models import Assignment, Attempt, AttemptMember, Marking, Submission
from app.assessment.queries import marks_of, version_that_marks, written_up_to
from app.assessment.rules import Mark, counted_points, result_of, rubric_version, scheme_of
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
    parts_that_differ,
)
from app.regrading.completion import CompletionChange, completion_changes
from app.regrading.queries import ground_of, key_markings
from app.regrading.refusals import Ground, no_longer_asked, why_not
from app.words import Sentence

Turn = Literal["loses", "gains", "waits", "unmarked", "marked", "same"]
"""What becomes of somebody's points: fewer, more, none until somebody has marked, none at all because nobody marks it
any more, some at last, or as they are."""
_ORDER: tuple[Turn, ...] = ("loses", "unmarked", "waits", "gains", "marked", "same")


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
    anew: Mapping[int, tuple[Fraction | None, ...]]
    """Enrolment → for each attempt that counts, oldest first, the points its key will give; None where it adds none."""
    no_longer_asked: str
    """The questions that were taken out; "" where none was."""

    @property
    def says_something(self) -> bool:
        return bool(self.effects or self.old_rubric or self.unmarked or self.no_longer_asked)

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
    completion: tuple[CompletionChange, ...]
    """Of those who complete the course by it, or do so no more."""

    @property
    def telling(self) -> tuple[ExercisePlan, ...]:
        """The exercises in which there is something to tell of somebody."""
        return tuple(each for each in self.exercises if each.says_something)

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
    change_id: int | None
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
    anew: Fraction | None
    """What the key will say to it; None where it says nothing new."""


@dataclass(frozen=True)
class _Wordings:
    """An exercise in both versions."""

    slug: str
    old: CourseVersion
    new: CourseVersion

    def specs(self, attempt: Attempt, answered: CourseVersion) -> tuple[Spec, Spec]:
        """As they mark this attempt: before, and after."""
        return self._spec(self.old, attempt, answered), self._spec(self.new, attempt, answered)

    def marks_after(self, answered: CourseVersion) -> CourseVersion:
        return version_that_marks(answered, self.new, self.slug)

    def _spec(self, taken: CourseVersion, attempt: Attempt, answered: CourseVersion) -> Spec:
        marks = version_that_marks(answered, taken, self.slug)
        return spec_of(marks, self.slug, seed=attempt.seed, carried=attempt.carried)


def plan_of(db: Session, cohort: Cohort, new: CourseVersion) -> Plan:
    """The dry run of a move; nothing is written. A fixed number of statements, and six for an exercise that differs."""
    old, ground = cohort.version, ground_of(db, cohort.id)
    courses = course_of(old), course_of(new)
    change = course_change(*courses, (timetable_of(courses[0]), timetable_of(courses[1])))
    refusals = why_not(*courses, ground)
    begun = [each for each in change.exercises if each.slug in ground.begun]
    if refusals:
        return Plan(old, new, change, ground, refusals, (), ())
    begun += [ExerciseChange(slug, courses[1].exercises[slug].title, ()) for slug in _left(db, cohort.id, begun)]
    exercises = tuple(_exercise(db, cohort, each, new) for each in begun)
    anew = {each.slug: each.anew for each in exercises}
    return Plan(old, new, change, ground, refusals, exercises, completion_changes(db, cohort, new, anew))


def _left(db: Session, cohort_id: int, differing: Sequence[ExerciseChange]) -> list[str]:
    """Other exercises with answers that their key has failed on so far: it is tried again, too."""
    rows = db.scalars(
        select(Assignment.exercise)
        .join(Attempt, Attempt.assignment_id == Assignment.id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .where(Assignment.cohort_id == cohort_id, Submission.unmarked != "")
        .order_by(Assignment.exercise)
        .distinct()
    )
    return [slug for slug in rows if slug not in {each.slug for each in differing}]


def _exercise(db: Session, cohort: Cohort, change: ExerciseChange, new: CourseVersion) -> ExercisePlan:
    wordings = _Wordings(change.slug, cohort.version, new)
    tries = _tries(db, cohort.id, change.slug)
    spec = course_of(new).exercises[change.slug]
    pair = course_of(cohort.version).exercises[change.slug], spec
    marked = _marked(db, wordings, tries)
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
        anew={key: tuple(marked[each.attempt.id].anew for each in those) for key, those in by_person.items()},
        no_longer_asked=no_longer_asked(*pair),
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
        _Try(attempt, change_id, enrolment.id, number, name, withdrawn=enrolment.withdrawn_at is not None)
        for attempt, change_id, enrolment, number, name in rows
    ]


def _marked(db: Session, wordings: _Wordings, tries: Sequence[_Try]) -> dict[int, _Marked]:
    """Attempt → what it comes to before and after; a group's once."""
    attempts = {each.attempt.id: each for each in tries}
    ids = list(attempts)
    marks, written = marks_of(db, ids), written_up_to(db, {key: each.change_id or 0 for key, each in attempts.items()})
    rubrics, keys = _rubrics(db, ids), key_markings(db, ids)
    versions = {each.attempt.version_id for each in tries} | {wordings.old.id, wordings.new.id}
    versions |= {row.version_id for row in keys.values() if row.version_id}
    known = {row.id: row for row in db.scalars(select(CourseVersion).where(CourseVersion.id.in_(versions)))}
    found = {}
    for key, each in attempts.items():
        answered, row = known[each.attempt.version_id], keys.get(key)
        by = known[row.version_id or answered.id] if row else None
        due = is_due(wordings.slug, each.change_id, wordings.marks_after(answered), row, by)
        specs = wordings.specs(each.attempt, answered)
        found[key] = _mark(specs, marks[key], written[key], due=due, rubric=rubrics.get(key, ""))
    return found


def _mark(specs: tuple[Spec, Spec], marks: list[Mark], written: Written, *, due: bool, rubric: str) -> _Marked:
    then, now = specs
    known = graded_or_unmarked(now, written, about="a dry run") if due else None
    said = _said(known) if known else None
    before, after = result_of(then, marks), result_of(now, [*marks, *([said] if said else [])])
    return _Marked(
        before.earned,
        after.earned,
        parts_that_differ(before.keyed, after.keyed),
        by_hand=after.overridden,
        too_much=after.earned is not None and after.earned > after.possible,
        old_rubric=bool(rubric) and rubric != rubric_version(now),
        failed=known is not None and bool(known.unmarked),
        anew=said.earned if said else None,
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
        turn=_turn(before, after, now),
        why=tuple(_all_of(each.why for each in marked)),
        by_hand=any(each.by_hand for each in marked),
        too_much=any(each.too_much for each in marked),
    )


def _turn(before: Fraction | None, after: Fraction | None, spec: Spec) -> Turn:
    """`spec`: by which it is marked afterwards."""
    if before == after:
        return "same"
    if after is None:
        return "waits" if scheme_of(spec) else "unmarked"
    if before is None:
        return "marked"
    return "gains" if after > before else "loses"


def _all_of(changes: Iterable[tuple[PartChange, ...]]) -> Iterator[PartChange]:
    seen = set()
    for change in (each for those in changes for each in those):
        if change not in seen:
            seen.add(change)
            yield change
