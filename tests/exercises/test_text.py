"""Free text: what the rule sees, and what is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.documents.blocks import TextField
from app.exercises import giveaways, grade_answer, kind_of, parse_spec, read_answer, remarks_on
from app.exercises.kind import Part
from app.exercises.texts import STORED
from tests.exercises.contract import PROMISES
from tests.exercises.samples import mistakes_in, text

TASK = text()["tasks"][0]


def parts(written: str, head: dict[str, Any] | None = None) -> tuple[Part, ...]:
    spec = parse_spec(head or text())
    grade = grade_answer(spec, read_answer(spec, {"mail": written}))
    assert grade is not None
    return grade.parts


def with_task(**over: Any) -> dict[str, Any]:
    return text(tasks=[TASK | over])


@pytest.mark.parametrize("check", PROMISES, ids=lambda check: check.__name__.removeprefix("check_"))
def test_sample_keeps_the_promises_of_a_kind(check: Any) -> None:
    spec = parse_spec(text())
    check(kind_of(spec), spec)


@pytest.mark.parametrize(
    ("written", "earned", "said"),
    [
        ("", 0, "Left blank."),
        ("   \n", 0, "Left blank."),
        ("vans", 1, "Too short: 1 of at least 3 characters or words."),
        ("our vans come next week", 3, "The length is right."),
        ("我们下周送四十台车过去好不好", 1, "Too long: 14 of at most 8 characters or words."),
        ("VANS, next\nweek!", 3, "The length is right."),
        ("caravans come next week", 2, "The length is right."),
    ],
)
def test_length_and_elements_earn_each_their_share(written: str, earned: int, said: str) -> None:
    found = parts(written)
    assert sum(part.earned for part in found) == earned
    assert found[0].in_words("en") == said


def test_missing_element_is_told_in_the_words_of_its_author() -> None:
    length, figure, date = parts("we come some time")
    assert (figure.earned, figure.in_words("en")) == (Fraction(0), "Not mentioned. No figure.")
    assert [part.id for part in (length, figure, date)] == ["mail.length", "mail.figure", "mail.date"]
    assert figure.label == "The mail · vans / 台"


def test_points_that_are_stated_come_out_of_the_whole() -> None:
    stated = with_task(elements=[TASK["elements"][0] | {"points": 2}, TASK["elements"][1]])
    assert [part.possible for part in parts("", stated)] == [Fraction(1, 2), 2, Fraction(1, 2)]


def test_sheet_has_a_length_guide_and_no_word_of_the_elements() -> None:
    spec = parse_spec(with_task(hint="Your own words."))
    (field,) = kind_of(spec).sheet(spec)
    assert isinstance(field, TextField)
    assert field.hint == "Your own words. Write 3 to 8 characters or words."
    assert "vans" not in repr(field)


@pytest.mark.parametrize(
    ("title", "hint", "shown"),
    [
        ("Two accounts", "Two sentences", "Two sentences. Write 3 to 8 characters or words."),
        ("两本账", "每段两句", "每段两句。请写 3 到 8 字。"),
        ("两本账", "够不够？", "够不够？请写 3 到 8 字。"),
    ],
)
def test_hint_and_length_guide_are_two_sentences(title: str, hint: str, shown: str) -> None:
    spec = parse_spec(with_task(hint=hint) | {"title": title})
    (field,) = kind_of(spec).sheet(spec)
    assert isinstance(field, TextField)
    assert field.hint == shown


def test_text_without_end_is_refused_and_named() -> None:
    spec = parse_spec(text())
    answer = read_answer(spec, {"mail": "字" * 20_001})
    assert set(answer.unreadable) == {"mail"}
    assert kind_of(spec).grade(spec, answer).earned == 0


def test_trainers_read_the_words_that_count() -> None:
    assert remarks_on(parse_spec(text()))["mail.figure"] == (("vans / 台", "No figure."),)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (text(marking=["key"]), {(("marking", 0), "marking-misfit")}),
        (with_task(length={}), {(("tasks", 0, "length"), "limit")}),
        (with_task(length={"at_least": 9, "at_most": 3}), {(("tasks", 0, "length", "at_least"), "limit")}),
        (with_task(length={"at_least": 50}), {(("tasks", 0, "model"), "model-misfit")}),
        (with_task(model=""), {(("tasks", 0, "model"), "model-missing")}),
        (with_task(model="We come some time"), {(("tasks", 0, "model"), "model-misfit")}),
        (
            with_task(elements=[{"id": "a", "any_of": ["vans", " "], "say": "X"}]),
            {(("tasks", 0, "elements", 0, "any_of", 1), "phrase-empty")},
        ),
        (with_task(length=None, elements=[]), {(("marking",), "marking-nothing")}),
        (text(tasks=[TASK, TASK | {"label": "B"}]), {(("tasks", 1, "id"), "id-twice")}),
        (text(tasks="mail"), {(("tasks",), "tuple_type")}),
    ],
)
def test_mistake_is_told_with_its_place(head: dict[str, Any], found: set[Any]) -> None:
    assert found <= mistakes_in(head)


def test_sample_is_sound_and_gives_nothing_away() -> None:
    assert mistakes_in(text()) == set()
    assert list(giveaways(parse_spec(text()))) == []


def test_sample_survives_storage() -> None:
    spec = parse_spec(text())
    assert parse_spec(spec.model_dump(mode="json"), context=STORED) == spec
