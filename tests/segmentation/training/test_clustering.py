"""K-Means and the sweep over k: counts weigh like repeated rows, and the same seed gives the same fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from campaigns import campaign
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from reference import reference_values
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from segmentation.errors import BadTrainingData
from segmentation.schema_data import default_schema
from segmentation.training import clustering
from segmentation.training.clustering import (
    adjusted_rand_index,
    coarsen,
    fit_kmeans,
    fit_scaler,
)
from segmentation.training.groups.choice import choose_k
from segmentation.training.groups.sweep import sweep
from segmentation.training.points.cleaning import clean
from segmentation.training.samples.mall import sample_customers

SCHEMA = default_schema()
Weighted = tuple[NDArray[np.float64], NDArray[np.int64]]


def places(values: NDArray[np.float64]) -> Weighted:
    """Return the distinct (income, score) in scaled space and their counts."""
    data = clean(values, SCHEMA)
    scaler = fit_scaler(data.points, data.weights, SCHEMA)
    found, where = np.unique(scaler.transform(data.points)[:, 1:], axis=0, return_inverse=True)
    return found, np.bincount(where, weights=data.weights).astype(np.int64)


def test_scaling_makes_unit_deviations_with_the_weight_on_top() -> None:
    schema = replace(SCHEMA, features=(*SCHEMA.features[:2], replace(SCHEMA.features[2], weight=3.0)))
    data = clean(sample_customers(), schema)
    scaled = fit_scaler(data.points, data.weights, schema).transform(data.points)
    mean = np.average(scaled, axis=0, weights=data.weights)
    deviation = np.sqrt(np.average((scaled - mean) ** 2, axis=0, weights=data.weights))
    assert mean == pytest.approx([0, 0, 0], abs=1e-12)
    assert deviation == pytest.approx([1, 1, 3])


def test_a_weight_pulls_the_clusters_towards_its_feature() -> None:
    rng = np.random.default_rng(0)
    values = np.column_stack([np.full(200, 40), rng.uniform(0, 100, 200), rng.uniform(0, 100, 200)])
    for feature, other in ((1, 2), (2, 1)):
        features = list(SCHEMA.features)
        features[feature] = replace(features[feature], weight=20.0)
        schema = replace(SCHEMA, features=tuple(features))
        data = clean(values, schema)
        scaler = fit_scaler(data.points, data.weights, schema)
        centres = fit_kmeans(scaler.transform(data.points)[:, 1:], data.weights, 2, 0).cluster_centers_
        raw = centres * scaler.scale_[1:] + scaler.mean_[1:]
        assert np.ptp(raw[:, feature - 1]) > 4 * np.ptp(raw[:, other - 1])


def test_a_constant_cluster_feature_is_refused_by_name() -> None:
    values = sample_customers()
    values[:, 2] = 50
    data = clean(values, SCHEMA)
    with pytest.raises(BadTrainingData, match="Spending score is 50 points in every row"):
        fit_scaler(data.points, data.weights, SCHEMA)


def test_a_constant_profile_feature_does_no_harm() -> None:
    values = sample_customers()
    values[:, 0] = 40
    data = clean(values, SCHEMA)
    assert np.isfinite(fit_scaler(data.points, data.weights, SCHEMA).transform(data.points)).all()


def test_counted_points_cluster_like_repeated_rows() -> None:
    points, weights = places(np.vstack([sample_customers(), sample_customers()[:70]]))
    assert weights.max() > 1
    repeated = np.repeat(points, weights, axis=0)
    counted = fit_kmeans(points, weights, 5, seed=0)
    plain = fit_kmeans(repeated, np.ones(len(repeated), dtype=np.int64), 5, seed=0)
    assert np.sort(counted.cluster_centers_, axis=0) == pytest.approx(np.sort(plain.cluster_centers_, axis=0))
    assert counted.inertia_ == pytest.approx(plain.inertia_)
    assert adjusted_rand_score(np.repeat(counted.labels_, weights), plain.labels_) == 1


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(1, 6)), min_size=1, max_size=25))
def test_the_weighted_rand_index_is_scikit_learn_s_on_repeated_rows(drawn: list[tuple[int, int, int]]) -> None:
    one, other, weights = (np.array(part) for part in zip(*drawn, strict=True))
    expected = adjusted_rand_score(np.repeat(one, weights), np.repeat(other, weights))
    assert adjusted_rand_index(one.astype(np.int32), other.astype(np.int32), weights) == pytest.approx(expected)


def test_the_elbow_of_the_reference_customers_is_five() -> None:
    swept = sweep(*places(reference_values()), seed=0)
    choice = choose_k(swept)
    assert [point.k for point in swept] == list(range(1, 16))
    assert all(a.inertia > b.inertia for a, b in pairwise(swept))
    assert swept[0].silhouette is None
    assert (choice.k, choice.elbow, choice.silhouette) == (5, 5, 5)
    assert swept[4].silhouette == pytest.approx(0.554, abs=0.001)
    assert choice.reason == "The inertia curve bends at k = 5, where the silhouette is best too."


def test_a_sweep_goes_no_further_than_there_are_distinct_points() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [5.0, 5.0]])
    swept = sweep(points, np.array([3, 1, 1]), seed=0)
    assert [point.k for point in swept] == [1, 2, 3]
    assert swept[-1].inertia == pytest.approx(0, abs=1e-20)
    # Five rows in three places: the silhouette counts rows, as scikit-learn does on all of them.
    repeated = points[[0, 0, 0, 1, 2]]
    assert swept[2].silhouette == pytest.approx(float(silhouette_score(repeated, [0, 0, 0, 1, 2])))


def test_the_silhouette_of_many_rows_is_answered_by_a_sample() -> None:
    points, weights = places(sample_customers())
    exact = sweep(points, weights, seed=0, largest=5)[4].silhouette
    many = sweep(points, weights * 50, seed=0, largest=5)[4].silhouette
    assert exact is not None
    assert many is not None
    assert many != exact
    assert many == pytest.approx(exact, abs=0.03)


def test_the_same_seed_gives_the_same_fit_to_the_bit() -> None:
    points, weights = places(sample_customers())
    one, two = (fit_kmeans(points, weights, 7, seed=5) for _ in range(2))
    assert one.cluster_centers_.tobytes() == two.cluster_centers_.tobytes()
    assert sweep(points, weights, 3) == sweep(points, weights, 3)
    assert clustering.N_INIT >= 10


@pytest.mark.parametrize("features", [2, 13, 20])
def test_however_many_features_merging_leaves_enough_to_cluster(features: int) -> None:
    rng = np.random.default_rng(features)
    cells = np.unique(rng.integers(0, 64 if features < 10 else 2, (campaign(6000, 30_000), features)), axis=0)
    scaled, weights = cells.astype(np.float64), rng.integers(1, 9, len(cells))
    points, counts, lost = coarsen(np.tile(scaled, (3, 1)), np.tile(weights, 3), np.tile(cells, (3, 1)))
    assert 256 <= len(points) <= 4096
    assert counts.sum() == 3 * weights.sum()
    np.testing.assert_allclose(counts @ points, 3 * weights @ scaled)
    whole = float((weights * ((scaled - np.average(scaled, axis=0, weights=weights)) ** 2).sum(axis=1)).sum())
    assert lost < 3 * whole


@pytest.mark.parametrize("values", [reference_values, sample_customers], ids=["reference", "sample"])
@pytest.mark.parametrize("k", [1, 2, 5, 15])
def test_a_fit_is_the_one_that_scikit_learns_own_starts_lead_to(
    values: Callable[[], NDArray[np.float64]], k: int
) -> None:
    points, counts = places(values())
    ours, theirs = (
        fit_kmeans(points, counts, k, 3, n_init=4),
        KMeans(n_clusters=k, n_init=4, tol=0, random_state=3).fit(points, sample_weight=counts),
    )
    assert ours.get_params() == theirs.get_params()
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=0, atol=1e-12)
