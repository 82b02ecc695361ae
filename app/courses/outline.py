"""What `outline.yaml` may hold, and the course that comes out of it once everything it names was found."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializeAsAny, StringConstraints, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.courses.vocabulary import NOT_BLANK, Id, Part, Vocabulary
from app.exercises import Spec, parse_spec
from app.exercises.texts import STORED, OneOrSeveral, fault
from app.words import Language, say

Text = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=NOT_BLANK)]
Minutes = Annotated[int, Field(strict=True, ge=1, le=600)]

_DURATION = re.compile(r"\s*(\d{1,4}(?:\.\d{1,3})?)\s*(days?|天|hours?|h|小时|minutes?|min|分钟)\s*")


def duration(text: str, hours_per_day: float) -> Fraction:
    """The minutes in «0.75 day», «3 hours» or «90 分钟». Raises ValueError for anything else."""
    match = _DURATION.fullmatch(text)
    if not match:
        raise ValueError(text)
    unit = match[2]
    minutes = 1 if unit.startswith("min") or unit == "分钟" else 60
    a_day = Fraction(str(hours_per_day)) if unit.startswith("day") or unit == "天" else 1
    return Fraction(match[1]) * minutes * a_day


def _is_duration(value: object) -> object:
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise PydanticCustomError("duration", "this is no duration")
    return value


def _is_percent(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,3} ?%", value) or int(value.rstrip("% ")) > 100:
        raise PydanticCustomError("percent", "this is no share between 0% and 100%")
    return value


def _is_group_size(value: object) -> str:
    sizes = re.fullmatch(r"([1-9][0-9]?)(?:-([1-9][0-9]?))?", str(value)) if type(value) in (int, str) else None
    if sizes is None or int(sizes[2] or sizes[1]) < int(sizes[1]):
        raise fault("pattern", say("This is no size of a group."), say("Write the fewest and the most: 4-6, or 5."))
    return str(value)


def _names_a_break(value: object) -> object:
    if isinstance(value, bool):
        remedy = say("Name it as the vocabulary does: tea, lunch or rest.")
        raise fault("type", say("“break” says which break it is."), remedy)
    return value


Duration = Annotated[str, BeforeValidator(_is_duration)]
Percent = Annotated[str, BeforeValidator(_is_percent)]
Slugs = Annotated[tuple[Id, ...], OneOrSeveral()]
GroupSize = Annotated[
    str,
    BeforeValidator(_is_group_size),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^\d{1,2}(-\d{1,2})?$"}]}
    ),
]
BreakName = Annotated[Text, BeforeValidator(_names_a_break)]


class Step(Part):
    """A step of the work that the course claims to cover."""

    id: Id
    label: Text


class ExerciseCompletion(Part):
    required: Literal["all", "none"] | tuple[Id, ...] = "all"
    pass_: Percent = Field("0%", alias="pass")


class Completion(Part):
    attendance: Percent = "0%"
    exercises: ExerciseCompletion = ExerciseCompletion()


class Module(Part):
    title: Text
    stated: Duration | None = None


class Slot(Part):
    """A timed item. In a loaded course `methods`, `tools` and `break_` are ids, and a break has its title."""

    id: Id | None = None
    title: Text | None = None
    minutes: Minutes | None = None
    at: Text | None = None
    time: Text | None = None
    break_: BreakName | None = Field(None, alias="break")
    methods: tuple[Text, ...] = ()
    tools: tuple[Text, ...] = ()
    aims: tuple[Text, ...] = ()
    exercise: Slugs = ()

    @property
    def is_break(self) -> bool:
        return self.break_ is not None


class Session(Part):
    """A half-day block, or a part of one."""

    id: Id
    title: Text
    module: Id | None = None
    covers: tuple[Id, ...] = ()
    starts: Text | None = None
    stated: Duration | None = None
    notes: Text | None = None
    """A path inside the course's folder."""
    practice: Slugs = ()
    slots: tuple[Slot, ...] = Field(min_length=1, max_length=60)


class Day(Part):
    title: Text
    sessions: tuple[Session, ...] = Field(min_length=1, max_length=12)


class Outline(Part):
    """The file, as it is written."""

    format: Literal[1]
    title: Text
    language: Language
    translation_of: Id | None = None
    audience: tuple[Text, ...] = ()
    group_size: GroupSize | None = None
    hours_per_day: Annotated[float, Field(strict=True, ge=1, le=24)] = 6
    objectives: tuple[Text, ...] = ()
    process: tuple[Step, ...] = ()
    completion: Completion = Completion()
    modules: Mapping[Id, Module] = Field(default_factory=dict)
    days: tuple[Day, ...] = Field(min_length=1, max_length=60)

    @property
    def sessions(self) -> Iterator[Session]:
        return (session for day in self.days for session in day.sessions)

    @property
    def slots(self) -> Iterator[Slot]:
        return (slot for session in self.sessions for slot in session.slots)

    @property
    def exercise_slugs(self) -> tuple[str, ...]:
        """The exercises of slots and of practice in the order of the course, each once."""
        named = (slug for s in self.sessions for slug in (*(e for slot in s.slots for e in slot.exercise), *s.practice))
        return tuple(dict.fromkeys(named))

    @property
    def people_in_group(self) -> tuple[int, int]:
        """The fewest and the most people in a group; 4 and 6 where the outline does not say."""
        low, _, high = (self.group_size or "4-6").partition("-")
        return int(low), int(high or low)


class Media(Part):
    """A picture of the course by its content; the bytes are kept elsewhere under their hash."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    media_type: Literal["image/svg+xml", "image/png", "image/jpeg"]


def _spec(value: object, info: ValidationInfo[object]) -> object:
    return value if isinstance(value, Spec) else parse_spec(value, context=info.context)


class Course(Outline):
    """A checked course with everything it names: published as JSON, never changed."""

    slug: Id
    notes: Mapping[str, str] = Field(default_factory=dict)
    """The Markdown of each session's notes, by the path the outline gives."""
    media: Mapping[str, Media] = Field(default_factory=dict)
    """By path inside the course's folder."""
    exercises: Mapping[Id, Annotated[SerializeAsAny[Spec], BeforeValidator(_spec)]] = Field(default_factory=dict)
    vocabulary: Vocabulary
    """The words this course uses."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Course:
        """The course that `model_dump(mode="json")` stored; rules for authors that came later are not asked of it."""
        return cls.model_validate(stored, context=STORED)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the whole content, hexadecimal: equal exactly for equal courses."""
        text = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
