"""Sheets that are filled in on screen: every field is one of the file's form, holds any text, and comes back."""

from __future__ import annotations

import io
import re
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from app.documents import CannotRead, Document, form_values
from app.documents.blocks import (
    Block,
    Card,
    ChoiceField,
    Column,
    Gap,
    GapText,
    GridField,
    GridRow,
    Heading,
    MatrixField,
    NameBox,
    NumberField,
    Option,
    OrderField,
    Place,
    PlacementField,
    ScaleField,
    TextField,
    field_names,
    plain,
)
from app.documents.pdf import reading, rendering, returned
from app.documents.pdf.certificates.squares import Square, squares_of
from app.documents.pdf.rendering import Copy, render_form, render_pdf, render_stack
from app.documents.pdf.returned import MOST_BYTES
from app.exercises import Spec, fields_of, model_answer_of
from app.exercises.hints import hint_fields
from tests.exercises.samples import FILES, shipped

CARDS = (Card("x", plain("卡片一")), Card("y", plain("卡片二")))
BLOCKS: tuple[Block, ...] = (
    NameBox("王小明", "P0012"),
    Heading(plain("第一题"), 2),
    TextField("t.one", plain("一句话"), required=True),
    TextField("t.many", plain("说明"), 6),
    NumberField("n", plain("毛利率"), "%"),
    ChoiceField("c", plain("选一个"), (Option("a", plain("甲")), Option("b", plain("乙")))),
    ChoiceField("m", plain("选几个"), (Option("a", plain("甲")), Option("b", plain("乙"))), several=True),
    PlacementField("p", plain("放"), CARDS, (Place("l", plain("左")), Place("r", plain("右"))), "q", plain("相关")),
    PlacementField("pp", plain("归类"), CARDS, tuple(Place(f"l{n}", plain(f"位置{n}")) for n in range(8))),
    PlacementField("ps", plain("分到"), CARDS, (Place("l", plain("左")), Place("r", plain("右"))), several=True),
    GridField(
        "g",
        plain("表"),
        plain("项"),
        (Column("a", plain("字"), required=True), Column("b", plain("数"), "number"), Column("c", plain("勾"), "tick")),
        (GridRow("r1", plain("行一")), GridRow("r2", plain("行二"))),
    ),
    MatrixField("mx", plain("矩阵"), CARDS, (Place("r1", plain("行一")),), (Place("c1", plain("列一")),)),
    OrderField("o", plain("排序"), CARDS),
    ScaleField("s", plain("量表"), CARDS, (Option("1", plain("少")), Option("2", plain("多"))), "e", plain("证据")),
    GapText(((plain("毛利等于"), Gap("gap", plain("空一")), plain("减去成本。")),)),
)
DOCUMENT = Document("课程", BLOCKS, "zh-CN", subtitle="练习")
RARE = "滨河𠮷客运\U00031350 😀👨‍👩‍👧 é ﷽ ㊣ <b>&</b> (括号) \\ 第一行\n第二行\t完"
VALUES = {
    "t.one": "一句话",
    "t.many": RARE,
    "n": "12.5",
    "c": "b",
    "m.a": "yes",
    "p.x": "l",
    "q.y": "yes",
    "pp.x": "l3",
    "ps.y.r": "yes",
    "g.r1.a": "字",
    "g.r1.c": "yes",
    "mx.x": "r1.c1",
    "o.x": "2",
    "s.y": "2",
    "e.y": "“我们再看看”",
    "gap": "售价",
}
HIDDEN = {"_copy": "ABCDE-FGHIJ", "_base": "7"}


def form(document: Document = DOCUMENT, **values: str) -> bytes:
    return render_form(document, values, HIDDEN)


@pytest.fixture(scope="module")
def filled() -> bytes:
    return render_form(DOCUMENT, VALUES, HIDDEN)


def fields(content: bytes) -> dict[str, Any]:
    """The fields that hold something, by their full names, as another library sees them."""
    found = PdfReader(io.BytesIO(content)).get_fields() or {}
    return {name: each for name, each in found.items() if "/FT" in each}


def read_here(content: bytes) -> dict[str, str]:
    """The same as `form_values`, without a process a file."""
    return dict(reading._fields(content))


def test_every_field_of_the_sheet_is_one_of_the_form_under_its_own_name(filled: bytes) -> None:
    assert set(fields(filled)) == {*field_names(BLOCKS), *HIDDEN}


