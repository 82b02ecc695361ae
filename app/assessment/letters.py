"""What people are told by mail about answers: marks that can be seen, what was given back, what waits for them.

Each letter says that something is there and where, never what: marks and answers stand behind the sign-in. The same is
told to the same person once a day at most, and to nobody who does not want such mail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import Select, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.assessment.models import Assignment, Attempt, AttemptMember, ExtraTime, Marking, Submission, Told
from app.assessment.queries import Work, times_of
from app.assessment.rules import Times, may_see_result
from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.cohorts.models import Cohort, CohortTrainer, Enrolment
from app.db import Database, one_at_a_time
from app.exercises import Spec
from app.exercises.texts import bare_text
from app.mail import mail_is_configured, queue_mail
from app.web.language import moment_in_words
from app.words import Language, Sentence, best_language, in_words, say

GATHERED_FOR = timedelta(minutes=30)
"""How long the first answer waits for others before its trainers are told."""
FROM_HOUR, TO_HOUR = 8, 21
"""When trainers are told what waits, where the cohort is: nobody's evening."""
MOST = 200
"""Letters of one look at what waits; the next goes on."""
KEPT = timedelta(days=90)
NEWS_FOR = timedelta(days=3)
"""How long marks that came to be seen are worth a letter: whoever was away reads them on the pages."""
_BY_PEOPLE = ("trainer", "override", "peer", "observer")


@dataclass(frozen=True)
class _Letter:
    """What one person is told."""

    subject: Sentence
    paragraphs: tuple[Sentence | str, ...]
    path: str
    """Where it stands, below the public address."""


def tell_released(db: Session, assignment: Assignment, cohort: Cohort, *, now: datetime) -> int:
    """Whoever has marks of an exercise that could not be seen before its release; how many letters.

    Whose answer still waits for marks is told once there are some, by `tell_marked`.
    """
    spec = _spec(db, cohort, assignment.exercise)
    if not mail_is_configured() or spec is None:
        return 0
    before = replace(times_of(assignment), released_at=None)
    attempts = {
        person: attempt_id
        for person, attempt_id, minutes in db.execute(_marked(assignment.id))
        if not may_see_result(spec, before.with_extra(minutes), now)
    }
    return _tell_results(db, attempts, assignment, cohort, now=now)


def tell_marked(database: Database, *, now: datetime) -> int:
    """Whoever got marks that can be seen without a release, or after it, and was not told since they handed in.

    Some minutes later, in which whoever marks may take them back, and at daytime where the cohort is; of what came to
    be seen days ago nobody is told. Any number of workers may look. Returns how many letters.
    """
    if not mail_is_configured():
        return 0
    with database.reading() as db:
        found = list(db.scalars(_marked_lately(now)))
    return sum(_tell_marked_at(database, assignment_id, now=now) for assignment_id in found)


def _marked_lately(now: datetime) -> Select[int]:
    """Exercises whose answers were marked by people lately, or that closed or were released lately."""
    since = now - NEWS_FOR
    lately = or_(Marking.at > since, Assignment.closes_at > since, Assignment.released_at > since)
    return (
        select(Assignment.id)
        .distinct()
        .join(Attempt, Attempt.assignment_id == Assignment.id)
        .join(Marking, Marking.attempt_id == Attempt.id)
        .where(Marking.marked_by.in_(_BY_PEOPLE), lately)
        .order_by(Assignment.id)
    )


def _tell_marked_at(database: Database, assignment_id: int, *, now: datetime) -> int:
    """The same of one exercise, in a transaction of its own."""
    with database.transaction() as db:
        assignment = db.get_one(Assignment, assignment_id)
        cohort = db.get_one(Cohort, assignment.cohort_id)
        spec, here = _spec(db, cohort, assignment.exercise), now.astimezone(ZoneInfo(cohort.zone))
        if spec is None or cohort.archived_at is not None or not FROM_HOUR <= here.hour < TO_HOUR:
            return 0
        marked_at = _marked_at(db, assignment_id)
        attempts = {
            person: attempt_id
            for person, attempt_id, minutes in db.execute(_marked(assignment_id, untold=True))
            if (at := marked_at.get(attempt_id)) is not None
            and _is_news(spec, times_of(assignment).with_extra(minutes), at, now)
        }
        return _tell_results(db, attempts, assignment, cohort, now=now)


