"""What every exercise kind promises, as checks that fail with AssertionError. A kind takes part by having an exercise.

They are functions over a kind and a spec, so that kinds made to break a promise can be put before them.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from app.documents.blocks import Document, field_names
from app.documents.html import to_html
from app.documents.pdf.rendering import render_pdf
from app.exercises.kind import AnyKind, Secret
from app.exercises.spec import Spec

PURE = frozenset(
    [
        *("__future__", "abc", "ast", "calendar", "collections", "dataclasses", "datetime.date", "decimal", "difflib"),
        *("enum", "fractions", "functools", "hashlib", "itertools", "json", "keyword", "math", "operator", "re"),
        *("typing", "unicodedata", "weakref", "markupsafe", "pydantic", "pydantic_core"),
        *("app.documents", "app.exercises", "app.words"),
    ]
)
"""All that a kind may import: none of it knows the clock, chance, the disk, the environment or the network."""

TELLING = frozenset({"__import__", "compile", "eval", "exec", "globals", "hash", "input", "open", "vars"})
"""Built-in functions whose result depends on more than what they are given, or that reach what does."""

REACHING = frozenset(
    ["__builtins__", "__dict__", "__globals__", "__loader__", "__subclasses__", "today", "now", "utcnow"]
)
"""Attributes through which a kind could reach all that, and the clock in a date."""


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
    """A grade depends on spec and answer alone: the kind's files take in nothing that knows more."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py")}
    assert {name for tree in trees.values() for name in _imports(tree) if not _is_pure(name)} == set()
    assert {(path.name, name) for path, tree in trees.items() for name in _reached(tree)} == set()


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
            for item in part.values() if isinstance(part, Mapping) else part:
                _remove(item, inner)
        else:
            _remove(getattr(part, name), inner)


def _imports(tree: ast.AST) -> Iterator[str]:
    """What a file imports, by its full name; of a package above it, the dots."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                yield from ("." * level + f"{module}.{name.name}" for name in names)


def _is_pure(name: str) -> bool:
    return any(name == pure or name.startswith(f"{pure}.") for pure in PURE)


def _reached(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if name in TELLING or (name in REACHING and name.startswith("__")):
                yield name
            case ast.Attribute(attr=name) if name in REACHING:
                yield name
