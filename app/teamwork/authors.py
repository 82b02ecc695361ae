"""Who wrote what on a sheet: every field with whoever wrote it last, and what stood there before from others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.assessment.queries import Work, changes_since
from app.assessment.showing import cohort_time, shown_text
from app.assessment.writing import Change
from app.documents.blocks import Text
from app.teamwork.live import Author, authors_since, party_of


@dataclass(frozen=True)
class Version:
    """What somebody wrote into a field, until somebody else did."""

    text: str
    """In words: the label of what was chosen."""
    name: str
    time: str
    is_beside: bool
    """Whether it is kept beside what another page wrote at the same moment."""


@dataclass(frozen=True)
class FieldRow:
    """A field in which something was written."""

    label: Text
    last: Version
    """What stands there."""
    before: tuple[Version, ...]
    """The others, the newest first."""


@dataclass(frozen=True)
class PersonRow:
    """What somebody had a hand in."""

    name: str
    standing: int
    """Fields in which what stands there is theirs."""
    touched: int
    """Fields in which they ever wrote."""
    last: str
    """When they wrote last; "" where they never did."""


@dataclass(frozen=True)
class WrittenBy:
    """Who wrote what."""

    people: tuple[PersonRow, ...]
    fields: tuple[FieldRow, ...]


@dataclass(frozen=True)
class _Typed:
    text: str
    by: Author
    at: datetime
    is_beside: bool


def written_by(db: Session, work: Work, *, now: datetime) -> WrittenBy:
    """Who wrote what on the sheet of an attempt, as far as it counts. Three statements."""
    until = work.submission.change_id if work.submission else None
    changes = [each for each in changes_since(db, work.attempt.id) if until is None or each.id <= until]
    party = party_of(db, work.attempt.id, now=now)
    present = party.members if party else ()
    authors = authors_since(db, work.attempt.id, members=present)
    typed, called = _typed(changes, authors), {each.person_id: each.name for each in authors.values()}
    members = [Author(each.person_id, called.get(each.person_id, each.name)) for each in present]
    labels = work.sheet.labels
    return WrittenBy(
        _people(work, typed, members, now),
        tuple(_row(work, name, label, typed[name], now) for name, label in labels.items() if name in typed),
    )


def _typed(changes: Sequence[Change], authors: Mapping[int, Author]) -> dict[str, list[_Typed]]:
    """Field → what was written there, oldest first; of what one person wrote in a row, the last."""
    found: defaultdict[str, list[_Typed]] = defaultdict(list)
    for change in changes:
        for name, text in {} if change.late else change.fields.items():
            here = _Typed(text, authors[change.id], change.at, is_beside=name in change.stale)
            last = found[name][-1] if found[name] else None
            if last and (last.by, last.is_beside) == (here.by, here.is_beside):
                found[name].pop()
            found[name].append(here)
    return dict(found)


def _standing(typed: Sequence[_Typed]) -> _Typed:
    """What stands in a field: the newest that was not kept beside it."""
    return next((each for each in reversed(typed) if not each.is_beside), typed[-1])


def _row(work: Work, name: str, label: Text, typed: Sequence[_Typed], now: datetime) -> FieldRow:
    last = _standing(typed)
    before = (each for each in reversed(typed) if each is not last)
    return FieldRow(label, _shown(work, name, last, now), tuple(_shown(work, name, each, now) for each in before))


def _shown(work: Work, name: str, typed: _Typed, now: datetime) -> Version:
    time = cohort_time(work.cohort, typed.at, today=now)
    return Version(shown_text(work, name, typed.text), typed.by.name, time, is_beside=typed.is_beside)


def _people(
    work: Work, typed: Mapping[str, Sequence[_Typed]], members: Sequence[Author], now: datetime
) -> tuple[PersonRow, ...]:
    """The members by their place in the party, then whoever wrote and is none any more."""
    touched: dict[Author, list[_Typed]] = {member: [] for member in members}
    fields: defaultdict[Author, set[str]] = defaultdict(set)
    for name, versions in typed.items():
        for each in versions:
            touched.setdefault(each.by, []).append(each)
            fields[each.by].add(name)
    standing = [_standing(versions).by for versions in typed.values()]
    return tuple(
        PersonRow(
            author.name,
            standing.count(author),
            len(fields[author]),
            cohort_time(work.cohort, max((each.at for each in theirs), default=None), today=now),
        )
        for author, theirs in touched.items()
    )
