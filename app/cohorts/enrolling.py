"""Writes about people in a cohort: enrolled from a list, withdrawn, taken back, corrected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.actions import PEOPLE_TURN, end_invitations, move_person, record
from app.accounts.departments import find_or_add_department
from app.accounts.invitations import issue_invitations
from app.accounts.letters import Letter, send_letter
from app.accounts.models import Person
from app.accounts.rules import email_refusal, name_refusal
from app.cohorts.actions import refuse_archived
from app.cohorts.judging import Fate, Judged, Verdict, judge_roster
from app.cohorts.models import Cohort, Enrolment
from app.cohorts.rosters import RosterRow
from app.db import one_at_a_time
from app.errors import UserError
from app.mail import mail_is_configured
from app.web.viewing import Viewer
from app.words import Language, best_language, in_words, say


@dataclass(frozen=True)
class Enrolled:
    """What came of a list."""

    counts: Mapping[Fate, int]
    mailed: int


def confirm_roster(
    db: Session,
    cohort: Cohort,
    rows: Iterable[RosterRow],
    *,
    by: Viewer,
    now: datetime,
    seen: str,
    public_url: str,
    leaving_out: bool = False,
    to_add: Iterable[str] = (),
) -> Enrolled | Verdict:
    """Enrol the people of a list, judged anew. The verdict instead, and nothing stored, where it is not what was seen.

    `seen` is the stamp of the verdict that was shown, `public_url` the address that mails lead to. Lines with errors
    refuse the whole unless `leaving_out`.
    """
    refuse_archived(cohort)
    one_at_a_time(db, PEOPLE_TURN)
    verdict = judge_roster(db, cohort, tuple(rows), adding=by.has_any("admin"), to_add=to_add)
    if verdict.stamp != seen or (verdict.wrong and not leaving_out):
        return verdict
    newcomers = _bring_in(db, cohort, verdict.rows, by=by.person_id, now=now)
    mailed = _invite_by_mail(db, cohort, newcomers, by=by.person_id, public_url=public_url, now=now)
    return Enrolled(verdict.counts, mailed)


def _bring_in(db: Session, cohort: Cohort, judged: Iterable[Judged], *, by: int, now: datetime) -> list[Person]:
    """Do what the lines come to; returns the people who are new here."""
    judged = tuple(judged)
    newcomers = _add_people(db, judged, by=by, now=now)
    known = [each.person_id for each in judged if each.fate == "enrol" and each.person_id is not None]
    back = {each.person_id for each in judged if each.fate == "back"}
    enrol_people(db, cohort, [person.id for person in newcomers] + known, by=by, now=now)
    coming_back = Enrolment.cohort_id == cohort.id, Enrolment.person_id.in_(back)
    for enrolment in db.scalars(select(Enrolment).where(*coming_back)):
        take_back(db, cohort, enrolment, by=by, now=now)
    return newcomers


def enrol_people(db: Session, cohort: Cohort, person_ids: Iterable[int], *, by: int, now: datetime) -> list[Enrolment]:
    """Enrol people who are not in the cohort and never were."""
    refuse_archived(cohort)
    enrolments = [
        Enrolment(cohort_id=cohort.id, person_id=person_id, enrolled_at=now, enrolled_by_id=by)
        for person_id in dict.fromkeys(person_ids)
    ]
    db.add_all(enrolments)
    db.flush()
    for enrolment in enrolments:
        _record(db, "enrolled", enrolment, by=by, now=now)
    return enrolments


def withdraw(db: Session, cohort: Cohort, enrolment: Enrolment, *, by: int, now: datetime) -> None:
    """Take somebody out of a cohort; what they wrote stays. Twice does nothing."""
    refuse_archived(cohort)
    if enrolment.withdrawn_at is None:
        enrolment.withdrawn_at = now
        enrolment.revision = Enrolment.revision + 1  # counted by the database: others may raise it meanwhile
        _record(db, "withdrawn", enrolment, by=by, now=now)


def take_back(db: Session, cohort: Cohort, enrolment: Enrolment, *, by: int, now: datetime) -> None:
    """Let somebody who was withdrawn come back into their old enrolment. Twice does nothing."""
    refuse_archived(cohort)
    if enrolment.withdrawn_at is not None:
        enrolment.withdrawn_at = None
        enrolment.revision = Enrolment.revision + 1
        _record(db, "enrolled-again", enrolment, by=by, now=now)


def correct_person(
    db: Session,
    cohort: Cohort,
    person: Person,
    *,
    display_name: str,
    email: str | None,
    department_id: int | None,
    by: int,
    now: datetime,
) -> None:
    """Correct somebody without a password; whether they may be corrected the caller has asked. Raises UserError."""
    refuse_archived(cohort)
    display_name, email = " ".join(display_name.split()), (email or "").strip().lower() or None
    if refusal := name_refusal(display_name):
        raise UserError(refusal)
    one_at_a_time(db, PEOPLE_TURN)
    _refuse_email(db, person, email)
    if email != person.email:
        end_invitations(db, (person,), now=now)  # a code that went to a wrong address must not open the account
    person.display_name, person.email = display_name, email
    move_person(person, department_id)
    record(db, "person-corrected", Person, object_id=person.id, by=by, now=now, cohort=str(cohort.id))


def _refuse_email(db: Session, person: Person, email: str | None) -> None:
    if email is None:
        return
    if refusal := email_refusal(email):
        raise UserError(refusal)
    others = select(Person.id).where(Person.email == email, Person.id != person.id)
    if db.scalars(others).first() is not None:
        raise UserError(say("This e-mail address belongs to somebody with another number."))


def _add_people(db: Session, judged: Iterable[Judged], *, by: int, now: datetime) -> list[Person]:
    """New people in as many statements as for one; the lines were judged, and nobody else adds people meanwhile."""
    new = [each for each in judged if each.fate == "new"]
    wanted = dict.fromkeys(each.new_department for each in new if each.new_department)
    made = {path: find_or_add_department(db, path, by=by, now=now).id for path in wanted}
    people = [
        Person(
            number=each.row.number,
            display_name=each.row.name,
            email=each.row.email or None,
            department_id=made.get(each.new_department, each.department_id),
            created_at=now,
        )
        for each in new
    ]
    db.add_all(people)
    db.flush()
    for person in people:
        record(db, "person-added", Person, object_id=person.id, by=by, now=now)
    return people


def _invite_by_mail(
    db: Session, cohort: Cohort, people: Iterable[Person], *, by: int, public_url: str, now: datetime
) -> int:
    """Mail a way to the first password to those who have an address; how many."""
    reachable = [person for person in people if person.email] if mail_is_configured() else []
    if not reachable:
        return 0
    issued = issue_invitations(db, ((person, "invitation") for person in reachable), by=by, now=now)
    letters = (_invitation(each.person, cohort, f"{public_url}/join/{each.code}") for each in issued)
    return sum(send_letter(db, letter, now=now) for letter in letters)


def _invitation(person: Person, cohort: Cohort, link: str) -> Letter:
    language: Language = best_language(person.language)
    paragraphs = (
        say("Hello {name},", name=person.display_name),
        say(
            "You are enrolled in “{cohort}”. Open this address within 30 days and choose a password:",
            cohort=cohort.name,
        ),
        link,
        say("Your number is {number}. The address works once and is meant for you alone.", number=person.number),
    )
    text = "\n\n".join(each if isinstance(each, str) else in_words(each, language) for each in paragraphs)
    subject = say("Your account for the course “{cohort}”", cohort=cohort.name)
    return Letter(person.email or "", in_words(subject, language), f"{text}\n")


def _record(db: Session, action: str, enrolment: Enrolment, *, by: int, now: datetime) -> None:
    record(
        db,
        action,
        Enrolment,
        object_id=enrolment.id,
        by=by,
        now=now,
        cohort=str(enrolment.cohort_id),
        person=str(enrolment.person_id),
    )
