"""What the groups of the demo organisation do together, from `demo/together.yaml`: plans, reviews, a discussion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assessment.actions import (
    Save,
    assignment_of,
    graded_or_unmarked,
    hand_in,
    save_fields,
    start_attempt,
)
from app.assessment.models import AttemptMember
from app.assessment.queries import marking_spec, marking_version, own_task, own_work, trained_work, written_in
from app.catalogue.queries import course_of
from app.classroom.models import Group, GroupMember
from app.cohorts.models import Cohort, CohortSession, Enrolment
from app.demo.answers import DemoAnswer, typed_fields
from app.demo.files import read_data
from app.gradebook.actions import set_rules
from app.gradebook.rules import ExerciseRule, LateRule, Rules
from app.reviewing.actions import give_review, name_observer
from app.reviewing.models import Review
from app.reviewing.queries import own_part
from app.reviewing.rounds import Plan, open_round
from app.teamwork.discussion_actions import add_word, move_discussion
from app.web.viewing import Viewer
from config import PROJECT

Deed = tuple[datetime, Callable[[datetime], None]]


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DemoReview(_Told):
    """What somebody says of the answers they were given."""

    levels: tuple[int, ...]
    comment: str


class DemoRound(_Told):
    """An exercise whose answers the others review."""

    exercise: str
    closes_after: int
    reviews: Mapping[str, DemoReview]
    """Number → their review; whoever is not there has given none yet."""


class DemoObserved(DemoReview):
    """A group that somebody watched."""

    exercise: str
    group: str
    observer: str


class DemoTalk(_Told):
    """A discussion that is under way."""

    exercise: str
    group: str
    minutes_ago: int
    stage: str
    word: str
    """The trainer's."""
    fields: Mapping[str, Mapping[str, str | int]]
    """Number → what they wrote so far."""


class DemoRules(_Told):
    """How the gradebook of a cohort is made up."""

    cohort: str
    practice: tuple[str, ...]
    category: str
    dropped: int
    weights: Mapping[str, int]


class DemoTogether(_Told):
    """The whole file."""

    cohort: str
    groups: Mapping[str, tuple[str, ...]]
    answers: Mapping[str, Mapping[str, DemoAnswer]]
    round: DemoRound
    observed: DemoObserved
    talk: DemoTalk
    rules: DemoRules


@lru_cache
def demo_together() -> DemoTogether:
    """What the groups do."""
    return DemoTogether.model_validate(read_data(PROJECT, "together.yaml"))


