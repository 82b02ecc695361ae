"""What the pages of a round show: every answer with its reviews, every reviewer with how they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from typing import Literal

from sqlalchemy.orm import Session

from app.assessment.models import MarkedBy, Marking
from app.assessment.showing import points_in_words
from app.assessment.table_queries import ExerciseColumn
from app.cohorts.models import Cohort
from app.documents.blocks import Text
from app.documents.markdown import inline
from app.reviewing.models import ReviewRound
from app.reviewing.queries import (
    Answer,
    Asked,
    Facts,
    answers_to,
    assignment_at,
    facts_of,
    marked_by_trainer,
    names_in,
    people_of,
    round_of,
    verdicts_in,
)
from app.reviewing.rounds import is_closed
from app.reviewing.rules import FLAG_WORDS, WHY_WORDS, Said, Standing, Why, counts
from app.reviewing.settling import verdict_of
from app.words import Sentence

State = Literal["none", "open", "closed"]
LineState = Literal["done", "awaited", "excused"]


@dataclass(frozen=True)
class Line:
    """One review of an answer, for trainers."""

    review_id: int
    name: str
    state: LineState
    points: str
    counts: bool
    word: bool | None
    """The trainer's on this review."""
    levels: tuple[tuple[Text, str], ...]
    """For each criterion the points; none where the rubric has others by now."""
    comment: str


@dataclass(frozen=True)
class Side:
    """What reviewers or observers say together of an answer by now."""

    points: str
    why: Sentence | None
    """Why they are left out."""


@dataclass(frozen=True)
class AnswerRow:
    attempt_id: int
    names: tuple[str, ...]
    reviews: tuple[Line, ...]
    peers: Side | None
    """None where peers have no say."""
    observers: tuple[Line, ...]
    observed: Side | None
    waits: bool
    """Whether it waits for the trainer."""
    few: int | None
    """How many reviews it gets, where there are not as many reviewers as were asked for."""


@dataclass(frozen=True)
class ReviewerRow:
    """Somebody who reviews, and what speaks against what they say."""

    enrolment_id: int
    name: str
    asked: int
    done: int
    standing: Standing
    flags: tuple[Sentence, ...]
    counts: bool | None

    @property
    def is_late(self) -> bool:
        return self.done < self.asked

    @property
    def distance(self) -> str:
        return in_percent(self.standing.distance)

    @property
    def calibrated(self) -> str:
        return in_percent(self.standing.calibrated)


