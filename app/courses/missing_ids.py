"""Ids for the sessions and slots of an outline that have none, written into its text and nothing else changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from app.courses.source import Source, Steps, parse_yaml
from app.courses.text import read_text

_WORDS = re.compile(r"[a-z0-9]+")


def with_ids(content: bytes) -> tuple[bytes | None, int]:
    """The outline with the missing ids, and how many were written; None where it cannot be read."""
    file = PurePosixPath("outline.yaml")
    text, problems = read_text(file, content, tabs=False)
    source = parse_yaml(file, text or "")
    if problems or source.problems or not isinstance(source.data, dict):
        return None, 0
    written = content.decode()
    places = [(source.spot(at), id_) for at, id_ in _missing(source)]
    for spot, id_ in sorted(places, key=lambda each: (each[0].line, each[0].column), reverse=True):
        written = _inserted(written, spot.line, spot.column, id_)
    return written.encode(), len(places)


def _missing(source: Source) -> Iterator[tuple[Steps, str]]:
    taken = {str(item["id"]) for _, item, _ in _items(source.data) if "id" in item}
    for at, item, within in _items(source.data):
        if "id" not in item:
            id_ = _free(_wanted(at, item, within), taken)
            taken.add(id_)
            yield at, id_


def _items(data: Any) -> Iterator[tuple[Steps, Mapping[str, Any], Mapping[str, Any]]]:  # noqa: ANN401  (YAML holds anything)
    """Sessions and slots with their places, and what each lies in."""
    for d, day in enumerate(_listed(data, "days")):
        for s, session in enumerate(_listed(day, "sessions")):
            at: Steps = ("days", d, "sessions", s)
            if isinstance(session, dict):
                yield at, session, {}
            for number, slot in enumerate(_listed(session, "slots")):
                if isinstance(slot, dict):
                    yield (*at, "slots", number), slot, session


def _listed(within: Any, key: str) -> list[Any]:  # noqa: ANN401  (YAML holds anything)
    value = within.get(key) if isinstance(within, dict) else None
    return value if isinstance(value, list) else []


def _wanted(at: Steps, item: Mapping[str, Any], within: Mapping[str, Any]) -> str:
    """An id that says something: from an English title, or from the place in the course."""
    words = "-".join(_WORDS.findall(str(item.get("title", "")).lower()))[:40].strip("-")
    if words and str(item.get("title", "")).isascii():
        return words
    place = f"d{int(at[1]) + 1}-{int(at[3]) + 1}"
    if not within:
        return place
    session = str(within.get("id", place))
    return f"{session}-break" if "break" in item else f"{session}-{int(at[5]) + 1}"


def _free(wanted: str, taken: set[str]) -> str:
    names = (wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _inserted(text: str, line: int, column: int, id_: str) -> str:
    """The text with an id before the first key of the mapping that begins at this place."""
    lines = text.split("\n")
    before, after = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
    if after.startswith("{"):
        rest = after[1:].lstrip()
        lines[line - 1] = f"{before}{{id: {id_}{', ' if rest and not rest.startswith('}') else ''}{rest}"
    else:
        end = "\r\n" if after.endswith("\r") else "\n"
        lines[line - 1] = f"{before}id: {id_}{end}{' ' * (column - 1)}{after}"
    return "\n".join(lines)
