"""A course's timetable as its page shows it: days of columns, shares of methods, and where each slot links to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.courses.clock_times import clock
from app.courses.outline import Course
from app.courses.timetable import TimedDay, TimedSession, TimedSlot, Timetable
from app.courses.typesetting import exercise_anchor, pause_name, pauses_between, session_anchor
from app.courses.vocabulary import Category
from app.documents.blocks import Text
from app.documents.markdown import inline
from app.words import Language, Sentence, in_words, say

REST = "rest"
UNNAMED = "unnamed"
"""The category of slots that name no method: they are taught all the same, and count."""
WITHOUT_ENTRY: Mapping[str, tuple[str, Sentence]] = {
    REST: ("coffee", say("Break")),
    UNNAMED: ("circle", say("No method named")),
}
"""Icon and label of what no vocabulary need have."""
ROOM_FOR_AIM = 60  # minutes
MOST_METHODS = 3  # in a block; the session plan lists them all
STEP, TALLEST = 5, 120  # minutes: the style sheet has a height for every five up to two hours


@dataclass(frozen=True)
class Method:
    """A category of methods in the language of the page, as the macro `method` draws it."""

    category: str
    icon: str
    label: str


@dataclass(frozen=True)
class Share:
    """How long a category is taught, and where its part of the bar begins."""

    method: Method
    start: float
    minutes: float
    percent: int
    """Of the minutes taught; for breaks, which are not taught, 0."""

    @property
    def is_rest(self) -> bool:
        return self.method.category == REST


@dataclass(frozen=True)
class Mix:
    shares: tuple[Share, ...]
    total: float
    """The minutes of the whole bar."""

    @property
    def parts(self) -> tuple[tuple[str, float, float], ...]:
        """(category, start, minutes), as the macro `mix` draws them."""
        return tuple((share.method.category, round(share.start, 1), round(share.minutes, 1)) for share in self.shares)


@dataclass(frozen=True)
class SlotBlock:
    """A slot in its column."""

    starts: str
    minutes: int
    height: int
    """In minutes, as the classes n5 … n120 count it."""
    title: Text
    methods: tuple[Method, ...]
    aim: Text | None
    exercises: tuple[tuple[str, Text], ...]
    """(where it begins in the worksheets, title)."""
    is_break: bool

    @property
    def size(self) -> str:
        """How much there is room for: «s» one line, «m» two, «» more."""
        return "s" if self.minutes <= 20 else "m" if self.minutes <= 30 else ""

    @property
    def category(self) -> str:
        return self.methods[0].category if self.methods else UNNAMED


@dataclass(frozen=True)
class Column:
    """A session within its day."""

    anchor: str
    """Where it begins in the documents."""
    module: Text
    title: Text
    blocks: tuple[SlotBlock, ...]
    pause: tuple[str, str, Sentence] | None
    """The clock times and the name of the pause before it, if there is one."""


@dataclass(frozen=True)
class DayColumns:
    number: int
    title: Text
    mix: Mix
    sessions: tuple[Column, ...]


@dataclass(frozen=True)
class Agenda:
    mix: Mix
    days: tuple[DayColumns, ...]


def agenda_of(course: Course, timetable: Timetable, language: Language) -> Agenda:
    """The agenda of a course with its categories of methods in the language of the page."""
    drawing = _Drawing(course, language)
    return Agenda(drawing.mix(timetable.slots), tuple(drawing.days(timetable)))


@dataclass(frozen=True)
class _Drawing:
    course: Course
    language: Language

    def mix(self, slots: Iterable[TimedSlot]) -> Mix:
        """Shares by category in the vocabulary's order, breaks last. The methods of a slot share it evenly."""
        named = (category for category in self.course.vocabulary.categories if category != REST)
        minutes = dict.fromkeys((*named, UNNAMED, REST), 0.0)
        for slot in slots:
            categories = self._categories(slot) or (UNNAMED,)
            for category in categories:
                minutes[category] += slot.minutes / len(categories)
        taught = sum(minutes.values()) - minutes[REST]
        return Mix(tuple(self._shares(minutes, taught)), taught + minutes[REST])

    def days(self, timetable: Timetable) -> Iterator[DayColumns]:
        for number, day in enumerate(timetable.days, 1):
            yield DayColumns(number, inline(day.day.title), self.mix(day.slots), tuple(self._columns(day)))

    def _shares(self, minutes: dict[str, float], taught: float) -> Iterator[Share]:
        start = 0.0
        for category, amount in minutes.items():
            if amount:
                percent = round(100 * amount / taught) if category != REST else 0
                yield Share(self._method(category), start, amount, percent)
            start += amount

    def _columns(self, day: TimedDay) -> Iterator[Column]:
        pauses = pauses_between(day)
        for timed in day.sessions:
            yield self._column(timed, pauses.get(timed.session.id))

    def _column(self, timed: TimedSession, span: tuple[int, int] | None) -> Column:
        session = timed.session
        pause = (clock(span[0]), clock(span[1]), pause_name(*span)) if span else None
        module = self.course.modules[session.module].title if session.module else session.title
        blocks = tuple(self._block(slot) for slot in timed.slots)
        return Column(session_anchor(session.id), inline(module), inline(session.title), blocks, pause)

    def _block(self, timed: TimedSlot) -> SlotBlock:
        slot = timed.slot
        return SlotBlock(
            timed.starts,
            timed.minutes,
            height=min(TALLEST, -(-timed.minutes // STEP) * STEP),
            title=inline(slot.title or ""),
            methods=tuple(
                self._method(category) for category in tuple(dict.fromkeys(self._categories(timed)))[:MOST_METHODS]
            ),
            aim=inline(slot.aims[0]) if slot.aims and timed.minutes >= ROOM_FOR_AIM else None,
            exercises=tuple(
                (exercise_anchor(slug), inline(self.course.exercises[slug].title)) for slug in slot.exercise
            ),
            is_break=timed.is_break,
        )

    def _categories(self, timed: TimedSlot) -> tuple[str, ...]:
        methods = self.course.vocabulary.methods
        return (REST,) if timed.is_break else tuple(methods[method].category for method in timed.slot.methods)

    def _method(self, category: str) -> Method:
        found: Category | None = self.course.vocabulary.categories.get(category)
        if found is None:
            icon, label = WITHOUT_ENTRY[category]
            return Method(category, icon, in_words(label, self.language))
        return Method(category, found.icon, found.label.in_language(self.language))
