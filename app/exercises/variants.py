"""Variants of an exercise: a seed draws its numbers, its case, and the order of its lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StrictInt, StringConstraints

from app.exercises.numbers import Exact
from app.exercises.written import Written

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]


class Draw(Written):
    """How one number is come by."""

    from_: Exact | None = Field(None, alias="from")
    to: Exact | None = None
    step: Exact | None = Field(None, gt=0)
    one_of: tuple[Exact, ...] = ()
    is_: str | None = Field(None, alias="is")
    """A formula over what was drawn before."""
    shown: Exact | None = None
    """Its value where nobody is known: in previews, in the key, on paper without a name."""


class Vary(Written):
    """What is different from one trainee to the next."""

    numbers: Mapping[Name, Draw] = {}
    cases: tuple[Mapping[Name, Exact | str], ...] = ()
    """Rows of which one is drawn as a whole."""
    shuffle: tuple[str, ...] = ()
    """Lists of the head in another order."""
    pick: Mapping[str, StrictInt] = {}
    """List → how many of it are taken."""
