"""Observed role plays: what the rule earns, who reads which secret, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from app.documents.blocks import Document, Panel, ScaleField
from app.documents.html import to_html
from app.documents.pdf.rendering import render_pdf
from app.exercises import giveaways, grade_answer, handouts_of, kind_of, parse_spec, read_answer, sheet_of
from app.exercises.kind import Part
from app.exercises.texts import STORED
from tests.exercises import contract
from tests.exercises.samples import mistakes_in, observation

ROLES, ITEMS = observation()["roles"], observation()["items"]


def parts(head: dict[str, Any], **written: str) -> tuple[Part, ...]:
    spec = parse_spec(head)
    form = {name.replace("_", ".", 1): text for name, text in written.items()}
    grade = grade_answer(spec, read_answer(spec, form))
    assert grade is not None
    return grade.parts


@pytest.mark.parametrize("check", contract.PROMISES, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("head", [observation(), observation(marking="none", points=0, rule={})])
def test_samples_keep_the_promises_of_a_kind(check: Any, head: dict[str, Any]) -> None:
    spec = parse_spec(head)
    check(kind_of(spec), spec)


@pytest.mark.parametrize(
    ("written", "earned", "said"),
    [
        ({}, (0, 0), ("0 of 2 are rated.", "Evidence for 0 of 1.")),
        ({"seen_ask": "1"}, (1, 0), ("1 of 2 are rated.", "Evidence for 0 of 1.")),
        ({"seen_close": "1"}, (0, 0), ("0 of 2 are rated.", "Evidence for 0 of 1.")),
        ({"seen_ask": "9"}, (0, 0), ("0 of 2 are rated.", "Evidence for 0 of 1.")),
        (
            {"seen_ask": "0", "seen_agree": "2", "evidence_close": "“Friday?”"},
            (2, 2),
            ("All of it is rated.", "There is evidence enough."),
        ),
    ],
)
def test_rule_wants_ratings_and_evidence(
    written: dict[str, str], earned: tuple[int, int], said: tuple[str, str]
) -> None:
    found = parts(observation(), **written)
    assert tuple(map(int, (part.earned for part in found))) == earned
    assert tuple(part.in_words("en") for part in found) == said


def test_without_required_items_all_of_them_are_wanted() -> None:
    head = observation(items=[item | {"required": False} for item in ITEMS], rule={})
    assert parts(head, seen_ask="1")[0].in_words("en") == "1 of 3 are rated."


def test_secrets_stand_on_the_cards_alone() -> None:
    spec = parse_spec(observation())
    sheet = str(to_html(sheet_of(spec), language="en"))
    assert "You sell." in sheet
    assert "Floor price" not in sheet
    assert "hurry" not in sheet
    seller, buyer = (str(to_html(card, language="en")) for card in handouts_of(spec))
    assert "Floor price" in seller
    assert "hurry" not in seller
    assert "<em>hurry</em>" in buyer
    assert "Floor price" not in buyer


def test_sheet_works_without_the_secrets() -> None:
    spec = parse_spec(observation())
    contract.check_trainee_side_works_without_the_key(kind_of(spec), spec, kind_of(spec).secret)


def test_items_say_what_to_look_for_and_evidence_has_its_column() -> None:
    spec = parse_spec(observation())
    (scale,) = (block for block in sheet_of(spec) if isinstance(block, ScaleField))
    assert scale.cards[0].hint == "Open questions"
    assert (scale.evidence_name, scale.evidence) == ("evidence", "Evidence")
    bare = parse_spec(observation(evidence=None, rule={}))
    (scale,) = (block for block in sheet_of(bare) if isinstance(block, ScaleField))
    assert scale.evidence_name == ""
    assert [block.title for block in sheet_of(bare) if isinstance(block, Panel)] == ["Seller", "Buyer"]


def test_cards_print() -> None:
    spec = parse_spec(observation())
    blocks = tuple(block for card in handouts_of(spec) for block in card)
    assert render_pdf(Document("cards", blocks, "en")).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (observation(marking=["key"]), {(("marking", 0), "marking-misfit")}),
        (observation(roles=ROLES[:1]), {(("roles",), "too-few")}),
        (observation(roles=[*ROLES, ROLES[0]]), {(("roles", 2, "id"), "id-twice")}),
        (observation(evidence=None), {(("rule", "evidence"), "evidence-missing")}),
        (observation(rule={"evidence": 4}), {(("rule", "evidence"), "rule-count")}),
        (observation(marking="none", points=0), {(("rule",), "rule-misfit")}),
        (observation(phases=[{"minutes": 0, "label": "X"}]), {(("phases", 0, "minutes"), "greater_than_equal")}),
        (observation(result={"label": "R", "options": []}), {(("result", "options"), "too-few")}),
        (observation(roles=[ROLES[0] | {"secret": "::: x"}, ROLES[1]]), {(("roles", 0, "secret"), "unprintable")}),
    ],
)
def test_mistake_is_told_with_its_place(head: dict[str, Any], found: set[Any]) -> None:
    assert found <= mistakes_in(head)


def test_sample_is_sound_and_gives_nothing_away() -> None:
    assert mistakes_in(observation()) == set()
    assert list(giveaways(parse_spec(observation()))) == []


def test_sample_survives_storage() -> None:
    spec = parse_spec(observation())
    assert parse_spec(spec.model_dump(mode="json"), context=STORED) == spec
