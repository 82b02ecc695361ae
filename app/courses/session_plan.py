"""The session plan: what is taught in every slot, how, with what and what for; then the notes, trainers' too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.courses.overview import course_facts, objectives, overview
from app.courses.timetable import TimedDay, TimedSession, TimedSlot
from app.courses.typesetting import (
    Manuscript,
    aims,
    chips,
    day_heading,
    exercise_pointers,
    notes_of,
    session_heading,
    shifted,
    slot_title,
    span,
    split_title,
    tool_names,
)
from app.documents.blocks import NOTHING, Block, Document, Facts, Heading, PageBreak, Row, Table, plain
from app.words import say


def session_plan(manuscript: Manuscript) -> Document:
    """The plan of the whole course, for trainers."""
    blocks = (course_facts(manuscript), *objectives(manuscript), *overview(manuscript), *_days(manuscript))
    return manuscript.document(say("Session plan"), say("Trainer's edition"), blocks)


def _days(manuscript: Manuscript) -> Iterator[Block]:
    for day in manuscript.timetable.days:
        yield PageBreak()
        yield from _day(manuscript, day)


def _day(manuscript: Manuscript, day: TimedDay) -> Iterator[Block]:
    yield day_heading(manuscript, day)
    for session in day.sessions:
        yield session_heading(session.session)
        yield session_facts(manuscript, session)
        yield plan_table(manuscript, session)
        yield from _notes(manuscript, session)


def session_facts(manuscript: Manuscript, session: TimedSession) -> Facts:
    """«09:00–12:00», «净授课 165 分钟», the steps it covers."""
    steps = {step.id: step.label for step in manuscript.course.process}
    covered = manuscript.listed(steps[step] for step in session.session.covers)
    items = (
        span(session.start, session.end),
        manuscript.text(say("{minutes} min taught", minutes=session.taught)),
        manuscript.text(say("Covers: {steps}", steps=covered)) if covered else NOTHING,
    )
    return Facts(tuple(item for item in items if item))


def plan_table(manuscript: Manuscript, session: TimedSession) -> Table:
    """A row for every slot: time, minutes, content, methods, tools, aims."""
    header = manuscript.texts(
        say("Time"), say("Minutes"), say("Content"), say("Methods"), say("Tools"), say("Afterwards you can")
    )
    rows = tuple(_row(manuscript, slot) for slot in session.slots)
    return Table(header, rows, widths=(8, 6, 24, 16, 17, 29), numeric=frozenset({1}), row_header=2)


def _row(manuscript: Manuscript, slot: TimedSlot) -> Row:
    start, minutes, title = plain(slot.starts), plain(str(slot.minutes)), slot_title(slot)
    tools = tool_names(manuscript, slot.slot)
    if slot.is_break:
        return Row((start, minutes, title, NOTHING, tools, NOTHING), "break")
    outcome = (*aims(slot.slot), *exercise_pointers(manuscript, slot.slot))
    return Row((start, minutes, title, (chips(manuscript, slot.slot),), tools, outcome))


def _notes(manuscript: Manuscript, session: TimedSession) -> Iterator[Block]:
    """The notes under the table; a section that is named like a slot begins with the time of that slot."""
    title, text = split_title(notes_of(manuscript, session, for_trainers=True))
    starts = {slot.slot.title: slot.starts for slot in session.slots}
    if title:
        yield Heading(title, 3)
    for block in shifted(text, 1):
        if isinstance(block, Heading) and (start := starts.get(block.text.striptags())):
            yield replace(block, text=plain(" ").join((plain(start), block.text)))
        else:
            yield block
