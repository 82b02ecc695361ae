"""Exports as CSV and as workbooks: nothing in them runs, everything comes back, and memory does not grow with them."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

from app.web import exports
from app.web.exports import Column, Kind, Value, csv_download, workbooks, xlsx_download
from app.web.exports.cells import clean_text, csv_text, is_plain, rounded, safe_text
from app.web.exports.csv_files import csv_pieces
from app.web.exports.workbooks import LONGEST_TEXT, About, cell_text, sheet_name, write_workbook
from app.web.guards import public
from tests.web.exported import HOSTILE, UNSTORABLE, csv_cells, formulas_in_csv, formulas_in_xlsx

SHANGHAI = ZoneInfo("Asia/Shanghai")
ABOUT = About("Table", "某公司", datetime(2026, 11, 23, tzinfo=UTC))
TEXTS = st.text(st.characters(codec=None), max_size=40) | st.sampled_from(HOSTILE + UNSTORABLE)
ROOT = Path(__file__).parents[2]


def as_csv(columns: Sequence[Column], rows: Sequence[Sequence[Value]]) -> bytes:
    return b"".join(csv_pieces(columns, rows, zone=SHANGHAI))


def as_xlsx(columns: Sequence[Column], rows: Sequence[Sequence[Value]], sheet: str = "表") -> bytes:
    file = io.BytesIO()
    write_workbook(file, sheet, columns, rows, zone=SHANGHAI, about=ABOUT)
    return file.getvalue()


def test_no_hostile_text_is_a_formula() -> None:
    columns = [Column("=heading"), Column("<r>=1</r>")]
    rows = [(text, text) for text in HOSTILE + UNSTORABLE]
    assert formulas_in_csv(as_csv(columns, rows)) == []
    assert formulas_in_xlsx(as_xlsx(columns, rows)) == []


def test_a_hostile_text_is_seen_when_it_runs() -> None:
    """The detector itself, on what a careless writer makes of the same texts."""
    careless = "\n".join(f'"{text}"' for text in HOSTILE[:20]).encode()
    assert len(formulas_in_csv(careless)) == 20


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("=1", "'=1"),
        (" +1", "' +1"),
        ("＝1", "'＝1"),
        ("\x00@x", "'@x"),
        ("\u200b\t-1", "'\u200b\t-1"),
        ("李=四", "李=四"),
        ("-", "'-"),
        ("", ""),
        ("a\r\nb\rc", "a\nb\nc"),
        ("'=1", "'=1"),
    ],
)
def test_a_text_in_csv(text: str, kept: str) -> None:
    assert safe_text(text) == kept
    assert safe_text(kept) == kept


@given(TEXTS)
def test_a_plain_text_is_one_that_nothing_changes(text: str) -> None:
    if is_plain(text):
        assert safe_text(text) == clean_text(text) == text


@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_a_text_comes_back_from_csv(texts: list[str]) -> None:
    """As it was, but for characters that no file holds, line ends, and the apostrophe before a formula."""
    cells = csv_cells(as_csv([Column("文")], [(text,) for text in texts]))
    assert [cell for (cell,) in cells[1:]] == [safe_text(text) for text in texts]
    for text, (cell,) in zip(texts, cells[1:], strict=True):
        assert clean_text(text) in {cell, cell.removeprefix("'")}


@example(["_x000A_", "<r></r>", "  a  ", "a\n\tb", "_x005F_x000A_"])
@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_a_text_comes_back_from_a_workbook(texts: list[str]) -> None:
    """As it was, but for characters that no file holds and line ends."""
    content = as_xlsx([Column("文"), Column("完")], [(text, "。") for text in texts])
    kept = [clean_text(text) for text in texts]
    assert [row[0] for row in read_by_calamine(content)[0][1:]] == kept
    assert [unescape(str(row[0] or "")) for row in read_by_openpyxl(content)[1:]] == kept


def read_by_calamine(content: bytes) -> list[list[list[object]]]:
    """The rows of every sheet, in a reader that is strict about types."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [list(map(list, book.get_sheet_by_name(name).to_python())) for name in book.sheet_names]


def read_by_openpyxl(content: bytes) -> list[tuple[object, ...]]:
    """The rows of the first sheet, in the other reader, which leaves «_x005F_» as it is written."""
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


