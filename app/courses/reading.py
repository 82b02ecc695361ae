"""A model out of an author's values: every mistake at once, and enough left for other rules to look at."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.courses.problems import Problem
from app.courses.source import Source, Steps
from app.courses.vocabulary import nearest
from app.courses.wording import innermost, known_keys, problems_of

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
            value = within.pop(key[0])
            meant = nearest(str(key[0]), known_keys(model, each["loc"][:-1]))
            if meant is not None:
                within.setdefault(meant, value)
    return mended


def _remaining(values: object, error: ValidationError, parse: Callable[[object], M]) -> M | None:
    """What is left without the keys under which something is wrong; None where one of them is needed."""
    rest = copy.deepcopy(values)
    for each in innermost(error):
        way = each["loc"]
        while way and not (isinstance(way[-1], str) and isinstance(_reached(rest, way[:-1]), dict)):
            way = way[:-1]
        within = _reached(rest, way[:-1])
        if way and isinstance(within, dict):
            within.pop(way[-1], None)
    try:
        return parse(rest)
    except ValidationError:
        return None


def _reached(values: Any, way: Steps) -> Any:  # noqa: ANN401  (YAML holds anything)
    """What stands at the end of the way, None where it leads nowhere."""
    for step in way:
        try:
            values = values[step]
        except (KeyError, IndexError, TypeError):
            return None
    return values
