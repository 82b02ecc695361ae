"""What was published stays readable: one course of every format, as an earlier state of the code stored it.

A file in `stored` is never written again. When reading one fails, give the new field a default, or let
`Course.from_json` upgrade by `format`: the databases of others hold the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.catalogue.agenda import agenda_of
from app.courses.documents import build_documents, trainee_pictures
from app.courses.outline import Course
from app.courses.timetable import compile_timetable
from app.documents import to_html, to_pdf
from app.exercises import KINDS
from tests.catalogue.samples import HIDDEN, RING

STORED = sorted((Path(__file__).parent / "stored").glob("format-*.json"))
PICTURES = {"media/ring.svg": RING, "media/hidden.svg": HIDDEN}
every_format = pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)


def stored_in(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def lost(old: object, new: object, place: str = "") -> list[str]:
    """Where the new value lacks or changes what the old one says; it may say more."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [each for key in old for each in lost(old[key], new.get(key, "nothing"), f"{place}/{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [each for n, (before, after) in pairs for each in lost(before, after, f"{place}/{n}")]
    return [] if old == new else [place]


def test_there_is_one_of_each_format() -> None:
    assert [path.stem for path in STORED] == ["format-1"]


@every_format
def test_a_stored_course_is_read_and_loses_nothing(path: Path) -> None:
    course = Course.from_json(stored_in(path))

    assert lost(stored_in(path), course.model_dump(mode="json")) == []
    assert {spec.kind for spec in course.exercises.values()} == {"calculation", "hierarchy"} <= set(KINDS)


def test_what_is_lost_is_noticed() -> None:
    assert lost({"a": [{"b": 1}], "c": 2}, {"a": [{"b": 3, "new": 4}]}) == ["/a/0/b", "/c"]


@every_format
def test_every_document_of_a_stored_course_is_still_made(path: Path) -> None:
    course = Course.from_json(stored_in(path))
    built = build_documents(course, pictures=PICTURES)

    assert [name for name, each in built.items() if not to_html(each.document, each.values)] == []
    assert {name: to_pdf(each.document, each.values)[:5] for name, each in built.items()} == dict.fromkeys(
        built, b"%PDF-"
    )
    assert trainee_pictures(course) == {"media/ring.svg"}
    assert [day.number for day in agenda_of(course, compile_timetable(course), "en").days] == [1]
