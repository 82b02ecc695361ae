"""Rules on chains: what an exercise takes over stands earlier in the course, has those fields, and may be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.courses.lint.subject import Finding, Subject, sessions_of
from app.courses.source import Steps
from app.documents.blocks import LedgerField, field_names
from app.exercises import Spec, fields_of
from app.exercises.carried import is_under
from app.exercises.spec import Carry
from app.exercises.spelling import did_you_mean
from app.words import say


def carried_exercises_come_first(subject: Subject) -> Iterator[Finding]:
    order = subject.outline.exercise_slugs
    for at, slug, spec in _chained(subject):
        for earlier in spec.earlier_slugs:
            if earlier not in subject.exercises:
                sentence = say("It carries something over from “{name}”, and there is no such exercise.", name=earlier)
                remedy = did_you_mean(earlier, subject.exercises, say("Correct “from”, or add what it names."))
                yield Finding("error", "carries-unknown", at, sentence, remedy)
            elif earlier not in order:
                sentence = say(
                    "It carries something over from “{name}”, which this course does not have.", name=earlier
                )
                remedy = say("Name that exercise in a slot or in “practice” before this one.")
                yield Finding("warning", "carries-later", at, sentence, remedy)
            elif order.index(earlier) >= order.index(slug) and not _leads_to(subject, earlier, slug):
                sentence = say(
                    "It carries something over from “{name}”, which comes later in the course.", name=earlier
                )
                yield Finding("warning", "carries-later", at, sentence, say("Exchange them."))


def chains_have_an_end(subject: Subject) -> Iterator[Finding]:
    for at, slug, spec in _chained(subject):
        if any(_leads_to(subject, earlier, slug) for earlier in spec.earlier_slugs):
            sentence = say("It carries something over from itself, over one exercise or several.")
            yield Finding("error", "carries-circle", at, sentence, say("Take one of the “carries” out."))


def private_answers_stay_private(subject: Subject) -> Iterator[Finding]:
    for at, _, spec in _chained(subject):
        for earlier, from_ in _earlier(subject, spec).items():
            if from_.private and not spec.private:
                sentence = say("It carries over what is private in “{name}”, and is not private itself.", name=earlier)
                remedy = say("Make it private, too, or carry nothing over.")
                yield Finding("error", "carries-private", at, sentence, remedy)


def carried_fields_exist(subject: Subject) -> Iterator[Finding]:
    for at, _, spec in _chained(subject):
        tables = [block.name for block in fields_of(spec) if isinstance(block, LedgerField)]
        for carry in spec.carries:
            if carry.into and carry.into not in tables:
                sentence = say(
                    "Rows are to come into the table “{name}”, which this exercise does not have.", name=carry.into
                )
                remedy = did_you_mean(carry.into, tables, say("Name the “table” of the ledger."))
                yield Finding("error", "carries-field", at, sentence, remedy)
            if carry.from_ in (earlier := _earlier(subject, spec)):
                yield from _missing(carry, earlier[carry.from_], at)


def _missing(carry: Carry, earlier: Spec, at: Steps) -> Iterator[Finding]:
    blocks = fields_of(earlier)
    names = field_names(blocks)
    for name in carry.fields:
        if not any(is_under(known, (name,)) for known in names):
            sentence = say("“{exercise}” has no field “{name}” to carry over.", exercise=carry.from_, name=name)
            remedy = did_you_mean(name, names, say("Its fields are: {names}.", names=_some(names)))
            yield Finding("error", "carries-field", at, sentence, remedy)
    tables = [block.name for block in blocks if isinstance(block, LedgerField)]
    if carry.rows and carry.rows not in tables:
        sentence = say("“{exercise}” has no table “{name}” to carry over.", exercise=carry.from_, name=carry.rows)
        remedy = did_you_mean(carry.rows, tables, say("Name the “table” of the ledger."))
        yield Finding("error", "carries-field", at, sentence, remedy)


def _chained(subject: Subject) -> Iterator[tuple[Steps, str, Spec]]:
    """Every exercise that takes something over, once, with the place that names it first."""
    places: dict[str, Steps] = {}
    for item in subject.items:
        for number, slug in enumerate(item.slot.exercise):
            places.setdefault(slug, (*item.at, "exercise", number))
    for at, session in sessions_of(subject):
        for number, slug in enumerate(session.practice):
            places.setdefault(slug, (*at, "practice", number))
    for slug, place in places.items():
        spec = subject.exercises.get(slug)
        if spec is not None and spec.earlier_slugs:
            yield place, slug, spec


def _earlier(subject: Subject, spec: Spec) -> Mapping[str, Spec]:
    """The exercises it takes something over from, as far as the course has them."""
    found = {slug: subject.exercises.get(slug) for slug in spec.earlier_slugs}
    return {slug: earlier for slug, earlier in found.items() if earlier is not None}


def _leads_to(subject: Subject, slug: str, goal: str) -> bool:
    """Whether somebody who follows what exercises take over gets from one to another."""
    seen, waiting = set[str](), [slug]
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        spec = subject.exercises.get(here)
        if here not in seen and spec is not None:
            waiting.extend(spec.earlier_slugs)
        seen.add(here)
    return False


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
