"""The head that every exercise has whatever its kind, and what must add up in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Annotated, Literal, Self, get_args

from pydantic import (
    ConfigDict,
    Field,
    JsonValue,
    PlainValidator,
    PrivateAttr,
    StrictBool,
    StrictInt,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.exercises.carried import Carried, Earlier
from app.exercises.numbers import Exact, in_figures
from app.exercises.texts import Id, InlineText, MarkdownText, OneOrSeveral, at_least, bare_text, fault, is_stored
from app.exercises.variants import Vary
from app.exercises.written import Path, Written
from app.words import Sentence, say

Mistake = tuple[Path, PydanticCustomError]


class Level(Written):
    """What an answer looks like that earns these points."""

    points: Exact = Field(ge=0)
    text: InlineText


class Criterion(Written):
    """One thing a marker looks for."""

    criterion: InlineText
    levels: Annotated[tuple[Level, ...], at_least(2)]

    @property
    def best(self) -> Fraction:
        return max(level.points for level in self.levels)


class Reason(Written):
    """Free text besides what the kind asks, marked by the rubric."""

    id: Id
    label: InlineText
    lines: StrictInt = Field(3, ge=1, le=40)
    hint: InlineText | None = None
    answer: str = ""
    """What a good one says, for whoever marks."""


class Hint(Written):
    """Help that costs points once it was opened."""

    id: Id
    text: InlineText
    cost: Exact = Field(Fraction(0), ge=0)


class Carry(Written):
    """What this exercise takes over from an earlier one of the same person."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: Id = Field(alias="from")
    fields: tuple[str, ...] = ()
    """Names on the earlier sheet, or what they begin with; everything that was filled in where there are none."""
    label: InlineText | None = None
    rows: Id | None = None
    """The table of an earlier ledger whose rows come over."""
    into: Id | None = None
    """The table of this ledger they go to."""


class Reviewing(Written):
    """How trainees review one another's answers."""

    reviewers: StrictInt = Field(3, ge=1, le=9)
    """Of each answer."""
    least: StrictInt = Field(2, ge=1, le=9)
    """Reviews that an answer needs for their median to count; with fewer a trainer marks it."""
    anonymous: StrictBool = True
    """Whether neither side knows the other's name."""
    decides: Literal["median", "trainer"] = "median"
    """Whose word counts where the trainer marks as well: both by their weights, or the trainer's alone."""


class Discussion(Written):
    """The minutes of each stage in which a pair or group works; 0 leaves a stage out."""

    read: StrictInt = Field(0, ge=0, le=240)
    discuss: StrictInt = Field(0, ge=0, le=240)
    record: StrictInt = Field(0, ge=0, le=240)
    share: StrictInt = Field(0, ge=0, le=240)

    @property
    def minutes(self) -> int:
        return self.read + self.discuss + self.record + self.share


Judge = Literal["trainer", "peer", "observer"]
JUDGES: tuple[Judge, ...] = get_args(Judge)
"""Those who mark with a rubric."""
Marking = Literal["key", "rule", "trainer", "peer", "observer", "none"]


def _attempts(value: object) -> int | str:
    if value == "unlimited" or (type(value) is int and value >= 1):
        return value
    raise fault(
        "attempts", say("Attempts are a whole number from 1, or “unlimited”."), say("Write 1 for a single try.")
    )


Attempts = Annotated[
    int | Literal["unlimited"],
    PlainValidator(_attempts),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"const": "unlimited"}]}),
]


