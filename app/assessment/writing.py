"""How an answer grows: saves of several open pages, folded into one state. Pure.

Every save is kept. A save that was made without knowing what another page had written into the same field does not
replace it: both texts stay, and wait for somebody who has seen both to choose.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from app.words import Sentence, say

LONGEST_FIELD = 20_000
"""Characters: some ten pages."""
LONGEST_SAVE = 200_000
"""Characters in all fields of one save."""


class Change(NamedTuple):
    """One save. Fields in `stale` were written without knowing what stood there by then.

    One that came `late` is kept beside the answer, and is no part of it.
    """

    id: int
    client: str
    seq: int
    base: int
    fields: Mapping[str, str]
    stale: Collection[str]
    at: datetime
    late: bool = False


@dataclass(frozen=True)
class Conflict:
    """Two texts for one field, and nobody has chosen yet."""

    field: str
    stands: str
    """What counts until somebody chooses."""
    other: str
    """What was typed elsewhere at the same time."""
    change_id: int
    at: datetime


@dataclass(frozen=True)
class Written:
    """What stands on a sheet."""

    values: Mapping[str, str] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    newest: int = 0
    """The id of the last change; 0 where there is none."""
    saved_at: datetime | None = None


def fold(changes: Iterable[Change]) -> Written:
    """The state after these changes, given oldest first; those that came late are left out."""
    values: dict[str, str] = {}
    newest: dict[tuple[str, str], int] = {}
    waiting: defaultdict[str, dict[str, Change]] = defaultdict(dict)
    last: Change | None = None
    for change in changes:
        if change.late:
            continue
        last = change
        for name, text in change.fields.items():
            page = (name, change.client)
            if change.seq < newest.get(page, 0):  # what a page sends when it is left may overtake what it sent before
                continue
            newest[page] = change.seq
            if name in change.stale:
                waiting[name][change.client] = change
                continue
            values[name] = text
            if name in waiting:
                waiting[name] = {page: text for page, text in waiting[name].items() if not _settles(change, text)}
    conflicts = (
        Conflict(name, values.get(name, ""), change.fields[name], change_id=change.id, at=change.at)
        for name, unsettled in waiting.items()
        for change in unsettled.values()
        if change.fields[name] != values.get(name, "")
    )
    return Written(values, tuple(conflicts), last.id if last else 0, last.at if last else None)


def _settles(later: Change, waiting: Change) -> bool:
    """Whether somebody wrote who had seen both texts, or the page itself that the waiting one came from."""
    return later.client == waiting.client or later.base >= waiting.id


def stale_fields(fields: Mapping[str, str], since: Collection[Change], *, client: str, seq: int) -> tuple[str, ...]:
    """The fields that another page changed in a save this one did not know. `since`: the changes after its base.

    And those for which a later save of the same page came before this one.
    """
    overtaken: set[str] = set()
    for change in since:
        if change.client == client and change.seq > seq:
            overtaken.update(change.fields)
    theirs = news(since, client=client)
    unseen = {name for name, text in fields.items() if theirs.get(name, text) != text}
    return tuple(sorted(unseen | overtaken.intersection(fields)))


def news(since: Iterable[Change], *, client: str) -> dict[str, str]:
    """What other pages wrote in these changes and this one has not written over."""
    return {name: change.fields[name] for name, change in newest_of_others(since, client=client).items()}


def newest_of_others(since: Iterable[Change], *, client: str) -> dict[str, Change]:
    """Field name → the newest of these changes that another page made there, and this one has not written over."""
    found: dict[str, Change] = {}
    for change in since:
        for name in () if change.late else set(change.fields).difference(change.stale):
            if change.client != client:
                found[name] = change
            elif name in found and change.base >= found[name].id:  # our page knew that text when it wrote over it
                del found[name]
    return found


def changed_fields(posted: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """What a form says that differs from what its page showed."""
    return {name: text for name, text in posted.items() if text != known.get(name, "")}


def refusals(fields: Mapping[str, str], names: Collection[str]) -> dict[str, Sentence]:
    """Field name → why this save cannot be taken; nothing of it is, where there is one."""
    found = {name: why for name, text in fields.items() if (why := _refusal(name, text, names))}
    if not found and sum(map(len, fields.values())) > LONGEST_SAVE:
        most = say("That is more than a sheet takes at once: at most {most} characters.", most=LONGEST_SAVE)
        found[next(iter(fields))] = most
    return found


def _refusal(name: str, text: str, names: Collection[str]) -> Sentence | None:
    if name not in names:
        return say("This sheet has no field “{name}”. Load the page again.", name=name[:80])
    if len(text) > LONGEST_FIELD:
        return say(
            "This text has {length} characters; a field takes {most}. Shorten it.",
            length=len(text),
            most=LONGEST_FIELD,
        )
    if any(not is_storable(sign) for sign in text):
        return say("This text has a control character, which cannot be kept. Type it again instead of pasting it.")
    return None


def is_storable(sign: str) -> bool:
    """Whether a character can be kept and printed: line ends and tabs can, other control characters cannot."""
    return sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs")
