"""Rules on titles and other short texts: complete, balanced, and each title once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.courses.lint.subject import Finding, Subject, sessions_of
from app.courses.source import Steps
from app.words import Sentence, say

_PAIRS = {"(": ")", "[": "]", "{": "}", "《": "》", "〈": "〉", "「": "」", "『": "』", "【": "】", "“": "”"}
_LIKE = str.maketrans("（）［］｛｝", "()[]{}")
_NUMBERING = re.compile(r"(?:^|(?<=[\s，；、]))[0-9A-Za-z一二三四五六七八九十]{1,3}\)")
_UNFINISHED = re.compile(r"(?:[、，,：:；;—\-/+&]|\.\.\.|…)\s*$")

Place = tuple[Steps, str]


def brackets_match(subject: Subject) -> Iterator[Finding]:
    for at, text in _texts(subject):
        if stray := _stray_bracket(text):
            sentence = say("The bracket “{bracket}” has no counterpart.", bracket=stray)
            yield Finding("warning", "unmatched-bracket", at, sentence, say("Add the other one, or delete this one."))


def topics_are_complete(subject: Subject) -> Iterator[Finding]:
    for at, text in _texts(subject):
        if match := _UNFINISHED.search(text):
            sentence = say("The text ends with “{sign}”, as if something were missing.", sign=match[0].strip())
            yield Finding("warning", "truncated", at, sentence, say("Complete it, or delete the sign."))


def titles_are_unique(subject: Subject) -> Iterator[Finding]:
    modules: list[Place] = [
        (("modules", name, "title"), module.title) for name, module in subject.outline.modules.items()
    ]
    days: list[Place] = [(("days", number, "title"), day.title) for number, day in enumerate(subject.outline.days)]
    slots: list[Place] = [
        ((*item.at, "title"), item.slot.title) for item in subject.items if item.slot.title and not item.slot.is_break
    ]
    for places in (modules, days, slots, list(_session_titles(subject))):
        yield from _repeated(subject, places, "duplicate-title", say("Give each a title of its own."))


def ids_are_unique(subject: Subject) -> Iterator[Finding]:
    """Sessions and slots share their ids: both are places in the course that others refer to."""
    places: list[Place] = []
    for at, session in sessions_of(subject):
        places.append(((*at, "id"), session.id))
        places += [((*at, "slots", n, "id"), slot.id) for n, slot in enumerate(session.slots) if slot.id]
    steps: list[Place] = [(("process", number, "id"), step.id) for number, step in enumerate(subject.outline.process)]
    for ids in (places, steps):
        yield from _repeated(subject, ids, "duplicate-id", say("Give each an id of its own."))
    computed = {item.timed.id: item.at for item in subject.items if item.slot.id is None}
    for at, id_ in places:
        if id_ in computed:
            sentence = say("The slot of line {line} has no id and is called so.", line=subject.lines(computed[id_]))
            yield Finding("error", "duplicate-id", at, sentence, say("Give each an id of its own."))


def slots_have_a_title(subject: Subject) -> Iterator[Finding]:
    for item in subject.items:
        if item.slot.title is None and not item.slot.is_break:
            sentence = say("The slot has no title.")
            yield Finding("error", "title-missing", item.at, sentence, say("Say in “title” what it is about."), "")


def _repeated(subject: Subject, places: list[Place], code: str, remedy: Sentence) -> Iterator[Finding]:
    first: dict[str, Steps] = {}
    for at, text in places:
        same = " ".join(text.split()).casefold()
        if same in first:
            sentence = say("Line {line} has the same.", line=subject.lines(first[same]))
            yield Finding("error", code, at, sentence, remedy)
        first.setdefault(same, at)


def _session_titles(subject: Subject) -> Iterator[Place]:
    """Titles of sessions, but of those that go on with a module under its own title only the first."""
    going_on: set[str] = set()
    for at, session in sessions_of(subject):
        module = subject.outline.modules.get(session.module or "")
        continues = module is not None and module.title == session.title
        if not (continues and session.title in going_on):
            yield (*at, "title"), session.title
        if continues:
            going_on.add(session.title)


def _texts(subject: Subject) -> Iterator[Place]:
    """The short texts that a reader sees: titles, labels, objectives, aims."""
    outline = subject.outline
    yield ("title",), outline.title
    for number, objective in enumerate(outline.objectives):
        yield ("objectives", number), objective
    for number, step in enumerate(outline.process):
        yield ("process", number, "label"), step.label
    for name, module in outline.modules.items():
        yield ("modules", name, "title"), module.title
    for number, day in enumerate(outline.days):
        yield ("days", number, "title"), day.title
    for at, session in sessions_of(subject):
        yield (*at, "title"), session.title
    for item in subject.items:
        if item.slot.title:
            yield (*item.at, "title"), item.slot.title
        for number, aim in enumerate(item.slot.aims):
            yield (*item.at, "aims", number), aim


def _stray_bracket(text: str) -> str | None:
    """The first bracket without its counterpart; full and half width are the same, «1)» is a number."""
    open_: list[str] = []
    for sign in _NUMBERING.sub("", text.translate(_LIKE)):
        if sign in _PAIRS:
            open_.append(sign)
        elif sign in _PAIRS.values() and (not open_ or _PAIRS[open_.pop()] != sign):
            return sign
    return open_[-1] if open_ else None
