"""The materials list: what to bring, how much of it, on which day, for a given number of people.

A quantity counts what is needed each time a tool is used. What is used up is needed anew each time and adds up; what is
used again is brought once, as much as the fullest moment asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import assert_never

from app.courses.overview import group_of
from app.courses.timetable import TimedDay, TimedSlot
from app.courses.typesetting import Manuscript, day_heading, tool_label, tools_of
from app.courses.vocabulary import Quantity
from app.documents.blocks import Block, Document, Facts, Heading, Paragraph, Row, Table, Text, plain
from app.documents.markdown import inline
from app.exercises import Spec
from app.words import say

ONE = Quantity(per="course", count=1)


@dataclass(frozen=True)
class Use:
    """A tool in use: on which day, in which session, in which slot."""

    day: int
    session: str
    slot: TimedSlot


@dataclass(frozen=True)
class Need:
    """A tool of the course with every use of it."""

    tool: str
    quantity: Quantity
    consumable: bool
    people: int
    groups: int
    uses: tuple[Use, ...]

    @cached_property
    def amount(self) -> int:
        """How many to bring."""
        times = self._times if self.consumable else 1
        match self.quantity.per:
            case "head":
                return self.quantity.count * self.people * times
            case "group":
                return self.quantity.count * self.groups * times
            case "course" | "day" | "session" | "slot":
                return self.quantity.count * times
            case _:
                assert_never(self.quantity.per)

    @property
    def _times(self) -> int:
        """How often it is used up: once a course, day or session where the quantity says so, else in every slot."""
        match self.quantity.per:
            case "course":
                return 1
            case "day":
                return len({use.day for use in self.uses})
            case "session":
                return len({use.session for use in self.uses})
            case "slot" | "group" | "head":
                return len(self.uses)
            case _:
                assert_never(self.quantity.per)


def group_count(people: int, largest: int) -> int:
    """As few groups as hold everyone."""
    return max(1, ceil(people / largest))


def needs_of(manuscript: Manuscript, days: Iterable[TimedDay]) -> tuple[Need, ...]:
    """What these days of the course need: what is used up first, then what is used again, by first use."""
    uses: dict[str, list[Use]] = {}
    for day in days:
        for session in day.sessions:
            for slot in session.slots:
                for tool in tools_of(manuscript.course, slot.slot):
                    uses.setdefault(tool, []).append(
                        Use(manuscript.timetable.days.index(day), session.session.id, slot)
                    )
    found = (_need(manuscript, tool, tuple(used)) for tool, used in uses.items())
    return tuple(sorted(found, key=lambda need: not need.consumable))


def _need(manuscript: Manuscript, tool: str, uses: tuple[Use, ...]) -> Need:
    entry = manuscript.course.vocabulary.tools[tool]
    groups = group_count(manuscript.people, manuscript.course.people_in_group[1])
    return Need(tool, entry.quantity or ONE, entry.consumable, manuscript.people, groups, uses)


def materials(manuscript: Manuscript) -> Document:
    """The list for the whole course, then day by day."""
    blocks = (_facts(manuscript), *_course(manuscript), *_sheets(manuscript), *_days(manuscript))
    return manuscript.document(say("Materials list"), say("Trainer's edition"), blocks)


def _facts(manuscript: Manuscript) -> Facts:
    low, high = manuscript.course.people_in_group
    groups = group_count(manuscript.people, high)
    return Facts(
        manuscript.texts(
            say("for {people} people", people=manuscript.people),
            say("1 group") if groups == 1 else say("{groups} groups", groups=groups),
            group_of(low, high),
        )
    )


def _course(manuscript: Manuscript) -> Iterator[Block]:
    header = manuscript.texts(say("Thing"), say("How many"), say("Used up"), say("On which days"))
    rows = tuple(_course_row(manuscript, need) for need in needs_of(manuscript, manuscript.timetable.days))
    yield Heading(manuscript.text(say("To bring for the whole course")), 1, "to-bring")
    yield Table(header, rows, widths=(30, 14, 16, 40), numeric=frozenset({1}), row_header=0)


def _course_row(manuscript: Manuscript, need: Need) -> Row:
    days = manuscript.timetable.days
    used_on = manuscript.listed(days[number].day.title for number in sorted({use.day for use in need.uses}))
    name, amount = plain(tool_label(manuscript, need.tool)), plain(str(need.amount))
    return Row((name, amount, manuscript.text(say("yes") if need.consumable else say("no")), plain(used_on)))


def _sheets(manuscript: Manuscript) -> Iterator[Block]:
    """How many copies of each worksheet to print."""
    if manuscript.course.exercise_slugs:
        header = manuscript.texts(say("Worksheet"), say("Copies"), say("From which day"))
        on = _days_of_exercises(manuscript)
        specs = ((slug, manuscript.course.exercises[slug]) for slug in manuscript.course.exercise_slugs)
        rows = tuple(Row((inline(s.title), plain(str(_copies(manuscript, s))), on[slug])) for slug, s in specs)
        yield Heading(manuscript.text(say("Worksheets to print")), 1, "to-print")
        yield Table(header, rows, widths=(60, 14, 26), numeric=frozenset({1}), row_header=0)


def _copies(manuscript: Manuscript, spec: Spec) -> int:
    match spec.work:
        case "individual":
            return manuscript.people
        case "pairs":
            return ceil(manuscript.people / 2)
        case "group":
            return group_count(manuscript.people, manuscript.course.people_in_group[1])
        case _:
            assert_never(spec.work)


def _days_of_exercises(manuscript: Manuscript) -> Mapping[str, Text]:
    """Exercise → the day it is first needed."""
    found: dict[str, Text] = {}
    for day in manuscript.timetable.days:
        for session in day.sessions:
            for slug in (*(e for slot in session.slots for e in slot.slot.exercise), *session.session.practice):
                found.setdefault(slug, inline(day.day.title))
    return found


def _days(manuscript: Manuscript) -> Iterator[Block]:
    header = manuscript.texts(say("Thing"), say("How many"), say("When"))
    for day in manuscript.timetable.days:
        rows = tuple(_day_row(manuscript, need) for need in needs_of(manuscript, (day,)))
        if rows:
            yield day_heading(manuscript, day)
            yield Table(header, rows, widths=(30, 14, 56), numeric=frozenset({1}), row_header=0)


def _day_row(manuscript: Manuscript, need: Need) -> Row:
    times = plain(manuscript.listed(use.slot.starts for use in need.uses))
    return Row((plain(tool_label(manuscript, need.tool)), plain(str(need.amount)), (Paragraph(times),)))
