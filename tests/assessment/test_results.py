"""What a history of markings comes to, for histories nobody would think of."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.assessment.rules import Mark, result_of, rubric_marking
from app.exercises.registry import parse_spec
from tests.catalogue.samples import HIERARCHY

SPEC = parse_spec(HIERARCHY)
KEY_POINTS = [Fraction(n, 3) for n in range(13)]
keys = st.sampled_from(KEY_POINTS).map(lambda points: Mark("key", points, {"parts": []}))
people = st.tuples(st.sampled_from([Fraction(0), Fraction(2)]), st.text(max_size=3)).map(
    lambda given: Mark("trainer", given[0], rubric_marking([given[0]]), comment=given[1])
)
overrides = st.one_of(st.none(), st.sampled_from([Fraction(0), Fraction(7, 2), Fraction(6)])).map(
    lambda points: Mark("override", points, {}, reason="" if points is None else "why")
)
histories = st.lists(st.one_of(keys, people, overrides), max_size=12)


def newest(history: Sequence[Mark], marked_by: str) -> Mark | None:
    return next((mark for mark in reversed(history) if mark.marked_by == marked_by), None)


@given(histories)
def test_points_by_hand_win_until_they_are_taken_back(history: list[Mark]) -> None:
    result = result_of(SPEC, history)
    last = newest(history, "override")
    assert result.overridden == (last is not None and last.earned is not None)
    if last is not None and last.earned is not None:
        assert (result.earned, result.reason) == (last.earned, "why")
    else:
        assert result == result_of(SPEC, [mark for mark in history if mark.marked_by != "override"])


@given(histories, keys)
def test_a_later_key_never_changes_what_a_person_gave(history: list[Mark], key: Mark) -> None:
    before, after = result_of(SPEC, history), result_of(SPEC, [*history, key])
    assert (before.levels, before.comment, before.overridden, before.reason) == (
        after.levels,
        after.comment,
        after.overridden,
        after.reason,
    )
    if before.overridden:
        assert before.earned == after.earned


@given(histories)
def test_without_points_by_hand_it_is_the_newest_key_and_the_newest_rubric(history: list[Mark]) -> None:
    result = result_of(SPEC, [mark for mark in history if mark.marked_by != "override"])
    key, person = newest(history, "key"), newest(history, "trainer")
    if key is None or person is None or key.earned is None or person.earned is None:
        assert result.earned is None
        assert result.waits
    else:
        assert result.earned == key.earned + person.earned


@given(histories, st.data())
def test_only_the_newest_of_each_kind_matters(history: list[Mark], data: st.DataObject) -> None:
    kept = [mark for n, mark in enumerate(history) if not any(m.marked_by == mark.marked_by for m in history[n + 1 :])]
    assert result_of(SPEC, history) == result_of(SPEC, kept)
    assert result_of(SPEC, data.draw(st.permutations(kept))) == result_of(SPEC, kept)
