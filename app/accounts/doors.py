"""A try to come in: looked at without a write transaction, because comparing passwords takes its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts.passwords import password_fits
from app.accounts.queries import Credentials, credentials_of, longest_wait
from app.accounts.rules import NO_WAIT
from app.db import Database


@dataclass(frozen=True)
class Admitted:
    """The password is right."""

    credentials: Credentials


@dataclass(frozen=True)
class Refused:
    """The name or the password is not right; which of them, nobody is told."""


@dataclass(frozen=True)
class TooSoon:
    """Too many failures lately: this try was not looked at."""

    wait: timedelta


def try_password(
    database: Database, identifier: str, password: str, *, address: str, now: datetime
) -> Admitted | Refused | TooSoon:
    """Compare a typed password. An unknown name takes as long as a wrong password."""
    with database.reading() as db:
        wait = longest_wait(db, identifier, address, now=now)
        credentials = credentials_of(db, identifier)
    if wait > NO_WAIT:
        return TooSoon(wait)
    fits = password_fits(password, credentials.password_hash if credentials else None)
    return Admitted(credentials) if credentials and fits else Refused()
