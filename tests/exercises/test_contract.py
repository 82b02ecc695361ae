"""Every exercise in the tree keeps the promises of its kind, and the checks catch kinds that do not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from app.documents.blocks import Block, Paragraph, field_names, plain
from app.exercises import (
    KINDS,
    Grade,
    Spec,
    giveaways,
    grade_answer,
    kind_of,
    model_answer_of,
    parse_spec,
    read_answer,
    secret_of,
    sheet_of,
)
from app.exercises.kind import AnyKind
from app.exercises.kinds.calculation.kind import Calculation, CalculationAnswer, CalculationSpec
from app.exercises.texts import STORED
from app.exercises.typed import Form
from tests.exercises import contract
from tests.exercises.samples import FILES, calculation, shipped

Check = Callable[[AnyKind, Spec], None]
KINDS_FOLDER = Path(__file__).parents[2] / "app" / "exercises" / "kinds"


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def spec(request: pytest.FixtureRequest) -> Spec:
    return shipped(request.param)


@pytest.mark.parametrize("check", contract.PROMISES, ids=lambda check: check.__name__.removeprefix("check_"))
def test_kind_keeps_its_promise(spec: Spec, check: Check) -> None:
    check(kind_of(spec), spec)


def test_trainee_side_works_without_the_key(spec: Spec) -> None:
    kind = kind_of(spec)
    contract.check_trainee_side_works_without_the_key(kind, spec, kind.secret)


def test_whole_sheet_works_without_any_secret(spec: Spec) -> None:
    blind = contract.without(spec, secret_of(spec))
    form = model_answer_of(spec)
    assert sheet_of(blind) == sheet_of(spec)
    assert read_answer(blind, form) == read_answer(spec, form)


def test_model_answer_is_on_the_whole_sheet(spec: Spec) -> None:
    names = field_names(sheet_of(spec))
    assert set(model_answer_of(spec)) <= set(names)
    assert len(set(names)) == len(names)


def test_whole_answer_survives_storage(spec: Spec) -> None:
    answer = read_answer(spec, model_answer_of(spec))
    assert type(answer).model_validate_json(answer.model_dump_json()) == answer
    assert list(answer.reasons) == [reason.id for reason in spec.reasons]


def test_spec_survives_storage(spec: Spec) -> None:
    assert parse_spec(spec.model_dump(mode="json"), context=STORED) == spec


def test_what_no_key_marks_has_a_rubric(spec: Spec) -> None:
    grade = grade_answer(spec, read_answer(spec, {}))
    keyed = grade.possible if grade else Fraction(0)
    assert keyed + spec.rubric_points == spec.points


def test_ids_give_nothing_away(spec: Spec) -> None:
    assert list(giveaways(spec)) == []


def test_every_kind_has_an_exercise() -> None:
    assert {shipped(path).kind for path in FILES} == set(KINDS)


def test_every_folder_of_kinds_is_registered() -> None:
    contract.check_folders_are_registered(KINDS_FOLDER, KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_kind_knows_no_clock_and_no_disk(name: str) -> None:
    contract.check_folder_is_pure(KINDS_FOLDER / name)


# Kinds that break one promise each.


class Leaking(Calculation):
    def sheet(self, spec: CalculationSpec) -> tuple[Block, ...]:
        return (Paragraph(plain(str(spec.quantities[0].answer))), *super().sheet(spec))


class Stingy(Calculation):
    def model_answer(self, spec: CalculationSpec) -> Form:
        return dict.fromkeys(super().model_answer(spec), "0")


class Generous(Calculation):
    def grade(self, spec: CalculationSpec, answer: CalculationAnswer) -> Grade:
        grade = super().grade(spec, answer)
        return Grade(parts=tuple(part.model_copy(update={"earned": part.possible}) for part in grade.parts))


class Fussy(Calculation):
    def read(self, spec: CalculationSpec, form: Form) -> CalculationAnswer:
        return super().read(spec, {q.id: form[q.id] for q in spec.quantities} if form else {})


class Elsewhere(Calculation):
    def read(self, spec: CalculationSpec, form: Form) -> CalculationAnswer:
        answer = super().read(spec, form)
        return answer.model_copy(update={"unreadable": {f"q.{k}": why for k, why in answer.unreadable.items()}})


class Unstorable(Calculation):
    def read(self, spec: CalculationSpec, form: Form) -> CalculationAnswer:
        return super().read(spec, form).model_copy(update={"numbers": None})


class OffTheSheet(Calculation):
    def model_answer(self, spec: CalculationSpec) -> Form:
        return {**super().model_answer(spec), "bonus": "1"}


class Moody(Calculation):
    turns: Iterator[int] = count()

    def grade(self, spec: CalculationSpec, answer: CalculationAnswer) -> Grade:
        grade = super().grade(spec, answer)
        return Grade(parts=tuple(part.model_copy(update={"why": str(next(self.turns))}) for part in grade.parts))


class Unshowable(Calculation):
    def sheet(self, spec: CalculationSpec) -> tuple[Any, ...]:
        return (*super().sheet(spec), "no block")


def two_quantities() -> Spec:
    return parse_spec(calculation({"id": "a", "label": "A", "answer": 3}, {"id": "b", "label": "B", "answer": 5}))


@pytest.mark.parametrize("check", contract.PROMISES, ids=lambda check: check.__name__.removeprefix("check_"))
def test_sound_kind_passes_where_broken_ones_fail(check: Check) -> None:
    check(Calculation(), two_quantities())


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (Stingy(), contract.check_model_answer_earns_everything),
        (Generous(), contract.check_empty_form_earns_nothing),
        (Fussy(), contract.check_half_a_form_can_be_read),
        (Elsewhere(), contract.check_unreadable_fields_are_named),
        (Unstorable(), contract.check_answer_survives_storage),
        (OffTheSheet(), contract.check_model_answer_is_on_the_sheet),
        (Moody(), contract.check_same_answer_gets_same_grade),
        (Unshowable(), contract.check_sheet_can_be_shown),
        (Unshowable(), contract.check_sheet_prints),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Calculation) else "",
)
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_kind_that_breaks_a_promise_is_caught(kind: AnyKind, check: Check) -> None:
    with pytest.raises((AssertionError, AttributeError, KeyError, TypeError, ValueError)):
        check(kind, two_quantities())


def test_kind_that_leaks_its_key_is_caught() -> None:
    with pytest.raises(AttributeError):
        contract.check_trainee_side_works_without_the_key(Leaking(), parse_spec(calculation()), Leaking.secret)


@pytest.mark.parametrize(
    "line",
    [
        *("from app.clock import now", "from app import clock", "from app.clock import *", "from ....clock import now"),
        *("import time", "import time as re", "import datetime", "from datetime import datetime as date"),
        *("from datetime import date\ndate.today()", "from app.exercises.dates import date\nwhen = date.today"),
        *("import random", "from random import Random", "import secrets", "import uuid", "import numpy.random"),
        *("import os", "from os import environ", "import pathlib", "import sys", "import socket", "import importlib"),
        *("__import__('time').time()", "load = __import__", "open('/etc/hostname')", "eval('1')", "exec('')"),
        *("hash('a')", "__builtins__['open']", "().__class__.__base__.__subclasses__()", "print.__globals__"),
        *("def grade():\n    from flask import request", "from app.assessment import models", "import sqlalchemy"),
    ],
)
def test_kind_that_reads_the_clock_or_the_disk_is_caught(line: str, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "marking.py").write_text(f"{line}\n")
    with pytest.raises(AssertionError):
        contract.check_folder_is_pure(tmp_path)


def test_what_kinds_are_made_of_knows_no_clock_and_no_disk_either() -> None:
    contract.check_folder_is_pure(KINDS_FOLDER.parent)


GRADES = """
from hashlib import sha256
from app.exercises import grade_answer, model_answer_of, read_answer, resolve, sheet_of
from tests.exercises.samples import FILES, shipped
digest = sha256()
for path in FILES:
    for seed in (0, 7):
        spec = resolve(shipped(path), seed, {})
        form = dict(list(model_answer_of(spec).items())[::2])
        digest.update(repr((path.name, sheet_of(spec), grade_answer(spec, read_answer(spec, form)))).encode())
print(digest.hexdigest())
"""


def test_another_machine_on_another_day_says_the_same() -> None:
    """Sheets and grades of two processes, with strings hashed differently, in other time zones."""
    each = [
        subprocess.run(
            [sys.executable, "-c", GRADES],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            cwd=KINDS_FOLDER.parents[2],
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "Asia/Shanghai"), ("2", "America/Lima"))
    ]
    assert each[0] == each[1] != b""


def test_kind_that_is_not_registered_is_caught(tmp_path: Path) -> None:
    (tmp_path / "ranking").mkdir()
    (tmp_path / "ranking" / "kind.py").touch()
    with pytest.raises(AssertionError):
        contract.check_folders_are_registered(tmp_path, ())
