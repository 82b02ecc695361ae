"""A table as CSV, in pieces: UTF-8 with a byte order mark, without which spreadsheets guess another encoding."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterable, Sequence
from zoneinfo import ZoneInfo

from app.web.exports.cells import Column, Value, csv_text, is_plain, safe_text

PIECE = 32 * 1024
"""Characters to gather before they are sent: fewer cost more than they bring sooner."""


def csv_pieces(columns: Sequence[Column], rows: Iterable[Sequence[Value]], *, zone: ZoneInfo) -> Generator[bytes]:
    """The file piece by piece, every cell quoted. A row of another length than the header raises ValueError."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    text.write("\ufeff")
    writer.writerow([safe_text(column.heading) for column in columns])
    kinds = [column.kind for column in columns]
    for row in rows:
        writer.writerow(
            [
                value
                if type(value) is str and is_plain(value)
                else str(value)
                if type(value) is int and kind != "percent"
                else csv_text(value, kind, zone)
                for value, kind in zip(row, kinds, strict=True)
            ]
        )
        if text.tell() >= PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
