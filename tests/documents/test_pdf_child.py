"""The process that renders: gives what the renderer gives, is killed at its limits, is there again afterwards."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.documents import CannotPrint, Document, Limits, to_pdf
from app.documents.blocks import Paragraph, Picture, TextField, plain
from app.documents.pdf.child import _child
from app.documents.pdf.rendering import render_pdf
from app.words import in_words

SMALL = Document("小", (Paragraph(plain("一段")), TextField("t", plain("理由"))), "zh-CN")
HUGE = Document("大", (Paragraph(plain("培训的目的是改变行为，" * 100_000)),), "zh-CN")


def refusal(document: Document, limits: Limits) -> str:
    with pytest.raises(CannotPrint) as refused:
        to_pdf(document, limits=limits)
    return in_words(refused.value.sentence, "en")


def test_the_child_gives_the_same_bytes() -> None:
    assert to_pdf(SMALL, {"t": "因为"}) == render_pdf(SMALL, {"t": "因为"})


def test_several_threads_may_ask_at_once() -> None:
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(to_pdf, [SMALL] * 12)) == {render_pdf(SMALL)}


def test_a_document_that_takes_too_long_is_stopped_and_the_next_one_is_printed() -> None:
    assert refusal(HUGE, Limits(seconds=1)) == "Printing took longer than 1 seconds."
    assert to_pdf(SMALL) == render_pdf(SMALL)


def test_a_document_that_needs_too_much_memory_is_stopped_and_the_next_one_is_printed() -> None:
    assert refusal(HUGE, Limits(megabytes=120)) == "Printing needed more than 120 MB of memory."
    assert to_pdf(SMALL) == render_pdf(SMALL)


def test_a_missing_glyph_comes_through() -> None:
    broken = Document("坏", (Paragraph(plain("帆⛵")),), "zh-CN")
    assert refusal(broken, Limits()) == "missing glyph U+26F5 «⛵» in «帆⛵», under «坏»"


@pytest.mark.parametrize(
    "drawing",
    [
        'width="wide" height="1"',
        'width="inf" height="inf"',
        'width="nan" height="1"',
        'viewBox="0 0 1e308 1e308"',
        '><text font-size="large">a</text',
        '><rect x="calc(1px)" width="1" height="1"/',
        '><path d="M"/',
        '><polygon points="a b"/',
        '><line x2="5" stroke="red" stroke-dasharray="0"/',
        '><rect x="1e30" width="1e30" height="1e30"/',
        '><rect style="a:b:c" width="1" height="1"/',
    ],
)
def test_a_drawing_that_makes_no_sense_is_named(drawing: str) -> None:
    content = f'<svg xmlns="http://www.w3.org/2000/svg" {drawing}></svg>'.encode()
    picture = Picture("media/ring.svg", plain("圆"), content, "image/svg+xml")
    assert refusal(Document("图", (picture,), "zh-CN"), Limits()) == "The picture media/ring.svg cannot be read."


def test_a_child_that_somebody_kills_is_not_called_too_large() -> None:
    to_pdf(SMALL)
    assert _child.process is not None
    threading.Timer(0.3, _child.process.kill).start()
    assert refusal(HUGE, Limits()) == (
        "Printing was broken off from outside. Try again; the machine may be short of memory."
    )
    assert to_pdf(SMALL) == render_pdf(SMALL)
