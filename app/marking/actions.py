"""Writes of those who mark: marks, points against the key, giving back, handing in for somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.actions import record
from app.accounts.models import Person
from app.assessment.actions import Graded, submit
from app.assessment.letters import tell_given_back
from app.assessment.marks import add_marking, raise_revision, refuse_if_final, settle_marks
from app.assessment.models import AnswerChange, Attempt, AttemptMember, Submission
from app.assessment.queries import Work, marking_spec
from app.assessment.rules import Mark, is_over, result_of, rubric_marking, rubric_version
from app.assessment.standing import set_end
from app.assessment.writing import Written
from app.cohorts.actions import refuse_archived
from app.cohorts.models import Enrolment
from app.db import one_at_a_time
from app.errors import UserError
from app.exercises import Spec
from app.exercises.checks import CHECKED
from app.exercises.numbers import in_figures
from app.marking.queries import GivenMarking, markings_of, newest_by_person
from app.words import say


class MarkedMeanwhile(UserError):
    """Another trainer marked this answer after the page was opened; nothing of what was sent is kept."""


class ChangedMeanwhile(UserError):
    """The answer itself is another one by now than on the page; nothing of what was sent is kept."""


def mark_attempt(
    db: Session,
    work: Work,
    levels: Sequence[Fraction],
    *,
    comment: str,
    seen: int,
    by: int,
    now: datetime,
    read: int | None = None,
) -> None:
    """Give the points of each criterion, and a comment. `seen`: the newest marking that the page knew.

    `read`: the newest change of the answer that the page showed. Sending the same again changes nothing. Raises
    MarkedMeanwhile, ChangedMeanwhile, and UserError for what cannot be marked.
    """
    submission = refuse_unless_open_to_marks(work, now)
    refuse_if_changed_meanwhile(submission, read)
    refuse_unknown_levels(marking_spec(db, work), levels)
    points, parts = sum(levels, Fraction(0)), rubric_marking(levels)
    given = markings_of(db, work.attempt.id)
    said = Mark("trainer", points, parts, comment)
    if _says_the_same(given, said, submission, by=by) and given[-1].rubric == rubric_version(marking_spec(db, work)):
        return  # with another rubric the same levels say something else
    refuse_if_marked_meanwhile(given, seen)
    change_id = submission.change_id
    add_marking(db, work, "trainer", by=by, now=now, earned=points, parts=parts, comment=comment, change_id=change_id)
    settle_marks(db, work)
    record(db, "attempt-marked", Attempt, object_id=work.attempt.id, by=by, now=now, points=in_figures(points))


def override_points(
    db: Session, work: Work, points: Fraction, *, reason: str, seen: int, by: int, now: datetime
) -> None:
    """Set the points of an attempt against key and rubric. Raises like `mark_attempt`."""
    submission = refuse_unless_open_to_marks(work, now)
    most = marking_spec(db, work).points
    if not 0 <= points <= most:
        raise UserError(say("Points go from 0 to {most}.", most=in_figures(most)))
    given = markings_of(db, work.attempt.id)
    if _says_the_same(given, Mark("override", points, {}, reason=reason), submission, by=by):
        return
    refuse_if_marked_meanwhile(given, seen)
    add_marking(db, work, "override", by=by, now=now, earned=points, reason=reason, change_id=submission.change_id)
    settle_marks(db, work)
    record(db, "attempt-overridden", Attempt, object_id=work.attempt.id, by=by, now=now, points=in_figures(points))


def take_back_override(db: Session, work: Work, *, seen: int, by: int, now: datetime) -> None:
    """Let key and rubric count again. Doing it twice does it once."""
    submission = refuse_unless_open_to_marks(work, now)
    given = markings_of(db, work.attempt.id)
    if not result_of(marking_spec(db, work), (each.mark for each in given)).overridden:
        return
    refuse_if_marked_meanwhile(given, seen)
    add_marking(db, work, "override", by=by, now=now, earned=None, change_id=submission.change_id)
    settle_marks(db, work)
    record(db, "override-taken-back", Attempt, object_id=work.attempt.id, by=by, now=now)


def give_back(db: Session, work: Work, written: Written, *, reason: str, reopened: bool, by: int, now: datetime) -> int:
    """Give an attempt back, to be revised or because it was handed in by mistake; the id of the one that follows it.

    The next attempt begins with what stood in this one, and does not count against the number of attempts. The
    caller has the turn of the attempt.
    """
    refuse_unless_open_to_marks(work, now)
    members = _members_in_turn(db, work.attempt.id)
    newest = _newest_numbers(db, work, members)
    if any(newest[member.enrolment_id] > member.number for member in members):
        raise UserError(say("There is a newer attempt: this one can no longer be given back."))
    work.attempt.returned_at, work.attempt.returned_by_id, work.attempt.return_reason = now, by, reason
    work.attempt.sweep_at = None
    following = _attempt_after(db, work, members, now=now)
    if written.values:
        db.add(_carried_over(following.id, written, by=by, now=now))
    raise_revision(db, work)
    action = "attempt-reopened" if reopened else "attempt-returned"
    record(db, action, Attempt, object_id=work.attempt.id, by=by, now=now, next_attempt=str(following.id))
    tell_given_back(db, work, following.id, now=now)
    return following.id


def hand_in_for(db: Session, work: Work, known: Graded, *, by: int, now: datetime) -> None:
    """Hand in what somebody saved and never handed in, once they cannot any more. Doing it twice does it once."""
    if work.submission is not None:
        return
    refuse_archived(work.cohort)
    if work.attempt.returned_at is not None:
        raise UserError(say("This attempt was given back: look at the newest one."))
    if not known.change_id:
        raise UserError(say("Nothing was written in this attempt: there is nothing to hand in."))
    if not can_hand_in_no_more(db, work, now):
        raise UserError(say("The exercise is still open: they can hand in themselves. Set a closing time first."))
    submit(db, work, known, by=by, now=now)
    record(db, "attempt-handed-in-for", Attempt, object_id=work.attempt.id, by=by, now=now)


def can_hand_in_no_more(db: Session, work: Work, now: datetime) -> bool:
    """Whether the time is over, or everybody who worked on it is gone: one of a group hands in for all."""
    if is_over(work.ends_at, now):
        return True
    there = (
        select(AttemptMember.enrolment_id)
        .join(Enrolment, Enrolment.id == AttemptMember.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(AttemptMember.attempt_id == work.attempt.id, Enrolment.withdrawn_at.is_(None), Person.active)
    )
    return db.scalars(there).first() is None


def refuse_unless_markable(work: Work) -> Submission:
    """The submission that is marked. Raises UserError where there is none, or none that counts."""
    refuse_archived(work.cohort)
    if work.submission is None:
        raise UserError(say("Only what was handed in can be marked."))
    if work.attempt.returned_at is not None:
        raise UserError(say("This attempt was given back: look at the newest one."))
    return work.submission


def refuse_unless_open_to_marks(work: Work, now: datetime) -> Submission:
    """The submission that gets a marking. Raises UserError also where the marks are final."""
    submission = refuse_unless_markable(work)
    refuse_if_final(work, now)
    return submission


def refuse_unknown_levels(spec: Spec, levels: Sequence[Fraction]) -> None:
    """Raises UserError where these are not one level of each criterion."""
    known = [{level.points for level in criterion.levels} for criterion in spec.rubric]
    if len(levels) != len(known) or any(points not in those for points, those in zip(levels, known, strict=False)):
        raise UserError(say("Choose one level for each criterion of the rubric."))


def _says_the_same(given: Sequence[GivenMarking], mark: Mark, submission: Submission, *, by: int) -> bool:
    """Whether the newest marking is this one, by the same person, of the answer as it stands."""
    newest = given[-1] if given else None
    if newest is None or (newest.by_id, newest.change_id) != (by, submission.change_id):
        return False
    return replace(newest.mark, by="", at=None) == mark


def refuse_if_marked_meanwhile(given: Sequence[GivenMarking], seen: int) -> None:
    """Raises MarkedMeanwhile where a trainer marked after what a page knew."""
    if newest_by_person(given) > seen:
        raise MarkedMeanwhile(
            say("Somebody marked this answer while your page was open. Compare both, then save what is right.")
        )


def refuse_if_changed_meanwhile(submission: Submission, read: int | None) -> None:
    """Raises ChangedMeanwhile where the answer that counts is not the one that a page showed."""
    if read is not None and read != (submission.change_id or 0):
        raise ChangedMeanwhile(
            say("The answer changed while your page was open, and stands here as it is now. Read it, then save.")
        )


def _members_in_turn(db: Session, attempt_id: int) -> list[AttemptMember]:
    """Who worked on an attempt; none of them begins another before the commit."""
    wanted = select(AttemptMember).where(AttemptMember.attempt_id == attempt_id).order_by(AttemptMember.enrolment_id)
    members = list(db.scalars(wanted))
    for member in members:
        one_at_a_time(db, f"attempts of {member.enrolment_id}")
    return members


def _newest_numbers(db: Session, work: Work, members: Sequence[AttemptMember]) -> dict[int, int]:
    rows = db.execute(
        select(AttemptMember.enrolment_id, AttemptMember.number)
        .where(AttemptMember.assignment_id == work.assignment.id)
        .where(AttemptMember.enrolment_id.in_([member.enrolment_id for member in members]))
        .order_by(AttemptMember.number)
    )
    return {row.enrolment_id: row.number for row in rows}


def _attempt_after(db: Session, work: Work, members: Sequence[AttemptMember], *, now: datetime) -> Attempt:
    """The next attempt of the same people at the same sheet."""
    following = Attempt(
        assignment_id=work.assignment.id,
        version_id=work.attempt.version_id,
        group_id=work.attempt.group_id,
        seed=work.attempt.seed,
        carried=work.attempt.carried,
        started_at=now,
    )
    set_end(db, following, work.assignment, [member.enrolment_id for member in members], revises=True)
    db.add(following)
    db.flush()
    db.add_all(
        AttemptMember(
            attempt_id=following.id,
            enrolment_id=member.enrolment_id,
            assignment_id=work.assignment.id,
            number=member.number + 1,
        )
        for member in members
    )
    return following


def _carried_over(attempt_id: int, written: Written, *, by: int, now: datetime) -> AnswerChange:
    """What stood there; whoever revises may change also what was checked."""
    return AnswerChange(
        attempt_id=attempt_id,
        client="return",
        seq=1,
        base=0,
        fields={name: text for name, text in written.values.items() if not name.startswith(f"{CHECKED}.")},
        stale=[],
        at=now,
        by_id=by,
    )
