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


def matching(**over: Any) -> dict[str, Any]:
    """Three sayings and four people, six points, two each."""
    return {
        "kind": "matching",
        "title": "Who says so?",
        "minutes": 10,
        "points": 6,
        "targets": [
            {"id": "t-1", "label": "Buyer"},
            {"id": "t-2", "label": "Owner", "hint": "Signs"},
            {"id": "t-3", "label": "*Driver*"},
            {"id": "t-4", "label": "Nobody"},
        ],
        "items": [
            {
                "id": "chen",
                "text": "“I sign.”",
                "target": "t-2",
                "why": "Only owners sign.",
                "wrong": {"t-1": "A buyer asks."},
            },
            {"id": "wang", "text": "“I drive.”", "target": "t-3"},
            {"id": "liu", "text": "“I *ask*.”", "target": "t-1"},
        ],
    } | over


def buckets(**over: Any) -> dict[str, Any]:
    """Two buckets and three items, six points, two each."""
    return {
        "kind": "buckets",
        "title": "Sorting",
        "minutes": 10,
        "points": 6,
        "buckets": [{"id": "market", "label": "Market", "hint": "Outside"}, {"id": "house", "label": "House"}],
        "items": [
            {"id": "share", "text": "Share", "in": "market", "why": "Measured outside.", "wrong": {"house": "No."}},
            {"id": "crm", "text": "CRM", "in": "house"},
            {"id": "price", "text": "Price", "in": "market"},
        ],
    } | over


def ticked_buckets(**over: Any) -> dict[str, Any]:
    """Three buckets; an item in two of them, one in one, one in none; six points, two each."""
    return (
        buckets(
            buckets=[
                {"id": "market", "label": "Market"},
                {"id": "house", "label": "House"},
                {"id": "law", "label": "Law"},
            ],
            items=[
                {"id": "share", "text": "Share", "in": ["market", "law"], "wrong": {"house": "Not ours."}},
                {"id": "crm", "text": "CRM", "in": ["house"], "why": "Our tool."},
                {"id": "weather", "text": "Weather", "in": []},
            ],
        )
        | over
    )


def ranking(**over: Any) -> dict[str, Any]:
    """Five items, ten points by correlation."""
    return {
        "kind": "ranking",
        "title": "Values",
        "minutes": 10,
        "points": 10,
        "items": [
            {"id": "price", "text": "Price", "why": "Hardly anybody buys by it."},
            {"id": "trust", "text": "*Trust*", "why": "Comes first."},
            {"id": "speed", "text": "Speed"},
            {"id": "brand", "text": "Brand"},
            {"id": "taste", "text": "Taste"},
        ],
        "rank": ["trust", "speed", "brand", "price", "taste"],
    } | over


def classification(**over: Any) -> dict[str, Any]:
    """Two facts, three classes, three cases, six points, two each."""
    return {
        "kind": "classification",
        "title": "Staff",
        "minutes": 10,
        "points": 6,
        "facts": [
            {"id": "units", "label": "Units", "unit": "a year"},
            {"id": "taxi", "label": "Taxi licence", "type": "yes_no"},
        ],
        "classes": [{"id": "one", "label": "One"}, {"id": "two", "label": "Two"}, {"id": "none", "label": "None"}],
        "rule": [
            {"when": "taxi", "class": "none", "why": "Taxis have their own desk."},
            {"when": "units >= 250", "class": "two", "why": "From 250 on."},
            {"class": "one", "why": "The rest."},
        ],
        "cases": [
            {"id": "north", "text": "North", "facts": {"units": 249, "taxi": False}, "why": "One short."},
            {"id": "south", "text": "*South*", "facts": {"units": 250, "taxi": False}},
            {"id": "east", "text": "East", "facts": {"units": 900, "taxi": True}},
        ],
    } | over


def poll(**over: Any) -> dict[str, Any]:
    """Three options, no points."""
    return {
        "kind": "poll",
        "title": "A vote",
        "minutes": 5,
        "points": 0,
        "marking": "none",
        "feedback": "on_release",
        "question": "Call first?",
        "options": [
            {"id": "call", "text": "Call", "says": "Marker-Says: few pick up."},
            {"id": "visit", "text": "*Visit*"},
            {"id": "write", "text": "Write"},
        ],
    } | over


