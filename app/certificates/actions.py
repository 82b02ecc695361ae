"""Writes about certificates: issued once for good, issued anew, revoked. None commits; each leaves an audit row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.accounts.actions import record, record_each
from app.accounts.queries import roles_of
from app.certificates.candidates import Candidate, candidate_of, candidates_in, snapshots_of
from app.certificates.codes import new_code
from app.certificates.design import look_now
from app.certificates.models import Certificate
from app.certificates.snapshots import Snapshot, paper_of
from app.cohorts.models import Cohort, Enrolment
from app.db import one_at_a_time
from app.documents import CannotPrint, certificates_to_pdf, unprintable
from app.errors import Mistyped, NotAllowed, UserError
from app.records.progress import FEW, refresh
from app.words import Sentence, say

ISSUING = "issuing certificates"
"""The turn that is taken before anybody looks who has a certificate: two at once must not issue two."""
LONGEST_REASON = 500
ROOMY = 120
"""Characters of names and titles that every design has room for; whether more fit is tried, which takes a moment."""


@dataclass(frozen=True)
class Issue:
    """What came of issuing to a cohort."""

    certificates: tuple[Certificate, ...]
    left_out: tuple[Sentence, ...]
    """Who got none, and why."""


def issue_certificate(db: Session, enrolment: Enrolment, *, by: int | None, now: datetime) -> Certificate:
    """The certificate of an enrolment: the one that stands, else a new one.

    Raises UserError for whoever has not completed the course or has a name that cannot be printed.
    """
    candidate = _next_in_turn(db, enrolment.id, by=by)
    return candidate.standing or _issue_one(db, candidate, by=by, now=now)


def reissue_certificate(db: Session, certificate: Certificate, *, by: int | None, now: datetime) -> Certificate:
    """A new certificate with what is true now: the person's name, their results, the design. The earlier is superseded.

    Raises UserError as issue_certificate does, and where somebody was faster.
    """
    candidate = _next_in_turn(db, certificate.enrolment_id, by=by)
    if candidate.last is None or candidate.last.id != certificate.id:
        raise UserError(say("A newer certificate was issued in its place already."))
    return _issue_one(db, candidate, by=by, now=now)


def issue_certificates(
    db: Session, cohort: Cohort, *, by: int | None, now: datetime, only: Collection[int] | None = None
) -> Issue:
    """Certificates for everybody in a cohort who has completed it and never had one; or for these enrolments.

    Whoever has one that stands keeps it. A name that cannot be printed is told, and the others get theirs.
    """
    _take_turn(db, by)
    _catch_up(db)
    everybody = candidates_in(db, cohort.id)
    wanted = [each for each in everybody if (each.last is None if only is None else each.enrolment.id in only)]
    ready = [each for each in wanted if each.may_get_one]
    refused = [_not_ready(each) for each in wanted if only is not None and each.standing is None and each not in ready]
    snapshots = _snapshots(db, ready, now=now)
    unprinted = {key: why for key, snapshot in snapshots.items() if (why := _unprintable(snapshot))}
    good = [each for each in ready if each.enrolment.id not in unprinted]
    issued = _add(db, good, snapshots, by=by, now=now)
    return Issue(issued, (*refused, *unprinted.values()))


def revoke_certificate(db: Session, certificate: Certificate, reason: str, *, by: int | None, now: datetime) -> None:
    """Take back what was certified, for good: a new certificate may be issued. Raises Mistyped without a reason."""
    _take_turn(db, by)
    db.flush()
    db.refresh(certificate, with_for_update=True)
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST_REASON or not reason.isprintable():
        raise Mistyped("reason", say("Say why in up to {most} characters. Only HR sees it.", most=LONGEST_REASON))
    if certificate.revoked_at is not None:
        return
    certificate.revoked_at, certificate.revoked_by_id, certificate.revoke_reason = now, by, reason
    record(db, "certificate-revoked", Certificate, object_id=certificate.id, by=by, now=now)


def _take_turn(db: Session, by: int | None) -> None:
    """Raises NotAllowed unless `by` is HR or the program itself (None)."""
    if by is not None and "HR" not in roles_of(db, by):
        raise NotAllowed(say("Only HR issues and revokes certificates."))
    one_at_a_time(db, ISSUING)


def _catch_up(db: Session) -> None:
    """Let completion follow what was ticked and marked a moment ago."""
    db.flush()
    refresh(db, limit=FEW)


def _next_in_turn(db: Session, enrolment_id: int, *, by: int | None) -> Candidate:
    _take_turn(db, by)
    _catch_up(db)
    return candidate_of(db, enrolment_id)


def _issue_one(db: Session, candidate: Candidate, *, by: int | None, now: datetime) -> Certificate:
    if not candidate.settled or candidate.completed_on is None:
        raise UserError(_not_ready(candidate))
    snapshots = _snapshots(db, [candidate], now=now)
    if why := _unprintable(snapshots[candidate.enrolment.id]):
        raise UserError(why)
    (issued,) = _add(db, [candidate], snapshots, by=by, now=now)
    return issued


def _snapshots(db: Session, candidates: Collection[Candidate], *, now: datetime) -> Mapping[int, Snapshot]:
    """Raises UserError where nobody said who issues: it would stand nowhere on the paper, for ever."""
    look = look_now(db)
    if candidates and not look.issuer:
        raise UserError(
            say("Nobody has said who issues certificates. Write it on the page about how they look, then issue them.")
        )
    return snapshots_of(db, candidates, look, now=now)


def _add(
    db: Session, candidates: Iterable[Candidate], snapshots: Mapping[int, Snapshot], *, by: int | None, now: datetime
) -> tuple[Certificate, ...]:
    rows = [
        {
            "enrolment_id": each.enrolment.id,
            "issue": each.last.issue + 1 if each.last else 1,
            "code": new_code(),
            "issued_at": now,
            "issued_by_id": by,
            "snapshot": snapshots[each.enrolment.id].model_dump(mode="json"),
            "revoke_reason": "",
        }
        for each in candidates
    ]
    # One statement for all; SQLAlchemy adds objects to SQLite one by one.
    added = db.scalars(insert(Certificate).returning(Certificate), rows).all() if rows else ()
    by_code = {each.code: each for each in added}
    issued = tuple(by_code[str(row["code"])] for row in rows)
    about = {each.id: {"enrolment": str(each.enrolment_id), "issue": str(each.issue)} for each in issued}
    record_each(db, "certificate-issued", Certificate, about=about, by=by, now=now)
    return issued


def _unprintable(snapshot: Snapshot) -> Sentence | None:
    """Why this cannot be printed, before it is issued: a frozen certificate cannot be mended."""
    paper = paper_of(snapshot, new_code(), public_url="")
    if character := unprintable(paper):
        return say(
            "{name} gets no certificate yet: the fonts have no “{character}”. Write it in another way.",
            name=snapshot.name,
            character=character,
        )
    if len(paper.name) + len(paper.course) + len(snapshot.cohort) > ROOMY:
        try:
            certificates_to_pdf([paper])
        except CannotPrint as full:
            return full.sentence
    return None


def _not_ready(candidate: Candidate) -> Sentence:
    if not candidate.settled:
        return say(
            "{name} gets no certificate yet: completion is being worked out. Try again in a minute.",
            name=candidate.name,
        )
    return say("{name} gets no certificate: they have not completed the course.", name=candidate.name)
