"""The run sheet: the day by the clock, one table a day, with room to write how long things really took."""

from __future__ import annotations

from collections.abc import Iterator

from app.courses.clock_times import clock
from app.courses.timetable import TimedDay, TimedSession, TimedSlot
from app.courses.typesetting import (
    Manuscript,
    chips,
    day_heading,
    exercise_pointers,
    pause_name,
    pauses_between,
    slot_title,
    tool_names,
)
from app.documents.blocks import NOTHING, Block, Document, Facts, PageBreak, Paragraph, Row, Table, Text, plain
from app.documents.markdown import inline
from app.words import say


def run_sheet(manuscript: Manuscript) -> Document:
    """The run sheet of all days, for trainers; each day begins on a page of its own."""
    blocks = tuple(block for day in manuscript.timetable.days for block in _day(manuscript, day))
    return manuscript.document(say("Run sheet"), say("Trainer's edition"), blocks)


def _day(manuscript: Manuscript, day: TimedDay) -> Iterator[Block]:
    if day is not manuscript.timetable.days[0]:
        yield PageBreak()
    yield day_heading(manuscript, day)
    end = clock(max(session.end for session in day.sessions))
    yield Facts(manuscript.texts(say("{minutes} min taught", minutes=day.taught), say("ends {time}", time=end)))
    header = manuscript.texts(
        say("Clock"), say("Planned"), say("Actual"), say("What to do"), say("Methods"), say("Materials and worksheets")
    )
    rows = tuple(_rows(manuscript, day))
    yield Table(header, rows, widths=(9, 7, 9, 29, 23, 23), numeric=frozenset({1}), row_header=3)


def _rows(manuscript: Manuscript, day: TimedDay) -> Iterator[Row]:
    pauses = pauses_between(day)
    for session in day.sessions:
        if pause := pauses.get(session.session.id):
            start, end = pause
            yield _wash(clock(start), end - start, manuscript.text(pause_name(start, end)))
        yield _opening(session)
        yield from (_slot(manuscript, slot) for slot in session.slots)


def _opening(session: TimedSession) -> Row:
    """The line a session begins with."""
    return Row(
        (plain(clock(session.start)), NOTHING, NOTHING, inline(session.session.title), NOTHING, NOTHING), "total"
    )


def _slot(manuscript: Manuscript, slot: TimedSlot) -> Row:
    if slot.is_break:
        return _wash(slot.starts, slot.minutes, slot_title(slot), tool_names(manuscript, slot.slot))
    start, minutes = plain(slot.starts), plain(str(slot.minutes))
    tools = Paragraph(tool_names(manuscript, slot.slot))
    materials = (tools, *exercise_pointers(manuscript, slot.slot))
    return Row((start, minutes, NOTHING, slot_title(slot), (chips(manuscript, slot.slot),), materials))


def _wash(start: str, minutes: int, what: Text, materials: Text = NOTHING) -> Row:
    return Row((plain(start), plain(str(minutes)), NOTHING, what, NOTHING, materials), "break")
