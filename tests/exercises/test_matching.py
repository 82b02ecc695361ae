"""Items that go with targets: what is refused, read, earned and said."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.documents.blocks import Card, Place, PlacementField, field_names, plain
from app.documents.html import to_html
from app.documents.markdown import inline
from app.exercises import giveaways, grade_answer, kind_of, parse_spec, read_answer, remarks_on
from app.exercises.kind import Part
from app.words import say
from tests.exercises.contract import PROMISES, check_trainee_side_works_without_the_key
from tests.exercises.samples import matching, mistakes_in

ITEMS = matching()["items"]
TARGETS = matching()["targets"]
SHARED = say("Several have the same one here; each can be used once.")


def parts(head: dict[str, Any], **chosen: str) -> dict[str, Part]:
    spec = parse_spec(head)
    grade = grade_answer(spec, read_answer(spec, {f"target.{item}": target for item, target in chosen.items()}))
    assert grade is not None
    return {part.id: part for part in grade.parts}


def with_item(**over: Any) -> dict[str, Any]:
    """The first item changed."""
    return matching(items=[ITEMS[0] | over, *ITEMS[1:]])


@pytest.mark.parametrize("once", [False, True])
@pytest.mark.parametrize("check", PROMISES, ids=lambda check: check.__name__.removeprefix("check_"))
def test_sample_keeps_the_promises_of_a_kind(check: Any, once: bool) -> None:  # noqa: FBT001 - a parameter
    spec = parse_spec(matching(once=once))
    check(kind_of(spec), spec)
    check_trainee_side_works_without_the_key(kind_of(spec), spec, kind_of(spec).secret)


@pytest.mark.parametrize(
    ("target", "points", "said"),
    [
        ("t-2", 2, "“Owner” is right. Only owners sign."),
        ("t-1", 0, "Chosen: “Buyer”; right: “Owner”. A buyer asks. Only owners sign."),
        ("t-3", 0, "Chosen: “Driver”; right: “Owner”. Only owners sign."),
        ("", 0, "Left blank. Right: “Owner”. Only owners sign."),
        ("t-9", 0, "“t-9” is not among the choices. Right: “Owner”. Only owners sign."),
        ("\ud800\0", 0, "Left blank. Right: “Owner”. Only owners sign."),
    ],
)
def test_feedback_tells_what_was_chosen_and_what_is_right(target: str, points: int, said: str) -> None:
    part = parts(matching(), chen=target)["chen"]
    assert (part.earned, part.possible) == (Fraction(points), Fraction(2))
    assert part.in_words("en") == said


def test_same_part_is_said_again_and_never_that_of_another_choice() -> None:
    spec = parse_spec(matching())
    kind = kind_of(spec)
    grades = [kind.grade(spec, kind.read(spec, {"target.chen": t})).parts[0] for t in ("t-2", "t-1", "", "t-2", "x")]
    assert grades[0] is grades[3]
    assert [part.earned for part in grades] == [2, 0, 0, 2, 0]
    assert grades[2].says != grades[4].says


def test_feedback_is_said_in_chinese_too() -> None:
    assert parts(matching(), chen="t-3")["chen"].lines("zh-CN") == (
        "选了“Driver”，应该是“Owner”。",
        "Only owners sign.",
    )


def test_points_of_an_item_come_out_of_the_whole() -> None:
    assert [part.possible for part in parts(with_item(points=4)).values()] == [4, 1, 1]


def test_target_that_is_used_twice_counts_as_blank_for_all_of_them() -> None:
    spec = parse_spec(matching(once=True))
    answer = read_answer(spec, {"target.chen": "t-2", "target.wang": "t-2", "target.liu": "t-1"})
    assert answer.unreadable == {"target.chen": SHARED, "target.wang": SHARED}
    grade = grade_answer(spec, answer)
    assert grade is not None
    assert [part.earned for part in grade.parts] == [0, 0, 2]
    assert grade.parts[0].lines("en")[0] == "Several have the same one here; each can be used once."


def test_without_once_a_target_serves_several() -> None:
    answer = read_answer(parse_spec(matching()), {"target.chen": "t-2", "target.wang": "t-2"})
    assert answer.unreadable == {}


def test_sheet_is_a_board_of_all_targets() -> None:
    spec = parse_spec(matching(prompt="Who?"))
    assert kind_of(spec).sheet(spec) == (
        PlacementField(
            "target",
            plain("Who?"),
            (Card("chen", plain("“I sign.”")), Card("wang", plain("“I drive.”")), Card("liu", inline("“I *ask*.”"))),
            (
                Place("t-1", plain("Buyer")),
                Place("t-2", plain("Owner"), plain("Signs")),
                Place("t-3", inline("*Driver*")),
                Place("t-4", plain("Nobody")),
            ),
        ),
    )
    assert field_names(kind_of(spec).sheet(spec)) == ("target.chen", "target.wang", "target.liu")


def test_page_of_the_sheet_holds_nothing_of_the_key() -> None:
    spec = parse_spec(matching())
    page = to_html(kind_of(spec).sheet(spec))
    assert "Only owners" not in page
    assert "A buyer asks" not in page


def test_card_has_a_list_where_there_are_many_targets() -> None:
    many = [{"id": f"t-{n}", "label": f"Person {n}", "hint": "Somebody"} for n in range(1, 8)]
    spec = parse_spec(matching(targets=many))
    page = to_html(kind_of(spec).sheet(spec), {"target.wang": "t-3"}, language="en")
    assert (page.count("<select"), page.count("<option"), page.count('type="radio"')) == (3, 24, 0)
    assert '<option value="t-3" selected>Person 3</option>' in page
    assert page.count("Somebody") == 7
    errors = {"target.wang": SHARED}
    assert 'id="target.wang-error"' in to_html(kind_of(spec).sheet(spec), errors=errors)
    assert "<select" not in to_html(kind_of(spec).sheet(parse_spec(matching())))


def test_trainers_read_what_is_said_to_wrong_choices() -> None:
    assert remarks_on(parse_spec(matching()))["chen"] == (("Buyer", "A buyer asks."),)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (with_item(target="t-22"), {(("items", 0, "target"), "place-unknown")}),
        (with_item(target=None), {(("items", 0, "target"), "string_type")}),
        (with_item(wrong={"t-5": "No."}), {(("items", 0, "wrong", "t-5"), "place-unknown")}),
        (with_item(wrong={"t-2": "No."}), {(("items", 0, "wrong", "t-2"), "wrong-is-right")}),
        (with_item(wrong=["t-2"]), {(("items", 0, "wrong"), "dict_type")}),
        (with_item(text=ITEMS[1]["text"]), {(("items", 1, "text"), "text-twice")}),
        (with_item(id="wang"), {(("items", 1, "id"), "id-twice")}),
        (with_item(points=7), {(("points",), "key-points")}),
        (
            matching(once=True, items=[*ITEMS, ITEMS[0] | {"id": "zhu", "text": "?"}]),
            {(("items", 3, "target"), "target-twice")},
        ),
        (matching(targets=TARGETS[:1]), {(("targets",), "too-few")}),
        (matching(targets=[{"id": f"t-{n}", "label": str(n)} for n in range(13)]), {(("targets",), "too_long")}),
        (matching(items=[]), {(("items",), "too-few")}),
        (matching(marking="rule"), {(("marking", 0), "marking-misfit")}),
        (matching(once="yes"), {(("once",), "bool_type")}),
    ],
)
def test_mistake_is_told_with_its_place(head: dict[str, Any], found: set[Any]) -> None:
    assert mistakes_in(head) == found


def test_sample_is_sound_and_gives_nothing_away() -> None:
    assert mistakes_in(matching()) == set()
    assert list(giveaways(parse_spec(matching()))) == []
    assert list(giveaways(parse_spec(with_item(id="chen-t-2")))) == [(("items", 0, "id"), "chen-t-2")]
