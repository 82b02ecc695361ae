"""The exercise kinds there are. A new kind is one folder in kinds/ and one line here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import InitErrorDetails

from app.documents.blocks import field_names
from app.exercises.kind import AnyKind
from app.exercises.kinds.allocation.kind import Allocation
from app.exercises.kinds.blanks.kind import Blanks
from app.exercises.kinds.buckets.kind import Buckets
from app.exercises.kinds.calculation.kind import Calculation
from app.exercises.kinds.card_wall.kind import CardWall
from app.exercises.kinds.checklist.kind import Checklist
from app.exercises.kinds.choice.kind import Choice
from app.exercises.kinds.classification.kind import Classification
from app.exercises.kinds.form.kind import Form
from app.exercises.kinds.hierarchy.kind import Hierarchy
from app.exercises.kinds.ledger.kind import Ledger
from app.exercises.kinds.matching.kind import Matching
from app.exercises.kinds.matrix.kind import Matrix
from app.exercises.kinds.observation.kind import Observation
from app.exercises.kinds.ordering.kind import Ordering
from app.exercises.kinds.poll.kind import Poll
from app.exercises.kinds.ranking.kind import Ranking
from app.exercises.kinds.scoring.kind import Scoring
from app.exercises.kinds.survey.kind import Survey
from app.exercises.kinds.text.kind import Text
from app.exercises.prepared import prepared
from app.exercises.spec import Spec
from app.exercises.spelling import did_you_mean
from app.exercises.texts import STORED, VARIED, fault
from app.exercises.variants import SHOWN, Vary, varied
from app.words import Sentence, say

TRIED_SEEDS: Final = (SHOWN, 1, 2, 3)
"""The variants that are checked with an exercise; tests try a thousand."""
MOST_VARIANTS: Final = 256
"""Variants of one exercise that are kept in memory."""

TAKEN: Final = frozenset({"base", "client", "confirm", "csrf_token", "sheet"})
"""What the form around a sheet carries besides its fields."""

KINDS: Mapping[str, AnyKind] = {
    kind.name: kind
    for kind in (
        Allocation(),
        Blanks(),
        Buckets(),
        Calculation(),
        CardWall(),
        Checklist(),
        Choice(),
        Classification(),
        Form(),
        Hierarchy(),
        Matching(),
        Ledger(),
        Matrix(),
        Observation(),
        Ordering(),
        Poll(),
        Ranking(),
        Scoring(),
        Survey(),
        Text(),
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

    Of a head that varies, the variant that is shown where nobody is known. Raises UnknownKind, or
    pydantic.ValidationError with the place of every mistake.
    """
    if context is not STORED and isinstance(data, Mapping) and data.get("vary") is not None:
        return _varying(data)
    return _plain(data, context)


def _plain(data: object, context: object = None) -> Spec:
    name = data.get("kind") if isinstance(data, Mapping) else None
    if not isinstance(name, str) or name not in KINDS:
        raise UnknownKind(name)
    kind = KINDS[name]
    spec: Spec = kind.Spec.model_validate(data, context=context)
    if context is None:
        _refuse_taken_names(spec, field_names(kind.sheet(spec)))
    return spec


def _refuse_taken_names(spec: Spec, names: Iterable[str]) -> None:
    """A field that is called like something of the form around its sheet would be taken for it."""
    if taken := sorted(TAKEN.intersection(names)):
        sentence = say("No field of a sheet can be called “{name}”: its form has that name already.", name=taken[0])
        error = fault("name-taken", sentence, say("Give it another id."))
        wrong = [InitErrorDetails(type=error, loc=("kind",), input=spec.kind)]
        raise ValidationError.from_exception_data(spec.kind, wrong)


def _varying(head: Mapping[str, Any]) -> Spec:
    try:
        vary = Vary.model_validate(head["vary"])
    except ValidationError:
        return _plain(head)  # which says what is wrong with it, and where
    template = {name: value for name, value in head.items() if name != "template"}
    if vary.pick:  # mistakes are told where they stand, of what is not picked as well
        _plain(varied(template, vary.model_copy(update={"pick": {}, "shuffle": ()}), SHOWN))
    for seed in TRIED_SEEDS:
        try:
            _plain(varied(template, vary, seed))
        except ValidationError as wrong:
            if seed == SHOWN:
                raise
            raise _seed_fails(seed, wrong) from None
    return _plain({**varied(template, vary, SHOWN), "template": template})


def _seed_fails(seed: int, wrong: ValidationError) -> ValidationError:
    first = wrong.errors()[0]
    said = first.get("ctx", {}).get("sentence") or say("Narrow what is drawn under “vary”.")
    place = ".".join(map(str, first["loc"]))
    sentence = say("The variant of seed {seed} is faulty at “{place}”.", seed=seed, place=place)
    error = fault("vary-seed", sentence, said)
    return ValidationError.from_exception_data("vary", [InitErrorDetails(type=error, loc=("vary",), input="vary")])


def variant_of(spec: Spec, seed: int) -> Spec:
    """The spec of this seed: of a template what it draws, and what the kind makes of the seed itself."""
    if seed == SHOWN:
        return spec
    kept = _variants(spec)
    if (found := kept.get(seed)) is None:
        if len(kept) >= MOST_VARIANTS:
            kept.clear()
        found = kept[seed] = _drawn(spec, seed)
    return found


def _drawn(spec: Spec, seed: int) -> Spec:
    if spec.vary is not None and spec.template is not None:
        spec = _plain({**varied(spec.template, spec.vary, seed), "template": spec.template}, VARIED)
    made: Spec = kind_of(spec).for_seed(spec, seed)
    return made


@prepared
def _variants(_spec: Spec) -> dict[int, Spec]:
    """The variants of a spec that were asked for lately, by seed."""
    return {}


def kind_of(spec: Spec) -> AnyKind:
    return KINDS[spec.kind]
