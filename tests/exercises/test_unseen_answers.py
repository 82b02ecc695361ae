"""Whatever a trainee sends is read without failing and earns something between nothing and everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.blocks import field_names
from app.exercises import grade_answer, model_answer_of, read_answer, sheet_of
from app.exercises.hints import PART as HINTS
from tests.exercises.samples import FILES, shipped

TYPED = st.one_of(
    st.text(max_size=60),
    st.text("0123456789 ,.'%％¥/-+万亿元", max_size=20),
    st.sampled_from(["yes", "primary", "personal", "nan", "1e999", "-0", "9" * 2000, "\ud800", "\0"]),
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@given(data=st.data())
def test_any_form_is_read_and_graded(path: Path, data: st.DataObject) -> None:
    spec = shipped(path)
    names = [*field_names(sheet_of(spec)), "unknown"]
    right = st.sampled_from(sorted({"", *model_answer_of(spec).values()}))  # of some field: mostly not of this one
    form = data.draw(st.dictionaries(st.sampled_from(names), TYPED | right))
    answer = read_answer(spec, form)
    grade = grade_answer(spec, answer)
    assert type(answer).model_validate_json(answer.model_dump_json()) == answer
    assert set(answer.unreadable) <= set(names)
    assert (grade is not None) == bool({"key", "rule"} & set(spec.marking))
    if grade is None:
        return
    assert all(0 <= part.earned <= part.possible for part in grade.parts if part.id != HINTS)
    assert 0 <= grade.earned <= grade.possible == spec.key_points  # hints take what was earned, and no more
    assert grade == grade_answer(spec, read_answer(spec, form))
