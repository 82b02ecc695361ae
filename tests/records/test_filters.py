"""What an address asks for is read, written back the same, and split into months without losing a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.records.filters import (
    NOWHERE,
    STATE_FILTERS,
    Known,
    Place,
    Turned,
    Wanted,
    read_turned,
    read_wanted,
    written,
)
from app.records.months import Span, month_of, span_of, split, windows
from app.words import in_words

KNOWN = Known(courses={1, 2}, cohorts={3}, departments={5, 6})
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
SPANS = st.tuples(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(-3, 900)).map(
    lambda each: Span(each[0], each[0] + timedelta(days=each[1]))
)


def days_of(*spans: Span) -> list[date]:
    return [span.first + timedelta(days=n) for span in spans for n in range((span.last - span.first).days + 1)]


@given(
    st.builds(
        Wanted,
        course=st.sampled_from([None, 1, 2]),
        cohort=st.sampled_from([None, 3]),
        department=st.sampled_from([None, 5, 6]),
        state=st.sampled_from(STATE_FILTERS),
        first=st.none() | DAYS,
        last=st.none() | DAYS,
        text=st.sampled_from(["", "王", "E 1", "100%", "&state=x"]),
    )
)
def test_what_is_written_into_an_address_is_read_from_it(wanted: Wanted) -> None:
    assert read_wanted(wanted.in_address(), KNOWN)[0] == wanted


def test_only_in_a_department_can_one_be_directly() -> None:
    assert "direct" not in Wanted(direct=True).in_address()
    directly = Wanted(department=5, direct=True)
    assert read_wanted(directly.in_address(), KNOWN) == (directly, ())
    assert read_wanted({"department": "0"}, KNOWN) == (Wanted(department=NOWHERE), ())


@given(st.dictionaries(st.sampled_from(["course", "cohort", "department", "state", "from", "until", "q"]), st.text()))
def test_nothing_in_an_address_is_a_mistake_of_ours(said: dict[str, str]) -> None:
    wanted, unclear = read_wanted(said, KNOWN)
    assert all(in_words(each, "zh-CN") for each in unclear)
    assert "\0" not in wanted.text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"course": "9"}, "There is no such course here. The list shows all courses."),
        ({"cohort": "x"}, "There is no such cohort here. The list shows all cohorts."),
        ({"department": "99999999999999999999"}, "There is no such department. The list shows all departments."),
        ({"state": "done"}, "There is no such state. The list shows every state."),
        ({"from": "2026-02-30"}, "A date looks like 2026-11-23. It was left out."),
        ({"until": "0001-01-01"}, "A date looks like 2026-11-23. It was left out."),
        (
            {"from": "2026-02-01", "until": "2026-01-01"},
            "The last day comes before the first, so nothing can lie between them.",
        ),
    ],
)
def test_what_means_nothing_is_told(said: dict[str, str], told: str) -> None:
    assert [in_words(each, "en") for each in read_wanted(said, KNOWN)[1]] == [told]


@given(st.builds(Place, DAYS, st.integers(1, 10**8)), st.booleans())
def test_a_page_is_read_as_it_was_written(place: Place, back: bool) -> None:  # noqa: FBT001 -- from hypothesis
    assert read_turned({"before" if back else "after": written(place)}) == Turned(place, back)


@pytest.mark.parametrize("typed", ["", "2", "x.1", "2026-11-23", "2026-11-23.x", "2026-11-23.99999999999"])
def test_a_page_that_cannot_be_read_is_the_first(typed: str) -> None:
    assert read_turned({"after": typed}) == Turned()


@given(SPANS)
def test_a_span_is_its_months_and_what_is_cut_of_them(span: Span) -> None:
    whole, cut = split(span)
    assert sorted(days_of(whole, *cut)) == days_of(span)
    months = {month_of(day) for day in days_of(whole)}
    assert days_of(whole) == [day for month in sorted(months) for day in days_of(span_of(month))]
    assert len(cut) <= 2
    assert months.isdisjoint(month_of(day) for day in days_of(*cut))


@given(
    st.dictionaries(st.sampled_from([202401, 202402, 202407, 202512, 202601]), st.integers(0, 5000)),
    SPANS,
    st.integers(1, 60),
    st.booleans(),
)
def test_windows_are_every_day_that_can_have_rows(
    counts: dict[int, int],
    reach: Span,
    wanted: int,
    newest_first: bool,  # noqa: FBT001 -- from hypothesis
) -> None:
    found = list(windows(counts, reach, wanted=wanted, newest_first=newest_first))
    seen = [day for span in found for day in (reversed(days_of(span)) if newest_first else days_of(span))]
    assert seen == sorted(set(seen), reverse=newest_first)
    filled = {day for month, count in counts.items() if count for day in days_of(span_of(month).within(reach))}
    assert filled <= set(seen) <= set(days_of(reach))


def test_the_first_window_is_narrow_where_there_is_much() -> None:
    year = dict.fromkeys(range(202601, 202613), 30_000)
    first = next(windows(year, Span(), wanted=51, newest_first=True))
    assert first == Span(date(2026, 12, 31), date(2026, 12, 31))
