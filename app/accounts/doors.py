"""A try to come in: looked at without a write transaction, because comparing passwords takes its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts.passwords import password_fits
from app.accounts.queries import Credentials, credentials_of, longest_wait
from app.accounts.rules import NO_WAIT, Counter, counters
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


def _device_of(credentials: Credentials | None, caller: Caller) -> str | None:
    """The id of the caller's device, if it is one that this very account was used on."""
    if credentials is None or caller.device is None or caller.device.person_id != credentials.person_id:
        return None
    return caller.device.id
