"""The process that reads one filled-in form: the bytes of a PDF come in, its fields go out as JSON.

It takes what strangers wrote. It has little time and memory, no network and no files to write, and reads nothing but
the fields. What breaks it ends it, and whoever started it says that the file cannot be read.
"""

from __future__ import annotations

import io
import json
import logging
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdf import PdfReader

SECONDS, MEGABYTES = 6, 400
MOST_FIELDS, DEEPEST, MOST_CHARACTERS = 6_000, 12, 1_000_000
_UNSET = ("Off", "")


class Refused(Exception):
    """The file is a PDF, and gives no values; its word is one that the other side knows."""


def main() -> None:
    """Read one file."""
    _limit()
    sys.addaudithook(_refuse)
    logging.disable()
    content = sys.stdin.buffer.read()
    try:
        answer: dict[str, object] = {"fields": dict(_fields(content))}
    except Refused as refused:
        answer = {"refused": str(refused)}
    sys.stdout.write(json.dumps(answer))


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError):  # macOS knows no such limit; that of time holds there alone
        resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    """No network, no other process, nothing written."""
    writes = event == "open" and isinstance(mode := arguments[1], str) and set(mode) & set("wax+")
    if writes or event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")):
        raise PermissionError(event)


def _fields(content: bytes) -> Iterator[tuple[str, str]]:
    """Name and value of each field, by its full name."""
    from pypdf import PdfReader  # noqa: PLC0415 - under the limits, and only here

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise Refused("locked")
    characters = 0
    for field in _walked(reader):
        value = _value(field)
        characters += len(field.name) + len(value)
        if characters > MOST_CHARACTERS:
            raise Refused("too much")
        yield field.name, value


@dataclass(frozen=True)
class _Field:
    """A field of the tree: what it is called in full, and what it has from those above it."""

    name: str
    entries: dict[str, Any]
    kids: tuple[Any, ...]
    """Its places on pages, or none."""


def _walked(reader: PdfReader) -> Iterator[_Field]:
    """Every field that has a value of its own, each once, however the tree is tied."""
    form = _dictionary(_dictionary(reader.trailer["/Root"]).get("/AcroForm"))
    waiting: list[tuple[Any, str, dict[str, Any], int]] = [(kid, "", {}, 0) for kid in _array(form.get("/Fields"))]
    if not waiting:
        raise Refused("no form")
    seen: set[int] = set()
    looked = 0
    while waiting:
        reference, above, inherited, depth = waiting.pop()
        looked += 1
        number = getattr(reference, "idnum", -looked)
        if looked > MOST_FIELDS or depth > DEEPEST:
            raise Refused("too much")
        if number in seen:
            continue
        seen.add(number)
        own = _dictionary(reference)
        name = ".".join(filter(None, (above, _text(own.get("/T")))))
        entries = inherited | {key: own[key] for key in ("/FT", "/V") if key in own}
        kids = _array(own.get("/Kids"))
        if any("/T" in _dictionary(kid) for kid in kids[:1]):
            waiting += [(kid, name, entries, depth + 1) for kid in kids]
        elif name:
            yield _Field(name, entries | {"/AS": own.get("/AS")}, tuple(kids[:MOST_FIELDS]))


def _value(field: _Field) -> str:
    """What stands in a field, as text."""
    if str(field.entries.get("/FT")) != "/Btn":
        return _text(_resolved(field.entries.get("/V"))).replace("\r\n", "\n").replace("\r", "\n")
    chosen = _resolved(field.entries.get("/V"))
    shown = (field.entries.get("/AS"), *(_dictionary(kid).get("/AS") for kid in field.kids))
    states = shown if chosen is None else (chosen,)  # some programs turn the mark and leave the value out
    return next((text for state in states if (text := str(state or "").removeprefix("/")) not in _UNSET), "")


def _text(value: object) -> str:
    """A text, also one that is kept as a stream; nothing for anything else."""
    from pypdf.generic import StreamObject  # noqa: PLC0415 - as above

    if isinstance(value, StreamObject):
        value = value.get_data()[:MOST_CHARACTERS]
    if isinstance(value, bytes):
        return value.decode("utf-16" if value[:2] in (b"\xfe\xff", b"\xff\xfe") else "utf-8", "replace")
    return str(value) if isinstance(value, str) else ""


def _resolved(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    return value.get_object() if hasattr(value, "get_object") else value


def _dictionary(value: object) -> dict[str, Any]:
    found = _resolved(value)
    return found if isinstance(found, dict) else {}


def _array(value: object) -> list[Any]:
    found = _resolved(value)
    return list(found) if isinstance(found, list) else []


if __name__ == "__main__":
    main()
