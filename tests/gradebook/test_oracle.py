"""Random cohorts: the totals of the product are those of a second gradebook, written from the documentation alone."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from app.assessment.rules import Scheme, Times
from app.assessment.table_queries import ExerciseColumn
from app.gradebook.forms import read_rules, shown_rules
from app.gradebook.queries import Book, Row, Turn
from app.gradebook.rules import ExerciseRule, LateRule, Rules, Score, total_of
from app.gradebook.showing import lines_of, table_of, totals_of
from tests.gradebook import oracle
from tests.survival.sizes import sized

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
COHORTS = sized(400, 6_000)


class Draw:
    """A random cohort of few values, so that equal ones and edges are common."""

    def __init__(self, seed: int) -> None:
        self.any = random.Random(seed)  # noqa: S311 -- of tests
        self.tasks = {f"t{n}": self._task() for n in range(self.any.randint(0, 7))}
        names = ["", "quiz", "case"]
        lowest = {name: self.any.randint(0, 4) for name in names if self.any.random() < 0.6}
        self.say = oracle.Say(
            self.any.choice([0, 0, 7, 10, 50, 100]), self.any.choice([0, 20, 50, 100]), self._grace(), lowest
        )
        self.people = [self._person() for _ in range(self.any.randint(1, 6))]
        for slug in self.tasks:
            self._group(slug)

    def _grace(self) -> int:
        return self.any.choice([0, 0, 15, 1440, 2000])

    def _moment(self) -> datetime:
        return NOW + timedelta(minutes=self.any.choice([-5000, -2880, -1441, -1440, -61, -60, -15, -1, 0]))

    def _task(self) -> oracle.Task:
        one = self.any
        limit = one.choice([None, NOW - timedelta(days=1), NOW, NOW + timedelta(minutes=30)])
        return oracle.Task(
            Fraction(one.choice([0, 1, 4, 10, 10, 12])),
            one.choice(["best", "last", "mean"]),
            one.choice([None, None, Fraction(0), Fraction(1), Fraction(1, 3), Fraction(25)]),
            one.choice(["", "", "best", "last", "mean"]),
            one.choice(["", "", "quiz", "case"]),
            one.choice([None, self._moment(), self._moment()]),
            limit,
            one.choice(["at_once", "at_once", "on_release", "after_close"]),
            released=one.random() < 0.5,
        )

    def _handed(self, task: oracle.Task) -> oracle.Handed:
        one = self.any
        points = None if one.random() < 0.25 else task.points * one.choice([0, 1, 2, 3, 3, 4]) / 4
        return oracle.Handed(self._moment(), points, paper=one.random() < 0.1)

    def _person(self) -> oracle.Somebody:
        one = self.any
        handed = {slug: [self._handed(task) for _ in range(one.choice([0, 1, 1, 2, 3]))] for slug, task in self._all()}
        extra = {slug: one.choice([20, 60, 1440]) for slug, _ in self._all() if one.random() < 0.2}
        for slug, turns in handed.items():
            for each in turns:
                each.extra = extra.get(slug, 0)
        return oracle.Somebody(handed, {slug for slug, _ in self._all() if one.random() < 0.15}, extra)

    def _all(self) -> list[tuple[str, oracle.Task]]:
        return list(self.tasks.items())

    def _group(self, slug: str) -> None:
        """Sometimes two hand in together: the same attempts, with the minutes of the one who has most."""
        if len(self.people) < 2 or self.any.random() < 0.7:
            return
        first, second = self.any.sample(self.people, 2)
        second.handed[slug] = first.handed[slug]
        for each in first.handed[slug]:
            each.extra = max(first.extra.get(slug, 0), second.extra.get(slug, 0))

    def rules(self) -> Rules:
        exercises = {
            slug: ExerciseRule(task.weight, task.cohort_counting or None, task.category)  # type: ignore[arg-type]  # one of three words
            for slug, task in self.tasks.items()
        }
        late = LateRule(self.say.grace, self.say.percent, self.say.most)
        return Rules(exercises, self.say.lowest, late)

    def book(self) -> Book:
        return Book(
            tuple(_column(slug, task) for slug, task in self.tasks.items()),
            tuple(Row(n, f"E{n}", f"N{n}", "") for n in range(len(self.people))),
            {
                (n, slug): [
                    Turn(1, each.points, None if each.paper else each.at, each.extra) for each in person.handed[slug]
                ]
                for n, person in enumerate(self.people)
                for slug in self.tasks
                if person.handed[slug]
            },
            {(slug, n): minutes for n, person in enumerate(self.people) for slug, minutes in person.extra.items()},
            {(n, slug) for n, person in enumerate(self.people) for slug in person.excused},
            NOW,
        )


def _column(slug: str, task: oracle.Task) -> ExerciseColumn:
    spec: Any = SimpleNamespace(points=task.points, counting=task.counting, feedback=task.results, private=False)
    times = Times(closes_at=task.closes, due_at=task.due, released_at=NOW if task.released else None)
    return ExerciseColumn(slug, "", spec, times, Scheme())  # type: ignore[arg-type]  # its title is looked at by nobody


def ours(book: Book, rules: Rules, n: int, *, own: bool) -> dict[str, Any]:
    graded = book.graded(rules)
    scores = book.scores_of(n, rules, graded, own=own)
    total = total_of(graded, scores, rules.dropped)
    points = {slug: each.points for slug, each in scores.items() if each.is_settled}
    return {
        "now": total.now,
        "least": total.with_nothing,
        "most": total.with_all,
        "out": set(total.dropped),
        "points": points,
    }


def test_totals_are_those_of_the_second_gradebook() -> None:
    for seed in range(COHORTS):
        draw = Draw(seed)
        book, rules = draw.book(), draw.rules()
        for n, person in enumerate(draw.people):
            for own in (False, True):
                expected = oracle.totals(draw.tasks, person, draw.say, NOW, own=own)
                assert ours(book, rules, n, own=own) == expected, (seed, n, own)


def test_the_second_gradebook_notices_what_is_wrong() -> None:
    """Canary: with another rule than was asked for the two part company soon."""
    for wrong in ({"percent": 3}, {"grace": 1}, {"lowest": {"": 9}}):
        assert any(
            ours(draw.book(), draw.rules(), 0, own=False)
            != oracle.totals(draw.tasks, draw.people[0], oracle.Say(**(draw.say.__dict__ | wrong)), NOW)
            for draw in map(Draw, range(60))
        )


def test_every_view_of_a_cohort_says_the_same() -> None:
    """Table, preview of the same rules, a person's page; rules stored and shown in their form come back the same."""
    for seed in range(0, COHORTS, 4):
        draw = Draw(seed)
        book, rules = draw.book(), draw.rules()
        table, totals = table_of(book, rules), totals_of(book, rules)
        assert {line.row.enrolment_id: line.total for line in table.lines} == totals
        again = Rules.read(rules.stored())
        assert totals_of(book, again) == totals
        read = read_rules(book.columns, shown_rules(book.columns, again), again)
        if not read.errors:  # a category that no exercise has is refused
            assert totals_of(book, read.rules) == totals
        for line in table.lines:
            scores = book.scores_of(line.row.enrolment_id, rules, book.graded(rules))
            shown = [table.looks[number] for number, _ in line.cells]
            alone = lines_of(book, rules, scores, line.total)
            assert [(each.points, each.dropped) for each in shown] == [(each.points, each.dropped) for each in alone]


def test_supposing_what_stands_there_changes_nothing() -> None:
    """A what-if that supposes of each exercise what it has comes to the same total."""
    for seed in range(0, COHORTS, 8):
        draw = Draw(seed)
        book, rules = draw.book(), draw.rules()
        graded = book.graded(rules)
        for n in range(len(draw.people)):
            scores = book.scores_of(n, rules, graded, own=True)
            supposed = scores | {slug: Score("counts", each.points) for slug, each in scores.items() if each.is_settled}
            assert total_of(graded, supposed, rules.dropped).now == total_of(graded, scores, rules.dropped).now
