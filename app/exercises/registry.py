"""The exercise kinds there are. A new kind is one folder in kinds/ and one line here."""

from __future__ import annotations

from collections.abc import Mapping

from app.exercises.kind import AnyKind
from app.exercises.kinds.calculation.kind import Calculation
from app.exercises.kinds.choice.kind import Choice
from app.exercises.kinds.form.kind import Form
from app.exercises.kinds.hierarchy.kind import Hierarchy
from app.exercises.kinds.matrix.kind import Matrix
from app.exercises.kinds.ordering.kind import Ordering
from app.exercises.spec import Spec
from app.exercises.spelling import did_you_mean
from app.words import Sentence, say

KINDS: Mapping[str, AnyKind] = {
    kind.name: kind
    for kind in (
        Calculation(),
        Choice(),
        Form(),
        Hierarchy(),
        Matrix(),
        Ordering(),
    )
}


class UnknownKind(ValueError):
    """An author named a kind there is not, or none."""

    def __init__(self, name: object) -> None:
        super().__init__(name)
        self.name = name if isinstance(name, str) else ""
        self.sentence = _what_is_wrong(self.name)
        self.remedy = did_you_mean(self.name, KINDS, say("Kinds are: {names}.", names=", ".join(KINDS)))


def _what_is_wrong(name: str) -> Sentence:
    return say("There is no exercise kind “{name}”.", name=name) if name else say("The exercise does not say its kind.")


def parse_spec(data: object, *, context: object = None) -> Spec:
    """The spec in a parsed head, with the text under it as `body`; under `STORED` one that was published before.

    Raises UnknownKind, or pydantic.ValidationError with the place of every mistake.
    """
    name = data.get("kind") if isinstance(data, Mapping) else None
    if not isinstance(name, str) or name not in KINDS:
        raise UnknownKind(name)
    spec: Spec = KINDS[name].Spec.model_validate(data, context=context)
    return spec


def kind_of(spec: Spec) -> AnyKind:
    return KINDS[spec.kind]
