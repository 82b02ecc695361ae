"""A code that somebody typed or scanned: what it certifies, to anybody who holds it, and to no guesser."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.accounts.doors import Refused, TooSoon
from app.accounts.queries import longest_wait
from app.accounts.rules import NO_WAIT, Counter, code_counters
from app.certificates.codes import SAMPLE, is_whole, plain
from app.certificates.models import Certificate
from app.certificates.queries import CertificateState, row_of, rows_wanted
from app.certificates.snapshots import Snapshot
from app.cohorts.queries import home_zone
from app.db import Database


@dataclass(frozen=True)
class Verified:
    """There is such a certificate: what stands on it, and what it is worth now. Nothing else about the person."""

    code: str
    state: CertificateState
    snapshot: Snapshot
    revoked_on: date | None
    zone: ZoneInfo
    """The organisation's, in which days and moments are told."""


@dataclass(frozen=True)
class Slipped:
    """This is no code: its check characters do not fit. Nothing was looked up."""


@dataclass(frozen=True)
class IsSample:
    """The code of the sample."""


def verify_code(
    database: Database, typed: str, *, address: str, now: datetime
) -> Verified | IsSample | Slipped | Refused | TooSoon:
    """Look for the certificate of a code. Unknown ones are all alike, and to be counted by the caller."""
    code = plain(typed)
    if not is_whole(code):
        return Slipped()
    if code == SAMPLE:
        return IsSample()
    counted = guess_counters(address)
    with database.reading() as db:
        wait = longest_wait(db, counted, now)
        if wait > NO_WAIT:
            return TooSoon(wait)
        found = db.execute(rows_wanted().where(Certificate.code == code)).one_or_none()
        if found is None:
            return Refused(counted)
        zone = ZoneInfo(home_zone(db))
    row = row_of(found, now.astimezone(zone).date())
    revoked_on = row.revoked_at and row.revoked_at.astimezone(zone).date()
    return Verified(row.code, row.state, row.snapshot, revoked_on, zone)


def guess_counters(address: str) -> tuple[Counter, ...]:
    """What an unknown code is counted under: where it came from, and apart from signing in."""
    from_there, _everywhere = code_counters(address)
    return (replace(from_there, key=f"certificates {from_there.key}"),)
