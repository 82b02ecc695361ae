"""Certificates as PDF: what they say, how they look, what they refuse, what a file tells of the others."""

from __future__ import annotations

import re
import subprocess
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from pypdf import PdfReader

from app.documents import CannotPrint, CertificatePaper, certificate_files, certificates_to_pdf, unprintable
from app.documents.certificate import texts_of
from app.documents.glyphs import FOLDER, shaped
from app.documents.pdf import certificate
from app.documents.pdf.certificates.rendering import render_certificate_files, render_certificates
from app.words import in_words

CHARACTERS = (FOLDER / "characters.txt").read_text(encoding="utf-8")
DESIGNS: tuple[Literal["classic", "plain"], ...] = ("classic", "plain")
ROWS = (("日期", "2026年11月23日–27日，五天"), ("净授课", "30 小时，出勤 96%"), ("课程版本", "7"))
CODE = "7K2MQ9XF4T8VP3HD6WNBZRJ52CAB"
PAPER = CertificatePaper(
    language="zh-CN",
    design="classic",
    kind_label="结业证书",
    name="陈雨桐",
    statement="完成了下列课程的全部要求，准予结业。",
    course="关键客户营销生态系统",
    rows=ROWS,
    issuer="华东培训中心",
    signer="李华",
    signer_title="培训总监",
    issued="2026年11月30日",
    code="7K2M Q9XF 4T8V P3HD 6WNB ZRJ5 2CAB",
    verify_url=f"https://courses.example.org/verify/{CODE}",
    note="扫码，或访问 courses.example.org/verify 输入编号，可查验本证书。",
)


def png(colour: tuple[int, int, int, int], size: tuple[int, int] = (80, 40), kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", size, colour).save(out, kind)
    return out.getvalue()


PICTURES: dict[str, Any] = {
    "logo": png((0, 0, 255, 255)),
    "seal": png((255, 0, 0, 200), (90, 90)),
    "signature": png((0, 0, 0, 0)),
}


def read(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def said(paper: CertificatePaper) -> str:
    return squeezed(shaped("".join(texts_of(paper))))


def seen(pdf: bytes, tmp_path: Path, *, page: int = 1, inch: int = 60) -> Image.Image:
    (tmp_path / "paper.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-png", "-singlefile", "-f", str(page), "-r", str(inch)]
    subprocess.run([*command, str(tmp_path / "paper.pdf"), str(tmp_path / "paper")], check=True)
    with Image.open(tmp_path / "paper.png") as opened:
        return opened.convert("RGB")


def refusal(paper: CertificatePaper) -> str:
    with pytest.raises(CannotPrint) as refused:
        render_certificates([paper])
    return in_words(refused.value.sentence, "en")


# What they say

printed = st.text(st.sampled_from(CHARACTERS), max_size=40)


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        CertificatePaper,
        language=st.sampled_from(["zh-CN", "en"]),
        design=st.sampled_from(DESIGNS),
        kind_label=printed,
        name=st.text(st.sampled_from(CHARACTERS), max_size=200),
        statement=printed,
        course=printed,
        rows=st.lists(st.tuples(printed, printed), max_size=9).map(tuple),
        issuer=printed,
        signer=printed,
        signer_title=printed,
        issued=printed,
        code=printed,
        verify_url=st.just(PAPER.verify_url),
        note=printed,
    )
)
def test_the_page_says_what_the_paper_says(paper: CertificatePaper) -> None:
    assert unprintable(paper) == ""
    assert squeezed(read(render_certificates([paper]))) == said(paper)


@pytest.mark.parametrize("design", DESIGNS)
def test_names_outside_the_first_plane_come_back(design: Literal["classic", "plain"]) -> None:
    paper = replace(PAPER, design=design, name="李𬱟 𠅤 Zoe\u0308")
    lines = [" ".join(line.split()) for line in read(render_certificates([paper])).splitlines()]
    assert "李𬱟 𠅤 Zoë" in lines


def structure(pdf: bytes, tmp_path: Path) -> list[str]:
    (tmp_path / "paper.pdf").write_bytes(pdf)
    command = ["pdfinfo", "-struct-text", str(tmp_path / "paper.pdf")]
    out = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return [
        line.strip().removesuffix(" (block)").removesuffix(" (inline)") for line in out.splitlines() if line.strip()
    ]


