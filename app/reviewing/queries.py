"""Reads about a round: its answers, who was asked, what was said; and a reviewer's own part of it, without names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import Assignment, Attempt, AttemptMember, Marking, Submission
from app.assessment.queries import Work, any_work, take_turn
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.classroom.models import GroupMember
from app.cohorts.models import Cohort, Enrolment
from app.db import one_at_a_time
from app.documents.blocks import Text
from app.documents.markdown import inline
from app.errors import NotFound
from app.exercises import Spec
from app.reviewing.models import Review, ReviewRound
from app.reviewing.rules import Said, Standing, distance_of, standings
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer


@dataclass(frozen=True)
class Answer:
    """An answer that was handed in and counts, with whoever wrote it."""

    attempt_id: int
    members: frozenset[int]
    """Their enrolments."""
    present: frozenset[int]
    """Those of them who are still in the cohort."""
    handed_in_at: datetime
    asked: bool
    waits: bool
    """Whether it stands in the inbox of its trainers."""


@dataclass(frozen=True)
class Asked:
    """A review with what was said in it."""

    review: Review
    levels: tuple[Fraction, ...]
    comment: str
    gone: bool
    """Whether the reviewer has left the cohort."""
    moot: bool = False
    """Whether there is nothing to judge any more: the answer was given back, or its authors have left."""

    @property
    def is_done(self) -> bool:
        return self.review.done_at is not None

    @property
    def is_awaited(self) -> bool:
        return not self.is_done and self.review.excused_at is None and not self.gone and not self.moot

    @property
    def is_live(self) -> bool:
        return self.is_done or self.is_awaited


@dataclass(frozen=True)
class Facts:
    """All of a round, as its rules want it."""

    round: ReviewRound
    spec: Spec
    answers: Mapping[int, Answer]
    """Attempt → what was handed in."""
    asked: tuple[Asked, ...]
    trainer_of_sample: tuple[Fraction, ...] | None
    """The levels that the trainer gave the sample."""

    @cached_property
    def best(self) -> tuple[Fraction, ...]:
        return tuple(criterion.best for criterion in self.spec.rubric)

    def of(self, attempt_id: int, role: str = "peer") -> tuple[Asked, ...]:
        return tuple(each for each in self._by_answer.get(attempt_id, ()) if each.review.role == role)

    def has_answer_of(self, enrolment_id: int) -> bool:
        """Whether somebody has handed in what is reviewed here."""
        return any(enrolment_id in answer.present for answer in self.answers.values())

    def said(self, attempt_id: int, role: str = "peer") -> tuple[Said, ...]:
        """What was said of an answer with the rubric as it is by now."""
        return tuple(found for each in self.of(attempt_id, role) if (found := self._said(each)))

    @cached_property
    def stand(self) -> dict[int, Standing]:
        """Reviewer → how they stand to the others."""
        peers = (self._said(each) for each in self.asked if each.review.role == "peer")
        found = standings((each for each in peers if each), self.best, self.calibrated)
        return {who: found.get(who) or Standing(calibrated=self.calibrated.get(who)) for who in self.reviewers}

    @cached_property
    def calibrated(self) -> dict[int, Fraction]:
        """Reviewer → how far they were from the trainer at the sample."""
        model = self.trainer_of_sample
        if model is None or len(model) != len(self.best):  # the rubric has other criteria by now
            return {}
        samples = (self._said(each) for each in self.of(self.round.sample_id or 0, "calibration"))
        return {each.reviewer: distance_of(each.levels, model, self.best) for each in samples if each}

    @cached_property
    def reviewers(self) -> tuple[int, ...]:
        """Everybody who was asked as a peer."""
        return tuple(sorted({each.review.enrolment_id for each in self.asked if each.review.role != "observer"}))

    @cached_property
    def _by_answer(self) -> dict[int, list[Asked]]:
        found: dict[int, list[Asked]] = {}
        for each in self.asked:
            found.setdefault(each.review.attempt_id, []).append(each)
        return found

    def _said(self, asked: Asked) -> Said | None:
        review, known = asked.review, [{level.points for level in each.levels} for each in self.spec.rubric]
        if review.marking_id is None or len(asked.levels) != len(known):
            return None
        if any(points not in those for points, those in zip(asked.levels, known, strict=True)):
            return None  # the rubric has other levels by now
        return Said(
            review.id,
            review.marking_id,
            review.attempt_id,
            review.enrolment_id,
            asked.levels,
            asked.comment,
            review.counts,
        )


@dataclass(frozen=True)
class Owed:
    """Reviews of one exercise that somebody still has to give."""

    exercise: str
    title: Text
    count: int


@dataclass(frozen=True)
class Part:
    """One review that somebody is to give. Its pages show of the work what was written, and never whose it is."""

    review: Review
    round: ReviewRound
    enrolment: Enrolment
    """The reviewer's."""
    work: Work


def round_of(db: Session, assignment_id: int, *, to_change: bool = False) -> ReviewRound | None:
    """The round of an exercise, where it was ever opened. `to_change`: nobody else changes it until the commit."""
    if to_change:
        one_at_a_time(db, f"reviews of {assignment_id}")
    wanted = select(ReviewRound).where(ReviewRound.assignment_id == assignment_id)
    return db.scalars(wanted, execution_options={"populate_existing": to_change}).one_or_none()


