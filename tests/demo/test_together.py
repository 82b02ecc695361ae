"""What the demo groups do fits the course: sheets, rubrics, stages, and people who sit together."""

from __future__ import annotations

from datetime import date

import pytest

from app.demo.answers import typed_fields
from app.demo.plan import demo_plan
from app.demo.together import DemoReview, demo_together
from app.documents.blocks import field_names
from app.exercises import fields_of, model_answer_of, read_answer
from tests.demo.test_answers import course_of, sentences

TOLD = demo_together()
COHORT = next(each for each in demo_plan().cohorts if each.id == TOLD.cohort)
DAY = date(2026, 11, 23)
ANSWERS = [(exercise, group) for exercise, groups in TOLD.answers.items() for group in groups]


def test_everybody_of_the_cohort_sits_in_one_group() -> None:
    seated = [number for numbers in TOLD.groups.values() for number in numbers]
    assert sorted(seated) == sorted(COHORT.people)


@pytest.mark.parametrize(("exercise", "group"), ANSWERS)
def test_answers_of_groups_fit_the_sheet_in_their_own_words(exercise: str, group: str) -> None:
    spec = course_of(TOLD.cohort).exercises[exercise]
    typed = typed_fields(spec, fields_of(spec), TOLD.answers[exercise][group], DAY, number=group)
    assert spec.work == "group"
    assert typed.keys() <= set(field_names(fields_of(spec)))
    assert read_answer(spec, typed).unreadable == {}
    model = {each for text in model_answer_of(spec).values() for each in sentences(text)}
    assert {name for name, text in typed.items() if model & set(sentences(text))} == set()


@pytest.mark.parametrize(
    ("exercise", "review"),
    [*((TOLD.round.exercise, each) for each in TOLD.round.reviews.values()), (TOLD.observed.exercise, TOLD.observed)],
)
def test_reviews_choose_levels_that_the_rubric_has(exercise: str, review: DemoReview) -> None:
    rubric = course_of(TOLD.cohort).exercises[exercise].rubric
    assert len(review.levels) == len(rubric)
    assert all(
        points in {level.points for level in each.levels} for points, each in zip(review.levels, rubric, strict=True)
    )


def test_the_discussion_is_one_and_its_writers_sit_there() -> None:
    spec = course_of(TOLD.cohort).exercises[TOLD.talk.exercise]
    assert spec.discussion is not None
    assert set(TOLD.talk.fields) <= set(TOLD.groups[TOLD.talk.group])
    assert {name for fields in TOLD.talk.fields.values() for name in fields} <= set(field_names(fields_of(spec)))


def test_whoever_observes_does_not_watch_their_own_group() -> None:
    assert TOLD.observed.observer not in TOLD.groups[TOLD.observed.group]


def test_the_gradebook_names_exercises_of_its_course() -> None:
    slugs = set(course_of(TOLD.rules.cohort).exercise_slugs)
    assert {*TOLD.rules.practice, *TOLD.rules.weights} <= slugs
