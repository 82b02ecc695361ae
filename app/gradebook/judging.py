"""What a workbook with marks would do: which cells change points, and what is wrong with which others."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from app.exercises.numbers import in_figures, read_number
from app.gradebook.cells import Cell, CellKind
from app.gradebook.finding import Sent, SentCell
from app.gradebook.keys import shown
from app.words import Sentence, say

FINEST = 10_000
"""The largest denominator of points: four decimals."""
LONGEST = 40
TAKE_BACK = ("撤回", "take back")
DASHES = frozenset("-‐‑‒–—―−─")
GIVEN_BACK = say("This was given back after the workbook was made. Download it again.")


@dataclass(frozen=True)
class Wrong:
    """A cell that cannot be taken."""

    address: str
    sentence: Sentence


@dataclass(frozen=True)
class Change:
    """A cell that sets points."""

    address: str
    enrolment_id: int
    slug: str
    attempt_id: int
    before: Fraction | None
    after: Fraction | None
    """None: what was set by hand is taken back."""
    without: Fraction | None
    """What stands there without points set by hand."""
    also: tuple[int, ...] = ()
    """The enrolments of those who handed in together with them."""


@dataclass(frozen=True)
class Verdict:
    """What a workbook would do."""

    changes: tuple[Change, ...]
    wrong: tuple[Wrong, ...]
    same: int
    """Cells that say what stands here already."""

    @property
    def points(self) -> dict[int, Fraction | None]:
        """Attempt → points; None: those set by hand are taken back."""
        return {each.attempt_id: each.after for each in self.changes}


@dataclass(frozen=True)
class Standing:
    """What an attempt has."""

    points: Fraction | None
    by_hand: bool = False
    """Whether somebody set them against key and rubric."""
    without: Fraction | None = None
    """What it has without that."""


Moved = Literal["", "handed_in", "given_back"]
"""Why the newest attempt is another one than when the workbook was made."""


@dataclass(frozen=True)
class Known:
    """What stands here about a cell: the newest attempt that counts, now and when the workbook was made."""

    attempt_id: int
    now: Standing
    then: Standing
    """Of the attempt that was the newest then, by the markings of then."""
    moved: Moved = ""
    members: tuple[int, ...] = ()
    """Enrolments."""


@dataclass(frozen=True)
class Marks:
    """What a workbook is compared with."""

    possible: Mapping[str, Fraction]
    """The exercises that can be in it."""
    final: Collection[str]
    """Those whose marks are final."""
    known: Mapping[tuple[int, str], Known]


def judge(sent: Sent, marks: Marks) -> Verdict:
    """Cell by cell. What was left as it was in the workbook changes nothing, whatever became of it here since."""
    wrong = [Wrong(place, sentence) for place, sentence in sent.wrong]
    changes: list[Change] = []
    same = 0
    for each in sent.cells:
        found = _judged(each, marks)
        if isinstance(found, Sentence):
            wrong.append(Wrong(each.address, found))
        elif found is None:
            same += 1
        else:
            changes.append(found)
    together = list(_disagreeing(changes))
    left = {each.address for each in together}
    changes = [each for each in changes if each.address not in left]
    return Verdict(tuple(_once(changes)), (*wrong, *together), same)


def read_points(cell: Cell, most: Fraction) -> Fraction | Sentence:
    """The points in a cell, or what is wrong with it."""
    wanted = say("Points from 0 to {most} go here.", most=in_figures(most))
    if odd := _odd(cell.kind, wanted):
        return odd
    value = cell.number if cell.kind == "number" else _number_in(cell.text)
    if value is None:
        typed = " ".join(cell.text.split())
        return say("“{typed}” is no number. {wanted}", typed=typed[:LONGEST], wanted=wanted)
    if not 0 <= value <= most:
        return say("{value} is too much or too little. {wanted}", value=in_figures(value)[:LONGEST], wanted=wanted)
    return value if FINEST % value.denominator == 0 else say("Points have at most four decimals.")


def _odd(kind: CellKind, wanted: Sentence) -> Sentence | None:
    """What is wrong with a cell that holds neither a number nor a text."""
    match kind:
        case "percent":
            return say("A percentage stands here. {wanted}", wanted=wanted)
        case "date":
            return say("A date stands here. {wanted}", wanted=wanted)
        case "formula":
            return say("A formula stands here. Put its value in its place.")
        case "error":
            return say("The spreadsheet shows an error here. {wanted}", wanted=wanted)
        case "flag":
            return say("TRUE or FALSE stands here. {wanted}", wanted=wanted)
        case "text" | "number":
            return None


def _number_in(text: str) -> Fraction | None:
    """A number that a spreadsheet keeps as text: figures alone, of either width. No words, units or percent signs."""
    tidy = unicodedata.normalize("NFKC", text).strip()
    if not tidy.isascii() or any(sign not in "0123456789.,-" for sign in tidy):
        return None
    found = read_number(tidy)
    return None if found is None or isinstance(found, Sentence) else found.value


def _judged(cell: SentCell, marks: Marks) -> Change | Sentence | None:
    """None: nothing to do."""
    points = None if takes_back(cell.cell) else read_points(cell.cell, marks.possible[cell.slug])
    if isinstance(points, Sentence):
        return points
    known = marks.known.get((cell.enrolment_id, cell.slug))
    if known is None or not known.attempt_id:
        return _without_attempt(points, known)
    if _changes_nothing(points, known):
        return None
    if refused := _stale(known) or _refused(points, known, final=cell.slug in marks.final):
        return refused
    others = tuple(each for each in known.members if each != cell.enrolment_id)
    given = known.now.points, points, known.now.without
    return Change(cell.address, cell.enrolment_id, cell.slug, known.attempt_id, *given, others)


def takes_back(cell: Cell) -> bool:
    """Whether a cell asks for points set by hand to be taken back: a dash, however it is typed, or the word."""
    typed = unicodedata.normalize("NFKC", cell.text).strip().casefold()
    return cell.kind == "text" and bool(typed) and (typed in TAKE_BACK or set(typed) <= DASHES)


def _without_attempt(points: Fraction | None, known: Known | None) -> Sentence | None:
    """Where nothing counts by now; a dash there says just that."""
    if points is None or (known and _says(points, known.then.points)):
        return None
    if known:
        return GIVEN_BACK
    return say("Nothing was handed in here, so there is nothing to mark. Enter an answer from paper first.")


def _changes_nothing(points: Fraction | None, known: Known) -> bool:
    """Whether a cell says what stands here, or what was downloaded."""
    if points is None:
        return known.then.by_hand and not known.now.by_hand and not known.moved  # it was taken back before
    return _says(points, known.now.points) or _says(points, known.then.points)


def _says(points: Fraction, stored: Fraction | None) -> bool:
    """Whether a cell shows what is stored, which it may show rounded."""
    return stored is not None and points in (stored, shown(stored))


def _stale(known: Known) -> Sentence | None:
    match known.moved:
        case "handed_in":
            return say("This was handed in after the workbook was made. Download it again.")
        case "given_back":
            return GIVEN_BACK
    if (known.now.points, known.now.by_hand) == (known.then.points, known.then.by_hand):
        return None
    now = "–" if known.now.points is None else in_figures(shown(known.now.points))
    return say("This was marked after the workbook was made: it has {now} by now. Download it again.", now=now)


def _refused(points: Fraction | None, known: Known, *, final: bool) -> Sentence | None:
    if final:
        return say("The marks of this exercise are final. A trainer can open them again first.")
    if points is None and not known.now.by_hand:
        return say("No points set by hand stand here, so there is nothing to take back. Leave the cell empty.")
    return None


def _disagreeing(changes: Sequence[Change]) -> Iterator[Wrong]:
    """People who handed in together have the same points."""
    given: dict[int, set[Fraction | None]] = {}
    for each in changes:
        given.setdefault(each.attempt_id, set()).add(each.after)
    for each in changes:
        if len(given[each.attempt_id]) > 1:
            yield Wrong(
                each.address, say("They handed this in together, and have the same points. Type the same in each line.")
            )


def _once(changes: Sequence[Change]) -> Iterator[Change]:
    """One of those who handed in together stands for all."""
    seen: set[int] = set()
    for each in changes:
        if each.attempt_id not in seen:
            seen.add(each.attempt_id)
            yield each
