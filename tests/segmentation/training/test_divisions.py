"""Two nearly equally good ways to divide customers: when they are seen, and what a person reads."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.truth.sources import source
from segmentation.training.divisions import TwoWays, division_warnings, two_ways
from segmentation.training.points.cleaning import clean
from segmentation.training.reports.training import Structure
from segmentation.training.resampling import Resampled, resample
from segmentation.training.space import Space

CUSTOMERS = 100
ONE = np.repeat([0, 1, 2, 3], CUSTOMERS // 4)
OTHER = np.where(ONE < 2, ONE, 5 - ONE)
HEAVY = source("heavy-tailed", 2, 200)


def resampled(*segments: NDArray[np.intp], weights: NDArray[np.int64] | None = None) -> Resampled:
    """Return what models say who give the customers these segments."""
    of = np.array(segments, dtype=np.intp)
    nothing = np.zeros(of.shape)
    counts = np.ones(of.shape[1], dtype=np.int64) if weights is None else weights
    return Resampled(counts, of, of, nothing, (), nothing)


def strayed(segments: NDArray[np.intp], customers: int, seed: int) -> NDArray[np.intp]:
    """Return the segments with so many of the customers elsewhere, others for each seed."""
    moved = segments.copy()
    chosen = np.random.default_rng(seed).choice(len(segments), customers, replace=False)
    moved[chosen] = (moved[chosen] + 1) % 4
    return moved


@pytest.mark.parametrize("other", [3, 10])
def test_two_ways_are_seen_though_models_of_one_differ_a_little(other: int) -> None:
    models = [strayed(OTHER if i < other else ONE, 3, i) for i in range(20)]
    ways = two_ways(resampled(*models))
    assert ways is not None
    assert (ways.usual, ways.other) == (20 - other, other)
    assert ways.alike == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("other", [0, 1, 2])
def test_a_few_odd_resamples_are_no_other_way(other: int) -> None:
    assert two_ways(resampled(*[OTHER] * other, *[ONE] * (20 - other))) is None


def test_models_that_all_differ_are_not_two_ways() -> None:
    assert two_ways(resampled(*(strayed(ONE, 60, i) for i in range(20)))) is None


def test_two_groups_of_models_that_hardly_agree_within_are_not_two_ways() -> None:
    assert two_ways(resampled(*(strayed(ONE if i < 10 else OTHER, 12, i) for i in range(20)))) is None


def test_customers_count_not_points() -> None:
    """The two ways differ in half of the points, on which hardly any customers are."""
    few = np.where(ONE < 2, 100, 1).astype(np.int64)
    models = [ONE] * 10 + [OTHER] * 10
    assert two_ways(resampled(*models)) == TwoWays(10, 10, 0.5)
    assert two_ways(resampled(*models, weights=few)) is None


def test_too_few_resamples_tell_nothing() -> None:
    assert two_ways(resampled(*[ONE] * 6, *[OTHER] * 6)) is None


def test_a_long_tail_on_a_plain_scale_has_two_ways_and_clear_groups_have_one() -> None:
    found = []
    for one, seed in ((HEAVY, 703), (source("clear groups", 2, 200), 701)):
        space = Space.of(clean(one.sample(seed), one.schema), one.schema)
        found.append(two_ways(resample(space, space.fit(one.k, 0).cluster_centers_, 1)))
    assert found[0] is not None
    assert found[1] is None


def test_a_log_scale_is_the_way_out_unless_there_would_be_no_groups_on_it() -> None:
    report = clean(HEAVY.sample(703), HEAVY.schema).report
    grouped = Structure(4, 0.6, {"box": 0.3})
    ways = TwoWays(12, 8, 0.49)
    for on_log in (None, grouped):
        (said,) = division_warnings(ways, report, HEAVY.schema, on_log)
        assert "of 20 trainings on resampled customers 12 chose one and 8 the other, and only 49% of customers" in said
        assert said.endswith('give f0 and f1 scale = "log" in the schema, and train again.')
    (said,) = division_warnings(ways, report, HEAVY.schema, Structure(4, 0.2, {"box": 0.3}))
    assert "log" not in said
    assert "ask for another k, or train on features that tell customers apart better" in said
    assert division_warnings(None, report, HEAVY.schema) == ()
