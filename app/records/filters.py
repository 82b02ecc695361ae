"""What HR's list is narrowed to: read from the address, written into the addresses of other pages, and its meaning."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, NamedTuple, get_args

from app.records.models import OUTCOMES, Outcome
from app.records.months import EARLIEST, LATEST, Span
from app.records.states import STATE_WORDS, CompletionState, state_of
from app.web.forms import read_id
from app.words import Sentence, say

NOT_THROUGH = "not_through"
NOWHERE = 0
"""In place of a department: people who are in none."""
StateFilter = Literal["", "completed", "not_through", "running", "coming", "not_completed", "withdrawn"]
STATE_FILTERS: tuple[StateFilter, ...] = get_args(StateFilter)
STATE_FILTER_WORDS: Mapping[StateFilter, Sentence] = {
    "": say("Any state"),
    "completed": STATE_WORDS["completed"],
    "not_through": say("Not through, whatever the reason"),
    "running": STATE_WORDS["running"],
    "coming": STATE_WORDS["coming"],
    "not_completed": STATE_WORDS["not_completed"],
    "withdrawn": STATE_WORDS["withdrawn"],
}
LONGEST = 100
PAGE = ("after", "before")
"""The fields of an address that say which page of the list; the others are those of `Wanted`."""
IN_ADDRESS = ("course", "cohort", "department", "direct", "state", "from", "until", "q", *PAGE)


@dataclass(frozen=True)
class Wanted:
    """Which enrolments a list is about."""

    course: int | None = None
    cohort: int | None = None
    department: int | None = None
    """With all below it; NOWHERE for people without one."""
    direct: bool = False
    """Without the departments below."""
    state: StateFilter = ""
    first: date | None = None
    last: date | None = None
    """The days that `dated_on` lies between, both included."""
    text: str = ""
    """What a name or number begins with."""

    @property
    def span(self) -> Span:
        return Span(self.first or EARLIEST, self.last or LATEST)

    @property
    def is_narrowed(self) -> bool:
        return self != Wanted()

    def in_address(self, **other: object) -> dict[str, str]:
        """The part of an address that says the same; `other` fields replace those of this list."""
        wanted = replace(self, **other)  # type: ignore[arg-type]  # fields of this class
        said = {
            "course": _number(wanted.course),
            "cohort": _number(wanted.cohort),
            "department": _number(wanted.department),
            "direct": "1" if wanted.direct and wanted.department else "",
            "state": wanted.state,
            "from": wanted.first.isoformat() if wanted.first else "",
            "until": wanted.last.isoformat() if wanted.last else "",
            "q": wanted.text,
        }
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Known:
    """What an address can name."""

    courses: Collection[int]
    cohorts: Collection[int]
    departments: Collection[int]


class Place(NamedTuple):
    """Where a row stands in the list, which is ordered by these two, the newest first."""

    dated_on: date
    enrolment_id: int


@dataclass(frozen=True)
class Turned:
    """Which page of a list: the rows before a place or behind it; the first page without one."""

    place: Place | None = None
    back: bool = False


def read_wanted(said: Mapping[str, str], known: Known) -> tuple[Wanted, tuple[Sentence, ...]]:
    """What an address asks for, and a sentence for each part that means nothing here; such a part is left out."""
    unclear: list[Sentence] = []
    state = said.get("state", "")
    named = next((each for each in STATE_FILTERS if each == state), None)
    if named is None:
        unclear.append(say("There is no such state. The list shows every state."))
    first = read_day(said.get("from", ""), unclear)
    last = read_day(said.get("until", ""), unclear)
    if first and last and last < first:
        unclear.append(say("The last day comes before the first, so nothing can lie between them."))
    wanted = Wanted(
        course=_known(said, "course", known.courses, unclear),
        cohort=_known(said, "cohort", known.cohorts, unclear),
        department=_known(said, "department", {NOWHERE, *known.departments}, unclear),
        direct=said.get("direct", "") == "1",
        state=named or "",
        first=first,
        last=last,
        text=" ".join(said.get("q", "")[:LONGEST].replace("\0", "").split()),
    )
    return wanted, tuple(unclear)


def read_day(typed: str, unclear: list[Sentence]) -> date | None:
    """The day of «2026-11-23»; None for nothing, and with a sentence for anything else."""
    text = typed.strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day <= LATEST:
        unclear.append(say("A date looks like 2026-11-23. It was left out."))
        return None
    return day


def read_turned(said: Mapping[str, str]) -> Turned:
    """Which page an address asks for: the first where it says nothing that can be read."""
    for name, back in zip(PAGE, (False, True), strict=True):
        day, _, number = said.get(name, "").partition(".")
        place, unclear = read_id(number), list[Sentence]()
        if place is not None and (dated_on := read_day(day, unclear)):
            return Turned(Place(dated_on, place), back)
    return Turned()


def list_said(said: Mapping[str, str]) -> dict[str, str]:
    """The part of another page's address that leads back to a list, as that page may pass it on."""
    return {name: said[name][:LONGEST] for name in IN_ADDRESS if said.get(name)}


def written(place: Place) -> str:
    """A place as `read_turned` reads it."""
    return f"{place.dated_on.isoformat()}.{place.enrolment_id}"


def outcomes_of(state: StateFilter) -> tuple[Outcome, ...]:
    """The outcomes that enrolments of a state have."""
    match state:
        case "":
            return OUTCOMES
        case "completed":
            return ("completed",)
        case "withdrawn":
            return ("withdrawn",)
        case _:
            return ("open",)


class Facts(NamedTuple):
    """What decides whether a row of Progress belongs to a list."""

    dated_on: date
    enrolment_id: int
    person_id: int
    cohort_id: int
    course_id: int
    department_id: int | None
    outcome: str
    starts_on: date | None


def belongs(facts: Facts, wanted: Wanted, departments: Collection[int] | None, today: date) -> bool:
    """Whether a row is in the list; whom the text names is not asked here."""
    state: CompletionState = state_of(facts.outcome, facts.starts_on, facts.dated_on, today)
    return (
        (wanted.course is None or facts.course_id == wanted.course)
        and (wanted.cohort is None or facts.cohort_id == wanted.cohort)
        and (departments is None or (facts.department_id or NOWHERE) in departments)
        and (wanted.state in ("", state) or (wanted.state == NOT_THROUGH and facts.outcome == "open"))
        and wanted.span.first <= facts.dated_on <= wanted.span.last
    )


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


_UNKNOWN = {
    "course": say("There is no such course here. The list shows all courses."),
    "cohort": say("There is no such cohort here. The list shows all cohorts."),
    "department": say("There is no such department. The list shows all departments."),
}


def _known(said: Mapping[str, str], name: str, known: Collection[int], unclear: list[Sentence]) -> int | None:
    typed = said.get(name, "")
    if not typed:
        return None
    found = read_id(typed)
    if found is None or found not in known:
        unclear.append(_UNKNOWN[name])
        return None
    return found
