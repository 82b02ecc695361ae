"""What a rule makes of a case, and where its boundaries are."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

from app.exercises.formulas import FormulaError, Value, read_formula
from app.exercises.kinds.classification.parts import Fact, Line

TRUTHS: Final[Mapping[str, Value]] = {"true": True, "false": False}
"""Words that a rule may use besides the facts."""
MOST_DECIMALS: Final = 6


def decide(rule: Sequence[Line], values: Mapping[str, Value]) -> int | None:
    """The number of the first line that holds, None where none does. Raises FormulaError."""
    known = {**TRUTHS, **values}
    return next((n for n, line in enumerate(rule) if line.when is None or read_formula(line.when).holds(known)), None)


def steps_of(facts: Sequence[Fact], rule: Sequence[Line]) -> dict[str, tuple[Fraction, list[Fraction]]]:
    """Number fact → the step its values go in, and the numbers that the rule compares it with, rising.

    Raises FormulaError where a line cannot be read.
    """
    met: dict[str, set[Fraction]] = {fact.id: set() for fact in facts if fact.type == "number"}
    for line in rule:
        for name, number in _compared(line, met):
            if name and number is not None:
                met[name].add(number)
    steps = {fact.id: fact.step for fact in facts}
    return {name: (steps[name] or _fine(numbers), sorted(numbers)) for name, numbers in met.items()}


def is_plain(facts: Sequence[Fact], rule: Sequence[Line]) -> bool:
    """Whether every number is compared by itself with figures: then the boundaries tell all there is to know."""
    numbers = {fact.id: set[Fraction]() for fact in facts if fact.type == "number"}
    return all(number is not None for line in rule for _, number in _compared(line, numbers))


def grid(facts: Sequence[Fact], rule: Sequence[Line], reach: int = 1) -> dict[str, list[Value]]:
    """Fact → values among which each different treatment by a plain rule occurs: up to `reach` steps round each."""
    steps = steps_of(facts, rule)
    return {
        fact.id: _around(fact, *steps[fact.id], reach) if fact.type == "number" else choices(fact) for fact in facts
    }


def choices(fact: Fact) -> list[Value]:
    """All that a fact which is no number can be."""
    return [True, False] if fact.type == "yes_no" else [option.id for option in fact.options]


def _around(fact: Fact, step: Fraction, numbers: list[Fraction], reach: int) -> list[Value]:
    """At each boundary and some steps to either side, within what the fact can be."""
    least = fact.from_ if fact.from_ is not None else min([Fraction(0), *(number - step for number in numbers)])
    most = fact.to
    near = {number + side * step for number in numbers for side in range(-reach, reach + 1)} or {least}
    return [number for number in sorted(near) if number >= least and (most is None or number <= most)] or [least]


def _compared(line: Line, numbers: Mapping[str, object]) -> Iterator[tuple[str, Fraction | None]]:
    """Each number fact with what a line compares it with; None where that is no mere figure."""
    tree = read_formula(line.when).tree if line.when is not None else ast.Constant(value=True)
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for left, right in pairwise([node.left, *node.comparators]):
                yield from _side(left, right, numbers)


def _side(left: ast.expr, right: ast.expr, numbers: Mapping[str, object]) -> Iterator[tuple[str, Fraction | None]]:
    one, other = _named(left) & set(numbers), _named(right) & set(numbers)
    if not one and not other:
        return
    side, figure = (left, right) if one else (right, left)
    alone = isinstance(side, ast.Name) and not _named(figure)
    yield (side.id, _figure(figure)) if alone and isinstance(side, ast.Name) else ("", None)


def _named(node: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _figure(node: ast.expr) -> Fraction | None:
    try:
        return read_formula(ast.unparse(node)).number({})
    except FormulaError:
        return None


def _fine(numbers: set[Fraction]) -> Fraction:
    """One of the last decimal that the boundaries have."""
    digits = next((n for n in range(MOST_DECIMALS) if all((each * 10**n).denominator == 1 for each in numbers)), 2)
    return Fraction(1, 10**digits)