def _is_news(spec: Spec, times: Times, marked_at: datetime, now: datetime) -> bool:
    """Whether marks can be seen by now and not for long."""
    if not may_see_result(spec, times, now) or now - marked_at < GATHERED_FOR:
        return False
    since = now - NEWS_FOR
    return marked_at > since or not may_see_result(spec, times, since)


def _marked_at(db: Session, assignment_id: int) -> dict[int, datetime]:
    """When people gave the newest marks of each answer."""
    rows = db.execute(
        select(Marking.attempt_id, func.max(Marking.at))
        .join(Attempt, Attempt.id == Marking.attempt_id)
        .where(Attempt.assignment_id == assignment_id, Marking.marked_by.in_(_BY_PEOPLE))
        .group_by(Marking.attempt_id)
    )
    return dict(rows.all())


def _marked(assignment_id: int, *, untold: bool = False) -> Select[Person, int, int]:
    """Everybody whose newest answer to an exercise waits for nobody: with its attempt, and their extra minutes.

    `untold`: of those only who heard of no results since they handed it in.
    """
    newest = (
        select(AttemptMember.enrolment_id, func.max(Attempt.id).label("attempt_id"))
        .join(Attempt, Attempt.id == AttemptMember.attempt_id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .where(AttemptMember.assignment_id == assignment_id, Attempt.returned_at.is_(None))
        .group_by(AttemptMember.enrolment_id)
        .subquery()
    )
    extra = (ExtraTime.enrolment_id == Enrolment.id) & (ExtraTime.assignment_id == assignment_id)
    wanted = (
        select(Person, newest.c.attempt_id, func.coalesce(ExtraTime.minutes, 0))
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(newest, newest.c.enrolment_id == Enrolment.id)
        .join(Submission, Submission.attempt_id == newest.c.attempt_id)
        .outerjoin(ExtraTime, extra)
        .where(Enrolment.withdrawn_at.is_(None), Submission.needs_person.is_(False), Submission.asked.is_(False))
        .order_by(Person.id)
    )
    heard = exists().where(
        Told.person_id == Person.id, Told.kind == "released", Told.about_id == assignment_id, Told.at >= Submission.at
    )
    return wanted.where(~heard) if untold else wanted


def _tell_results(
    db: Session, attempts: Mapping[Person, int], assignment: Assignment, cohort: Cohort, *, now: datetime
) -> int:
    known = _title(db, cohort, assignment.exercise)

    def letter(person: Person) -> _Letter:
        subject = say("“{title}”: the results can be seen", title=known)
        text = say("What you earned with “{title}” ({cohort}) can be seen now:", title=known, cohort=cohort.name)
        return _Letter(subject, (text,), f"/attempts/{attempts[person]}")

    return _send(db, attempts, letter, kind="released", about_id=assignment.id, cohort=cohort, now=now)


def tell_given_back(db: Session, work: Work, following_id: int, *, now: datetime) -> int:
    """Everybody who worked on an attempt that a trainer has given back; how many letters."""
    if not mail_is_configured():
        return 0
    known, cohort = _title(db, work.cohort, work.assignment.exercise), work.cohort
    members = select(AttemptMember.enrolment_id).where(AttemptMember.attempt_id == following_id)
    wanted = select(Person).join(Enrolment, Enrolment.person_id == Person.id).where(Enrolment.id.in_(members))
    people = db.scalars(wanted.order_by(Person.id)).all()
    subject = say("“{title}” was given back to you", title=known)
    text = say(
        "Your trainer gave your answer to “{title}” ({cohort}) back. What you wrote is there again, and why:",
        title=known,
        cohort=cohort.name,
    )
    told = _Letter(subject, (text,), f"/attempts/{following_id}")
    return _send(db, people, lambda _: told, kind="given-back", about_id=work.attempt.id, cohort=cohort, now=now)


def tell_reviewers(
    db: Session,
    assignment: Assignment,
    asked: Mapping[int, int],
    *,
    path: str,
    closes_at: datetime | None,
    now: datetime,
    soon: bool = False,
) -> int:
    """Reviewers that answers wait for them, or with `soon` that the round closes before they are done.

    `asked`: enrolment id → how many answers are still without their review; `path`: where they review, as "/…". Whose
    answers they are stands nowhere. Returns how many letters; the same is told once a day.
    """
    waiting = {enrolment_id: count for enrolment_id, count in asked.items() if count}
    if not waiting or not mail_is_configured():
        return 0
    cohort = db.get_one(Cohort, assignment.cohort_id)
    known, zone = _title(db, cohort, assignment.exercise), ZoneInfo(cohort.zone)
    wanted = select(Person, Enrolment.id).join(Enrolment, Enrolment.person_id == Person.id)
    rows = db.execute(wanted.where(Enrolment.id.in_(waiting), Enrolment.withdrawn_at.is_(None)).order_by(Person.id))
    counts = {person: waiting[enrolment_id] for person, enrolment_id in rows}

    def letter(person: Person) -> _Letter:
        subject = (
            say("“{title}”: your reviews are due soon", title=known)
            if soon
            else say("“{title}”: answers wait for your review", title=known)
        )
        count = say(
            "Answers to “{title}” ({cohort}) that wait for your review: {count}.",
            title=known,
            cohort=cohort.name,
            count=counts[person],
        )
        return _Letter(subject, (count, *_until(closes_at, zone, _language(person))), path)

    kind = "reviews-due" if soon else "reviews-asked"
    return _send(db, counts, letter, kind=kind, about_id=assignment.id, cohort=cohort, now=now)


def tell_trainers(database: Database, *, now: datetime) -> int:
    """Trainers of cohorts in which answers wait for marks, if some are newer than their last letter; how many letters.

    Gathered: one letter a cohort and day at most, at daytime where the cohort is. Any number of workers may look.
    """
    if not mail_is_configured():
        return 0
    with database.reading() as db:
        due = _due(db, now)
    if not due:
        return 0
    with database.transaction() as db:
        return sum(_tell_of_waiting(db, person_id, cohort_id, now=now) for person_id, cohort_id in due[:MOST])


def clear_told(db: Session, *, now: datetime) -> None:
    """Forget what was told a quarter of a year ago."""
    db.execute(delete(Told).where(Told.at < now - KEPT))


def _due(db: Session, now: datetime) -> list[tuple[int, int]]:
    """Whom to tell about which cohort: (person id, cohort id), what has waited longest first."""
    last = (
        select(Told.person_id, Told.about_id, func.max(Told.at).label("at"))
        .where(Told.kind == "waiting")
        .group_by(Told.person_id, Told.about_id)
        .subquery()
    )
    rows = db.execute(
        select(CohortTrainer.person_id, Cohort.id, Cohort.zone, func.min(Submission.at), last.c.at)
        .join(Cohort, Cohort.id == CohortTrainer.cohort_id)
        .join(Assignment, Assignment.cohort_id == Cohort.id)
        .join(Attempt, Attempt.assignment_id == Assignment.id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .outerjoin(last, (last.c.person_id == CohortTrainer.person_id) & (last.c.about_id == Cohort.id))
        .where(Submission.needs_person, Attempt.returned_at.is_(None), Cohort.archived_at.is_(None))
        .where(last.c.at.is_(None) | (Submission.at > last.c.at))
        .group_by(CohortTrainer.person_id, Cohort.id, Cohort.zone, last.c.at)
        .order_by(func.min(Submission.at), Cohort.id, CohortTrainer.person_id)
    )
    return [(row[0], row[1]) for row in rows if _is_time(ZoneInfo(row[2]), first=row[3], told=row[4], now=now)]


def _is_time(zone: ZoneInfo, *, first: datetime, told: datetime | None, now: datetime) -> bool:
    here = now.astimezone(zone)
    again = told is None or told.astimezone(zone).date() < here.date()
    return again and now - first >= GATHERED_FOR and FROM_HOUR <= here.hour < TO_HOUR


def _tell_of_waiting(db: Session, person_id: int, cohort_id: int, *, now: datetime) -> int:
    cohort, person = db.get_one(Cohort, cohort_id), db.get_one(Person, person_id)
    rows = db.execute(
        select(Assignment.exercise, func.count())
        .join(Attempt, Attempt.assignment_id == Assignment.id)
        .join(Submission, Submission.attempt_id == Attempt.id)
        .where(Assignment.cohort_id == cohort_id, Submission.needs_person, Attempt.returned_at.is_(None))
        .group_by(Assignment.id, Assignment.exercise)
        .order_by(func.min(Submission.at))
    ).all()
    subject = say("{cohort}: {count} answers wait for marks", cohort=cohort.name, count=sum(row[1] for row in rows))
    if sum(row[1] for row in rows) == 1:
        subject = say("{cohort}: one answer waits for marks", cohort=cohort.name)
    counts = (say("{title}: {count}", title=_title(db, cohort, exercise), count=count) for exercise, count in rows)
    lines = "\n".join(in_words(each, _language(person)) for each in counts)
    told = _Letter(subject, (say("These answers wait for marks:"), lines), f"/marking?cohort={cohort_id}")
    return _send(db, [person], lambda _: told, kind="waiting", about_id=cohort_id, cohort=cohort, now=now)


def _send(
    db: Session,
    people: Iterable[Person],
    letter: Callable[[Person], _Letter],
    *,
    kind: str,
    about_id: int,
    cohort: Cohort,
    now: datetime,
) -> int:
    """Queue a letter to each who wants it and was not told today; how many. Nobody else does so until the commit."""
    day = now.astimezone(ZoneInfo(cohort.zone)).date()
    one_at_a_time(db, f"letters about {kind} {about_id}")
    wanted = select(Told.person_id).where(Told.kind == kind, Told.about_id == about_id, Told.day == day)
    told = set(db.scalars(wanted))
    due = [person for person in people if _wants_mail(person) and person.id not in told]
    db.add_all(Told(person_id=person.id, kind=kind, about_id=about_id, day=day, at=now) for person in due)
    for person in due:
        _queue(db, person, letter(person), cohort, key=_key(kind, about_id, person, day), now=now)
    return len(due)


def _wants_mail(person: Person) -> bool:
    return person.active and person.course_mail and bool(person.email)


def _key(kind: str, about_id: int, person: Person, day: date) -> str:
    """What tells this letter from all others, so that one that is sent twice can be recognised."""
    return f"{current_app.config['PUBLIC_URL']} {kind} {about_id} {person.id} {day}"


def _queue(db: Session, person: Person, letter: _Letter, cohort: Cohort, *, key: str, now: datetime) -> None:
    language, public_url = _language(person), str(current_app.config["PUBLIC_URL"])
    setting = f"{public_url}/profile#course-mail"
    why = say("You get this mail because of “{cohort}”. Such mail can be switched off here:", cohort=cohort.name)
    paragraphs: Sequence[Sentence | str] = (
        say("Hello {name},", name=person.display_name),
        *letter.paragraphs,
        f"{public_url}{letter.path}",
        why,
        setting,
    )
    text = "\n\n".join(each if isinstance(each, str) else in_words(each, language) for each in paragraphs)
    subject = in_words(letter.subject, language)
    queue_mail(db, to=person.email or "", subject=subject, text=f"{text}\n", key=key, now=now, switched_off_at=setting)


def _until(closes_at: datetime | None, zone: ZoneInfo, language: Language) -> tuple[Sentence, ...]:
    if closes_at is None:
        return ()
    return (say("Reviews are taken until {time}.", time=moment_in_words(closes_at, language, zone=zone)),)


def _language(person: Person) -> Language:
    return best_language(person.language)


def _title(db: Session, cohort: Cohort, exercise: str) -> str:
    """What an exercise is called, as plain text; its slug where the cohort's version has it no more."""
    spec = _spec(db, cohort, exercise)
    return bare_text(spec.title) if spec else exercise


def _spec(db: Session, cohort: Cohort, exercise: str) -> Spec | None:
    """An exercise as the cohort's version has it; None where it has it no more."""
    return course_of(db.get_one(CourseVersion, cohort.version_id)).exercises.get(exercise)
