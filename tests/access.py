"""What the access tables of the features are made of: who calls, with what, and what each of them gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Who = Literal["anonymous", "trainee", "outsider", "trainer", "other_trainer", "author", "HR", "admin"]
WHO: tuple[Who, ...] = ("anonymous", "trainee", "outsider", "trainer", "other_trainer", "author", "HR", "admin")
"""Of cohort 1: somebody in it, somebody not in it, its trainer, a trainer of another; and people with other roles."""
Statuses = tuple[int, int, int, int, int, int, int, int]


@dataclass(frozen=True)
class Call:
    """One request, and the status that each of WHO gets, in that order. They call one after the other."""

    method: Literal["GET", "POST", "PATCH"]
    path: str
    statuses: Statuses
    form: tuple[tuple[str, str], ...] = ()
    json: Any = None


Table = dict[str, tuple[Call, ...]]
"""Endpoint → calls."""


def everyone(status: int) -> Statuses:
    return (status, status, status, status, status, status, status, status)


def signed_in(status: int) -> Statuses:
    """Anonymous people are asked to sign in."""
    return (302, status, status, status, status, status, status, status)


def only(status: int, *who: Who, anonymous: int = 302) -> Statuses:
    """These people get the status; to the others there is no such page, and anonymous people are asked to sign in."""
    inside, outside = set(who), 404
    a, b, c, d, e, f, g, h = (
        status if each in inside else anonymous if each == "anonymous" else outside for each in WHO
    )
    return (a, b, c, d, e, f, g, h)


def changing(status: int, *who: Who, anonymous: int = 422) -> Statuses:
    """Like `only`, for what changes something: anonymous people are told to sign in first, with 401 where they sent
    JSON.
    """
    return only(status, *who, anonymous=anonymous)
