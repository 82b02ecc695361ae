"""The process that renders: gives what the renderer gives, is killed at its limits, is there again afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.documents import CannotPrint, Document, Limits, to_pdf
from app.documents.blocks import Paragraph, TextField, plain
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
