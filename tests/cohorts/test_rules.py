"""Which days are taught, and which dates cannot be."""

from __future__ import annotations

from datetime import date

import pytest

from app.cohorts.forms import read_day
from app.cohorts.rules import Dated, problems_of_dates, state_of, teaching_days, within_reach

FRIDAY = date(2026, 11, 27)


def dated(number: int, day: date, starts: int, minutes: int = 60) -> Dated:
    return Dated(number, f"S{number}", day, starts, minutes=minutes, room="", trainer_id=None)


def test_weekends_are_left_out_unless_they_are_taught() -> None:
    assert [day.day for day in teaching_days(FRIDAY, 3, skip_weekends=True)] == [27, 30, 1]
    assert [day.day for day in teaching_days(FRIDAY, 3, skip_weekends=False)] == [27, 28, 29]
    assert teaching_days(date(2026, 11, 28), 1, skip_weekends=True) == (date(2026, 11, 30),)


def test_dates_in_order_have_no_problems() -> None:
    assert problems_of_dates([dated(1, FRIDAY, 540), dated(2, FRIDAY, 600)], zone="Asia/Shanghai") == {}


@pytest.mark.parametrize(
    ("second", "place", "said"),
    [
        (dated(2, FRIDAY, 570), (2, "starts"), "{minutes} minutes overlap with “{title}”."),
        (dated(2, FRIDAY, 500), (2, "starts"), "It comes after “{title}” in the course, but begins before it."),
        (
            dated(2, date(2026, 11, 26), 900),
            (2, "day"),
            "It comes after “{title}” in the course, but begins before it.",
        ),
        (dated(2, FRIDAY, 1400), (2, "starts"), "It would end after midnight. Start earlier."),
    ],
)
def test_each_problem_stands_at_its_cell(second: Dated, place: tuple[int, str], said: str) -> None:
    found = problems_of_dates([dated(1, FRIDAY, 540), second], zone="Asia/Shanghai")
    assert {where: sentence.text for where, sentence in found.items()} == {place: said}


def test_a_time_that_the_clocks_skip_is_refused_only_where_they_do() -> None:
    spring = dated(1, date(2027, 3, 28), 150)
    assert list(problems_of_dates([spring], zone="Europe/Berlin")) == [(1, "starts")]
    assert problems_of_dates([spring], zone="Asia/Shanghai") == {}
    assert problems_of_dates([dated(1, date(2026, 10, 25), 150)], zone="Europe/Berlin") == {}  # it is there twice


def test_a_slip_of_the_keyboard_lies_out_of_reach() -> None:
    assert within_reach(date(2028, 1, 1), FRIDAY)
    assert not within_reach(date(2206, 11, 23), FRIDAY)
    assert not within_reach(date(1926, 11, 23), FRIDAY)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-27", FRIDAY),
        (" 2026/11/27 ", FRIDAY),
        ("2026.11.27", FRIDAY),
        ("20261127", FRIDAY),
        ("2026年11月27日", FRIDAY),
        ("2026-02-30", None),
        ("27-11-2026", None),
        ("0000-00-00", None),
        ("二〇二六-11-27", None),
        ("", None),
        ("-" * 99, None),
    ],
)
def test_dates_are_read_as_people_write_them(typed: str, day: date | None) -> None:
    assert read_day(typed) == day


def test_the_life_of_a_cohort() -> None:
    days = date(2026, 11, 23), FRIDAY
    when = [date(2026, 11, 22), days[0], FRIDAY, date(2026, 11, 28)]
    assert [state_of(*days, archived=False, today=today) for today in when] == [
        "coming",
        "running",
        "running",
        "finished",
    ]
    assert state_of(*days, archived=True, today=FRIDAY) == "archived"
    assert state_of(None, None, archived=False, today=FRIDAY) == "coming"
