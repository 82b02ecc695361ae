"""Exercises: what an author writes, what a trainee answers, and how the answer is marked."""

from app.exercises.exercise import (
    case_of,
    fields_of,
    grade_answer,
    handouts_of,
    model_answer_of,
    profile_of,
    read_answer,
    remarks_on,
    resolve,
    secret_of,
    sheet_of,
    shown_values,
    shows_together,
    together_of,
)
from app.exercises.giveaways import giveaways
from app.exercises.kind import Answer, Grade, Kind, Part
from app.exercises.registry import KINDS, UnknownKind, kind_of, parse_spec
from app.exercises.spec import JUDGES, Spec

__all__ = [
    "JUDGES",
    "KINDS",
    "Answer",
    "Grade",
    "Kind",
    "Part",
    "Spec",
    "UnknownKind",
    "case_of",
    "fields_of",
    "giveaways",
    "grade_answer",
    "handouts_of",
    "kind_of",
    "model_answer_of",
    "parse_spec",
    "profile_of",
    "read_answer",
    "remarks_on",
    "resolve",
    "secret_of",
    "sheet_of",
    "shown_values",
    "shows_together",
    "together_of",
]
