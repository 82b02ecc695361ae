"""Reading the gradebook of a cohort: everybody's scores in so many statements whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from app.assessment.deadlines import extra_times
from app.assessment.excuses import excuses_in
from app.assessment.models import Assignment, Attempt, AttemptMember, Submission
from app.assessment.rules import may_see_result, points_given
from app.assessment.table_queries import ExerciseColumn, exercise_columns, newest_points_in, people_of
from app.cohorts.models import Cohort
from app.gradebook.models import GradeRules
from app.gradebook.rules import Graded, Rules, Score, Turned, days_late, score_of


@dataclass(frozen=True)
class Turn:
    """An attempt that was handed in and not given back, before the rules of the cohort are applied."""

    attempt_id: int
    earned: Fraction | None
    handed_in_at: datetime | None
    """None: entered from paper, and never late."""
    extra: int
    """Minutes that its party has more than the others."""


class Row(NamedTuple):
    """Somebody in the cohort."""

    enrolment_id: int
    number: str
    display_name: str
    department: str


@dataclass(frozen=True)
class Book:
    """What the totals of a cohort are made from: the rules are applied to it as often as somebody asks «what if»."""

    columns: tuple[ExerciseColumn, ...]
    """Without private exercises."""
    rows: tuple[Row, ...]
    turns: Mapping[tuple[int, str], Sequence[Turn]]
    extra: Mapping[tuple[str, int], int]
    excused: Collection[tuple[int, str]]
    now: datetime

    def graded(self, rules: Rules) -> tuple[Graded, ...]:
        """The exercises as totals take them."""
        return tuple(_graded(column, rules) for column in self.columns)

    def scores_of(
        self, enrolment_id: int, rules: Rules, graded: Sequence[Graded], *, own: bool = False
    ) -> dict[str, Score]:
        """Somebody's scores by exercise. `own`: what may not be seen by its trainee yet waits, marked or not."""
        return {
            column.slug: self._score(enrolment_id, column, each, rules, own=own)
            for column, each in zip(self.columns, graded, strict=True)
        }

    def _score(self, enrolment_id: int, column: ExerciseColumn, graded: Graded, rules: Rules, *, own: bool) -> Score:
        if (enrolment_id, column.slug) in self.excused:
            return Score("excused")
        extra = self.extra.get((column.slug, enrolment_id), 0)
        times = column.times.with_extra(extra) if extra else column.times
        hidden = own and not may_see_result(column.spec, times, self.now)
        turns = self.turns.get((enrolment_id, column.slug), ())
        return score_of(
            graded,
            [_turned(turn, column, rules, hidden=hidden) for turn in turns],
            rules.late,
            closed=times.is_closed(self.now),
            late_by_now=0 if turns else _days(self.now, column, rules, extra=extra),
        )


def book_of(db: Session, cohort: Cohort, *, now: datetime, enrolment_id: int | None = None) -> Book:
    """The gradebook of a cohort, or one person's. Six statements."""
    columns = tuple(column for column in exercise_columns(db, cohort) if not column.spec.private)
    extra = {place: each.minutes for place, each in extra_times(db, cohort.id).items()}
    return Book(
        columns,
        tuple(
            Row(key, number, name, department or "")
            for key, number, name, department in people_of(db, cohort.id)
            if enrolment_id in (None, key)
        ),
        _turns(db, cohort.id, {column.slug: column for column in columns}, extra, of=enrolment_id),
        extra,
        frozenset(excuses_in(db, cohort.id)),
        now,
    )


def rules_of(db: Session, cohort_id: int) -> tuple[Rules, int]:
    """The rules of a cohort with the id of their row; what the exercises themselves say, and 0, where none are set."""
    newest = select(GradeRules).where(GradeRules.cohort_id == cohort_id).order_by(GradeRules.id.desc()).limit(1)
    found = db.scalars(newest).one_or_none()
    return (Rules.read(found.rules), found.id) if found else (Rules(), 0)


def _graded(column: ExerciseColumn, rules: Rules) -> Graded:
    rule = rules.of(column.slug)
    weight = column.possible if rule.weight is None else rule.weight
    return Graded(column.slug, column.possible, weight, rule.counting or column.spec.counting, rule.category)


def _turned(turn: Turn, column: ExerciseColumn, rules: Rules, *, hidden: bool) -> Turned:
    earned = None if hidden else turn.earned
    return Turned(earned, _days(turn.handed_in_at, column, rules, extra=turn.extra) if turn.handed_in_at else 0)


def _days(moment: datetime, column: ExerciseColumn, rules: Rules, *, extra: int) -> int:
    return days_late(moment, column.times.due_at, extra=extra, grace=rules.late.grace)


def _turns(
    db: Session,
    cohort_id: int,
    columns: Mapping[str, ExerciseColumn],
    extra: Mapping[tuple[str, int], int],
    *,
    of: int | None,
) -> dict[tuple[int, str], list[Turn]]:
    """(enrolment, exercise) → what was handed in and counts, oldest first. Two statements, plain rows."""
    given = newest_points_in(db, cohort_id, of=of)
    own = select(AttemptMember.attempt_id).where(AttemptMember.enrolment_id == of)
    rows = db.execute(
        select(
            AttemptMember.enrolment_id,
            Assignment.exercise,
            Attempt.id,
            Submission.at,
            Submission.on_paper,
            Attempt.ends_at,
        )
        .join(Attempt, Attempt.id == AttemptMember.attempt_id)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .where(Assignment.cohort_id == cohort_id, Attempt.returned_at.is_(None))
        .where(Attempt.id.in_(own) if of is not None else true())
        .order_by(AttemptMember.number)
    ).all()
    most = _most_extra(rows, extra)
    found: defaultdict[tuple[int, str], list[Turn]] = defaultdict(list)
    for enrolment_id, slug, attempt_id, at, on_paper, ends_at in rows:
        if slug in columns:
            earned = points_given(columns[slug].wanted, given.get(attempt_id, {}))
            # what a trainer handed in for somebody later on was there when its time ended
            moment = None if on_paper else min(at, ends_at) if ends_at else at
            found[enrolment_id, slug].append(Turn(attempt_id, earned, moment, most.get(attempt_id, 0)))
    return found


def _most_extra(rows: Sequence[tuple[object, ...]], extra: Mapping[tuple[str, int], int]) -> dict[int, int]:
    """Attempt → the extra minutes of its party: those of the member who has most, as for its end."""
    found: dict[int, int] = {}
    for enrolment_id, slug, attempt_id, *_ in rows if extra else ():
        minutes = extra.get((str(slug), int(str(enrolment_id))), 0)
        found[int(str(attempt_id))] = max(found.get(int(str(attempt_id)), 0), minutes)
    return found
