"""Extra time as a form holds it: for whom, how many minutes or which share of the limit, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from app.assessment.assigning import read_minutes
from app.assessment.deadlines import MOST_EXTRA, wrong_reason
from app.web.forms import read_id
from app.words import Sentence, say

SHARES = ("25", "50", "100")
"""Of the minutes of an attempt, in percent: what is to be chosen beside minutes as they are typed."""
TYPED = "minutes"


@dataclass(frozen=True)
class TypedExtra:
    """What a form about extra time says, and what is wrong with it."""

    people: frozenset[int] = frozenset()
    """Their enrolments."""
    share: str = TYPED
    """One of SHARES, or TYPED."""
    typed: str = ""
    reason: str = ""
    minutes: int = 0
    """What it comes to; 0 where that cannot be read."""
    errors: Mapping[str, Sentence] = field(default_factory=dict)


def read_extra(form: MultiDict[str, str], known: Collection[int], limit: int | None) -> TypedExtra:
    """Read it; `known`: the enrolments to choose from, `limit`: of how many minutes a share is taken."""
    chosen = {read_id(each) for each in form.getlist("person")}
    share = form["share"] if limit and form.get("share") in SHARES else TYPED
    typed, reason = form.get("minutes", ""), form.get("reason", "").strip()
    errors: dict[str, Sentence] = {}
    if not chosen or not chosen <= set(known):
        errors["person"] = say("Choose who gets more time.")
    minutes = read_minutes(typed, most=MOST_EXTRA) if share == TYPED else share_of(limit or 0, share)
    if not isinstance(minutes, int):
        errors["minutes"] = minutes or say("Whole minutes from 1 to {most} go here.", most=MOST_EXTRA)
    if why := wrong_reason(reason):
        errors["reason"] = why
    people = frozenset(each for each in chosen if each in known and each is not None)
    return TypedExtra(people, share, typed, reason, minutes if isinstance(minutes, int) else 0, errors)


def share_of(limit: int, share: str) -> int:
    """So many percent of the minutes of an attempt, in whole minutes and never less."""
    return -(-limit * int(share) // 100)
