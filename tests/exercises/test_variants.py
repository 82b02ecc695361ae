"""Variants: the same seed gives the same exercise, the key follows, and what cannot be drawn is told at its place."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from app.documents.blocks import NumberField, OrderField, PlacementField
from app.exercises import grade_answer, kind_of, model_answer_of, parse_spec, read_answer, resolve, secret_of, sheet_of
from app.exercises.texts import STORED
from app.exercises.variants import Vary
from tests.exercises import contract
from tests.exercises.samples import FILES, calculation, hierarchy, shipped

VARY: dict[str, Any] = {
    "numbers": {
        "price": {"from": 100, "to": 140, "step": 5, "shown": 120},
        "share": {"one_of": [0.7, 0.8]},
        "cost": {"is": "price * share"},
    },
    "cases": [{"customer": "North"}, {"customer": "South"}, {"customer": "West"}],
}
QUANTITIES = (
    {"id": "margin", "label": "Margin of {customer} at {price}", "answer": "=price - cost", "why": "{price} − {cost}"},
    {"id": "weeks", "label": "Weeks", "answer": 52},
)


def varied_calculation(**over: Any) -> dict[str, Any]:
    return (
        calculation(*deepcopy(QUANTITIES), vary=deepcopy(VARY), body="**{customer}** pays {price * 2} for two.") | over
    )


def labels(spec: Any) -> list[str]:
    return [str(block.label) for block in sheet_of(spec) if isinstance(block, NumberField)]


def test_seed_0_is_what_its_author_shows() -> None:
    spec = parse_spec(varied_calculation())
    assert resolve(spec, 0, {}) is spec
    assert labels(spec) == ["Margin of North at 120", "Weeks"]
    assert model_answer_of(spec) == {"margin": "36", "weeks": "52"}
    assert "240" in str(sheet_of(spec)[0])


def test_same_seed_same_exercise() -> None:
    one, other = parse_spec(varied_calculation()), parse_spec(varied_calculation())
    for seed in (1, 2**61, 17):
        assert resolve(one, seed, {}) == resolve(other, seed, {})
        assert resolve(one, seed, {}) is resolve(one, seed, {})
    assert len({str(sheet_of(resolve(one, seed, {}))) for seed in range(1, 60)}) > 10


def test_a_seed_draws_the_same_for_all_time() -> None:
    """Sheets that were printed are read back years later: if this fails, they no longer fit."""
    spec = parse_spec(varied_calculation())
    assert [labels(resolve(spec, seed, {}))[0] for seed in (1, 2, 3)] == ANCHORED


ANCHORED = ["Margin of South at 115", "Margin of North at 140", "Margin of South at 110"]


def test_key_follows_the_numbers() -> None:
    spec = parse_spec(varied_calculation())
    for seed in range(1, 40):
        variant = resolve(spec, seed, {})
        form = model_answer_of(variant)
        grade = grade_answer(variant, read_answer(variant, form))
        assert grade is not None
        assert grade.earned == grade.possible == variant.points
        price = Fraction(labels(variant)[0].rsplit(" ", 1)[1])
        assert Fraction(form["margin"]) in {price * 3 / 10, price / 5}


def test_a_number_that_comes_later_changes_no_other() -> None:
    more = deepcopy(VARY)
    more["numbers"] = {"first": {"from": 1, "to": 9}, **more["numbers"]}
    for seed in range(30):
        one, other = Vary.model_validate(VARY).draw(seed), Vary.model_validate(more).draw(seed)
        assert one.items() <= other.items()


def test_lists_are_picked_and_shuffled() -> None:
    spec = parse_spec(hierarchy(points=6, vary={"shuffle": ["items", "levels"], "pick": {"items": 2}}))
    boards = [block for seed in range(1, 40) for block in sheet_of(resolve(spec, seed, {}))]
    orders = {tuple(card.id for card in board.cards) for board in boards if isinstance(board, PlacementField)}
    assert {len(order) for order in orders} == {2}
    assert len(orders) == 6
    shown = next(block for block in sheet_of(spec) if isinstance(block, PlacementField))
    assert [card.id for card in shown.cards] == ["brakes", "colour"]


def test_what_is_only_picked_keeps_its_order() -> None:
    spec = parse_spec(hierarchy(points=6, vary={"pick": {"items": 2}}))
    found = {tuple(item.id for item in resolve(spec, seed, {}).items) for seed in range(1, 40)}  # type: ignore[attr-defined]  # a hierarchy has items
    assert found == {("brakes", "colour"), ("brakes", "canteen"), ("colour", "canteen")}


def test_shuffled_ordering_keeps_its_key() -> None:
    head = {
        "kind": "ordering",
        "title": "Steps",
        "minutes": 5,
        "points": 3,
        "items": [{"id": name, "text": name.title()} for name in ("walk", "run", "rest")],
        "order": ["walk", "run", "rest"],
        "vary": {"shuffle": ["items"]},
    }
    spec = parse_spec(head)
    sheets = [resolve(spec, seed, {}) for seed in range(1, 30)]
    assert (
        len(
            {
                tuple(card.id for card in block.cards)
                for s in sheets
                for block in sheet_of(s)
                if isinstance(block, OrderField)
            }
        )
        == 6
    )
    for variant in sheets:
        contract.check_model_answer_earns_everything(kind_of(variant), variant)


def test_varied_spec_survives_storage() -> None:
    spec = parse_spec(varied_calculation())
    stored = parse_spec(spec.model_dump(mode="json"), context=STORED)
    assert stored == spec
    assert all(resolve(stored, seed, {}) == resolve(spec, seed, {}) for seed in range(1, 9))


def test_nothing_of_the_template_is_for_trainees() -> None:
    spec = resolve(parse_spec(varied_calculation()), 5, {})
    assert secret_of(spec)["template"] is True
    assert secret_of(spec)["vary"] is True
    blind = contract.without(spec, secret_of(spec))
    assert sheet_of(blind) == sheet_of(spec)


@pytest.mark.parametrize(
    ("over", "place"),
    [
        ({"vary": {"numbers": {"price": {"from": 1}}}}, ("vary", "numbers", "price")),
        ({"vary": {"numbers": {"price": {"from": 9, "to": 1}}}}, ("vary", "numbers", "price")),
        ({"vary": {"numbers": {"price": {"is": "2 *"}}}}, ("vary", "numbers")),
        ({"vary": {"numbers": {"price": {"is": "later + 1"}, "later": {"one_of": [1]}}}}, ("vary", "numbers")),
        ({"vary": {"numbers": {"Price": {"one_of": [1]}}}}, ("vary", "numbers", "Price", "[key]")),
        ({"vary": {"shuffle": ["nothing"]}}, ("vary", "shuffle")),
        ({"vary": {"pick": {"quantities": 0}}}, ("vary", "pick", "quantities")),
        ({"vary": {"cases": [{"a": 1}, {"b": 1}]}}, ("vary",)),
        ({"vary": {"cases": [{"price": 1}], "numbers": {"price": {"one_of": [1]}}}}, ("vary",)),
        ({"vary": {"wrong": 1}}, ("vary", "wrong")),
        ({"body": "{prize}"}, ("body",)),
        ({"title": "Costs {price / 0}"}, ("title",)),
    ],
)
def test_what_cannot_be_drawn_is_told_at_its_place(over: dict[str, Any], place: tuple[str, ...]) -> None:
    head = varied_calculation() | over
    if "vary" in over:
        head |= {"body": "", "quantities": [{"id": "weeks", "label": "Weeks", "answer": 52}]}
    with pytest.raises(ValidationError) as found:
        parse_spec(head)
    assert [error["loc"][-len(place) :] for error in found.value.errors()] == [place]


def test_a_variant_that_breaks_a_rule_is_found() -> None:
    head = varied_calculation(vary={"numbers": {"few": {"from": 0, "to": 90, "step": 1, "shown": 4}}})
    head |= {"body": "", "quantities": [{"id": "a", "label": "A", "answer": 7, "tolerance": "=few", "traps": []}]}
    head["quantities"][0]["traps"] = [{"answer": 12, "say": "No"}]  # within the tolerance of most seeds
    with pytest.raises(ValidationError, match="variant of seed"):
        parse_spec(head)


def test_template_is_not_for_authors() -> None:
    with pytest.raises(ValidationError, match="not for authors"):
        parse_spec(calculation(template={"kind": "calculation"}))


VARIED = tuple(path for path in FILES if shipped(path).vary is not None)


@pytest.mark.parametrize("path", VARIED, ids=lambda path: path.stem)
def test_seeds_of_shipped_exercises_keep_the_contract(path: Any) -> None:
    _keep_the_contract(path, range(1, 26))


@pytest.mark.slow
@pytest.mark.parametrize("path", VARIED, ids=lambda path: path.stem)
def test_a_thousand_seeds_of_shipped_exercises_keep_the_contract(path: Any) -> None:
    _keep_the_contract(path, range(26, 1026))


def _keep_the_contract(path: Any, seeds: range) -> None:
    spec = shipped(path)
    kind = kind_of(spec)
    for seed in seeds:
        variant = resolve(spec, seed, {})
        contract.check_model_answer_earns_everything(kind, variant)
        contract.check_empty_form_earns_nothing(kind, variant)
        contract.check_model_answer_is_on_the_sheet(kind, variant)
        assert variant.points == spec.points
    contract.check_half_a_form_can_be_read(kind, variant)
    contract.check_sheet_can_be_shown(kind, variant)
