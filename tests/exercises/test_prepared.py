"""What is made once of a spec belongs to that very spec, and goes with it."""

from __future__ import annotations

import gc
from fractions import Fraction

from app.exercises import grade_answer, model_answer_of, parse_spec, read_answer
from app.exercises.kind import Part
from app.exercises.prepared import MOST_VERDICTS, Verdicts, prepared
from app.exercises.spec import Spec
from tests.exercises.samples import calculation

QUANTITY = {"id": "a", "label": "A", "answer": 7}


def test_made_once_a_spec() -> None:
    made: list[str] = []

    @prepared
    def title_of(spec: Spec) -> str:
        made.append(spec.title)
        return spec.title

    one, other = parse_spec(calculation(QUANTITY)), parse_spec(calculation(QUANTITY, title="Other"))
    assert [title_of(one), title_of(other), title_of(one)] == [one.title, "Other", one.title]
    assert len(made) == 2


def test_gone_with_its_spec() -> None:
    """Another spec in the same place of memory must not get what was made of the first."""

    @prepared
    def title_of(spec: Spec) -> str:
        return spec.title

    for number in range(200):
        spec = parse_spec(calculation(QUANTITY, title=f"Title {number}"))
        assert title_of(spec) == f"Title {number}"
        del spec
    gc.collect()
    assert title_of.kept <= 1


def test_verdicts_are_bounded() -> None:
    verdicts, marked = Verdicts((Fraction(1),)), []

    def mark(number: int) -> Part:
        marked.append(number)
        return Part(id=str(number), label="", earned=Fraction(0), possible=Fraction(1))

    for number in range(MOST_VERDICTS + 10):
        assert verdicts.part(number, mark, number).id == str(number)
    assert verdicts.part(MOST_VERDICTS + 9, mark, 0).id == str(MOST_VERDICTS + 9)
    assert verdicts.kept == 10


def test_a_changed_key_is_a_new_spec() -> None:
    """What was said to an answer under one key is not said under another."""
    old, new = parse_spec(calculation(QUANTITY)), parse_spec(calculation(QUANTITY | {"answer": 8}))
    for spec, earned in ((old, 1), (new, 0), (old, 1)):
        grade = grade_answer(spec, read_answer(spec, model_answer_of(old)))
        assert grade is not None
        assert grade.earned == earned * spec.points
