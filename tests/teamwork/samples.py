"""A party at a table to write in, and other exercises that are done together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment import actions
from app.assessment.actions import Save, Saved
from app.assessment.models import AnswerChange, Attempt
from app.assessment.queries import Work, own_work, written_in
from tests.assessment.course_samples import CHOICE
from tests.assessment.party_samples import Class, create_class, start
from tests.assessment.samples import viewer_of
from tests.conftest import NOW
from tests.exercises.test_ledger import ledger

VISITS: dict[str, Any] = ledger(work="group")
"""Six rows, three of them shown; «visits.1.customer» is the first field."""
QUICK: dict[str, Any] = {**CHOICE, "work": "group", "feedback": "at_once"}
_SEQ = count(1)


@dataclass(frozen=True)
class Table:
    """An attempt at «visits» by all of a group."""

    room: Class
    attempt: Attempt

    @property
    def id(self) -> int:
        return self.attempt.id

    def work(self, db: Session, person: Person) -> Work:
        """The attempt as one of them has it."""
        return own_work(db, viewer_of(person), self.attempt.id, to_change=True)


def sit_down(db: Session, trainer: Person, people: Sequence[Person], exercise: str = "visits") -> Table:
    """All these people at one sheet."""
    room = create_class(db, trainer, people, grouped=len(people), visits=VISITS, quick=QUICK)
    return Table(room, start(db, room, people[0], exercise))


def write(db: Session, table: Table, person: Person, *, client: str = "", base: int = 0, **fields: str) -> Saved:
    """Save fields by name; two underscores stand for the dot, `_1__x` for `visits.1.x`."""
    typed = {f"visits.{name[1:]}".replace("__", "."): text for name, text in fields.items()}
    return write_fields(db, table, person, typed, client=client, base=base)


def write_fields(
    db: Session, table: Table, person: Person, typed: Mapping[str, str], *, client: str = "", base: int = 0
) -> Saved:
    wanted = Save(client or person.display_name, next(_SEQ), base, typed)
    return actions.save_fields(db, table.work(db, person), wanted, by=person.id, now=NOW)


def add_change(db: Session, table: Table, person: Person, fields: dict[str, str], *, late: bool = False) -> None:
    """A row of the log as it is, past everything that would refuse it."""
    row = {"client": "other", "seq": next(_SEQ), "base": 0, "stale": [], "late": late, "at": NOW, "by_id": person.id}
    db.add(AnswerChange(attempt_id=table.id, fields=fields, **row))
    db.flush()


def hand_in(db: Session, table: Table, person: Person) -> None:
    work = table.work(db, person)
    actions.hand_in(db, work, actions.graded(work.spec, written_in(db, table.id)), by=person.id, now=NOW)
    db.flush()