def facts_of(db: Session, found: ReviewRound, cohort: Cohort, exercise: str) -> Facts:
    """All of a round, in five statements whatever its size."""
    spec = course_of(db.get_one(CourseVersion, cohort.version_id)).exercises[exercise]
    answers = answers_to(db, found.assignment_id, having=_attempts_in(db, found.id))
    return Facts(
        found,
        spec,
        answers,
        _asked(db, found, answers),
        trainer_levels(db, found.sample_id) if found.sample_id else None,
    )


def answers_to(db: Session, assignment_id: int, *, having: Iterable[int] = ()) -> dict[int, Answer]:
    """The newest answer that each party handed in, and those of `having`. One statement."""
    rows = db.execute(
        select(AttemptMember, Enrolment.withdrawn_at, Submission.at, Submission.asked, Submission.needs_person)
        .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
        .join(Attempt, Attempt.id == AttemptMember.attempt_id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .where(AttemptMember.assignment_id == assignment_id, Attempt.returned_at.is_(None))
        .order_by(AttemptMember.number, AttemptMember.attempt_id)
    ).all()
    newest = {row.AttemptMember.enrolment_id: row.AttemptMember.attempt_id for row in rows}
    wanted = {*newest.values(), *having}
    members: dict[int, set[int]] = {}
    gone = {row.AttemptMember.enrolment_id for row in rows if row.withdrawn_at is not None}
    about = {}
    for row in rows:
        if row.AttemptMember.attempt_id in wanted:
            members.setdefault(row.AttemptMember.attempt_id, set()).add(row.AttemptMember.enrolment_id)
            about[row.AttemptMember.attempt_id] = row
    return {
        attempt_id: Answer(attempt_id, frozenset(those), frozenset(those - gone), row.at, row.asked, row.needs_person)
        for attempt_id, those in members.items()
        if (row := about[attempt_id]) and (those - gone)
    }


def names_in(db: Session, enrolment_ids: Iterable[int]) -> dict[int, str]:
    """Enrolment → name. One statement."""
    wanted = (
        select(Enrolment.id, Person.display_name)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.id.in_(sorted(set(enrolment_ids))))
    )
    return {row.id: row.display_name for row in db.execute(wanted)}


def people_of(db: Session, cohort_id: int) -> dict[int, str]:
    """Everybody who is in a cohort by now, by name: enrolment → name. One statement."""
    wanted = (
        select(Enrolment.id, Person.display_name)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.cohort_id == cohort_id, Enrolment.withdrawn_at.is_(None))
        .order_by(Person.display_name, Enrolment.id)
    )
    return {row.id: row.display_name for row in db.execute(wanted)}


def observers_of(db: Session, attempt_id: int) -> frozenset[int]:
    """Who observes an answer, or did."""
    wanted = select(Review.enrolment_id).where(Review.attempt_id == attempt_id, Review.role == "observer")
    return frozenset(db.scalars(wanted.where(Review.excused_at.is_(None))))


def is_asked_of_nobody(db: Session, attempt_id: int) -> bool:
    """Whether nobody has been found to judge an answer."""
    wanted = select(Review.id).where(Review.attempt_id == attempt_id, Review.role != "calibration")
    return db.scalars(wanted.where(Review.excused_at.is_(None)).limit(1)).first() is None


def leads(db: Session, person_id: int, attempt_id: int) -> bool:
    """Whether somebody leads a group to which a member of an attempt belongs."""
    own = select(GroupMember.group_id).join(Enrolment, Enrolment.id == GroupMember.enrolment_id)
    led = own.where(GroupMember.leads, Enrolment.person_id == person_id, Enrolment.withdrawn_at.is_(None))
    theirs = (
        select(GroupMember.group_id)
        .join(AttemptMember, AttemptMember.enrolment_id == GroupMember.enrolment_id)
        .where(AttemptMember.attempt_id == attempt_id, GroupMember.group_id.in_(led))
    )
    return db.scalars(theirs).first() is not None


def own_part(db: Session, viewer: Viewer, review_id: int, *, to_change: bool = False) -> Part:
    """A review that the viewer was asked for. Raises NotFound, also where they are excused from it."""
    row = db.execute(
        select(Review, ReviewRound, Enrolment)
        .join(ReviewRound, ReviewRound.id == Review.round_id)
        .join(Enrolment, Enrolment.id == Review.enrolment_id)
        .where(Review.id == review_id, Enrolment.person_id == viewer.person_id, Enrolment.withdrawn_at.is_(None))
        .where(Review.excused_at.is_(None) | Review.done_at.is_not(None))
    ).first()
    if row is None:
        raise NotFound(NOTHING_HERE)
    if to_change:
        one_at_a_time(db, f"reviews of {row.ReviewRound.assignment_id}")
        take_turn(db, row.Review.attempt_id)
        db.refresh(row.Review)
        db.refresh(row.ReviewRound)
    work = any_work(db, row.Review.attempt_id)
    if work.spec.private:
        raise NotFound(NOTHING_HERE)
    return Part(row.Review, row.ReviewRound, row.Enrolment, work)


