"""What a model finds wrong with an author's values, in the author's words and at its place."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.courses.problems import Problem, cut
from app.courses.source import Source, Steps
from app.courses.vocabulary import NOT_BLANK
from app.exercises.spelling import did_you_mean
from app.words import Sentence, say

Said = tuple[str, Sentence, Sentence]
"""Code, sentence, remedy."""


def problems_of(
    error: ValidationError, source: Source, model: type[BaseModel], *, elsewhere: frozenset[Steps] = frozenset()
) -> tuple[Problem, ...]:
    """One problem for each mistake: of several about the same value the first, of nested ones the innermost.

    Mistakes at the places `elsewhere` are left out.
    """
    found: dict[Steps, ErrorDetails] = {}
    for each in innermost(error):
        if each["loc"] not in elsewhere:
            found.setdefault(_way(each, source), each)
    return tuple(_problem(way, each, source, model) for way, each in found.items())


def innermost(error: ValidationError) -> tuple[ErrorDetails, ...]:
    """Its mistakes, without those that only follow: of a list that counts as empty since its entries are wrong."""
    errors = [each for each in error.errors(include_url=False) if each["type"] != "default_factory_not_called"]
    ways = [each["loc"] for each in errors]
    return tuple(e for e in errors if not any(w != e["loc"] and w[: len(e["loc"])] == e["loc"] for w in ways))


def located(source: Source, at: Steps, code: str, sentence: Sentence, remedy: Sentence) -> Problem:
    """An error about the value at this place, or about what is nearest to it."""
    spot = source.spot(at)
    return Problem(source.file, spot.line, spot.column, "error", code, cut(spot.text), sentence, remedy)


def key_problem(source: Source, at: Steps, known: tuple[str, ...]) -> Problem:
    """An unknown key, with the known one it is most like."""
    key, spot = str(at[-1]), source.spot(at)
    if pairs := run_together(key, known):
        sentence = say("A key and its value are not set apart by a colon and a space.")
        remedy = say("Write “{pairs}”.", pairs=", ".join(f"{name}: {value}" for name, value in pairs.items()))
        return Problem(source.file, spot.line, spot.column, "error", "unknown-key", cut(key), sentence, remedy)
    remedy = did_you_mean(key, known, say("Known keys are: {names}.", names=", ".join(known)))
    sentence = say("“{key}” is no key that belongs here.", key=cut(key))
    return Problem(source.file, spot.line, spot.column, "error", "unknown-key", cut(key), sentence, remedy)


def run_together(key: str, known: tuple[str, ...]) -> Mapping[str, str]:
    """Keys and values that a missing space, or Chinese punctuation, made one key: «id:tea», «id：tea，minutes：15»."""
    names = "|".join(map(re.escape, known)) or "(?!)"
    entries = re.split(rf"\s*[，,]\s*(?=(?:{names})\s*[:：])", key)
    found = [re.fullmatch(rf"({names})\s*[:：]\s*(.+)", entry) for entry in entries]
    return {each[1]: each[2] for each in found if each} if all(found) else {}


def known_keys(model: type[BaseModel], at: Steps) -> tuple[str, ...]:
    """The keys that the mapping at this place may have; none where it is no mapping of ours."""
    annotation: Any = model
    for step in at:
        annotation = _inside(annotation, step)
    return tuple(name for found in _models(annotation) for name in _fields(found) if name not in {"body", "template"})


def _way(error: ErrorDetails, source: Source) -> Steps:
    """To the value the error is about, or to the key that is missing."""
    known = source.known(error["loc"])
    return error["loc"][: len(known) + 1] if error["type"] == "missing" else known


def _problem(way: Steps, error: ErrorDetails, source: Source, model: type[BaseModel]) -> Problem:
    if error["type"] == "extra_forbidden":
        return key_problem(source, way, known_keys(model, way[:-1]))
    spot = source.spot(way)
    code, sentence, remedy = _said(error, _name(way))
    value = "" if error["type"] == "missing" else cut(spot.text)
    return Problem(source.file, spot.line, spot.column, "error", code, value, sentence, remedy)


def _name(way: Steps) -> str:
    """What the value is called: by its key, an entry of a list by its number there."""
    match way:
        case (*_, str(key), int(number)):
            return f"{key} {number + 1}"
        case (*_, last):
            return str(last)
        case _:
            return ""


def _said(error: ErrorDetails, name: str) -> Said:
    context = error.get("ctx", {})
    if isinstance(sentence := context.get("sentence"), Sentence) and isinstance(context.get("remedy"), Sentence):
        return error["type"].replace("_", "-"), sentence, context["remedy"]
    if context.get("pattern") == NOT_BLANK:
        return "pattern", say("“{name}” is blank.", name=name), say("Write something, or take the key out.")
    if error["type"] in ("tuple_type", "list_type") and str(error["input"])[:1] in _WIDE_BRACKETS:
        sentence = say("“{name}” has to be a list.", name=name)
        return "type", sentence, say("Use the half-width brackets [ ], commas and spaces.")
    for types_, said in _TYPES.items():
        if error["type"] in types_:
            code, sentence, remedy = said
            return code, _filled(sentence, name, context), _filled(remedy, name, context)
    sentence = say("This value cannot be used: {message}.", message=error["msg"])
    return "value", sentence, say("Compare it with the description of the format.")


_WIDE_BRACKETS = tuple("［【（(〔「“")
_NUMBER = say("Write it in digits, without quotes and units.")
_TYPES: Mapping[tuple[str, ...], Said] = {
    ("missing",): ("missing-key", say("“{name}” is missing."), say("Add the key “{name}”.")),
    ("string_type",): (
        "type",
        say("“{name}” has to be a text."),
        say("Write a text; put numbers and true or false in quotes."),
    ),
    ("int_type", "int_parsing", "int_from_float"): ("type", say("“{name}” has to be a whole number."), _NUMBER),
    ("float_type", "float_parsing", "number_type"): ("type", say("“{name}” has to be a number."), _NUMBER),
    ("bool_type", "bool_parsing"): (
        "type",
        say("“{name}” has to be true or false."),
        say("Write true or false, without quotes."),
    ),
    ("tuple_type", "list_type"): (
        "type",
        say("“{name}” has to be a list."),
        say("Put it in [brackets], or one entry a line after “- ”."),
    ),
    ("mapping_type", "dict_type", "model_type", "model_attributes_type"): (
        "type",
        say("“{name}” has to be a group of keys."),
        say("Write “key: value” pairs, one a line."),
    ),
    ("literal_error",): (
        "choice",
        say("“{name}” is not one of its possible values."),
        say("Use one of: {expected}."),
    ),
    ("string_pattern_mismatch",): (
        "pattern",
        say("“{name}” is not written as it should be."),
        say("Use small letters, digits and single hyphens between them."),
    ),
    ("too_short", "string_too_short"): (
        "too-short",
        say("“{name}” is empty."),
        say("Add at least one entry or word."),
    ),
    ("too_long",): ("too-long", say("“{name}” has too many entries."), say("The most is {max_length}.")),
    ("string_too_long",): (
        "too-long",
        say("“{name}” is too long."),
        say("Shorten it to {max_length} characters, or split it."),
    ),
    ("greater_than",): ("range", say("“{name}” is too small."), say("It has to be more than {gt}.")),
    ("greater_than_equal",): ("range", say("“{name}” is too small."), say("The least is {ge}.")),
    ("less_than", "less_than_equal"): ("range", say("“{name}” is too large."), say("The most is {le}.")),
    ("duration",): ("duration", say("“{name}” is no duration."), say("Write 0.5 day, 3 hours or 90 minutes.")),
    ("percent",): (
        "percent",
        say("“{name}” is no share."),
        say("Write a whole number of percent, such as 80%."),
    ),
}


def _filled(sentence: Sentence, name: str, context: Mapping[str, Any]) -> Sentence:
    values = {"name": name, "expected": "", "ge": "", "gt": "", "le": context.get("lt", ""), "max_length": ""}
    values |= {key: _shown(value) for key, value in context.items() if key in values}
    return say(sentence.text, **{key: value for key, value in values.items() if f"{{{key}}}" in sentence.text})


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).replace(" or ", ", ").replace("'", "")


def _inside(annotation: Any, step: str | int) -> Any:  # noqa: ANN401  (annotations have no common type)
    for model in _models(annotation):
        for name, field in model.model_fields.items():
            if step in (field.alias, name):
                return field.annotation
    for part in _parts(annotation):
        if get_origin(part) is tuple and isinstance(step, int):
            return get_args(part)[0]
        if get_origin(part) is Mapping and isinstance(step, str):
            return get_args(part)[1]
    return None


def _models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401  (as above)
    for part in _parts(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield part


def _parts(annotation: Any) -> Iterator[Any]:  # noqa: ANN401  (as above)
    """The annotation without what wraps it: Annotated, and the members of a union."""
    if get_origin(annotation) is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from _parts(member)
    else:
        yield annotation


def _fields(model: type[BaseModel]) -> Iterator[str]:
    return (field.alias or name for name, field in model.model_fields.items())