@dataclass(frozen=True)
class RoundPage:
    """The round of an exercise, for its trainers; without one, what there is to open it with."""

    cohort: Cohort
    column: ExerciseColumn
    round: ReviewRound | None
    facts: Facts | None
    answers_there: Mapping[int, Answer]
    names: Mapping[int, str]
    people: Mapping[int, str]
    """Everybody of the cohort, to be named as observers."""
    samples: frozenset[int]
    verdicts: Mapping[tuple[int, str], Marking]
    now: datetime

    @property
    def state(self) -> State:
        if self.round is None:
            return "none"
        return "closed" if is_closed(self.round, self.now) else "open"

    @property
    def by_peers(self) -> bool:
        return "peer" in self.column.spec.marking

    @property
    def by_observers(self) -> bool:
        return "observer" in self.column.spec.marking

    @cached_property
    def answers(self) -> tuple[AnswerRow, ...]:
        """By name."""
        rows = [self._answer_row(answer) for answer in self.answers_there.values()]
        return tuple(sorted(rows, key=lambda row: (row.names, row.attempt_id)))

    @cached_property
    def reviewers(self) -> tuple[ReviewerRow, ...]:
        """Those who are flagged first, then those who are late."""
        if self.facts is None:
            return ()
        rows = [self._reviewer_row(self.facts, who) for who in self.facts.reviewers]
        return tuple(sorted(rows, key=lambda row: (not row.flags, not row.is_late, row.name, row.enrolment_id)))

    @property
    def asked(self) -> int:
        return sum(each.is_live for each in self._asked)

    @property
    def done(self) -> int:
        return sum(each.is_done for each in self._asked)

    @property
    def sample_choices(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """Answers that a trainer has marked: id and names."""
        found = [(attempt_id, self._names(self.answers_there[attempt_id])) for attempt_id in self.samples]
        return tuple(sorted(found, key=lambda choice: (choice[1], choice[0])))

    @cached_property
    def _asked(self) -> tuple[Asked, ...]:
        return self.facts.asked if self.facts else ()

    def _answer_row(self, answer: Answer) -> AnswerRow:
        return AnswerRow(
            answer.attempt_id,
            self._names(answer),
            self._lines(answer, "peer"),
            self._side(answer, "peer") if self.by_peers else None,
            self._lines(answer, "observer"),
            self._side(answer, "observer") if self.by_observers else None,
            answer.waits,
            self._few(answer),
        )

    def _few(self, answer: Answer) -> int | None:
        if self.facts is None or not self.by_peers or self.state == "closed":
            return None
        live = sum(each.is_live for each in self.facts.of(answer.attempt_id))
        return live if live < self.facts.round.reviewers else None

    def _names(self, answer: Answer) -> tuple[str, ...]:
        return tuple(sorted(self.names[member] for member in answer.members))

    def _lines(self, answer: Answer, role: str) -> tuple[Line, ...]:
        if self.facts is None:
            return ()
        said = {each.review_id: each for each in self.facts.said(answer.attempt_id, role)}
        return tuple(self._line(self.facts, each, said) for each in self.facts.of(answer.attempt_id, role))

    def _line(self, facts: Facts, each: Asked, said: Mapping[int, Said]) -> Line:
        known, rubric = said.get(each.review.id), facts.spec.rubric
        stand = facts.stand if each.review.role == "peer" else {}
        return Line(
            each.review.id,
            self.names[each.review.enrolment_id],
            "done" if each.is_done else "awaited" if each.is_awaited else "excused",
            points_in_words(sum(each.levels, Fraction(0))) if each.is_done else "",
            counts=known is not None and counts(known, stand),
            word=each.review.counts,
            levels=tuple(
                (inline(criterion.criterion), points_in_words(points))
                for criterion, points in zip(rubric, known.levels if known else (), strict=False)
            ),
            comment=each.comment,
        )

    def _side(self, answer: Answer, side: MarkedBy) -> Side | None:
        """What was put down, or what it comes to so far."""
        if self.facts is None:
            return None
        marking = self.verdicts.get((answer.attempt_id, side))
        if self.state == "closed" and marking is not None:
            return Side(points_in_words(marking.earned), why_of(marking))
        if self.state == "closed" and not answer.asked:
            return Side(points_in_words(None), WHY_WORDS["late"])
        if not any(each.is_done for each in self.facts.of(answer.attempt_id, side)):
            return Side(points_in_words(None), None)
        verdict = verdict_of(self.facts, answer.attempt_id, side)
        return Side(points_in_words(verdict.earned), None)

    def _reviewer_row(self, facts: Facts, who: int) -> ReviewerRow:
        own = [each for each in facts.asked if each.review.enrolment_id == who and each.review.role != "observer"]
        standing = facts.stand[who]
        judged = {each.review.counts for each in own if each.review.role == "peer" and each.is_done}
        return ReviewerRow(
            who,
            self.names[who],
            sum(each.is_live for each in own),
            sum(each.is_done for each in own),
            standing,
            flags=tuple(FLAG_WORDS[flag] for flag in standing.flags),
            counts=judged.pop() if len(judged) == 1 else None,
        )


def page_of(db: Session, cohort: Cohort, column: ExerciseColumn, now: datetime) -> RoundPage:
    """The page of a round. The same few statements however many take part."""
    assignment = assignment_at(db, cohort.id, column.slug)
    found = round_of(db, assignment.id) if assignment else None
    facts = facts_of(db, found, cohort, column.slug) if found else None
    answers = facts.answers if facts else answers_to(db, assignment.id) if assignment else {}
    people = people_of(db, cohort.id)
    asked = {each.review.enrolment_id for each in facts.asked} if facts else set()
    members = {member for answer in answers.values() for member in answer.members}
    return RoundPage(
        cohort,
        column,
        found,
        facts,
        answers,
        names=people | names_in(db, (members | asked) - set(people)),
        people=people,
        samples=marked_by_trainer(db, answers),
        verdicts=verdicts_in(db, list(answers)),
        now=now,
    )


def why_of(marking: Marking) -> Sentence | None:
    """Why reviewers or observers were left out of an answer."""
    why: Why | None = marking.parts.get("why")
    return WHY_WORDS.get(why) if why else None


def in_percent(share: Fraction | None) -> str:
    """A share of the rubric's points; a dash where there is none."""
    return "–" if share is None else f"{round(share * 100)}%"