KINDS: tuple[Kind, ...] = ("text", "whole", "number", "percent", "day", "moment")
NINE = datetime(2026, 11, 30, 17, 5, 59, tzinfo=UTC)
"""Five past one on the next day, in Shanghai."""


@pytest.mark.parametrize(
    ("kind", "value", "in_csv", "in_workbook"),
    [
        ("number", Fraction(1, 3), "0.33", 0.33),
        ("number", Fraction(100), "100", 100.0),
        ("number", None, "", ""),
        ("number", "–", "–", "–"),
        ("number", "-5", "'-5", "-5"),
        ("number", -5, "-5", -5.0),
        ("whole", 1200, "1200", 1200.0),
        ("text", 7, "7", 7.0),
        ("text", "007", "007", "007"),
        ("text", "1E5", "1E5", "1E5"),
        ("percent", Fraction(7, 8), "87.5%", 0.875),
        ("percent", 1, "100%", 1.0),
        ("percent", Fraction(2, 3), "66.7%", pytest.approx(2 / 3)),
        ("day", date(2026, 11, 30), "2026-11-30", date(2026, 11, 30)),
        ("day", NINE, "2026-12-01", date(2026, 12, 1)),
        ("moment", NINE, "2026-12-01 01:05", datetime(2026, 12, 1, 1, 5)),  # noqa: DTZ001 -- as it is read
        ("moment", date(2026, 11, 30), "2026-11-30", date(2026, 11, 30)),
        ("day", date(1899, 1, 2), "1899-01-02", "1899-01-02"),
        ("day", date(2000, 2, 29), "2000-02-29", date(2000, 2, 29)),
    ],
)
def test_a_value_keeps_its_type(kind: Kind, value: Value, in_csv: str, in_workbook: object) -> None:
    assert csv_text(value, kind, SHANGHAI) == in_csv
    sheet = read_by_calamine(as_xlsx([Column("a", kind), Column("b")], [(value, "x")]))[0]
    assert sheet[1] == [in_workbook, "x"]


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 11, 30, 9)  # noqa: DTZ001 -- this is what is refused
    with pytest.raises(ValueError, match="time zone"):
        as_csv([Column("a", "moment")], [(naive,)])
    with pytest.raises(ValueError, match="time zone"):
        as_xlsx([Column("a", "moment")], [(naive,)])


@given(st.fractions() | st.integers(), st.integers(0, 3))
def test_numbers_are_rounded_as_python_rounds_them(number: Fraction | int, places: int) -> None:
    assert Fraction(rounded(number, places), 10**places) == round(Fraction(number), places)


@given(st.fractions(-10_000, 10_000))
def test_a_number_in_csv_is_one_and_reads_as_it_was(number: Fraction) -> None:
    assert Fraction(csv_text(number, "number", SHANGHAI)) == round(number, 2)
    assert Fraction(csv_text(number, "percent", SHANGHAI).removesuffix("%")) / 100 == round(number, 3)


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
@pytest.mark.parametrize("row", [("one",), ("one", "two", "three")])
def test_a_row_of_another_length_is_a_mistake(
    write: Callable[[Sequence[Column], Sequence[Sequence[Value]]], bytes], row: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match=r"zip\(\)"):
        write([Column("a"), Column("b")], [row])


def test_a_workbook_looks_like_a_table() -> None:
    columns = [Column("姓名", width=20), Column("出勤", "percent"), Column("完成", "day")]
    book = load_workbook(io.BytesIO(as_xlsx(columns, [("张三", Fraction(1, 2), date(2026, 11, 30))], "完成/情况")))
    sheet = book.active
    assert sheet is not None
    assert (sheet.title, sheet.freeze_panes, sheet.auto_filter.ref) == ("完成 情况", "A2", "A1:C2")
    assert (sheet["A1"].font.b, sheet.print_title_rows, sheet.page_setup.paperSize) == (True, "$1:$1", 9)
    assert [sheet[f"{place}2"].number_format for place in "ABC"] == ["General", "0%", "yyyy-mm-dd"]
    assert round(sheet.column_dimensions["A"].width) == 21  # the library adds what the margins take
    assert (book.properties.title, book.properties.created) == ("Table", datetime(2026, 11, 23))  # noqa: DTZ001 -- as read


