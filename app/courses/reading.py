"""A model out of an author's values: every mistake at once, and enough left for other rules to look at."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.courses.problems import Problem
from app.courses.source import Source, Steps, plain_scalar
from app.courses.wording import innermost, known_keys, problems_of, run_together
from app.exercises.spelling import nearest

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Read(Generic[M]):
    """`value` is there where something can be made of the values; it is `whole` where nothing had to be left out."""

    value: M | None
    whole: bool
    problems: tuple[Problem, ...]


def read_model(
    source: Source,
    values: object,
    parse: Callable[[object], M],
    *,
    model: type[BaseModel],
    elsewhere: frozenset[Steps] = frozenset(),
) -> Read[M]:
    """What `parse` makes of the values; `model` names the keys they may have.

    A key that is misspelt is taken for what it is most like, so that one slip is one problem. Values that cannot be
    used are left out, where something remains without them. Mistakes at the places `elsewhere` are told of elsewhere.
    """
    try:
        return Read(parse(values), True, ())
    except ValidationError as error:
        first = error
    keys = tuple(p for p in problems_of(first, source, model) if p.code == "unknown-key")
    mended = _with_keys_mended(values, first.errors(include_url=False), model)
    try:
        return Read(parse(mended), True, keys)
    except ValidationError as error:
        second = error
    others = (p for p in problems_of(second, source, model, elsewhere=elsewhere) if p.code != "unknown-key")
    return Read(_remaining(mended, second, parse), False, (*keys, *others))


def _with_keys_mended(values: object, errors: Iterable[ErrorDetails], model: type[BaseModel]) -> object:
    mended = copy.deepcopy(values)
    for each in errors:
        within, key = _reached(mended, each["loc"][:-1]), each["loc"][-1:]
        if each["type"] == "extra_forbidden" and isinstance(within, dict) and key[0] in within:
            value, known = within.pop(key[0]), known_keys(model, each["loc"][:-1])
            pairs = run_together(str(key[0]), known)
            meant = nearest(str(key[0]), known)
            for name, text in pairs.items():
                within.setdefault(name, plain_scalar(text))
            if meant is not None and not pairs:
                within.setdefault(meant, value)
    return mended


def _remaining(values: object, error: ValidationError, parse: Callable[[object], M]) -> M | None:
    """What is left without the keys under which something is wrong; None where one of them is needed."""
    rest = copy.deepcopy(values)
    for each in innermost(error)[::-1]:  # the last entry of a list first: the places of the others hold
        way = each["loc"]
        while way and not _can_be_left_out(rest, way):
            way = way[:-1]
        within = _reached(rest, way[:-1])
        if way and each["type"] == "tuple_type" and isinstance(within[way[-1]], str):
            within[way[-1]] = _entries(within[way[-1]])
        elif way:
            del within[way[-1]]
    try:
        return parse(rest)
    except ValidationError:
        return None


def _can_be_left_out(values: object, way: Steps) -> bool:
    """Whether it is the value of a key, or a word among words."""
    match _reached(values, way[:-1]):
        case dict() as within:
            return way[-1] in within
        case list() as within:
            return isinstance(way[-1], int) and not any(isinstance(each, dict | list) for each in within)
        case _:
            return False


def _entries(text: str) -> list[str]:
    """What the list would be that stands there as a text."""
    return [entry for each in re.split(r"[，,、]", text) if (entry := each.strip(" ［］【】（）()[]〔〕「」“”"))]


def _reached(values: Any, way: Steps) -> Any:  # noqa: ANN401  (YAML holds anything)
    """What stands at the end of the way, None where it leads nowhere."""
    for step in way:
        try:
            values = values[step]
        except (KeyError, IndexError, TypeError):
            return None
    return values
