"""Cases made by seed: every class among them where it can be, the same for the same seed for all time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from itertools import islice
from math import ceil, prod
from typing import Any, Final

from app.exercises.formulas import FormulaError, Value
from app.exercises.kinds.classification.deciding import choices, decide, grid, steps_of
from app.exercises.kinds.classification.parts import Case, Fact, Known, Line
from app.exercises.numbers import in_figures
from app.words import in_words, language_of, say

MOST_TRIED: Final = 300
"""Cases that are looked at to find some of every class."""
MOST_VALUES: Final = 100_000
"""Of one fact."""
FARTHEST: Final = 20
"""Steps from a boundary."""
Facts = dict[str, Value]


def made_cases(head: Mapping[str, Any], seed: int) -> tuple[Case, ...]:
    """The cases that a head asks for with `generate`; none where it does not, or where its rule is faulty."""
    if head["generate"] is None:
        return ()
    facts, rule, count = head["facts"], head["rule"], head["generate"].count
    given = [case.values(facts) for case in head["cases"]]
    try:
        values = _near(facts, rule, count + len(given)) if head["generate"].near else _ranges(facts, rule)
        found = [(place, each) for place, each in _by_line(facts, rule, values, seed) if each not in given]
        chosen = _spread(found, rule, count)
    except FormulaError:
        return ()  # what is wrong with the rule is told where it stands
    language = language_of(head["title"])
    return tuple(
        Case(id=f"made-{n}", text=in_words(say("Case {number}", number=n), language), facts=_written(each))
        for n, each in enumerate(chosen, start=1)
    )


def _by_line(
    facts: Sequence[Fact], rule: Sequence[Line], values: Mapping[str, Sequence[Value]], seed: int
) -> list[tuple[int, Facts]]:
    """Cases to choose from, each with the line of the rule that decides it, in the order of the seed."""
    found = [(line, each) for each in _mixed(values, seed) if (line := decide(rule, each)) is not None]
    missing = {line.class_ for line in rule} - {rule[line].class_ for line, _ in found}
    for each in _mixed(grid(facts, rule), seed) if missing else ():
        line = decide(rule, each)
        if line is not None and rule[line].class_ in missing:
            found.append((line, each))
    return found


def _near(facts: Sequence[Fact], rule: Sequence[Line], count: int) -> dict[str, list[Value]]:
    """Values at and around the boundaries, no farther from them than so many cases need."""
    reaches = (grid(facts, rule, reach) for reach in range(1, FARTHEST))
    return next((values for values in reaches if prod(map(len, values.values())) >= count), grid(facts, rule, FARTHEST))


def _ranges(facts: Sequence[Fact], rule: Sequence[Line]) -> dict[str, list[Value]]:
    """Fact → all it can be."""
    steps = steps_of(facts, rule)
    return {fact.id: _range(fact, *steps[fact.id]) if fact.type == "number" else choices(fact) for fact in facts}


def _range(fact: Fact, step: Fraction, numbers: list[Fraction]) -> list[Value]:
    least = fact.from_ if fact.from_ is not None else min([Fraction(0), *numbers])
    highest = max([abs(number) for number in numbers], default=Fraction(100))
    most = fact.to if fact.to is not None else max(step * ceil(highest * 3 / 2 / step), least)
    count = min(int((most - least) / step) + 1, MOST_VALUES)
    return [least + step * number for number in range(max(count, 1))]


def _mixed(values: Mapping[str, Sequence[Value]], seed: int) -> Iterator[Facts]:
    """Combinations of values without repetition: all of a few, some of many, in the order of the seed."""
    total = prod(len(each) for each in values.values())
    if total <= MOST_TRIED:
        places = sorted(range(total), key=lambda place: _digest(seed, place))
    else:
        drawn = (int.from_bytes(_digest(seed, number)[:8]) % total for number in range(MOST_TRIED))
        places = list(dict.fromkeys(drawn))
    for place in places:
        rest, case = place, {}
        for name, each in values.items():
            rest, at = divmod(rest, len(each))
            case[name] = each[at]
        yield case


def _spread(found: list[tuple[int, Facts]], rule: Sequence[Line], count: int) -> list[Facts]:
    """So many of them, of each class as many as of any other where there are enough; in the order they came."""
    by_class: dict[str, list[int]] = {}
    for place, (line, _) in enumerate(found):
        by_class.setdefault(rule[line].class_, []).append(place)
    deepest = max(map(len, by_class.values()), default=0)
    in_turn = (each[turn] for turn in range(deepest) for each in by_class.values() if turn < len(each))
    return [found[place][1] for place in sorted(islice(in_turn, count))]


def _written(values: Facts) -> dict[str, Known]:
    """As an author would have written them."""
    return {name: in_figures(each) if isinstance(each, Fraction) else each for name, each in values.items()}  # type: ignore[misc] # mypy reads the alias of Facts with dates: they never get here


def _digest(seed: int, number: int) -> bytes:
    return sha256(f"{seed}/case/{number}".encode()).digest()
