"""What the answers of a cohort show together: without names, and to trainees not before they may see results.

Of everybody in the cohort the newest answer counts that was handed in and not given back, whoever works together has
one; blank ones count for nothing. Trainees see it from three answers on: of two, each would read the other's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assessment.models import Assignment, Attempt, AttemptMember, Submission
from app.assessment.queries import Work, marking_spec, marking_version, written_up_to
from app.assessment.sheets import spec_of
from app.assessment.writing import Written
from app.catalogue.models import CourseVersion
from app.catalogue.rendered import Recent, cache_key
from app.catalogue.showing import icons_url
from app.cohorts.models import Cohort, Enrolment
from app.documents.html import to_html
from app.exercises import Answer, Spec, read_answer, shows_together, together_of
from app.web.language import current_language
from app.words import Sentence, say

LEAST: Final = 3
"""Answers from which on trainees see what they show."""


class Counted(NamedTuple):
    """An attempt whose answer counts, and up to which change."""

    attempt_id: int
    change_id: int
    seed: int
    carried: Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """What a cohort's answers come to, drawn."""

    count: int
    """Answers that say something."""
    markup: Markup


@dataclass(frozen=True)
class Together:
    """What a trainee sees of it."""

    markup: Markup | None = None
    why_not: Sentence | None = None
    """What it waits for, where there is nothing to see yet."""


_SHOWN: Recent[Shown] = Recent(64)


def together_for_trainee(db: Session, work: Work, *, may_see: bool) -> Together | None:
    """What an attempt that was handed in shows with those of the others; `may_see`: whether results may be seen.

    None where there is nothing of the sort. Two statements; none for most exercises.
    """
    if not shows_together(marking_spec(db, work)) or work.submission is None or work.attempt.returned_at is not None:
        return None
    if not may_see:
        return Together(why_not=_when_seen(marking_spec(db, work)))
    shown = together_in(db, work.cohort, marking_version(db, work), work.assignment.exercise)
    if shown.count < LEAST:
        return Together(why_not=say("Fewer than three have answered so far. From three on, all of it stands here."))
    return Together(shown.markup) if shown.markup else None


def together_in(db: Session, cohort: Cohort, version: CourseVersion, exercise: str) -> Shown:
    """What the answers to an exercise show, read by one version of it; nothing where it is private. Two statements."""
    spec = spec_of(version, exercise)
    if not shows_together(spec):
        return Shown(0, Markup())
    counted = _counted(db, cohort.id, exercise)
    written = written_up_to(db, {each.attempt_id: each.change_id for each in counted})
    said = [(each, filled) for each in counted if (filled := _filled(written[each.attempt_id]))]
    content = sorted(repr((each.seed, each.carried, sorted(filled.items()))) for each, filled in said)
    key = cache_key(version.digest, exercise, current_language(), icons_url(), content)
    return _SHOWN.get(key, lambda: _drawn(version, exercise, said))


def _when_seen(spec: Spec) -> Sentence:
    if spec.feedback == "after_close":
        return say("What everybody answered stands here once the exercise has closed.")
    return say("What everybody answered stands here once your trainer has released it.")


def _counted(db: Session, cohort_id: int, exercise: str) -> list[Counted]:
    rows = db.execute(
        select(AttemptMember.enrolment_id, Attempt.id, Submission.change_id, Attempt.seed, Attempt.carried)
        .join(Attempt, Attempt.id == AttemptMember.attempt_id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
        .where(Assignment.cohort_id == cohort_id, Assignment.exercise == exercise)
        .where(Attempt.returned_at.is_(None), Enrolment.withdrawn_at.is_(None))
        .order_by(AttemptMember.number, Attempt.id)
    )
    newest = {
        enrolment_id: Counted(attempt_id, change_id or 0, seed, carried)
        for enrolment_id, attempt_id, change_id, seed, carried in rows
    }
    return sorted({each.attempt_id: each for each in newest.values()}.values())  # a group has one answer


def _filled(written: Written) -> dict[str, str]:
    return {name: text for name, text in written.values.items() if text.strip()}


def _drawn(version: CourseVersion, exercise: str, said: Sequence[tuple[Counted, Mapping[str, str]]]) -> Shown:
    answers: list[Answer] = [
        read_answer(spec_of(version, exercise, seed=each.seed, carried=each.carried), filled) for each, filled in said
    ]
    blocks = together_of(spec_of(version, exercise), answers)
    drawn = to_html(
        blocks, language=current_language(), icons_url=icons_url(), readonly=True, heading_offset=1, scope="together-"
    )
    return Shown(len(answers), drawn if blocks else Markup())
