"""A small content root in memory, for tests to break."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from app.courses.files import SHIPPED, VOCABULARY
from app.courses.loading import Loaded, _remembered, _vocabulary, load_course
from app.courses.notes import _read
from app.courses.problems import Problem
from app.courses.shelf import _read as read_exercise_file

ROOT = Path(__file__).parents[2]
OUTLINE = PurePosixPath("courses/coffee/outline.yaml")
NOTES = PurePosixPath("courses/coffee/notes/beans.md")
DRINKS = PurePosixPath("exercises/drinks/drinks.md")

OUTLINE_TEXT = """\
format: 1
title: Coffee basics
language: en
modules:
  beans: {title: Beans, stated: 90 minutes}
days:
  - title: Monday
    sessions:
      - id: beans
        module: beans
        title: From the shrub to the cup
        starts: "09:00"
        stated: 0.25 day
        notes: notes/beans.md
        slots:
          - {id: growing, minutes: 60, title: Where beans grow, methods: [Lecture, Interaction], tools: [Slides],
             aims: [Name three countries that grow coffee]}
          - {id: pause, minutes: 15, break: tea}
          - {id: drinks, at: "10:15", minutes: 30, title: Hot and cold, methods: [Exercise], tools: [Pens],
             exercise: drinks}
"""
NOTES_TEXT = "# Beans\n\nBeans grow on shrubs.\n\n::: exercise drinks\n:::\n\n::: trainer\nShow a shrub.\n:::\n"
DRINKS_TEXT = """\
---
kind: hierarchy
title: Where it belongs
minutes: 10
points: 4
levels: [{id: hot, label: Hot}, {id: cold, label: Cold}]
items:
  - {id: espresso, text: Espresso, level: hot}
  - {id: lemonade, text: Lemonade, level: cold}
note: Nobody agrees about cold brew.
---
Put each drink where it belongs.
"""


def files(**over: str | bytes | None) -> dict[PurePosixPath, bytes]:
    """The root with another `outline`, `notes` or `drinks`; None leaves the file out."""
    texts = {"outline": OUTLINE_TEXT, "notes": NOTES_TEXT, "drinks": DRINKS_TEXT} | over
    places = {"outline": OUTLINE, "notes": NOTES, "drinks": DRINKS}
    own = {places[name]: text for name, text in texts.items() if text is not None}
    encoded = {place: text.encode() if isinstance(text, str) else text for place, text in own.items()}
    return {VOCABULARY: (SHIPPED / VOCABULARY).read_bytes(), **encoded}


def loaded(**over: str | bytes | None) -> Loaded:
    return load_course(files(**over), "coffee")


def changed(old: str, new: str) -> tuple[Problem, ...]:
    """The problems of the outline with one thing changed in it."""
    assert OUTLINE_TEXT.count(old) >= 1, old
    return loaded(outline=OUTLINE_TEXT.replace(old, new, 1)).problems


def told(problems: tuple[Problem, ...]) -> list[str]:
    """Line and code of each problem."""
    return [f"{problem.line}:{problem.code}" for problem in problems]


def forget_courses() -> None:
    """Forget everything that was read: the next one is read from its bytes."""
    _remembered.clear()
    for remembering in (_vocabulary, _read, read_exercise_file):
        remembering.cache_clear()
