"""Every demo trainee writes like nobody else, and what they write fits the sheets."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

import pytest

from app.courses.files import read_files
from app.courses.loading import load_course
from app.courses.outline import Course
from app.demo.answers import DemoAnswer, answers_of, typed_fields
from app.demo.people import demo_organisation
from app.demo.plan import demo_plan
from app.documents.blocks import field_names
from app.exercises import fields_of, grade_answer, model_answer_of, read_answer
from config import PROJECT

LONG = 12
"""Characters of a text that two people would not write alike by chance."""
PEOPLE = [(cohort.id, number) for cohort in demo_plan().cohorts for number in cohort.people]


FIRST = "key-account-ecosystem"
DAY = date(2026, 11, 23)


@lru_cache
def course(slug: str = FIRST) -> Course:
    loaded = load_course(read_files(PROJECT), slug).course
    assert loaded is not None
    return loaded


def course_of(cohort: str) -> Course:
    return course(next(each.course for each in demo_plan().cohorts if each.id == cohort))


def written() -> Iterator[tuple[str, str, str]]:
    """Number, where, text: of everything that people word for themselves, trainers' comments with it."""
    for cohort, number in PEOPLE:
        for exercise, answer in answers_of(PROJECT, cohort, number).items():
            for one in answer.tries:
                place = f"{cohort}/{number} {exercise}"
                yield from ((number, f"{place} {name}", text) for name, text in texts_of(one))


def texts_of(answer: DemoAnswer) -> Iterator[tuple[str, str]]:
    for name, told in answer.write.items():
        yield from ((name, str(entry)) for entry in (told if isinstance(told, tuple) else (told,)))
    yield from (("comment", answer.comment), ("returned", answer.returned))


def sentences(text: str) -> Iterator[str]:
    found = (part.strip() for part in re.split(r"[。；？\n]", text))
    return (each for each in found if len(each) > LONG and not each.isascii())  # ids of options are no prose


def test_no_two_people_write_the_same() -> None:
    found = defaultdict(set)
    for number, place, text in written():
        for sentence in sentences(text):
            found[sentence].add((number, place))
    assert {sentence: places for sentence, places in found.items() if len({n for n, _ in places}) > 1} == {}


def test_no_comment_is_given_twice() -> None:
    comments = [text for _, place, text in written() if place.endswith("comment") and text]
    assert len(comments) > 50
    assert len(set(comments)) == len(comments)


def test_nobody_copies_the_model_answer() -> None:
    models = {
        sentence
        for slug in demo_plan().courses
        for spec in course(slug).exercises.values()
        for text in model_answer_of(spec).values()
        for sentence in sentences(text)
    }
    assert [place for _, place, text in written() for each in sentences(text) if each in models] == []


@pytest.mark.parametrize(("cohort", "number"), PEOPLE)
def test_only_what_a_key_asks_for_is_as_in_the_model_answer(cohort: str, number: str) -> None:
    """Prose that somebody worded for themselves stands on their sheet, never the author's."""
    for exercise, answer in answers_of(PROJECT, cohort, number).items():
        spec = course_of(cohort).exercises[exercise]
        model = {each for text in model_answer_of(spec).values() for each in sentences(text)}
        for one in answer.tries:
            typed = typed_fields(spec, fields_of(spec), one, DAY, number=number)
            copied = {name for name, text in typed.items() if model & set(sentences(text))}
            assert not copied, exercise


def test_everybody_wrote_something() -> None:
    assert len(demo_organisation().trainees) == 24
    assert {number for number, _, text in written() if len(text) > LONG} == {
        person.number for person in demo_organisation().trainees
    }


@pytest.mark.parametrize(("cohort", "number"), PEOPLE)
def test_answers_fit_the_sheets(cohort: str, number: str) -> None:
    for exercise, answer in answers_of(PROJECT, cohort, number).items():
        spec = course_of(cohort).exercises[exercise]
        names = set(field_names(fields_of(spec)))
        for one in answer.tries:
            fields = typed_fields(spec, fields_of(spec), one, DAY, number=number)
            assert fields.keys() <= names, exercise
            assert not any("{" in text for text in fields.values()), exercise
            assert read_answer(spec, fields).unreadable == {}, exercise
            grade = grade_answer(spec, read_answer(spec, fields))
            assert grade is not None or not {"key", "rule"} & set(spec.marking)
            known = [{level.points for level in criterion.levels} for criterion in spec.rubric]
            assert not one.levels or len(one.levels) == len(known)
            assert all(level in those for level, those in zip(one.levels, known, strict=False)), exercise
            assert not one.by or one.by in next(c for c in demo_plan().cohorts if c.id == cohort).trainers


def test_there_are_right_and_plausibly_wrong_numbers() -> None:
    points = set()
    for cohort, number in PEOPLE:
        answer = answers_of(PROJECT, cohort, number).get("six-financial-figures")
        if answer is not None:
            spec = course().exercises["six-financial-figures"]
            fields = typed_fields(spec, fields_of(spec), answer, DAY)
            grade = grade_answer(spec, read_answer(spec, fields))
            assert grade is not None
            points.add(grade.earned)
    assert len(points) >= 4


def test_days_are_counted_from_the_day_of_writing() -> None:
    spec = course().exercises["customer-information-record"]
    answer = DemoAnswer(write={"updated": "{-3}", "remark": "{+9} 再问一次"})
    fields = typed_fields(spec, fields_of(spec), answer, date(2026, 12, 30))
    assert fields == {"updated": "2026-12-27", "remark": "1 月 8 日 再问一次"}


def test_a_field_that_is_not_there_is_told() -> None:
    spec = course().exercises["needs-hierarchy"]
    with pytest.raises(ValueError, match="no field remarks"):
        typed_fields(spec, fields_of(spec), DemoAnswer(write={"remarks": "x"}), date(2026, 1, 1))
    with pytest.raises(ValueError, match=r"no field needs\.9 on"):
        typed_fields(spec, fields_of(spec), DemoAnswer(write={"needs.9": "a | b"}), date(2026, 1, 1))


def test_cells_side_by_side_are_told_in_one_line() -> None:
    spec = course("account-relationship").exercises["own-account-figures"]
    told = DemoAnswer(write={"lines": ("轮胎 | 400 | 310", "机油 || 80"), "lines.3": "滤芯 | 20"})
    assert typed_fields(spec, fields_of(spec), told, DAY) == {
        "lines.1.business": "轮胎",
        "lines.1.price": "400",
        "lines.1.cost": "310",
        "lines.2.business": "机油",
        "lines.2.cost": "80",
        "lines.3.business": "滤芯",
        "lines.3.price": "20",
    }


def test_every_kind_is_answered_by_enough_people_to_show_something() -> None:
    answered = defaultdict(set)
    for cohort, number in PEOPLE:
        for exercise in answers_of(PROJECT, cohort, number):
            answered[course_of(cohort).exercises[exercise].kind].add(number)
    shipped = {spec.kind for slug in demo_plan().courses for spec in course(slug).exercises.values()}
    assert {kind for kind in shipped if len(answered[kind]) < 6} == set()
