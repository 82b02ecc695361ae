"""Decisions about people over plain values: what they are called, how long a door stays open, how slow guessers go."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Literal

from app.web.viewing import ROLES, RoleName, Viewer
from app.words import Sentence, say

NUMBER = re.compile(r"[A-Z0-9._-]{1,64}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
LONGEST_NAME, LONGEST_EMAIL = 200, 254
IDLE = timedelta(hours=12)
AT_MOST = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=15)
"""`last_seen_at` is no finer than this, so that looking at pages rarely writes."""


def is_open(created_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
    """Whether a sign-in that nobody ended still counts."""
    return now - last_seen_at < IDLE and now - created_at < AT_MOST


@dataclass(frozen=True)
class Pace:
    """How failed tries slow down the next one. Nobody is locked out: the wait is bounded, and failures fade."""

    free: int
    """Failures that cost nothing."""
    longest: timedelta
    half_life: timedelta = timedelta(minutes=15)


ACCOUNT = Pace(free=5, longest=timedelta(minutes=5))
ADDRESS = Pace(free=30, longest=timedelta(minutes=1))  # a classroom shares one address
EVERYWHERE = Pace(free=300, longest=timedelta(seconds=2))
NO_WAIT = timedelta()


@dataclass(frozen=True)
class Failures:
    """Failed tries as they stand in a row: the number when it was last written."""

    number: float
    at: datetime


def faded(failures: Failures, pace: Pace, now: datetime) -> float:
    """The failures that still count: half of them after each half-life."""
    passed = max(now - failures.at, timedelta())
    return float(failures.number * 0.5 ** (passed / pace.half_life))


def wait_left(failures: Failures | None, pace: Pace, now: datetime) -> timedelta:
    """How long until the next try is looked at: 1 s after the free ones, doubling with each failure."""
    if failures is None or (over := int(failures.number) - pace.free) < 0:
        return NO_WAIT
    wait = min(timedelta(seconds=2 ** min(over, 30)), pace.longest)
    return max(failures.at + wait - now, NO_WAIT)


Purpose = Literal["invitation", "reset"]
"""What a one-time code is for: the first password, or another one for a forgotten one."""
INVITED_FOR = timedelta(days=30)
RESET_BY_MAIL = timedelta(hours=2)
RESET_ON_PAPER = timedelta(days=3)
LETTERS_AN_HOUR = 3
"""Mails with a code to one person."""


def life_of(purpose: Purpose, *, on_paper: bool) -> timedelta:
    """How long a one-time code works."""
    if purpose == "invitation":
        return INVITED_FOR
    return RESET_ON_PAPER if on_paper else RESET_BY_MAIL


def may_invite(own: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether somebody with some roles may make a code for somebody with others.

    A code opens an account: a trainer who could make one for an admin would be one.
    """
    return "admin" in own or ("trainer" in own and not theirs)


def number_refusal(number: str) -> Sentence | None:
    """Why nobody can have this number; None: they can."""
    if NUMBER.fullmatch(number):
        return None
    return say("A number is made of up to 64 letters, digits, dots, hyphens and underscores.")


def name_refusal(name: str) -> Sentence | None:
    """Why people cannot be called so on pages and paper."""
    if 0 < len(name) <= LONGEST_NAME and name == name.strip() and name.isprintable():
        return None
    return say("A person needs a name of up to 200 characters that can be printed.")


def email_refusal(email: str) -> Sentence | None:
    """Why this is no address."""
    if len(email) > LONGEST_EMAIL:
        return say("An e-mail address has at most {most} characters.", most=LONGEST_EMAIL)
    if EMAIL.fullmatch(email) and email.isprintable():
        return None
    return say("An e-mail address looks like name@example.com.")


FIRST_STEPS: dict[RoleName, Sentence] = {
    "trainer": say("Before class: open a course for its session plan, run sheet, materials list and answer key."),
    "author": say("A course is a folder of text: the command flask content check says what is wrong in it, and where."),
    "HR": say("Begin with Completion: who is not through and why, and from there each person's record."),
    "admin": say("Under People you add somebody and print a slip, with which they choose their password."),
}


def first_steps(viewer: Viewer) -> tuple[Sentence, ...]:
    """What somebody with these roles may want to do first."""
    return tuple(FIRST_STEPS[role] for role in ROLES if role in viewer.roles)


@dataclass(frozen=True)
class Counter:
    """One of the things a failed try is counted under. Its key is a hash: the table must not tell who tried."""

    key: str
    pace: Pace


def counters(identifier: str, address: str, *, device: str | None) -> tuple[Counter, ...]:
    """What a try is counted under, its account first.

    A device that the account was used on before has a counter of its own: strangers who guess do not slow it down.
    """
    if device is not None:
        return (Counter(f"device:{_digest(device)}", ACCOUNT),)
    return (Counter(f"account:{_digest(normalised(identifier))}", ACCOUNT), *code_counters(address))


def code_counters(address: str) -> tuple[Counter, ...]:
    """What a try with a code is counted under: whose account it would open, nobody knows."""
    return (Counter(f"address:{_digest(_network(address))}", ADDRESS), Counter("everywhere", EVERYWHERE))


def own_counters(person_id: int, address: str) -> tuple[Counter, ...]:
    """What a try of somebody signed in is counted under; strangers at the door do not slow it down."""
    return (Counter(f"person:{person_id}", ACCOUNT), *code_counters(address))


def letter_counters(address: str) -> tuple[Counter, ...]:
    """What asking for a mail is counted under: apart from signing in, which it must not slow down."""
    return (Counter(f"letters:{_digest(_network(address))}", ADDRESS),)


def normalised(identifier: str) -> str:
    """A number or e-mail address as it is compared: without outer white space, in lower case.

    By way of upper case, because `ı` becomes an `I` there: one account must not have two counters.
    """
    return identifier.strip().upper().casefold()


def _network(address: str) -> str:
    """The caller's address; of IPv6 the /64, which is the least that anybody has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or IPv6Network((parsed, 64), strict=False))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
