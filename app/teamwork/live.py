"""Writing on one sheet at the same time: what the others wrote since, who is there, where, and who took which row.

What somebody writes is kept and merged by the saves of `assessment`; here is only read what they left behind. Being
there is a row that each open page writes anew now and then: so asking, which is done all the time, writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, delete, false, func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import AnswerChange, Assignment, Attempt, AttemptMember, Submission
from app.assessment.queries import Work, changes_since, own_work, written_in
from app.assessment.standing import refuse_unless_writable
from app.assessment.writing import newest_of_others
from app.classroom.groups import told_apart
from app.classroom.models import GroupMember
from app.cohorts.models import Enrolment
from app.errors import NotFound, UserError
from app.teamwork.models import Discussion, Presence, TakenRow, TrainerWord
from app.web.guards import NOTHING_HERE
from app.web.viewing import Viewer
from app.words import say

HERE_FOR: Final = timedelta(seconds=45)
"""How long somebody counts as there after their page said so; it says so every twenty seconds."""
TAKEN_FOR: Final = timedelta(minutes=5)
"""How long a blank row is kept for whoever took it. One with something in it needs nobody to keep it."""


@dataclass(frozen=True)
class Present:
    """Somebody of the party, and where they are."""

    enrolment_id: int
    person_id: int
    name: str
    """With the number behind it where somebody else of the party has the same."""
    known_as: tuple[str, str]
    """Name and number."""
    is_here: bool
    field: str
    """Where they write; "" where they are not there, or in none of the fields."""


@dataclass(frozen=True)
class Taken:
    """A row of a table that somebody has begun, perhaps with nothing in it yet."""

    row: str
    enrolment_id: int


@dataclass(frozen=True)
class LiveParty:
    """Who works on an attempt, and how it stands."""

    attempt_id: int
    ends_at: datetime | None
    newest: int
    """The last change that counts; 0 where there is none."""
    is_over: bool
    """Whether it was handed in or given back: there is nothing more to write."""
    ended_by: str
    """Who handed it in; "" where it was nobody of the party."""
    members: tuple[Present, ...]
    taken: tuple[Taken, ...]
    talk: str
    """Differs when the discussion has moved, or its trainer has said something."""


@dataclass(frozen=True)
class Author:
    """Who saved a change; without a name where the product did, or the person is not known any more."""

    person_id: int | None
    name: str


@dataclass(frozen=True)
class News:
    """What somebody else wrote into a field."""

    text: str
    by: Author
    time: str
    """On the clock of the cohort's place."""


@dataclass(frozen=True)
class Told:
    """What others wrote since."""

    fields: Mapping[str, News] = field(default_factory=dict)
    is_redrawn: bool = False
    """Whether a hint was opened or answers were checked: the sheet then shows more than its fields say."""
    time: str = ""
    """When the newest of it was written, on the clock of the cohort's place."""


_NEWEST = (
    select(AnswerChange.id)
    .where(AnswerChange.attempt_id == Attempt.id, AnswerChange.late == false())
    .order_by(AnswerChange.id.desc())
    .limit(1)
    .scalar_subquery()
)
_WORDS = (
    select(func.coalesce(func.max(TrainerWord.id), 0) * 1_000 + func.count())  # one more, or one taken back
    .where(TrainerWord.attempt_id == Attempt.id, TrainerWord.taken_back_at.is_(None))
    .scalar_subquery()
)
_PARTY = (
    select(
        Attempt.ends_at,
        Assignment.closes_at,
        Attempt.returned_at,
        Submission.attempt_id.label("handed_in"),
        Submission.by_id,
        _NEWEST.label("newest"),
        Enrolment.id.label("enrolment_id"),
        Enrolment.person_id,
        Enrolment.withdrawn_at,
        Person.display_name,
        Person.number,
        GroupMember.leads,
        Presence.field,
        Presence.seen_at,
        TakenRow.row,
        TakenRow.at.label("taken_at"),
        Discussion.stage,
        Discussion.since,
        Discussion.leader_id,
        _WORDS.label("words"),
    )
    .join(Assignment, Assignment.id == Attempt.assignment_id)
    .join(AttemptMember, AttemptMember.attempt_id == Attempt.id)
    .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
    .join(Person, Person.id == Enrolment.person_id)
    .outerjoin(Submission, Submission.attempt_id == Attempt.id)
    .outerjoin(GroupMember, (GroupMember.enrolment_id == Enrolment.id) & (GroupMember.group_id == Attempt.group_id))
    .outerjoin(Presence, (Presence.attempt_id == Attempt.id) & (Presence.enrolment_id == Enrolment.id))
    .outerjoin(TakenRow, (TakenRow.attempt_id == Attempt.id) & (TakenRow.enrolment_id == Enrolment.id))
    .outerjoin(Discussion, Discussion.attempt_id == Attempt.id)
    .where(Attempt.id == bindparam("attempt_id"))
    .order_by(Enrolment.id, TakenRow.row)
)
_AUTHORS = (
    select(AnswerChange.id, AnswerChange.by_id, Person.display_name, Person.number)
    .outerjoin(Person, Person.id == AnswerChange.by_id)
    .where(AnswerChange.attempt_id == bindparam("attempt_id"), AnswerChange.id > bindparam("since"))
)


def own_party(db: Session, viewer: Viewer, attempt_id: int, *, now: datetime) -> LiveParty:
    """Those who work on an attempt with the viewer, in one statement. Raises NotFound."""
    rows = db.execute(_PARTY, {"attempt_id": attempt_id}).all()
    if not any(row.person_id == viewer.person_id for row in rows):
        raise NotFound(NOTHING_HERE)
    return _party(attempt_id, rows, now)