def test_a_long_text_takes_several_lines_where_its_column_wraps() -> None:
    columns = [Column("姓名"), Column("原因", width=20, wraps=True)]
    rows = [("张三", "缺练习" * 10), ("李四", "short"), ("王五", None), ("赵六", "字" * 9_000)]
    sheet = load_workbook(io.BytesIO(as_xlsx(columns, rows))).active
    assert sheet is not None
    assert (sheet["B2"].alignment.wrap_text, sheet["A2"].alignment.vertical) == (True, "top")
    assert [sheet.row_dimensions[line].height for line in (2, 3, 4)] == [3 * workbooks.LINE, None, None]
    assert sheet.row_dimensions[5].height <= 409  # the most that Excel takes


def test_an_empty_table_is_its_header() -> None:
    columns = [Column("a"), Column("b")]
    assert csv_cells(as_csv(columns, [])) == [["a", "b"]]
    assert read_by_calamine(as_xlsx(columns, [])) == [[["a", "b"]]]


def test_what_a_sheet_cannot_hold_goes_on_a_second_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "ROWS_A_SHEET", 3)
    sheets = [read_by_calamine(as_xlsx([Column("n")], [(n,) for n in range(rows)])) for rows in (3, 7)]
    assert [len(each) for each in sheets] == [1, 3]
    assert [row[0] for sheet in sheets[1] for row in sheet] == ["n", 0, 1, 2, "n", 3, 4, 5, "n", 6]


@pytest.mark.parametrize("sign", ["x", "好", "😀"])
def test_a_long_text_is_cut_with_a_mark(sign: str) -> None:
    text = sign * LONGEST_TEXT
    cut = cell_text(text)
    longer = len(text.encode("utf-16-le")) // 2 > LONGEST_TEXT
    assert cut.endswith("…") == longer
    assert LONGEST_TEXT - 1 <= len(cut.encode("utf-16-le")) // 2 <= LONGEST_TEXT
    assert read_by_calamine(as_xlsx([Column("a")], [(text,)]))[0][1] == [cut]
    assert cell_text(text + sign).endswith("…")


@given(st.text(st.characters(codec=None), max_size=50), st.integers(1, 12))
def test_a_sheet_has_a_name_that_excel_takes(name: str, number: int) -> None:
    made = sheet_name(name, number)
    assert 0 < len(made.encode("utf-16-le")) // 2 <= 31
    assert not set(made) & set("[]:*?/\\")
    assert not made.startswith("'")
    assert not made.endswith("'")
    assert made.casefold() != "history"


class Source:
    """Rows that know how far they were asked for, and whether somebody has let go of them."""

    def __init__(self, count: int) -> None:
        self.count, self.given, self.closed = count, 0, False

    def rows(self) -> Iterator[tuple[Value, ...]]:
        try:
            for number in range(self.count):
                self.given += 1
                yield (number, "一些文字" * 20)
        finally:
            self.closed = True


Download = Callable[[Source], Response]
COLUMNS = [Column("n", "whole"), Column("文字")]
LONG = 6_000


def _csv(source: Source) -> Response:
    return csv_download("表", COLUMNS, source.rows())


def _xlsx(source: Source) -> Response:
    return xlsx_download("表", "表", COLUMNS, source.rows())


DOWNLOADS = [pytest.param(_csv, id="csv"), pytest.param(_xlsx, id="xlsx")]


@pytest.fixture
def export(app: Flask) -> Callable[[Download, Source], FlaskClient]:
    """Puts a download at /export of an application."""

    def put(download: Download, source: Source) -> FlaskClient:
        app.config["PROPAGATE_EXCEPTIONS"] = False
        if "export" not in app.view_functions:
            app.add_url_rule("/export", "export", lambda: "")
        app.view_functions["export"] = public(lambda: download(source))
        return app.test_client()

    return put


@pytest.fixture(autouse=True)
def _all_turns_are_given_back() -> Iterator[None]:
    yield
    assert exports._turns._value == exports.AT_ONCE


@pytest.mark.parametrize("download", DOWNLOADS)
@pytest.mark.parametrize("count", [0, 3, LONG])
def test_a_download_has_all_rows(
    export: Callable[[Download, Source], FlaskClient], download: Download, count: int
) -> None:
    source = Source(count)
    response = export(download, source).get("/export")
    if response.mimetype == "text/csv":
        numbers = [cells[0] for cells in csv_cells(response.data)]
    else:
        assert response.content_length == len(response.data)
        numbers = [f"{row[0]:.0f}" if row[0] != "n" else "n" for row in read_by_calamine(response.data)[0]]
    assert numbers == ["n", *map(str, range(count))]
    assert source.closed
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="table.')
    assert "filename*=UTF-8''%E8%A1%A8." in disposition


