"""The first page of a course: facts, objectives, and which session stands where in the week."""

from __future__ import annotations

from collections.abc import Iterator

from app.courses.clock_times import hours_in_digits
from app.courses.timetable import TimedDay, TimedSession
from app.courses.typesetting import Manuscript, span
from app.documents.blocks import Block, Facts, Heading, Listing, Paragraph, Row, Table, Text, plain
from app.documents.markdown import inline
from app.words import Sentence, say


def course_facts(manuscript: Manuscript) -> Facts:
    """«5 天», «净授课 30 小时», «每组 4–6 人», who it is for."""
    course, timetable = manuscript.course, manuscript.timetable
    low, high = course.people_in_group
    sentences = [days_long(len(timetable.days)), hours_taught(timetable.taught), group_of(low, high)]
    if course.audience:
        sentences.append(say("For {people}", people=manuscript.listed(course.audience)))
    return Facts(manuscript.texts(*sentences))


def days_long(days: int) -> Sentence:
    return say("1 day") if days == 1 else say("{days} days", days=days)


def hours_taught(minutes: int) -> Sentence:
    """The hours net of breaks, to a tenth."""
    return say("{hours} hours taught", hours=hours_in_digits(minutes))


def group_of(low: int, high: int) -> Sentence:
    return say("groups of {size}", size=str(low) if low == high else f"{low}–{high}")


def objectives(manuscript: Manuscript) -> Iterator[Block]:
    """What people can do after the course."""
    if manuscript.course.objectives:
        yield Heading(manuscript.text(say("After this course you can")), 2)
        yield Listing(tuple((Paragraph(inline(objective)),) for objective in manuscript.course.objectives))


def overview(manuscript: Manuscript) -> Iterator[Block]:
    """A row for every session: day, time, title, exercises."""
    header = manuscript.texts(say("Day"), say("Time"), say("Session"), say("Exercises"))
    rows = tuple(row for day in manuscript.timetable.days for row in _rows(manuscript, day))
    yield Heading(manuscript.text(say("The course at a glance")), 2)
    yield Table(header, rows, widths=(13, 17, 38, 32), row_header=2)


def _rows(manuscript: Manuscript, day: TimedDay) -> Iterator[Row]:
    for number, timed in enumerate(day.sessions):
        name = inline(day.day.title) if number == 0 else plain("")
        yield Row((name, span(timed.start, timed.end), inline(timed.session.title), _exercises(manuscript, timed)))


def _exercises(manuscript: Manuscript, timed: TimedSession) -> tuple[Block, ...]:
    slugs = [slug for slot in timed.slots for slug in slot.slot.exercise] + list(timed.session.practice)
    titles: tuple[Text, ...] = tuple(inline(manuscript.course.exercises[slug].title) for slug in dict.fromkeys(slugs))
    return tuple(Paragraph(title) for title in titles)
