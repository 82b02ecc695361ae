"""The shipped outline, spoilt line by line: every slip is named at its line."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from app.courses.files import read_files
from app.courses.loading import Loaded, load_course
from app.courses.problems import Problem
from tests.courses.samples import ROOT
from tests.survival.sizes import FULL

FILES = read_files(ROOT)
FILE = next(file for file in FILES if file.match("key-account-ecosystem/outline.yaml"))
LINES = FILES[FILE].decode().split("\n")
KEY = re.compile(r"( {4,}(?:- )?)(\w+): ?(.*)")

pytestmark = pytest.mark.slow

Case = tuple[int, list[str]]
"""The number of a line, and the outline with this line spoilt."""
Spoil = Callable[[str], str | None]
"""The line spoilt, or None where there is nothing to spoil in this way."""


def loaded_with(lines: list[str]) -> Loaded:
    return load_course({**FILES, FILE: "\n".join(lines).encode()}, "key-account-ecosystem")


COURSE = loaded_with(LINES).course


def problems_with(lines: list[str]) -> tuple[Problem, ...]:
    return tuple(problem for problem in loaded_with(lines).problems if problem.file == FILE)


def spoilt(spoil: Spoil) -> Iterator[tuple[int, list[str]]]:
    """Line number and outline, for every line that can be spoilt so."""
    for number, line in enumerate(LINES, 1):
        changed = spoil(line)
        if changed is not None and changed != line:
            yield number, [*LINES[: number - 1], changed, *LINES[number:]]


def some(cases: list[Case]) -> list[Case]:
    """Of many lines, which resemble each other, other ones in every run; all of them in the full proof."""
    return cases if FULL else random.sample(cases, min(len(cases), 40))


def replaced(pattern: str, by: str) -> Spoil:
    return lambda line: re.sub(pattern, by, line, count=1) if re.search(pattern, line) else None


SLIPS: dict[str, Spoil] = {
    "a key is misspelt": replaced(r"^( {4,}(?:- )?)(\w+)(\w):", r"\1\2\3\3:"),
    "a colon is missing": replaced(r"^( {4,}(?:- )?\w+):", r"\1"),
    "a colon is Chinese": replaced(r"^( {4,}(?:- )?\w+): ", r"\1："),
    "a method or tool is misspelt": replaced(r"((?:methods|tools): .*)\]", r"\1们]"),
    "an exercise, module or file is misspelt": replaced(r"(exercise|module|notes): ([a-z/-]+)", r"\1: \2x"),
    "a step is misspelt": replaced(r"(covers: \[)([a-z/-]+)", r"\1\2x"),
    "a bracket of a title is unmatched": replaced(r"^( {4,}title: .*)$", r"\1）"),
    "a list is not closed": replaced(r"\]", ""),
    "a list is not opened": replaced(r"\[", ""),
    "a group is not closed": replaced(r"\}", ""),
    "a group is not opened": replaced(r"\{", ""),
    "a quotation mark is not closed": replaced(r'"$', ""),
    "a quotation mark is not opened": replaced(r'"(?=\d)', ""),
    "a time lacks a digit": replaced(r'(starts: "\d\d:\d)\d', r"\1"),
    "a time is impossible": replaced(r'starts: "\d\d', 'starts: "29'),
    "minutes have a unit": replaced(r"minutes: (\d+)", r"minutes: \1 min"),
    "minutes are too short for what happens": replaced(r"^( {12}minutes: )\d+", r"\g<1>1"),
    "minutes are none": replaced(r"minutes: \d+", "minutes: 0"),
    "a duration is none": replaced(r"stated: [\d.]+ day", "stated: long"),
    "a duration is wrong": replaced(r"stated: [\d.]+ day", "stated: 2 days"),
    "a break is misspelt": replaced(r"break: (\w+)", r"break: \1x"),
    "an id has a capital": replaced(r"\bid: ([a-z])", r"id: X\1"),
    "a tab slipped in": replaced(r"^( +)(\w)", r"\1\t\2"),
    "a title is cut": replaced(r"^( {4,}title: .*)$", r"\1、"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_named_at_its_line(slip: str) -> None:
    cases = list(spoilt(SLIPS[slip]))
    assert len(cases) >= 5
    missed = [number for number, lines in some(cases) if number not in {p.line for p in problems_with(lines)}]
    assert missed == []


def test_a_line_that_stands_twice_is_named() -> None:
    cases = [(n, [*LINES[:n], line, *LINES[n:]]) for n, line in enumerate(LINES, 1) if re.match(r" {4,}\w+: ", line)]
    missed = [n for n, lines in some(cases) if n + 1 not in {p.line for p in problems_with(lines)}]
    assert (len(cases) > 150, missed) == (True, [])


@pytest.mark.parametrize("by", [-2, -1, 1, 2])
def test_a_broken_indentation_is_named_where_it_is_or_beside_it(by: int) -> None:
    def shifted(line: str) -> str | None:
        return (" " * by + line if by > 0 else line[-by:]) if line.startswith("    ") else None

    broken = [(number, lines) for number, lines in some([*spoilt(shifted)]) if loaded_with(lines).course != COURSE]
    found = [(number, {problem.line for problem in problems_with(lines)}) for number, lines in broken]
    assert [number for number, lines in found if not lines & {number - 1, number, number + 1}] == []
    exact = sum(number in lines for number, lines in found) / len(found)
    assert exact > (0.9 if FULL else 0.75)  # of some of the lines chance may take the worse ones


def test_a_slot_without_minutes_is_named() -> None:
    """The line is gone, so that its slot is named instead."""
    numbers = [number for number, line in enumerate(LINES) if re.match(r" {12}minutes: ", line)]
    for number in numbers:
        above = next(n for n in range(number, 0, -1) if LINES[n].startswith("          - "))
        found = problems_with(LINES[:number] + LINES[number + 1 :])
        assert (above + 1, "minutes-missing") in {(problem.line, problem.code) for problem in found}


@pytest.mark.parametrize(("key", "code"), [("id", "duplicate-id"), ("title", "duplicate-title")])
def test_what_stands_twice_is_named(key: str, code: str) -> None:
    pattern = re.compile(rf"( {{10,}}(?:- )?\{{?{key}: )([^,}}]+)(.*)")
    found = [(number, match) for number, line in enumerate(LINES) if (match := pattern.fullmatch(line))]
    for (_, first), (number, match) in pairwise(found):
        lines = [*LINES[:number], f"{match[1]}{first[2]}{match[3]}", *LINES[number + 1 :]]
        assert (number + 1, code) in {(problem.line, problem.code) for problem in problems_with(lines)}


def test_two_sessions_of_a_day_that_change_places_are_named() -> None:
    starts = [number for number, line in enumerate(LINES) if "starts:" in line]
    for morning, afternoon in zip(starts[::2], starts[1::2], strict=True):
        lines = list(LINES)
        lines[morning], lines[afternoon] = lines[afternoon], lines[morning]
        assert {morning + 1, afternoon + 1} & {problem.line for problem in problems_with(lines)}


def test_missing_notes_are_named() -> None:
    for file in [file for file in FILES if file.parent == FILE.parent / "notes"]:
        files = {other: content for other, content in FILES.items() if other != file}
        found = load_course(files, "key-account-ecosystem").problems
        line = next(n for n, text in enumerate(LINES, 1) if text.endswith(f"notes: notes/{file.name}"))
        assert [(problem.line, problem.code) for problem in found] == [(line, "notes-missing")]


def test_the_outline_itself_is_clean() -> None:
    assert problems_with(LINES) == ()
