"""The confidence table is fitted to how often customers of each margin keep their segment."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from segmentation.training.calibration import calibrate, fit_table
from segmentation.training.resampling import Resampled

NOBODY_STRAYS = np.linspace(0.005, 0.995, 100), np.ones(100, dtype=bool)


def customers(margins: NDArray[np.float64], chance: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return how often customers kept their segment, of 50 who each do so with their margin's chance."""
    return margins, np.random.default_rng(0).binomial(50, chance) / 50


@pytest.mark.parametrize("width", [0.6, 0.05])
def test_the_table_follows_what_was_seen_on_a_wide_and_on_a_narrow_range_of_margins(width: float) -> None:
    margins = np.random.default_rng(1).uniform(0, 1, 4000)
    true = np.minimum(0.5 + margins / width / 2, 1)
    margins, kept = customers(margins, true)
    table = fit_table(margins, kept, np.ones(4000, dtype=np.int64))
    table.check()
    assert len(table.margins) <= 10
    off = np.array([table.of(margin) for margin in margins.tolist()]) - true
    assert np.abs(off).mean() < 0.01
    assert np.abs(off).max() < 0.08


def test_counts_weigh_like_repeated_customers() -> None:
    margins = np.array([0.1, 0.2, 0.3, 0.5])
    kept = np.array([0.5, 0.9, 0.7, 1.0])
    counts = np.array([1, 4, 2, 3])
    weighed = fit_table(margins, kept, counts)
    repeated = fit_table(np.repeat(margins, counts), np.repeat(kept, counts), np.ones(10, dtype=np.int64))
    assert weighed.margins == repeated.margins
    assert weighed.confidences == pytest.approx(repeated.confidences, abs=2e-6)


def test_the_confidence_never_falls_where_luck_would_have_it() -> None:
    table = fit_table(np.array([0.1, 0.4]), np.array([0.9, 0.7]), np.array([100, 100]))
    assert table.of(0.1) == pytest.approx(table.of(0.4), abs=0.01)
    assert table.of(0.4) == pytest.approx(0.8, abs=0.01)


def test_between_two_centroids_it_is_a_toss_up_if_nobody_is_there() -> None:
    table = fit_table(np.array([0.4, 0.8]), np.array([1.0, 1.0]), np.array([500, 500]))
    assert table.of(0) == pytest.approx(0.5, abs=0.01)
    assert table.of(0.2) == pytest.approx(0.75, abs=0.01)
    assert table.of(0.4) == pytest.approx(1, abs=0.01)


def test_trees_that_stray_from_the_centroids_cost_confidence() -> None:
    margins = np.tile(np.linspace(0.005, 0.995, 100), (4, 1))
    alike = np.zeros((4, 100), dtype=np.intp)
    found = Resampled(np.ones(100, dtype=np.int64), alike, alike + 1, margins, (), np.zeros(margins.shape))
    straying = np.repeat(np.linspace(0.005, 0.995, 100), 10)
    followed = np.concatenate([np.arange(300) % 10 > 1, np.ones(700, dtype=bool)])  # a fifth stray below .3
    sure, unsure = calibrate(found, *NOBODY_STRAYS, 0), calibrate(found, straying, followed, 0)
    certain, doubtful = sure.table, unsure.table
    assert unsure.stability < sure.stability == 1
    assert certain.of(0.2) == pytest.approx(1, abs=0.01)
    # Of two trees both are right, or both stray: .8 × .8 + .2 × .2.
    assert doubtful.of(0.15) == pytest.approx(0.68, abs=0.02)
    assert doubtful.of(0.8) == pytest.approx(1, abs=0.01)
