"""Months as the counts know them, and how far to look for a page of rows when it is known how many each month has."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import ceil

EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True)
class Span:
    """Days from the first to the last; without any where the last comes before the first."""

    first: date = EARLIEST
    last: date = LATEST

    def within(self, other: Span) -> Span:
        """The days of both."""
        return Span(max(self.first, other.first), min(self.last, other.last))

    @property
    def is_empty(self) -> bool:
        return self.last < self.first


NO_DAY = Span(LATEST, EARLIEST)


def month_of(day: date) -> int:
    """202611 for a day in November 2026."""
    return day.year * 100 + day.month


def span_of(month: int) -> Span:
    """The days of 202611."""
    year, number = divmod(month, 100)
    return Span(date(year, number, 1), date(year, number, monthrange(year, number)[1]))


def split(span: Span) -> tuple[Span, tuple[Span, ...]]:
    """The whole months of a span, and the parts of months at its ends."""
    if span.is_empty:
        return span, ()
    opening, closing = span_of(month_of(span.first)), span_of(month_of(span.last))
    cut_first, cut_last = span.first > opening.first, span.last < closing.last
    if opening == closing:
        return (NO_DAY, (span,)) if cut_first or cut_last else (span, ())
    head = (Span(span.first, opening.last),) if cut_first else ()
    tail = (Span(closing.first, span.last),) if cut_last else ()
    first = _day_after(opening.last) if cut_first else span.first
    last = _day_before(closing.first) if cut_last else span.last
    return Span(first, last), (*head, *tail)


def windows(counts: Mapping[int, int], reach: Span, *, wanted: int, newest_first: bool) -> Iterator[Span]:
    """Parts of a span to look through one after another until there are as many rows as wanted.

    The first has about eight times as many if the rows of a month are spread evenly, and each further one eight times
    more again: a few hundred rows are read sooner than a second question is asked.
    Together they are every day of the span on which there can be rows.
    """
    sign = -1 if newest_first else 1
    begun, found, goal = None, 0.0, 8 * wanted
    near = far = 0
    for near, far, each_day in _stretches(counts, reach, sign):
        while near <= far:
            begun = near if begun is None else begun
            days = ceil((goal - found) / each_day)
            if days > far - near + 1:
                found += each_day * (far - near + 1)
                break
            yield _between(sign, begun, near + days - 1)
            near, begun, found, goal = near + days, None, 0.0, goal * 8  # noqa: PLW2901 -- what is left of the stretch
    if begun is not None:
        yield _between(sign, begun, far)


def _stretches(counts: Mapping[int, int], reach: Span, sign: int) -> Iterator[tuple[int, int, float]]:
    """Months in the order of looking, as days counted in that order, with the rows that a day has on average."""
    for month in sorted((each for each, count in counts.items() if count > 0), reverse=sign < 0):
        whole = span_of(month)
        part = whole.within(reach)
        if not part.is_empty:
            near, far = sorted((sign * part.first.toordinal(), sign * part.last.toordinal()))
            yield near, far, counts[month] / ((whole.last - whole.first).days + 1)


def _between(sign: int, near: int, far: int) -> Span:
    first, last = sorted((sign * near, sign * far))
    return Span(date.fromordinal(first), date.fromordinal(last))


def _day_after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
