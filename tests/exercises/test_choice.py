"""Questions with options: what a choice earns, what is said to each, what authors are told."""

from __future__ import annotations

from typing import Any

import pytest

from app.documents.blocks import NOTHING, ChoiceField, Option, plain
from app.exercises import giveaways, grade_answer, kind_of, model_answer_of, parse_spec, read_answer
from app.words import say
from tests.exercises.samples import mistakes_in

ONE: dict[str, Any] = {
    "id": "ring",
    "text": "Who signs",
    "options": [
        {"id": "boss", "text": "The boss", "correct": True, "why": "Hers is the budget."},
        {"id": "clerk", "text": "The clerk", "why": "He only files."},
        {"id": "driver", "text": "The driver"},
    ],
}
SEVERAL: dict[str, Any] = {
    "id": "duties",
    "text": "What belongs to it",
    "several": True,
    "why": "Ask who else would do it.",
    "options": [
        {"id": "visits", "text": "Visits", "correct": True, "why": "Nobody else goes."},
        {"id": "notes", "text": "Notes", "correct": True},
        {"id": "repairs", "text": "Repairs", "why": "The workshop does."},
        {"id": "gifts", "text": "Gifts"},
    ],
}


def choice(*questions: dict[str, Any], **over: Any) -> dict[str, Any]:
    """Two points a question."""
    asked = questions or (ONE, SEVERAL)
    return {
        "kind": "choice",
        "title": "Roles",
        "minutes": 5,
        "points": 2 * len(asked),
        "questions": list(asked),
    } | over


def outcome(question: dict[str, Any], *ticked: str) -> tuple[object, str]:
    """What it earns of two points, and what is said."""
    several = question.get("several")
    form = {f"{question['id']}.{name}" if several else question["id"]: "yes" if several else name for name in ticked}
    spec = parse_spec(choice(question))
    grade = grade_answer(spec, read_answer(spec, form))
    assert grade is not None
    return grade.earned, grade.parts[0].in_words("en")


@pytest.mark.parametrize(
    ("chosen", "earned", "said"),
    [
        ("boss", 2, "Right. “The boss”: Hers is the budget."),
        ("clerk", 0, "“The clerk” is not right. He only files. “The boss” would have been right. Hers is the budget."),
        ("driver", 0, "“The driver” is not right. “The boss” would have been right. Hers is the budget."),
        ("", 0, "Left blank."),
        ("nobody", 0, "“nobody” is not among the choices."),
    ],
)
def test_one_choice_is_right_or_not(chosen: str, earned: int, said: str) -> None:
    assert outcome(ONE, *filter(None, [chosen])) == (earned, said)


@pytest.mark.parametrize(
    ("ticked", "partial", "whole"),
    [
        (("visits", "notes"), 2, 2),
        (("visits",), 1, 0),
        (("visits", "notes", "gifts"), 1, 0),
        (("visits", "repairs"), 0, 0),
        (("repairs", "gifts"), 0, 0),
        (("visits", "notes", "repairs", "gifts"), 0, 0),
        ((), 0, 0),
    ],
)
def test_wrong_tick_takes_away_what_a_right_one_earns(ticked: tuple[str, ...], partial: int, whole: int) -> None:
    assert outcome(SEVERAL, *ticked)[0] == partial
    assert outcome(SEVERAL | {"credit": "all"}, *ticked)[0] == whole


def test_feedback_names_every_difference_with_its_reason() -> None:
    assert outcome(SEVERAL, "notes", "repairs")[1] == (
        "“Repairs” is not right. The workshop does. "
        "“Visits” would have been right. Nobody else goes. "
        "Ask who else would do it."
    )
    assert outcome(SEVERAL)[1] == "Left blank. Ask who else would do it."


def test_feedback_of_several_options_has_a_line_each() -> None:
    spec = parse_spec(choice(SEVERAL))
    grade = grade_answer(spec, read_answer(spec, {"duties.notes": "yes", "duties.repairs": "yes"}))
    assert grade
    assert grade.parts[0].lines("en") == (
        "“Repairs” is not right. The workshop does.",
        "“Visits” would have been right. Nobody else goes.",
        "Ask who else would do it.",
    )
    blank = grade_answer(spec, read_answer(spec, {}))
    assert blank
    assert blank.parts[0].lines("en") == ("Left blank. Ask who else would do it.",)  # no line for a word


def test_odd_tick_is_named_and_counts_as_blank() -> None:
    spec = parse_spec(choice(SEVERAL))
    answer = read_answer(spec, {"duties.visits": "maybe", "duties.notes": " yes "})
    assert answer.model_dump()["chosen"] == {"duties": ("notes",)}
    assert answer.unreadable == {"duties.visits": say("“{typed}” is not among the choices.", typed="maybe")}


def test_sheet_has_the_options_in_the_order_written_and_says_what_a_wrong_tick_costs() -> None:
    spec = parse_spec(choice())
    first, second = kind_of(spec).sheet(spec)
    names = (("boss", "The boss"), ("clerk", "The clerk"), ("driver", "The driver"))
    options = tuple(Option(name, plain(text)) for name, text in names)
    assert first == ChoiceField("ring", plain("Who signs"), options, hint=NOTHING)
    assert isinstance(second, ChoiceField)
    assert second.several
    assert second.hint == plain("Several may be right. A wrong tick takes away what a right one earns.")


def test_model_answer_ticks_what_is_right() -> None:
    spec = parse_spec(choice())
    assert model_answer_of(spec) == {"ring": "boss", "duties.visits": "yes", "duties.notes": "yes"}


def without_key(question: dict[str, Any]) -> dict[str, Any]:
    return question | {"options": [{**option, "correct": False} for option in question["options"]]}


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (without_key(ONE), {(("questions", 0, "options"), "correct-count")}),
        (SEVERAL | {"several": False}, {(("questions", 0, "options"), "correct-count")}),
        (SEVERAL | {"options": SEVERAL["options"][:2]}, {(("questions", 0, "options"), "no-distractor")}),
        (ONE | {"credit": "all"}, {(("questions", 0, "credit"), "key-misfit")}),
        (ONE | {"options": ONE["options"][:1]}, {(("questions", 0, "options"), "too-few")}),
        (
            ONE | {"options": [*ONE["options"], {"id": "lorry", "text": "The **driver**"}]},
            {(("questions", 0, "options", 3, "text"), "option-twice")},
        ),
        (
            ONE | {"options": [*ONE["options"], {"id": "boss", "text": "Another"}]},
            {(("questions", 0, "options", 3, "id"), "id-twice")},
        ),
        (ONE | {"txt": "?"}, {(("questions", 0, "txt"), "extra_forbidden")}),
        (
            ONE | {"options": [*ONE["options"], {"id": "x", "text": "X", "correct": "no"}]},
            {(("questions", 0, "options", 3, "correct"), "bool_type")},
        ),
    ],
)
def test_mistake_is_told_with_its_place(question: dict[str, Any], found: set[Any]) -> None:
    assert mistakes_in(choice(question)) == found


def test_choices_are_not_marked_by_rule() -> None:
    assert mistakes_in(choice(marking=["rule"])) == {(("marking", 0), "marking-misfit")}


@pytest.mark.parametrize("telling", ["right-one", "correct", "distractor-2"])
def test_id_that_gives_the_key_away_is_found(telling: str) -> None:
    options = [*ONE["options"], {"id": telling, "text": "X"}]
    assert list(giveaways(parse_spec(choice(ONE | {"options": options})))) == [
        (("questions", 0, "options", 3, "id"), telling)
    ]
    assert list(giveaways(parse_spec(choice()))) == []
