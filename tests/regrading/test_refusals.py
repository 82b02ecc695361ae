"""Why a cohort cannot be moved: each reason names what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest

from app.courses.outline import Course
from app.regrading.refusals import Ground, Variant, why_not
from app.words import in_words
from tests.assessment.course_samples import CHOICE, FORM
from tests.catalogue.samples import create_course
from tests.exercises.samples import allocation, ordering, ranking
from tests.regrading.samples import RUBRIC

VARIED: dict[str, Any] = {
    **CHOICE,
    "vary": {"numbers": {"price": {"from": 10, "to": 20}}},
    "body": "每辆车进价 {price} 万元。",
}


def course(exercise: Mapping[str, Any], **over: Any) -> Course:
    return create_course(exercises={"needs": exercise}, **over)


def refused(then: Course, now: Course, *, begun: bool = True, final: bool = False) -> list[str]:
    variants = {"needs": [Variant(seed, {}) for seed in (3, 4)]} if begun else {}
    ground = Ground(variants, frozenset({"d1-am", "d1-pm"}), frozenset({"needs"} if final else ()))
    return [in_words(sentence, "en") for sentence in why_not(then, now, ground)]


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    head = deepcopy(CHOICE)
    place: Any = head
    for step in path[:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return head


FIRST = ("questions", 0, "options")
KEY = changed(*FIRST, to=[{"id": "net", "text": "不含税售价"}, {"id": "gross", "text": "含税售价", "correct": True}])


@pytest.mark.parametrize(
    ("exercise", "told"),
    [
        (KEY, []),
        ({**CHOICE, "points": 8}, []),
        ({**CHOICE, "points": 6, "marking": ["key", "trainer"], "rubric": RUBRIC}, []),
        (changed("questions", 0, "text", to="毛利率除以什么？"), []),
        (changed("questions", 0, "id", to="rate"),
         ["“两道题” was begun here, and the new version asks other things: 毛利率的分母是什么？."]),
        (changed(*FIRST, 1, "id", to="with-tax"),
         ["“两道题” was begun here, and what could be chosen is missing: 含税售价."]),
        (FORM, ["“两道题” was begun here, and is of another kind in the new version."]),
    ],
)  # fmt: skip
def test_what_was_begun_keeps_its_ground(exercise: dict[str, Any], told: list[str]) -> None:
    assert refused(course(CHOICE), course(exercise)) == told
    assert refused(course(CHOICE), course(exercise), begun=False) == []


def test_one_question_of_several_can_be_taken_out() -> None:
    shorter = {**CHOICE, "questions": CHOICE["questions"][1:]}
    assert refused(course(CHOICE), course(shorter)) == []
    told = ["“两道题” was begun here, and the new version asks other things: 毛利率的分母是什么？."]
    assert refused(course(shorter), course(CHOICE)) == told  # nobody has answered it


@pytest.mark.parametrize(("head", "order"), [(ordering(), "order"), (ranking(), "rank"), (allocation(), "")])
def test_nothing_can_be_taken_out_of_an_order_or_a_sum(head: dict[str, Any], order: str) -> None:
    """Somebody put all of them in order: with one less, their 1, 3 and 4 say something else."""
    shorter = deepcopy({**head, "items": head["items"][1:]})
    if order:
        shorter[order] = [each for each in head[order] if each != head["items"][0]["id"]]
    else:
        shorter["items"][0]["answer"] = 80
    (told,) = refused(course(head), course(shorter))
    assert "is an order or a sum" in told


def test_final_marks_stay_as_they_are() -> None:
    sentence = "The marks of “两道题” are final. Open them again before it is marked otherwise."
    assert refused(course(CHOICE), course(KEY), final=True) == [sentence]
    assert refused(course(CHOICE), course({**CHOICE, "note": "讲评"}), final=True) == []


def test_what_was_private_stays_private() -> None:
    private = course({**CHOICE, "private": True})
    assert refused(private, course(CHOICE)) == [
        "“两道题” was private when it was answered here, so it has to stay private."
    ]
    assert refused(course(CHOICE), private) == []


def test_an_exercise_or_a_session_that_is_gone() -> None:
    full = course(CHOICE).model_dump(mode="json")
    days = deepcopy(full["days"])
    days[0]["sessions"][0]["slots"][2]["exercise"] = []
    days[0]["sessions"].pop()
    now = create_course(exercises={}, days=days, notes={})
    assert refused(course(CHOICE), now) == [
        "The session “复盘” has a date in this cohort, and the new version has it no more.",
        "“两道题” was begun here, and the new version has it no more.",
    ]


def test_figures_that_somebody_answered_to_are_not_drawn_anew() -> None:
    other_key, wider = {**VARIED, "questions": KEY["questions"]}, deepcopy(VARIED)
    wider["vary"]["numbers"]["price"]["to"] = 99
    assert refused(course(VARIED), course(other_key)) == []
    told = ["“两道题” was begun here with other figures than the new version would draw."]
    assert refused(course(VARIED), course(wider)) == told
