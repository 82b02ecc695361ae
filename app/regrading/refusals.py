"""Why a cohort cannot be moved to a version: what was answered, dated or declared final would lose its ground. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.assessment.keys import marks_alike
from app.assessment.rules import rubric_version
from app.assessment.sheets import Sheet, made_sheet
from app.courses.outline import Course
from app.documents.blocks import AllocationField, OrderField
from app.exercises import Kind, Spec, kind_of, resolve, secret_of, sheet_of
from app.exercises.texts import bare_text
from app.words import Sentence, say

MOST_NAMED = 3
"""Fields or options that a sentence names."""


@dataclass(frozen=True)
class Variant:
    """What makes the sheet of one party its own."""

    seed: int
    carried: Mapping[str, Any]


@dataclass(frozen=True)
class Ground:
    """What stands on the version that a cohort takes."""

    begun: Mapping[str, Collection[Variant]]
    """Exercise → the variants that somebody has begun."""
    dated: frozenset[str]
    """The ids of sessions that have a date."""
    final: frozenset[str]
    """The exercises whose marks are final."""


def why_not(old: Course, new: Course, ground: Ground) -> tuple[Sentence, ...]:
    """Every reason why a cohort with this ground cannot be moved from one version to another; none: it can."""
    return (*_lost_sessions(old, new, ground.dated), *_lost_exercises(old, new, ground))


def _lost_sessions(old: Course, new: Course, dated: Collection[str]) -> Iterator[Sentence]:
    there = {session.id for session in new.sessions}
    titles = {session.id: session.title for session in old.sessions}
    for session_id in (each for each in titles if each in dated and each not in there):
        title = bare_text(titles[session_id])
        yield say("The session “{title}” has a date in this cohort, and the new version has it no more.", title=title)


def _lost_exercises(old: Course, new: Course, ground: Ground) -> Iterator[Sentence]:
    for slug, variants in ground.begun.items():
        then = old.exercises.get(slug)
        if then is None or slug not in old.exercise_slugs:
            continue  # a version before that had it no more, either
        if slug not in new.exercise_slugs:
            yield say("“{title}” was begun here, and the new version has it no more.", title=bare_text(then.title))
        elif then != new.exercises[slug]:
            yield from _reasons(then, new.exercises[slug], variants, is_final=slug in ground.final)


def _reasons(then: Spec, now: Spec, variants: Collection[Variant], *, is_final: bool) -> Iterator[Sentence]:
    title = bare_text(then.title)
    if then.kind != now.kind:
        yield say("“{title}” was begun here, and is of another kind in the new version.", title=title)
        return
    if then.private and not now.private:
        yield say("“{title}” was private when it was answered here, so it has to stay private.", title=title)
    if is_final and _is_marked_otherwise(then, now):
        yield say("The marks of “{title}” are final. Open them again before it is marked otherwise.", title=title)
    looked_at = set()
    for variant in variants:
        old, new = (resolve(each, variant.seed, variant.carried) for each in (then, now))
        if (id(old), id(new)) in looked_at:
            continue  # everybody has this one
        looked_at.add((id(old), id(new)))
        if (why := _sheets_differ(title, old, new)) is not None:
            yield why
            return
        if _drawn_otherwise((then, now), (old, new)):
            yield say("“{title}” was begun here with other figures than the new version would draw.", title=title)
            return


def _is_marked_otherwise(then: Spec, now: Spec) -> bool:
    rules = ((each.points, each.marking, each.shares, each.reviewing, each.counting) for each in (then, now))
    before, after = rules
    return before != after or rubric_version(then) != rubric_version(now) or not marks_alike(then, now)


def _sheets_differ(title: str, then: Spec, now: Spec) -> Sentence | None:
    """Why what was answered on one sheet cannot be read as an answer to the other."""
    old, new = made_sheet(then), made_sheet(now)
    if added := sorted(new.names - old.names):
        names = _named(_label(new, name) for name in added)
        return say(
            "“{title}” was begun here, and the new version asks other things: {names}.", title=title, names=names
        )
    if old.names - new.names and any(isinstance(block, OrderField | AllocationField) for block in sheet_of(then)):
        return say("“{title}” was begun here, and is an order or a sum: nothing can be taken out of it.", title=title)
    gone = [
        label
        for name, choices in old.choices.items()
        if name in new.names
        for key, label in choices.items()
        if key not in new.choices.get(name, {})
    ]
    if gone:
        names = _named(gone)
        return say("“{title}” was begun here, and what could be chosen is missing: {names}.", title=title, names=names)
    return None


def no_longer_asked(then: Spec, now: Spec) -> str:
    """The questions of one sheet that the other has no more, by their labels; "" where it has all of them."""
    old, new = made_sheet(then), made_sheet(now)
    return _named(_label(old, name) for name in sorted(old.names - new.names))


def _drawn_otherwise(wordings: tuple[Spec, Spec], drawn: tuple[Spec, Spec]) -> bool:
    """Whether somebody would meet other figures; `drawn`: both wordings as this party has them."""
    (then, now), (old, new) = wordings, drawn
    if then.vary != now.vary:
        return sheet_of(old) != sheet_of(new)
    if old is then or type(kind_of(then)).for_seed is Kind.for_seed:
        return False
    shown, was, is_now = (each.model_dump(mode="json", exclude=secret_of(each)) for each in (then, old, new))
    return any(was[key] != is_now.get(key) for key in was if was[key] != shown.get(key))


def _label(sheet: Sheet, name: str) -> str:
    label = sheet.labels.get(name)
    return bare_text(label.striptags()) if label else name


def _named(names: Iterator[str] | list[str]) -> str:
    every = list(dict.fromkeys(names))
    return "; ".join(every[:MOST_NAMED]) + (" …" if len(every) > MOST_NAMED else "")
