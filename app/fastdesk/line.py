"""Which answers are marked one after the other: those to an exercise or those of a person, and where each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import COUNTED, Assignment, Attempt, AttemptMember, Marking, Submission
from app.assessment.rules import points_given, scheme_of
from app.catalogue.models import CourseVersion, PublishedCourse
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, CohortTrainer, Enrolment
from app.errors import NotFound
from app.exercises import Spec
from app.exercises.texts import bare_text
from app.marking.anonymous import Choice, Veil, choice_of, veil_over
from app.marking.models import Claim, Likeness
from app.web.guards import NOTHING_HERE
from app.web.language import words
from app.web.viewing import Viewer
from app.words import say


@dataclass(frozen=True)
class Scope:
    """Answers to an exercise, or of a person, in a cohort that the viewer trains; marked a second time or not."""

    cohort: Cohort
    version: CourseVersion
    """That the cohort takes by now."""
    course_slug: str
    exercise: str | None = None
    enrolment_id: int | None = None
    second: bool = False

    def spec(self, exercise: str) -> Spec | None:
        return course_of(self.version).exercises.get(exercise)


@dataclass(frozen=True)
class Place:
    """An answer in the line."""

    attempt_id: int
    exercise: str
    label: str
    """Who, or of one person, what."""
    wanted: bool
    """Whether it is still to be marked here."""
    points: Fraction | None
    """What it comes to, where that is known; never where a second marker is not to see it."""
    change_id: int
    digest: str | None
    """What it says; None while nobody has asked."""
    holder_id: int | None = None
    """Who is at it by now."""
    holder: str = ""
    mine: bool = False


@dataclass(frozen=True)
class Line:
    """Answers in the order in which they are marked."""

    scope: Scope
    places: tuple[Place, ...]
    choice: Choice

    @cached_property
    def wanted(self) -> tuple[Place, ...]:
        return tuple(each for each in self.places if each.wanted)

    @property
    def title(self) -> str:
        """What the exercise is called; "" where there are several."""
        spec = self.scope.spec(self.scope.exercise or "")
        return bare_text(spec.title) if spec else ""

    @property
    def done(self) -> int:
        return len(self.places) - len(self.wanted)

    def place(self, attempt_id: int) -> Place | None:
        return next((each for each in self.places if each.attempt_id == attempt_id), None)

    def alike(self, attempt_id: int) -> tuple[Place, ...]:
        """The answers to be marked that say the same as one of them and that nobody else is at, itself first."""
        here = self.place(attempt_id)
        if here is None:
            return ()
        others = (each for each in self._by_digest.get(here.digest or "", ()) if each.attempt_id != attempt_id)
        return (here, *(each for each in others if each.holder_id is None or each.mine))

    def marked_alike(self, place: Place) -> tuple[Place, ...]:
        """The answers that say the same as one of them and are marked."""
        if not place.digest or not self.choice.groups_alike:
            return ()
        return tuple(each for each in self.places if each.digest == place.digest and not each.wanted)

    def next_free(self, after: int | None, *, holding: Sequence[int]) -> Place | None:
        """The next answer that nobody is at, after one of the line and from its beginning again."""
        here = next((n for n, each in enumerate(self.places) if each.attempt_id == after), -1)
        shown = (*holding, after) if after is not None else tuple(holding)
        held = {each.attempt_id for attempt_id in shown for each in self.alike(attempt_id)} | set(shown)
        for each in (*self.places[here + 1 :], *self.places[: here + 1]):
            if each.wanted and (each.holder_id is None or each.mine) and each.attempt_id not in held:
                return each
        return None

    @cached_property
    def groups(self) -> tuple[tuple[Place, ...], ...]:
        """The places as the list shows them: those to be marked that say the same in one."""
        shown: dict[object, list[Place]] = {}
        for each in self.places:
            together = self.choice.groups_alike and each.wanted and each.digest
            shown.setdefault((each.digest, each.holder_id) if together else each.attempt_id, []).append(each)
        return tuple(tuple(each) for each in shown.values())

    @cached_property
    def unread(self) -> dict[int, int]:
        """The answers of which nobody has asked yet what they say: attempt → the last change that counts."""
        if not self.choice.groups_alike:
            return {}
        return {each.attempt_id: each.change_id for each in self.wanted if each.digest is None}

    def with_digests(self, digests: Mapping[int, str]) -> Line:
        """The same line, knowing of some answers what they say."""
        known = (replace(each, digest=digests.get(each.attempt_id, each.digest)) for each in self.places)
        return replace(self, places=tuple(known))

    @cached_property
    def _by_digest(self) -> dict[str, list[Place]]:
        found: dict[str, list[Place]] = {}
        for each in self.wanted:
            if each.digest and self.choice.groups_alike:
                found.setdefault(each.digest, []).append(each)
        return found


def scope_for(
    db: Session,
    viewer: Viewer,
    cohort_id: int,
    *,
    exercise: str | None = None,
    enrolment_id: int | None = None,
    second: bool = False,
) -> Scope:
    """What is marked, in a cohort that the viewer trains. Raises NotFound. One statement."""
    wanted = (
        select(Cohort, CourseVersion, PublishedCourse.slug)
        .join(CohortTrainer, CohortTrainer.cohort_id == Cohort.id)
        .join(CourseVersion, CourseVersion.id == Cohort.version_id)
        .join(PublishedCourse, PublishedCourse.id == CourseVersion.course_id)
        .where(Cohort.id == cohort_id, CohortTrainer.person_id == viewer.person_id)
    )
    if enrolment_id is not None:
        wanted = wanted.join(Enrolment, Enrolment.cohort_id == Cohort.id).where(Enrolment.id == enrolment_id)
    row = db.execute(wanted).first() if viewer.has_any("trainer") else None
    if row is None or (exercise is not None and exercise not in course_of(row.CourseVersion).exercise_slugs):
        raise NotFound(NOTHING_HERE)
    return Scope(row.Cohort, row.CourseVersion, row.slug, exercise, enrolment_id, second)


def line_of(db: Session, viewer: Viewer, scope: Scope, *, now: datetime) -> Line:
    """Where every answer of a scope stands. Six statements, however many there are."""
    choice = choice_of(db, viewer)
    veil = veil_over(db, [scope.cohort.id]) if choice.hides_names else None
    ids = in_scope(scope)
    rows = db.execute(
        select(Attempt.id, Assignment.exercise, Submission.needs_person, Submission.change_id, Likeness.digest)
        .add_columns(Likeness.change_id.label("told_of"), Claim.by_id, Claim.until, Person.display_name)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .outerjoin(Likeness, Likeness.attempt_id == Attempt.id)
        .outerjoin(Claim, (Claim.attempt_id == Attempt.id) & Claim.second.is_(scope.second) & (Claim.until > now))
        .outerjoin(Person, Person.id == Claim.by_id)
        .where(Attempt.id.in_(ids))
    ).all()
    members, given = _members(db, ids), _given(db, ids)
    placed = []
    for row in rows:
        who, marks = members.get(row.id), given.get(row.id, _Given())
        if who is None:
            continue  # given back since the statement before, where each sees what was committed meanwhile
        if not scope.second or marks.concerns(viewer.person_id):
            order, label = _shown(scope, veil, row, who)
            placed.append((order, _place(scope, row, label, marks, by=viewer.person_id)))
    return Line(scope, tuple(place for _, place in sorted(placed, key=lambda each: each[0])), choice)


@dataclass(frozen=True)
class _Who:
    names: tuple[str, ...]
    enrolment_id: int
    """The first of them."""


@dataclass
class _Given:
    """What people gave one answer."""

    newest: dict[str, Fraction | None]
    first_by: int | None
    second_by: int | None

    def __init__(self) -> None:
        self.newest, self.first_by, self.second_by = {}, None, None

    def wants_second(self, person_id: int) -> bool:
        return self.first_by not in (None, person_id) and self.second_by is None

    def concerns(self, person_id: int) -> bool:
        """Whether it stands in somebody's line of second marking, to be done or done by them."""
        return self.wants_second(person_id) or self.second_by == person_id


