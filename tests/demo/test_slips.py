"""Slips: as many as asked for, always the same, and never an answer that a sheet could not hold."""

from __future__ import annotations

from functools import lru_cache

import pytest

from app.courses.files import read_files
from app.courses.loading import load_course
from app.courses.outline import Course
from app.demo.plan import demo_plan
from app.demo.slips import with_slips
from app.exercises import fields_of, grade_answer, model_answer_of, read_answer
from config import PROJECT


@lru_cache
def courses() -> tuple[Course, ...]:
    files = read_files(PROJECT)
    found = (load_course(files, slug).course for slug in sorted(demo_plan().courses))
    return tuple(course for course in found if course is not None)


@pytest.mark.parametrize("seed", range(12))
def test_slips_cost_points_and_can_be_read(seed: int) -> None:
    lowered = set()
    for spec in (spec for course in courses() for spec in course.exercises.values() if "key" in spec.marking):
        right, blocks = model_answer_of(spec), fields_of(spec)
        wrong = with_slips(right, blocks, 3, f"{seed}")
        assert wrong == with_slips(right, blocks, 3, f"{seed}")
        answers = (read_answer(spec, right), read_answer(spec, wrong))
        assert answers[1].unreadable == {}, spec.title
        best, lesser = (grade_answer(spec, answer) for answer in answers)
        assert best is not None
        assert lesser is not None
        if lesser.earned < best.earned:
            lowered.add(spec.kind)
    kinds = {spec.kind for course in courses() for spec in course.exercises.values() if "key" in spec.marking}
    assert lowered == kinds


def test_no_slips_leave_a_right_answer_as_it_is() -> None:
    spec = courses()[0].exercises["six-selling-steps"]
    assert with_slips(model_answer_of(spec), fields_of(spec), 0, "x") == model_answer_of(spec)


def test_slips_in_an_order_are_places_changed() -> None:
    spec = courses()[0].exercises["six-selling-steps"]
    right = model_answer_of(spec)
    wrong = with_slips(right, fields_of(spec), 1, "x")
    assert sum(wrong[name] != right[name] for name in right) == 2
    assert sorted(wrong.values()) == sorted(right.values())