def text(**over: Any) -> dict[str, Any]:
    """One text with a length and two elements, three points, one each."""
    return {
        "kind": "text",
        "title": "A mail",
        "minutes": 10,
        "points": 3,
        "marking": ["rule"],
        "tasks": [
            {
                "id": "mail",
                "label": "The *mail*",
                "length": {"at_least": 3, "at_most": 8},
                "model": "We bring 40 vans next week",
                "elements": [
                    {"id": "figure", "any_of": ["vans", "台"], "say": "No figure."},
                    {"id": "date", "any_of": ["next week"], "say": "No date."},
                ],
            }
        ],
    } | over


def blanks(**over: Any) -> dict[str, Any]:
    """Three gaps, three points, one each."""
    return {
        "kind": "blanks",
        "title": "毛利",
        "minutes": 10,
        "points": 3,
        "text": "**毛利**等于{{sale}}减去{{cost}}。\n\n平均 {{days}} 天。",
        "gaps": {
            "sale": {
                "accept": ["售价", "不含税售价"],
                "wrong": [{"is": "含税售价", "say": "税不是我们的。"}],
                "why": "税要先去掉。",
            },
            "cost": {"accept": "成本"},
            "days": {"number": 24, "tolerance": 1, "unit": "天", "traps": [{"answer": 28, "say": "那是四周。"}]},
        },
    } | over


def survey(**over: Any) -> dict[str, Any]:
    """Four items for two dimensions, on a scale of five."""
    return {
        "kind": "survey",
        "title": "Style",
        "minutes": 10,
        "points": 0,
        "marking": "none",
        "scale": [{"id": str(n), "label": f"Step {n}"} for n in range(1, 6)],
        "dimensions": [
            {"id": "concept", "label": "Concept", "high": "Big picture first.", "low": "Details first."},
            {"id": "direct", "label": "Direct"},
        ],
        "items": [
            {"id": "i-1", "text": "I begin with the whole.", "dimension": "concept"},
            {"id": "i-2", "text": "I begin with details.", "dimension": "concept", "reversed": True},
            {"id": "i-3", "text": "I say the price at once.", "dimension": {"direct": 1, "concept": -0.5}, "weight": 2},
            {"id": "i-4", "text": "I ask for the order.", "dimension": "direct"},
        ],
        "bands": [
            {"up_to": 40, "label": "Weak", "say": "Practise."},
            {"up_to": 70, "label": "Middle"},
            {"label": "Strong"},
        ],
    } | over


def allocation(**over: Any) -> dict[str, Any]:
    """Three items with a key and the sum, eight points, two each."""
    return {
        "kind": "allocation",
        "title": "Weights",
        "minutes": 10,
        "points": 8,
        "marking": ["key", "rule"],
        "items": [
            {"id": "price", "label": "*Price*", "answer": 30, "why": "Only a third."},
            {"id": "service", "label": "Service", "answer": 50},
            {"id": "brand", "label": "Brand", "answer": 20},
        ],
        "tolerance": 5,
    } | over


def observation(**over: Any) -> dict[str, Any]:
    """Two roles with secrets, two required items and evidence for one, four points."""
    return {
        "kind": "observation",
        "title": "Objections",
        "minutes": 20,
        "points": 4,
        "work": "group",
        "marking": ["rule"],
        "roles": [
            {"id": "seller", "label": "Seller", "brief": "You sell.", "secret": "Floor price 11.8."},
            {"id": "buyer", "label": "Buyer", "brief": "You buy.", "secret": "You are in a *hurry*."},
        ],
        "phases": [{"minutes": 3, "label": "Prepare"}],
        "scale": [{"id": "0", "label": "Absent"}, {"id": "1", "label": "Seen"}, {"id": "2", "label": "Well done"}],
        "items": [
            {"id": "ask", "text": "Asks first", "good": "Open questions", "required": True},
            {"id": "agree", "text": "Shows understanding", "required": True},
            {"id": "close", "text": "Agrees a next step"},
        ],
        "evidence": "Evidence",
        "result": {
            "label": "Result",
            "options": [{"id": "oral", "label": "Agreed"}, {"id": "later", "label": "Later"}],
        },
        "questions": [{"id": "keep", "label": "Keep"}],
        "rule": {"evidence": 1},
    } | over


def mistakes_in(head: object) -> set[tuple[tuple[int | str, ...], str]]:
    """Place and code of everything wrong with a head."""
    try:
        parse_spec(head)
    except ValidationError as wrong:
        return {(error["loc"], error["type"]) for error in wrong.errors()}
    return set()
