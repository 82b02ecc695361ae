"""Marking by key and rule over every shipped exercise, beside reading the same answers as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from app.courses.files import read_files
from app.courses.loading import load_course
from app.exercises import Answer, Spec, grade_answer, model_answer_of, read_answer
from bench.content import ROOT
from bench.lines import Line

ANSWERS = 60
"""Different answers an exercise: a class and its slips."""
SECONDS = 1.0


@dataclass(frozen=True)
class Work:
    spec: Spec
    form: Mapping[str, str]
    answer: Answer
    stored: str


def lines() -> Iterator[Line]:
    """Answers a second on one core, each kind as often as exercises have it."""
    unit, name = "answers/s of a core", "json.loads of the answer"
    yield Line("grading, mix of kinds", unit, "≥ 20,000", _grading, _loading, name, more_is_better=True)
    yield Line("reading and grading, mix of kinds", unit, "–", _reading, _loading, name, more_is_better=True)


def _grading() -> float:
    return _rate(lambda work: grade_answer(work.spec, work.answer))


def _reading() -> float:
    return _rate(lambda work: grade_answer(work.spec, read_answer(work.spec, work.form)))


def _loading() -> float:
    return _rate(lambda work: json.loads(work.stored))


def _rate(do: Callable[[Work], object]) -> float:
    """How often a second of CPU, going round all answers to all exercises."""
    mix, count, started = works(), 0, time.process_time()
    while (spent := time.process_time() - started) < SECONDS:
        for work in mix:
            do(work)
        count += len(mix)
    return count / spent


@cache
def works() -> tuple[Work, ...]:
    """Answers to every exercise of the shipped courses that a key or a rule marks."""
    return tuple(work for slug in sorted(_courses()) for work in _of_course(slug))


def _courses() -> list[str]:
    return [path.parent.name for path in (ROOT / "courses").glob("*/outline.yaml")]


def _of_course(slug: str) -> Iterator[Work]:
    loaded = load_course(read_files(ROOT), slug)
    if loaded.course is None:
        raise RuntimeError("\n".join(map(str, loaded.problems)))
    for spec in loaded.course.exercises.values():
        if not {"key", "rule"} & set(spec.marking):
            continue
        model = model_answer_of(spec)
        for number in range(ANSWERS):
            form = dict(_slips(model, number))
            yield Work(spec, form, read_answer(spec, form), json.dumps(form, ensure_ascii=False))


def _slips(model: Mapping[str, str], number: int) -> Iterator[tuple[str, str]]:
    """A model answer in which some fields are blank, and some hold what belongs elsewhere."""
    texts = list(model.values())
    for name, text in model.items():
        drawn = sha256(f"{number}/{name}".encode()).digest()
        if drawn[0] < 40 * bool(number):
            continue
        yield name, texts[drawn[2] % len(texts)] if drawn[1] < 60 * bool(number) else text
