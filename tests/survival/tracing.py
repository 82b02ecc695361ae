"""What a server asks of the system, by strace: which bytes it wrote, what it synced, and when it answered."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

WATCHED = "write,pwrite64,writev,pwritev,ftruncate,fsync,fdatasync,sendto,sendmsg,recvfrom"
MOST = 65_536
"""Bytes of a call that are kept: more than a page of a database, and than a request of ours."""
LINE = re.compile(r"(\d+) +(?:<\.\.\. (\w+) resumed>)?(.*)")
CALL = re.compile(r"(\w+)\(\d+<([^>]*)>(.*)", re.DOTALL)
RESULT = re.compile(r"\) += (-?\d+)[^\"]*$")
TEXT = re.compile(rb"page-[0-9a-f]{12} \d+ [0-9a-f]{12}")
UNFINISHED = " <unfinished ...>"
QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


@dataclass(frozen=True)
class Call:
    """A system call on an open file or socket. Moments are numbers of lines: strace sees one thing at a time."""

    began: int
    ended: int
    thread: int
    name: str
    on: str
    """The path, or the name of the socket."""
    bytes: bytes
    result: int
    offset: int = 0
    """Where in the file; of ftruncate the new length."""

    @property
    def syncs(self) -> bool:
        return self.name in {"fsync", "fdatasync"} and self.result == 0

    @property
    def sends(self) -> bool:
        return self.name in {"sendto", "sendmsg", "write", "writev"} and self.on.startswith("socket:")


def tracer(output: Path, *options: str) -> tuple[str, ...]:
    """The words to put before a command."""
    settings = ("-f", "-q", "-y", "-xx", "-s", str(MOST), "-e", f"trace={WATCHED}", "-o", str(output))
    return ("strace", *settings, *options)


def why_untraceable(folder: Path) -> str:
    """Why nothing can be traced here; empty where it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    command = [*tracer(folder / "try.trace"), "true"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"strace may not trace here: {tried.stderr.strip()[:200]}"


def texts_in(content: bytes) -> list[str]:
    """The texts of our saves in a request, or in a page of a database."""
    return [found.decode() for found in TEXT.findall(content)]


def between(syncs: Sequence[Call], written: Call, sent: Call) -> bool:
    """Whether one of the last syncs began after something was written and ended before something was sent."""
    return any(written.ended < sync.began and sync.ended < sent.began for sync in reversed(syncs[-50:]))


def calls_in(trace: Path) -> Iterator[Call]:
    """The calls that ended, in the order of their ends."""
    begun: dict[int, tuple[int, str]] = {}
    with trace.open(encoding="ascii", errors="replace") as lines:
        for number, line in enumerate(lines):
            if not (found := LINE.match(line)):
                continue
            thread, rest = int(found[1]), found[3].rstrip()
            if rest.endswith(UNFINISHED):
                begun[thread] = (number, rest.removesuffix(UNFINISHED))
                continue
            began, text = number, rest
            if found[2]:
                began, start = begun.pop(thread, (number, ""))
                text = start + rest
            call = _read(began, number, thread, text)
            if call:
                yield call


def _read(began: int, ended: int, thread: int, text: str) -> Call | None:
    call, result = CALL.match(text), RESULT.search(text)
    if not call or not result:
        return None
    quoted = [_bytes(each[1]) for each in QUOTED.finditer(call[3])]
    arguments = QUOTED.sub("", call[3]).partition(")")[0]
    numbers = [int(word) for word in re.findall(r"(?<![\w.])-?\d+(?![\w.])", arguments)]
    offset = numbers[-1] if numbers and call[1] in {"pwrite64", "pwritev", "ftruncate"} else 0
    on = _bytes(call[2]).decode(errors="replace") if call[2].startswith("\\x") else call[2]
    return Call(began, ended, thread, call[1], on, b"".join(quoted), int(result[1]), offset)


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))
