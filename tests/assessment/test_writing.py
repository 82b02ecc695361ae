"""Saves of several pages, in any order and with any delay: nothing that was kept is overwritten unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assessment.writing import Change, Written, changed_fields, fold, refusals, stale_fields
from tests.conftest import NOW

CLIENTS = ("phone", "laptop", "paper")
FIELDS = ("a", "b")


@dataclass(frozen=True)
class Step:
    """A page types something, knowing what it learned `behind` changes ago."""

    client: str
    field: str
    text: str
    behind: int


steps = st.lists(
    st.builds(
        Step,
        client=st.sampled_from(CLIENTS),
        field=st.sampled_from(FIELDS),
        text=st.sampled_from(["", "一", "二", "三"]),
        behind=st.integers(0, 4),
    ),
    max_size=24,
)


def history(taken: Sequence[Step]) -> list[Change]:
    """The changes that the server would keep."""
    kept: list[Change] = []
    for number, step in enumerate(taken, 1):
        base = max(0, number - 1 - step.behind)
        fields = {step.field: step.text}
        stale = stale_fields(fields, [change for change in kept if change.id > base], client=step.client, seq=number)
        kept.append(Change(number, step.client, number, base, fields, stale, NOW))
    return kept


def unreachable(kept: list[Change], written: Written) -> list[tuple[int, str]]:
    """The texts that were kept, that nobody sees any more, and that nobody who knew them replaced."""
    waiting = {(conflict.field, conflict.other) for conflict in written.conflicts}
    return [
        (change.id, name)
        for change in kept
        for name, text in change.fields.items()
        if written.values.get(name) != text
        and (name, text) not in waiting
        and not any(_replaced_knowingly(change, later, name) for later in kept if later.id > change.id)
    ]


def _replaced_knowingly(change: Change, later: Change, name: str) -> bool:
    return name in later.fields and (later.client == change.client or later.base >= change.id)


@given(steps)
def test_no_text_is_lost_unseen(taken: list[Step]) -> None:
    kept = history(taken)
    assert unreachable(kept, fold(kept)) == []


def test_the_search_finds_a_text_that_was_overwritten_unseen() -> None:
    kept = [
        Change(1, "phone", 1, 0, {"a": "一"}, (), NOW),
        Change(2, "laptop", 1, 0, {"a": "二"}, (), NOW),  # its base is older, and it is not marked as stale
    ]
    assert unreachable(kept, fold(kept)) == [(1, "a")]


@given(steps)
def test_folding_in_two_parts_is_folding_at_once(taken: list[Step]) -> None:
    kept = history(taken)
    assert fold(iter(kept)) == fold(kept)
    assert fold(kept).newest == len(kept)


def test_what_a_form_repeats_is_no_change() -> None:
    assert changed_fields({"a": "1", "b": "", "c": "2"}, {"a": "1", "c": "1"}) == {"c": "2"}


@pytest.mark.parametrize("text", ["", "换\n行\t制表", "𬭎", "é"])
def test_what_people_type_can_be_kept(text: str) -> None:
    assert refusals({"a": text}, {"a"}) == {}