class Spec(Written):
    """One exercise as its author wrote it, key included: the head that all kinds have, and the text under it."""

    kind: str
    title: InlineText
    minutes: StrictInt = Field(ge=1, le=480)
    points: Exact = Field(ge=0)
    """The whole: the rubric's best levels come out of it, the key shares the rest."""
    work: Literal["individual", "pairs", "group"] = "individual"
    marking: Annotated[tuple[Marking, ...], at_least(1), OneOrSeveral()] = ("key",)
    shares: dict[Judge, Annotated[Exact, Field(gt=0)]] = Field(default_factory=dict)
    """How much each side's word counts of the rubric's points, as a proportion; 1 where nothing is said."""
    reviewing: Reviewing | None = None
    discussion: Discussion | None = None
    feedback: Literal["at_once", "on_hand_in", "on_release", "after_close"] = "on_hand_in"
    attempts: Attempts = 1
    counting: Literal["best", "last", "mean"] = "best"
    private: StrictBool = False
    """Seen by the trainee and the marking trainer only, absent from every export."""
    source: str = ""
    reasons: tuple[Reason, ...] = ()
    rubric: tuple[Criterion, ...] = ()
    note: MarkdownText = ""
    body: MarkdownText = ""
    carries: tuple[Carry, ...] = Field((), max_length=6)
    hints: tuple[Hint, ...] = Field((), max_length=6)
    vary: Vary | None = None
    template: Annotated[dict[str, JsonValue] | None, SkipJsonSchema()] = None
    """The head as it was written, from which variants are made; not for authors."""
    _carried: Carried = PrivateAttr(default_factory=dict)
    """What one party carried over: no part of what was published, and in no dump."""

    @property
    def earlier_slugs(self) -> tuple[str, ...]:
        """The exercises whose answers this one takes over; a kind may need more of them."""
        return tuple(dict.fromkeys(carry.from_ for carry in self.carries))

    @property
    def compared_with(self) -> str | None:
        """The earlier exercise beside whose answer this one shows what it shows besides the marks."""
        return None

    def wanted_of(self, slug: str) -> tuple[str, ...]:
        """The fields of an earlier exercise that are taken over, or what they begin with; all of them for none."""
        names = [(each.rows,) if each.rows else each.fields for each in self.carries if each.from_ == slug]
        return tuple(name for those in names for name in those) if all(names) else ()

    def carrying(self, carried: Carried) -> Self:
        """The same exercise for somebody with these earlier answers."""
        copy = self.model_copy()
        copy._carried = carried  # noqa: SLF001 - of the same class
        return copy

    def carried(self, slug: str) -> Earlier | None:
        """What was carried over from an earlier exercise; None where nobody is known, or nothing is wanted of it."""
        return self._carried.get(slug)

    def carried_form(self, slug: str) -> dict[str, str]:
        """Field name → text of that earlier answer; empty where there is none."""
        earlier = self.carried(slug)
        return earlier.form() if earlier else {}

    @property
    def rubric_points(self) -> Fraction:
        return sum((criterion.best for criterion in self.rubric), Fraction(0))

    @property
    def key_points(self) -> Fraction:
        """What the key or the rule gives, all parts together."""
        return self.points - self.rubric_points if {"key", "rule"} & set(self.marking) else Fraction(0)

    def stated_points(self) -> tuple[Fraction | None, ...]:
        """For each part that the key or the rule marks: the points its author gave it, None for an even share."""
        return ()

    def mistakes(self) -> Iterator[Mistake]:
        """What is wrong with the spec as a whole, beyond the types of its parts. Kinds add their own."""
        if self.template is not None and self.vary is None:
            sentence = say("“template” is not for authors.")
            yield mistake(("template",), "template", sentence, say("Take it out; what varies stands under “vary”."))
        yield from _marking_mistakes(self)
        yield from _rubric_mistakes(self)
        yield from _judge_mistakes(self)
        yield from _discussion_mistakes(self)
        yield from _share_mistakes(self)
        yield from _hint_mistakes(self)
        yield from _carry_mistakes(self)
        yield from _repeated_ids(self, ())

    @model_validator(mode="after")
    def _hangs_together(self, info: ValidationInfo[object]) -> Self:
        if is_stored(info):
            return self
        found = tuple(InitErrorDetails(type=error, loc=path, input=self.kind) for path, error in self.mistakes())
        if found:
            raise ValidationError.from_exception_data(type(self).__name__, list(found))
        return self