def test_what_is_filled_in_comes_back_whatever_its_characters(filled: bytes) -> None:
    blank = dict.fromkeys(field_names(BLOCKS), "")
    assert form_values(filled) == blank | VALUES | HIDDEN
    assert form_values(form()) == blank | HIDDEN


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=200))
@settings(max_examples=25)
def test_any_text_comes_back(text: str) -> None:
    found = read_here(render_form(Document("课", (TextField("t", plain("字"), 3),), "zh-CN"), {"t": text}, {}))
    assert found["t"] == text


def test_fields_say_what_they_ask_for_and_whether_they_must_be_filled(filled: bytes) -> None:
    found = fields(filled)
    assert (found["t.one"]["/TU"], found["g.r1.b"]["/TU"]) == ("一句话", "表 · 行一 · 数")
    assert found["c"]["/TU"] == "选一个"
    required = {name for name, each in found.items() if int(each.get("/Ff", 0)) & 2}
    assert required == {"t.one", "g.r1.a", "g.r2.a"}
    assert [name for name in ("t.many", "t.one") if int(found[name]["/Ff"]) & 1 << 12] == ["t.many"]
    assert found["t.many"].get("/MaxLen", 20_000) == 20_000
    assert found["pp.x"]["/_States_"][1:3] == [["l0", "位置0"], ["l1", "位置1"]]


def test_cell_with_more_than_a_line_in_it_shows_all_of_it(tmp_path: Path) -> None:
    table = GridField(
        "g",
        plain("表"),
        plain("项"),
        tuple(Column(f"c{n}", plain("字")) for n in range(4)),
        (GridRow("r", plain("行")),),
    )
    words = "第一句写得很长，一格放不下，要换行才看得见最后两个字：完了"
    content = form(Document("课程", (table,), "zh-CN"), **{"g.r.c0": words, "g.r.c1": "短"})
    assert [int(fields(content)[f"g.r.c{n}"]["/Ff"]) >> 12 & 1 for n in (0, 1)] == [1, 0]
    assert "完了" in _seen_by_poppler(content, tmp_path)


def test_circles_of_one_field_exclude_one_another(filled: bytes) -> None:
    group = _tree(filled)["c"]
    states = [set(kid.get_object()["/AP"]["/N"]) - {"/Off"} for kid in group["/Kids"]]
    assert (int(group["/Ff"]) >> 15 & 1, states, group["/V"]) == (1, [{"/a"}, {"/b"}], "/b")
    assert [kid.get_object()["/AS"] for kid in group["/Kids"]] == ["/Off", "/b"]


def _tree(content: bytes) -> dict[str, Any]:
    """The fields at the root of the form."""
    root: Any = PdfReader(io.BytesIO(content)).trailer["/Root"]
    return {each.get_object()["/T"]: each.get_object() for each in root["/AcroForm"]["/Fields"]}


def test_places_are_in_the_order_of_reading_and_in_the_tree_of_tags(filled: bytes) -> None:
    for page in _pages(filled):
        assert page["/Tabs"] == "/S"
        shown: list[Any] = [each.get_object() for each in page.get("/Annots", [])]
        places = [each for each in shown if each["/Subtype"] == "/Widget" and not int(each["/F"]) & 2]
        assert places
        assert all("/StructParent" in each for each in places)
        tops = [float(each["/Rect"][3]) for each in places]
        assert all(before >= after - 40 for before, after in pairwise(tops))


def test_the_face_in_the_file_draws_what_somebody_types() -> None:
    reader = PdfReader(io.BytesIO(form()))
    root: Any = reader.trailer["/Root"]
    assert "/NeedAppearances" not in root["/AcroForm"]
    face = root["/AcroForm"]["/DR"]["/Font"]["/F0"]
    texts = face["/ToUnicode"].get_data().decode()
    assert all(f"<{ord(sign):04X}>" in texts for sign in "喆滨晗鑫a9。")
    assert "> <00A0>" not in texts  # a space that was typed stays one
    assert face["/DescendantFonts"][0]["/FontDescriptor"]["/FontFile2"].get_data()[:4] == b"\0\1\0\0"


def test_poppler_draws_what_stands_in_the_fields(filled: bytes, tmp_path: Path) -> None:
    words = _seen_by_poppler(filled, tmp_path)
    for text in ("一句话", "第一行", "第二行", "位置3", "行一×列一", "“我们再看看”", "王小明", "P0012"):
        assert text in words
    assert "第一行" not in _seen_by_poppler(form(), tmp_path)


