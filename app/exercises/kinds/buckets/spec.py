"""What an author writes of buckets and what is sorted into them, and what must fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictBool, model_validator

from app.exercises.numbers import Exact
from app.exercises.placing import marked_by_key, place_mistakes, wrong_mistakes
from app.exercises.spec import Mistake, Spec, mistake, repeated_texts
from app.exercises.texts import Id, InlineText, OneOrSeveral, at_least
from app.exercises.written import Path, Written
from app.words import in_words, language_of, say


class Bucket(Written):
    id: Id
    label: InlineText
    hint: InlineText | None = None


class Item(Written):
    model_config = ConfigDict(serialize_by_alias=True)

    id: Id
    text: InlineText
    in_: Annotated[tuple[Id, ...], OneOrSeveral()] = Field(alias="in", max_length=8)
    """The buckets it belongs to."""
    why: InlineText | None = None
    wrong: Mapping[Id, InlineText] = Field(default_factory=dict)
    """Bucket → what to say to whoever put it there."""
    points: Exact | None = Field(None, gt=0)


class BucketsSpec(Spec):
    kind: Literal["buckets"]
    prompt: InlineText | None = None
    """What is to be sorted; `asked` where it is left out."""
    buckets: Annotated[tuple[Bucket, ...], at_least(2)] = Field(max_length=8)
    items: Annotated[tuple[Item, ...], at_least(1)] = Field(max_length=40)
    several: StrictBool = False
    """Whether an item may belong to several buckets, or to none. True where any item has a list."""

    @model_validator(mode="before")
    @classmethod
    def _lists_mean_several(cls, head: object) -> object:
        """The sheet must know it without looking into the key."""
        if not isinstance(head, Mapping) or "several" in head or not isinstance(head.get("items"), list | tuple):
            return head
        listed = any(isinstance(item, Mapping) and isinstance(item.get("in"), list | tuple) for item in head["items"])
        return {**head, "several": listed}

    @property
    def asked(self) -> str:
        """The prompt; a plain one in the language of the title where there is none."""
        asked = (
            say("Where does it belong? Several may be right, or none.") if self.several else say("Where does it go?")
        )
        return self.prompt or in_words(asked, language_of(self.title))

    def stated_points(self) -> tuple[Fraction | None, ...]:
        return tuple(item.points for item in self.items)

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        yield from marked_by_key(self)
        yield from repeated_texts(self.buckets, ("buckets",), "label")
        yield from repeated_texts(self.items, ("items",), "text")
        for place, item in enumerate(self.items):
            yield from _item_mistakes(self, item, ("items", place))
        if "key" in self.marking and not any(item.in_ for item in self.items):
            sentence = say("No item belongs anywhere: whoever leaves the sheet blank has it right.")
            yield mistake(("items",), "all-nowhere", sentence, say("Add items that belong to a bucket."))


def _item_mistakes(spec: BucketsSpec, item: Item, path: Path) -> Iterator[Mistake]:
    names = [bucket.id for bucket in spec.buckets]
    for place, name in enumerate(item.in_):
        yield from place_mistakes(name, names, (*path, "in"))
        if name in item.in_[:place]:
            yield mistake((*path, "in"), "bucket-twice", say("“{name}” stands twice.", name=name), say("Keep one."))
    yield from wrong_mistakes(item.wrong, item.in_, names, path)
    if len(item.in_) != 1 and not spec.several:
        sentence = say("With “several: false” an item belongs to exactly one bucket.")
        yield mistake((*path, "in"), "bucket-count", sentence, say("Name one bucket, or take “several” out."))
