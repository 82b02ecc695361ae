"""What the demo trainees wrote, from `demo/answers/<cohort>/<number>.yaml`: the fields of a sheet as they typed them.

A file tells what differs from the model answer and every text, for no two people write the same. Texts may name days
as `{-3}` or `{+9}`, counted from the day they were written. Cells that stand side by side are told in one line:
`visits.1: 城北物流 | 2026-04-14 | …`, and the rows of a table as a list of such lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from app.demo.files import read_data
from app.demo.slips import with_slips
from app.documents.blocks import Block, field_names
from app.exercises import Spec, model_answer_of
from app.exercises.typed import TICKED

Told = str | int | float | tuple[str, ...]

_DAY = re.compile(r"\{([+-]\d{1,3})\}")
_PREFIXES = ("", "reason.", "place.", "cell.", "level.")
_OWN_WORDS = ("reason.", "source-")
_OF_OWN = ("remark", "person")
CELLS = "|"
"""Parts the cells of a line."""
UNRELATED = "~"
"""Stands before a need that has nothing to do with the sale."""


class DemoAnswer(BaseModel):
    """How somebody did an exercise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    write: Mapping[str, Told] = {}
    """Field, or its name without what it begins with → what stands there; a list fills the lines of a level."""
    swap: tuple[tuple[str, str], ...] = ()
    """Items of an order that changed places."""
    slips: int = 0
    """How many other things went wrong, drawn by lot."""
    own: bool = False
    """Nothing of it stands in the model answer."""
    late: int = 0
    """Days after its day on which it was done."""
    half: bool = False
    """It was never handed in."""
    waits: bool = False
    """Nobody has marked it yet."""
    returned: str = ""
    """Why it was given back."""
    levels: tuple[int, ...] = ()
    comment: str = ""
    by: str = ""
    """Number of the trainer who marked."""
    again: DemoAnswer | None = None
    """The second try."""

    @property
    def in_two_goes(self) -> bool:
        """Whether there is something to write, so that it takes them a while."""
        return bool(self.write)

    @property
    def tries(self) -> tuple[DemoAnswer, ...]:
        return (self, self.again) if self.again else (self,)


_ANSWERS: TypeAdapter[dict[str, DemoAnswer]] = TypeAdapter(dict[str, DemoAnswer])


def answers_of(root: Path, cohort: str, number: str) -> Mapping[str, DemoAnswer]:
    """Exercise → how this person did it; empty for who wrote nothing."""
    if not (root / "demo/answers" / cohort / f"{number}.yaml").exists():
        return {}
    return _ANSWERS.validate_python(read_data(root, f"answers/{cohort}/{number}.yaml"))


def typed_fields(
    spec: Spec, blocks: tuple[Block, ...], answer: DemoAnswer, day: date, *, number: str = ""
) -> dict[str, str]:
    """The fields of the sheet as this person typed them on this day. Raises ValueError for a field it has not."""
    none = spec.private or answer.own
    fields = {} if none else {name: text for name, text in model_answer_of(spec).items() if not _is_own(name)}
    for one, other in answer.swap:
        first, second = f"place.{one}", f"place.{other}"
        fields[first], fields[second] = fields[second], fields[first]
    if answer.slips:
        fields = with_slips(fields, blocks, answer.slips, f"{number} {spec.title}")
    names = dict.fromkeys(field_names(blocks)) if answer.write else {}
    for name, told in answer.write.items():
        fields.update(_typed(name, told, names))
    return {name: _with_days(text.strip("\n"), day) for name, text in fields.items()}


def _is_own(name: str) -> bool:
    """Whether a field holds what everybody words for themselves."""
    return name in _OF_OWN or name.startswith(_OWN_WORDS)


def _typed(name: str, told: Told, names: Mapping[str, None]) -> Iterator[tuple[str, str]]:
    if isinstance(told, tuple):
        for number, entry in enumerate(told, 1):
            yield from _entry(name, number, entry, names)
        return
    full = next((f"{prefix}{name}" for prefix in _PREFIXES if f"{prefix}{name}" in names), None)
    if full is None:
        yield from _line(name, str(told), names)
    else:
        yield full, str(told)


def _entry(name: str, number: int, entry: str, names: Mapping[str, None]) -> Iterator[tuple[str, str]]:
    """One of several: an option that is chosen, a line of a level with its tick, or a row of a table."""
    if f"{name}.{entry}" in names:
        yield f"{name}.{entry}", TICKED
    elif f"{name}.{number}.sales_related" in names:
        yield f"{name}.{number}.text", entry.removeprefix(UNRELATED)
        yield f"{name}.{number}.sales_related", "" if entry.startswith(UNRELATED) else TICKED
    else:
        yield from _line(f"{name}.{number}", entry, names)


def _line(name: str, told: str, names: Mapping[str, None]) -> Iterator[tuple[str, str]]:
    """The cells whose names begin with this one, in the order of the sheet."""
    cells = [each for each in names if each.startswith(f"{name}.")]
    texts = [text.strip() for text in told.split(CELLS)]
    if len(texts) > len(cells):
        raise ValueError(f"no field {name} on this sheet for {told}")
    yield from ((cell, text) for cell, text in zip(cells, texts, strict=False) if text)


def _with_days(text: str, day: date) -> str:
    whole = _DAY.fullmatch(text)
    if whole:
        return (day + timedelta(days=int(whole[1]))).isoformat()
    return _DAY.sub(lambda found: _in_chinese(day + timedelta(days=int(found[1]))), text)


def _in_chinese(day: date) -> str:
    return f"{day.month} 月 {day.day} 日"
