"""Short answers in a text: what counts as right, how the text is read, and what is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from app.documents.blocks import Gap, GapText, Text, plain
from app.documents.html import to_html
from app.exercises import giveaways, grade_answer, kind_of, parse_spec, read_answer, remarks_on
from app.exercises.kind import Part
from app.exercises.kinds.blanks.cloze import cloze_of
from app.exercises.texts import STORED
from tests.exercises import contract
from tests.exercises.samples import blanks, mistakes_in

GAPS = blanks()["gaps"]


def parts(head: dict[str, Any] | None = None, **written: str) -> tuple[Part, ...]:
    spec = parse_spec(head or blanks())
    grade = grade_answer(spec, read_answer(spec, {f"gap.{name}": text for name, text in written.items()}))
    assert grade is not None
    return grade.parts


def with_gap(name: str, **over: Any) -> dict[str, Any]:
    return blanks(gaps={**GAPS, name: GAPS[name] | over})


@pytest.mark.parametrize("check", contract.PROMISES, ids=lambda check: check.__name__.removeprefix("check_"))
def test_sample_keeps_the_promises_of_a_kind(check: Any) -> None:
    spec = parse_spec(blanks())
    check(kind_of(spec), spec)


def test_trainee_side_works_without_the_key() -> None:
    spec = parse_spec(blanks())
    contract.check_trainee_side_works_without_the_key(kind_of(spec), spec, kind_of(spec).secret)


@pytest.mark.parametrize(
    ("written", "earned", "said"),
    [
        ("售价", 1, "Right. 税要先去掉。"),
        (" 不含税 售价。", 1, "Right. 税要先去掉。"),
        ("含税售价", 0, "“含税售价” is not right. Right is: 售价 / 不含税售价. 税不是我们的。"),
        ("进价", 0, "“进价” is not right. Right is: 售价 / 不含税售价. 税要先去掉。"),
        ("", 0, "Left blank. Right is: 售价 / 不含税售价. 税要先去掉。"),
        ("售" * 201, 0, "A gap has room for 200 characters. Right is: 售价 / 不含税售价. 税要先去掉。"),
    ],
)
def test_forms_are_compared_without_what_is_ignored(written: str, earned: int, said: str) -> None:
    part = parts(sale=written)[0]
    assert (part.earned, part.in_words("en")) == (Fraction(earned), said)


@pytest.mark.parametrize(
    ("ignore", "written", "earned"),
    [
        ([], "不含税售价 ", 1),  # what stands around a value is never kept
        ([], "不含税售价。", 0),
        (["punctuation"], "不含税售价。", 1),
        (["width"], "不含稅售價", 0),
        ("traditional", "不含稅售價", 1),
    ],
)
def test_author_says_what_makes_no_difference(ignore: object, written: str, earned: int) -> None:
    assert parts(blanks(ignore=ignore), sale=written)[0].earned == earned


@pytest.mark.parametrize(
    ("written", "earned", "said"),
    [
        ("24", 1, "Right."),
        ("２５天", 1, "Right."),
        ("二十三", 1, "Right."),
        ("28", 0, "“28 天” is not right. Right is: 24 天. 那是四周。"),
        ("30", 0, "“30 天” is not right. Right is: 24 天."),
        (
            "很多",
            0,
            "“很多” cannot be read as a number. Write it in figures, for example 1200 or 0.25. Right is: 24 天.",
        ),
    ],
)
def test_numbers_are_read_with_tolerance_and_traps(written: str, earned: int, said: str) -> None:
    part = parts(days=written)[2]
    assert (part.earned, part.in_words("en")) == (Fraction(earned), said)


def test_percent_means_hundredths_unless_it_is_asked_for() -> None:
    gaps = {"a": {"number": 20, "unit": "%"}, "b": {"number": "1/5"}}
    head = blanks(text="{{a}} {{b}}", gaps=gaps, points=2)
    assert [part.earned for part in parts(head, a="20%", b="20%")] == [1, 1]
    assert [part.earned for part in parts(head, a="20", b="20")] == [1, 0]


def test_sheet_is_the_text_with_its_gaps_between() -> None:
    spec = parse_spec(blanks())
    assert kind_of(spec).sheet(spec) == (
        GapText(
            (
                (
                    Text("<strong>毛利</strong>等于"),
                    Gap("gap.sale", plain("第 1 空：毛利等于___减去")),
                    plain("减去"),
                    Gap("gap.cost", plain("第 2 空：减去___。")),
                    plain("。"),
                ),
                (plain("平均 "), Gap("gap.days", plain("第 3 空：平均___天。"), number=True), plain(" 天。")),
            )
        ),
    )


def test_page_keeps_what_closes_with_the_gap_before_it() -> None:
    spec = parse_spec(blanks())
    page = to_html(kind_of(spec).sheet(spec), {"gap.sale": "<b>"}, language="en")
    assert ">。</span></p>" in page
    assert 'value="&lt;b&gt;"' in page
    assert page.count('inputmode="decimal"') == 1


def test_surroundings_of_a_gap_cut_no_number_in_two() -> None:
    cloze = cloze_of("一条轮胎不含税卖 280 元，一条的毛利是{{margin}}元，再乘以每月 1200 条。")
    assert cloze.surroundings()["margin"] == "…元，一条的毛利是___元，再乘以每月…"


def test_what_was_written_in_a_gap_breaks_where_it_is_long() -> None:
    spec = parse_spec(blanks())
    page = to_html(kind_of(spec).sheet(spec), {"gap.sale": "很长" * 30}, language="zh-CN", readonly=True)
    assert "gap--read" in page
    assert "nowrap" not in page


def test_trainers_read_what_counts_as_right() -> None:
    remarks = remarks_on(parse_spec(blanks()))
    assert remarks["sale"][0] == (
        "",
        "会被判对的写法：售价 / 不含税售价。以下差别不计：全角与半角、大写与小写、空格、标点。",
    )
    assert remarks["sale"][1] == ("含税售价", "税不是我们的。")
    assert remarks["days"][0] == ("", "会被判对的写法：24 天，相差不超过 1。")


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (blanks(text="{{sale}} {{cost}} {{dais}}"), {(("text",), "gap-unknown"), (("gaps", "days"), "gap-missing")}),
        (blanks(text=blanks()["text"] + "{{sale}}"), {(("text",), "gap-twice")}),
        (blanks(text="**{{sale}}** {{cost}} {{days}}"), {(("text",), "gap-spanned")}),
        (blanks(text="`{{sale}}` {{cost}} {{days}}"), {(("text",), "gap-spanned")}),
        (blanks(text="[x](https://a.b/{{sale}}) {{cost}} {{days}}"), {(("text",), "gap-spanned")}),
        (blanks(text="<b>{{sale}}</b> {{cost}} {{days}}"), set()),
        (blanks(marking=["rule"]), {(("marking", 0), "marking-misfit")}),
        (with_gap("cost", number=3), {(("gaps", "cost"), "gap-answer")}),
        (with_gap("cost", accept=[]), {(("gaps", "cost"), "gap-answer")}),
        (with_gap("cost", accept=["。"]), {(("gaps", "cost", "accept", 0), "form-blank")}),
        (with_gap("cost", traps=[{"answer": 1, "say": "X"}]), {(("gaps", "cost", "traps"), "key-misfit")}),
        (with_gap("days", wrong=[{"is": "x", "say": "X"}]), {(("gaps", "days", "wrong"), "key-misfit")}),
        (
            with_gap("days", traps=[{"answer": 25, "say": "X"}]),
            {(("gaps", "days", "traps", 0, "answer"), "trap-is-right")},
        ),
        (
            with_gap("sale", wrong=[{"is": "售 价", "say": "X"}]),
            {(("gaps", "sale", "wrong", 0, "is"), "trap-is-right")},
        ),
        (with_gap("sale", accept=[{"a": 1}]), {(("gaps", "sale", "accept", 0), "form")}),
        (blanks(ignore=["colour"]), {(("ignore", 0), "literal_error")}),
        (blanks(gaps=[]), {(("gaps",), "dict_type")}),
    ],
)
def test_mistake_is_told_with_its_place(head: dict[str, Any], found: set[Any]) -> None:
    assert mistakes_in(head) >= found
    assert bool(mistakes_in(head)) is bool(found)


def test_numbers_may_be_written_plain_as_forms() -> None:
    head = with_gap("cost", accept=[12, 0.5])
    assert [parts(head, cost=each)[1].earned for each in ("12", "0.5", "05")] == [1, 1, 0]


def test_points_of_a_gap_come_out_of_the_whole() -> None:
    assert [part.possible for part in parts(with_gap("days", points=2))] == [Fraction(1, 2), Fraction(1, 2), 2]


def test_sample_is_sound_and_gives_nothing_away() -> None:
    assert mistakes_in(blanks()) == set()
    assert list(giveaways(parse_spec(blanks()))) == []


def test_sample_survives_storage() -> None:
    spec = parse_spec(blanks())
    assert parse_spec(spec.model_dump(mode="json"), context=STORED) == spec
