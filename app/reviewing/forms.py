"""What trainers type about a round, read: how many reviewers, until when, which sample."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from app.exercises import Spec
from app.reviewing.models import ReviewRound
from app.reviewing.rounds import Plan
from app.web.forms import read_id
from app.web.moments import read_moment, typed_moment
from app.words import Sentence, say

MOST_REVIEWERS = 9


@dataclass(frozen=True)
class TypedPlan:
    """The form of a round as it stands, and what is wrong with it."""

    typed: Mapping[str, str]
    anonymous: bool
    plan: Plan | None = None
    """None where something cannot be read."""
    errors: Mapping[str, Sentence] = field(default_factory=dict)


def shown_plan(spec: Spec, found: ReviewRound | None, zone: ZoneInfo) -> TypedPlan:
    """The form when the page is opened: as the round goes, else as the exercise says."""
    if found is None:
        wanted = spec.reviewing
        numbers = (wanted.reviewers, wanted.least) if wanted else (3, 2)
        typed = {"reviewers": str(numbers[0]), "least": str(numbers[1]), "closes": "", "sample": ""}
        return TypedPlan(typed, anonymous=wanted.anonymous if wanted else True)
    typed = {
        "reviewers": str(found.reviewers),
        "least": str(found.least),
        "closes": typed_moment(found.closes_at, zone),
        "sample": str(found.sample_id or ""),
    }
    return TypedPlan(typed, anonymous=found.anonymous)


def read_plan(form: Mapping[str, str], zone: ZoneInfo, samples: Collection[int]) -> TypedPlan:
    """Read it; `samples`: the answers that can be judged first."""
    typed = {name: form.get(name, "")[:40] for name in ("reviewers", "least", "closes", "sample")}
    errors: dict[str, Sentence] = {}
    reviewers, least = _number(typed["reviewers"]), _number(typed["least"])
    for name, number in (("reviewers", reviewers), ("least", least)):
        if number is None:
            errors[name] = say("A whole number from 1 to {most} goes here.", most=MOST_REVIEWERS)
    if reviewers and least and least > reviewers:
        errors["least"] = say("An answer gets {count} reviews: it cannot need more of them.", count=reviewers)
    closes = read_moment(typed["closes"], zone)
    if isinstance(closes, Sentence):
        errors["closes"] = closes
    sample = read_id(typed["sample"])
    if typed["sample"] and sample not in samples:
        errors["sample"] = say("Choose an answer from the list.")
    anonymous = form.get("anonymous") == "yes"
    if errors or isinstance(closes, Sentence) or not (reviewers and least):
        return TypedPlan(typed, anonymous, errors=errors)
    return TypedPlan(typed, anonymous, Plan(reviewers, least, anonymous, closes, sample))


def _number(typed: str) -> int | None:
    text = typed.strip()
    known = text.isascii() and text.isdigit() and len(text) == 1
    return int(text) if known and 1 <= int(text) <= MOST_REVIEWERS else None
