"""Exercises in small, as their heads would be parsed, for tests that change one thing."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from app.exercises import Spec, parse_spec

EXERCISES = Path(__file__).parents[2] / "exercises"
FILES = tuple(sorted(EXERCISES.rglob("*.md")))


@lru_cache
def shipped(path: Path) -> Spec:
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return parse_spec({**yaml.safe_load(head), "body": body})


def hierarchy(**over: Any) -> dict[str, Any]:
    """Two levels and three items, nine points, three each: two for the level, one for the tick."""
    return {
        "kind": "hierarchy",
        "title": "Needs",
        "minutes": 10,
        "points": 9,
        "levels": [{"id": "must", "label": "Must"}, {"id": "nice", "label": "Nice"}],
        "tick": "Sells",
        "items": [
            {"id": "brakes", "text": "Brakes", "level": "must", "sales_related": True, "why": "Law."},
            {"id": "colour", "text": "Colour", "level": "nice", "sales_related": True},
            {"id": "canteen", "text": "Canteen", "level": "nice", "sales_related": False},
        ],
    } | over


def own_hierarchy(**over: Any) -> dict[str, Any]:
    """Rows to write in, three conditions of a rule, three points."""
    examples = [{"text": "Short"}]
    return {
        "kind": "hierarchy",
        "title": "Own needs",
        "minutes": 10,
        "points": 3,
        "marking": ["rule"],
        "rows": 2,
        "rule": {"per_level": 1, "ticked": 1},
        "levels": [
            {"id": "must", "label": "Must", "examples": examples},
            {"id": "nice", "label": "Nice", "examples": examples},
        ],
        "tick": "Sells",
    } | over


def calculation(*quantities: dict[str, Any], **over: Any) -> dict[str, Any]:
    """One point a quantity; without any, one that is 24 days."""
    asked = quantities or ({"id": "supply", "label": "Supply", "unit": "天", "answer": 24},)
    return {
        "kind": "calculation",
        "title": "Figures",
        "minutes": 10,
        "points": len(asked),
        "quantities": list(asked),
    } | over


def matrix(**over: Any) -> dict[str, Any]:
    """Two by two cells and three cards, six points, two each: one for the row, one for the column."""
    return {
        "kind": "matrix",
        "title": "Decisions",
        "minutes": 10,
        "points": 6,
        "rows": [{"id": "big", "label": "Big", "hint": "Several"}, {"id": "small", "label": "Small"}],
        "columns": [{"id": "long", "label": "Long"}, {"id": "short", "label": "Short"}],
        "cards": [
            {"id": "fleet", "text": "All *new*", "row": "big", "column": "long", "why": "Five years."},
            {"id": "soap", "text": "Soap", "row": "small", "column": "short"},
            {"id": "games", "text": "Games", "row": "big", "column": "short"},
        ],
    } | over


def ordering(**over: Any) -> dict[str, Any]:
    """Four items, six pairs, six points."""
    return {
        "kind": "ordering",
        "title": "Steps",
        "minutes": 10,
        "points": 6,
        "items": [
            {"id": "ask", "text": "Ask", "why": "After a greeting."},
            {"id": "thank", "text": "Thank"},
            {"id": "greet", "text": "*Greet*"},
            {"id": "offer", "text": "Offer"},
        ],
        "order": ["greet", "ask", "offer", "thank"],
    } | over


def mistakes_in(head: object) -> set[tuple[tuple[int | str, ...], str]]:
    """Place and code of everything wrong with a head."""
    try:
        parse_spec(head)
    except ValidationError as wrong:
        return {(error["loc"], error["type"]) for error in wrong.errors()}
    return set()
