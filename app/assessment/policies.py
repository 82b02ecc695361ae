"""What an exercise promises its trainees, in sentences: who marks it, when results can be seen, what is missing."""

from __future__ import annotations

from collections.abc import Mapping

from app.assessment.rules import Result, TaskState
from app.exercises import Spec
from app.exercises.checks import fields_by_part
from app.words import Sentence, say

WORK: Mapping[str, Sentence] = {
    "individual": say("on your own"),
    "pairs": say("in pairs"),
    "group": say("in groups"),
}


def who_marks(spec: Spec) -> Sentence:
    """Whether the key, the trainer, both or nobody marks what is handed in."""
    match (bool({"key", "rule"} & set(spec.marking)), bool(spec.rubric)):
        case (True, True):
            return say("One part is marked at once against the answer key, the rest by your trainer.")
        case (True, False):
            return say("It is marked at once against the answer key.")
        case (False, True):
            return say("Your trainer marks it.")
        case _:
            return say("Nobody marks this: handing it in is what counts.")


def when_seen(spec: Spec) -> Sentence | None:
    """When points and feedback can be seen; None where there are none."""
    if not spec.points:
        return None
    match spec.feedback:
        case "at_once" if fields_by_part(spec):
            return say("You can check each answer as soon as you have given it; what was checked counts as it stands.")
        case "at_once" | "on_hand_in" if spec.rubric:
            return say(
                "You see what the key says when you hand in, and your trainer's marks as soon as they are given."
            )
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
    if result.waits:
        return say("Your trainer has not marked everything yet. The total will stand here then.")
    return None


def state_after(result: Result | None, *, given_back: bool) -> TaskState:
    """The state of an attempt that was handed in or given back; `result`: as far as it may be seen."""
    if given_back:
        return "returned"
    return "marked" if result is not None and result.possible and not result.waits else "handed_in"
