"""What rules look at: an outline with its timetable, its words resolved, and the files it names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from app.courses.outline import Outline, Session, Slot
from app.courses.problems import Severity
from app.courses.source import Steps
from app.courses.timetable import TimedSlot, Timetable, compile_timetable
from app.courses.vocabulary import Found, Method, Named, Tool, Vocabulary, words_of
from app.exercises import Spec
from app.exercises.spelling import nearest
from app.words import Sentence

N = TypeVar("N", bound=Named)


@dataclass(frozen=True)
class Finding:
    """What a rule found, and where in the outline. `value` is what stands there unless the rule says otherwise."""

    severity: Severity
    code: str
    at: Steps
    sentence: Sentence
    remedy: Sentence
    value: str | None = None


@dataclass(frozen=True)
class Item:
    """A slot with its place, its times and its words. `methods` and `tools` hold each thing once."""

    at: Steps
    session: Session
    timed: TimedSlot
    methods: Mapping[str, Method]
    tools: Mapping[str, Tool]
    name: str
    """What people call it: its title, the label of its break, or its id."""
    certain: bool
    """Whether all of its methods and tools are known words."""

    @property
    def slot(self) -> Slot:
        return self.timed.slot

    @property
    def length_at(self) -> Steps:
        """Where the outline says how long it takes."""
        return (*self.at, "minutes" if self.slot.minutes is not None else "time")

    @property
    def has_length(self) -> bool:
        """Whether the outline says how long it takes."""
        return self.slot.minutes is not None or self.timed.minutes > 0


@dataclass(frozen=True)
class Subject:
    outline: Outline
    vocabulary: Vocabulary
    exercises: Mapping[str, Spec | None]
    """By slug, those that exist; None for one that is broken."""
    files: Collection[str]
    """Paths inside the course's folder."""
    lines: Callable[[Steps], int] = field(repr=False)
    """The line where something stands."""

    @cached_property
    def timetable(self) -> Timetable:
        return compile_timetable(self.outline)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All slots in order, breaks included."""
        return tuple(item for day in self.by_day for item in day)

    @cached_property
    def by_day(self) -> tuple[tuple[Item, ...], ...]:
        return tuple(tuple(self._items_of(number)) for number in range(len(self.outline.days)))

    def _items_of(self, day: int) -> Iterator[Item]:
        for place, timed in enumerate(self.timetable.days[day].sessions):
            for number, slot in enumerate(timed.slots):
                at: Steps = ("days", day, "sessions", place, "slots", number)
                methods, certain = _resolved(slot.slot.methods, self.vocabulary.method, self.vocabulary.methods)
                tools, sure = _resolved(slot.slot.tools, self.vocabulary.tool, self.vocabulary.tools)
                yield Item(at, timed.session, slot, methods, tools, self._name(slot), certain and sure)

    def _name(self, timed: TimedSlot) -> str:
        pause = self.vocabulary.pause(timed.slot.break_ or "")
        label = pause.entry.label.in_language(self.outline.language) if pause else ""
        return timed.slot.title or label or timed.id


def sessions_of(subject: Subject) -> Iterator[tuple[Steps, Session]]:
    """Every session with its place."""
    for number, day in enumerate(subject.outline.days):
        for place, session in enumerate(day.sessions):
            yield ("days", number, "sessions", place), session


def nearest_entry(word: str, entries: Mapping[str, N]) -> N | None:
    """The method, tool or break that was most likely meant."""
    by_word = {w: entry for id_, entry in entries.items() for w in (id_, *words_of(entry))}
    close = nearest(word, by_word)
    return by_word[close] if close else None


def _resolved(
    words: tuple[str, ...], find: Callable[[str], Found[N] | None], entries: Mapping[str, N]
) -> tuple[Mapping[str, N], bool]:
    """What the words name, a misspelt one taken for what it is most like; and whether all are known."""
    found: dict[str, N] = {}
    certain = True
    for word in words:
        named = find(word)
        entry = named.entry if named else nearest_entry(word, entries)
        certain = certain and named is not None
        found |= {id_: each for id_, each in entries.items() if each is entry}
    return found, certain
