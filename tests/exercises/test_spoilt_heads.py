"""Heads with something wrong anywhere in them: a mistake is told at its place, or all still works."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from app.documents.blocks import field_names
from app.exercises import grade_answer, model_answer_of, parse_spec, read_answer, remarks_on, sheet_of, shown_values
from app.exercises.registry import KINDS, UnknownKind
from tests.exercises.samples import FILES, shipped

WRONG: tuple[Any, ...] = (
    *(None, True, -1, 3.5, float("nan"), 10**400, "", "x", "1/0", "{x}", "=1/0", "(" * 300),
    *([], [None], ["x", "x"], {}, {"x": 1}, {1: 2}, [[]], [{}]),
)
SMALLEST = {
    kind: min((path for path in FILES if shipped(path).kind == kind), key=lambda path: path.stat().st_size)
    for kind in KINDS
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in inner:
        yield (*path, step)
        yield from places(each, (*path, step))


def spoilt(head: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One head for each place and each thing that can be wrong there."""
    for *way, last in places(head):
        for wrong in (*WRONG, spoilt):
            changed: Any = copy.deepcopy(head)
            around = changed
            for step in way:
                around = around[step]
            if wrong is spoilt:
                del around[last]
            else:
                around[last] = wrong
            yield changed


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_wrong_is_told_or_harmless(kind: str) -> None:
    head = yaml.safe_load(SMALLEST[kind].read_text(encoding="utf-8").split("---\n", 2)[1])
    refused = 0
    for changed in spoilt(head):
        try:
            spec = parse_spec(changed)
        except (ValidationError, UnknownKind):
            refused += 1
            continue
        names = field_names(sheet_of(spec))
        assert len(set(names)) == len(names)
        model = model_answer_of(spec)
        for form in ({}, model, dict.fromkeys(names, "1"), dict.fromkeys(names, "yes")):
            grade = grade_answer(spec, read_answer(spec, form))
            assert grade is None or 0 <= grade.earned <= grade.possible
            shown_values(spec, form)
        remarks_on(spec)
    assert refused > 100
