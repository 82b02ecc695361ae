"""What a gradebook comes to: exactly, and the same whichever way it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assessment.rules import Counting
from app.gradebook.rules import (
    ExerciseRule,
    Graded,
    LateRule,
    Rules,
    Score,
    Total,
    Turned,
    days_late,
    kept_share,
    lowest,
    score_of,
    total_of,
)

DUE = datetime(2026, 11, 23, 10, tzinfo=UTC)
NO_LATE = LateRule()


def exercise(slug: str, points: int = 10, weight: int | None = None, category: str = "") -> Graded:
    return Graded(slug, Fraction(points), Fraction(points if weight is None else weight), "best", category)


def counts(points: int | str) -> Score:
    return Score("counts", Fraction(points))


def test_without_rules_a_total_is_the_points_earned_of_those_there_are() -> None:
    exercises = [exercise("a", 6), exercise("b", 4), exercise("c", 10)]
    scores = {"a": counts(3), "b": counts("4/3"), "c": Score("open")}
    assert total_of(exercises, scores, {}) == Total(
        Fraction(13, 30), Fraction(13, 60), (Fraction(13, 3) + 10) / 20, frozenset()
    )


def test_weights_stand_in_for_points() -> None:
    exercises = [exercise("a", 6, 1), exercise("b", 4, 3), exercise("c", 10, 0)]
    scores = {"a": counts(6), "b": counts(1), "c": counts(10)}
    assert total_of(exercises, scores, {}).now == (1 + 3 * Fraction(1, 4)) / 4


def test_what_is_excused_is_neither_asked_nor_counted() -> None:
    exercises = [exercise("a"), exercise("b")]
    assert total_of(exercises, {"a": counts(7), "b": Score("excused")}, {}) == total_of(
        [exercise("a")], {"a": counts(7)}, {}
    )


def test_nothing_asked_is_no_total() -> None:
    assert total_of([exercise("a")], {"a": Score("excused")}, {}) == Total(None, None, None)
    assert total_of([exercise("a", 10, 0)], {"a": counts(4)}, {}).now is None
    assert total_of([exercise("a", 0)], {"a": Score("unmarked")}, {}).now is None


def test_what_was_missed_is_nothing_and_what_waits_is_not_known() -> None:
    exercises = [exercise("a"), exercise("b")]
    assert total_of(exercises, {"a": counts(10), "b": Score("missed", Fraction(0))}, {}).now == Fraction(1, 2)
    assert total_of(exercises, {"a": counts(10), "b": Score("waiting")}, {}) == Total(
        Fraction(1), Fraction(1, 2), Fraction(1)
    )


@pytest.mark.parametrize(
    ("count", "left_out"), [(0, set()), (1, {"b"}), (2, {"b", "a"}), (3, {"b", "a"}), (99, {"b", "a"})]
)
def test_the_lowest_of_a_category_are_left_out_and_never_all(count: int, left_out: set[str]) -> None:
    exercises = [exercise("a", 10, 1, "quiz"), exercise("b", 20, 1, "quiz"), exercise("c", 5, 1, "quiz")]
    exercises.append(exercise("d", 5, 1))
    scores = {"a": counts(5), "b": counts(8), "c": counts(5), "d": counts(0)}
    assert total_of(exercises, scores, {"quiz": count}).dropped == left_out


def test_of_equals_the_heavier_is_left_out_then_the_earlier() -> None:
    shares = {"a": Fraction(1, 2), "b": Fraction(1, 2), "c": Fraction(1, 2)}
    exercises = [exercise("a", 10, 1), exercise("b", 10, 2), exercise("c", 10, 2)]
    assert lowest(exercises, shares, {"": 1}) == {"b"}


def test_an_exercise_without_weight_is_no_candidate() -> None:
    exercises = [exercise("a", 10, 0), exercise("b"), exercise("c")]
    scores = {"a": counts(0), "b": counts(4), "c": counts(8)}
    assert total_of(exercises, scores, {"": 1}) == Total(
        Fraction(4, 5), Fraction(4, 5), Fraction(4, 5), frozenset({"b"})
    )


@pytest.mark.parametrize(
    ("after", "extra", "grace", "days"),
    [
        (timedelta(0), 0, 0, 0),
        (timedelta(microseconds=1), 0, 0, 1),
        (timedelta(days=1), 0, 0, 1),
        (timedelta(days=1, seconds=1), 0, 0, 2),
        (timedelta(minutes=15), 0, 15, 0),
        (timedelta(minutes=15, seconds=1), 0, 15, 1),
        (timedelta(minutes=60), 60, 0, 0),
        (timedelta(days=-3), 0, 0, 0),
    ],
)
def test_days_late(after: timedelta, extra: int, grace: int, days: int) -> None:
    assert days_late(DUE + after, DUE, extra=extra, grace=grace) == days
    assert days_late(DUE + after, None, extra=extra, grace=grace) == 0


def test_lateness_costs_up_to_its_most() -> None:
    late = LateRule(percent=15, most=40)
    assert [kept_share(days, late) for days in range(4)] == [
        Fraction(1),
        Fraction(85, 100),
        Fraction(70, 100),
        Fraction(60, 100),
    ]
    assert kept_share(99, LateRule(percent=60)) == 0


@pytest.mark.parametrize(("counting", "points"), [("best", 9), ("last", 4), ("mean", Fraction(13, 2))])
def test_lateness_is_taken_off_before_one_of_several_counts(counting: Counting, points: Fraction) -> None:
    graded = Graded("a", Fraction(10), Fraction(10), counting, "")
    turned = [Turned(Fraction(9)), Turned(Fraction(10), 2)]
    assert score_of(graded, turned, LateRule(percent=30, most=90), closed=True) == Score("counts", Fraction(points), 2)


def test_the_states_of_a_score() -> None:
    late = LateRule(percent=10)
    assert score_of(exercise("a"), [], late, closed=False, late_by_now=3) == Score("open", most=Fraction(7, 10))
    assert score_of(exercise("a"), [], late, closed=True) == Score("missed", Fraction(0))
    assert score_of(exercise("a"), [Turned(None, 1)], late, closed=True) == Score(
        "waiting", None, 1, Fraction(0), Fraction(9, 10)
    )
    assert score_of(exercise("a", 0), [Turned(None)], late, closed=True) == Score("unmarked")


shares = st.fractions(0, 1, max_denominator=60)
weights = st.fractions(0, 20, max_denominator=8)
some_scores = st.one_of(
    st.builds(lambda share: Score("counts", share * 10), shares),
    st.sampled_from([Score("missed", Fraction(0)), Score("waiting"), Score("open"), Score("excused")]),
)
books = st.lists(st.tuples(weights, st.sampled_from(["", "quiz"]), some_scores), max_size=9)
drops = st.dictionaries(st.sampled_from(["", "quiz"]), st.integers(0, 5))


def made(book: list[tuple[Fraction, str, Score]]) -> tuple[list[Graded], dict[str, Score]]:
    exercises = [Graded(str(n), Fraction(10), weight, "best", category) for n, (weight, category, _) in enumerate(book)]
    return exercises, {str(n): score for n, (*_, score) in enumerate(book)}


def level(book: list[tuple[Fraction, str, Score]]) -> list[tuple[Fraction, str, Score]]:
    """With one weight a category."""
    of_category = {category: weight for weight, category, _ in book}
    return [(of_category[category], category, score) for _, category, score in book]


@given(books, drops)
def test_a_total_is_a_share_and_between_nothing_and_all_where_a_category_has_one_weight(
    book: list[tuple[Fraction, str, Score]], dropped: Mapping[str, int]
) -> None:
    total = total_of(*made(book), dropped)
    assert all(each is None or 0 <= each <= 1 for each in (total.now, total.with_nothing, total.with_all))
    total = total_of(*made(level(book)), dropped)
    if total.with_nothing is not None and total.with_all is not None:
        assert total.with_nothing <= total.with_all
    else:
        assert total == Total(None, None, None, total.dropped)


def test_a_heavy_one_may_be_pushed_out_by_a_better_light_one() -> None:
    exercises = [exercise("light", 10, 1), exercise("heavy", 10, 2), exercise("else", 10, 1)]
    scores = {"heavy": counts(1), "else": counts(0)}
    before = total_of(exercises, scores | {"light": counts(0)}, {"": 2})
    assert (before.now, before.dropped) == (Fraction(1, 10), frozenset({"light", "else"}))
    after = total_of(exercises, scores | {"light": counts(2)}, {"": 2})
    assert (after.now, after.dropped) == (Fraction(1, 5), frozenset({"heavy", "else"}))


@given(books, drops)
def test_more_points_are_never_less_where_a_category_has_one_weight(
    book: list[tuple[Fraction, str, Score]], dropped: Mapping[str, int]
) -> None:
    exercises, scores = made(level(book))
    before = total_of(exercises, scores, dropped)
    for slug, score in scores.items():
        if score.state == "counts" and score.points is not None:
            more = Score("counts", min(score.points + 1, Fraction(10)))
            after = total_of(exercises, scores | {slug: more}, dropped)
            assert before.now is None or (after.now is not None and after.now >= before.now)


@given(books, drops)
def test_once_all_is_settled_there_is_one_total(
    book: list[tuple[Fraction, str, Score]], dropped: Mapping[str, int]
) -> None:
    settled = [(weight, category, score) for weight, category, score in book if score.is_settled]
    total = total_of(*made(settled), dropped)
    assert total.now == total.with_nothing == total.with_all


@given(
    st.dictionaries(st.text(max_size=3), st.builds(ExerciseRule, st.none() | weights, st.none(), st.text(max_size=3)))
)
def test_rules_survive_storage(exercises: Mapping[str, ExerciseRule]) -> None:
    rules = Rules(exercises, {"quiz": 2}, LateRule(15, 10, 50))
    read = Rules.read(rules.stored())
    assert (read.dropped, read.late) == (rules.dropped, rules.late)
    assert all(read.of(slug) == rule for slug, rule in exercises.items())
