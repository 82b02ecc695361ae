"""T-MERGE's driver: pages of one attempt, a network that delays, reorders, repeats and loses, and what must hold."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.assessment.writing import Change, Written
from tests.survival.open_pages import FIELDS, OpenPage, Request, Shown

PAGES = 20
MOST_ROUNDS = 60
"""Until everything has arrived and is chosen; more means that pages answer each other for ever."""


class Server(Protocol):
    """One attempt on the real server."""

    def save(self, request: Request) -> Mapping[str, Any]:
        """What the page is told."""

    def choose(self, shown: Shown, name: str, change: int, *, theirs: bool) -> int:
        """Settle a conflict by the form without script; the newest change after it."""

    def drawn(self) -> Shown: ...

    def log(self) -> tuple[Change, ...]: ...

    def written(self) -> Written: ...


@dataclass
class Findings:
    """What went wrong in a run."""

    missing: list[str] = field(default_factory=list)
    unreachable: list[str] = field(default_factory=list)
    overwritten: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        return [*self.missing, *self.unreachable, *self.overwritten, *self.different]


class Run:
    """One attempt from its first page to the moment when everything has arrived."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server = server
        self.seed = seed
        self.random = random.Random(seed)  # noqa: S311 -- to be repeated
        self.pages: list[OpenPage] = []
        self.left: list[OpenPage] = []
        self.drawn: list[Shown] = []
        self.network: list[tuple[Request, OpenPage | None]] = []
        self.answers: list[tuple[OpenPage, Request, Mapping[str, Any]]] = []
        self.knew: dict[tuple[str, int], frozenset[tuple[str, str]]] = {}
        self.chosen: dict[int, frozenset[tuple[str, str]]] = {}
        self.acknowledged: dict[tuple[str, int], Mapping[str, str]] = {}
        self.texts = 0
        self.saves = 0

    def go(self, steps: int) -> Findings:
        """Take so many random steps, then let everything come to rest; what was found on the way and in the end."""
        for _ in range(steps):
            self._step()
        before = self._judged()
        self._rest()
        after = self._judged()
        after.different += self._differences()
        return Findings(
            before.missing + after.missing,
            before.unreachable + after.unreachable,
            before.overwritten + after.overwritten,
            before.different + after.different,
        )

    # Steps

    def _step(self) -> None:
        if not self.pages or (len(self.pages) < PAGES and self.random.random() < 0.12):
            self._open()
            return
        page = self.pages[int(len(self.pages) * self.random.random() ** 2)]
        steps = self._steps(page)
        self.random.choices([step for step, _ in steps], [often for _, often in steps])[0]()

    def _steps(self, page: OpenPage) -> list[tuple[Callable[[], object], float]]:
        return [
            (lambda: self._type(page), 24),
            (lambda: self._exchange(page), 16),
            (lambda: self._send(page), 12),
            (self._deliver, 16),
            (self._answer, 10),
            (lambda: self._choose(page), 10),
            (self._repeat, 3),
            (self._lose, 4),
            (lambda: self._give_up(page), 3),
            (lambda: self._leave(page), 2),
            (lambda: self._kill(page), 2),
            (lambda: self._revive(page), 2),
            (self._come_back, 3),
            (lambda: self.drawn.append(self.server.drawn()), 2),
            (self._choose_by_form, 3),
        ]

    def _open(self) -> None:
        self.pages.append(OpenPage.drawn(self._name("page"), self.server.drawn()))

    def _type(self, page: OpenPage) -> None:
        self.texts += 1
        usual = self.random.random() < 0.85  # else what others may write as well
        text = f"第{self.texts}句" if usual else self.random.choice(["", "是", "否"])
        page.type(self.random.choice(FIELDS), text)

    def _send(self, page: OpenPage) -> None:
        if request := page.send():
            self._put(request, page)

    def _exchange(self, page: OpenPage) -> None:
        """A save on a good day."""
        if request := page.send():
            self._note(request)
            self._hear(page, request, self.server.save(request))

    def _deliver(self) -> None:
        if not self.network:
            return
        request, page = self.network.pop(self.random.randrange(len(self.network)))
        told = self.server.save(request)
        if page is not None:
            self.answers.append((page, request, told))

    def _answer(self) -> None:
        if self.answers:
            self._hear(*self.answers.pop(self.random.randrange(len(self.answers))))

    def _hear(self, page: OpenPage, request: Request, told: Mapping[str, Any]) -> None:
        if page.is_waiting and page.flight is request and page.client == request.client:
            self.saves += 1
            self.acknowledged[request.client, request.seq] = request.fields
            page.heard(told)

    def _repeat(self) -> None:
        if self.network:
            self.network.append((self.random.choice(self.network)[0], None))

    def _lose(self) -> None:
        """A request on its way, or an answer: the page finds out by waiting in vain."""
        if self.network and self.random.random() < 0.5:
            request, page = self.network.pop(self.random.randrange(len(self.network)))
        elif self.answers:
            page, request, _ = self.answers.pop(self.random.randrange(len(self.answers)))
        else:
            return
        if page is not None and page.flight is request:
            page.is_waiting = False

    def _give_up(self, page: OpenPage) -> None:
        """No answer in time: what was sent may still arrive, its answer is not heard any more."""
        page.is_waiting = False
        self.network = [(request, None if owner is page else owner) for request, owner in self.network]
        self.answers = [answer for answer in self.answers if answer[0] is not page]

    def _leave(self, page: OpenPage) -> None:
        """Close a page: its last words go beside what is under way, and nobody hears the answers."""
        if page.is_waiting and (last := page.last_words()):
            self._put(last, None)
        elif request := page.send():
            self._put(request, None)
        self._give_up(page)
        self.pages.remove(page)

    def _kill(self, page: OpenPage) -> None:
        """A page dies; what it had not sent waits on its device."""
        self._give_up(page)
        self.pages.remove(page)
        if page.has_something:
            self.left.append(page.left_behind(self._name("sender")))

    def _revive(self, page: OpenPage) -> None:
        """Back from the browser's memory: another page to the server, with all that stands on it."""
        self._give_up(page)
        page.client, page.seq, page.flight = self._name("revived"), 0, None

    def _come_back(self) -> None:
        """Another page sends what a dead one left."""
        if not self.left:
            return
        page = self.random.choice(self.left)
        self._exchange(page)
        if not page.has_something:
            self.left.remove(page)

    def _choose(self, page: OpenPage) -> None:
        if page.boxes:
            name = self.random.choice(sorted(page.boxes))
            page.choose(name, self.random.choice(page.texts(name)))
        elif page.clashes:
            page.choose_drawn(self.random.choice(sorted(page.clashes)), self.random.randrange(3))

    def _choose_by_form(self) -> None:
        shown = self.random.choice(self.drawn) if self.drawn else self.server.drawn()
        if shown.waiting:
            self._post_choice(shown, self.random.choice(shown.waiting))

    def _post_choice(self, shown: Shown, waiting: tuple[str, int, str, str]) -> None:
        name, change, _, _ = waiting
        saw = {(each[0], text) for each in shown.waiting for text in each[2:] if each[0] == name}
        newest = self.server.drawn().newest
        made = self.server.choose(shown, name, change, theirs=self.random.random() < 0.5)
        if made != newest:
            self.chosen[made] = frozenset(saw)

    def _put(self, request: Request, page: OpenPage | None) -> None:
        self._note(request)
        self.network.append((request, page))

    def _note(self, request: Request) -> None:
        self.knew.setdefault((request.client, request.seq), request.seen)

    def _name(self, sort: str) -> str:
        self.texts += 1
        return f"{sort}-{self.texts}"

    # Coming to rest

    def _rest(self) -> None:
        """Let everything arrive, everybody choose, and every page hear of everything."""
        for _ in range(MOST_ROUNDS):
            while self.network:
                self._deliver()
            while self.answers:
                self._answer()
            for page in [*self.pages, *self.left]:
                self._finish(page)
            if not self._is_moving():
                break
        else:
            raise AssertionError(f"run {self.seed}: pages go on for ever")
        self.left = [page for page in self.left if page.has_something]
        self._choose_what_is_left()
        for page in self.pages:
            request = page.ping()
            self._note(request)
            self._hear(page, request, self.server.save(request))

    def _finish(self, page: OpenPage) -> None:
        page.is_waiting = False
        for name in list(page.boxes):
            page.choose(name, min(page.texts(name)))  # in the end they agree
        for name in list(page.clashes):
            page.choose_drawn(name, 0)
        for _ in range(MOST_ROUNDS):
            if not page.has_something:
                return
            self._exchange(page)

    def _is_moving(self) -> bool:
        return any(page.has_something or page.boxes for page in [*self.pages, *self.left])

    def _choose_what_is_left(self) -> None:
        for _ in range(10 * MOST_ROUNDS):
            shown = self.server.drawn()
            if not shown.waiting:
                return
            self._post_choice(shown, shown.waiting[0])

    # What must hold

    def _judged(self) -> Findings:
        log, written = self.server.log(), self.server.written()
        kept = {(change.client, change.seq): change for change in log}
        found = Findings()
        for (client, seq), fields in self.acknowledged.items():
            change = kept.get((client, seq))
            if change is None or dict(change.fields) != dict(fields):
                found.missing.append(f"run {self.seed}: {client} {seq} was acknowledged and is not there")
        found.unreachable = self._unreachable(log, written)
        stands = self._replayed(log, found)
        if stands != {name: text for name, text in written.values.items() if name in FIELDS}:
            found.different.append(f"run {self.seed}: the log says {stands}, the sheet {written.values}")
        return found

    def _knew(self, change: Change, name: str, text: str) -> bool:
        knew = self.chosen.get(change.id) or self.knew.get((change.client, change.seq), frozenset())
        return (name, text) in knew

    def _unreachable(self, log: tuple[Change, ...], written: Written) -> list[str]:
        reachable = {(each.field, each.other) for each in written.conflicts} | set(written.values.items())
        later: dict[str, list[Change]] = {name: [each for each in log if name in each.fields] for name in FIELDS}
        return [
            f"run {self.seed}: “{text}” of change {change.id} in {name} is nowhere any more"
            for change in log
            for name, text in change.fields.items()
            if name in FIELDS
            and (name, text) not in reachable
            and not any(
                (each.id > change.id and self._knew(each, name, text))
                or (each.client == change.client and each.seq > change.seq)
                for each in later[name]
            )
        ]

    def _replayed(self, log: tuple[Change, ...], found: Findings) -> dict[str, str]:
        """What stands by the rules in words, worked out without the product's fold; notes what was overwritten."""
        stands: dict[str, Change] = {}
        for change in log:
            for name, text in change.fields.items():
                if name in change.stale or name not in FIELDS:
                    continue
                before = stands.get(name)
                if before and before.client == change.client and before.seq > change.seq:
                    continue
                stands[name] = change
                if before is None or before.client == change.client or before.fields[name] == text:
                    continue
                if not self._knew(change, name, before.fields[name]):
                    found.overwritten.append(
                        f"run {self.seed}: {change.client} wrote “{text}” over “{before.fields[name]}” unseen"
                    )
        return {name: change.fields[name] for name, change in stands.items()}

    def _differences(self) -> list[str]:
        written = self.server.written()
        wrong = [
            f"run {self.seed}: {page.client} shows “{page.here[name]}” in {name}, “{written.values.get(name)}” stands"
            for page in self.pages
            for name in FIELDS
            if page.here[name] != written.values.get(name, "")
        ]
        return wrong + [f"run {self.seed}: {each.field} still waits" for each in written.conflicts]
