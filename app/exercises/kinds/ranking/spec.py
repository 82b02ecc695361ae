"""What an author writes of a ranking, and what must fit together in it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from app.exercises.placing import marked_by_key
from app.exercises.spec import Mistake, Spec, mistake, repeated_texts
from app.exercises.spelling import did_you_mean
from app.exercises.texts import Id, InlineText, at_least
from app.exercises.written import Path, Written
from app.words import in_words, language_of, say


class Item(Written):
    id: Id
    text: InlineText
    why: InlineText | None = None


class RankingSpec(Spec):
    kind: Literal["ranking"]
    prompt: InlineText | None = None
    """What the rank is by; `asked` where it is left out."""
    items: Annotated[tuple[Item, ...], at_least(3)] = Field(max_length=20)
    """As they stand on the sheet."""
    rank: tuple[Id | tuple[Id, ...], ...] = Field((), max_length=20)
    """Best first; those of the same rank together. Left out where everybody has a rank of their own."""
    credit: Literal["correlation", "top"] = "correlation"
    top: StrictInt | None = Field(None, ge=1, le=20)
    """How many ranks are asked for; all of them where it is left out."""
    ordered: StrictBool = False
    """With `credit: top`: half of the points are for the order among the first."""

    @property
    def asked(self) -> str:
        """The prompt; a plain one in the language of the title where there is none."""
        if self.prompt:
            return self.prompt
        asked = say("Which rank does each have? 1 is the first.")
        if self.top:
            asked = say("Which are the first {count}? Number them from 1.", count=self.top)
        return in_words(asked, language_of(self.title))

    @property
    def ranks(self) -> tuple[tuple[str, ...], ...]:
        """The key, rank by rank: the items that share it."""
        return tuple((rank,) if isinstance(rank, str) else rank for rank in self.rank)

    def stated_points(self) -> tuple[Fraction | None, ...]:
        if not self.rank:
            return ()
        return (None,) * (self.top or 1 if self.credit == "top" else 1)

    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        yield from marked_by_key(self)
        yield from repeated_texts(self.items, ("items",), "text")
        yield from _rank_mistakes(self)
        yield from _top_mistakes(self)


def _rank_mistakes(spec: RankingSpec) -> Iterator[Mistake]:
    names, met = [item.id for item in spec.items], set[str]()
    for path, name in _named(spec):
        if name not in names:
            remedy = did_you_mean(name, names, say("Take one of: {names}.", names=", ".join(names)))
            yield mistake(path, "item-unknown", say("There is no item “{name}”.", name=name), remedy)
        elif name in met:
            yield mistake(path, "item-twice", say("“{name}” stands twice.", name=name), say("Keep one of the two."))
        met.add(name)
    missing = [name for name in names if name not in met]
    if spec.rank and missing and met <= set(names):
        sentence = say("The rank lacks items: {names}.", names=", ".join(missing))
        yield mistake(("rank",), "rank-incomplete", sentence, say("Give each item its rank."))
    if len(spec.rank) == 1:
        sentence = say("All items have the same rank: there is nothing to find out.")
        yield mistake(("rank",), "rank-flat", sentence, say("Put some of them before the others."))


def _named(spec: RankingSpec) -> Iterator[tuple[Path, str]]:
    """Every item the key names, with where it stands."""
    for place, rank in enumerate(spec.rank):
        if isinstance(rank, str):
            yield ("rank", place), rank
        else:
            yield from ((("rank", place, number), name) for number, name in enumerate(rank))


def _top_mistakes(spec: RankingSpec) -> Iterator[Mistake]:
    if spec.top and spec.top >= len(spec.items):
        sentence = say("“top” asks for as many ranks as there are items.")
        yield mistake(("top",), "top-all", sentence, say("Ask for fewer, or take “top” out."))
    if spec.credit == "top" and spec.top is None:
        sentence = say("With “credit: top” the exercise says how many ranks count.")
        yield mistake(("credit",), "top-missing", sentence, say("Add “top: 3”."))
    for name, is_set in (("top", spec.top and spec.rank), ("ordered", spec.ordered)):
        if is_set and spec.credit != "top":
            sentence = say("“{name}” means something only with “credit: top”.", name=name)
            yield mistake((name,), "key-misfit", sentence, say("Take it out, or write “credit: top”."))
