"""Texts that have run as formulas somewhere, and how many cells of a downloaded table would."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile

from openpyxl import load_workbook
from werkzeug.test import TestResponse

HOSTILE = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1;1)",
    "=cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://127.0.0.1:9/?x="&A1,"ok")',
    '=WEBSERVICE("http://127.0.0.1:9/")',
    '=IMPORTXML("http://127.0.0.1:9/","//a")',
    '=DDE("soffice","/etc/passwd","x")',
    "='file:///etc/passwd'#$passwd.A1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1;1)",
    "﹦1+1",
    "\u22121+1",
    " =1+1",
    "\t=1+1",
    "\n=1+1",
    "\u3000=1+1",
    "\xa0=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u202e=1+1",
    '";=1+1;"',
    '",=1+1,"',
    '"\n=1+1',
    "{=1+1}",
    "_x003D_1+1",
    "<r>=1+1</r>",
    '<r><t>x</t></r></is></c><c r="Z9"><f>1+1</f><v>2</v></c><c r="Z10" t="inlineStr"><is><r><t>x</t></r>',
    "]]><f>1+1</f>",
    "http://127.0.0.1:9/",
    "internal:Sheet1!A1",
)
UNSTORABLE = ("\x00=1+1", "\r=1+1", "\x1b=1+1", "\x7f=1+1", "\ud83d=1+1", "\ufffe=1+1", "\x0b=1+1")
"""More of them, which no database or no form lets in."""
_BEGINS = re.compile(r"[=+\-@\u2212]")


def csv_cells(content: bytes) -> list[list[str]]:
    """The cells of a CSV download."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def formulas_in_csv(content: bytes) -> list[str]:
    """The cells of a CSV file that begin like a formula, but are no number."""
    return [cell for row in csv_cells(content) for cell in row if _begins_like_one(cell) and not _is_number(cell)]


def formulas_in_xlsx(content: bytes) -> list[str]:
    """The formulas and links of a workbook, whether or not they are where readers look for them."""
    book = load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    found = [str(cell.value) for cell in cells if cell.data_type == "f" or cell.hyperlink]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode()
            found += re.findall(r"<f[ >].*?</f>|<hyperlink .*?>|TargetMode=\"External\"", text)
    return found


def formulas_in(response: TestResponse) -> list[str]:
    """Those of a download in either format."""
    assert response.status_code == 200
    return (formulas_in_csv if response.mimetype == "text/csv" else formulas_in_xlsx)(response.data)


def _begins_like_one(cell: str) -> bool:
    skipped = (sign for sign in cell if not sign.isspace() and unicodedata.category(sign) not in {"Cf", "Cc", "Cs"})
    return bool(_BEGINS.match(unicodedata.normalize("NFKC", next(skipped, ""))))


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?%?", cell) is not None
