"""A file that somebody sent → the list of people in it."""

from __future__ import annotations

from app.cohorts.rosters import MOST_BYTES, TOO_LARGE, UNREADABLE, Roster, read_cells, read_text
from app.errors import UserError
from app.words import say

OLD_EXCEL = say("This is the old Excel format (.xls). Open it and save it as .xlsx or CSV.")
_OLD_EXCEL, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"


def read_file(content: bytes) -> Roster:
    """The list in a file: an Excel workbook, or text in UTF-8, UTF-16 or GB18030. Raises UserError."""
    if len(content) > MOST_BYTES:
        raise UserError(TOO_LARGE)
    if content.startswith(_OLD_EXCEL):
        raise UserError(OLD_EXCEL)
    if content.startswith(_ZIP):
        from app.cohorts.workbooks import cells_of_workbook  # noqa: PLC0415 -- brings openpyxl, which few requests need

        return read_cells(cells_of_workbook(content))
    return read_text(_decoded(content))


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)  # what Excel calls «Unicode text»
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError(UNREADABLE)
