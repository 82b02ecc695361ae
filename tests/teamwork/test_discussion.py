"""Stages, their minutes, what comes next, and who leads: decisions over plain values."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exercises import parse_spec
from app.teamwork.discussion import STAGES, Member, is_ahead, leader_among, standing, steps_of
from tests.conftest import NOW
from tests.exercises.samples import hierarchy


def stages_of(**head: Any) -> list[tuple[str, int]]:
    return [(step.stage, step.minutes) for step in steps_of(parse_spec(hierarchy(work="group", **head)))]


def test_an_exercise_that_says_nothing_has_the_usual_shares() -> None:
    assert stages_of(minutes=60) == [("read", 12), ("discuss", 21), ("record", 18), ("share", 9), ("done", 0)]


def test_an_exercise_has_the_stages_that_its_author_gives_minutes() -> None:
    said = {"discuss": 15, "share": 5}
    assert stages_of(minutes=20, discussion=said) == [("discuss", 15), ("share", 5), ("done", 0)]


@given(st.integers(1, 480))
def test_the_usual_stages_take_the_minutes_of_the_exercise(minutes: int) -> None:
    found = stages_of(minutes=minutes)
    assert sum(each for _, each in found) == minutes
    exact = {"read": 20, "discuss": 35, "record": 30, "share": 15}
    assert all(abs(each - minutes * exact[stage] / 100) < 1 for stage, each in found if stage != "done")
    assert [stage for stage, _ in found] == [stage for stage in STAGES if stage in dict(found)]


def test_outside_class_nobody_counts_the_minutes() -> None:
    steps = steps_of(parse_spec(hierarchy(work="group", minutes=60)), in_class=False)
    assert [(step.stage, step.minutes) for step in steps] == [(stage, 0) for stage in STAGES]
    where = standing(steps, "read", NOW)
    assert (where.ends_at, where.is_over(NOW + timedelta(days=9))) == (None, False)


def test_where_a_party_is() -> None:
    steps = steps_of(parse_spec(hierarchy(work="pairs", minutes=20)))
    where = standing(steps, "discuss", NOW)
    assert (where.stage, where.number, where.before, where.after) == ("discuss", 2, "read", "record")
    assert where.ends_at == NOW + timedelta(minutes=7)
    assert not where.is_over(NOW + timedelta(minutes=6, seconds=59))
    assert where.is_over(NOW + timedelta(minutes=7))


def test_the_last_stage_never_ends() -> None:
    where = standing(steps_of(parse_spec(hierarchy(work="pairs", minutes=20))), "done", NOW)
    assert (where.before, where.after, where.ends_at) == ("share", None, None)
    assert not where.is_over(NOW + timedelta(days=400))


@pytest.mark.parametrize("stage", ["", "nonsense"])
def test_a_party_that_nobody_led_on_is_in_the_first_stage(stage: str) -> None:
    where = standing(steps_of(parse_spec(hierarchy(work="pairs", minutes=20))), stage, NOW)
    assert (where.stage, where.before, where.after) == ("read", None, "discuss")


def test_stages_come_one_after_the_other() -> None:
    assert [is_ahead(stage, of="record") for stage in STAGES] == [False, False, False, True, True]


def test_who_leads() -> None:
    ann, ben, cai = Member(1, 11, "Ann"), Member(2, 12, "Ben", leads_group=True), Member(3, 13, "Cai")
    assert leader_among([ann, ben, cai], chosen=3) == cai
    assert leader_among([ann, ben, cai], chosen=None) == ben
    assert leader_among([ann, ben], chosen=3) == ben  # whom they chose has left
    assert leader_among([ann, cai], chosen=None) == ann
    assert leader_among([], chosen=1) is None
