"""Names or numbers: whoever marks may not want to know whose answer it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cohorts.models import Enrolment
from app.marking.models import MarkingChoice
from app.web.language import words
from app.web.viewing import Viewer
from app.words import say


@dataclass(frozen=True)
class Choice:
    """How somebody likes to mark."""

    hides_names: bool = False
    groups_alike: bool = True


@dataclass(frozen=True)
class Veil:
    """What stands in place of names: for each enrolment of some cohorts its number at an exercise."""

    enrolments: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Cohort → everybody who was ever in it."""

    def number(self, cohort_id: int, exercise: str, enrolment_id: int) -> int:
        return numbers_of(cohort_id, exercise, self.enrolments[cohort_id])[enrolment_id]

    def name(self, cohort_id: int, exercise: str, enrolment_id: int) -> str:
        return words(say("No. {number}", number=self.number(cohort_id, exercise, enrolment_id)))


def choice_of(db: Session, viewer: Viewer) -> Choice:
    """What somebody chose. One statement."""
    row = db.get(MarkingChoice, viewer.person_id)
    return Choice(row.hides_names, row.groups_alike) if row else Choice()


def choose(db: Session, viewer: Viewer, choice: Choice) -> None:
    """Keep how somebody likes to mark: it concerns nobody else."""
    db.merge(
        MarkingChoice(person_id=viewer.person_id, hides_names=choice.hides_names, groups_alike=choice.groups_alike)
    )


def veil_over(db: Session, cohort_ids: Iterable[int]) -> Veil:
    """Numbers for everybody in some cohorts. One statement."""
    found: dict[int, list[int]] = {cohort_id: [] for cohort_id in cohort_ids}
    wanted = select(Enrolment.cohort_id, Enrolment.id).where(Enrolment.cohort_id.in_(found)).order_by(Enrolment.id)
    for cohort_id, enrolment_id in db.execute(wanted):
        found[cohort_id].append(enrolment_id)
    return Veil({cohort_id: tuple(each) for cohort_id, each in found.items()})


def veil_for(db: Session, viewer: Viewer, cohort_ids: Sequence[int]) -> Veil | None:
    """The veil of somebody who wants one."""
    return veil_over(db, cohort_ids) if choice_of(db, viewer).hides_names else None


@lru_cache(256)
def numbers_of(cohort_id: int, exercise: str, enrolment_ids: tuple[int, ...]) -> dict[int, int]:
    """A number for each enrolment, in no order that tells anything; whoever joins later changes nobody's."""
    least, most = (100, 999) if len(enrolment_ids) <= _FEW else (10_000, 99_999)
    found: dict[int, int] = {}
    taken: set[int] = set()
    for enrolment_id in sorted(enrolment_ids):
        drawn = sha256(f"{cohort_id}/{exercise}/{enrolment_id}".encode()).digest()
        number = int.from_bytes(drawn[:8]) % (most - least + 1)
        while number in taken:
            number = (number + 1) % (most - least + 1)
        taken.add(number)
        found[enrolment_id] = least + number
    return found


_FEW = 450
"""People for whom three figures are enough."""
