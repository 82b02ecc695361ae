"""Texts that were written to hurt: each is a problem with a place, in under a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.courses.loading import load_course
from app.courses.shelf import load_exercise
from app.courses.source import parse_yaml
from tests.courses.samples import DRINKS, DRINKS_TEXT, NOTES_TEXT, OUTLINE_TEXT, files, forget_courses, loaded, told
from tests.timing import quickly

Found = TypeVar("Found")
HEAD = b"format: 1\ntitle: "
HOSTILE: dict[str, tuple[bytes, list[str]]] = {
    "anchor": (HEAD + b"&a x\n", ["2:yaml-anchor"]),
    "alias": (HEAD + b"x\ndays: *a\n", ["3:yaml-alias"]),
    "merge": (b"base: &b {title: x}\n<<: *b\n", ["1:yaml-anchor", "2:yaml-alias"]),
    "bomb": (b"a: &a [x]\n" + b"".join(b"b%d: [*a, *a]\n" % n for n in range(9)), ["1:yaml-anchor", "2:yaml-alias"]),
    "tag": (HEAD + b"!!python/object/apply:os.system [id]\n", ["2:yaml-tag"]),
    "own tag": (HEAD + b"!x y\n", ["2:yaml-tag"]),
    "brackets": (b"[" * 200_000, ["1:yaml-depth"]),
    "closed brackets": (b"[" * 100_000 + b"]" * 100_000, ["1:yaml-depth"]),
    "braces": (b"{a: " * 60_000, ["1:yaml-depth"]),
    "dashes": (b"- " * 100_000 + b"x", ["1:yaml-depth"]),
    "question marks": (b"? " * 100_000, ["1:yaml-key"]),
    "values": (b"a: [" + b"1," * 100_000 + b"]", ["1:yaml-size"]),
    "twice": (HEAD + b"x\ntitle: y\n", ["3:duplicate-key"]),
    "two documents": (HEAD + b"x\n---\ntitle: y\n", ["3:yaml-document"]),
    "directive": (b"%YAML 1.1\n---\n" + HEAD + b"x\n", ["1:yaml-directive"]),
    "UTF-16": ("title: 课程".encode("utf-16"), ["1:encoding"]),
    "UTF-16 without mark": ("title: course".encode("utf-16-le"), ["1:encoding"]),
    "UTF-32": ("title: course".encode("utf-32-le"), ["1:encoding"]),
    "GB18030": (HEAD + "课程".encode("gb18030"), ["2:encoding"]),
    "Latin-1": (HEAD + "caf\xe9".encode("latin-1") + b" \xff", ["2:encoding"]),
    "surrogate": (HEAD + b'"\\ud800"\n', ["2:yaml"]),
    "encoded surrogate": (HEAD + b"\xed\xa0\x80\n", ["2:encoding"]),
    "NUL": (HEAD + b"a\0b\n", ["2:control-character"]),
    "escaped NUL": (HEAD + b'"a\\0b"\n', ["2:control-character"]),
    "bell": (HEAD + b"a\x07b\n", ["2:control-character"]),
    "direction": (HEAD + "a\u202eb\n".encode(), ["2:control-character"]),
    "line separator": (HEAD + "a\u2028b\n".encode(), ["2:control-character"]),
    "BOM": (b"\xef\xbb\xbfformat: 1\n", ["1:byte-order-mark"]),
    "tab": (HEAD + b"x\ndays:\n\t- y\n", ["4:tab"]),
    "tab in a value": (HEAD + b"x\ty\n", ["2:tab"]),
    "lone CR": (b"format: 1\rtitle: x\n", ["1:line-end"]),
    "5 MB": (b"a: x\n" * 1_000_000, ["1:too-large"]),
    "open quote": (HEAD + b'"x\nlanguage: en\n', ["2:yaml"]),
    "open bracket": (b"audience: [a, b\ntitle: x\n", ["1:yaml"]),
    "empty": (b"", ["1:empty"]),
    "blank": (b"\n\n# nothing\n", ["1:empty"]),
    "list": (b"- format: 1\n", ["1:type"]),
    "scalar": (b"course", ["1:type"]),
}  # fmt: skip


def anew(load: Callable[[], Found]) -> Found:
    """What is loaded by whoever has never seen it."""
    forget_courses()
    return load()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_outline_is_a_problem_with_a_place(name: str) -> None:
    content, expected = HOSTILE[name]
    found = quickly(1, lambda: anew(lambda: loaded(outline=content)))
    assert found.course is None
    assert set(expected) <= set(told(found.problems))
    assert {str(problem.file) for problem in found.problems} == {"courses/coffee/outline.yaml"}


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in ("empty", "blank", "list", "scalar")])
def test_a_hostile_head_of_an_exercise_is_a_problem_with_a_place(name: str) -> None:
    content = b"---\n" + HOSTILE[name][0] + b"\n---\nText.\n"
    found = quickly(1, lambda: anew(lambda: load_exercise(files(drinks=content), DRINKS)))
    assert found.spec is None
    assert found.problems
    assert all(problem.line >= 1 and problem.column >= 1 for problem in found.problems)


HOSTILE_NOTES = {
    "brackets": (b"[" * 200_000, 1),
    "pictures": (b"![" * 120_000, 1),
    "pictures in lines": (b"![a\n" * 60_000, 1),
    "fences": (b"::: exercise " + b" " * 200_000 + b"x\n", 1),
    "stars": (b"*" * 200_000, None),
    "backticks": (b"` " * 100_000, None),
    "NUL": (b"# A\n\nb\0c\n", 3),
    "GB18030": ("# 课程\n".encode("gb18030"), 1),
    "5 MB": (b"abc \n" * 1_000_000, 1),
    "unclosed fence": (b"# A\n\n::: trainer\nsecret\n", 3),
    "unspaced fence": (b"# A\n\n:::trainer\nsecret\n:::\n", 3),
}


@pytest.mark.parametrize("name", HOSTILE_NOTES)
def test_hostile_notes_are_answered_in_a_second(name: str) -> None:
    content, line = HOSTILE_NOTES[name]
    found = quickly(1, lambda: anew(lambda: loaded(notes=content)))
    assert line is None or told(found.problems)[0].startswith(f"{line}:")


@given(st.binary(max_size=400))
def test_no_bytes_make_the_loader_fail(content: bytes) -> None:
    found = loaded(outline=content, notes=content, drinks=content)
    assert found.course is None
    assert found.problems


@given(st.integers(0, len(OUTLINE_TEXT)), st.text(max_size=3), st.integers(0, 3))
def test_a_spoilt_outline_is_loaded_or_has_problems(at: int, inserted: str, dropped: int) -> None:
    spoilt = (OUTLINE_TEXT[:at] + inserted + OUTLINE_TEXT[at + dropped :]).encode("utf-8", "surrogatepass")
    found = loaded(outline=spoilt)
    assert (found.course is None) == any(problem.severity == "error" for problem in found.problems)


@given(st.integers(0, len(DRINKS_TEXT)), st.text(max_size=3), st.integers(0, 3))
def test_a_spoilt_exercise_is_loaded_or_has_problems(at: int, inserted: str, dropped: int) -> None:
    spoilt = (DRINKS_TEXT[:at] + inserted + DRINKS_TEXT[at + dropped :]).encode("utf-8", "surrogatepass")
    found = load_exercise(files(drinks=spoilt), DRINKS)
    assert (found.spec is None) == any(problem.severity == "error" for problem in found.problems)


def test_texts_stay_what_they_are() -> None:
    text = "a: 09:30\nb: 00123\nc: no\nd: 2026-11-22\ne: 9:00\nf: 1_000\ng: 0x1f\nh: 1e999\ni: .inf\nj: True\nk: on\n"
    assert parse_yaml(PurePosixPath("x"), text).data == {
        "a": "09:30",
        "b": "00123",
        "c": "no",
        "d": "2026-11-22",
        "e": "9:00",
        "f": "1_000",
        "g": "0x1f",
        "h": "1e999",
        "i": ".inf",
        "j": "True",
        "k": "on",
    }


def test_numbers_and_booleans_are_what_they_say() -> None:
    text = 'a: 12\nb: -0.5\nc: true\nd: false\ne: null\nf:\ng: "12"\nh: 1e3\n'
    read = {"a": 12, "b": -0.5, "c": True, "d": False, "e": None, "f": None, "g": "12", "h": 1000.0}
    assert parse_yaml(PurePosixPath("x"), text).data == read


def test_nothing_is_wrong_with_what_the_spoilt_texts_began_as() -> None:
    assert load_course(files(), "coffee").problems == ()
    assert NOTES_TEXT.count(":::") == 4
