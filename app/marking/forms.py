"""What trainers type on the marking pages, read: points, levels, comments and reasons, each with its complaint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from app.assessment.rubrics import read_judgement, read_text
from app.assessment.rules import Result
from app.assessment.saves import read_id
from app.exercises import Spec
from app.exercises.numbers import in_figures, read_number
from app.words import Sentence, say

MOST_REASON = 1_000
FINEST = 10_000
"""The largest denominator of points set by hand."""


@dataclass(frozen=True)
class Draft:
    """What stands in the forms of a marking page, and what is wrong with it."""

    chosen: tuple[Fraction | None, ...] = ()
    comment: str = ""
    points: str = ""
    """As typed; read in `value`."""
    value: Fraction | None = None
    reason: str = ""
    seen: int = 0
    """The newest marking by a person that the page knew."""
    read: int | None = None
    """The newest change of the answer that the page showed, 0 for none; None: it did not say."""
    used: str = ""
    """Which of the forms was sent."""
    errors: Mapping[str, Sentence] = field(default_factory=dict)
    """Field name → sentence."""

    @property
    def levels(self) -> tuple[Fraction, ...]:
        return tuple(points for points in self.chosen if points is not None)


def draft_of(result: Result, seen: int) -> Draft:
    """The forms as they stand when the page is opened."""
    return Draft(result.levels, result.comment, seen=seen)


def read_marking(spec: Spec, form: Mapping[str, str]) -> Draft:
    """Levels and comment; a comment where there is no rubric."""
    found = read_judgement(spec, form)
    errors = dict(found.errors)
    if not spec.rubric and not found.comment and not errors:
        errors["comment"] = say("Write what you have to say: this exercise has no rubric.")
    seen, read = read_id(form.get("seen")), read_id(form["change"]) if "change" in form else None
    return Draft(found.chosen, found.comment, seen=seen, read=read, used="mark", errors=errors)


def read_override(spec: Spec, form: Mapping[str, str]) -> Draft:
    """Points with the reason for them."""
    typed = form.get("points", "")
    points: Fraction | Sentence | None = read_points(typed, spec.points)
    reason, errors = _read_reason(form)
    if isinstance(points, Sentence):
        errors["points"] = points
        points = None
    return Draft(
        points=typed[:80], value=points, reason=reason, seen=read_id(form.get("seen")), used="override", errors=errors
    )


def read_take_back(_spec: Spec, form: Mapping[str, str]) -> Draft:
    """Nothing but what the page knew."""
    return Draft(seen=read_id(form.get("seen")), used="take-back")


def read_return(_spec: Spec, form: Mapping[str, str]) -> Draft:
    """The reason for giving an attempt back."""
    reason, errors = _read_reason(form)
    return Draft(reason=reason, used="return", errors=errors)


def read_reopen(_spec: Spec, form: Mapping[str, str]) -> Draft:
    """The reason for opening an attempt again."""
    reason, errors = _read_reason(form)
    return Draft(reason=reason, used="reopen", errors=errors)


def read_points(typed: str, most: Fraction) -> Fraction | Sentence:
    """Points that somebody typed, as decimal or fraction: from 0 to what can be earned."""
    number = read_number(typed)
    if number is None:
        return say("Type the points, for example 7.5.")
    if isinstance(number, Sentence):
        return number
    if number.percent:
        return say("Points are wanted here, not a share of them.")
    if not 0 <= number.value <= most:
        return say("Points go from 0 to {most}.", most=in_figures(most))
    if number.value.denominator > FINEST:
        return say("Points have at most four decimals.")
    return number.value


def _read_reason(form: Mapping[str, str]) -> tuple[str, dict[str, Sentence]]:
    reason, wrong = read_text(form.get("reason", ""), MOST_REASON)
    if wrong:
        return reason, {"reason": wrong}
    if not reason:
        return reason, {"reason": say("Say why: they will read it.")}
    return reason, {}