def in_scope(scope: Scope) -> Select[int]:
    """The ids of the answers that were handed in and count."""
    wanted = (
        select(Attempt.id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .where(Assignment.cohort_id == scope.cohort.id, Attempt.returned_at.is_(None))
    )
    if scope.exercise is not None:
        wanted = wanted.where(Assignment.exercise == scope.exercise)
    if scope.enrolment_id is not None:
        theirs = select(AttemptMember.attempt_id).where(AttemptMember.enrolment_id == scope.enrolment_id)
        wanted = wanted.where(Attempt.id.in_(theirs))
    return wanted


def _members(db: Session, ids: Select[int]) -> dict[int, _Who]:
    rows = db.execute(
        select(AttemptMember.attempt_id, AttemptMember.enrolment_id, Person.display_name)
        .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(AttemptMember.attempt_id.in_(ids))
        .order_by(Enrolment.withdrawn_at.is_not(None), AttemptMember.enrolment_id)  # as `trained_work` does
    )
    found: dict[int, _Who] = {}
    for attempt_id, enrolment_id, name in rows:
        known = found.get(attempt_id, _Who((), enrolment_id))
        found[attempt_id] = _Who((*known.names, name), known.enrolment_id)
    return found


def _given(db: Session, ids: Select[int]) -> dict[int, _Given]:
    rows = db.execute(
        select(Marking.attempt_id, Marking.marked_by, Marking.by_id)
        .add_columns(Marking.earned_numerator, Marking.earned_denominator)
        .where(Marking.attempt_id.in_(ids), Marking.marked_by.in_((*COUNTED, "second")))
        .order_by(Marking.id)
    )
    found: dict[int, _Given] = {}
    for attempt_id, marked_by, by_id, over, under in rows:
        each = found.setdefault(attempt_id, _Given())
        earned = None if over is None else Fraction(over, under)
        each.newest[marked_by] = earned
        if marked_by == "trainer" and each.second_by is None:
            each.first_by = by_id if earned is not None else None
        elif marked_by == "second":
            each.second_by = by_id if earned is not None else None
    return found


def _place(scope: Scope, row: Any, label: str, marks: _Given, *, by: int) -> Place:  # noqa: ANN401 -- a row of columns
    change_id, spec = row.change_id or 0, scope.spec(row.exercise)
    return Place(
        row.id,
        row.exercise,
        label,
        wanted=marks.wants_second(by) if scope.second else row.needs_person,
        points=None if scope.second or spec is None else points_given(scheme_of(spec), marks.newest),
        change_id=change_id,
        digest=row.digest if row.told_of == change_id else None,
        holder_id=row.by_id,
        holder=row.display_name or "",
        mine=row.by_id == by,
    )


def _shown(scope: Scope, veil: Veil | None, row: Any, who: _Who) -> tuple[tuple[Any, ...], str]:  # noqa: ANN401 -- a row of columns
    """What an answer is called in the list, and where it stands: by what is shown, so that the order tells no more."""
    if scope.enrolment_id is not None:
        slugs, spec = course_of(scope.version).exercise_slugs, scope.spec(row.exercise)
        order = slugs.index(row.exercise) if row.exercise in slugs else len(slugs)
        return (order, row.exercise, row.id), bare_text(spec.title) if spec else row.exercise
    if veil is not None:
        number = veil.number(scope.cohort.id, row.exercise, who.enrolment_id)
        return (number, row.id), veil.name(scope.cohort.id, row.exercise, who.enrolment_id)
    return (who.names, row.id), words(say(", ")).join(who.names)
