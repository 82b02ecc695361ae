"""Rules on the clock: how times are written, and whether the slots of a day fit one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from app.courses.clock_times import MIDNIGHT, RangeReading, Slip, clock, read_range, read_time
from app.courses.lint.subject import Finding, Item, Subject, sessions_of
from app.courses.problems import Severity
from app.courses.source import Steps
from app.courses.timetable import pinned_start
from app.words import Sentence, say

LONGEST_RUN = 120
"""Minutes that people listen and work without a break."""
MEALS = ((11 * 60 + 30, 14 * 60), (17 * 60, 19 * 60))
"""When a gap between two sessions is a meal that nobody writes down."""
SHORTEST_MEAL, LONGEST_MEAL = 30, 150

_SLIPS: dict[Slip, tuple[Severity, Sentence]] = {
    "malformed-time": ("error", say("This is no time of day.")),
    "odd-separator": ("warning", say("Another sign than a hyphen stands between the times.")),
    "unpadded-time": ("warning", say("An hour before ten has one digit.")),
    "backwards-time": ("error", say("The end does not come after the start.")),
}


def times_are_well_written(subject: Subject) -> Iterator[Finding]:
    for at, session in sessions_of(subject):
        if session.starts is not None:
            reading = read_time(session.starts)
            yield from _slips((*at, "starts"), reading.slips, _shown(reading.minutes))
    for item in subject.items:
        if item.slot.time is not None:
            span = read_range(item.slot.time)
            yield from _slips((*item.at, "time"), span.slips, _shown_range(span))
        if item.slot.at is not None:
            reading = read_time(item.slot.at)
            yield from _slips((*item.at, "at"), reading.slips, _shown(reading.minutes))


def slots_have_a_length(subject: Subject) -> Iterator[Finding]:
    for item in subject.items:
        if item.slot.minutes is None and item.slot.time is None:
            sentence = say("The slot does not say how long it takes.")
            yield Finding("error", "minutes-missing", item.at, sentence, say("Add “minutes” or “time”."), item.name)


def days_have_a_start(subject: Subject) -> Iterator[Finding]:
    for number, items in enumerate(subject.by_day):
        first = items[0]
        if first.session.starts is None and first.slot.at is None and first.slot.time is None:
            sentence = say("Nothing says when this day begins.")
            remedy = say("Add “starts” to its first session.")
            yield Finding(
                "error", "starts-missing", ("days", number, "sessions", 0), sentence, remedy, first.session.title
            )


def minutes_agree_with_times(subject: Subject) -> Iterator[Finding]:
    for item in subject.items:
        span = read_range(item.slot.time or "")
        length = 0 if span.start is None or span.end is None else span.end - span.start
        if length and item.slot.minutes not in (None, length):
            sentence = say(
                "From {start} to {end} are {length} minutes, not {minutes}.",
                start=item.timed.starts,
                end=item.timed.ends,
                length=length,
                minutes=item.slot.minutes,
            )
            remedy = say("Correct one of them, or leave out “minutes”.")
            yield Finding("error", "time-mismatch", (*item.at, "minutes"), sentence, remedy)


def pins_agree(subject: Subject) -> Iterator[Finding]:
    for item in subject.items:
        if item.slot.at is not None and item.slot.time is not None:
            pins = {read_time(item.slot.at).minutes, read_range(item.slot.time).start}
            if None not in pins and len(pins) > 1:
                sentence = say("“at” and “time” name two starts.")
                yield Finding("error", "time-mismatch", (*item.at, "at"), sentence, say("Leave out “at”."))


def slots_do_not_overlap(subject: Subject) -> Iterator[Finding]:
    for items in subject.by_day:
        for before, after in _sure_pairs(items):
            over = before.timed.end - after.timed.start
            if over > 0 and after.timed.start < before.timed.start:
                yield _out_of_order(before, after)
            elif over > 0:
                yield _overlap(before, after, over)


def half_days_have_no_gaps(subject: Subject) -> Iterator[Finding]:
    for items in subject.by_day:
        for before, after in _sure_pairs(items):
            free = after.timed.start - before.timed.end
            at_table = before.at[:-1] != after.at[:-1] and _is_meal(before.timed.end, after.timed.start)
            if free > 0 and before.has_length and not at_table:
                sentence = say(
                    "Nothing is planned from {start} to {end}.", start=before.timed.ends, end=after.timed.starts
                )
                remedy = say("Begin at {start}, or plan the {minutes} minutes.", start=before.timed.ends, minutes=free)
                yield Finding("warning", "gap", _start_place(after), sentence, remedy)


def sessions_begin_when_they_say(subject: Subject) -> Iterator[Finding]:
    for item in subject.items:
        said = read_time(item.session.starts).minutes if item.session.starts is not None else None
        if item.at[-1] == 0 and said is not None and pinned_start(item.slot) not in (None, said):
            sentence = say(
                "The session starts at {session}, its first slot at {slot}.",
                session=clock(said),
                slot=item.timed.starts,
            )
            yield Finding("error", "time-mismatch", (*item.at[:-2], "starts"), sentence, say("Leave one of them out."))


def days_end_before_midnight(subject: Subject) -> Iterator[Finding]:
    for items in subject.by_day:
        late = next((item for item in items if item.timed.end > MIDNIGHT), None)
        if late:
            sentence = say("This runs until {end}, past midnight.", end=late.timed.ends)
            yield Finding(
                "error",
                "past-midnight",
                late.at,
                sentence,
                say("Check the minutes and starts of this day."),
                late.name,
            )


def people_get_a_break(subject: Subject) -> Iterator[Finding]:
    for items in subject.by_day:
        for run in _runs(items):
            first, last = run[0].timed, run[-1].timed
            if last.end - first.start > LONGEST_RUN:
                sentence = say(
                    "From {start} to {end} there is no break for {minutes} minutes.",
                    start=first.starts,
                    end=last.ends,
                    minutes=last.end - first.start,
                )
                remedy = say("Plan a break after at most {most} minutes.", most=LONGEST_RUN)
                crossing = next(item for item in run if item.timed.end - first.start > LONGEST_RUN)
                yield Finding("warning", "over-120-without-break", crossing.length_at, sentence, remedy, crossing.name)


def _sure_pairs(items: tuple[Item, ...]) -> Iterator[tuple[Item, Item]]:
    """Neighbours but those of a slot that ends before it starts: which of its two times is wrong nobody knows."""
    for before, after in pairwise(items):
        if not _is_backwards(before) and not _is_backwards(after):
            yield before, after


def _is_backwards(item: Item) -> bool:
    return "backwards-time" in read_range(item.slot.time or "").slips


def _slips(at: Steps, slips: tuple[Slip, ...], read_as: str) -> Iterator[Finding]:
    for slip in slips:
        severity, sentence = _SLIPS[slip]
        yield Finding(severity, slip, at, sentence, _way_to_write(slip, read_as))


def _way_to_write(slip: Slip, read_as: str) -> Sentence:
    if slip == "backwards-time":
        return say("Write {time}, or correct the end.", time=read_as) if read_as else say("Correct the end.")
    if read_as:
        return say("Write {time}.", time=read_as)
    return say("Write hours and minutes with two digits each, such as 09:30.")


def _shown(minutes: int | None) -> str:
    return "" if minutes is None else clock(minutes)


def _shown_range(span: RangeReading) -> str:
    return "" if span.start is None or span.end is None else f"{clock(span.start)}-{clock(span.end)}"


def _overlap(before: Item, after: Item, minutes: int) -> Finding:
    sentence = say(
        "“{before}” overlaps “{after}” by {minutes} minutes.", before=before.name, after=after.name, minutes=minutes
    )
    if before.slot.time is not None:
        remedy = say("End it at {time}, or move what follows.", time=after.timed.starts)
        return Finding("error", "overlap", (*before.at, "time"), sentence, remedy)
    remedy = say("Begin at {time}, or shorten what comes before.", time=before.timed.ends)
    return Finding("error", "overlap", _start_place(after), sentence, remedy)


def _out_of_order(before: Item, after: Item) -> Finding:
    sentence = say(
        "“{after}” begins at {start}, before “{before}” at {earlier}.",
        after=after.name,
        before=before.name,
        start=after.timed.starts,
        earlier=before.timed.starts,
    )
    return Finding("error", "overlap", _start_place(after), sentence, say("Put them in order, or correct the times."))


def _start_place(item: Item) -> Steps:
    """Where the outline says when it begins."""
    for key in ("time", "at"):
        if getattr(item.slot, key) is not None:
            return (*item.at, key)
    return (*item.at[:-2], "starts") if item.at[-1] == 0 and item.session.starts is not None else item.at


def _is_meal(start: int, end: int) -> bool:
    return SHORTEST_MEAL <= end - start <= LONGEST_MEAL and any(start < late and end > early for early, late in MEALS)


def _runs(items: tuple[Item, ...]) -> Iterator[list[Item]]:
    """Slots that follow one another without a break or a gap."""
    run: list[Item] = []
    for item in items:
        if run and (item.slot.is_break or item.timed.start > run[-1].timed.end):
            yield run
            run = []
        if not item.slot.is_break:
            run.append(item)
    if run:
        yield run
