"""Tables for other programs: CSV that opens in a spreadsheet with every text as a text."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from fractions import Fraction
from urllib.parse import quote

from flask import Response

Value = str | int | Fraction | None
_FORMULA = "=+-@＝＋－＠"
"""What makes a spreadsheet take a text for a formula, at its beginning."""


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Value]]) -> Response:
    """A download in UTF-8 with a byte order mark, without which spreadsheets guess another encoding."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow([_cell(each) for each in header])
    writer.writerows([_cell(each) for each in row] for row in rows)
    response = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"table.csv\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    return response


def safe_text(text: str) -> str:
    """A text that no spreadsheet runs: an apostrophe in front of what would be a formula, control characters out."""
    clean = "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs"))
    bare = clean.lstrip()
    return f"'{clean}" if bare and bare[0] in _FORMULA else clean


def _cell(value: Value) -> str:
    match value:
        case None:
            return ""
        case str():
            return safe_text(value)
        case Fraction():
            return f"{float(round(value, 2)):.2f}".rstrip("0").rstrip(".")
        case _:
            return str(value)