def mistake(path: Path, code: str, sentence: Sentence, remedy: Sentence) -> Mistake:
    return path, fault(code, sentence, remedy)


def repeated_texts(parts: Sequence[Written], path: Path, key: str) -> Iterator[Mistake]:
    """Texts that stand twice in one list: whoever reads the sheet cannot tell them apart."""
    texts = [" ".join(bare_text(getattr(part, key)).split()) for part in parts]
    ids = [getattr(part, "id", "") for part in parts]
    for place, text in enumerate(texts):
        if text in texts[:place] and ids[place] not in ids[:place]:  # else the id is told already
            sentence = say("“{name}” stands twice.", name=text)
            yield mistake((*path, place, key), "text-twice", sentence, say("Give each a text of its own."))


def share_out(total: Fraction, stated: tuple[Fraction | None, ...]) -> tuple[Fraction, ...]:
    """Points of each part: what was stated, and an even share of the rest for the others."""
    rest = total - sum(filter(None, stated), Fraction(0))
    sharing = stated.count(None)
    return tuple(rest / sharing if points is None else points for points in stated)


def _marking_mistakes(spec: Spec) -> Iterator[Mistake]:
    if "none" in spec.marking and len(spec.marking) > 1:
        way_out = say("Leave out “none”, or the others.")
        yield mistake(
            ("marking",), "marking-none", say("“none” means that nobody marks, yet others are named."), way_out
        )
    if {"key", "rule"} & set(spec.marking) and not spec.stated_points():
        way_out = say("Add what the key needs, or leave the marking to people.")
        yield mistake(("marking",), "marking-nothing", say("There is nothing a key or a rule could mark."), way_out)


def _rubric_mistakes(spec: Spec) -> Iterator[Mistake]:
    people = {"trainer", "peer", "observer"} & set(spec.marking)
    if people and not spec.rubric:
        way_out = say("Add a rubric, or take the person out of “marking”.")
        yield mistake(("marking",), "rubric-missing", say("A person is to mark, but there is no rubric."), way_out)
    if spec.rubric and not people:
        way_out = say("Add “trainer”, “peer” or “observer” to “marking”.")
        yield mistake(
            ("rubric",), "marker-missing", say("There is a rubric, but “marking” names nobody to use it."), way_out
        )
    for place, criterion in enumerate(spec.rubric):
        points = [level.points for level in criterion.levels]
        if again := next((n for n, each in enumerate(points) if each in points[:n]), None):
            sentence = say("Two levels of this criterion earn the same points.")
            path = ("rubric", place, "levels", again, "points")
            yield mistake(path, "levels-equal", sentence, say("Give each level points of its own."))


def _judge_mistakes(spec: Spec) -> Iterator[Mistake]:
    """Shares and reviewing of people who are not to mark it, or may not read it."""
    if spec.private and {"peer", "observer"} & set(spec.marking):
        sentence = say("The exercise is private, yet others than the trainer are to mark it.")
        way_out = say("Take “peer” and “observer” out of “marking”, or “private” out.")
        yield mistake(("marking",), "private-reviewed", sentence, way_out)
    for judge in spec.shares:
        if judge not in spec.marking:
            sentence = say("“{name}” has a share, yet “marking” does not name it.", name=judge)
            yield mistake(("shares", judge), "share-nobody", sentence, say("Add it to “marking”, or take it out."))
    if spec.reviewing is None:
        return
    if "peer" not in spec.marking:
        way_out = say("Add “peer” to “marking”, or take “reviewing” out.")
        yield mistake(("reviewing",), "reviewing-nobody", say("Nobody reviews: “marking” names no peers."), way_out)
    if spec.reviewing.least > spec.reviewing.reviewers:
        sentence = say("More reviews are needed than an answer gets.")
        yield mistake(("reviewing", "least"), "reviewing-least", sentence, say("Lower “least” or raise “reviewers”."))


