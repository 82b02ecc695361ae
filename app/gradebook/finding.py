"""Where what is in a workbook: its stamp, its lines by their keys, its columns by theirs, whatever was moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.cohorts.models import Cohort
from app.errors import UserError
from app.gradebook.cells import Cell, Grid, address, within
from app.gradebook.keys import ABOUT, NUMBER, Stamp, enrolment_of_key
from app.words import Sentence, say

LONGEST = 40
NO_STAMP = say(
    "No sheet of this file has the key line of a workbook from here, such as CW-… in A2. Download it again, "
    "and type the marks into that one."
)


@dataclass(frozen=True)
class SentCell:
    """A cell with something in it, and what it is about."""

    address: str
    enrolment_id: int
    slug: str
    cell: Cell


@dataclass(frozen=True)
class Sent:
    """What a workbook says."""

    stamp: Stamp
    cells: tuple[SentCell, ...]
    wrong: tuple[tuple[str, Sentence], ...] = ()
    """Address → what is wrong with that place, before its points are looked at."""
    absent_people: int = 0
    """Of the cohort, but not in the workbook: they keep what they have."""
    absent_exercises: int = 0


@dataclass(frozen=True)
class _Keys:
    row: int
    column: int
    stamp: Stamp


def find(
    grids: Sequence[Grid], cohort: Cohort, people: Mapping[int, str], slugs: Collection[str], *, newest: int
) -> Sent:
    """What a workbook says about a cohort. Raises UserError where it is none of this cohort.

    `people`: enrolment → number. `newest`: the newest marking there is.
    """
    grid, keys = _stamped(grids)
    _refuse_foreign(grid, keys, cohort, newest)
    wrong: list[tuple[str, Sentence]] = []
    columns = dict(_columns(grid, keys, slugs, wrong))
    lines = dict(_lines(grid, keys, people, wrong))
    cells: list[SentCell] = []
    for (row, column), cell in sorted(grid.cells.items()):
        if row in lines and column in columns:
            place = address(row, column)
            if grid.merged and (merged := within(grid.merged, row, column)):
                wrong.append((place, say("The cells {range} are merged. Take them apart.", range=merged)))
            else:
                cells.append(SentCell(place, lines[row], columns[column], cell))
    absent = len(people) - len(set(lines.values())), len(slugs) - len(set(columns.values()))
    return Sent(keys.stamp, tuple(cells), tuple(wrong), *absent)


def _stamped(grids: Sequence[Grid]) -> tuple[Grid, _Keys]:
    """The sheet with a stamp, whatever it is called by now."""
    found = [
        (grid, _Keys(row, column, stamp))
        for grid in grids
        for (row, column), cell in sorted(grid.cells.items())
        if cell.kind == "text" and cell.text.startswith("CW-") and (stamp := Stamp.read(cell.text))
    ]
    if not found:
        raise UserError(NO_STAMP)
    if len(found) > 1:
        places = [f"{grid.name[:LONGEST]}!{address(keys.row, keys.column)}" for grid, keys in found[:2]]
        raise UserError(
            say(
                "This file has several key lines, in {first} and {second}. Take the copies out and send it again.",
                first=places[0],
                second=places[1],
            )
        )
    return found[0]


def _refuse_foreign(grid: Grid, keys: _Keys, cohort: Cohort, newest: int) -> None:
    place = address(keys.row, keys.column)
    if keys.stamp.cohort_id != cohort.id or keys.stamp.text(cohort) != grid.text(keys.row, keys.column):
        raise UserError(
            say(
                "{address}: this workbook is of another cohort. Download that of {cohort}.",
                address=place,
                cohort=cohort.name,
            )
        )
    if keys.stamp.marking_id > newest:  # the database was restored from a backup meanwhile
        raise UserError(say("{address}: this workbook knows marks that are gone. Download it again.", address=place))


def _columns(
    grid: Grid, keys: _Keys, slugs: Collection[str], wrong: list[tuple[str, Sentence]]
) -> Iterator[tuple[int, str]]:
    """Column → exercise. Of two with the same key none is taken: nobody knows which is meant."""
    seen: dict[str, str] = {}
    keys_there = [grid.text(keys.row, column) for row, column in grid.cells if row == keys.row]
    for column in sorted({column for _, column in grid.cells} - {keys.column}):
        key, place = grid.text(keys.row, column), address(keys.row, column)
        if key in ABOUT:
            continue
        if not key:
            wrong.append((place, say("This column has no key, so nobody knows what it is about. Take it out.")))
        elif key not in slugs:
            wrong.append((place, say("No exercise here has the key “{key}”. Take the column out.", key=key[:LONGEST])))
        elif key in seen:
            wrong.append((place, say("The same key stands in {address}. Take one of the two out.", address=seen[key])))
        else:
            seen[key] = place
            if keys_there.count(key) == 1:
                yield column, key


def _lines(
    grid: Grid, keys: _Keys, people: Mapping[int, str], wrong: list[tuple[str, Sentence]]
) -> Iterator[tuple[int, int]]:
    """Line → enrolment. The line of headings has no key, and stands above that of the keys as it was made.

    Of two lines with the same key none is taken: nobody knows which is meant.
    """
    keys_there = Counter(enrolment_of_key(grid.text(row, keys.column)) for row in grid.rows)
    numbers = next((c for r, c in grid.cells if r == keys.row and grid.text(r, c) == NUMBER), None)
    seen: dict[int, str] = {}
    for row in grid.rows:
        key, place = grid.text(row, keys.column), address(row, keys.column)
        enrolment_id = enrolment_of_key(key)
        if row == keys.row or (row == keys.row - 1 and key and enrolment_id is None):
            continue
        if not key:
            wrong.append((place, say("This line has no key, so nobody knows who is meant. Take it out.")))
        elif enrolment_id is None or enrolment_id not in people:
            wrong.append((place, say("Nobody in this cohort has the key “{key}”. Take it out.", key=key[:LONGEST])))
        elif enrolment_id in seen:
            told = say("The same key stands in {address}. Take one of the two out.", address=seen[enrolment_id])
            wrong.append((place, told))
        elif numbers is not None and (other := _other_number(grid.text(row, numbers), people[enrolment_id])):
            told = say(
                "The number is {typed}, and the key is that of {number}. Was only a part of the sheet sorted?",
                typed=other,
                number=people[enrolment_id],
            )
            wrong.append((address(row, numbers), told))
        else:
            seen[enrolment_id] = place
            if keys_there[enrolment_id] == 1:
                yield row, enrolment_id


def _other_number(typed: str, number: str) -> str:
    """The number that stands there, where it is another one than was exported; programs take noughts off in front."""
    same = not typed or typed.upper().lstrip("0") == number.upper().lstrip("0")
    return "" if same else typed[:LONGEST]
