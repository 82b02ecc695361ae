"""The measures beside those of NumPy and SciPy, which we do not use to compute them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.statistics.measures import (
    alpha,
    correlation,
    discrimination,
    mean,
    quantile,
    standard_error,
    variance,
)

POINTS = st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 3.0])
TABLES = st.integers(2, 8).flatmap(
    lambda items: st.lists(st.lists(POINTS, min_size=items, max_size=items), min_size=2, max_size=40)
)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50))
def test_mean_and_variance(values: list[float]) -> None:
    assert mean(values) == pytest.approx(float(np.mean(values)), rel=1e-9, abs=1e-6)
    assert variance(values) == pytest.approx(float(np.var(values, ddof=1)), rel=1e-9, abs=1e-6)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.floats(0, 1))
def test_quantile(values: list[float], share: float) -> None:
    assert quantile(values, share) == pytest.approx(float(np.quantile(values, share)), rel=1e-9, abs=1e-6)


@given(TABLES)
def test_item_against_the_rest(rows: list[list[float]]) -> None:
    table = np.array(rows)
    totals = table.sum(axis=1)
    for item in range(table.shape[1]):
        own, rest = table[:, item], totals - table[:, item]
        found = discrimination(list(own), list(totals))
        if np.ptp(own) == 0 or np.ptp(rest) == 0:
            assert found is None
        else:
            assert found == pytest.approx(float(stats.pearsonr(own, rest).statistic), abs=1e-9)


@given(st.lists(st.tuples(st.booleans(), POINTS), min_size=3, max_size=60))
def test_whether_an_option_was_taken_is_point_biserial(pairs: list[tuple[bool, float]]) -> None:
    taken, points = [float(own) for own, _ in pairs], [each for _, each in pairs]
    found = correlation(taken, points)
    if len(set(taken)) == 1 or len(set(points)) == 1:
        assert found is None
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert found == pytest.approx(float(stats.pointbiserialr(taken, points).statistic), abs=1e-9)


@given(TABLES)
def test_alpha_from_the_covariance_matrix(rows: list[list[float]]) -> None:
    table = np.array(rows)
    items = table.shape[1]
    covariances = np.cov(table, rowvar=False)
    found = alpha(rows)
    if covariances.sum() <= 1e-9:
        assert found is None or abs(covariances.sum()) > 0
        return
    expected = items / (items - 1) * (1 - np.trace(covariances) / covariances.sum())
    assert found == pytest.approx(float(expected), rel=1e-7)


def test_alpha_of_a_published_example() -> None:
    """Twelve people, eleven true-or-false items; KR-20 worked out by hand from the counts."""
    rows = [[1.0] * right + [0.0] * (11 - right) for right in (10, 9, 9, 8, 7, 7, 6, 5, 5, 4, 3, 2)]
    shares = [sum(row[number] for row in rows) / 12 for number in range(11)]
    spread = float(np.var([sum(row) for row in rows], ddof=1))
    kr20 = 11 / 10 * (1 - sum(p * (1 - p) for p in shares) * 12 / 11 / spread)
    assert alpha(rows) == pytest.approx(kr20)


def test_standard_error() -> None:
    totals = [3.0, 5.0, 8.0, 9.0]
    assert standard_error(totals, 0.84) == pytest.approx(float(np.std(totals, ddof=1)) * 0.4)
    assert standard_error(totals, None) is None
    assert standard_error(totals, -0.2) is None


@pytest.mark.parametrize("rows", [[], [[1.0, 2.0]], [[1.0], [2.0]], [[1.0, 1.0], [1.0, 1.0]]])
def test_no_alpha_where_there_is_none(rows: list[list[float]]) -> None:
    assert alpha(rows) is None


def test_nothing_of_nothing() -> None:
    assert (mean([]), variance([1.0]), quantile([], 0.5), correlation([1.0], [1.0])) == (None, None, None, None)


def test_equal_values_have_no_correlation_in_spite_of_rounding() -> None:
    """0.1 added up in two orders differs in the last bit; that is no spread."""
    assert correlation([0.1 + 0.2, 0.3, 0.3], [1.0, 2.0, 3.0]) is None
