"""What is made of a spec once and then used for every answer to it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from fractions import Fraction
from typing import Generic, ParamSpec, TypeVar
from weakref import ReferenceType, ref

from app.exercises.kind import Part
from app.exercises.spec import Spec, share_out

S = TypeVar("S", bound=Spec)
T = TypeVar("T")
P = ParamSpec("P")


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

    @property
    def kept(self) -> int:
        """Of how many specs something is kept."""
        return len(self._kept)

    def _forget(self, place: int, gone: ReferenceType[S]) -> None:
        """Another spec may have got the same place in memory meanwhile."""
        if (found := self._kept.get(place)) is not None and found[0] is gone:
            del self._kept[place]


def prepared(make: Callable[[S], T]) -> Prepared[S, T]:
    """Keep what `make` returns with the spec it was made of."""
    return Prepared(make)


MOST_VERDICTS = 4096
"""Verdicts of one exercise that are kept; a class gives far fewer different answers."""


class Verdicts:
    """What the key says to each item of one exercise, by what was answered: said once, then the same for everybody."""

    def __init__(self, shares: tuple[Fraction, ...]) -> None:
        self.shares = shares
        """Points of each part, in the order of `stated_points`."""
        self._kept: dict[Hashable, Part] = {}

    @property
    def kept(self) -> int:
        """How many verdicts are kept."""
        return len(self._kept)

    def part(self, answered: Hashable, mark: Callable[P, Part], *args: P.args, **kwargs: P.kwargs) -> Part:
        """What `mark` says. `answered` names the item and holds all that `mark` looks at besides the spec."""
        found = self._kept.get(answered)
        if found is None:
            if len(self._kept) >= MOST_VERDICTS:
                self._kept.clear()
            found = self._kept[answered] = mark(*args, **kwargs)
        return found


@prepared
def verdicts_of(spec: Spec) -> Verdicts:
    """The verdicts on answers to a spec, as far as they were asked for."""
    return Verdicts(share_out(spec.key_points, spec.stated_points()))
