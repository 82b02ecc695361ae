"""Cases that a rule puts into classes: what is refused, made, read, earned and said."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from markupsafe import Markup

from app.documents.blocks import Listing, Paragraph, PlacementField, field_names, plain
from app.documents.html import to_html
from app.exercises import Spec, giveaways, grade_answer, kind_of, model_answer_of, parse_spec, read_answer, resolve
from app.exercises.kind import Part
from app.exercises.kinds.classification.kind import Classification
from app.exercises.texts import STORED
from tests.exercises.contract import PROMISES, check_trainee_side_works_without_the_key
from tests.exercises.samples import classification, mistakes_in
from tests.survival.sizes import sized

CASES, FACTS, RULE = (classification()[name] for name in ("cases", "facts", "rule"))
MADE = {"count": 6, "near": True}
DEGREE = {
    "id": "degree",
    "label": "Degree",
    "type": "choice",
    "options": [{"id": "college", "label": "College"}, {"id": "school", "label": "School"}],
}


def parts(spec: Spec, **classes: str) -> dict[str, Part]:
    grade = grade_answer(spec, read_answer(spec, {f"class.{case}": name for case, name in classes.items()}))
    assert grade is not None
    return {part.id: part for part in grade.parts}


def with_rule(*lines: dict[str, Any], **over: Any) -> dict[str, Any]:
    return classification(rule=list(lines), **over)


def with_case(**facts: Any) -> dict[str, Any]:
    """The first case knows something else."""
    return classification(cases=[CASES[0] | {"facts": CASES[0]["facts"] | facts}, *CASES[1:]])


def with_fact(**over: Any) -> dict[str, Any]:
    """A third fact, and cases that are made."""
    return classification(facts=[*FACTS, {"id": "third", "label": "Third"} | over], cases=[], generate=MADE)


ONE_TAXI = classification(
    facts=[FACTS[1]],
    classes=classification()["classes"][1:],
    rule=[RULE[0], {"class": "two"}],
    cases=[],
    generate={"count": 3},
)
"""Nothing but yes or no is known: there are two cases."""


def made(spec: Spec) -> list[tuple[str, dict[str, Any]]]:
    """The class of each generated case, and what is known of it."""
    key = model_answer_of(spec)
    return [(key[f"class.{case.id}"], dict(case.facts)) for case in spec.generated]  # type: ignore[attr-defined] # a classification's


@pytest.mark.parametrize(
    "head", [classification(), classification(generate=MADE, show_rule=True)], ids=["cases", "generated"]
)
@pytest.mark.parametrize("check", PROMISES, ids=lambda check: check.__name__.removeprefix("check_"))
def test_sample_keeps_the_promises_of_a_kind(check: Any, head: dict[str, Any]) -> None:
    spec = parse_spec(head)
    check(kind_of(spec), spec)
    check_trainee_side_works_without_the_key(kind_of(spec), spec, kind_of(spec).secret)


def test_key_is_worked_out_from_the_rule() -> None:
    assert model_answer_of(parse_spec(classification())) == {
        "class.north": "one",
        "class.south": "two",
        "class.east": "none",
    }
    turned = with_rule({"when": "units < 250", "class": "two"}, {"when": "taxi", "class": "one"}, {"class": "none"})
    assert list(model_answer_of(parse_spec(turned)).values()) == ["two", "none", "one"]


@pytest.mark.parametrize(
    ("chosen", "points", "said"),
    [
        ("one", 2, "“One” is right. The rest. One short."),
        ("two", 0, "Chosen: “Two”; right: “One”. The rest. One short."),
        ("", 0, "Left blank. Right: “One”. The rest. One short."),
        ("three", 0, "“three” is not among the choices. Right: “One”. The rest. One short."),
    ],
)
def test_feedback_has_the_words_of_the_line_that_decides_and_of_the_case(chosen: str, points: int, said: str) -> None:
    part = parts(parse_spec(classification()), north=chosen)["north"]
    assert (part.earned, part.possible) == (Fraction(points), Fraction(2))
    assert part.in_words("en") == said
    assert part.label == "North · Units: 249 a year · Taxi licence: no"


def test_cards_say_what_is_known_of_their_case() -> None:
    spec = parse_spec(classification())
    (board,) = kind_of(spec).sheet(spec)
    assert isinstance(board, PlacementField)
    assert board.label == plain("Which class is each case in?")
    assert board.cards[1].text == Markup("<em>South</em><br>Units: 250 a year · Taxi licence: no")
    assert field_names((board,)) == ("class.north", "class.south", "class.east")


def test_nothing_of_the_rule_is_on_the_page_unless_it_is_shown() -> None:
    page = to_html(kind_of(spec := parse_spec(classification())).sheet(spec))
    assert "From 250 on" not in page
    assert ">=" not in page
    assert "&gt;" not in page


def test_shown_rule_is_said_in_the_words_of_facts_and_classes() -> None:
    head = classification(
        show_rule=True,
        facts=[*FACTS, DEGREE],
        cases=[],
        generate=MADE,
        rule=[
            {"when": "taxi and degree != 'school'", "class": "none"},
            {"when": "units * 2 >= 500 or 10 <= units < 20 and not taxi", "class": "two"},
            {"class": "one"},
        ],
    )
    spec = parse_spec(head)
    title, listing, _ = kind_of(spec).sheet(spec)
    assert title == Paragraph(plain("The rule; the first line that holds decides:"))
    assert isinstance(listing, Listing)
    assert [block.text.striptags() for (block,) in listing.items if isinstance(block, Paragraph)] == [
        "Taxi licence and Degree ≠ School → None",
        "Units × 2 ≥ 500 or (10 ≤ Units < 20 a year and not: Taxi licence) → Two",
        "otherwise: One",
    ]


def test_author_may_word_the_shown_rule() -> None:
    spec = parse_spec(classification(show_rule=True, shown_rule=["From 250 on two."]))
    assert kind_of(spec).sheet(spec)[1] == Listing(((Paragraph(plain("From 250 on two.")),),), ordered=True)


def test_same_seed_makes_the_same_cases_and_others_make_others() -> None:
    spec = parse_spec(classification(generate=MADE))
    first, again = (made(Classification().for_seed(spec, 7)) for _ in range(2))  # type: ignore[arg-type] # it is one
    assert first == again == made(resolve(spec, 7, {}))
    assert len({str(made(resolve(spec, seed, {}))) for seed in range(40)}) > 30
    assert made(resolve(spec, 0, {})) == made(spec)


def test_what_a_seed_makes_stays_the_same_for_all_time() -> None:
    spec = parse_spec(classification(generate={"count": 4, "near": True}))
    assert made(resolve(spec, 1, {})) == FIXED


FIXED: list[tuple[str, dict[str, Any]]] = [
    ("two", {"units": "252", "taxi": False}),
    ("none", {"units": "252", "taxi": True}),
    ("two", {"units": "251", "taxi": False}),
    ("one", {"units": "248", "taxi": False}),
]


@pytest.mark.parametrize("near", [True, False])
def test_every_class_occurs_and_no_case_twice(near: bool) -> None:  # noqa: FBT001 - a parameter
    spec = parse_spec(classification(generate={"count": 5 if near else 9, "near": near}))
    given = [CASES[0]["facts"] | {"units": "249"}, CASES[1]["facts"] | {"units": "250"}]
    for seed in range(200):
        cases = made(resolve(spec, seed, {}))
        assert {name for name, _ in cases} == {"one", "two", "none"}
        assert all(facts not in given for _, facts in cases) or not near
        assert len({str(facts) for _, facts in cases}) == len(cases)


def test_near_cases_lie_at_and_around_the_boundaries() -> None:
    few, more = (parse_spec(classification(cases=[], generate={"count": n, "near": True})) for n in (6, 7))
    units = [{facts["units"] for seed in range(30) for _, facts in made(resolve(s, seed, {}))} for s in (few, more)]
    assert units == [{"249", "250", "251"}, {"248", "249", "250", "251", "252"}]


def test_step_of_boundaries_with_decimals_is_as_fine_as_they_are() -> None:
    head = with_rule(
        {"when": "units > 2.5", "class": "two"}, {"when": "taxi", "class": "none"}, {"class": "one"}, generate=MADE
    )
    spec = parse_spec(head | {"cases": []})
    units = {facts["units"] for seed in range(30) for _, facts in made(resolve(spec, seed, {}))}
    assert units == {"2.4", "2.5", "2.6"}


def test_range_of_a_fact_is_kept() -> None:
    units = FACTS[0] | {"from": 200, "to": 300, "step": 20}
    spec = parse_spec(classification(facts=[units, FACTS[1]], generate={"count": 8}))
    seen = {int(facts["units"]) for seed in range(60) for _, facts in made(resolve(spec, seed, {}))}
    assert seen == {200, 220, 240, 260, 280, 300}


def test_rare_class_occurs_though_ranges_are_wide() -> None:
    units = FACTS[0] | {"from": 0, "to": 90000}
    head = with_rule(
        {"when": "units == 77", "class": "none"},
        {"when": "units >= 250", "class": "two"},
        {"class": "one"},
        facts=[units, FACTS[1]],
        generate={"count": 4},
        cases=[],
    )
    spec = parse_spec(head)
    for seed in range(sized(6, 20)):
        assert {name for name, _ in made(resolve(spec, seed, {}))} == {"one", "two", "none"}


def test_points_are_shared_with_the_cases_that_are_made() -> None:
    head = classification(generate={"count": 3, "near": True}, points=12)
    spec = parse_spec(head)
    assert [part.possible for part in parts(spec).values()] == [2] * 6
    stated = classification(generate={"count": 3, "near": True}, points=12)
    stated["cases"] = [CASES[0] | {"points": 7}, *CASES[1:]]
    assert [part.possible for part in parts(parse_spec(stated)).values()] == [7, *[1] * 5]


@pytest.mark.parametrize("seed", [0, 5])
def test_generated_cases_survive_storage_and_keep_the_promises(seed: int) -> None:
    spec = parse_spec(classification(generate=MADE, show_rule=True))
    assert parse_spec(spec.model_dump(mode="json"), context=STORED) == spec
    variant = resolve(spec, seed, {})
    for check in PROMISES[:7]:
        check(kind_of(variant), variant)
    assert list(giveaways(variant)) == []


def test_every_seed_of_a_thousand_has_its_key() -> None:
    spec = parse_spec(classification(generate=MADE))
    for seed in range(1000):
        variant = resolve(spec, seed, {})
        grade = grade_answer(variant, read_answer(variant, model_answer_of(variant)))
        assert grade is not None
        assert grade.earned == grade.possible == spec.points


def test_numbers_are_exact() -> None:
    head = with_rule({"when": "units >= 0.3", "class": "two"}, {"when": "taxi", "class": "none"}, {"class": "one"})
    for written, name in ((0.3, "two"), ("3/10", "two"), (0.29999, "one"), ("1/3", "two")):
        head["cases"] = [{"id": "x", "text": "X", "facts": {"units": written, "taxi": False}}]
        assert model_answer_of(parse_spec(head)) == {"class.x": name}
    assert Fraction("0.3") == Fraction(3, 10)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (with_case(units="many"), {(("cases", 0, "facts", "units"), "fact-value")}),
        (with_case(units=True), {(("cases", 0, "facts", "units"), "fact-value")}),
        (with_case(taxi=1), {(("cases", 0, "facts", "taxi"), "fact-value")}),
        (with_case(unit=3), {(("cases", 0, "facts", "unit"), "fact-unknown")}),
        (classification(cases=[CASES[0] | {"facts": {"units": 1}}]), {(("cases", 0, "facts"), "fact-missing")}),
        (classification(cases=[CASES[0] | {"id": "one-shop"}]), {(("cases", 0, "id"), "id-gives-key-away")}),
        (classification(cases=[]), {(("cases",), "too-few"), (("marking",), "marking-nothing")}),
        (
            with_rule(RULE[0] | {"class": "non"}, *RULE[1:]),
            {(("rule", 0, "class"), "class-unknown"), (("classes", 2), "class-unused")},
        ),
        (with_rule(*RULE[:2]), {(("classes", 0), "class-unused")}),
        (with_rule(*RULE[:2], {"when": "units < 100", "class": "one"}), {(("cases", 0), "case-unmatched")}),
        (with_rule(RULE[2], *RULE[:2]), {(("rule", 0), "rule-catches-all")}),
        (with_rule(*RULE[:2], {"when": "units > 300", "class": "one"}, RULE[2]), {(("rule", 2, "when"), "rule-never")}),
        (with_rule(*RULE[:2], {"when": "units < 250", "class": "one"}, RULE[2]), {(("rule", 3), "rule-never")}),
        (with_rule({"when": "unit >= 250", "class": "two"}, *RULE[::2]), {(("rule", 0, "when"), "fact-unknown")}),
        (with_rule({"when": "units >=", "class": "two"}, *RULE[::2]), {(("rule", 0, "when"), "formula")}),
        (with_rule({"when": "units", "class": "two"}, *RULE[::2]), {(("rule", 0, "when"), "formula")}),
        (with_rule({"when": "taxi >= 3", "class": "two"}, *RULE[::2]), {(("rule", 0, "when"), "formula")}),
        (with_rule({"when": "__import__('os')", "class": "two"}, *RULE[::2]), {(("rule", 0, "when"), "formula")}),
        (with_fact(id="min"), {(("facts", 2, "id"), "fact-name")}),
        (with_fact(id="if"), {(("facts", 2, "id"), "fact-name")}),
        (with_fact(options=DEGREE["options"]), {(("facts", 2, "options"), "fact-options")}),
        (with_fact(type="choice"), {(("facts", 2, "options"), "fact-options"), (("marking",), "marking-nothing")}),
        (with_fact(**{"from": 9, "to": 3}), {(("facts", 2, "to"), "fact-range")}),
        (ONE_TAXI, {(("generate", "count"), "generate-few")}),
        (classification(generate={"count": 21}), {(("generate", "count"), "less_than_equal")}),
    ],
)  # fmt: skip
def test_mistake_is_told_with_its_place(head: dict[str, Any], found: set[Any]) -> None:
    told = {(path, code) for path, code in mistakes_in(head) if code != "default_factory_not_called"}
    assert told == found


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("degree == 'colege'", "option-unknown"),
        ("degree == 'college'", ""),
        ("'school' != degree", ""),
        ("degree == 3", "option-unknown"),
    ],
)
def test_choice_facts_are_compared_with_options_they_have(when: str, code: str) -> None:
    cases = [case | {"facts": case["facts"] | {"degree": "college"}} for case in CASES]
    head = with_rule({"when": when, "class": "none"}, {"when": "units >= 250", "class": "two"}, {"class": "one"})
    head |= {"facts": [*FACTS, DEGREE], "cases": cases}
    assert {found for _, found in mistakes_in(head)} == ({code} if code else set())


def test_line_over_arithmetic_is_not_called_unreachable() -> None:
    head = with_rule({"when": "units * 2 >= 900", "class": "two"}, {"when": "taxi", "class": "none"}, {"class": "one"})
    assert mistakes_in(head) == set()


def test_sample_is_sound_and_gives_nothing_away() -> None:
    assert mistakes_in(classification()) == set()
    assert list(giveaways(parse_spec(classification()))) == []
