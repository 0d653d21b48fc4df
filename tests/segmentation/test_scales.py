"""Values on a feature's scale and back, and the scale proposed for them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from segmentation.scales import proposed_scale, scaled, scaled_columns, unscaled, unscaled_columns
from segmentation.schema import Feature, Role, Scale

SPENT = Feature("spent", "Spent", "€", -50, 1e6, Role.CLUSTER, scale=Scale.LOG)
AGE = Feature("age", "Age", "years", 0, 120, Role.CLUSTER)
RNG = np.random.default_rng(0)


def test_a_log_scale_begins_at_the_minimum_and_plain_values_stay_as_they_are() -> None:
    values = np.array([-50.0, -49, 0, 950])
    assert scaled(values, SPENT) == pytest.approx(np.log([1, 2, 51, 1001]))
    assert scaled(values, SPENT).tolist() == pytest.approx([SPENT.scaled(value) for value in values.tolist()])
    assert scaled(values, AGE) is values


def test_values_come_back_from_their_scale() -> None:
    values = np.array([-50.0, -49.5, 0.25, 950, 1e6])
    assert unscaled(scaled(values, SPENT), SPENT) == pytest.approx(values)
    assert [SPENT.unscaled(SPENT.scaled(value)) for value in values.tolist()] == pytest.approx(values)
    assert unscaled(values, AGE) is values


def test_nothing_beyond_the_bounds_comes_back_from_an_array() -> None:
    assert unscaled(np.array([-3.0, 1e6]), SPENT).tolist() == [-50, pytest.approx(1e6)]
    assert SPENT.unscaled(-3.0) == pytest.approx(-50 + np.expm1(-3))
    assert SPENT.unscaled(1e6) == np.inf


def test_what_lies_below_the_minimum_counts_as_the_minimum_and_what_is_missing_stays_so() -> None:
    found = scaled(np.array([-60.0, np.nan]), SPENT)
    assert found[0] == 0
    assert np.isnan(found[1])


def test_columns_are_scaled_each_by_its_feature() -> None:
    points = np.array([[30.0, 950], [40, -50]])
    found = scaled_columns(points, [AGE, SPENT])
    assert found == pytest.approx(np.array([[30, np.log(1001)], [40, 0]]))
    assert unscaled_columns(found, [AGE, SPENT]) == pytest.approx(points)
    assert scaled_columns(points, [AGE, AGE]) is points
    assert unscaled_columns(points, [AGE, AGE]) is points


@pytest.mark.parametrize(
    ("values", "scale", "words"),
    [
        (np.exp(RNG.normal(5, 1, 2000)), Scale.LOG, "a logarithm evens them out"),
        (RNG.geometric(0.2, 2000).astype(float), Scale.LOG, "a logarithm evens them out"),
        (RNG.normal(60, 20, 2000).clip(0), Scale.PLAIN, "about as spread out below"),
        (2000 - np.exp(RNG.normal(5, 0.6, 2000)), Scale.PLAIN, "to the low side"),
        # In hundreds of thousands of €, a logarithm that begins at 1 hardly bends.
        (np.exp(RNG.normal(5, 0.7, 2000)) / 1e5, Scale.PLAIN, "wouldn't even them out"),
        # Two groups are no skewness, and a logarithm would not join them.
        (np.concatenate([RNG.normal(50, 9, 1800), RNG.normal(5000, 9, 200)]).clip(0), Scale.PLAIN, "only a few far"),
        # 1 in 100 in dollars instead of k$.
        (RNG.normal(60, 15, 2000).clip(1) * np.where(np.arange(2000) % 100, 1, 1000), Scale.PLAIN, "only a few far"),
        (np.array([1.0, 1, 1, 1000]), Scale.PLAIN, "too few"),
        (np.full(100, 7.0), Scale.PLAIN, "too few different"),
        (np.full(100, np.nan), Scale.PLAIN, "too few"),
    ],
)
def test_a_scale_is_proposed_by_skewness(values: NDArray[np.float64], scale: Scale, words: str) -> None:
    found = proposed_scale(values, 0.0)
    assert found.scale is scale
    assert words in found.reason


def test_counted_values_are_judged_like_the_rows_one_by_one() -> None:
    rows = np.concatenate([RNG.geometric(0.3, 500).astype(float), [np.nan]])
    values, counts = np.unique(rows, return_counts=True)
    counted, single = proposed_scale(values, 0.0, counts), proposed_scale(rows, 0.0)
    assert counted.skewness == pytest.approx(single.skewness)
    assert counted.skewness_on_log == pytest.approx(single.skewness_on_log)
    assert counted.reason == single.reason
