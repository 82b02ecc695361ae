"""The fields of a form: what an author writes of them, and how what stands in one is read.

Whatever its type, the value of a field is a tuple of texts: the text itself, a number in figures, a date as
YYYY-MM-DD, the ids of the options chosen; empty where it is blank or cannot be read.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, assert_never

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, ValidationInfo, WithJsonSchema

from app.exercises.amounts import Amount
from app.exercises.contacts import read_address, read_phone
from app.exercises.dates import read_date
from app.exercises.kinds.form.masks import LONGEST, fits
from app.exercises.numbers import Exact, authored_number, in_figures
from app.exercises.texts import Id, InlineText, OneOrSeveral, at_least, bare_text, fault, is_stored
from app.exercises.typed import TICKED, Form, Reader
from app.exercises.written import Written
from app.words import Sentence, language_of, say

Value = tuple[str, ...]
Type = Literal["text", "number", "date", "choice", "phone", "email"]
MOST_TEXT = 2000
"""Characters of a text whose author states no `max`."""


def _literal(value: object, info: ValidationInfo[object]) -> str:
    """A number, date or word of a head as text."""
    if isinstance(value, str) and (is_stored(info) or 0 < len(value) <= MOST_TEXT):
        return value
    typed = None if isinstance(value, str) else authored_number(value)
    if typed:
        return in_figures(typed.value)
    raise fault("literal", say("A text, a number or a date goes here."), say("Write it in quotes."))


def _literals(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


_ANY = {"anyOf": [{"type": "number"}, {"type": "string"}]}
Literally = Annotated[str, BeforeValidator(_literal), WithJsonSchema(_ANY)]
Values = Annotated[
    tuple[Literally, ...],
    BeforeValidator(_literals),
    WithJsonSchema({"anyOf": [*_ANY["anyOf"], {"type": "array", "items": _ANY}]}),
]
Mask = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class Option(Written):
    id: Id
    text: InlineText


class FormField(Written):
    id: Id
    label: InlineText
    type: Type = "text"
    hint: InlineText | None = None
    required: StrictBool = False
    lines: StrictInt = Field(1, ge=1, le=40)
    unit: str = Field("", max_length=20)
    min: Literally | None = None
    """The fewest characters, the least number, the first date, the fewest options: by type."""
    max: Literally | None = None
    integer: StrictBool = False
    pattern: Annotated[tuple[Mask, ...], OneOrSeveral()] = ()
    """Masks, see masks.py; the text fits one of them."""
    pattern_says: InlineText | None = None
    several: StrictBool = False
    options: tuple[Option, ...] = Field((), max_length=60)
    example: Values = ()
    """What a good sheet says, for trainers; several only where several may be chosen."""
    why: InlineText | None = None
    """What to say where it is blank or does not fit."""
    points: Exact | None = Field(None, gt=0)

    @property
    def is_marked(self) -> bool:
        return self.required or self.points is not None

    @property
    def tick_names(self) -> tuple[str, ...]:
        """The fields on the sheet of a choice of several."""
        return tuple(f"{self.id}.{option.id}" for option in self.options)


class Group(Written):
    id: Id
    title: InlineText
    hint: InlineText | None = None
    fields: Annotated[tuple[FormField, ...], at_least(1)] = Field(max_length=60)


def read_field(field: FormField, reader: Reader) -> Value:
    """The value in a form; why there is none goes into `reader.unreadable`."""
    if field.type == "choice" and field.several:
        return _ticked(field, reader)
    if field.type == "choice":
        chosen = reader.choice(field.id, [option.id for option in field.options])
        return (chosen,) if chosen else ()
    value = _read(field, reader.text(field.id))
    if isinstance(value, Sentence):
        reader.unreadable[field.id] = value
        return ()
    return (value,) if value else ()


def read_written(field: FormField, values: Value) -> Value | Sentence:
    """What an author wrote as the value of a field, or why it is none."""
    reader = Reader(written_out(field, values))
    value = read_field(field, reader)
    unknown = set(values) - {option.id for option in field.options} if field.several else set()
    if unknown:
        return say("“{typed}” is not among the choices.", typed=min(unknown))
    return next(iter(reader.unreadable.values()), value)


def written_out(field: FormField, values: Value) -> Form:
    """The fields of a sheet that hold this value."""
    if field.several:
        return dict.fromkeys((f"{field.id}.{value}" for value in values), TICKED)
    return {field.id: values[0]} if values else {}


def shown(field: FormField, values: Value) -> str:
    """A value as people say it."""
    texts = {option.id: bare_text(option.text) for option in field.options}
    unit = f" {field.unit}" if field.unit else ""
    between = "、" if language_of(field.label) == "zh-CN" else ", "
    return between.join(texts.get(value, value) + unit for value in values)


def _ticked(field: FormField, reader: Reader) -> Value:
    chosen = tuple(option.id for option in field.options if reader.tick(f"{field.id}.{option.id}"))
    if not chosen:
        return ()
    fewest, most = int(field.min or 1), int(field.max or len(field.options))
    if fewest <= len(chosen) <= most:
        return chosen
    amounts = {"count": len(chosen), "fewest": fewest, "most": most}
    why = say("Ticked: {count}. At least {fewest} and at most {most} are asked for.", **amounts)
    reader.unreadable[f"{field.id}.{chosen[0]}"] = why
    return ()


def _read(field: FormField, typed: str) -> str | Sentence | None:
    match field.type:
        case "text":
            return _text(field, typed)
        case "number":
            return _number(field, typed)
        case "date":
            return _date(field, typed)
        case "phone":
            return read_phone(typed)
        case "email":
            return read_address(typed)
        case "choice":
            return None  # read before
    assert_never(field.type)


def _text(field: FormField, typed: str) -> str | Sentence | None:
    if not typed:
        return None
    fewest, most = int(field.min or 0), int(field.max or MOST_TEXT)
    if len(typed) > most:
        return say("At most {most} characters have room here; there are {count}.", most=most, count=len(typed))
    if len(typed) < fewest:
        return say("That is rather short: at least {fewest} characters, please.", fewest=fewest)
    if field.pattern and not any(fits(typed, mask) for mask in field.pattern):
        return say("{says}", says=bare_text(field.pattern_says or field.label))
    return typed


def _number(field: FormField, typed: str) -> str | Sentence | None:
    least, most = (Fraction(bound) if bound is not None else None for bound in (field.min, field.max))
    return Amount(field.unit, least, most, field.integer).read(typed)


def _date(field: FormField, typed: str) -> str | Sentence | None:
    found = read_date(typed)
    if not isinstance(found, str):
        return found
    if field.min is not None and found < field.min:
        return say("A date from {first} on goes here.", first=field.min)
    if field.max is not None and found > field.max:
        return say("A date up to {last} goes here.", last=field.max)
    return found
