from __future__ import annotations

from copy import deepcopy

from app.catalogue.agenda import Agenda, Method, agenda_of
from app.courses.outline import Course
from app.courses.timetable import compile_timetable
from app.words import Language
from tests.catalogue.samples import OUTLINE, create_course


def drawn(course: Course, language: Language = "zh-CN") -> Agenda:
    return agenda_of(course, compile_timetable(course), language)


def shares_of(agenda: Agenda) -> dict[str, tuple[float, int]]:
    """Category → minutes and percent."""
    return {share.method.category: (share.minutes, share.percent) for share in agenda.mix.shares}


def without_rest() -> Course:
    """A course whose vocabulary has no category for breaks, as one that was published before it had to."""
    course = create_course()
    categories = {id_: each for id_, each in course.vocabulary.categories.items() if id_ != "rest"}
    return course.model_copy(update={"vocabulary": course.vocabulary.model_copy(update={"categories": categories})})


def without_methods() -> Course:
    """A course whose last slot, 30 of 135 taught minutes, says nothing about how it is taught."""
    days = deepcopy(OUTLINE["days"])
    del days[0]["sessions"][1]["slots"][0]["methods"]
    return create_course(days=days)


def test_the_methods_of_a_slot_share_its_minutes_and_breaks_are_not_taught() -> None:
    agenda = drawn(create_course())

    assert shares_of(agenda) == {
        "lecture": (30.0, 22),
        "discussion": (30.0, 22),
        "exercise": (45.0, 33),
        "review": (30.0, 22),
        "rest": (15.0, 0),
    }
    assert agenda.mix.total == 150.0


def test_a_break_is_one_even_where_the_vocabulary_has_no_word_for_it() -> None:
    agenda = drawn(without_rest(), "en")

    assert shares_of(agenda) == shares_of(drawn(create_course()))
    assert agenda.mix.shares[-1].method == Method("rest", "coffee", "Break")
    assert [b.category for b in agenda.days[0].sessions[0].blocks if b.is_break] == ["rest"]


def test_a_slot_without_methods_counts_as_taught() -> None:
    agenda = drawn(without_methods())

    assert shares_of(agenda) == {
        "lecture": (30.0, 22),
        "discussion": (30.0, 22),
        "exercise": (45.0, 33),
        "unnamed": (30.0, 22),
        "rest": (15.0, 0),
    }
    assert agenda.mix.total == 150.0
    assert agenda.mix.shares[-2].method == Method("unnamed", "circle", "没有写明方式")
    assert [(b.category, b.methods) for b in agenda.days[0].sessions[1].blocks] == [("unnamed", ())]
