"""Whatever a trainer does, in whatever order: they get no rights, and nobody with a role loses an account to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import actions
from app.accounts.administration import change_person, change_roles
from app.accounts.invitations import accept_invitation, issue_invitation, issue_invitations
from app.accounts.models import Person, Role
from app.accounts.people import facts_of, person_for
from app.catalogue.actions import publish_course
from app.cohorts import enrolling
from app.cohorts.judging import judge_roster
from app.cohorts.models import Cohort, Enrolment
from app.cohorts.people import correctable_person, people_for_slips
from app.cohorts.rosters import RosterRow
from app.db import Database
from app.errors import UserError
from app.web.viewing import ROLES, Viewer
from tests.catalogue.samples import create_course
from tests.cohorts.samples import create_cohort
from tests.conftest import NOW, CreatePerson

TYPED = ("ada@example.com", "mallory@example.com", "new@example.com", "")
PLANTED = {"mallory@example.com", "new@example.com"}
STOLEN = "stolen"


class Trainer:
    """A trainer with a cohort in which everybody is, and what they can do to somebody in it."""

    def __init__(self, db: Session, cohort: Cohort, own: Person, people: Sequence[Person]) -> None:
        self.db, self.cohort, self.own, self.people = db, cohort, own, people
        self.viewer = Viewer(own.id, own.display_name, frozenset({"trainer"}), "zh-CN")
        self.codes: list[str] = []

    def list_them(self, person: Person, typed: str) -> None:
        rows = (RosterRow(1, person.number, "改", typed, ""), RosterRow(2, f"N{len(typed)}", "新", typed, ""))
        seen = judge_roster(self.db, self.cohort, rows, adding=False).stamp
        args = {"by": self.viewer, "now": NOW, "seen": seen, "public_url": "http://x", "leaving_out": True}
        enrolling.confirm_roster(self.db, self.cohort, rows, **args)  # type: ignore[arg-type]

    def correct(self, person: Person, typed: str) -> None:
        found = correctable_person(self.db, self.cohort, self._enrolment(person).id, to_change=True)
        args = {"display_name": "改", "email": typed, "department_id": None, "by": self.own.id, "now": NOW}
        enrolling.correct_person(self.db, self.cohort, found, **args)  # type: ignore[arg-type]

    def issue(self, person: Person, _typed: str) -> None:
        issued = issue_invitations(self.db, [(person, "reset")], by=self.own.id, now=NOW)
        self.codes += [each.code for each in issued]

    def print_slip(self, person: Person, _typed: str) -> None:
        people = people_for_slips(self.db, self.cohort, self._enrolment(person).id)
        made = issue_invitations(self.db, [(each, "invitation") for each in people], by=self.own.id, now=NOW)
        self.codes += [each.code for each in made]

    def print_every_slip(self, _person: Person, _typed: str) -> None:
        made = issue_invitations(
            self.db,
            [(each, "invitation") for each in people_for_slips(self.db, self.cohort, None)],
            by=self.own.id,
            now=NOW,
        )
        self.codes += [each.code for each in made]

    def use_codes(self, _person: Person, _typed: str) -> None:
        while self.codes:
            with suppress(UserError):
                accept_invitation(self.db, self.codes.pop(), STOLEN, now=NOW)

    def grant(self, person: Person, _typed: str) -> None:
        actions.grant_role(self.db, person, "admin", by=self.own.id, now=NOW)

    def change_roles(self, person: Person, _typed: str) -> None:
        change_roles(self.db, person, ROLES, shown=roles_of(self.db, person), by=self.own.id, now=NOW)

    def revoke(self, person: Person, _typed: str) -> None:
        actions.revoke_role(self.db, person, "admin", by=self.own.id, now=NOW)

    def close(self, person: Person, _typed: str) -> None:
        actions.deactivate_person(self.db, person, by=self.own.id, now=NOW)

    def set_password(self, person: Person, _typed: str) -> None:
        if person.id != self.own.id:
            actions.set_password(self.db, person, STOLEN, by=self.own.id, now=NOW)

    def change(self, person: Person, typed: str) -> None:
        found = person_for(self.db, self.viewer, person.id)
        shown = facts_of(found)
        change_person(self.db, found, shown, shown=shown, by=self.own.id, now=NOW)
        assert not typed, "a trainer changed a person"

    def withdraw(self, person: Person, _typed: str) -> None:
        enrolling.withdraw(self.db, self.cohort, self._enrolment(person), by=self.own.id, now=NOW)

    def ask_for_mail(self, person: Person, _typed: str) -> None:
        """What /forgot does with an address that was planted: the code lies in the mailbox of the trainer."""
        if roles_of(self.db, person) or person.email not in PLANTED:
            return
        self.codes.append(issue_invitation(self.db, person, purpose="reset", by=None, now=NOW))

    def promoted_by_admin(self, _person: Person, _typed: str) -> None:
        """Not theirs to do: in between, somebody of the cohort becomes HR, by an admin."""
        actions.grant_role(self.db, self.people[-1], "HR", by=self.people[1].id, now=NOW)

    def _enrolment(self, person: Person) -> Enrolment:
        wanted = select(Enrolment).where(Enrolment.cohort_id == self.cohort.id, Enrolment.person_id == person.id)
        return self.db.scalars(wanted).one()


STEPS: tuple[Callable[[Trainer, Person, str], None], ...] = (
    Trainer.list_them,
    Trainer.correct,
    Trainer.issue,
    Trainer.print_slip,
    Trainer.print_every_slip,
    Trainer.use_codes,
    Trainer.grant,
    Trainer.change_roles,
    Trainer.revoke,
    Trainer.close,
    Trainer.set_password,
    Trainer.change,
    Trainer.withdraw,
    Trainer.ask_for_mail,
    Trainer.promoted_by_admin,
)
PLAN = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5), st.sampled_from(TYPED)), max_size=25)


def roles_of(db: Session, person: Person) -> frozenset[str]:
    return frozenset(db.scalars(select(Role.role).where(Role.person_id == person.id)))


def standing(db: Session, people: Sequence[Person]) -> list[tuple[object, ...]]:
    """What must not change of those who have a role."""
    return [(p.id, p.display_name, p.email, p.password_hash, p.active, roles_of(db, p)) for p in people]


def follow(trainer: Trainer, plan: Sequence[tuple[Callable[[Trainer, Person, str], None], int, str]]) -> None:
    for step, place, typed in plan:
        person = trainer.people[place % len(trainer.people)]
        with suppress(UserError), trainer.db.begin_nested():
            promoted = roles_of(trainer.db, trainer.people[-1])
            before = standing(trainer.db, [trainer.people[-1]]) if promoted else []
            step(trainer, person, typed)
            trainer.db.flush()
            assert not roles_of(trainer.db, trainer.people[-1]) or trainer.people[-1].password_hash != STOLEN
            if promoted:
                assert standing(trainer.db, [trainer.people[-1]]) == before


def run(db: Session, people: dict[str, Person], plan: Sequence[tuple[Callable[..., None], int, str]]) -> None:
    """Follow a plan in a transaction that is undone; the rights of everybody who had some are as they were."""
    with db.begin_nested() as undone:
        everyone = [db.get_one(Person, each.id) for each in people.values()]
        cohort = create_cohort(
            db,
            publish_course(db, create_course(), by=None, now=NOW),
            trainers=[everyone[0]],
            trainees=everyone,
        )
        trainer = Trainer(db, cohort, everyone[0], everyone)
        privileged = everyone[:4]
        before = standing(db, privileged)
        follow(trainer, plan)
        after = standing(db, privileged)
        may = {each.id for each in everyone[:4]} | {everyone[-1].id}
        strangers = set(db.scalars(select(Role.person_id))) - may
        promoted = roles_of(db, everyone[-1])
        undone.rollback()
    assert after == before
    assert strangers == set()
    assert promoted <= {"HR"}


@pytest.fixture
def cast(create_person: CreatePerson) -> dict[str, Person]:
    return {
        "trainer": create_person("Alice", roles=("trainer",), email="mallory@example.com"),
        "admin": create_person("Ada", roles=("admin",), email="ada@example.com"),
        "other": create_person("Trudy", roles=("trainer",)),
        "HR": create_person("Hana", roles=("HR",)),
        "trainee": create_person("Bob", password_hash="theirs"),
        "newcomer": create_person("Nora"),
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(plan=PLAN)
def test_no_trainer_gains_rights_or_the_account_of_somebody_with_a_role(
    database: Database, cast: dict[str, Person], plan: list[tuple[Callable[..., None], int, str]]
) -> None:
    with database.begin(writes=True) as db:
        run(db, cast, plan)


PROMOTIONS: dict[str, list[tuple[Callable[..., None], int, str]]] = {
    "a password that a trainer set": [(Trainer.print_slip, 5, ""), (Trainer.use_codes, 5, "")],
    "a code that a trainer kept": [(Trainer.print_slip, 5, "")],
    "a mail to an address that a trainer planted": [
        (Trainer.correct, 5, "new@example.com"),
        (Trainer.ask_for_mail, 5, ""),
    ],
}


@pytest.mark.parametrize("before", PROMOTIONS.values(), ids=PROMOTIONS)
@pytest.mark.parametrize("distrusting", [True, False])
def test_nobody_comes_to_a_first_role_with_a_way_in_that_a_trainer_knows(
    database: Database,
    cast: dict[str, Person],
    monkeypatch: pytest.MonkeyPatch,
    before: list[tuple[Callable[..., None], int, str]],
    *,
    distrusting: bool,
) -> None:
    if not distrusting:  # the canary
        monkeypatch.setattr(actions, "_distrust_doors_of_before", lambda *_, **__: None)
    plan = [*before, (Trainer.promoted_by_admin, 5, ""), (Trainer.use_codes, 5, "")]
    with database.begin(writes=True) as db, nullcontext() if distrusting else pytest.raises(AssertionError):
        run(db, cast, plan)


@pytest.mark.parametrize("missing", ["app.accounts.actions.refuse_unless_admin", "app.accounts.invitations.may_invite"])
def test_a_check_that_is_missing_is_found(
    database: Database, cast: dict[str, Person], monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """The canary."""
    monkeypatch.setattr(missing, lambda *_: True)
    plan = [(Trainer.issue, 1, ""), (Trainer.use_codes, 1, ""), (Trainer.set_password, 1, ""), (Trainer.grant, 4, "")]
    with database.begin(writes=True) as db, pytest.raises(AssertionError):
        run(db, cast, plan)