def party_of(db: Session, attempt_id: int, *, now: datetime) -> LiveParty | None:
    """Those who work on an attempt, for whoever may see it anyway; None where nobody is left."""
    rows = db.execute(_PARTY, {"attempt_id": attempt_id}).all()
    return _party(attempt_id, rows, now) if rows else None


def _party(attempt_id: int, rows: Sequence[Row[Any]], now: datetime) -> LiveParty:
    first, members = rows[0], {row.enrolment_id: row for row in rows}
    known = {row.enrolment_id: (row.display_name, row.number) for row in members.values()}
    names = told_apart(known)
    present = tuple(_present(row, names[each], now) for each, row in members.items())
    talking = sorted((each, bool(row.leads)) for each, row in members.items() if row.withdrawn_at is None)
    return LiveParty(
        attempt_id,
        first.ends_at or first.closes_at,
        first.newest or 0,
        is_over=first.handed_in is not None or first.returned_at is not None,
        ended_by=next((each.name for each in present if each.person_id == first.by_id), ""),
        members=present,
        taken=tuple(Taken(row.row, row.enrolment_id) for row in rows if row.row and row.taken_at > now - TAKEN_FOR),
        talk=f"{first.stage} {first.since} {first.leader_id} {first.words} {talking}",
    )


def _present(row: Row[Any], name: str, now: datetime) -> Present:
    is_here = row.seen_at is not None and row.seen_at > now - HERE_FOR
    known_as, field = (row.display_name, row.number), row.field if is_here else ""
    return Present(row.enrolment_id, row.person_id, name, known_as, is_here=is_here, field=field)


def told_since(db: Session, viewer: Viewer, party: LiveParty, *, since: int, client: str) -> Told:
    """What other pages than this one wrote after a change, and nothing that is not on the sheet. Three statements."""
    work = own_work(db, viewer, party.attempt_id)
    names = work.sheet.names
    changes = [change for change in changes_since(db, party.attempt_id, since) if change.id <= party.newest]
    authors = authors_since(db, party.attempt_id, since, members=party.members)
    newest = newest_of_others(changes, client=client)
    news = {
        name: News(change.fields[name], authors[change.id], clock_time(work, change.at))
        for name, change in newest.items()
        if name in names
    }
    last = max((change.at for change in newest.values()), default=None)
    return Told(news, is_redrawn=not names.issuperset(newest), time=clock_time(work, last) if last else "")


def clock_time(work: Work, moment: datetime) -> str:
    """A moment as a clock at the cohort's place shows it."""
    return f"{moment.astimezone(ZoneInfo(work.cohort.zone)):%H:%M}"


def authors_since(
    db: Session, attempt_id: int, since: int = 0, *, members: Iterable[Present] = ()
) -> dict[int, Author]:
    """Change → who saved it, of all changes after one of them. Nobody is called as somebody else, `members` neither."""
    rows = db.execute(_AUTHORS, {"attempt_id": attempt_id, "since": since}).all()
    people = {each.person_id: each.known_as for each in members}
    people |= {row.by_id: (row.display_name, row.number) for row in rows if row.display_name}
    names = told_apart(people)
    return {row.id: Author(row.by_id, names.get(row.by_id, "")) for row in rows}


def note_presence(db: Session, work: Work, field: str, *, now: datetime) -> None:
    """Say that somebody is there, in a field or in none. The caller has the attempt's turn."""
    if field not in work.sheet.names:
        field = ""
    mine = (Presence.attempt_id == work.attempt.id, Presence.enrolment_id == work.enrolment.id)
    known = db.execute(update(Presence).where(*mine).values(field=field, seen_at=now).returning(Presence.enrolment_id))
    if known.first() is None:
        db.add(Presence(attempt_id=work.attempt.id, enrolment_id=work.enrolment.id, field=field, seen_at=now))


def forget_presence(db: Session, work: Work) -> None:
    """Say that somebody has left the page."""
    mine = (Presence.attempt_id == work.attempt.id, Presence.enrolment_id == work.enrolment.id)
    db.execute(delete(Presence).where(*mine))


def take_row(db: Session, work: Work, rows: Sequence[str], *, now: datetime) -> str | None:
    """The first of some rows that is blank and nobody else has taken, from now on theirs; None where there is none.

    A row is named as its fields begin. The caller has the attempt's turn. Raises UserError where nothing can be
    written any more, or the sheet has no such row.
    """
    refuse_unless_writable(work, now)
    known = {name.rpartition(".")[0] for name in work.sheet.names}
    if not known.issuperset(rows):
        raise UserError(say("This table has no such row. Load the page again."))
    written = {name.rpartition(".")[0] for name, text in written_in(db, work.attempt.id).values.items() if text.strip()}
    taken = {each.row: each for each in db.scalars(select(TakenRow).where(TakenRow.attempt_id == work.attempt.id))}
    mine = work.enrolment.id
    for row in rows:
        before = taken.get(row)
        is_free = before is None or before.enrolment_id == mine or before.at <= now - TAKEN_FOR
        if row not in written and is_free:
            if before is not None:
                before.enrolment_id, before.at = mine, now
            else:
                db.add(TakenRow(attempt_id=work.attempt.id, row=row, enrolment_id=mine, at=now))
            return row
    return None


def give_rows_back(db: Session, work: Work, rows: Sequence[str]) -> None:
    """Let others have rows that somebody took and put away again. Those of others stay theirs."""
    mine = (TakenRow.attempt_id == work.attempt.id, TakenRow.enrolment_id == work.enrolment.id)
    db.execute(delete(TakenRow).where(*mine, TakenRow.row.in_(rows)))