@pytest.mark.parametrize("design", DESIGNS)
def test_listeners_hear_it_in_order(design: Literal["classic", "plain"], tmp_path: Path) -> None:
    heard = structure(render_certificates([replace(PAPER, design=design, **PICTURES)]), tmp_path)
    assert [line.strip('"') for line in heard if line.startswith('"') and line != '""'] == list(texts_of(PAPER))
    tags = [line for line in heard if not line.startswith('"')]
    assert tags[:4] == ["Document", "Sect", "Figure", "H1"]
    assert (tags.count("TR"), tags.count("TH"), tags.count("TD"), tags.count("Figure")) == (3, 3, 3, 4)


def test_the_file_says_what_it_is_and_where_to_verify_it() -> None:
    reader = PdfReader(BytesIO(render_certificates([replace(PAPER, **PICTURES, name="A <b> & C")])))
    root: Any = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"].value) == ("zh-CN", True)
    assert reader.metadata is not None
    assert reader.metadata.title == "结业证书 · A <b> & C · 关键客户营销生态系统"
    assert reader.xmp_metadata is not None
    assert reader.xmp_metadata.dc_title == {"x-default": reader.metadata.title}
    areas: Any = reader.pages[0]["/Annots"]
    assert areas[0]["/A"]["/URI"] == PAPER.verify_url
    items: list[Any] = [reader.get_object(number) for number in range(1, len(reader.xref[0]))]
    alts = {item["/Alt"] for item in items if isinstance(item, dict) and "/Alt" in item}
    assert alts == {"标志", "颁发机构印章", "签名", f"二维码：{PAPER.verify_url}"}


# What a file tells of others


def test_a_file_is_the_same_alone_and_among_others() -> None:
    papers = [
        replace(PAPER, **PICTURES),
        replace(PAPER, name="欧阳修远", design="plain"),
        replace(PAPER, language="en"),
    ]
    alone = [render_certificates([paper]) for paper in papers]
    assert list(render_certificate_files(papers)) == alone
    assert list(certificate_files(papers)) == alone
    many = [replace(PAPER, verify_url=f"https://courses.example.org/verify/{number:028}") for number in range(70)]
    assert next(certificate_files(many)) == render_certificates(many[:1])


def test_files_come_in_order_however_many_are_asked_for_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    papers = [replace(PAPER, name=name) for name in ("甲", "乙", "丙")]
    monkeypatch.setattr(certificate, "AT_ONCE", 2)
    assert [squeezed(read(file)) for file in certificate_files(papers)] == [said(paper) for paper in papers]


def test_all_in_one_file_are_the_pages_of_the_files(tmp_path: Path) -> None:
    papers = [replace(PAPER, **PICTURES), replace(PAPER, name="欧阳修远", design="plain"), replace(PAPER, name="王伟")]
    together = certificates_to_pdf(papers)
    assert together == certificates_to_pdf(papers)
    assert squeezed(read(together)) == "".join(map(said, papers))
    for number, paper in enumerate(papers, start=1):
        assert seen(together, tmp_path, page=number) == seen(render_certificates([paper]), tmp_path)


def test_no_certificates_are_no_file() -> None:
    assert list(certificate_files([])) == []
    with pytest.raises(ValueError, match="nothing to print"):
        certificates_to_pdf([])


# How they look


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("pictures", [{}, PICTURES])
@pytest.mark.parametrize("name", ["王伟", "Maximilian " * 9, "测" * 200])
def test_all_ink_is_inside_the_margins(
    design: Literal["classic", "plain"], pictures: dict[str, Any], name: str, tmp_path: Path
) -> None:
    page = seen(render_certificates([replace(PAPER, design=design, name=name, **pictures)]), tmp_path, inch=72)
    inked = ImageChops.invert(page.convert("L")).getbbox()
    assert inked is not None
    left, top, right, bottom = inked
    assert page.size == (842, 596)
    assert min(left, top, page.width - right, page.height - bottom) >= 20


def dots(image: Image.Image) -> list[tuple[int, int, int]]:
    flat = image.tobytes()
    return list(zip(flat[::3], flat[1::3], flat[2::3], strict=True))


