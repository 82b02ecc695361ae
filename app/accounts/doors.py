"""A try to come in: looked at without a write transaction, because comparing passwords takes its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts.invitations import Invited, invited_by
from app.accounts.passwords import password_fits
from app.accounts.queries import Credentials, credentials_of, longest_wait, own_credentials
from app.accounts.rules import NO_WAIT, Counter, code_counters, counters, own_counters
from app.db import Database


@dataclass(frozen=True)
class Admitted:
    """The password is right."""

    credentials: Credentials
    counters: tuple[Counter, ...]


@dataclass(frozen=True)
class Refused:
    """The name or the password is not right; which of them, nobody is told."""

    counters: tuple[Counter, ...]


@dataclass(frozen=True)
class TooSoon:
    """Too many failures lately: this try was not looked at."""

    wait: timedelta


@dataclass(frozen=True)
class KnownDevice:
    """A browser that somebody signed in with before."""

    id: str
    person_id: int


@dataclass(frozen=True)
class Caller:
    """Where a try comes from."""

    address: str
    device: KnownDevice | None


def try_password(
    database: Database, identifier: str, password: str, *, caller: Caller, now: datetime
) -> Admitted | Refused | TooSoon:
    """Compare a typed password. An unknown name takes as long as a wrong password."""
    with database.reading() as db:
        credentials = credentials_of(db, identifier)
        counted = counters(identifier, caller.address, device=_device_of(credentials, caller))
        wait = longest_wait(db, counted, now)
    if wait > NO_WAIT:
        return TooSoon(wait)
    fits = password_fits(password, credentials.password_hash if credentials else None)
    return Admitted(credentials, counted) if credentials and fits else Refused(counted)


def try_code(database: Database, code: str, *, address: str, now: datetime) -> Invited | Refused | TooSoon:
    """Look whom a one-time code is for. An unknown, used or expired one is the same as any other guess."""
    counted = code_counters(address)
    with database.reading() as db:
        wait = longest_wait(db, counted, now)
        if wait > NO_WAIT:
            return TooSoon(wait)
        return invited_by(db, code, now) or Refused(counted)


def try_own_password(
    database: Database, person_id: int, password: str, *, address: str, now: datetime
) -> Admitted | Refused | TooSoon:
    """Compare a password that somebody signed in types once more: an open door may be used by another."""
    counted = own_counters(person_id, address)
    with database.reading() as db:
        credentials = own_credentials(db, person_id)
        wait = longest_wait(db, counted, now)
    if wait > NO_WAIT:
        return TooSoon(wait)
    return Admitted(credentials, counted) if password_fits(password, credentials.password_hash) else Refused(counted)


def _device_of(credentials: Credentials | None, caller: Caller) -> str | None:
    """The id of the caller's device, if it is one that this very account was used on."""
    if credentials is None or caller.device is None or caller.device.person_id != credentials.person_id:
        return None
    return caller.device.id
