"""What stands about reviews on the pages of an answer: for its authors what was said, for its trainers how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from markupsafe import Markup
from sqlalchemy.orm import Session

from app import clock
from app.assessment.beside import Place, drawn
from app.assessment.queries import Work, extra_minutes, marking_spec
from app.assessment.rules import may_see_result
from app.assessment.showing import cohort_time, head_of, points_in_words
from app.documents.blocks import Text
from app.documents.markdown import inline
from app.exercises import Spec
from app.reviewing.models import ReviewRound
from app.reviewing.queries import (
    Facts,
    facts_of,
    is_asked_of_nobody,
    leads,
    names_in,
    own_reviews,
    round_of,
    verdicts_in,
)
from app.reviewing.rounds import is_closed, is_reviewed
from app.reviewing.rules import WHY_WORDS, Said, counts
from app.reviewing.showing import why_of
from app.web.viewing import Viewer
from app.words import Sentence


@dataclass(frozen=True)
class Received:
    """One review as its author reads it."""

    by: str
    """Who gave it, where the author may know."""
    observed: bool
    levels: tuple[tuple[Text, str, Text | None], ...]
    """For each criterion the points, and the words of the level."""
    comment: str


def reviews_beside(db: Session, work: Work, viewer: Viewer, place: Place) -> Markup:
    """The part of the page; empty for exercises that nobody reviews. The same few statements for every answer."""
    if place == "sheet" or not is_reviewed(marking_spec(db, work)):
        return Markup()
    found = round_of(db, work.assignment.id)
    if found is None:
        return Markup()
    now = clock.now()
    if place == "desk":
        return _for_trainers(db, work, found, now)
    return _for_authors(db, work, found, viewer, now)


def _for_trainers(db: Session, work: Work, found: ReviewRound, now: datetime) -> Markup:
    return drawn(
        "reviewing/beside_desk.html",
        work=work,
        closed=is_closed(found, now),
        closes=cohort_time(work.cohort, found.closes_at),
        whys=_whys(db, work, closed=is_closed(found, now)),
    )


def _for_authors(db: Session, work: Work, found: ReviewRound, viewer: Viewer, now: datetime) -> Markup:
    mine = own_reviews(db, found.id, work.enrolment.id)
    extra = extra_minutes(db, work.cohort.id, work.assignment.exercise, [work.enrolment.id])
    may_see = may_see_result(work.spec, work.times.with_extra(extra), now)
    closed = is_closed(found, now)
    shows = closed and may_see and work.attempt.returned_at is None
    under_way = work.submission is not None and work.submission.asked and not closed
    return drawn(
        "reviewing/beside_outcome.html",
        work=work,
        head=head_of(work.spec, work.version),
        left=sum(each.done_at is None for each in mine),
        has_list=bool(mine) or (under_way and "peer" in work.spec.marking),
        closed=closed,
        closes=cohort_time(work.cohort, found.closes_at),
        may_name=not closed and "observer" in work.spec.marking and leads(db, viewer.person_id, work.attempt.id),
        under_way=under_way,
        lonely=under_way and is_asked_of_nobody(db, work.attempt.id),
        received=received_by(db, work, found) if shows else (),
        whys=_whys(db, work, closed=closed) if shows else (),
    )


def received_by(db: Session, work: Work, found: ReviewRound) -> tuple[Received, ...]:
    """The reviews of an answer that count, in an order that tells nothing of who gave them or when."""
    facts, spec = facts_of(db, found, work.cohort, work.assignment.exercise), marking_spec(db, work)
    given = [(each, "peer") for each in _counting(db, facts, work.attempt.id)]
    given += [(each, "observer") for each in facts.said(work.attempt.id, "observer") if each.counts is not False]
    names = {} if found.anonymous else names_in(db, [each.reviewer for each, _ in given])
    return tuple(
        Received(names.get(each.reviewer, ""), role == "observer", _levels(spec, each), each.comment)
        for each, role in sorted(given, key=lambda pair: _order(found, pair[0]))
    )


def _counting(db: Session, facts: Facts, attempt_id: int) -> list[Said]:
    """Those that went into what was put down; where the reviewers were left out, those that count by themselves."""
    verdict = verdicts_in(db, [attempt_id]).get((attempt_id, "peer"))
    if verdict is not None and verdict.earned is not None:
        return [each for each in facts.said(attempt_id) if each.marking_id in verdict.parts["from"]]
    return [each for each in facts.said(attempt_id) if counts(each, facts.stand)]


def _levels(spec: Spec, said: Said) -> tuple[tuple[Text, str, Text | None], ...]:
    return tuple(
        (
            inline(criterion.criterion),
            points_in_words(points),
            next((inline(level.text) for level in criterion.levels if level.points == points), None),
        )
        for criterion, points in zip(spec.rubric, said.levels, strict=True)
    )


def _order(found: ReviewRound, said: Said) -> bytes:
    return sha256(f"{found.seed}/{said.answer}/read/{said.review_id}".encode()).digest()


def _whys(db: Session, work: Work, *, closed: bool) -> tuple[Sentence, ...]:
    """Why reviewers or observers were left out of it."""
    verdicts = verdicts_in(db, [work.attempt.id])
    if closed and not verdicts and work.submission is not None and not work.submission.asked:
        return (WHY_WORDS["late"],)
    return tuple(why for why in map(why_of, verdicts.values()) if why)
