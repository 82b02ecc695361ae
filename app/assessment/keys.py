"""Whether the key that marks an answer by now has said so already: it may have been put right in a newer version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assessment.models import Marking
from app.assessment.queries import Work, marking_version
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.exercises import Spec
from app.exercises.prepared import prepared

_NOT_FOR_KEY = frozenset(
    {"title", "body", "reasons", "points", "template", "rubric", "marking", "shares", "reviewing", "minutes", "work"}
    | {"discussion", "feedback", "attempts", "counting", "private", "note", "source"}
)
"""What the key's verdict does not depend on, but by the points it has to give."""


def keyed(spec: Spec) -> bool:
    """Whether a key or a rule marks it."""
    return bool({"key", "rule"} & set(spec.marking))


def marks_alike(old: Spec, new: Spec) -> bool:
    """Whether the key of both says the same to every answer: neither title, rubric nor times bear on it."""
    return old is new or _for_key(old) == _for_key(new)


def is_due(
    exercise: str, change_id: int | None, marks: CourseVersion, newest: Marking | None, by: CourseVersion | None
) -> bool:
    """Whether the key of a version has not yet said what it says to an answer as it stood after a change.

    `newest`: its newest marking by key, and `by`: the version that this was made by.
    """
    spec = course_of(marks).exercises[exercise]
    if not keyed(spec):
        return False
    if newest is None or by is None or newest.change_id != change_id:
        return True
    if by.id == marks.id:
        return False
    then = course_of(by).exercises.get(exercise)
    return then is None or not marks_alike(then, spec)


def is_work_due(db: Session, work: Work, newest: Marking | None) -> bool:
    """The same of an attempt by what marks it now."""
    if work.submission is None:
        return False
    by = db.get_one(CourseVersion, newest.version_id or work.attempt.version_id) if newest else None
    return is_due(work.assignment.exercise, work.submission.change_id, marking_version(db, work), newest, by)


@dataclass(frozen=True)
class Corrected:
    """What a key that was put right after an answer was marked does to it."""

    under_way: bool
    """Whether the newer key has not marked it yet."""
    at: datetime | None
    """When it did."""
    before: Fraction | None
    """The points by the key of before."""
    after: Fraction | None


def corrected(db: Session, work: Work) -> Corrected | None:
    """What became of an attempt whose cohort takes a newer version; None where its key says what it said before.

    One statement where the version is another than that it was answered in, else none.
    """
    if work.submission is None or work.cohort.version_id == work.attempt.version_id:
        return None
    by_key = Marking.attempt_id == work.attempt.id, Marking.marked_by == "key"
    rows = db.scalars(select(Marking).where(*by_key).order_by(Marking.id)).all()
    newest = rows[-1] if rows else None
    if newest is None:
        return None
    if is_work_due(db, work, newest):
        return Corrected(under_way=True, at=None, before=newest.earned, after=None)
    of_another = (
        row for row in reversed(rows) if row.change_id == newest.change_id and row.version_id != newest.version_id
    )
    before = next(of_another, None)
    if before is None or before.parts == newest.parts:
        return None
    return Corrected(under_way=False, at=newest.at, before=before.earned, after=newest.earned)


@prepared
def _for_key(spec: Spec) -> tuple[object, ...]:
    varies = None if spec.template is None else {k: v for k, v in spec.template.items() if k not in _NOT_FOR_KEY}
    own = spec.model_dump(mode="json", exclude=set(_NOT_FOR_KEY))
    return own, varies, spec.key_points, keyed(spec)
