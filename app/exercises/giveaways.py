"""Ids that give the key away: whoever reads the page's source would read the answer in a field's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from app.exercises.exercise import secret_of
from app.exercises.kind import Secret
from app.exercises.numbers import in_figures
from app.exercises.spec import Spec
from app.exercises.written import Path, Written

_TELLING = frozenset(
    {"answer", "correct", "right", "wrong", "incorrect", "key", "true", "false", "solution", "distractor"}
)
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def giveaways(spec: Spec) -> Iterator[tuple[Path, str]]:
    """Path and text of each id that says "right" or "wrong", or that holds what is secret about its own item."""
    yield from _in(spec, secret_of(spec), ())


def _in(part: Written, secret: Secret, path: Path) -> Iterator[tuple[Path, str]]:
    own = getattr(part, "id", "")
    if own and _tells(own, frozenset(_secret_words(part, secret))):
        yield (*path, "id"), own
    for name, value in part:
        inner = secret.get(name, {})
        if inner is True or not isinstance(value, tuple):
            continue
        each = inner.get("__all__", {})
        for place, item in enumerate(value):
            if isinstance(item, Written) and each is not True:
                yield from _in(item, each, (*path, name, place))


def _tells(own: str, secrets: frozenset[str]) -> bool:
    return bool(_TELLING & set(own.split("-"))) or any(
        word in own if len(word) > 3 else len(word) > 1 and f"-{word}-" in f"-{own}-" for word in secrets
    )


def _secret_words(part: Written, secret: Secret) -> Iterator[str]:
    """The secret values of an item that could stand in an id: other ids, and numbers."""
    for name, inner in secret.items():
        value = getattr(part, name, None) if inner is True else None
        for each in value if isinstance(value, tuple) else (value,):
            word = in_figures(each) if isinstance(each, Fraction) else each
            if isinstance(word, str) and _ID.fullmatch(word):
                yield word
