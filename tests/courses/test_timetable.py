"""Clock times: as people print them, and as they are compiled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.courses.clock_times import RangeReading, Reading, clock, read_range, read_time
from app.courses.outline import Outline
from app.courses.timetable import compile_timetable
from tests.courses.samples import loaded


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("09:30", Reading(570)),
        ("24:00", Reading(1440)),
        ("9:30", Reading(570, ("unpadded-time",))),
        ("010:15", Reading(615, ("malformed-time",))),
        ("9：30", Reading(570, ("malformed-time",))),
        ("9.30", Reading(570, ("malformed-time",))),
        ("25:00", Reading(None, ("malformed-time",))),
        ("09:60", Reading(None, ("malformed-time",))),
        ("0９:30", Reading(570, ("malformed-time",))),
        ("09:3", Reading(570, ("malformed-time",))),
        ("1O:3O", Reading(630, ("malformed-time",))),
        ("1:30 pm", Reading(810, ("malformed-time",))),
        ("下午1:30", Reading(810, ("malformed-time",))),
        ("12:30pm", Reading(750, ("malformed-time",))),
        ("noon", Reading(None, ("malformed-time",))),
        ("", Reading(None, ("malformed-time",))),
    ],
)
def test_a_time_is_read(text: str, reading: Reading) -> None:
    assert read_time(text) == reading


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("09:00-10:30", RangeReading(540, 630)),
        ("09:00-9:30", RangeReading(540, 570, ("unpadded-time",))),
        ("9:00-9:30", RangeReading(540, 570, ("unpadded-time",))),
        ("9:50~10:30", RangeReading(590, 630, ("unpadded-time", "odd-separator"))),
        ("09:50 – 10:30", RangeReading(590, 630, ("odd-separator",))),
        ("09:50至10:30", RangeReading(590, 630, ("odd-separator",))),
        ("09:00-010:15", RangeReading(540, 615, ("malformed-time",))),
        ("10:30-09:00", RangeReading(540, 630, ("backwards-time",))),
        ("09:00", RangeReading(540, None, ("malformed-time",))),
        ("09:00-", RangeReading(540, None, ("malformed-time",))),
        ("—10:30", RangeReading(None, 630, ("malformed-time",))),
        ("09:00-09:00", RangeReading(540, None, ("backwards-time",))),
        ("from nine to ten", RangeReading(None, None, ("malformed-time",))),
    ],
)
def test_a_range_is_read_with_each_slip_once(text: str, reading: RangeReading) -> None:
    assert read_range(text) == reading


@given(st.text(max_size=30))
def test_reading_a_time_never_fails(text: str) -> None:
    span = read_range(text)
    assert span.start is None or span.end is None or span.start < span.end


@given(st.integers(0, 1439))
def test_a_written_time_is_read_as_it_was(minutes: int) -> None:
    assert read_time(clock(minutes)) == Reading(minutes)


def test_a_timetable_follows_minutes_and_pins() -> None:
    course = loaded().course
    assert course
    assert compile_timetable(course).as_json("coffee") == {
        "course": "coffee",
        "days": [
            {
                "title": "Monday",
                "sessions": [
                    {
                        "id": "beans",
                        "title": "From the shrub to the cup",
                        "slots": [
                            slot_times("growing", "Where beans grow", "09:00", "10:00", minutes=60),
                            slot_times("pause", "Tea break", "10:00", "10:15", minutes=15, pause=True),
                            slot_times("drinks", "Hot and cold", "10:15", "10:45", minutes=30),
                        ],
                    }
                ],
            }
        ],
    }


def slot_times(id_: str, title: str, start: str, end: str, *, minutes: int, pause: bool = False) -> dict[str, object]:
    return {"id": id_, "title": title, "start": start, "end": end, "minutes": minutes, "break": pause}


def outline(*slots: dict[str, object], **session: object) -> Outline:
    first = {"id": "s", "title": "S", "slots": list(slots), **session}
    second = {"id": "t", "title": "T", "slots": [{"minutes": 10, "title": "After"}]}
    days = [{"title": "D", "sessions": [first, second]}]
    return Outline.model_validate({"format": 1, "title": "C", "language": "en", "days": days})


def test_a_session_without_a_start_follows_the_one_before() -> None:
    compiled = compile_timetable(outline({"minutes": 20, "title": "A"}, starts="08:40"))
    assert [(s.id, s.starts, s.ends) for s in compiled.slots] == [("s-1", "08:40", "09:00"), ("t-1", "09:00", "09:10")]


def test_an_unreadable_end_is_filled_in_from_the_next_start() -> None:
    compiled = compile_timetable(outline({"time": "09:00-1O:00", "title": "A"}, {"time": "10:00-10:30", "title": "B"}))
    assert [(slot.starts, slot.ends) for slot in compiled.slots][:2] == [("09:00", "10:00"), ("10:00", "10:30")]


def test_what_overlaps_is_taught_once() -> None:
    slots: tuple[dict[str, object], ...] = (
        {"time": "13:30-14:45", "title": "A"},
        {"time": "14:30-14:45", "break": "tea"},
        {"time": "14:45-15:00", "title": "B"},
    )
    session = compile_timetable(outline(*slots)).days[0].sessions[0]
    assert (session.taught, session.break_minutes) == (75, 15)
