"""Rules on what an outline names: methods and tools, modules and steps, exercises and notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from app.courses.lint.subject import Finding, Subject, nearest_entry, sessions_of
from app.courses.problems import cut
from app.courses.source import Steps
from app.courses.vocabulary import Break, Found, Method, Named, Tool
from app.exercises.spelling import did_you_mean, nearest
from app.words import Sentence, say

_RUN_TOGETHER = re.compile(r"[，、；;/+\s]+")
"""What stands between words that are not set off by commas."""


def methods_are_known(subject: Subject) -> Iterator[Finding]:
    words = subject.vocabulary
    places = [((*i.at, "methods", n), word) for i in subject.items for n, word in enumerate(i.slot.methods)]
    sentence = say("The vocabulary has no such method.")
    yield from _unknown(subject, places, "unknown-method", find=words.method, entries=words.methods, sentence=sentence)


def tools_are_known(subject: Subject) -> Iterator[Finding]:
    words = subject.vocabulary
    places = [((*i.at, "tools", n), word) for i in subject.items for n, word in enumerate(i.slot.tools)]
    sentence = say("The vocabulary has no such tool.")
    yield from _unknown(subject, places, "unknown-tool", find=words.tool, entries=words.tools, sentence=sentence)


def breaks_are_known(subject: Subject) -> Iterator[Finding]:
    words = subject.vocabulary
    places = [((*item.at, "break"), item.slot.break_) for item in subject.items if item.slot.break_ is not None]
    sentence = say("The vocabulary has no such break.")
    yield from _unknown(subject, places, "unknown-break", find=words.pause, entries=words.breaks, sentence=sentence)


def labels_are_used(subject: Subject) -> Iterator[Finding]:
    """A synonym is told of once, where it first stands."""
    told: set[str] = set()
    for at, word, found in _words_used(subject):
        if found and found.synonym and word.strip().casefold() not in told:
            told.add(word.strip().casefold())
            label = found.entry.label.in_language(subject.outline.language)
            sentence = say("Elsewhere this is called “{label}”.", label=label)
            yield Finding("warning", "synonym", at, sentence, say("Use “{label}” throughout.", label=label))


def _words_used(subject: Subject) -> Iterator[tuple[Steps, str, Found[Method] | Found[Tool] | Found[Break] | None]]:
    """The words of every slot with their places, and what they name."""
    words = subject.vocabulary
    for item in subject.items:
        yield from (((*item.at, "methods", n), word, words.method(word)) for n, word in enumerate(item.slot.methods))
        yield from (((*item.at, "tools", n), word, words.tool(word)) for n, word in enumerate(item.slot.tools))
        if item.slot.break_ is not None:
            yield (*item.at, "break"), item.slot.break_, words.pause(item.slot.break_)


def modules_are_known(subject: Subject) -> Iterator[Finding]:
    known = tuple(subject.outline.modules)
    for at, session in sessions_of(subject):
        if session.module is not None and session.module not in known:
            lines = {name: subject.lines(("modules", name)) for name in known}
            sentence = say("There is no such module.")
            yield _stray((*at, "module"), "unknown-module", session.module, known, sentence, lines=lines)


def modules_are_taught(subject: Subject) -> Iterator[Finding]:
    modules = tuple(subject.outline.modules)
    taught = {_meant(session.module or "", modules) for session in subject.outline.sessions}
    for name in modules:
        if name not in taught:
            sentence = say("No session belongs to this module.")
            remedy = say("Name it in the “module” of a session, or take it out.")
            yield Finding("warning", "module-without-session", ("modules", name), sentence, remedy, name)


def steps_are_known(subject: Subject) -> Iterator[Finding]:
    known = tuple(step.id for step in subject.outline.process)
    for at, session in sessions_of(subject):
        for number, step in enumerate(session.covers):
            if step not in known:
                lines = {name: subject.lines(("process", n)) for n, name in enumerate(known)}
                sentence = say("There is no such step in “process”.")
                yield _stray((*at, "covers", number), "unknown-step", step, known, sentence, lines=lines)


def steps_are_covered(subject: Subject) -> Iterator[Finding]:
    known = tuple(step.id for step in subject.outline.process)
    covered = {_meant(step, known) for session in subject.outline.sessions for step in session.covers}
    for number, step in enumerate(subject.outline.process):
        if step.id not in covered:
            sentence = say("No session covers this step.")
            remedy = say("Add “{id}” to the “covers” of a session, or plan one.", id=step.id)
            yield Finding("warning", "process-step-without-session", ("process", number), sentence, remedy, step.label)


def exercises_exist(subject: Subject) -> Iterator[Finding]:
    known = tuple(subject.exercises)
    named = [((*item.at, "exercise", n), slug) for item in subject.items for n, slug in enumerate(item.slot.exercise)]
    for at, session in sessions_of(subject):
        named += [((*at, "practice", number), slug) for number, slug in enumerate(session.practice)]
    named += _required(subject)
    for place, slug in named:
        if slug not in known:
            yield _stray(place, "exercise-missing", slug, known, say("There is no such exercise."))


def required_exercises_are_met(subject: Subject) -> Iterator[Finding]:
    """What nobody meets in the course nobody can hand in."""
    met = subject.outline.exercise_slugs
    for at, slug in _required(subject):
        if slug in subject.exercises and slug not in met:
            sentence = say("It is required, but no slot and no “practice” names it.")
            remedy = say("Name it in a slot or in “practice”, or take it out here.")
            yield Finding("error", "exercise-elsewhere", at, sentence, remedy)


def _required(subject: Subject) -> list[tuple[Steps, str]]:
    """The exercises that completion names one by one, with their places."""
    required = subject.outline.completion.exercises.required
    slugs = required if isinstance(required, tuple) else ()
    return [(("completion", "exercises", "required", n), slug) for n, slug in enumerate(slugs)]


def notes_exist(subject: Subject) -> Iterator[Finding]:
    usual = any(session.notes for session in subject.outline.sessions)
    for at, session in sessions_of(subject):
        if session.notes is not None and session.notes not in subject.files:
            known = [path for path in subject.files if path.endswith(".md")]
            yield _stray((*at, "notes"), "notes-missing", session.notes, known, say("There is no such file."))
        if session.notes is None and usual:
            sentence = say("The session has no notes, unlike others.")
            yield Finding("warning", "notes-missing", at, sentence, say("Add “notes” with a path."), session.title)


def _unknown(
    subject: Subject,
    places: Sequence[tuple[Steps, str]],
    code: str,
    *,
    find: Callable[[str], object],
    entries: Mapping[str, Named],
    sentence: Sentence,
) -> Iterator[Finding]:
    language = subject.outline.language
    for at, word in places:
        if find(word) is None:
            close = nearest_entry(word, entries)
            labels = ", ".join(entry.label.in_language(language) for entry in entries.values())
            remedy = say("Known are: {names}.", names=labels)
            parts = [part for part in _RUN_TOGETHER.split(word) if part]
            if len(parts) > 1 and all(map(find, parts)):
                remedy = say("Put a comma and a space between the words: {names}.", names=", ".join(parts))
            elif close:
                remedy = say("Did you mean “{name}”?", name=close.label.in_language(language))
            yield Finding("error", code, at, sentence, remedy, word)


def _meant(name: str, known: Sequence[str]) -> str | None:
    """The id itself, or the one it is most like: whoever misspells a name still means it."""
    return name if name in known else nearest(name, known)


def _stray(
    at: Steps, code: str, name: str, known: Sequence[str], sentence: Sentence, *, lines: Mapping[str, int] = {}
) -> Finding:
    """An id or path that leads nowhere, with the nearest that leads somewhere, and its line where that is known."""
    close = nearest(name, known)
    if close is not None and close in lines:
        remedy = say("Did you mean “{name}”, as in line {line}?", name=close, line=lines[close])
        return Finding("error", code, at, sentence, remedy, cut(name))
    remedy = did_you_mean(name, known, say("Correct it, or add what it names."))
    return Finding("error", code, at, sentence, remedy, cut(name))
