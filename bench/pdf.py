"""A Chinese session plan of twenty pages and more as PDF, beside stock ReportLab setting the same words."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from functools import cache, partial

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate

from app.courses.documents import DRAFT, build_document
from app.courses.files import read_files
from app.courses.loading import load_course
from app.documents.blocks import Document
from app.documents.glyphs import FOLDER
from app.documents.markdown import text_of
from app.documents.pdf.rendering import render_pdf
from bench.content import ROOT, SLUG
from bench.lines import Line

REFERENCE = "stock ReportLab paragraphs of the same text, untagged"


def lines() -> Iterator[Line]:
    """Warm pages a second, without and with tags."""
    for name, tagged, budget in (("PDF, plain", False, "≥ 180 pages/s"), ("PDF, tagged", True, "≥ 130 pages/s")):
        yield Line(name, "pages/s", budget, partial(_ours, tagged=tagged), _stock, REFERENCE, more_is_better=True)


@cache
def _plan() -> Document:
    loaded = load_course(read_files(ROOT), SLUG)
    if loaded.course is None:
        raise RuntimeError("the course has errors")
    return build_document("session-plan", loaded.course, imprint=DRAFT, pictures=loaded.media).document


def _ours(*, tagged: bool) -> float:
    render_pdf(_plan(), tagged=tagged)
    started = time.perf_counter()
    content = render_pdf(_plan(), tagged=tagged)
    return _pages_of(content) / (time.perf_counter() - started)


def _stock() -> float:
    if "bench" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("bench", FOLDER / "NotoSansSC-Regular.ttf"))
    style = ParagraphStyle("bench", fontName="bench", fontSize=10, leading=17, wordWrap="CJK")
    text = text_of(_plan().blocks)
    out = io.BytesIO()
    started = time.perf_counter()
    escaped = (line.replace("&", "&amp;").replace("<", "&lt;") for line in text.splitlines())
    SimpleDocTemplate(out, pagesize=A4).build([Paragraph(line, style) for line in escaped if line.strip()])
    return _pages_of(out.getvalue()) / (time.perf_counter() - started)


def _pages_of(content: bytes) -> int:
    return content.count(b"/Type /Page\n") + content.count(b"/Type /Page ")