def _seen_by_poppler(content: bytes, folder: Path) -> str:
    """The words of the file as it is printed, its fields included."""
    source, printed = folder / "form.pdf", folder / "printed.pdf"
    source.write_bytes(content)
    subprocess.run(["pdftocairo", "-pdf", source, printed], check=True, capture_output=True)
    done = subprocess.run(["pdftotext", "-layout", printed, "-"], check=True, capture_output=True)
    return re.sub(r"[ \n]+", "", done.stdout.decode())


@pytest.mark.parametrize("incremental", [True, False])
def test_what_another_program_fills_in_comes_back(*, incremental: bool) -> None:
    writer = PdfWriter(io.BytesIO(form(c="a")), incremental=True) if incremental else PdfWriter()
    if not incremental:
        writer.append(PdfReader(io.BytesIO(form(c="a"))))
    typed = {"t.one": RARE, "n": "3", "c": "/b", "m.b": "/yes", "g.r2.a": "滨河", "pp.y": "l2"}
    for page in writer.pages:
        writer.update_page_form_field_values(page, typed, auto_regenerate=False)
    found = form_values(_saved(writer))
    assert {name: found[name] for name in typed} == typed | {"c": "b", "m.b": "yes"}
    assert found["_copy"] == HIDDEN["_copy"]


def _saved(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_model_answer_of_every_exercise_comes_back(path: Path) -> None:
    spec = shipped(path)
    blocks, model = fields_of(spec), model_answer_of(spec)
    found = read_here(render_form(Document("课程", blocks, "zh-CN"), model, {}))
    assert {name: text for name, text in found.items() if text} == {name: text for name, text in model.items() if text}
    assert set(found) <= set(field_names(blocks)) - _of_hints(spec)


def _of_hints(spec: Spec) -> set[str]:
    return set(field_names(hint_fields(spec)))


def test_equal_forms_are_equal_files() -> None:
    assert form(n="1") == form(n="1")


# Copies for one person each


def copy(name: str, pages: int = 1) -> Document:
    blocks = tuple(TextField(f"t{number}", plain("写"), 20) for number in range(pages))
    return Document(
        "课程", (NameBox(name, "P1"), *blocks), "zh-CN", subtitle=name, address=f"https://x.example/p/{name}"
    )


def test_a_stack_counts_the_pages_of_each_copy_from_one() -> None:
    content = render_stack([Copy(copy("AB", 2), {}), Copy(copy("CD"), {"t0": "滨河"}), Copy(copy("EF", 2), {})])
    reader = PdfReader(io.BytesIO(content))
    lines = [page.extract_text().splitlines() for page in reader.pages]
    numbers = [line for page in lines for line in page if re.fullmatch(r"\d / \d", line)]
    codes = [line for page in lines for line in page if re.fullmatch(r"[A-F]{2}\.\d", line)]
    assert numbers == ["1 / 2", "2 / 2", "1 / 1", "1 / 2", "2 / 2"]
    assert codes == ["AB.1", "AB.2", "CD.1", "EF.1", "EF.2"]
    assert [number for number, page in enumerate(lines) if any("滨河" in line for line in page)] == [2]


def test_each_page_has_the_square_of_its_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def watched(addresses: list[str]) -> Iterator[Square]:
        asked.extend(addresses)
        return squares_of(addresses)

    monkeypatch.setattr(rendering, "squares_of", watched)
    content = render_pdf(copy("AB", 2))
    assert asked == ["https://x.example/p/AB.1", "https://x.example/p/AB.2"]
    square = next(squares_of(asked[:1])).shapes()
    first, second = (page.get_contents().get_data().decode() for page in _pages(content))
    assert " ".join(square.split()) in " ".join(first.split())
    assert " ".join(square.split()) not in " ".join(second.split())


def _pages(content: bytes) -> Iterator[Any]:
    yield from PdfReader(io.BytesIO(content)).pages


# Files of strangers


def test_files_without_a_form_are_told_apart_from_broken_ones(filled: bytes) -> None:
    writer = PdfWriter(io.BytesIO(filled))
    writer.encrypt("geheim", algorithm="RC4-128")
    for content, why in [
        (render_pdf(DOCUMENT, VALUES), "no fields"),
        (_saved(writer), "locked"),
        (b"", "cannot be read"),
        (b"PK\x03\x04 a zip", "cannot be read"),
        (b"%PDF-1.7\n", "cannot be read"),
        (b"%PDF-1.7" + b" " * MOST_BYTES, "5"),
    ]:
        with pytest.raises(CannotRead) as refused:
            form_values(content)
        assert why in refused.value.sentence.text.format(**dict(refused.value.sentence.values))


def changed(change: Callable[[PdfWriter, Any], object]) -> bytes:
    """A form of ours that somebody worked on with a tool."""
    writer = PdfWriter(io.BytesIO(form(n="7")))
    root: Any = writer.root_object
    change(writer, root)
    return _saved(writer)


def _tied(writer: PdfWriter, root: Any) -> None:
    """A group of fields that lies in itself."""
    field = DictionaryObject({NameObject("/T"): TextStringObject("loop")})
    tied = writer._add_object(field)
    field[NameObject("/Kids")] = ArrayObject([tied])
    root["/AcroForm"]["/Fields"].append(tied)


def _deep(writer: PdfWriter, root: Any) -> None:
    inner = DictionaryObject({NameObject("/T"): TextStringObject("end")})
    for _ in range(400):
        kid = writer._add_object(inner)
        inner = DictionaryObject({NameObject("/T"): TextStringObject("x"), NameObject("/Kids"): ArrayObject([kid])})
    root["/AcroForm"]["/Fields"].append(writer._add_object(inner))


def _many(writer: PdfWriter, root: Any) -> None:
    field = DictionaryObject({NameObject("/T"): TextStringObject("x"), NameObject("/FT"): NameObject("/Tx")})
    root["/AcroForm"]["/Fields"].extend(field.clone(writer) for _ in range(reading.MOST_FIELDS))


def _active(writer: PdfWriter, root: Any) -> None:
    """Script, and a form of another technique besides ours."""
    script = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("while (true) {}")}
    root[NameObject("/OpenAction")] = DictionaryObject(script)
    root["/AcroForm"][NameObject("/XFA")] = TextStringObject("<xdp/>")


