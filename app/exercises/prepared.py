"""What is made of a spec once and then used for every answer to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import ReferenceType, ref

from app.exercises.spec import Spec

S = TypeVar("S", bound=Spec)
T = TypeVar("T")


class Prepared(Generic[S, T]):
    """A function of a spec whose result is kept for as long as the spec is: `@prepared` on top of it.

    By identity, not by value: comparing two specs takes longer than most of what is kept. Two threads may make the
    same thing twice, which does no harm.
    """

    def __init__(self, make: Callable[[S], T]) -> None:
        self._make = make
        self._kept: dict[int, tuple[ReferenceType[S], T]] = {}

    def __call__(self, spec: S) -> T:
        place = id(spec)
        found = self._kept.get(place)
        if found is not None and found[0]() is spec:
            return found[1]
        made = self._make(spec)
        self._kept[place] = (ref(spec, lambda gone: self._forget(place, gone)), made)
        return made

    def _forget(self, place: int, gone: ReferenceType[S]) -> None:
        """Another spec may have got the same place in memory meanwhile."""
        if (found := self._kept.get(place)) is not None and found[0] is gone:
            del self._kept[place]


def prepared(make: Callable[[S], T]) -> Prepared[S, T]:
    """Keep what `make` returns with the spec it was made of."""
    return Prepared(make)
