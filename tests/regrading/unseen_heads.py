"""Exercises of many kinds, and what a newer version may change in them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from app.courses.outline import Course
from tests.assessment.course_samples import CHOICE, FORM
from tests.catalogue.samples import HIERARCHY, create_course
from tests.exercises.samples import blanks, calculation, matching, ordering

SESSIONS = ("d1", "d2")
RUBRIC = [
    {
        "criterion": "依据",
        "levels": [{"points": 0, "text": "没有"}, {"points": 1, "text": "有"}, {"points": 2, "text": "充分"}],
    },
    {"criterion": "表达", "levels": [{"points": 0, "text": "不清楚"}, {"points": 1, "text": "清楚"}]},
]
REASONS = [{"id": "evidence", "label": "判断依据", "lines": 2, "answer": "好的"}]
VARY = {
    "numbers": {"price": {"from": 100, "to": 140, "step": 5, "shown": 120}},
    "cases": [{"customer": "North"}, {"customer": "South"}],
}
BASE: dict[str, Any] = {
    "needs": HIERARCHY,
    "quiz": {**CHOICE, "attempts": "unlimited", "counting": "best"},
    "who": matching(attempts=3, counting="last"),
    "steps": ordering(attempts="unlimited", counting="mean", feedback="on_release"),
    "sums": calculation(
        {"id": "double", "label": "{customer} pays for two at {price}", "answer": "=price * 2"},
        {"id": "weeks", "label": "Weeks", "answer": 52},
        vary=VARY,
        attempts="unlimited",
    ),
    "gaps": blanks(private=True),
    "team": {
        **CHOICE,
        "title": "一起选",
        "work": "group",
        "points": 7,
        "marking": ["key", "trainer"],
        "rubric": RUBRIC,
        "reasons": REASONS,
    },
    "peers": {
        **CHOICE,
        "points": 5,
        "marking": ["peer", "trainer"],
        "shares": {"peer": 1, "trainer": 2},
        "rubric": [*RUBRIC, RUBRIC[0]],
        "reasons": REASONS,
    },
    "watch": {**CHOICE, "points": 6, "marking": ["key", "observer"], "rubric": RUBRIC, "reasons": REASONS},
    "sheet": FORM,
}
"""Key alone, key and rubric, attempts counted in each way, variants, a private one, a group's, peers, observers."""
Head = dict[str, Any]


def _other_key(rng: random.Random, head: Head) -> None:
    match head["kind"]:
        case "hierarchy":
            item = rng.choice(head["items"])
            item["level"] = "primary" if item["level"] == "secondary" else "secondary"
        case "choice":
            options = head["questions"][0]["options"]
            right = [bool(each.get("correct")) for each in options]
            for option, was in zip(options, reversed(right), strict=True):
                option.pop("correct", None)
                if was:
                    option["correct"] = True
        case "matching":
            rng.choice(head["items"])["target"] = rng.choice(["t-1", "t-2", "t-3", "t-4"])
            for item in head["items"]:
                item.pop("wrong", None)
        case "ordering":
            rng.shuffle(head["order"])
        case "calculation":
            head["quantities"][1]["answer"] = rng.choice([52, 24, 12])
            head["quantities"][0]["answer"] = rng.choice(["=price * 2", "=price * 3"])
        case "blanks":
            head["gaps"]["cost"]["accept"] = rng.choice(["成本", "价格", ["成本", "价格"]])
            head["gaps"]["days"]["tolerance"] = rng.choice([1, 5])


def _points(rng: random.Random, head: Head) -> None:
    if head.get("marking", ["key"]) != ["none"] and "key" in head.get("marking", ["key"]):
        head["points"] += rng.choice([1, 2, 3])


def _counting(rng: random.Random, head: Head) -> None:
    head["counting"] = rng.choice(["best", "last", "mean"])


def _rubric(rng: random.Random, head: Head) -> None:
    if not head.get("rubric"):
        return
    change = rng.choice(["words", "points", "fewer"])
    if change == "words":
        head["rubric"][0]["levels"][0]["text"] = rng.choice(["一点没有", "空白"])
    elif change == "points" and "key" in head.get("marking", ["key"]):
        head["rubric"][0]["levels"][-1]["points"] = rng.choice([1, 2, 3])
    elif len(head["rubric"]) > 1 and "key" in head.get("marking", ["key"]):
        head["rubric"].pop()


def _who_marks(rng: random.Random, head: Head) -> None:
    """Another side, none, or one more."""
    if not head.get("rubric"):
        if rng.random() < 0.5:
            head.update(points=0, marking=["none"])
        return
    judges = rng.sample(["trainer", "peer", "observer"], rng.choice([1, 2]))
    if "key" in head.get("marking", ["key"]) and rng.random() < 0.2:
        head.update(marking=["key"], rubric=[], shares={})
        return
    head["marking"] = [*(["key"] if "key" in head.get("marking", ["key"]) else []), *judges]
    head["shares"] = {each: rng.choice([1, 2, 3]) for each in judges}


def take_or_add_question(rng: random.Random, head: Head) -> None:
    """One question more, or one fewer."""
    match head["kind"]:
        case "choice" if rng.random() < 0.5:
            head["questions"].pop()
        case "choice":
            head["questions"].append({**deepcopy(CHOICE["questions"][0]), "id": "more"})
        case "matching":
            head["items"].pop()
        case "calculation":
            head["quantities"].append({"id": "more", "label": "More", "answer": 1})
        case "hierarchy":
            head["items"].append({"id": "more", "text": "更多", "level": "primary", "sales_related": True})


def _texts(rng: random.Random, head: Head) -> None:
    head["title"] = f"{head['title']}{rng.choice('甲乙丙')}"


CHANGES: tuple[Callable[[random.Random, Head], None], ...] = (
    _other_key,
    _other_key,
    _other_key,
    _points,
    _counting,
    _rubric,
    _rubric,
    _who_marks,
    _who_marks,
    _texts,
)


def course_of_heads(slug: str, heads: Mapping[str, Head], *, title: str, passing: int) -> Course:
    slots = [
        {"id": f"s-{key}", "minutes": 10, "title": "练习", "methods": ["exercise"], "exercise": [key]} for key in heads
    ]
    half = len(slots) // 2
    sessions = [
        {"id": key, "title": key, "starts": "09:00", "slots": some}
        for key, some in zip(SESSIONS, (slots[:half], slots[half:]), strict=True)
    ]
    days = [{"title": each["id"], "sessions": [each]} for each in sessions]
    asked = [each for each in ("quiz", "who", "needs", "steps") if each in heads][:2] or "none"
    completion = {"attendance": "30%", "exercises": {"required": asked, "pass": f"{passing}%"}}
    return create_course(
        slug=slug, title=title, days=days, exercises=dict(heads), completion=completion, notes={}, process=[], media={}
    )
