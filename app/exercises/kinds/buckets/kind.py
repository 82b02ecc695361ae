"""Buckets: items are sorted into named lists; with `several` an item may belong to more than one, or to none.

Into one bucket each: right or not. With `several` a right tick earns its share of the item's points and a wrong one
takes away as much, down to nothing: (right − wrong) / all that are right. An item that belongs nowhere earns its
points where it was left without a tick, but only if something else was ticked: a blank sheet earns nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

from app.documents.blocks import NOTHING, Block, Card, Place, PlacementField
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Part, Secret
from app.exercises.kinds.buckets.spec import BucketsSpec, Item
from app.exercises.placing import Judge, Placed, remarks_of
from app.exercises.prepared import prepared
from app.exercises.spec import share_out
from app.exercises.texts import bare_text
from app.exercises.typed import TICKED, Form, Reader
from app.words import Sentence, say

FIELD = "bucket"
MOST_KEPT = 4096
"""Parts of one exercise that are kept: with several buckets an item has many ways to be answered."""


class BucketsAnswer(Answer):
    buckets: Mapping[str, tuple[str, ...]] = {}
    """Item id → the buckets it was put into, in the order of the sheet; nothing for one that lies in none."""


class Buckets(Kind[BucketsSpec, BucketsAnswer]):
    name: ClassVar[str] = "buckets"
    Spec = BucketsSpec
    Answer = BucketsAnswer
    secret: ClassVar[Secret] = {"items": {"__all__": {"in_": True, "why": True, "wrong": True}}}

    def sheet(self, spec: BucketsSpec) -> tuple[Block, ...]:
        cards = tuple(Card(item.id, inline(item.text)) for item in spec.items)
        places = (Place(b.id, inline(b.label), inline(b.hint) if b.hint else NOTHING) for b in spec.buckets)
        return (PlacementField(FIELD, inline(spec.asked), cards, tuple(places), several=spec.several),)

    def read(self, spec: BucketsSpec, form: Form) -> BucketsAnswer:
        reader = Reader(form)
        names = [bucket.id for bucket in spec.buckets]
        read = {item.id: tuple(_chosen(spec, item.id, names, reader)) for item in spec.items}
        return BucketsAnswer(
            buckets={name: chosen for name, chosen in read.items() if chosen}, unreadable=reader.unreadable
        )

    def grade(self, spec: BucketsSpec, answer: BucketsAnswer) -> Grade:
        if spec.several:
            return Grade(parts=tuple(_several(spec).parts(answer)))
        placed = {name: chosen[0] for name, chosen in answer.buckets.items()}
        return Grade(parts=_single(spec).parts(placed, answer.unreadable, FIELD))

    def model_answer(self, spec: BucketsSpec) -> Form:
        if not spec.several:
            return {f"{FIELD}.{item.id}": item.in_[0] for item in spec.items}
        return {f"{FIELD}.{item.id}.{bucket}": TICKED for item in spec.items for bucket in item.in_}

    def remarks(self, spec: BucketsSpec) -> Mapping[str, tuple[tuple[str, str], ...]]:
        return remarks_of(_keyed(spec), _labels(spec))


def _chosen(spec: BucketsSpec, item: str, buckets: list[str], reader: Reader) -> Iterator[str]:
    if spec.several:
        yield from (bucket for bucket in buckets if reader.tick(f"{FIELD}.{item}.{bucket}"))
    elif one := reader.choice(f"{FIELD}.{item}", buckets):
        yield one


def _keyed(spec: BucketsSpec) -> tuple[Placed, ...]:
    return tuple(
        Placed(item.id, item.text, item.in_[0] if item.in_ else "", item.why or "", item.wrong) for item in spec.items
    )


def _labels(spec: BucketsSpec) -> dict[str, str]:
    return {bucket.id: bucket.label for bucket in spec.buckets}


@prepared
def _single(spec: BucketsSpec) -> Judge:
    return Judge(_keyed(spec), share_out(spec.key_points, spec.stated_points()), _labels(spec))


@prepared
def _several(spec: BucketsSpec) -> _Ticks:
    labels = {bucket.id: bare_text(bucket.label) for bucket in spec.buckets}
    shares = share_out(spec.key_points, spec.stated_points())
    texts = tuple(bare_text(item.text) for item in spec.items)
    return _Ticks(spec.items, texts, shares, labels)


@dataclass(frozen=True)
class _Ticks:
    """Marks items that may lie in several buckets; what it once said of one it says again."""

    items: tuple[Item, ...]
    texts: tuple[str, ...]
    shares: tuple[Fraction, ...]
    labels: Mapping[str, str]
    said: dict[tuple[str, tuple[str, ...], bool], Part] = field(default_factory=dict)

    def parts(self, answer: BucketsAnswer) -> Iterator[Part]:
        touched = bool(answer.buckets)
        for number, item in enumerate(self.items):
            chosen = answer.buckets.get(item.id, ())
            if not chosen and answer.unreadable and (why := _fault(item.id, answer.unreadable)):
                yield self._part(number, (why, *self._missing(item, chosen)), Fraction(0))
                continue
            key = (item.id, chosen, touched)
            if (found := self.said.get(key)) is None:
                if len(self.said) >= MOST_KEPT:
                    self.said.clear()
                found = self.said[key] = self._judged(number, chosen, touched=touched)
            yield found

    def _judged(self, number: int, chosen: tuple[str, ...], *, touched: bool) -> Part:
        item = self.items[number]
        right = sum(bucket in item.in_ for bucket in chosen)
        share = Fraction(max(2 * right - len(chosen), 0), len(item.in_) or 1) if chosen else Fraction(0)
        if not item.in_:
            share = Fraction(touched and not chosen)
        return self._part(number, tuple(self._feedback(item, chosen, touched=touched)), share)

    def _part(self, number: int, says: tuple[Sentence, ...], share: Fraction) -> Part:
        item, possible = self.items[number], self.shares[number]
        earned = possible * share
        return Part(
            id=item.id, label=self.texts[number], earned=earned, possible=possible, says=says, why=item.why or ""
        )

    def _feedback(self, item: Item, chosen: tuple[str, ...], *, touched: bool) -> Iterator[Sentence]:
        if not chosen and not item.in_ and touched:
            yield say("Right: it belongs nowhere here.")
        elif not chosen:
            yield say("Left blank.")
            yield from self._missing(item, chosen)
        elif set(chosen) == set(item.in_):
            yield say("Right.")
        else:
            yield from (self._wrong(item, bucket) for bucket in chosen if bucket not in item.in_)
            yield from self._missing(item, chosen)

    def _wrong(self, item: Item, bucket: str) -> Sentence:
        verdict = say("“{option}” is not right.", option=self.labels[bucket])
        if bucket not in item.wrong:
            return verdict
        return say("{verdict} {why}", verdict=verdict, why=bare_text(item.wrong[bucket]))

    def _missing(self, item: Item, chosen: tuple[str, ...]) -> Iterator[Sentence]:
        if not item.in_:
            yield say("It belongs nowhere here.")
        for bucket in item.in_:
            if bucket not in chosen:
                yield say("“{option}” would have been right.", option=self.labels[bucket])


def _fault(item: str, unreadable: Mapping[str, Sentence]) -> Sentence | None:
    prefix = f"{FIELD}.{item}."
    return next((why for name, why in unreadable.items() if name.startswith(prefix)), None)
