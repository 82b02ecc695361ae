"""Records of typed fields: what is read of them, which rules they keep, what authors are told."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.documents.blocks import ChoiceField, Heading, NumberField, Option, Paragraph, TextField, field_names, plain
from app.exercises import grade_answer, kind_of, model_answer_of, parse_spec, read_answer
from app.exercises.contacts import read_address, read_phone
from app.exercises.dates import read_date
from app.exercises.kinds.form.masks import fits
from app.words import Sentence, in_words
from tests.exercises.samples import mistakes_in

YES_NO = [{"id": "yes", "text": "Yes"}, {"id": "no", "text": "No"}]
NAME: dict[str, Any] = {"id": "name", "label": "Name", "required": True, "example": "Hill"}
OWNS: dict[str, Any] = {"id": "owns", "label": "Owns", "type": "choice", "options": YES_NO, "example": "no"}
BRAND: dict[str, Any] = {"id": "brand", "label": "Brand"}
COUNT: dict[str, Any] = {"id": "count", "label": "Count", "type": "number", "unit": "辆", "example": 12}
FIRST: dict[str, Any] = {"id": "first", "label": "First", "type": "date", "example": "2026-03-05"}
LAST: dict[str, Any] = {"id": "last", "label": "Last", "type": "date", "example": "2026-06-05"}
SORTS: dict[str, Any] = {
    "id": "sorts",
    "label": "Sorts",
    "type": "choice",
    "several": True,
    "options": [{"id": sort, "text": sort.upper()} for sort in ("a", "b", "c")],
    "example": ["a", "c"],
}


def form(*fields: dict[str, Any], rules: list[dict[str, Any]] | None = None, **over: Any) -> dict[str, Any]:
    """One group; a point for each required field and each rule."""
    asked = fields or (NAME,)
    return {
        "kind": "form",
        "title": "Record",
        "minutes": 5,
        "points": sum(bool(field.get("required")) for field in asked) + len(rules or ()),
        "marking": ["rule"],
        "groups": [{"id": "all", "title": "All", "fields": list(asked)}],
        "rules": rules or [],
    } | over


def parts(head: dict[str, Any], typed: dict[str, str]) -> list[tuple[object, str]]:
    """What each part earns, and what is said to it."""
    spec = parse_spec(head)
    grade = grade_answer(spec, read_answer(spec, typed))
    assert grade is not None
    assert grade.possible == spec.key_points
    return [(part.earned, part.in_words("en")) for part in grade.parts]


def said_to(field: dict[str, Any], typed: str) -> str:
    """What is said to a text in a required field; "Filled in." where it is taken."""
    example = {"example": field["example"]} if "example" in field else {}
    [(earned, said)] = parts(form({**field, "required": True, **example}), {field["id"]: typed})
    assert earned == (said == "Filled in.")
    return said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Hill", "Filled in."),
        ("  ", "Left blank."),
        ("H", "That is rather short: at least 2 characters, please."),
        ("Hilltop", "At most 6 characters have room here; there are 7."),
    ],
)
def test_text_has_a_length(typed: str, said: str) -> None:
    assert said_to(NAME | {"min": 2, "max": 6}, typed) == said


def test_text_without_a_stated_length_has_the_general_one() -> None:
    assert said_to(NAME, "x" * 2000) == "Filled in."
    assert said_to(NAME, "x" * 2001) == "At most 2000 characters have room here; there are 2001."


@pytest.mark.parametrize(
    ("typed", "fitting"),
    [
        ("沪A12345", True),
        ("沪ａ１２３４５", True),
        ("沪AD12345", True),
        ("A12345", False),
        ("沪A1234", False),
        ("沪A1234?", False),
    ],
)
def test_text_has_the_shape_of_a_mask(typed: str, fitting: bool) -> None:  # noqa: FBT001  (a table)
    plate = NAME | {"pattern": ["字A*****", "字A******"], "pattern_says": "Like **this**.", "example": "沪A12345"}
    assert said_to(plate, typed) == ("Filled in." if fitting else "Like this.")


def test_long_text_against_a_mask_is_looked_at_once() -> None:
    assert not fits("A" * 10**7, "A" * 60)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("12", "Filled in."),
        ("１２ 辆", "Filled in."),
        ("12.5", "A whole number goes here."),
        ("0", "At least 1 辆, please."),
        ("1,001", "At most 1000 辆, please."),
        ("some", "“some” cannot be read as a number. Write it in figures, for example 1200 or 0.25."),
    ],
)
def test_number_has_limits(typed: str, said: str) -> None:
    assert said_to(COUNT | {"integer": True, "min": 1, "max": 1000}, typed) == said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2026年3月5日", "Filled in."),
        ("2025-12-31", "A date from 2026-01-01 on goes here."),
        ("2027/1/1", "A date up to 2026-12-31 goes here."),
        ("2026-02-30", "There is no 2026-02-30 in the calendar. Write the date like 2026-03-05."),
        ("3/5/2026", "“3/5/2026” cannot be read as a date. Write it like 2026-03-05."),
    ],
)
def test_date_has_limits(typed: str, said: str) -> None:
    assert said_to(FIRST | {"min": "2026-01-01", "max": "2026-12-31"}, typed) == said


@pytest.mark.parametrize(
    "typed",
    [
        "2026-03-05",
        "2026/3/5",
        "2026.3.5",
        "20260305",
        "2026年3月5日",
        "2026 年 3 月 5 号",
        "２０２６－３－５",
        "2026–03–05",
    ],
)
def test_date_is_read_as_people_write_it(typed: str) -> None:
    assert read_date(typed) == "2026-03-05"


@pytest.mark.parametrize("typed", ["5.3.26", "2026", "2026-13-01", "0000-01-01", "2026-3-5-1", "x" * 999, "٢٠٢٦-٠٣-٠٥"])
def test_what_is_no_date_is_told_so(typed: str) -> None:
    assert isinstance(read_date(typed), Sentence)


@pytest.mark.parametrize(
    "typed",
    [
        "13812345678",
        "+86 138-1234-5678",
        "0086 13812345678",
        "010-62345678",
        "（0571）8765 4321",
        "0800-5550136 转 8",
        "010-62345678-802",
        "400-820-1234",
        "95588",
        "+44 20 7946 0958",
        "１３８１２３４５６７８",
    ],
)
def test_telephone_number_is_taken(typed: str) -> None:
    assert isinstance(read_phone(typed), str)


@pytest.mark.parametrize(
    "typed", ["1381234567", "62345678", "12812345678", "138****5678", "call me", "1" * 999, "+8612"]
)
def test_what_is_no_telephone_number_is_told_so(typed: str) -> None:
    assert isinstance(read_phone(typed), Sentence)


@pytest.mark.parametrize(
    ("typed", "taken"), [("a.b@c-d.com.cn", True), ("李@例.com", False), ("a@b", False), ("a b@c.de", False)]
)
def test_address_has_its_parts(typed: str, taken: bool) -> None:  # noqa: FBT001  (a table)
    assert isinstance(read_address(typed), str) == taken
    assert isinstance(read_address("a@" + "b." * 9999), Sentence)


@pytest.mark.parametrize(
    ("ticked", "said"),
    [
        ("a", "Ticked: 1. At least 2 and at most 2 are asked for."),
        ("ab", "Filled in."),
        ("abc", "Ticked: 3. At least 2 and at most 2 are asked for."),
        ("", "Left blank."),
    ],
)
def test_so_many_of_several_are_ticked(ticked: str, said: str) -> None:
    head = form(SORTS | {"required": True, "min": 2, "max": 2})
    typed = {f"sorts.{sort}": "yes" for sort in ticked}
    assert parts(head, typed) == [(said == "Filled in.", said)]
    spec = parse_spec(head)
    assert set(read_answer(spec, typed).unreadable) <= set(field_names(kind_of(spec).sheet(spec)))


def test_only_required_fields_and_those_with_points_are_marked() -> None:
    head = form(NAME, COUNT | {"points": 2}, BRAND, points=3)
    assert parts(head, {"name": "Hill", "brand": "X"}) == [(1, "Filled in."), (0, "Left blank.")]


def test_label_that_stands_in_two_groups_is_told_with_its_group() -> None:
    head = form(NAME, points=3)
    owner = [NAME | {"id": "owner"}, BRAND | {"required": True, "example": "X"}]
    head["groups"].append({"id": "more", "title": "More", "fields": owner})
    grade = grade_answer(parse_spec(head), read_answer(parse_spec(head), {}))
    assert grade is not None
    assert [part.label for part in grade.parts] == ["All · Name", "More · Name", "Brand"]


def test_author_says_why_a_blank_matters() -> None:
    assert parts(form(NAME | {"why": "Nobody can call."}), {}) == [(0, "Left blank. Nobody can call.")]


# Rules


MANY = "“many” cannot be read as a number. Write it in figures, for example 1200 or 0.25."


@pytest.mark.parametrize(
    ("typed", "earned", "said"),
    [
        ({}, 0, "Missing: Owns. Write both."),
        ({"owns": "no"}, 1, "Nothing is asked for here."),
        ({"owns": "yes"}, 0, "Missing: Brand, Count. Write both."),
        ({"owns": "yes", "brand": "X"}, Fraction(1, 2), "Missing: Count. Write both."),
        ({"owns": "yes", "brand": "X", "count": "many"}, Fraction(1, 2), f"{MANY} Write both."),
        ({"owns": "yes", "brand": "X", "count": "3"}, 1, "It fits."),
        ({"owns": "perhaps", "brand": "X", "count": "3"}, 0, "“perhaps” is not among the choices. Write both."),
    ],
)
def test_choice_can_require_other_fields(typed: dict[str, str], earned: Fraction, said: str) -> None:
    rule = {"if": {"field": "owns", "is": "yes"}, "require": ["brand", "count"], "says": "Write both."}
    assert parts(form(OWNS, BRAND, COUNT, rules=[rule]), typed) == [(earned, said)]


@pytest.mark.parametrize(
    ("first", "sign", "last", "kept"),
    [
        ("2026-03-05", "<", "2026年6月5日", True),
        ("2026-10-05", "<", "2026-9-5", False),
        ("2026-06-05", "<=", "20260605", True),
        ("2026-06-05", "<", "2026-06-05", False),
    ],
)
def test_dates_are_compared_as_dates(first: str, sign: str, last: str, kept: bool) -> None:  # noqa: FBT001  (a table)
    head = form(FIRST, LAST, rules=[{"compare": ["first", sign, "last"], "says": "Later."}])
    said = "It fits." if kept else "These do not fit together. Later."
    assert parts(head, {"first": first, "last": last}) == [(kept, said)]


@pytest.mark.parametrize(("typed", "earned"), [("9", 0), ("10", 1), ("１００", 1), ("", 0), ("many", 0)])
def test_number_is_compared_with_a_value_as_a_number(typed: str, earned: int) -> None:
    assert [each for each, _ in parts(form(COUNT, rules=[{"compare": ["count", ">=", 10]}]), {"count": typed})] == [
        earned
    ]


def test_comparison_with_a_blank_says_what_is_missing() -> None:
    head = form(FIRST, LAST, rules=[{"compare": ["first", "<", "last"]}])
    assert parts(head, {"first": "2026-01-01"}) == [(0, "Missing: Last.")]


@pytest.mark.parametrize(
    ("typed", "earned"), [({}, 0), ({"name": "a"}, Fraction(1, 2)), ({"name": "a", "brand": "b"}, 1)]
)
def test_so_many_fields_of_a_list_are_filled_in(typed: dict[str, str], earned: Fraction) -> None:
    fields = (NAME | {"required": False}, BRAND | {"example": "b"}, COUNT | {"example": []})
    head = form(*fields, rules=[{"label": "Sources", "at_least": 2, "of": ["name", "brand", "count"]}])
    assert parts(head, typed) == [(earned, f"Filled in: {len(typed)}, asked for: 2.")]


@pytest.mark.parametrize(
    ("rule", "typed", "said"),
    [
        ({"field": "count", "is": 12}, {"count": "12.0"}, "Right."),
        ({"field": "count", "is": 12}, {"count": "13"}, "Not right. The answer is 12 辆. Count again."),
        ({"field": "count", "is": [12, 13]}, {"count": "13"}, "Right."),
        ({"field": "brand", "is": ["Not set", "open"]}, {"brand": "NOT  set"}, "Right."),
        (
            {"field": "brand", "is": ["Not set", "open"]},
            {"brand": "ours"},
            "Not right. The answer is Not set. Count again.",
        ),
        ({"field": "sorts", "is": ["a", "c"]}, {"sorts.a": "yes", "sorts.c": "yes"}, "Right."),
        ({"field": "sorts", "is": ["c", "a"]}, {"sorts.a": "yes"}, "Not right. The answer is A, C. Count again."),
        ({"field": "owns", "is": "no"}, {"owns": "yes"}, "Not right. The answer is No. Count again."),
        ({"field": "count", "is": 12}, {}, "Missing: Count. Count again."),
    ],
)
def test_field_can_have_a_right_value(rule: dict[str, Any], typed: dict[str, str], said: str) -> None:
    fields = (COUNT, BRAND | {"example": "open"}, SORTS, OWNS)
    assert parts(form(*fields, rules=[{"expect": rule, "says": "Count again."}]), typed) == [(said == "Right.", said)]


def test_rule_is_named_after_its_fields_unless_it_has_a_name() -> None:
    rules: list[dict[str, Any]] = [
        {"compare": ["first", "<", "last"]},
        {"compare": ["first", "<", "2027-01-01"], "label": "In **time**"},
    ]
    spec = parse_spec(form(FIRST, LAST, rules=rules))
    grade = grade_answer(spec, read_answer(spec, {}))
    assert grade is not None
    assert [part.label for part in grade.parts] == ["First, Last", "In time"]


def test_model_answer_is_the_examples() -> None:
    spec = parse_spec(form(NAME, COUNT, SORTS, OWNS, BRAND))
    assert model_answer_of(spec) == {"name": "Hill", "count": "12", "sorts.a": "yes", "sorts.c": "yes", "owns": "no"}


def test_sheet_has_a_heading_a_group_and_a_field_each() -> None:
    email = {"id": "mail", "label": "Mail", "type": "email", "hint": "At work"}
    head = form(NAME | {"lines": 3}, COUNT, FIRST, OWNS | {"required": True}, email)
    head["groups"][0]["hint"] = "In short"
    spec = parse_spec(head)
    options = (Option("yes", plain("Yes")), Option("no", plain("No")))
    assert kind_of(spec).sheet(spec) == (
        Heading(plain("All")),
        Paragraph(plain("In short"), "small"),
        TextField("name", plain("Name"), 3, required=True),
        NumberField("count", plain("Count"), "辆"),
        TextField("first", plain("First"), entry="date"),
        ChoiceField("owns", plain("Owns"), options, required=True),
        TextField("mail", plain("Mail"), hint=plain("At work"), entry="email"),
    )


# What authors are told

FIELD = ("groups", 0, "fields", 0)


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (NAME | {"example": []}, {((*FIELD, "example"), "example-missing")}),
        (NAME | {"example": ["a", "b"]}, {((*FIELD, "example"), "example-misfit")}),
        (NAME | {"min": 9}, {((*FIELD, "example"), "example-misfit")}),
        (NAME | {"min": "many"}, {((*FIELD, "min"), "limit")}),
        (NAME | {"min": 3, "max": 2}, {((*FIELD, "min"), "limit")}),
        (NAME | {"max": 1.5}, {((*FIELD, "max"), "limit")}),
        (NAME | {"unit": "kg"}, {((*FIELD, "unit"), "key-misfit")}),
        (NAME | {"options": YES_NO}, {((*FIELD, "options"), "key-misfit")}),
        (NAME | {"pattern": "AAAA"}, {(FIELD, "pattern-says")}),
        (NAME | {"type": "colour"}, {((*FIELD, "type"), "literal_error")}),
        (NAME | {"hnt": "x"}, {((*FIELD, "hnt"), "extra_forbidden")}),
        (NAME | {"example": True}, {((*FIELD, "example", 0), "literal")}),
        (FIRST | {"min": "March", "required": True}, {((*FIELD, "min"), "limit")}),
        (FIRST | {"min": "2027-01-01", "max": "2026-01-01", "required": True}, {((*FIELD, "min"), "limit")}),
        (FIRST | {"example": "soon", "required": True}, {((*FIELD, "example"), "example-misfit")}),
        (OWNS | {"options": YES_NO[:1], "required": True, "example": "yes"}, {((*FIELD, "options"), "too-few")}),
        (OWNS | {"min": 1, "required": True}, {((*FIELD, "several"), "key-misfit")}),
        (OWNS | {"example": "perhaps", "required": True}, {((*FIELD, "example"), "example-misfit")}),
        (SORTS | {"example": ["a", "z"], "required": True}, {((*FIELD, "example"), "example-misfit")}),
        (SORTS | {"max": 4, "required": True}, {((*FIELD, "max"), "limit")}),
        (SORTS | {"max": 1, "required": True}, {((*FIELD, "example"), "example-misfit")}),
    ],
)
def test_mistake_of_a_field_is_told_with_its_place(field: dict[str, Any], found: set[Any]) -> None:
    assert mistakes_in(form(field)) == found


ALL = (NAME, OWNS, COUNT, FIRST, LAST, BRAND)
RULE = ("rules", 0)


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ({}, {(RULE, "rule-shape")}),
        ({"if": {"field": "owns", "is": "yes"}}, {(RULE, "rule-shape")}),
        ({"at_least": 1}, {(RULE, "rule-shape")}),
        ({"at_least": 1, "of": ["name"], "compare": ["count", "<", 3]}, {(RULE, "rule-shape")}),
        ({"at_least": 3, "of": ["name", "count"]}, {((*RULE, "at_least"), "rule-count")}),
        ({"at_least": 1, "of": ["nam"]}, {(RULE, "field-unknown")}),
        ({"if": {"field": "name", "is": "x"}, "require": ["count"]}, {((*RULE, "if", "field"), "condition-misfit")}),
        ({"if": {"field": "owns", "is": "maybe"}, "require": ["count"]}, {((*RULE, "if", "is"), "condition-value")}),
        ({"expect": {"field": "count", "is": "many"}}, {((*RULE, "expect", "is"), "condition-value")}),
        ({"expect": {"field": "count", "is": 13}}, {(RULE, "rule-broken")}),
        ({"compare": ["name", "<", "count"]}, {((*RULE, "compare", 0), "compare-misfit")}),
        ({"compare": ["count", "<", "first"]}, {((*RULE, "compare", 2), "compare-misfit")}),
        ({"compare": ["count", "<", "plenty"]}, {((*RULE, "compare", 2), "compare-misfit")}),
        ({"compare": ["count", "!=", 3]}, {((*RULE, "compare", 1), "literal_error")}),
        ({"compare": ["last", "<", "first"]}, {(RULE, "rule-broken")}),
        ({"require": ["brand"]}, {(RULE, "rule-broken")}),
        ({"when": {"field": "owns", "is": "yes"}, "require": ["name"]}, {((*RULE, "when"), "extra_forbidden")}),
    ],
)
def test_mistake_of_a_rule_is_told_with_its_place(rule: dict[str, Any], found: set[Any]) -> None:
    assert mistakes_in(form(*ALL, rules=[rule])) == found


def test_ids_are_unique_on_the_whole_sheet() -> None:
    head = form()
    head["groups"].append({"id": "more", "title": "More", "fields": [NAME]})
    assert mistakes_in(head | {"points": 2}) == {(("groups", 1, "fields", 0, "id"), "id-twice")}
    head["groups"] = [{"id": "all", "title": "All", "fields": [NAME, NAME]}]
    assert mistakes_in(head) == {(("groups", 0, "fields", 1, "id"), "id-twice")}


def test_form_is_not_marked_by_key() -> None:
    assert mistakes_in(form(marking=["key"])) == {(("marking", 0), "marking-misfit")}


def test_form_without_anything_to_mark_is_told_so() -> None:
    assert mistakes_in(form(BRAND, points=1)) == {(("marking",), "marking-nothing")}


def test_sentences_to_trainees_are_in_their_language() -> None:
    spec = parse_spec(form(COUNT | {"min": 1, "required": True}))
    why = read_answer(spec, {"count": "0"}).unreadable["count"]
    assert in_words(why, "zh-CN") == "这里的数不小于 1 辆。"
