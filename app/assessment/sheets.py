"""The sheets of exercises as trainees meet them, made once a version. No spec leaves this package's queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.catalogue.models import CourseVersion
from app.catalogue.queries import course_of
from app.catalogue.rendered import Recent, cache_key
from app.documents.blocks import Block, Text, field_names
from app.documents.html import scripts_for
from app.documents.questions import Question, choice_labels, field_labels, questions, tick_names
from app.exercises import Spec, case_of, fields_of, resolve
from app.exercises.hints import hint_fields


@dataclass(frozen=True)
class Sheet:
    """What is asked: the case, the fields, and what is known of each field."""

    case: tuple[Block, ...]
    fields: tuple[Block, ...]
    names: frozenset[str]
    """The fields that somebody fills in."""
    hints: frozenset[str]
    """The fields that say which hints were opened: they take "yes", and stay so."""
    ticks: frozenset[str]
    """The fields that a browser does not send while nothing is chosen in them."""
    labels: Mapping[str, Text]
    choices: Mapping[str, Mapping[str, str]]
    """Field name → what it may hold → how that is called."""
    questions: tuple[Question, ...]
    scripts: tuple[str, ...]
    """What makes the fields pleasant."""


_SHEETS: Recent[Sheet] = Recent(512)


def spec_of(version: CourseVersion, exercise: str, *, seed: int = 0, carried: Mapping[str, Any] | None = None) -> Spec:
    """The exercise of a version as one party meets it."""
    return resolve(course_of(version).exercises[exercise], seed, carried or {})


def sheet_name(
    version: CourseVersion, exercise: str, spec: Spec, *, seed: int = 0, carried: Mapping[str, Any] | None = None
) -> str:
    """What tells a sheet from all others; one name for everybody where neither seed nor what was carried matters."""
    if spec is course_of(version).exercises[exercise]:
        return f"{version.digest}/{exercise}"
    return cache_key(version.digest, exercise, seed, sorted((carried or {}).items()))


def sheet_for(name: str, spec: Spec) -> Sheet:
    """The sheet of this name, kept in memory."""
    return _SHEETS.get(name, lambda: made_sheet(spec))


def made_sheet(spec: Spec) -> Sheet:
    """The same of an exercise that nobody may have opened as yet."""
    fields = fields_of(spec)
    hints = frozenset(field_names(hint_fields(spec)))
    return Sheet(
        case_of(spec),
        fields,
        names=frozenset(field_names(fields)) - hints,
        hints=hints,
        ticks=tick_names(fields),
        labels=field_labels(fields),
        choices=choice_labels(fields),
        questions=questions(fields),
        scripts=scripts_for(fields),
    )
