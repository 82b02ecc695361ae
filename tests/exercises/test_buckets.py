"""Items sorted into buckets, into one or into several: what is refused, read, earned and said."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.documents.blocks import Document, PlacementField, field_names, plain
from app.documents.html import to_html
from app.documents.pdf.rendering import render_pdf
from app.documents.questions import field_labels, questions, tick_names
from app.exercises import giveaways, grade_answer, kind_of, model_answer_of, parse_spec, read_answer
from app.exercises.kind import Part
from app.exercises.texts import STORED
from tests.documents.test_pdf import read, squeezed
from tests.exercises.contract import PROMISES, check_trainee_side_works_without_the_key
from tests.exercises.samples import buckets, mistakes_in, ticked_buckets

ITEMS = buckets()["items"]


def parts(head: dict[str, Any], *, several: bool = False, **chosen: str) -> dict[str, Part]:
    """`chosen`: the bucket of each item; with `several` all of them, with spaces between."""
    form = {f"bucket.{item}": bucket for item, bucket in chosen.items()}
    if several:
        form = {f"bucket.{item}.{bucket}": "yes" for item, names in chosen.items() for bucket in names.split()}
    spec = parse_spec(head)
    grade = grade_answer(spec, read_answer(spec, form))
    assert grade is not None
    return {part.id: part for part in grade.parts}


def with_item(**over: Any) -> dict[str, Any]:
    """The first item changed."""
    return buckets(items=[ITEMS[0] | over, *ITEMS[1:]])


@pytest.mark.parametrize("head", [buckets(), ticked_buckets()], ids=["single", "several"])
@pytest.mark.parametrize("check", PROMISES, ids=lambda check: check.__name__.removeprefix("check_"))
def test_samples_keep_the_promises_of_a_kind(check: Any, head: dict[str, Any]) -> None:
    spec = parse_spec(head)
    check(kind_of(spec), spec)
    check_trainee_side_works_without_the_key(kind_of(spec), spec, kind_of(spec).secret)


@pytest.mark.parametrize(
    ("bucket", "points", "said"),
    [
        ("market", 2, "“Market” is right. Measured outside."),
        ("house", 0, "Chosen: “House”; right: “Market”. No. Measured outside."),
        ("", 0, "Left blank. Right: “Market”. Measured outside."),
        ("attic", 0, "“attic” is not among the choices. Right: “Market”. Measured outside."),
    ],
)
def test_one_bucket_is_right_or_not(bucket: str, points: int, said: str) -> None:
    part = parts(buckets(), share=bucket)["share"]
    assert (part.earned, part.possible) == (Fraction(points), Fraction(2))
    assert part.in_words("en") == said


@pytest.mark.parametrize(
    ("ticks", "points", "said"),
    [
        ("market law", 2, "Right."),
        ("market", 1, "“Law” would have been right."),
        ("market law house", 1, "“House” is not right. Not ours."),
        ("market house", 0, "“House” is not right. Not ours. “Law” would have been right."),
        ("house", 0, "“House” is not right. Not ours. “Market” would have been right. “Law” would have been right."),
        ("", 0, "Left blank. “Market” would have been right. “Law” would have been right."),
    ],
)
def test_wrong_tick_takes_away_what_a_right_one_earns(ticks: str, points: int, said: str) -> None:
    part = parts(ticked_buckets(), several=True, share=ticks)["share"]
    assert (part.earned, part.possible) == (Fraction(points), Fraction(2))
    assert part.in_words("en") == said


@pytest.mark.parametrize(
    ("crm", "weather", "points", "said"),
    [
        ("house", "", 2, "Right: it belongs nowhere here."),
        ("law", "", 2, "Right: it belongs nowhere here."),
        ("", "", 0, "Left blank. It belongs nowhere here."),
        ("house", "law", 0, "“Law” is not right. It belongs nowhere here."),
        ("", "law", 0, "“Law” is not right. It belongs nowhere here."),
    ],
)
def test_what_belongs_nowhere_earns_where_something_else_was_ticked(
    crm: str, weather: str, points: int, said: str
) -> None:
    part = parts(ticked_buckets(), several=True, crm=crm, weather=weather)["weather"]
    assert part.earned == points
    assert part.in_words("en") == said


def test_ticking_everything_earns_what_is_right_less_what_is_wrong() -> None:
    earned = [
        p.earned
        for p in parts(
            ticked_buckets(), several=True, **dict.fromkeys(("share", "crm", "weather"), "market house law")
        ).values()
    ]
    assert earned == [Fraction(1), 0, 0]


def test_tick_that_cannot_be_read_is_named_and_blank() -> None:
    spec = parse_spec(ticked_buckets())
    answer = read_answer(spec, {"bucket.share.law": "maybe", "bucket.share.market": "yes", "bucket.crm.law": "?"})
    assert sorted(answer.unreadable) == ["bucket.crm.law", "bucket.share.law"]
    grade = grade_answer(spec, answer)
    assert grade is not None
    assert [part.earned for part in grade.parts] == [1, 0, 2]
    assert grade.parts[1].lines("en")[0] == "“?” is not among the choices."


@pytest.mark.parametrize(
    ("head", "several"),
    [
        (buckets(), False),
        (buckets(several=True), True),
        (with_item(**{"in": ["market"]}), True),
        (with_item(**{"in": []}), True),
        (with_item(**{"in": ["market"]}) | {"several": False}, False),
    ],
)
def test_item_with_a_list_makes_every_item_a_row_of_ticks(head: dict[str, Any], several: bool) -> None:  # noqa: FBT001 - a parameter
    spec = parse_spec(head)
    (board,) = kind_of(spec).sheet(spec)
    assert isinstance(board, PlacementField)
    assert board.several is several
    assert parse_spec(spec.model_dump(mode="json"), context=STORED) == spec


def test_ticks_have_names_labels_and_one_question_a_card() -> None:
    spec = parse_spec(ticked_buckets())
    sheet = kind_of(spec).sheet(spec)
    names = field_names(sheet)
    assert names[:3] == ("bucket.share.market", "bucket.share.house", "bucket.share.law")
    assert field_labels(sheet)["bucket.share.law"] == plain("Share · Law")
    assert tick_names(sheet) == set(names)
    assert [question.names for question in questions(sheet)] == [names[0:3], names[3:6], names[6:9]]


def test_page_has_a_tick_for_each_card_and_bucket() -> None:
    spec = parse_spec(ticked_buckets())
    sheet = kind_of(spec).sheet(spec)
    page = to_html(sheet, model_answer_of(spec), language="en")
    assert page.count('type="checkbox"') == 9
    assert page.count(" checked>") == 3
    for name in field_names(sheet):
        assert f'id="{name}"' in page  # where the check before handing in leads to
    assert "placement-board" not in page
    assert "Not ours" not in page


def test_read_only_page_names_the_buckets_of_a_card() -> None:
    spec = parse_spec(ticked_buckets())
    page = to_html(kind_of(spec).sheet(spec), model_answer_of(spec), language="en", readonly=True)
    assert ">Market<br>Law</td>" in page
    assert page.count("empty") == 1
    assert "<input" not in page


def test_paper_has_a_box_for_each_bucket() -> None:
    spec = parse_spec(ticked_buckets())
    sheet = kind_of(spec).sheet(spec)
    blank, filled = (read(render_pdf(Document("Paper", sheet, "en"), values)) for values in ({}, model_answer_of(spec)))
    for word in ("Share", "CRM", "Weather", "Market", "House", "Law"):
        assert word in blank
    assert squeezed(blank) == squeezed(filled)  # marks are drawn, not written
    assert render_pdf(Document("Paper", sheet, "en"), {}) != render_pdf(
        Document("Paper", sheet, "en"), model_answer_of(spec)
    )


def test_paper_has_letters_for_many_buckets() -> None:
    many = [{"id": f"b-{n}", "label": f"Box {n}"} for n in range(8)]
    head = buckets(buckets=many, items=[{"id": "x", "text": "Thing", "in": ["b-0", "b-7"]}], points=1)
    spec = parse_spec(head)
    text = read(render_pdf(Document("Paper", kind_of(spec).sheet(spec), "en"), model_answer_of(spec)), "-layout")
    assert "A, H" in text


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (with_item(**{"in": "markt"}), {(("items", 0, "in"), "place-unknown")}),
        (with_item(**{"in": ["market", "market"]}), {(("items", 0, "in"), "bucket-twice")}),
        (with_item(**{"in": 3}), {(("items", 0, "in"), "tuple_type")}),
        (with_item(**{"in": []}) | {"several": False}, {(("items", 0, "in"), "bucket-count")}),
        (
            with_item(**{"in": ["market", "house"]}) | {"several": False},
            {(("items", 0, "in"), "bucket-count"), (("items", 0, "wrong", "house"), "wrong-is-right")},
        ),
        (with_item(wrong={"attic": "No."}), {(("items", 0, "wrong", "attic"), "place-unknown")}),
        (buckets(items=[{"id": "a", "text": "A", "in": []}]), {(("items",), "all-nowhere")}),
        (
            buckets(buckets=buckets()["buckets"][:1]),
            {
                (("buckets",), "too-few"),
            },
        ),
        (buckets(items={}), {(("items",), "tuple_type")}),
        (buckets(marking=["rule"]), {(("marking", 0), "marking-misfit")}),
        (buckets(items=[*ITEMS, ITEMS[0]]), {(("items", 3, "id"), "id-twice")}),
    ],
)
def test_mistake_is_told_with_its_place(head: dict[str, Any], found: set[Any]) -> None:
    assert mistakes_in(head) == found


def test_samples_are_sound_and_give_nothing_away() -> None:
    for head in (buckets(), ticked_buckets()):
        assert mistakes_in(head) == set()
        assert list(giveaways(parse_spec(head))) == []


@pytest.mark.parametrize(
    ("id_", "told"), [("market-share", True), ("law-book", True), ("flaw", False), ("share", False)]
)
def test_id_that_names_a_bucket_of_its_item_is_told(id_: str, told: bool) -> None:  # noqa: FBT001 - a parameter
    item = {"id": id_, "text": "Share", "in": ["market", "law"]}
    found = list(giveaways(parse_spec(ticked_buckets(items=[item]))))
    assert found == ([(("items", 0, "id"), id_)] if told else [])
