"""Ranking: the trainee gives items their ranks; the key is a rank, too, and how far both agree earns the points.

With `credit: correlation` the points are multiplied by Spearman's rho, and nothing is earned below 0. Items that share
a rank in the key have the mean of the numbers they take up there (1, 2.5, 2.5, 4); any order among them agrees with
the key in full, for rho is divided by the highest that a rank without ties can reach. So without ties it is Spearman's
rho itself, and always Σ (x − m)(y − m) / Σ (y − m)² with x the answer's rank, y the key's, and m their mean.
Items that were left without a number count as if the numbers left over had been given to them the wrong way round:
leaving one out never earns more than ranking it.

With `credit: top` only the first ranks are asked for, and each of the key's first items that is among the trainee's
earns its share; with `ordered` half of that is for the number it has there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from app.documents.blocks import Block, Card, OrderField
from app.documents.markdown import inline
from app.exercises.kind import Answer, Grade, Kind, Secret
from app.exercises.kinds.ranking.marks import WHOLE, agreement, top_marks
from app.exercises.kinds.ranking.spec import RankingSpec
from app.exercises.numbered import read_numbers
from app.exercises.typed import Form, Reader

FIELD = "rank"


class RankingAnswer(Answer):
    ranks: Mapping[str, int] = {}
    """Item id → its number; nothing for what is blank or unreadable."""


class Ranking(Kind[RankingSpec, RankingAnswer]):
    name: ClassVar[str] = "ranking"
    Spec = RankingSpec
    Answer = RankingAnswer
    secret: ClassVar[Secret] = {"rank": True, "items": {"__all__": {"why": True}}}

    def sheet(self, spec: RankingSpec) -> tuple[Block, ...]:
        cards = tuple(Card(item.id, inline(item.text)) for item in spec.items)
        return (OrderField(FIELD, inline(spec.asked), cards, most=spec.top or 0),)

    def read(self, spec: RankingSpec, form: Form) -> RankingAnswer:
        reader = Reader(form)
        most = spec.top or len(spec.items)
        ranks = read_numbers(reader, FIELD, (item.id for item in spec.items), most)
        return RankingAnswer(ranks=ranks, unreadable=reader.unreadable)

    def grade(self, spec: RankingSpec, answer: RankingAnswer) -> Grade:
        if not spec.rank:
            return Grade(parts=())
        if spec.credit == "top":
            return Grade(parts=top_marks(spec, answer.ranks))
        return Grade(parts=(agreement(spec, answer.ranks),))

    def model_answer(self, spec: RankingSpec) -> Form:
        in_order = [name for rank in spec.ranks for name in rank][: spec.top]
        return {f"{FIELD}.{name}": str(number) for number, name in enumerate(in_order, start=1)}

    def fields_of_part(self, spec: RankingSpec, part_id: str) -> tuple[str, ...]:
        own = super().fields_of_part(spec, part_id)
        return own if part_id != WHOLE else tuple(f"{FIELD}.{item.id}" for item in spec.items)

    def remarks(self, spec: RankingSpec) -> Mapping[str, tuple[tuple[str, str], ...]]:
        if spec.credit == "top" or not spec.rank:
            return {}
        return {WHOLE: tuple((item.text, item.why) for item in spec.items if item.why)}