def test_csv_is_sent_while_it_is_made(export: Callable[[Download, Source], FlaskClient]) -> None:
    source = Source(LONG)
    response = export(_csv, source).get("/export")
    assert source.given <= exports.FEW
    pieces = iter(response.iter_encoded())
    assert 16 * 1024 <= len(next(pieces)) <= 256 * 1024
    assert source.given < LONG / 2
    response.close()
    assert source.closed


@pytest.mark.parametrize("download", DOWNLOADS)
def test_a_client_that_goes_away_leaves_nothing_behind(
    export: Callable[[Download, Source], FlaskClient],
    download: Download,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(folder := tmp_path / "temporary"))
    folder.mkdir()
    source = Source(LONG)
    response = export(download, source).get("/export")
    next(iter(response.iter_encoded()))
    assert exports._turns._value == exports.AT_ONCE - 1
    response.close()
    assert (source.closed, list(folder.iterdir())) == (True, [])
    export(download, Source(LONG)).head("/export").close()


@pytest.mark.parametrize("download", DOWNLOADS)
def test_a_third_long_export_is_asked_to_wait_and_a_short_one_is_not(
    export: Callable[[Download, Source], FlaskClient], download: Download
) -> None:
    under_way = [export(download, Source(LONG)).get("/export") for _ in range(exports.AT_ONCE)]
    refused = Source(LONG)
    third = export(download, refused).get("/export", headers={"Accept-Language": "en"})
    assert (third.status_code, third.headers["Retry-After"]) == (503, "15")
    assert "Two large tables are being written at this moment" in third.text
    assert (refused.closed, refused.given) == (True, exports.FEW)
    assert export(download, Source(20)).get("/export").status_code == 200
    under_way[0].close()
    with export(download, Source(LONG)).get("/export") as again:
        assert again.status_code == 200
    under_way[1].close()


@pytest.mark.parametrize("download", DOWNLOADS)
@pytest.mark.parametrize("after", [3, 1_000])
def test_a_mistake_on_the_way_ends_the_export(
    export: Callable[[Download, Source], FlaskClient],
    download: Download,
    after: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As an error page where nothing has been sent; otherwise as a broken download, not as a short table."""
    monkeypatch.setattr("tempfile.tempdir", str(folder := tmp_path / "temporary"))
    folder.mkdir()

    class Failing(Source):
        def rows(self) -> Iterator[tuple[Value, ...]]:
            for number, row in enumerate(super().rows()):
                if number == after:
                    raise ZeroDivisionError
                yield row

    response = export(download, Failing(LONG)).get("/export")
    if after > exports.FEW and download is _csv:
        assert response.status_code == 200
        with pytest.raises(ZeroDivisionError):
            _ = response.data
    else:
        assert response.status_code == 500
    assert list(folder.iterdir()) == []


GROWTH = """
import resource, sys
from datetime import UTC, datetime
from fractions import Fraction
from itertools import chain
from tempfile import TemporaryFile
from zoneinfo import ZoneInfo
from app.web.exports.cells import Column
from app.web.exports.csv_files import csv_pieces
from app.web.exports.workbooks import About, write_workbook

zone, now = ZoneInfo("Asia/Shanghai"), datetime(2026, 11, 23, tzinfo=UTC)
kinds = ("text",) * 6 + ("whole", "number", "percent", "moment")
columns = [Column(f"Column {number}", kind) for number, kind in enumerate(kinds)]

def rows(count):
    for n in range(count):
        words = (f"P{n:06}", f"学员 {n}", "华东区", "关键客户营销生态系统", "第三期", "未完成：还差 2 个练习")
        yield (*words, n, Fraction(n, 7), Fraction(n % 100, 100), now)

def export(count):
    with TemporaryFile() as file:
        if sys.argv[1] == "csv":
            for piece in csv_pieces(columns, rows(count), zone=zone):
                file.write(piece)
        else:
            write_workbook(file, "Table", columns, rows(count), zone=zone, about=About("Table", "", now))

export(100)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
export(int(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_memory_does_not_grow_with_the_rows(form: str) -> None:
    """150 MB at 100,000 rows would be 30 MB at 20,000; what grows with the rows would show at a tenth of that."""
    command = [sys.executable, "-c", GROWTH, form, "20000"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 3_000