def _discussion_mistakes(spec: Spec) -> Iterator[Mistake]:
    if spec.discussion is None:
        return
    if spec.work == "individual":
        sentence = say("A discussion has stages, yet everybody works alone.")
        yield mistake(("discussion",), "discussion-alone", sentence, say("Write “work: pairs” or “work: group”."))
    if spec.discussion.minutes != spec.minutes:
        amounts = {"stages": spec.discussion.minutes, "minutes": spec.minutes}
        sentence = say("The stages take {stages} minutes together, the exercise {minutes}.", **amounts)
        yield mistake(("discussion",), "discussion-minutes", sentence, say("Change one of them."))


def _share_mistakes(spec: Spec) -> Iterator[Mistake]:
    """Whether the rubric's best levels and the key's parts make up the points."""
    rubric, stated = spec.rubric_points, spec.stated_points()
    left = spec.points - rubric
    keyed = bool({"key", "rule"} & set(spec.marking))
    adjust = say("Change “points” or the points of the parts.")
    if left < 0 or (left > 0 and not keyed):
        amounts = {"given": in_figures(rubric), "points": in_figures(spec.points)}
        sentence = say("The rubric's best levels give {given} points, the exercise {points}.", **amounts)
        yield mistake(("points",), "rubric-points", sentence, adjust)
    elif keyed and left == 0:
        sentence = say("The rubric takes all {points} points; the key has none to give.", points=in_figures(rubric))
        if not rubric:
            sentence = say("The exercise has no points to give, yet a key or a rule is to mark it.")
        yield mistake(("points",), "key-points", sentence, adjust)
    elif keyed and stated and not _adds_up(left, stated):
        amounts = {"given": in_figures(sum(filter(None, stated), Fraction(0))), "left": in_figures(left)}
        sentence = say("The parts give {given} points; the key has {left} to give.", **amounts)
        yield mistake(("points",), "key-points", sentence, adjust)


def _hint_mistakes(spec: Spec) -> Iterator[Mistake]:
    """Hints take from what the key gives: that has to be there, and to suffice."""
    costs = sum((hint.cost for hint in spec.hints), Fraction(0))
    if costs and costs > spec.key_points:
        amounts = {"cost": in_figures(costs), "points": in_figures(spec.key_points)}
        sentence = say("The hints cost {cost} points together, and key or rule give {points}.", **amounts)
        remedy = say("Lower “cost”: hints take from what key or rule give, and from nothing else.")
        yield mistake(("hints",), "hint-cost", sentence, remedy)


def _carry_mistakes(spec: Spec) -> Iterator[Mistake]:
    for place, carry in enumerate(spec.carries):
        if (carry.rows is None) != (carry.into is None) or (carry.rows and carry.fields):
            sentence = say("Rows come over from a table into a table, and fields come over without.")
            remedy = say("Write “rows” and “into”, or “fields”, or none of them.")
            yield mistake(("carries", place), "carry-rows", sentence, remedy)


def _adds_up(total: Fraction, stated: tuple[Fraction | None, ...]) -> bool:
    """Whether the shares make up the total, and none of them is nothing."""
    return all(share > 0 for share in share_out(total, stated)) and sum(share_out(total, stated)) == total


def _repeated_ids(part: Written, path: Path) -> Iterator[Mistake]:
    """Ids that stand twice in one list, at any depth."""
    for name, value in part:
        items = value if isinstance(value, tuple) else ()
        written = [(place, item) for place, item in enumerate(items) if isinstance(item, Written)]
        ids = [getattr(item, "id", None) for _, item in written]
        for order, (place, item) in enumerate(written):
            yield from _repeated_ids(item, (*path, name, place))
            if ids[order] is not None and ids[order] in ids[:order]:
                sentence = say("The id “{id}” stands twice in this list.", id=ids[order])
                yield mistake((*path, name, place, "id"), "id-twice", sentence, say("Give each an id of its own."))
