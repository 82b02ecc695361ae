"""What every exercise kind promises, as checks that fail with AssertionError. A kind takes part by having an exercise.

They are functions over a kind and a spec, so that kinds made to break a promise can be put before them.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from app.documents.blocks import Document, field_names
from app.documents.html import to_html
from app.documents.pdf.rendering import render_pdf
from app.exercises.kind import AnyKind, Secret
from app.exercises.spec import Spec

IMPURE = frozenset(
    {"datetime", "time", "random", "secrets", "uuid", "os", "pathlib", "flask", "sqlalchemy", "app.clock"}
)


def check_model_answer_earns_everything(kind: AnyKind, spec: Spec) -> None:
    grade = kind.grade(spec, kind.read(spec, kind.model_answer(spec)))
    assert grade.earned == grade.possible == spec.key_points


def check_empty_form_earns_nothing(kind: AnyKind, spec: Spec) -> None:
    assert kind.grade(spec, kind.read(spec, {})).earned == 0


def check_half_a_form_can_be_read(kind: AnyKind, spec: Spec) -> None:
    """Autosave sends whatever there is, and people type whatever they like."""
    form = kind.model_answer(spec)
    for missing in form:
        rest = {name: text for name, text in form.items() if name != missing}
        for sent in (rest, {**rest, missing: "?"}, {**rest, missing: "\ud800\0" * 9}):
            grade = kind.grade(spec, kind.read(spec, sent))
            assert 0 <= grade.earned <= grade.possible


def check_unreadable_fields_are_named(kind: AnyKind, spec: Spec) -> None:
    names = field_names(kind.sheet(spec))
    answer = kind.read(spec, dict.fromkeys(names, "no number, no choice"))
    assert set(answer.unreadable) <= set(names)


def check_answer_survives_storage(kind: AnyKind, spec: Spec) -> None:
    answer = kind.read(spec, kind.model_answer(spec))
    assert kind.Answer.model_validate_json(answer.model_dump_json()) == answer
    grade = kind.grade(spec, answer)
    assert type(grade).model_validate_json(grade.model_dump_json()) == grade


def check_model_answer_is_on_the_sheet(kind: AnyKind, spec: Spec) -> None:
    assert set(kind.model_answer(spec)) <= set(field_names(kind.sheet(spec)))


def check_trainee_side_works_without_the_key(kind: AnyKind, spec: Spec, secret: Secret) -> None:
    form = kind.model_answer(spec)
    blind = without(spec, secret)
    assert kind.sheet(blind) == kind.sheet(spec)
    assert kind.read(blind, form) == kind.read(spec, form)


def check_same_answer_gets_same_grade(kind: AnyKind, spec: Spec) -> None:
    answer = kind.read(spec, kind.model_answer(spec))
    assert kind.grade(spec, answer) == kind.grade(spec, answer)


def check_sheet_can_be_shown(kind: AnyKind, spec: Spec) -> None:
    page = to_html(kind.sheet(spec))
    assert [name for name in field_names(kind.sheet(spec)) if f'name="{name}"' not in page] == []


def check_sheet_prints(kind: AnyKind, spec: Spec) -> None:
    for values in ({}, kind.model_answer(spec)):
        assert render_pdf(Document("sheet", kind.sheet(spec), "zh-CN"), values).startswith(b"%PDF")


def check_folder_is_pure(folder: Path) -> None:
    """A grade depends on spec and answer alone: the kind's files import nothing that knows more."""
    assert {name for path in folder.rglob("*.py") for name in _imports(path)} & IMPURE == set()


def check_folders_are_registered(kinds: Path, names: Collection[str]) -> None:
    assert {path.parent.name for path in kinds.glob("*/*.py")} == set(names)


PROMISES = (
    check_model_answer_earns_everything,
    check_empty_form_earns_nothing,
    check_half_a_form_can_be_read,
    check_unreadable_fields_are_named,
    check_answer_survives_storage,
    check_model_answer_is_on_the_sheet,
    check_same_answer_gets_same_grade,
    check_sheet_can_be_shown,
    check_sheet_prints,
)


def without(spec: Spec, secret: Secret) -> Spec:
    """A copy in which reading a secret is an AttributeError."""
    blind = copy.deepcopy(spec)
    _remove(blind, secret)
    return blind


def _remove(part: Any, secret: Mapping[str, Any]) -> None:
    for name, inner in secret.items():
        if inner is True:
            del part.__dict__[name]
        elif name == "__all__":
            for item in part:
                _remove(item, inner)
        else:
            _remove(getattr(part, name), inner)


def _imports(path: Path) -> set[str]:
    """What a file imports, with every package it lies in."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                found |= {name.name for name in names}
            case ast.ImportFrom(module=str(module), names=names):
                found |= {module, *(f"{module}.{name.name}" for name in names)}
    return {name for full in found for name in (full, full.split(".", maxsplit=1)[0])}
