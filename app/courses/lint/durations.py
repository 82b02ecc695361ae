"""Rules on how long things take: stated against planned, and too short for what is to happen."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from app.courses.lint.subject import Finding, Item, Subject
from app.courses.outline import duration
from app.courses.source import Steps
from app.words import say

TOLERANCE = Fraction(1, 10)
"""Days by which a stated duration may differ from the plan."""
LONGEST_LECTURE = 60
LARGEST_SHARE = 40
"""Percent of a day's taught minutes."""
LECTURE = "lecture"
"""The category of methods in which one person speaks."""


def sessions_take_what_they_state(subject: Subject) -> Iterator[Finding]:
    for number, day in enumerate(subject.timetable.days):
        for place, timed in enumerate(day.sessions):
            stated, at = timed.session.stated, ("days", number, "sessions", place, "stated")
            if stated is not None and timed.session.id in _measured(subject):
                yield from _compared(subject, "session-stated", at, stated, timed.taught)


def modules_take_what_they_state(subject: Subject) -> Iterator[Finding]:
    for name, module in subject.outline.modules.items():
        sessions = [timed for timed in subject.timetable.sessions if timed.session.module == name]
        if module.stated is not None and sessions and {s.session.id for s in sessions} <= _measured(subject):
            taught = sum(timed.taught for timed in sessions)
            yield from _compared(subject, "module-stated", ("modules", name, "stated"), module.stated, taught)


def slots_are_long_enough(subject: Subject) -> Iterator[Finding]:
    for item in subject.items:
        least = sum(method.minutes for method in item.methods.values())
        if item.has_length and item.timed.minutes < least:
            names = "、" if subject.outline.language == "zh-CN" else ", "
            methods = names.join(m.label.in_language(subject.outline.language) for m in item.methods.values())
            sentence = say(
                "{minutes} minutes are too short for {methods}.", minutes=item.timed.minutes, methods=methods
            )
            remedy = say("Give it at least {least} minutes, or take out a method.", least=least)
            yield Finding("warning", "slot-too-short", item.length_at, sentence, remedy, item.slot.title)


def exercises_fit_their_slot(subject: Subject) -> Iterator[Finding]:
    for item in subject.items:
        specs = [spec for slug in item.slot.exercise if (spec := subject.exercises.get(slug))]
        needed = sum(spec.minutes for spec in specs)
        if item.has_length and needed > item.timed.minutes:
            sentence = say(
                "The exercise takes {needed} minutes, its slot has {minutes}.",
                needed=needed,
                minutes=item.timed.minutes,
            )
            remedy = say("Make the slot longer, or choose a shorter exercise.")
            yield Finding(
                "error", "exercise-too-long", (*item.at, "exercise"), sentence, remedy, ", ".join(item.slot.exercise)
            )


def lectures_are_short(subject: Subject) -> Iterator[Finding]:
    for item in subject.items:
        if item.timed.minutes > LONGEST_LECTURE and _is_lecture(item):
            sentence = say("{minutes} minutes of lecture and nothing else.", minutes=item.timed.minutes)
            remedy = say("Let the trainees do something after at most {most} minutes.", most=LONGEST_LECTURE)
            yield Finding("warning", "lecture-only", item.length_at, sentence, remedy, item.slot.title)


def lectures_leave_room(subject: Subject) -> Iterator[Finding]:
    for number, items in enumerate(subject.by_day):
        lectured = sum(item.timed.minutes for item in items if _is_lecture(item))
        taught = subject.timetable.days[number].taught
        if lectured * 100 > taught * LARGEST_SHARE:
            sentence = say(
                "Lecture alone fills {lectured} of {taught} minutes, {share} % of the day.",
                lectured=lectured,
                taught=taught,
                share=round(100 * lectured / taught),
            )
            remedy = say("Keep it under {most} %: add questions, a case or an exercise.", most=LARGEST_SHARE)
            yield Finding("warning", "lecture-share", ("days", number, "title"), sentence, remedy)


def _is_lecture(item: Item) -> bool:
    methods = item.methods.values()
    return not item.slot.is_break and item.certain and bool(methods) and all(m.category == LECTURE for m in methods)


def _measured(subject: Subject) -> frozenset[str]:
    """Sessions all of whose slots say how long they take."""
    unsure = {item.session.id for item in subject.items if not item.has_length}
    return frozenset(session.id for session in subject.outline.sessions) - unsure


def _compared(subject: Subject, code: str, at: Steps, stated: str, taught: int) -> Iterator[Finding]:
    hours = Fraction(str(subject.outline.hours_per_day))
    planned, said = taught / (hours * 60), duration(stated, float(hours)) / (hours * 60)
    if abs(planned - said) > TOLERANCE:
        sentence = say(
            "The plan has {minutes} minutes without breaks, {planned} of a day of {hours} hours.",
            minutes=taught,
            planned=f"{float(planned):.2f}",
            hours=f"{float(hours):g}",
        )
        remedy = say("State {planned} day, or change the slots.", planned=f"{float(planned):.2f}")
        yield Finding("warning", code, at, sentence, remedy)
