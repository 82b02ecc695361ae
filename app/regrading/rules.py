"""Which answers wait for a trainer after a move. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from app.assessment.rules import Scheme, waits_for_trainer


def waits_by_now(
    needs_person: bool,  # noqa: FBT001 - what stands in the row
    schemes: tuple[Scheme, Scheme],
    newest: Mapping[str, Fraction | None],
    *,
    asked: bool,
) -> bool:
    """Whether an answer waits for a trainer after a move; `schemes`: of the version before and of the newer.

    Where both ask for the same, what stood before stays: an answer may wait though it is marked, because what arrived
    late was counted in.
    """
    before, after = schemes
    if not after.people:
        return False
    then, now = (waits_for_trainer(scheme, newest, asked=asked) for scheme in schemes)
    return needs_person if then == now and before.people else now
