"""What an exercise promises its trainees, in sentences: who marks it, when results can be seen, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from app.assessment.rules import Result, TaskState
from app.exercises import Spec
from app.exercises.checks import fields_by_part
from app.words import Sentence, say

WORK: Mapping[str, Sentence] = {
    "individual": say("on your own"),
    "pairs": say("in pairs"),
    "group": say("in groups"),
}


Markers = Literal["trainer", "others", "both", "nobody"]
_WHO: Mapping[tuple[bool, Markers], Sentence] = {
    (True, "trainer"): say("One part is marked at once against the answer key, the rest by your trainer."),
    (True, "others"): say("One part is marked at once against the answer key, the rest by others of your cohort."),
    (True, "both"): say("One part is marked at once against the answer key, the rest by your trainer and others."),
    (True, "nobody"): say("It is marked at once against the answer key."),
    (False, "trainer"): say("Your trainer marks it."),
    (False, "others"): say("Others of your cohort mark it."),
    (False, "both"): say("Your trainer and others of your cohort mark it."),
    (False, "nobody"): say("Nobody marks this: handing it in is what counts."),
}
"""By whether a key or a rule marks, and who uses the rubric."""
_AS_GIVEN = say("You see what the key says when you hand in, and your trainer's marks as soon as they are given.")
_AS_ALL_GIVEN = say("You see your points as soon as everybody who marks it has done so.")


def who_marks(spec: Spec) -> Sentence:
    """Whether the key, people or nobody marks what is handed in."""
    return _WHO[bool({"key", "rule"} & set(spec.marking)), people_who_mark(spec)]


def people_who_mark(spec: Spec) -> Markers:
    """Who uses the rubric of an exercise."""
    if not spec.rubric:
        return "nobody"
    others = bool({"peer", "observer"} & set(spec.marking))
    if "trainer" in spec.marking:
        return "both" if others else "trainer"
    return "others" if others else "trainer"


def when_seen(spec: Spec) -> Sentence | None:
    """When points and feedback can be seen; None where there are none."""
    if not spec.points:
        return None
    match spec.feedback:
        case "at_once" if fields_by_part(spec):
            return say("You can check each answer as soon as you have given it; what was checked counts as it stands.")
        case "at_once" | "on_hand_in" if spec.rubric:
            return _AS_GIVEN if people_who_mark(spec) == "trainer" else _AS_ALL_GIVEN
        case "at_once" | "on_hand_in":
            return say("You see points and feedback when you hand in.")
        case "on_release":
            return say("You see points and feedback once your trainer has released them.")
        case "after_close":
            return say("You see points and feedback once the exercise has closed.")


def what_is_missing(spec: Spec, result: Result | None) -> Sentence | None:
    """What somebody who handed in still waits for; `result`: as far as it may be seen. None: nothing."""
    if not spec.points:
        return say("Nobody marks this: handing it in is what counts.")
    if result is None:
        return when_seen(spec)
    if result.waits and people_who_mark(spec) in ("others", "both"):
        return say("Not everything is marked yet. The total will stand here then.")
    if result.waits:
        return say("Your trainer has not marked everything yet. The total will stand here then.")
    return None


def state_after(result: Result | None, *, given_back: bool) -> TaskState:
    """The state of an attempt that was handed in or given back; `result`: as far as it may be seen."""
    if given_back:
        return "returned"
    return "marked" if result is not None and result.possible and not result.waits else "handed_in"
