"""Whether there are groups at all: never in customers without, always in customers with, whatever their form."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from reference import reference_values

from segmentation.training.groups.structure import find_structure
from segmentation.training.groups.sweep import sweep
from segmentation.training.reports.training import Structure, SweepPoint
from segmentation.training.samples.mall import sample_customers


def structure(values: NDArray[np.float64], seed: int = 0, draws: int = 9) -> Structure:
    points, counts = np.unique(values, axis=0, return_counts=True)
    scaled = (points - points.mean(axis=0)) / points.std(axis=0)
    found = find_structure(scaled, counts, sweep(scaled, counts, seed=0), seed, draws)
    assert found is not None
    return found


RNG = np.random.default_rng(5)
WITHOUT = {
    "uniform": RNG.uniform(0, 100, (300, 2)),
    "one Gaussian": RNG.normal(50, 10, (300, 2)),
    "correlated": RNG.normal(50, 10, (300, 1)) + RNG.normal(0, 5, (300, 3)),
    "rounded": RNG.integers(1, 11, (400, 2)).astype(np.float64),
    "skewed": RNG.lognormal(3, 0.5, (400, 2)),
    "one feature": RNG.uniform(0, 100, (200, 1)),
}


@pytest.mark.parametrize("kind", WITHOUT)
def test_customers_without_groups_are_told(kind: str) -> None:
    found = structure(WITHOUT[kind])
    assert not found.grouped
    assert found.silhouette <= found.bar
    assert set(found.bars) == {"box", "one centre", "one skewed centre"}


@pytest.mark.parametrize("values", [reference_values, sample_customers], ids=["reference", "sample"])
def test_customers_in_groups_are_told(values: object) -> None:
    assert callable(values)
    found = structure(values()[:, 1:])
    assert (found.k, found.grouped) == (5, True)


def test_groups_of_unlike_size_and_spread_are_groups() -> None:
    sizes, spreads, centres = (150, 40, 30), (2.0, 0.5, 1.0), ((0, 0), (10, 2), (3, 12))
    parts = zip(sizes, spreads, centres, strict=True)
    rng = np.random.default_rng(1)
    found = structure(np.vstack([rng.normal(centre, spread, (size, 2)) for size, spread, centre in parts]))
    assert (found.k, found.grouped) == (3, True)


def test_a_few_kinds_of_customers_all_alike_are_groups() -> None:
    # A grid as coarse as the groups themselves says nothing of how finely values are written.
    found = structure(np.repeat(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), 20, axis=0))
    assert (found.k, found.silhouette, found.grouped) == (3, 1.0, True)


def test_draws_with_no_more_points_than_clusters_are_divided_perfectly() -> None:
    found = structure(np.repeat(np.arange(7.0), 5)[:, None])
    assert max(found.bars.values()) >= found.silhouette
    assert not found.grouped


def test_a_silhouette_has_to_exceed_every_bar() -> None:
    assert Structure(3, 0.5, {"box": 0.4, "one centre": 0.49}).grouped
    assert not Structure(3, 0.5, {"box": 0.4, "one centre": 0.5}).grouped


def test_the_same_seed_draws_the_same_customers() -> None:
    values = WITHOUT["uniform"]
    assert structure(values, seed=3, draws=2) == structure(values, seed=3, draws=2)
    assert structure(values, seed=3, draws=2).bars != structure(values, seed=4, draws=2).bars


def test_draws_that_could_not_change_the_verdict_are_spared() -> None:
    few, more = (structure(reference_values()[:, 1:], draws=draws).bars for draws in (6, 9))
    assert few["box"] == more["box"]  # the first kind to be drawn, so both see the same


def test_every_draw_is_looked_at_where_the_verdict_depends_on_it() -> None:
    few, more = (structure(WITHOUT["uniform"], draws=draws).bars for draws in (6, 9))
    assert few["box"] != more["box"]


def test_without_a_silhouette_there_is_nothing_to_compare() -> None:
    points, counts = np.array([[0.0], [1.0]]), np.array([1, 1])
    assert find_structure(points, counts, [SweepPoint(1, 1.0, None), SweepPoint(2, 0.0, None)], 0) is None
