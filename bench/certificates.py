"""A thousand certificates as one file and as files, beside stock ReportLab drawing the same words."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from functools import cache

from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from app.documents import CertificatePaper, certificate_files, certificates_to_pdf
from app.documents.certificate import texts_of
from app.documents.glyphs import FOLDER
from bench.lines import Line

COUNT = 1_000
REFERENCE = "stock ReportLab: the same texts, a page each, no pictures, square or tags"


def lines() -> Iterator[Line]:
    """In milliseconds on the wall: a process of its own draws."""
    yield Line("1,000 certificates as one file", "ms", "≤ 1,000 ms", _merged, _stock, REFERENCE)
    yield Line("1,000 certificates as files", "ms", "≤ 2,000 ms", _files, _stock, REFERENCE)


@cache
def _papers() -> tuple[CertificatePaper, ...]:
    logo, seal, signature = _picture(400, 120), _picture(300, 300), _picture(400, 150)
    return tuple(
        CertificatePaper(
            language="zh-CN",
            design="classic",
            kind_label="结业证书",
            name=f"学员{number:04}",
            statement="完成了以下课程的全部要求，特发此证。",
            course="关键客户营销生态系统",
            rows=(
                ("班级", "第三期"),
                ("日期", "2026年11月23日至27日"),
                ("学时", "30"),
                ("出勤", "100%"),
                ("成绩", "126 / 140"),
            ),
            issuer="启程商用车销售有限公司",
            signer="韩静",
            signer_title="培训总监",
            issued="2026年11月30日",
            code=f"A7KD-93QM-PX2C-{number:04}-ZZ7H-4N",
            verify_url=f"https://training.example.com/verify/A7KD93QMPX2C{number:04}ZZ7H4N",
            note="在 training.example.com/verify 输入编号即可查验。",
            logo=logo,
            seal=seal,
            signature=signature,
        )
        for number in range(COUNT)
    )


def _picture(width: int, height: int) -> bytes:
    image = Image.new("RGBA", (width, height), (255, 255, 255, 0))
    ImageDraw.Draw(image).ellipse((8, 8, width - 8, height - 8), outline=(160, 30, 30, 255), width=8)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _merged() -> float:
    certificates_to_pdf(_papers()[:10])
    started = time.perf_counter()
    certificates_to_pdf(_papers())
    return (time.perf_counter() - started) * 1000


def _files() -> float:
    certificates_to_pdf(_papers()[:10])
    started = time.perf_counter()
    count = sum(1 for _ in certificate_files(_papers()))
    if count != COUNT:
        raise RuntimeError(f"{count} files")
    return (time.perf_counter() - started) * 1000


def _stock() -> float:
    if "bench" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("bench", FOLDER / "NotoSansSC-Regular.ttf"))
    started = time.perf_counter()
    canvas = Canvas(io.BytesIO(), pagesize=A4)
    for paper in _papers():
        canvas.setFont("bench", 12)
        for line, words in enumerate(texts_of(paper)):
            canvas.drawCentredString(A4[0] / 2, A4[1] - 100 - 24 * line, words)
        canvas.showPage()
    canvas.save()
    return (time.perf_counter() - started) * 1000