@pytest.mark.parametrize("design", DESIGNS)
def test_the_seal_lets_the_text_under_it_be_read(design: Literal["classic", "plain"], tmp_path: Path) -> None:
    bare = seen(render_certificates([replace(PAPER, design=design)]), tmp_path)
    sealed = seen(render_certificates([replace(PAPER, design=design, seal=PICTURES["seal"])]), tmp_path)
    changed = ImageChops.difference(bare, sealed).getbbox()
    assert changed is not None
    under, over = dots(bare.crop(changed)), dots(sealed.crop(changed))
    both = list(zip(under, over, strict=True))
    assert sum(red > 150 and blue < 120 for _, (red, _, blue) in both) > len(both) * 0.7
    assert all(max(stamped) < 90 for below, stamped in both if max(below) < 60)


# What they refuse

HOSTILE = [
    "<b>x</b>",
    "<img src='/etc/passwd'/>",
    '<font color="nope">x</font>',
    "<para><onDraw name='x'/>",
    "&lt;&amp;&#65;",
    "]]><!--",
    "(\\) Tj ET Q /P0 Do",
    ") endstream endobj",
    "%PDF-1.7 %%EOF",
    "<FEFF>",
    "{name} {0} %s %(x)s",
    "{{ 7 * 7 }}",
    "=1+1",
    "",
    " ",
    "\t\r\n",
    "a\x00b",
    "a\x1b[31mb",
    "\u202eabc",
    "\u2066abc\u2069",
    "مرحبا",
    "e\u0301\u0301\u0301",
    "🙂",
    "👩‍👩‍👧",
    "\ud800",
    "测" * 5000,
    "W" * 20_000,
    "\u200b" * 3000 + "x",
]
FIELDS = ("kind_label", "name", "statement", "course", "issuer", "signer", "signer_title", "issued", "code", "note")


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value[:12]))
def test_a_hostile_value_is_printed_as_it_is_or_refused(design: Literal["classic", "plain"], value: str) -> None:
    began = time.perf_counter()
    changes: list[dict[str, Any]] = [{field: value} for field in FIELDS]
    papers = [replace(PAPER, design=design, **change) for change in changes]
    papers += [replace(PAPER, design=design, rows=rows) for rows in (((value, "x"),), (("x", value),))]
    made = [paper for paper in papers if can_be_printed(paper)]
    assert all(unprintable(paper) or len(value) >= 5000 for paper in papers if paper not in made)
    if made:
        assert squeezed(read(render_certificates(made))) == "".join(map(said, made))
    assert time.perf_counter() - began < 5 * len(papers)


def can_be_printed(paper: CertificatePaper) -> bool:
    try:
        render_certificates([paper])
    except CannotPrint as refused:
        in_words(refused.sentence, "zh-CN").encode()
        return False
    return True


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=12))
def test_what_is_called_unprintable_is_what_is_refused(name: str) -> None:
    paper = replace(PAPER, name=name)
    assert can_be_printed(paper) == (unprintable(paper) == "")


def test_a_refusal_says_whose_certificate_it_is_and_why() -> None:
    assert refusal(replace(PAPER, issuer="帆⛵")) == (
        "The certificate of 陈雨桐 cannot be printed: the fonts have no «⛵» (U+26F5)."
    )
    assert refusal(replace(PAPER, signer="长" * 3000)) == (f"«{'长' * 59}…» has no room on the certificate of 陈雨桐.")
    assert refusal(replace(PAPER, verify_url="https://example.org/" + "x" * 3000)) == (
        "The address to verify certificates is too long for a QR code."
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", png((0, 0, 0, 255), kind="JPEG"), PICTURES["seal"][:90]],
)
def test_a_picture_that_is_none_is_named(content: bytes) -> None:
    assert refusal(replace(PAPER, seal=content)) == "The picture seal.png cannot be read."


def test_a_picture_with_too_many_dots_is_refused() -> None:
    assert refusal(replace(PAPER, logo=png((0, 0, 0, 0), (25_000, 1_001)))) == (
        "The picture logo.png has too many pixels to be printed."
    )


def test_a_refusal_comes_through_from_the_process_that_prints() -> None:
    with pytest.raises(CannotPrint, match="⛵"):
        certificates_to_pdf([replace(PAPER, name="帆⛵")])
    assert squeezed(read(certificates_to_pdf([PAPER]))) == said(PAPER)
