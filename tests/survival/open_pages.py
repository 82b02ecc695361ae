"""Open worksheets for T-MERGE: what the browser's autosave does with saves and their answers, without a browser.

A page remembers every text that its person has seen or typed. Whether somebody overwrote a text knowingly is judged by
that, and not by the `base` that the page claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

FIELDS = ("reason.evidence", "level.uptime", "level.seats")
PING = "sales_related.uptime"
"""A field into which every page writes the same, to hear what others have written."""


@dataclass(frozen=True)
class Shown:
    """A sheet as the server draws it: what stands in each field, and the texts that wait for a choice."""

    values: Mapping[str, str]
    waiting: tuple[tuple[str, int, str, str], ...]
    """Field, change, what stands, the other text."""
    newest: int


@dataclass(frozen=True)
class Request:
    """A save on its way."""

    client: str
    seq: int
    base: int
    fields: Mapping[str, str]
    seen: frozenset[tuple[str, str]]
    """What its author knew of these fields."""


@dataclass
class Box:
    """What others wrote into a field where this page says something else, all shown until somebody chooses."""

    stands: str
    others: tuple[str, ...]
    base: int


@dataclass
class OpenPage:
    """One page of a browser. `is_headless`: nobody looks at it, it sends what a page that died has left."""

    client: str
    base: int
    here: dict[str, str]
    known: dict[str, str]
    seen: set[tuple[str, str]]
    boxes: dict[str, Box] = field(default_factory=dict)
    clashes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    choices: list[tuple[str, str, int]] = field(default_factory=list)
    seq: int = 0
    flight: Request | None = None
    is_waiting: bool = False
    is_headless: bool = False
    sender: str = ""
    """The name under which what a dead page left is sent, but for what was under way."""
    answered: dict[str, int] = field(default_factory=dict)

    @classmethod
    def drawn(cls, client: str, shown: Shown) -> OpenPage:
        """A page as it comes from the server."""
        here = {name: shown.values.get(name, "") for name in FIELDS}
        page = cls(client, shown.newest, here, dict(here), set(here.items()))
        for name, _, stands, other in shown.waiting:
            page.clashes[name] = (*page.clashes.get(name, (stands,)), other)
            page.seen |= {(name, stands), (name, other)}
        return page

    @property
    def dirty(self) -> list[str]:
        """The fields that differ from what the server is known to have, and may be sent."""
        return [name for name in FIELDS if self.here[name] != self.known[name] and name not in self.boxes]

    @property
    def has_something(self) -> bool:
        return bool(self.flight or self.choices or self.dirty)

    def type(self, name: str, text: str) -> None:
        self.here[name] = text
        self.seen.add((name, text))

    def texts(self, name: str) -> list[str]:
        """What a box offers, what stands on the page first."""
        box = self.boxes[name]
        return list(dict.fromkeys([self.here[name], box.stands, *box.others]))

    def choose(self, name: str, text: str) -> None:
        """Settle a box, as whoever looks at it would."""
        self.seen |= {(name, each) for each in self.texts(name)}
        box = self.boxes.pop(name)
        self.here[name] = text
        self.choices.append((name, self.here[name], box.base))

    def choose_drawn(self, name: str, which: int) -> None:
        """Settle texts that stood on the page from the start."""
        texts = self.clashes.pop(name)
        self.here[name] = texts[which % len(texts)]
        self.choices.append((name, self.here[name], self.base))

    def send(self) -> Request | None:
        """The request to send now: the one that got no answer as it was, or the next."""
        if self.is_waiting:
            return None
        self.flight = self.flight or self._next()
        self.is_waiting = self.flight is not None
        return self.flight

    def ping(self) -> Request:
        self.flight = self._made(self.base, {PING: "yes"})
        self.is_waiting = True
        return self.flight

    def last_words(self) -> Request | None:
        """What is sent beside the request under way when a page is left."""
        under_way = self.flight.fields if self.flight else {}
        rest = {name: self.here[name] for name in self.dirty if under_way.get(name) != self.here[name]}
        return self._made(self.base, rest) if rest else None

    def heard(self, told: Mapping[str, Any]) -> None:
        """The answer to the save under way."""
        save = self.flight
        assert save is not None
        self.flight, self.is_waiting = None, False
        for name, text in save.fields.items():
            self.known[name] = text
            self.clashes.pop(name, None)
        if self.is_headless:
            self._heard_by_nobody(save, told)
            return
        for conflict in told["conflicts"]:
            self.known[conflict["field"]] = conflict["stands"]
            self._show(conflict["field"], conflict["stands"], told["base"])
        followed = [self._follow(name, text, told["base"]) for name, text in told["fields"].items()]
        for waiting in told["waiting"]:
            self._show(waiting["field"], waiting["stands"], told["base"], waiting["other"])
        if all(followed) and save.base <= self.base:
            self.base = told["base"]

    def left_behind(self, sender: str) -> OpenPage:
        """What another page of the same browser sends in the stead of this one, which died."""
        blocked = {name: self.known[name] for name in self.boxes}  # known to the server: it shows both to whoever comes
        left = replace(self, here={**self.here, **blocked}, is_headless=True, is_waiting=False, sender=sender)
        left.boxes, left.clashes, left.choices = {}, {}, list(self.choices)
        return left

    def _heard_by_nobody(self, save: Request, told: Mapping[str, Any]) -> None:
        """The next page shows both texts where there are two. Of the flight's fields, the server has what we have."""
        clashing = {conflict["field"] for conflict in told["conflicts"]}
        if save.client != self.sender:
            self.answered = {name: told["base"] for name in save.fields if name not in clashing}
            self.client, self.seq = self.sender, 0

    def _next(self) -> Request | None:
        if self.is_headless:
            return self._next_of_nobody()
        if self.choices:
            name, text, base = self.choices.pop(0)
            return self._made(base, {name: text})
        return self._made(self.base, {name: self.here[name] for name in self.dirty}) if self.dirty else None

    def _next_of_nobody(self) -> Request | None:
        if self.client != self.sender:
            self.client, self.seq = self.sender, 0
        if self.choices:
            name, text, base = self.choices.pop(0)
            return self._made(base, {name: text})
        if not self.dirty:
            return None
        base = self.answered.get(self.dirty[0], self.base)
        return self._made(base, {n: self.here[n] for n in self.dirty if self.answered.get(n, self.base) == base})

    def _made(self, base: int, fields: Mapping[str, str]) -> Request:
        self.seq += 1
        knew = frozenset(each for each in self.seen if each[0] in fields)
        return Request(self.client, self.seq, base, fields, knew)

    def _show(self, name: str, stands: str, base: int, *more: str) -> None:
        if name not in FIELDS:
            return
        others = (*self.boxes[name].others, *more) if name in self.boxes else more
        self.boxes[name] = Box(stands, others, base)
        if len(self.texts(name)) == 1:
            del self.boxes[name]

    def _follow(self, name: str, text: str, base: int) -> bool:
        if name not in FIELDS:
            return True
        here = self.here[name]
        if name in self.boxes:
            self._show(name, text, base)
        elif here not in (self.known[name], text):
            return False
        self.here[name] = text if name not in self.boxes else here
        self.known[name] = text
        if name not in self.boxes:
            self.seen.add((name, text))  # what a box shows is seen by whoever chooses
        return True