@dataclass
class Tables:
    """The groups of one cohort at work."""

    db: Session
    cohort: Cohort
    viewers: Mapping[str, Viewer]
    """Number → whoever it is."""
    trainer: Viewer
    now: datetime

    def __post_init__(self) -> None:
        self.plan = demo_together()
        rows = self.db.scalars(select(Enrolment).where(Enrolment.cohort_id == self.cohort.id))
        self.enrolments = {row.person_id: row for row in rows}
        self.attempts: dict[tuple[str, str], int] = {}

    def deeds(self, sessions: Mapping[str, CohortSession]) -> Iterator[Deed]:
        """All that happens, each with its time."""
        zone = ZoneInfo(self.cohort.zone)
        in_class = {
            slug: sessions[session.id]
            for session in course_of(self.cohort.version).sessions
            for slot in session.slots
            for slug in slot.exercise
        }
        first = min(sessions.values(), key=lambda row: (row.day, row.starts))
        yield _on(first, 20, zone), self.sit_down
        for exercise, groups in self.plan.answers.items():
            session = in_class[exercise]
            for place, group in enumerate(groups):
                done = _on(session, session.minutes - 12 + 3 * place, zone)
                yield done, partial(self.hand_in, exercise, group)
        yield from self._reviews(in_class, zone)
        yield self.now - timedelta(minutes=self.plan.talk.minutes_ago), self.discuss

    def _reviews(self, in_class: Mapping[str, CohortSession], zone: ZoneInfo) -> Iterator[Deed]:
        evening = datetime.combine(in_class[self.plan.round.exercise].day, time(17, 50), zone)
        yield evening, self.ask_for_reviews
        for place, (number, review) in enumerate(self.plan.round.reviews.items()):
            yield evening + timedelta(minutes=75 + 13 * place), partial(self.review, number, review)
        yield evening + timedelta(minutes=20), self.observe

    def sit_down(self, moment: datetime) -> None:
        """Make the groups."""
        for name, numbers in self.plan.groups.items():
            group = Group(cohort_id=self.cohort.id, work="group", name=name, created_at=moment)
            self.db.add(group)
            self.db.flush()
            by = self.trainer.person_id
            for place, number in enumerate(numbers):
                member = GroupMember(enrolment_id=self._enrolment(number).id, work="group", group_id=group.id)
                member.leads, member.joined_at, member.added_by_id = place == 0, moment, by
                self.db.add(member)
        self.db.flush()

    def hand_in(self, exercise: str, group: str, moment: datetime) -> None:
        """Write together, a few fields each, and hand in; whoever leads presses the button."""
        answer, leader = self.plan.answers[exercise][group], self._viewer(self.plan.groups[group][0])
        attempt_id = self._begun(exercise, group, moment - timedelta(minutes=24))
        work = own_work(self.db, leader, attempt_id, to_change=True)
        fields = list(typed_fields(work.spec, work.sheet.fields, answer, moment.date(), number=group).items())
        there = [number for number in self.plan.groups[group] if self._is_on(attempt_id, number)]
        for place, number in enumerate(there):
            self._save(attempt_id, number, dict(fields[place :: len(there)]), moment - timedelta(minutes=9 - place))
        work = own_work(self.db, leader, attempt_id, to_change=True)
        spec, version_id = marking_spec(self.db, work), marking_version(self.db, work).id
        written = written_in(self.db, attempt_id)
        known = graded_or_unmarked(spec, written, about=f"attempt {attempt_id}", version_id=version_id)
        hand_in(self.db, work, known, by=leader.person_id, now=moment)
        self.db.flush()

    def ask_for_reviews(self, moment: datetime) -> None:
        """Open the round of reviews."""
        wanted = self.plan.round
        closes_at = self.now + timedelta(days=wanted.closes_after)
        self._open_round(wanted.exercise, closes_at, moment)

    def review(self, number: str, review: DemoReview, moment: datetime) -> None:
        """Somebody gives the reviews that they were asked for."""
        viewer = self._viewer(number)
        assignment = assignment_of(self.db, self.cohort.id, self.plan.round.exercise)
        wanted = select(Review.id).where(Review.enrolment_id == self._enrolment(number).id, Review.role == "peer")
        for review_id in self.db.scalars(wanted.order_by(Review.id)).all():
            part = own_part(self.db, viewer, review_id, to_change=True)
            if part.round.assignment_id == assignment.id:
                self._say(part.review.id, number, review, moment)

    def observe(self, moment: datetime) -> None:
        """Somebody who watched a group says what they saw."""
        seen = self.plan.observed
        self._open_round(seen.exercise, None, moment)
        assignment = assignment_of(self.db, self.cohort.id, seen.exercise)
        attempt_id, observer = self.attempts[seen.exercise, seen.group], self._enrolment(seen.observer)
        by = self.trainer.person_id
        review = name_observer(self.db, self.cohort, assignment, attempt_id, observer.id, by=by, now=moment)
        self.db.flush()
        self._say(review.id, seen.observer, seen, moment)

    def discuss(self, moment: datetime) -> None:
        """A group has read and talks; some of it stands on the sheet, and the trainer said a word."""
        talk = self.plan.talk
        attempt_id = self._begun(talk.exercise, talk.group, moment)
        leader = self._viewer(self.plan.groups[talk.group][0])
        later = moment + timedelta(minutes=4)
        work = own_work(self.db, leader, attempt_id, to_change=True)
        move_discussion(self.db, work, talk.stage, seen="read", by=leader.person_id, now=later)
        for place, (number, fields) in enumerate(talk.fields.items()):
            typed = {name: str(text) for name, text in fields.items()}
            self._save(attempt_id, number, typed, later + timedelta(minutes=1 + place))
        work = trained_work(self.db, self.trainer, attempt_id)
        add_word(self.db, work, talk.word, by=self.trainer.person_id, now=later + timedelta(minutes=2))

    def _begun(self, exercise: str, group: str, moment: datetime) -> int:
        leader = self._viewer(self.plan.groups[group][0])
        task = own_task(self.db, leader, self.cohort.id, exercise)
        attempt = start_attempt(self.db, task, by=leader.person_id, now=moment)
        self.db.flush()
        self.attempts[exercise, group] = attempt.id
        return attempt.id

    def _save(self, attempt_id: int, number: str, fields: Mapping[str, str], moment: datetime) -> None:
        viewer = self._viewer(number)
        if fields and self._is_on(attempt_id, number):
            work = own_work(self.db, viewer, attempt_id, to_change=True)
            save = Save(f"demo-{number}", 1, written_in(self.db, attempt_id).newest, fields)
            save_fields(self.db, work, save, by=viewer.person_id, now=moment)

    def _say(self, review_id: int, number: str, review: DemoReview, moment: datetime) -> None:
        viewer = self._viewer(number)
        part = own_part(self.db, viewer, review_id, to_change=True)
        levels = [Fraction(level) for level in review.levels]
        give_review(self.db, part, levels, comment=review.comment, by=viewer.person_id, now=moment)

    def _open_round(self, exercise: str, closes_at: datetime | None, moment: datetime) -> None:
        spec = course_of(self.cohort.version).exercises[exercise]
        reviewing = spec.reviewing
        assignment = assignment_of(self.db, self.cohort.id, exercise)
        plan = Plan(
            reviewing.reviewers if reviewing else 1,
            reviewing.least if reviewing else 1,
            anonymous=reviewing.anonymous if reviewing else False,
            closes_at=closes_at,
        )
        open_round(self.db, self.cohort, assignment, spec, plan, by=self.trainer.person_id, now=moment)
        self.db.flush()

    def _is_on(self, attempt_id: int, number: str) -> bool:
        """Whether somebody is on the sheet: who was not in the room is not."""
        return self.db.get(AttemptMember, (attempt_id, self._enrolment(number).id)) is not None

    def _enrolment(self, number: str) -> Enrolment:
        return self.enrolments[self._viewer(number).person_id]

    def _viewer(self, number: str) -> Viewer:
        return self.viewers[number]


def set_demo_rules(db: Session, cohort: Cohort, *, by: int, now: datetime) -> None:
    """What the totals of a cohort are made of."""
    told = demo_together().rules
    slugs = {*told.practice, *told.weights}
    exercises = {
        slug: ExerciseRule(
            weight=Fraction(told.weights[slug]) if slug in told.weights else None,
            category=told.category if slug in told.practice else "",
        )
        for slug in sorted(slugs)
    }
    rules = Rules(exercises, {told.category: told.dropped}, LateRule(grace=720, percent=5, most=30))
    set_rules(db, cohort, rules, seen=0, by=by, now=now)


def _on(session: CohortSession, minutes: int, zone: ZoneInfo) -> datetime:
    """So many minutes into a session."""
    return datetime.combine(session.day, time(), zone) + timedelta(minutes=session.starts + minutes)
