"""What every kind promises, kept by exercises and answers that nobody has seen."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.documents.blocks import field_names
from app.documents.html import to_html
from app.exercises import (
    Spec,
    grade_answer,
    handouts_of,
    kind_of,
    model_answer_of,
    parse_spec,
    profile_of,
    read_answer,
    remarks_on,
    resolve,
    secret_of,
    sheet_of,
    shown_values,
    together_of,
)
from app.exercises.exercise import shows_together
from app.exercises.texts import STORED
from tests.exercises import contract
from tests.exercises.heads import HEADS
from tests.exercises.test_unseen_answers import TYPED

every_kind = pytest.mark.parametrize("kind", HEADS)
unhurried = settings(
    max_examples=max(20, settings().max_examples // 3),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
PROMISES = [
    check
    for check in contract.PROMISES
    if check not in {contract.check_sheet_prints, contract.check_half_a_form_can_be_read}
]
"""Those that are quick; any form is sent below."""


def form_of(data: st.DataObject, spec: Spec) -> dict[str, str]:
    """Some fields, with what belongs there, or in another field, or nowhere."""
    names = field_names(sheet_of(spec))
    model = dict(model_answer_of(spec))
    right = st.sampled_from(sorted({"", "yes", *model.values()}))
    form = data.draw(st.dictionaries(st.sampled_from([*names, "unknown"]), TYPED | right, max_size=12))
    kept = {name: text for name, text in model.items() if name not in form}
    return {**kept, **form} if data.draw(st.booleans()) else form


@every_kind
@unhurried
@given(data=st.data())
def test_kinds_keep_their_promises(kind: str, data: st.DataObject) -> None:
    spec = parse_spec(data.draw(HEADS[kind]))
    for check in PROMISES:
        check(kind_of(spec), spec)
    contract.check_trainee_side_works_without_the_key(kind_of(spec), spec, kind_of(spec).secret)
    blind = contract.without(spec, secret_of(spec))
    assert sheet_of(blind) == sheet_of(spec)
    assert parse_spec(spec.model_dump(mode="json"), context=STORED) == spec
    names = field_names(sheet_of(spec))
    assert len(set(names)) == len(names)
    assert set(remarks_on(spec)) <= set(parts_of(spec, {}))
    for block in handouts_of(spec):
        assert to_html(block)


def parts_of(spec: Spec, form: Mapping[str, str]) -> dict[str, Fraction]:
    grade = grade_answer(spec, read_answer(spec, form))
    return {part.id: part.earned for part in grade.parts} if grade else {}


@every_kind
@unhurried
@given(data=st.data())
def test_any_form_is_read_graded_and_shown(kind: str, data: st.DataObject) -> None:
    spec = parse_spec(data.draw(HEADS[kind]))
    form = form_of(data, spec)
    answer = read_answer(spec, form)
    assert set(answer.unreadable) <= set(field_names(sheet_of(spec)))
    assert type(answer).model_validate_json(answer.model_dump_json()) == answer
    if grade := grade_answer(spec, answer):
        assert all(0 <= part.earned <= part.possible for part in grade.parts)
        assert grade.possible == spec.key_points
        assert len({part.id for part in grade.parts}) == len(grade.parts)
        assert all(part.label and all(part.lines(language)) for part in grade.parts for language in ("en", "zh-CN"))
    assert to_html(profile_of(spec, answer)) is not None
    if shows_together(spec):
        assert to_html(together_of(spec, [answer] * 6)) is not None
    assert not set(shown_values(spec, form)) - set(form) & set(field_names(sheet_of(spec)))


@pytest.mark.parametrize("kind", sorted(set(HEADS) - {"survey", "poll"}))
@unhurried
@given(data=st.data())
def test_points_scale(kind: str, data: st.DataObject) -> None:
    """Three times the points: three times what any answer earns."""
    head = data.draw(HEADS[kind])
    spec = parse_spec(head)
    thrice = parse_spec(head | {"points": f"{spec.points * 3}"})
    form = form_of(data, spec)
    assert parts_of(thrice, form) == {name: earned * 3 for name, earned in parts_of(spec, form).items()}


@pytest.mark.parametrize("kind", ["matching", "classification", "blanks", "buckets", "card_wall", "text"])
@unhurried
@given(data=st.data())
def test_one_more_that_is_right_never_earns_less(kind: str, data: st.DataObject) -> None:
    spec = parse_spec(data.draw(HEADS[kind]))
    form, model = form_of(data, spec), model_answer_of(spec)
    name = data.draw(st.sampled_from(sorted(model)))
    assert sum(parts_of(spec, {**form, name: model[name]}).values()) >= sum(parts_of(spec, form).values())


@pytest.mark.parametrize("kind", sorted(set(HEADS) - {"blanks"}))  # whose text has an order of its own
@unhurried
@given(data=st.data())
def test_a_seed_changes_the_order_and_nothing_else(kind: str, data: st.DataObject) -> None:
    """Lists in another order: the same names on the sheet, the same points for the same answer."""
    head = data.draw(HEADS[kind])
    shuffled = ORDERED[kind]
    spec = parse_spec(head | {"vary": {"shuffle": [shuffled]}})
    seed = data.draw(st.integers(1, 2**62))
    variant, again = resolve(spec, seed, {}), resolve(parse_spec(head | {"vary": {"shuffle": [shuffled]}}), seed, {})
    assert variant == again
    assert sheet_of(variant) == sheet_of(again)
    if kind == "classification":
        return  # its cases are made anew
    assert sorted(field_names(sheet_of(variant))) == sorted(field_names(sheet_of(spec)))
    form = form_of(data, spec)
    assert parts_of(variant, form) == parts_of(spec, form)
    contract.check_model_answer_earns_everything(kind_of(variant), variant)


ORDERED = {
    **dict.fromkeys(HEADS, "items"),
    "classification": "cases",
    "text": "tasks",
    "ledger": "rules",
    "scoring": "criteria",
    "card_wall": "columns",
    "poll": "options",
}
