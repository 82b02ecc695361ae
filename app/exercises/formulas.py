"""Small formulas that authors write: arithmetic, comparisons, and a few functions over named values.

`price * 0.8`, `units >= 250 and not taxi`, `degree == 'college'`, `months(date, '2026-06-30')`. Numbers are exact.
Python's parser reads them; of what it can read only what stands here is taken, so a formula can do nothing but
calculate.
"""

from __future__ import annotations

import ast
import operator
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, isfinite
from typing import Final

from app.words import Sentence, say

LONGEST: Final = 300
"""Characters."""
DEEPEST: Final = 20
MOST_DIGITS: Final = 9
"""Behind the point. A trainee's figure may say how many: a million of them would keep a processor for hours."""
Value = Fraction | str | bool | date
Steps = list["str | Steps"]
"""A formula for a page's script: ["*", ["name", "price"], ["number", "4/5"]]."""

_ARITHMETIC: Mapping[type[ast.operator], tuple[str, Callable[[Fraction, Fraction], Fraction]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
}
_COMPARING: Mapping[type[ast.cmpop], tuple[str, Callable[[Fraction, Fraction], bool]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}


class FormulaError(ValueError):
    """A formula that cannot be read, or has no value for these."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def _rounded(number: Fraction, digits: Fraction = Fraction(0)) -> Fraction:
    """Half away from zero, as people round."""
    if digits not in range(MOST_DIGITS + 1):
        raise FormulaError(say("A number is rounded to 0 to {most} digits.", most=MOST_DIGITS))
    factor = 10 ** int(digits)
    away = floor(abs(number) * factor + Fraction(1, 2))
    return Fraction(away if number >= 0 else -away, factor)


def days_between(earlier: date, later: date) -> Fraction:
    """Days from one date to the other, negative where it lies before."""
    return Fraction((later - earlier).days)


def months_between(earlier: date, later: date) -> Fraction:
    """Whole months from one date to the other.

    A month is over on the same day of the next one, or on its last day where it has no such day.
    """
    if later < earlier:
        return -months_between(later, earlier)
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    _, last = monthrange(later.year, later.month)
    return Fraction(months - (later.day < min(earlier.day, last)))


_NUMBERS: Mapping[str, tuple[int, int, Callable[..., Fraction]]] = {
    "min": (2, 9, min),
    "max": (2, 9, max),
    "abs": (1, 1, abs),
    "floor": (1, 1, lambda number: Fraction(floor(number))),
    "ceil": (1, 1, lambda number: Fraction(ceil(number))),
    "round": (1, 2, _rounded),
}
"""Function of numbers → fewest and most values it takes."""
_DATES: Mapping[str, Callable[[date, date], Fraction]] = {"days": days_between, "months": months_between}


@dataclass(frozen=True)
class Formula:
    """A formula that was read."""

    text: str
    names: frozenset[str]
    """What it asks for."""
    tree: ast.expr

    def value(self, values: Mapping[str, Value]) -> Value:
        """What it comes to. Raises FormulaError where a value is missing, of the wrong sort, or divides by 0."""
        return _value(self.tree, values)

    def number(self, values: Mapping[str, Value]) -> Fraction:
        """The same, where a number is wanted."""
        return _number(self.tree, values)

    def holds(self, values: Mapping[str, Value]) -> bool:
        """The same, where yes or no is wanted."""
        return _truth(self.tree, values)

    def steps(self) -> Steps:
        """For a script, which has no parser."""
        return _steps(self.tree)


@lru_cache(2048)
def read_formula(text: str) -> Formula:
    """Read a formula. Raises FormulaError."""
    if len(text) > LONGEST:
        raise FormulaError(say("A formula has at most {most} characters.", most=LONGEST))
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaError(say("“{formula}” cannot be read as a formula.", formula=text)) from None
    _check(tree, text, 0)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return Formula(text, frozenset(names - called), tree)


def _check(node: ast.expr, text: str, depth: int) -> None:
    """Refuse whatever is more than calculating."""
    inner: list[ast.expr]
    match node:
        case ast.Constant(value=float(value)) if not isfinite(value):
            raise FormulaError(say("“{formula}” cannot be read as a formula.", formula=text))
        case ast.Constant(value=bool() | int() | float() | str()) | ast.Name():
            inner = []
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            inner = [left, right]
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            inner = [operand]
        case ast.BoolOp(values=inner):
            pass
        case ast.Compare(left=left, ops=ops, comparators=others) if all(
            type(op) in _COMPARING or isinstance(op, ast.Eq | ast.NotEq) for op in ops
        ):
            inner = [left, *others]
        case ast.Call(func=ast.Name(id=name), args=inner, keywords=[]) if _takes(name, len(inner)):
            pass
        case _:
            raise FormulaError(say("“{formula}” cannot be read as a formula.", formula=text))
    if depth > DEEPEST:
        raise FormulaError(say("“{formula}” is nested too deep.", formula=text))
    for each in inner:
        _check(each, text, depth + 1)


def _takes(name: str, count: int) -> bool:
    fewest, most, _ = _NUMBERS.get(name, (2, 2, None))
    return (name in _NUMBERS or name in _DATES) and fewest <= count <= most


def _value(node: ast.expr, values: Mapping[str, Value]) -> Value:  # noqa: PLR0911 - one return a sort of node
    match node:
        case ast.Constant(value=bool(value)):
            return value
        case ast.Constant(value=int(value)):
            return Fraction(value)
        case ast.Constant(value=float(value)):
            return Fraction(str(value))
        case ast.Constant(value=str(value)):
            return value
        case ast.Name(id=name):
            if name not in values:
                raise FormulaError(say("There is no value for “{name}”.", name=name))
            return values[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _calculated(type(op), _number(left, values), _number(right, values))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, values)
        case ast.Call(func=ast.Name(id=name), args=args):
            return _called(name, args, values)
        case _:
            return _truth(node, values)


def _calculated(op: type[ast.operator], left: Fraction, right: Fraction) -> Fraction:
    if op is ast.Div and not right:
        raise FormulaError(say("A division by 0 has no value."))
    return _ARITHMETIC[op][1](left, right)


def _called(name: str, args: list[ast.expr], values: Mapping[str, Value]) -> Fraction:
    if name in _DATES:
        earlier, later = (_date(arg, values) for arg in args)
        return _DATES[name](earlier, later)
    return _NUMBERS[name][2](*(_number(arg, values) for arg in args))


def _number(node: ast.expr, values: Mapping[str, Value]) -> Fraction:
    value = _value(node, values)
    if isinstance(value, Fraction):
        return value
    raise FormulaError(say("“{part}” is no number.", part=ast.unparse(node)))


def _date(node: ast.expr, values: Mapping[str, Value]) -> date:
    value = _value(node, values)
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise FormulaError(say("“{part}” is no date.", part=ast.unparse(node))) from None


def _truth(node: ast.expr, values: Mapping[str, Value]) -> bool:
    match node:
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_truth(part, values) for part in parts)
        case ast.BoolOp(values=parts):
            return any(_truth(part, values) for part in parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _truth(operand, values)
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [left, *others]
            return all(_compared(op, sides[n], sides[n + 1], values) for n, op in enumerate(ops))
        case ast.Constant() | ast.Name():
            value = _value(node, values)
            if isinstance(value, bool):
                return value
    raise FormulaError(say("“{part}” is neither true nor false.", part=ast.unparse(node)))


def _compared(op: ast.cmpop, left: ast.expr, right: ast.expr, values: Mapping[str, Value]) -> bool:
    if isinstance(op, ast.Eq | ast.NotEq):
        return (_value(left, values) == _value(right, values)) is isinstance(op, ast.Eq)
    return _COMPARING[type(op)][1](_number(left, values), _number(right, values))


def _steps(node: ast.expr) -> Steps:  # noqa: PLR0911 - one return a sort of node
    match node:
        case ast.Constant(value=str(value)):
            return ["text", value]
        case ast.Constant(value=bool(value)):
            return ["truth", str(value).lower()]
        case ast.Constant(value=value):
            return ["number", str(value)]
        case ast.Name(id=name):
            return ["name", name]
        case ast.BinOp(left=left, op=op, right=right):
            return [_ARITHMETIC[type(op)][0], _steps(left), _steps(right)]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return ["-", ["number", "0"], _steps(operand)]
        case ast.Call(func=ast.Name(id=name), args=args):
            return [name, *map(_steps, args)]
        case _:
            raise FormulaError(say("“{part}” is no arithmetic.", part=ast.unparse(node)))
