"""What differs between two wordings of an exercise, and whether it bears on what the key says."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest

from app.assessment.keys import marks_alike
from app.catalogue.queries import timetable_of
from app.exercises import Part, parse_spec
from app.regrading.compare import ExerciseChange, PartChange, aspects_of, course_change, parts_that_differ
from tests.assessment.course_samples import CHOICE
from tests.catalogue.samples import HIERARCHY
from tests.records.samples import create_sample
from tests.regrading.samples import BASE, HINT, RUBRIC, TWO_CRITERIA, course_with, keyed_otherwise

WHY = deepcopy(CHOICE)
WHY["questions"][0]["why"] = "另一个理由"
RIGHT = deepcopy(CHOICE)
RIGHT["questions"][0]["options"][0]["correct"], RIGHT["questions"][0]["options"][1]["correct"] = False, True
READS = deepcopy(CHOICE)
READS["questions"][0]["text"] = "毛利率的分母到底是什么？"


@pytest.mark.parametrize(
    ("then", "now", "aspects", "alike"),
    [
        (HIERARCHY, keyed_otherwise(HIERARCHY), ("key",), False),
        (CHOICE, RIGHT, ("key",), False),
        (CHOICE, WHY, ("key",), False),  # what is told beside the points stands in the marking, too
        (CHOICE, READS, ("texts",), False),
        (CHOICE, {**CHOICE, "title": "三道题"}, ("texts",), True),
        (CHOICE, {**CHOICE, "points": 5}, ("points",), False),
        (CHOICE, {**CHOICE, "minutes": 12, "attempts": 2}, ("settings",), True),
        (CHOICE, {**CHOICE, "note": "讲评时说", "source": "手册"}, ("notes",), True),
        (CHOICE, {**CHOICE, "hints": [HINT]}, ("hints",), False),
        (CHOICE, {**CHOICE, "points": 6, "marking": ["key", "trainer"], "rubric": RUBRIC},
         ("rubric", "points", "marking"), True),
        (HIERARCHY, {**HIERARCHY, "rubric": TWO_CRITERIA}, ("rubric",), True),
        (HIERARCHY, {**HIERARCHY, "points": 2, "marking": ["trainer"]}, ("points", "marking"), False),
    ],
)  # fmt: skip
def test_what_differs(
    then: Mapping[str, Any], now: Mapping[str, Any], aspects: tuple[str, ...], *, alike: bool
) -> None:
    old, new = parse_spec(then), parse_spec(now)
    assert (aspects_of(old, new), marks_alike(old, new)) == (aspects, alike)


def test_a_course_and_its_newer_version() -> None:
    old = create_sample()
    new = course_with({"drill": keyed_otherwise(BASE["drill"])}, attendance="50%")
    days = deepcopy(new.model_dump(mode="json")["days"])
    days[0]["sessions"][1]["slots"][0]["minutes"] = 45
    days[1]["sessions"][1] |= {"id": "d3", "title": "d3"}
    new = new.model_copy(update={"days": type(new).model_validate(new.model_dump() | {"days": days}).days})
    change = course_change(old, new, (timetable_of(old), timetable_of(new)))
    assert change.exercises == (ExerciseChange("drill", "需求**分层**", ("key", "hints")),)
    assert (change.retimed, change.sessions_added, change.sessions_removed) == (("d1-pm",), ("d3",), ("d2-pm",))
    assert (change.completion, change.added, change.removed) == (True, (), ())


def test_the_items_of_two_markings() -> None:
    def part(key: str, earned: int, possible: int = 2) -> Part:
        return Part(id=key, label=key.upper(), earned=Fraction(earned), possible=Fraction(possible))

    before, after = (part("a", 1), part("b", 2), part("gone", 1)), (part("a", 2), part("b", 2), part("new", 0))
    assert parts_that_differ(before, after) == (
        PartChange("A", Fraction(1), Fraction(2), Fraction(2)),
        PartChange("NEW", None, Fraction(0), Fraction(2)),
        PartChange("GONE", Fraction(1), None, Fraction(2)),
    )
