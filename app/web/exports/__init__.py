"""Tables for other programs: CSV and Excel workbooks of any length, in which no text is a formula.

Only some long exports run at a time in a process, so that they never take all of its threads.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from contextvars import copy_context
from itertools import chain, islice

from flask import Response

from app import clock
from app.web.downloads import named
from app.web.errors import OF_STATUS, Mishap, answer
from app.web.exports.cells import Column, Kind, Value
from app.web.exports.csv_files import csv_pieces
from app.web.language import zone_of_viewer
from app.web.viewing import viewer
from app.words import say

__all__ = ["XLSX", "Column", "Kind", "Value", "csv_download", "xlsx_download"]

AT_ONCE = 2
"""Long exports at a time in one process, which has four threads."""
FEW = 500
"""Rows that are written in no time: such an export waits for nobody and is refused to nobody."""
PIECE = 64 * 1024
PLAIN = "table"
TRY_AGAIN = "15"
"""Seconds."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BUSY = say("Two large tables are being written at this moment, and this server writes no more at once. Try again soon.")
_turns = threading.BoundedSemaphore(AT_ONCE)


def csv_download(name: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> Response:
    """A download in CSV. Rows are asked for while it is being sent, the first of them before this returns.

    They may come from a generator that opens its own `database().reading()`: the transaction of the request is over by
    then. The language and the viewer stay to the end.
    """
    few, rows = _begun(rows)
    pieces = csv_pieces(columns, rows, zone=zone_of_viewer())
    if few:
        return named(Response(b"".join(pieces), mimetype="text/csv"), name, "csv", plain=PLAIN)
    turn = _Turn()
    if not turn.held:
        return _busy()

    context = copy_context()  # and no `stream_with_context`: the request ends as usual, and only its words stay

    def sent() -> Iterator[bytes]:
        try:
            while piece := context.run(next, pieces, b""):
                yield piece
        finally:
            context.run(pieces.close)
            turn.end()

    return named(_streamed(sent(), "text/csv", turn.end), name, "csv", plain=PLAIN)


def xlsx_download(name: str, sheet: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> Response:
    """A download as an Excel workbook, complete in a file without a name before its first byte is sent."""
    from app.web.exports.workbooks import About, write_workbook  # noqa: PLC0415 -- 5 MB that only an export needs

    few, rows = _begun(rows)
    turn = None if few else _Turn()
    if turn and not turn.held:
        return _busy()
    with ExitStack() as undone:
        file = undone.enter_context(tempfile.TemporaryFile())
        if turn:
            undone.callback(turn.end)
        someone = viewer()
        about = About(sheet, someone.organisation if someone else "", clock.now())
        write_workbook(file, sheet, columns, rows, zone=zone_of_viewer(), about=about)
        size = file.tell()
        file.seek(0)
        if few:
            return named(Response(file.read(), mimetype=XLSX), name, "xlsx", plain=PLAIN)
        done = undone.pop_all().close

    def sent() -> Iterator[bytes]:
        try:
            while piece := file.read(PIECE):
                yield piece
        finally:
            done()

    response = _streamed(sent(), XLSX, done)
    response.content_length = size
    return named(response, name, "xlsx", plain=PLAIN)


class _Turn:
    """One of the few places for long exports, if one was free; given back when its export ends, however that is."""

    def __init__(self) -> None:
        self.held = _turns.acquire(blocking=False)

    def end(self) -> None:
        if self.held:
            self.held = False
            _turns.release()

    def __del__(self) -> None:
        self.end()  # of a response that was never sent


def _begun(rows: Iterable[Sequence[Value]]) -> tuple[bool, Iterator[Sequence[Value]]]:
    """Whether there are only few rows, and all of them: what fails early still becomes an error page."""
    source = iter(rows)
    first = list(islice(source, FEW))
    return len(first) < FEW, chain(first, source)


def _streamed(pieces: Iterator[bytes], mimetype: str, done: Callable[[], None]) -> Response:
    response = Response(pieces, mimetype=mimetype)
    response.call_on_close(done)  # also when nothing of it was asked for
    return response


def _busy() -> Response:
    response = answer(Mishap(503, OF_STATUS[503][0], BUSY))
    response.headers["Retry-After"] = TRY_AGAIN
    return response