def test_fields_tied_in_a_knot_are_read_once_and_script_is_never_looked_at() -> None:
    for change in (_tied, _active):
        assert form_values(changed(change))["n"] == "7"


@pytest.mark.parametrize("change", [_deep, _many], ids=["deep", "many"])
def test_more_than_a_form_of_ours_has_is_refused(change: Callable[[PdfWriter, Any], None]) -> None:
    with pytest.raises(CannotRead, match="more in it"):
        form_values(changed(change))


def bomb() -> bytes:
    """A text that unpacks to a gigabyte, as the value of a field."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(1024)) + packer.flush()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [3 0 R] >> >>",
        b"<< /Type /Pages /Kids [] /Count 0 >>",
        b"<< /T (t) /FT /Tx /V 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed),
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + table
    return bytes(out + b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % start)


def test_a_file_that_unpacks_to_a_gigabyte_is_refused_and_the_next_is_read(filled: bytes) -> None:
    with pytest.raises(CannotRead):
        form_values(bomb())
    assert form_values(filled)["n"] == "12.5"


def test_a_file_that_takes_too_long_is_given_up(filled: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returned, "MOST_SECONDS", 0.01)
    with pytest.raises(CannotRead):
        form_values(filled)


def test_who_would_wait_long_for_others_is_sent_away_and_the_next_is_read(
    filled: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = threading.BoundedSemaphore(1)
    monkeypatch.setattr(returned, "_turns", busy)
    monkeypatch.setattr(returned, "MOST_WAITING", 0.01)
    with busy, pytest.raises(CannotRead, match="Several files"):
        form_values(filled)
    assert form_values(filled)["n"] == "12.5"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99, 0.9999])
def test_half_a_file_is_read_or_refused(filled: bytes, share: float) -> None:
    try:
        found = form_values(filled[: int(len(filled) * share)])
    except CannotRead:
        return
    assert set(found) <= {*field_names(BLOCKS), *HIDDEN}


@pytest.mark.parametrize("seed", range(12))
def test_a_garbled_file_is_read_or_refused(filled: bytes, seed: int) -> None:
    """Whole stretches are overwritten, also where the tables and the form lie, at the end of the file."""
    content = bytearray(filled)
    for number in range(40):
        at = len(content) - 1 - (seed * 7919 + number * 104_729) % (len(content) if seed % 2 else 60_000)
        content[at : at + 3] = b"/<["
    with suppress(CannotRead):
        assert set(form_values(bytes(content))) != set()