def own_reviews(db: Session, round_id: int, enrolment_id: int) -> list[Review]:
    """What somebody gave in a round or still owes, the sample first. One statement."""
    wanted = select(Review).join(ReviewRound, ReviewRound.id == Review.round_id).where(Review.round_id == round_id)
    wanted = wanted.where(Review.enrolment_id == enrolment_id, Review.done_at.is_not(None) | is_owed())
    return list(db.scalars(wanted.order_by(Review.role != "calibration", Review.id)))


def is_owed() -> ColumnElement[bool]:
    """Of a review and its round: it is awaited, and there is still something to judge."""
    answer = select(Attempt.id).where(Attempt.id == Review.attempt_id, Attempt.returned_at.is_(None))
    author = (
        select(AttemptMember.attempt_id)
        .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
        .where(AttemptMember.attempt_id == Review.attempt_id, Enrolment.withdrawn_at.is_(None))
    )
    return and_(
        Review.done_at.is_(None),
        Review.excused_at.is_(None),
        or_(Review.role != "calibration", Review.attempt_id == ReviewRound.sample_id),
        answer.correlate(Review, ReviewRound).exists(),
        author.correlate(Review, ReviewRound).exists(),
    )


def owed_by(db: Session, enrolment: Enrolment, *, now: datetime) -> tuple[Owed, ...]:
    """What somebody has to review in rounds that are open, in the order in which they were opened. One statement."""
    rows = db.execute(
        select(Assignment.exercise, func.count())
        .join(ReviewRound, ReviewRound.assignment_id == Assignment.id)
        .join(Review, Review.round_id == ReviewRound.id)
        .where(Review.enrolment_id == enrolment.id, is_owed())
        .where(ReviewRound.closed_at.is_(None), or_(ReviewRound.closes_at.is_(None), ReviewRound.closes_at > now))
        .group_by(ReviewRound.id, Assignment.exercise)
        .order_by(ReviewRound.id)
    )
    exercises = course_of(enrolment.cohort.version).exercises
    return tuple(Owed(slug, inline(exercises[slug].title), count) for slug, count in rows if slug in exercises)


def assignment_at(db: Session, cohort_id: int, exercise: str) -> Assignment | None:
    """The row of an exercise in a cohort."""
    wanted = select(Assignment).where(Assignment.cohort_id == cohort_id, Assignment.exercise == exercise)
    return db.scalars(wanted).one_or_none()


def marked_by_trainer(db: Session, attempt_ids: Iterable[int]) -> frozenset[int]:
    """Of these answers those that a trainer has marked with the rubric: what a sample can be. One statement."""
    wanted = (
        select(Marking.attempt_id, Marking.earned_numerator)
        .where(Marking.attempt_id.in_(sorted(attempt_ids)), Marking.marked_by == "trainer")
        .order_by(Marking.id)
    )
    newest = {row.attempt_id: row.earned_numerator is not None for row in db.execute(wanted)}
    return frozenset(attempt_id for attempt_id, is_marked in newest.items() if is_marked)


def verdicts_in(db: Session, attempt_ids: Sequence[int]) -> dict[tuple[int, str], Marking]:
    """(attempt, side) → the newest that reviewers or observers said together. One statement."""
    wanted = (
        select(Marking)
        .where(Marking.attempt_id.in_(attempt_ids), Marking.marked_by.in_(("peer", "observer")))
        .order_by(Marking.id)
    )
    return {(each.attempt_id, each.marked_by): each for each in db.scalars(wanted)}


def levels_in(marking: Marking | None) -> tuple[Fraction, ...]:
    return tuple(Fraction(points) for points in marking.parts.get("levels", ())) if marking else ()


def trainer_levels(db: Session, attempt_id: int) -> tuple[Fraction, ...] | None:
    """What a trainer gave an answer, criterion by criterion; None where they have not marked it."""
    wanted = select(Marking).where(Marking.attempt_id == attempt_id, Marking.marked_by == "trainer")
    newest = db.scalars(wanted.order_by(Marking.id.desc()).limit(1)).first()
    return levels_in(newest) if newest and newest.earned is not None else None


def _attempts_in(db: Session, round_id: int) -> set[int]:
    return set(db.scalars(select(Review.attempt_id).where(Review.round_id == round_id).distinct()))


def _asked(db: Session, found: ReviewRound, answers: Collection[int]) -> tuple[Asked, ...]:
    rows = db.execute(
        select(Review, Marking, Enrolment.withdrawn_at)
        .outerjoin(Marking, Marking.id == Review.marking_id)
        .join(Enrolment, Enrolment.id == Review.enrolment_id)
        .where(Review.round_id == found.id)
        .order_by(Review.id)
    )
    return tuple(
        Asked(
            review,
            levels_in(marking),
            marking.comment if marking else "",
            gone=withdrawn_at is not None,
            moot=review.attempt_id not in answers
            or (review.role == "calibration" and review.attempt_id != found.sample_id),
        )
        for review, marking, withdrawn_at in rows
    )
