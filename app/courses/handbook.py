"""The handbook: what trainees read before, during and after the course. Nothing of it is for trainers only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.courses.overview import course_facts, objectives, overview
from app.courses.timetable import TimedDay, TimedSession
from app.courses.typesetting import Manuscript, notes_of, session_heading, span, split_title
from app.documents.blocks import Block, Document, Facts, Heading, Listing, PageBreak, Paragraph, plain
from app.documents.markdown import inline
from app.words import say


def handbook(manuscript: Manuscript) -> Document:
    """The handbook of the whole course; each session begins on a page of its own."""
    front = (course_facts(manuscript), *objectives(manuscript), *_process(manuscript), *overview(manuscript))
    chapters = tuple(b for day in manuscript.timetable.days for s in day.sessions for b in _chapter(manuscript, day, s))
    return manuscript.document(say("Handbook"), say("Trainees' edition"), (*front, *chapters))


def _process(manuscript: Manuscript) -> Iterator[Block]:
    if manuscript.course.process:
        yield Heading(manuscript.text(say("The steps of the work")), 2)
        yield Paragraph(plain(" → ").join(inline(step.label) for step in manuscript.course.process))


def _chapter(manuscript: Manuscript, day: TimedDay, timed: TimedSession) -> Iterator[Block]:
    """A session: its title as the notes give it, when it is, and its text."""
    title, text = split_title(notes_of(manuscript, timed, for_trainers=False))
    yield PageBreak()
    yield replace(session_heading(timed.session), level=1, text=title or inline(timed.session.title))
    yield Facts((inline(day.day.title), span(timed.start, timed.end)))
    yield from text or _aims(timed)


def _aims(timed: TimedSession) -> Iterator[Block]:
    """What stands in for notes that nobody has written: titles and aims of the slots."""
    for slot in timed.slots:
        if not slot.is_break:
            yield Heading(inline(slot.slot.title or ""), 2)
            yield Listing(tuple((Paragraph(inline(aim)),) for aim in slot.slot.aims))
