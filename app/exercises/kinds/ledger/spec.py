"""The head of a ledger with what must fit together in it."""

from __future__ import annotations

from collections.abc import Iterator

from app.exercises.kinds.ledger.head import LedgerHead
from app.exercises.kinds.ledger.mistakes import ledger_mistakes
from app.exercises.spec import Mistake


class LedgerSpec(LedgerHead):
    def mistakes(self) -> Iterator[Mistake]:
        yield from super().mistakes()
        yield from ledger_mistakes(self)
