"""A full room on one thread: trainees whose pages save now and then, and hand in when the bell rings.

A browser that saves every ten seconds finds its connection closed, so each request opens its own. Times are taken
from the moment a save was due, not from when this generator came to it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.room import Desk
from tests.survival.load import WAIT, Log, Page, browser_headers

BACKLOG = 64
"""Connections that are opened at once: a network card would not send more in the same moment."""


@dataclass
class Bell:
    """What became of hand-ins that were asked for at once."""

    seconds: float
    """From the first request to the last answer."""
    handed_in: int
    others: list[str] = field(default_factory=list)
    """Answers other than 200."""


class Room:
    """Desks with an open page each. Everything runs on the loop of whoever awaits it."""

    def __init__(self, ports: Sequence[int], desks: Sequence[Desk], *, pause: float) -> None:
        self.ports, self.pause, self.log = list(ports), pause, Log()
        self.pages = [Page(desk, self.log) for desk in desks]
        self.lateness: list[float] = []
        """How far behind the generator itself was with each save."""

    async def autosave(self, pages: Sequence[Page], until: float) -> None:
        """Save every `pause` seconds, spread over them, until a moment of `time.monotonic()`."""
        start = time.monotonic()
        spread = self.pause / max(1, len(pages))
        await asyncio.gather(
            *(self._page(page, start + number * spread, until, number) for number, page in enumerate(pages))
        )

    async def hand_in(self, pages: Sequence[Page]) -> Bell:
        """Hand in all at once."""
        began, turns = time.monotonic(), asyncio.Semaphore(BACKLOG)

        async def one(number: int, page: Page) -> tuple[int, bytes]:
            async with turns:
                return await self._ask(number, page.desk, "POST", "/hand-in", b"")

        answers = await asyncio.gather(*(one(number, page) for number, page in enumerate(pages)))
        others = [f"{status} {body[:200]!r}" for status, body in answers if status != 200]
        return Bell(time.monotonic() - began, len(answers) - len(others), others)

    async def _page(self, page: Page, due: float, until: float, number: int) -> None:
        while due < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self.lateness.append(time.monotonic() - due)
            await self._save(page, due, number)
            due += self.pause

    async def _save(self, page: Page, due: float, number: int) -> None:
        key, body = page.next_save()
        while True:
            try:
                status, answer = await self._ask(number, page.desk, "PATCH", "", body)
            except (OSError, EOFError) as trouble:
                self.log.again[type(trouble).__name__] += 1
                number += 1
            else:
                if page.heard(key, status, answer, since=due):
                    return
            await asyncio.sleep(WAIT)

    async def _ask(self, number: int, desk: Desk, method: str, more: str, body: bytes) -> tuple[int, bytes]:
        port = self.ports[number % len(self.ports)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            headers = browser_headers(desk, port) | {"Host": f"127.0.0.1:{port}", "Connection": "close"}
            writer.write(_wire(f"{method} /attempts/{desk.attempt_id}{more} HTTP/1.1", headers, body))
            head = await reader.readuntil(b"\r\n\r\n")
            return int(head[9:12]), await reader.read()  # the server closes behind it
        finally:
            writer.close()


def _wire(first: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers.items()), f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def share(sorted_times: Sequence[float], part: float) -> float:
    """The time that this part of all stayed below, in milliseconds."""
    return round(sorted_times[min(len(sorted_times) - 1, int(len(sorted_times) * part))] * 1000, 1)
