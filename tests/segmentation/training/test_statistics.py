"""Quantiles of counted values are those of the rows one by one; the fence is the same for cleaning, bins and gate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.schema import Feature, Role, Scale
from segmentation.schema_data import default_schema
from segmentation.training.distributions import Fence
from segmentation.training.points.binning import find_bins
from segmentation.training.points.cleaning import clean
from segmentation.training.points.histogram import FineHistogram, to_fixed
from segmentation.training.samples.mall import sample_customers
from segmentation.training.statistics import median, occurring_quantiles, quantile, tukey_fence
from segmentation.training.train import train

SCHEMA = default_schema()


def bounded(minimum: float, maximum: float, scale: Scale = Scale.PLAIN) -> Feature:
    return Feature("x", "X", "", minimum, maximum, Role.CLUSTER, scale=scale)


COUNTED = st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(1, 5)), min_size=1, unique_by=lambda pair: pair[0])


@given(COUNTED)
def test_quantiles_of_counted_values_are_numpy_s(pairs: list[tuple[float, int]]) -> None:
    values, counts = (np.array(part) for part in zip(*sorted(pairs), strict=True))
    rows = np.repeat(values, counts)
    for share in (0.25, 0.75, 0.9):
        assert quantile(values, counts, share) == np.quantile(rows, share)
    assert median(values, counts) == np.median(rows)


@given(COUNTED, st.sampled_from([0.0, 0.01, 0.1, 0.5, 0.9, 1.0]))
def test_an_occurring_quantile_is_the_least_value_that_enough_rows_do_not_exceed(
    pairs: list[tuple[float, int]], share: float
) -> None:
    values, counts = (np.array(part) for part in zip(*pairs, strict=True))
    (found,) = occurring_quantiles(values, counts, [share])
    total = counts.sum()
    assert counts[values <= found].sum() >= share * total
    assert counts[values < found].sum() < share * total or found == values.min()


def test_a_fence_lies_three_interquartile_ranges_from_the_quartiles() -> None:
    values = np.array([40.0, 50, 60])
    assert tukey_fence(values, np.array([1, 1, 1]), bounded(-1000, 1000)) == Fence(45 - 30, 55 + 30)


def test_a_fence_stays_within_the_feature_s_bounds() -> None:
    values = np.array([40.0, 50, 60])
    assert tukey_fence(values, np.array([1, 1, 1]), bounded(30, 70)) == Fence(30, 70)


def test_a_fence_on_a_log_scale_is_three_ranges_of_the_logarithm_away_and_never_below_the_bound() -> None:
    values = np.array([9.0, 99, 999])  # with one more, the logarithms to the base 10 are 1, 2 and 3
    fence = tukey_fence(values, np.array([1, 1, 1]), bounded(0, 1e9, Scale.LOG))
    assert fence is not None
    assert fence.above == pytest.approx(10 ** (2.5 + 3) - 1, rel=1e-9)
    assert fence.below == 0


def test_a_fence_on_a_log_scale_leaves_room_for_1000_times_the_upper_quartile() -> None:
    fence = tukey_fence(np.array([99.0, 104, 109]), np.array([1, 1, 1]), bounded(0, 1e9, Scale.LOG))
    assert fence is not None
    assert fence.above == pytest.approx(1000 * (np.sqrt(105 * 110)) - 1, rel=1e-3)


def test_values_most_of_which_are_the_same_have_no_fence() -> None:
    assert tukey_fence(np.array([1.0, 50, 99]), np.array([1, 8, 1]), bounded(0, 100)) is None


def test_only_sides_that_values_can_lie_beyond_are_described() -> None:
    assert Fence(0.0, 186.54).describe(0, 1000, "k$") == "above 186.5 k$"
    assert Fence(12.0, 100.0).describe(0, 100) == "below 12"
    assert Fence(12.0, 80.0).describe(0, 100) == "below 12 or above 80"


@pytest.mark.parametrize("far", [3, 30])
def test_cleaning_bins_and_profile_draw_the_same_fence(far: int) -> None:
    values = sample_customers()
    values[:far, 1] = 700
    (exact,) = clean(values, SCHEMA).report.outliers
    histograms = [FineHistogram.of(column) for column in to_fixed(values, SCHEMA).T]
    (binned,) = find_bins(histograms, SCHEMA, {}).outliers
    assert exact == binned
    if not exact.left_out:  # the profile is of the customers that are kept
        profile = train(values, SCHEMA, k=5).report.profile
        assert profile is not None
        known = [out for out in profile.far_out if out.feature == "income"]
        assert {(out.below, out.above) for out in known} == {(exact.below, exact.above)}
        assert exact.below == 0
