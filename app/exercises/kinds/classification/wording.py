"""A rule in the words of its facts and classes, for trainees who are to see it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.exercises.formulas import FormulaError, read_formula
from app.exercises.kinds.classification.parts import Class, Fact, Line
from app.words import Language, in_words, language_of, say

_SIGNS: Final[Mapping[type[ast.AST], str]] = {
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Gt: ">",
    ast.GtE: "≥",
    ast.Eq: "=",
    ast.NotEq: "≠",
    ast.Add: "+",
    ast.Sub: "−",
    ast.Mult: "×",
    ast.Div: "÷",
}


def rule_in_words(head: Mapping[str, Any]) -> tuple[str, ...]:
    """The lines of a head's rule as Markdown of one line each; none where the rule is faulty."""
    language = language_of(head["title"])
    try:
        return tuple(_line(line, head["facts"], head["classes"], language) for line in head["rule"])
    except FormulaError:
        return ()  # what is wrong with it is told where it stands


def _line(line: Line, facts: Sequence[Fact], classes: Sequence[Class], language: Language) -> str:
    label = next((each.label for each in classes if each.id == line.class_), line.class_)
    if line.when is None:
        return in_words(say("otherwise: {label}", label=label), language)
    return f"{_Words(facts, language).of(read_formula(line.when).tree)} → {label}"


class _Words:
    """Puts a formula into words."""

    def __init__(self, facts: Sequence[Fact], language: Language) -> None:
        self._facts = {fact.id: fact for fact in facts}
        self._language = language

    def of(self, node: ast.expr) -> str:
        match node:
            case ast.BoolOp(op=ast.And(), values=parts):
                return in_words(say(" and "), self._language).join(self._inner(part) for part in parts)
            case ast.BoolOp(values=parts):
                return in_words(say(" or "), self._language).join(self._inner(part) for part in parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return in_words(say("not: {what}", what=self._inner(operand)), self._language)
            case ast.Compare(left=left, ops=ops, comparators=others):
                unit = self._unit([left, *others])
                rest = "".join(f" {_SIGNS[type(op)]} {self._side(o)}" for op, o in zip(ops, others, strict=True))
                return f"{self._side(left)}{rest} {unit}".strip()
            case _:
                return self._side(node)

    def _inner(self, node: ast.expr) -> str:
        """A part of a longer condition, in brackets where it has parts of its own."""
        return f"({self.of(node)})" if isinstance(node, ast.BoolOp) else self.of(node)

    def _side(self, node: ast.expr) -> str:
        match node:
            case ast.Name(id=name):
                return self._facts[name].label if name in self._facts else name
            case ast.Constant(value=str(value)):
                options = (option for fact in self._facts.values() for option in fact.options)
                return next((option.label for option in options if option.id == value), value)
            case ast.BinOp(left=left, op=op, right=right):
                return f"{self._side(left)} {_SIGNS[type(op)]} {self._side(right)}"
            case _:
                return ast.unparse(node)

    def _unit(self, sides: Sequence[ast.expr]) -> str:
        """The unit of the one fact that is compared with figures."""
        named = [self._facts[side.id].unit for side in sides if isinstance(side, ast.Name) and side.id in self._facts]
        return named[0] if len(named) == 1 and isinstance(sides[-1], ast.Constant) else ""
