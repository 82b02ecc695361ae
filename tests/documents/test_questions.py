"""What a sheet asks, in words: labels that stand under several headings are told apart."""

from __future__ import annotations

from app.documents.blocks import (
    Card,
    Column,
    Heading,
    LedgerField,
    LedgerRow,
    NumberField,
    OrderField,
    TextField,
    plain,
)
from app.documents.questions import field_labels, questions

BLOCKS = (
    Heading(plain("Our brand")),
    TextField("ours.model", plain("Model")),
    NumberField("ours.count", plain("Number"), "pcs"),
    Heading(plain("Other <brands>")),
    NumberField("theirs.count", plain("Number"), "pcs"),
)


def test_a_label_that_stands_twice_is_named_with_its_heading() -> None:
    wanted = ["Model", "Our brand · Number", "Other &lt;brands&gt; · Number"]
    assert [question.label for question in questions(BLOCKS)] == wanted
    assert field_labels(BLOCKS) == dict(zip(("ours.model", "ours.count", "theirs.count"), wanted, strict=True))


def test_above_the_first_heading_a_label_stands_alone() -> None:
    assert [question.label for question in questions((BLOCKS[1], BLOCKS[1]))] == ["Model", "Model"]


def test_a_ranking_of_the_best_few_is_one_question_that_wants_so_many() -> None:
    cards = tuple(Card(letter, plain(letter)) for letter in "abcd")
    (best,) = questions((OrderField("rank", plain("Best two"), cards, most=2),))
    assert best.anchor == "rank"
    assert best.is_blank({"rank.a": "1"})
    assert not best.is_blank({"rank.a": "1", "rank.d": "2"})
    assert len(questions((OrderField("rank", plain("All"), cards),))) == len(cards)


def test_rows_that_nobody_needs_to_add_are_not_asked_for() -> None:
    columns, given = (Column("what", plain("What")),), (LedgerRow("g", plain("Given")),)
    asked = {least: questions((LedgerField("t", plain("T"), columns, given, least=least),)) for least in (0, 1)}
    assert [[question.anchor for question in asked[least]] for least in (0, 1)] == [["t.g.what"], ["t.g.what", "t"]]
