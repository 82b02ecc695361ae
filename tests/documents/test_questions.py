"""What a sheet asks, in words: labels that stand under several headings are told apart."""

from __future__ import annotations

from app.documents.blocks import Heading, NumberField, TextField, plain
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
