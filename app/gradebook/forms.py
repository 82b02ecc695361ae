"""What is typed about a gradebook, its rules and what somebody supposes: read, each with its complaint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from app.assessment.table_queries import ExerciseColumn
from app.assessment.writing import is_storable
from app.exercises.numbers import in_figures, read_number
from app.gradebook.rules import COUNTINGS, HUNDRED, ExerciseRule, LateRule, Rules
from app.words import Sentence, say

MOST_WEIGHT, FINEST, MOST_DROPPED, MOST_GRACE, MOST_CATEGORY = 1_000, 10_000, 99, 7 * 24 * 60, 40
CATEGORIES = 5
"""Lines for what is left out of a category, besides the one for exercises without a category."""


@dataclass(frozen=True)
class TypedRules:
    """The rules as a form holds them, and what is wrong with them."""

    typed: Mapping[str, str]
    errors: Mapping[str, Sentence] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)


def shown_rules(columns: Sequence[ExerciseColumn], rules: Rules) -> dict[str, str]:
    """The rules as a form shows them."""
    shown = {
        "grace": str(rules.late.grace or ""),
        "percent": str(rules.late.percent or ""),
        "most": "" if rules.late.most == HUNDRED else str(rules.late.most),
        "drop.0": str(rules.dropped.get("", "") or ""),
    }
    for column in columns:
        rule = rules.of(column.slug)
        shown[f"weight.{column.slug}"] = "" if rule.weight is None else in_figures(rule.weight)
        shown[f"counting.{column.slug}"] = rule.counting or ""
        shown[f"category.{column.slug}"] = rule.category
    named = [(category, str(count)) for category, count in sorted(rules.dropped.items()) if category]
    for number in range(1, CATEGORIES + 1):
        category, count = named[number - 1] if number <= len(named) else ("", "")
        shown[f"drop-of.{number}"], shown[f"drop.{number}"] = category, count
    return shown


def read_rules(columns: Sequence[ExerciseColumn], form: Mapping[str, str], before: Rules) -> TypedRules:
    """What somebody typed. What the form leaves out stays as it is, and so do rules of exercises that are gone."""
    typed = {name: form.get(name, text)[:200] for name, text in shown_rules(columns, before).items()}
    errors: dict[str, Sentence] = {}
    exercises = dict(before.exercises)
    for column in columns:
        exercises[column.slug] = _read_exercise(column.slug, typed, errors)
    late = LateRule(
        _read_whole(typed, "grace", MOST_GRACE, errors) or 0,
        _read_whole(typed, "percent", HUNDRED, errors) or 0,
        HUNDRED if (most := _read_whole(typed, "most", HUNDRED, errors)) is None else most,
    )
    categories = {exercises[column.slug].category for column in columns}
    return TypedRules(typed, errors, Rules(exercises, _read_dropped(typed, categories, errors), late))


@dataclass(frozen=True)
class Supposed:
    """What a trainee supposes about exercises, and what is wrong with it."""

    typed: Mapping[str, str]
    """Slug → as typed."""
    errors: Mapping[str, Sentence]
    points: Mapping[str, Fraction]


def read_supposed(possible: Mapping[str, Fraction], form: Mapping[str, str]) -> Supposed:
    """Points for exercises in fields like «if.needs»; blank: as it stands."""
    typed = {slug: form.get(f"if.{slug}", "").strip()[:80] for slug in possible}
    read = {slug: _read_number(text, most) for slug, most in possible.items() if (text := typed[slug])}
    return Supposed(
        typed,
        {slug: each for slug, each in read.items() if isinstance(each, Sentence)},
        {slug: each for slug, each in read.items() if isinstance(each, Fraction)},
    )


def _read_exercise(slug: str, typed: Mapping[str, str], errors: dict[str, Sentence]) -> ExerciseRule:
    weight = None
    if text := typed[f"weight.{slug}"].strip():
        read = _read_number(text, Fraction(MOST_WEIGHT))
        if isinstance(read, Sentence):
            errors[f"weight.{slug}"] = read
        else:
            weight = read
    counting = next((each for each in COUNTINGS if each == typed[f"counting.{slug}"]), None)
    category = _category(typed[f"category.{slug}"])
    if len(category) > MOST_CATEGORY or not all(map(is_storable, category)):
        errors[f"category.{slug}"] = say("A category takes {most} characters of plain text.", most=MOST_CATEGORY)
    return ExerciseRule(weight, counting, category)


def _read_dropped(typed: Mapping[str, str], categories: set[str], errors: dict[str, Sentence]) -> dict[str, int]:
    found = {"": _read_whole(typed, "drop.0", MOST_DROPPED, errors) or 0}
    for number in range(1, CATEGORIES + 1):
        category = _category(typed[f"drop-of.{number}"])
        count = _read_whole(typed, f"drop.{number}", MOST_DROPPED, errors) or 0
        if category and category not in categories:
            errors[f"drop-of.{number}"] = say("No exercise is in this category. Write it as it stands above.")
        elif category and found.get(category):
            errors[f"drop-of.{number}"] = say("This category stands here twice.")
        elif count and not category:
            errors[f"drop-of.{number}"] = say("Say of which category.")
        elif category:
            found[category] = count
    return {category: count for category, count in found.items() if count}


def _read_whole(typed: Mapping[str, str], name: str, most: int, errors: dict[str, Sentence]) -> int | None:
    """A whole number; None where nothing is typed, or it is none, which is said."""
    text = typed[name].strip()
    if not text:
        return None
    known = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not known or int(text) > most:
        errors[name] = say("A whole number from 0 to {most} goes here.", most=most)
        return None
    return int(text)


def _read_number(text: str, most: Fraction) -> Fraction | Sentence:
    read = read_number(text)
    if isinstance(read, Sentence):
        return read
    if read is None or read.percent or not 0 <= read.value <= most or read.value.denominator > FINEST:
        return say("A number from 0 to {most} goes here, with at most four decimals.", most=in_figures(most))
    return read.value


def _category(typed: str) -> str:
    return " ".join(typed.split())
