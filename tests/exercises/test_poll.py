"""A blind vote: what is refused, read, and shown of everybody's together."""

from __future__ import annotations

from typing import Any

import pytest

from app.documents.blocks import Chart, ChoiceField, Paragraph, Series, Table, TextField, plain
from app.documents.html import to_html
from app.documents.markdown import inline
from app.exercises import giveaways, grade_answer, kind_of, parse_spec, read_answer, secret_of
from tests.exercises.contract import PROMISES, check_trainee_side_works_without_the_key, without
from tests.exercises.samples import mistakes_in, poll


def votes(*typed: str, **over: Any) -> list[Any]:
    """Read answers of people who typed this."""
    spec = parse_spec(poll(**over))
    forms: list[dict[str, str]] = [{"vote": each, "because": "Marker-Reason"} for each in typed]
    if over.get("several"):
        forms = [{f"vote.{name}": "yes" for name in each.split()} for each in typed]
    return [read_answer(spec, form) for form in forms]


@pytest.mark.parametrize("over", [{}, {"several": True, "reason": "Why?"}], ids=["one", "several"])
@pytest.mark.parametrize("check", PROMISES, ids=lambda check: check.__name__.removeprefix("check_"))
def test_sample_keeps_the_promises_of_a_kind(check: Any, over: dict[str, Any]) -> None:
    spec = parse_spec(poll(**over))
    check(kind_of(spec), spec)
    check_trainee_side_works_without_the_key(kind_of(spec), spec, kind_of(spec).secret)


def test_sheet_asks_for_a_vote_and_for_a_reason_where_there_is_one() -> None:
    spec = parse_spec(poll(reason="Why?"))
    vote, because = kind_of(spec).sheet(spec)
    assert isinstance(vote, ChoiceField)
    assert (vote.name, vote.label, vote.several) == ("vote", plain("Call first?"), False)
    assert because == TextField("because", plain("Why?"), lines=2)
    assert "Marker-Says" not in to_html((vote, because))
    assert kind_of(spec).sheet(without(spec, secret_of(spec))) == (vote, because)


def test_nobody_marks_a_vote() -> None:
    spec = parse_spec(poll())
    assert grade_answer(spec, read_answer(spec, {"vote": "call"})) is None


def test_vote_for_nothing_there_is_named_and_blank() -> None:
    (answer,) = votes("phone")
    assert answer.votes == ()
    assert list(answer.unreadable) == ["vote"]


def test_count_is_shown_with_what_there_is_to_say() -> None:
    spec = parse_spec(poll(reason="Why?"))
    shown = kind_of(spec).together(spec, votes("call", "visit", "call", "", "nowhere", reason="Why?"))
    assert shown == (
        Paragraph(plain("Votes from 3 people.")),
        Chart(
            "bars",
            (plain("Call"), inline("*Visit*"), plain("Write")),
            (Series(plain("Votes"), (2.0, 1.0, 0.0)),),
            top=2.0,
        ),
        shown[2],
    )
    table = shown[2]
    assert isinstance(table, Table)
    assert [row.cells for row in table.rows] == [
        (plain("Call"), plain("67 %"), plain("Marker-Says: few pick up.")),
        (inline("*Visit*"), plain("33 %"), ""),
        (plain("Write"), plain("0 %"), ""),
    ]
    assert "Marker-Reason" not in str(shown)


def test_several_votes_are_shares_of_the_people() -> None:
    spec = parse_spec(poll(several=True, options=[{"id": n, "text": n} for n in "abc"]))
    _, chart, table = kind_of(spec).together(
        spec, [read_answer(spec, {"vote.a": "yes", f"vote.{n}": "yes"}) for n in "abc"]
    )
    assert isinstance(table, Table)
    assert [row.cells[1:] for row in table.rows] == [("100 %",), ("33 %",), ("33 %",)]
    assert isinstance(chart, Chart)
    assert chart.series[0].values == (3.0, 1.0, 1.0)
    assert len(table.header) == 2


def test_without_a_vote_there_is_nothing_to_see() -> None:
    spec = parse_spec(poll())
    assert kind_of(spec).together(spec, []) == ()
    assert kind_of(spec).together(spec, votes("", "nowhere")) == ()


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (poll(marking="key", points=1), {(("marking",), "marking-nothing"), (("marking", 0), "marking-misfit")}),
        (poll(attempts=2, feedback="on_hand_in"), {(("attempts",), "poll-peeks")}),
        (poll(points=2), {(("points",), "rubric-points")}),
        (poll(options=poll()["options"][:1]), {(("options",), "too-few")}),
        (poll(options=[{"id": n, "text": "Same"} for n in "ab"]), {(("options", 1, "text"), "text-twice")}),
        (poll(question=["?"]), {(("question",), "string_type")}),
        (poll(several="yes"), {(("several",), "bool_type")}),
    ],
)
def test_mistake_is_told_with_its_place(head: dict[str, Any], found: set[Any]) -> None:
    assert mistakes_in(head) == found


def test_sample_is_sound_and_gives_nothing_away() -> None:
    assert mistakes_in(poll()) == set()
    assert list(giveaways(parse_spec(poll()))) == []
