"""What reviewers see of a round: their own part in it, and of the others' answers what was written, without names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import AttemptMember, Marking
from app.assessment.queries import Task, handed_in, marking_spec
from app.assessment.rubrics import RUBRIC_CHANGED, Judgement, Tiles, tiles_of
from app.assessment.rules import rubric_version
from app.assessment.showing import Head, case_markup, head_of, points_in_words, sheet_markup
from app.cohorts.models import Enrolment
from app.documents.blocks import Text
from app.documents.markdown import inline
from app.errors import UserError
from app.exercises import Spec
from app.reviewing.actions import refuse_unless_taken, wanting_for
from app.reviewing.models import Review, ReviewRound
from app.reviewing.queries import (
    Facts,
    Part,
    assignment_at,
    facts_of,
    levels_in,
    own_reviews,
    round_of,
    trainer_levels,
)
from app.reviewing.rounds import is_closed
from app.reviewing.rules import FAR, distance_of
from app.reviewing.showing import in_percent
from app.words import Sentence


@dataclass(frozen=True)
class OwnRow:
    """One review on the list of whoever was asked."""

    review_id: int
    number: int
    role: str
    done: bool
    outdated: bool
    """Whether it was given by a rubric with other levels, and does not count."""
    of: tuple[str, ...]
    """Whose answer it is, where they may know."""


@dataclass(frozen=True)
class OwnPage:
    """What somebody has to review at an exercise."""

    task: Task
    head: Head
    rows: tuple[OwnRow, ...]
    closes_at: datetime | None
    closed: bool
    anonymous: bool
    can_take_more: bool
    sample_distance: str
    """"" while they have not judged the sample."""

    @property
    def left(self) -> int:
        return sum(not row.done for row in self.rows)


@dataclass(frozen=True)
class Sample:
    """How near a reviewer is to the trainer."""

    rows: tuple[tuple[Text, str, str], ...]
    """For each criterion what the trainer gave, and what they gave themselves."""
    distance: str
    is_far: bool


@dataclass(frozen=True)
class ReviewPage:
    """One answer to be judged."""

    review_id: int
    role: str
    number: int
    of: int
    head: Head
    case: Markup
    sheet: Markup
    rubric: tuple[Tiles, ...]
    rubric_shown: str
    """Its version: what is sent from a page that shows another one is not kept."""
    comment: str
    errors: Mapping[str, Sentence]
    names: tuple[str, ...]
    """Of whoever wrote it, where the reviewer may know."""
    shut: Sentence | None
    """Why it cannot be given or changed any more."""
    closed: bool
    done_at: datetime | None
    sample: Sample | None
    next_id: int | None
    """The next review that this reviewer still owes."""

    @property
    def rubric_changed(self) -> bool:
        """Whether it was changed while their page was open."""
        return RUBRIC_CHANGED in self.errors.values()


def own_page(db: Session, task: Task, now: datetime) -> OwnPage | None:
    """What somebody was asked for at an exercise; None where they were asked for nothing and have handed in nothing."""
    assignment = assignment_at(db, task.cohort.id, task.exercise)
    found = round_of(db, assignment.id) if assignment else None
    if found is None:
        return None
    mine, closed = own_reviews(db, found.id, task.enrolment.id), is_closed(found, now)
    facts = facts_of(db, found, task.cohort, task.exercise)
    if not mine and not facts.has_answer_of(task.enrolment.id):
        return None
    sample = facts.calibrated.get(task.enrolment.id)
    return OwnPage(
        task,
        head_of(task.spec, task.version),
        _rows(db, found, mine, facts),
        found.closes_at,
        closed,
        found.anonymous,
        can_take_more=not closed
        and all(each.done_at for each in mine)
        and "peer" in task.spec.marking
        and bool(wanting_for(db, facts, task.enrolment.id)),
        sample_distance="" if sample is None else in_percent(sample),
    )


def review_page(db: Session, part: Part, sent: Judgement | None, now: datetime) -> ReviewPage:
    """One answer with the rubric; `sent`: what was sent and not kept."""
    work, review, spec = part.work, part.review, marking_spec(db, part.work)
    said = db.get(Marking, review.marking_id) if review.marking_id else None
    mine = own_reviews(db, part.round.id, part.enrolment.id)
    levels = levels_in(said)
    blank = (None,) * len(spec.rubric)
    chosen = sent.chosen if sent else levels if len(levels) == len(spec.rubric) else blank
    alike = [each.id for each in mine if each.role == review.role]
    alike += [review.id] * (review.id not in alike)  # it was given back while the page was open
    return ReviewPage(
        review.id,
        review.role,
        alike.index(review.id) + 1,
        len(alike),
        head_of(work.spec, work.version),
        case_markup(work),
        sheet_markup(work, handed_in(db, work).values, readonly=True),
        tiles_of(spec, chosen),
        rubric_version(spec),
        sent.comment if sent else said.comment if said else "",
        sent.errors if sent else {},
        _names(db, part.round, [review]).get(review.id, ()),
        why_shut(part, now),
        is_closed(part.round, now),
        review.done_at,
        sample=_sample(db, part, spec, levels),
        next_id=next((each.id for each in mine if each.done_at is None and each.id != review.id), None),
    )


def why_shut(part: Part, now: datetime) -> Sentence | None:
    """Why a review cannot be given or changed any more; None: it can."""
    try:
        refuse_unless_taken(part, now)
    except UserError as refused:
        return refused.sentence
    return None


def _rows(db: Session, found: ReviewRound, mine: list[Review], facts: Facts) -> tuple[OwnRow, ...]:
    names = _names(db, found, mine)
    counted: Counter[str] = Counter()
    rows = []
    for each in mine:
        counted[each.role] += 1
        of = names.get(each.id, ())
        known = {said.review_id for said in facts.said(each.attempt_id, each.role)}
        done = each.done_at is not None
        outdated = done and each.role != "calibration" and each.id not in known
        rows.append(OwnRow(each.id, counted[each.role], each.role, done, outdated, of))
    return tuple(rows)


def _names(db: Session, found: ReviewRound, reviews: list[Review]) -> dict[int, tuple[str, ...]]:
    """Review → whose answer it is: observers know it, others only where the round is not anonymous."""
    known = [each for each in reviews if each.role == "observer" or not found.anonymous]
    if not known:
        return {}
    rows = db.execute(
        select(AttemptMember.attempt_id, Person.display_name)
        .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(AttemptMember.attempt_id.in_([each.attempt_id for each in known]))
        .order_by(Person.display_name)
    )
    names: dict[int, list[str]] = {}
    for row in rows:
        names.setdefault(row.attempt_id, []).append(row.display_name)
    return {each.id: tuple(names[each.attempt_id]) for each in known}


def _sample(db: Session, part: Part, spec: Spec, levels: tuple[Fraction, ...]) -> Sample | None:
    """What the trainer gave the sample, once this reviewer has judged it."""
    given = trainer_levels(db, part.work.attempt.id) if part.review.role == "calibration" and levels else None
    if given is None or not len(given) == len(levels) == len(spec.rubric):
        return None
    best = [criterion.best for criterion in spec.rubric]
    rows = tuple(
        (inline(criterion.criterion), points_in_words(theirs), points_in_words(mine))
        for criterion, theirs, mine in zip(spec.rubric, given, levels, strict=True)
    )
    apart = distance_of(levels, given, best)
    return Sample(rows, in_percent(apart), is_far=apart >= FAR)
