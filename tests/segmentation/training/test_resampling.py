"""Training again on resampled customers: what is redrawn, matched and counted."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from reference import reference_trained, reference_values, rfm_schema, rfm_values
from sklearn.metrics import adjusted_rand_score

from segmentation.schema import Feature, Role, Schema
from segmentation.schema_data import default_schema
from segmentation.training import resampling
from segmentation.training.clustering import fit_kmeans
from segmentation.training.points.cleaning import clean
from segmentation.training.resampling import Resampled, margins, resample
from segmentation.training.space import Space


def flat(features: int = 1) -> Schema:
    """Return a schema of features that all make distances."""
    return Schema("flat", tuple(Feature(f"f{i}", f"F{i}", "", -1e4, 1e4, Role.CLUSTER) for i in range(features)), ())


def space_of(values: NDArray[np.float64], schema: Schema) -> Space:
    return Space.of(clean(values, schema), schema)


def resampled(values: NDArray[np.float64], schema: Schema, k: int, rounds: int = 5, seed: int = 0) -> Resampled:
    space = space_of(values, schema)
    return resample(space, space.fit(k, 0).cluster_centers_, seed, rounds)


def stability(found: Resampled, share: float = 0.0) -> float:
    """Return the stability if that share of trees strays anywhere."""
    return found.stability(np.full(found.segments.shape, share), 0)


def test_trees_that_stray_to_the_runner_up_cost_stability() -> None:
    found = resampled(rfm_values(), rfm_schema(), 3)
    assert stability(found, 0.1) < stability(found, 0.02) < stability(found)
    assert (found.runners_up != found.segments).all()


def test_clear_groups_are_stable_and_noise_is_not() -> None:
    noise = np.random.default_rng(0).uniform(size=(150, 2))
    assert stability(resampled(rfm_values(), rfm_schema(), 3)) > 0.99
    assert stability(resampled(noise, flat(2), 7)) < 0.8


def test_a_resample_draws_as_many_customers_as_often_as_they_occur(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.repeat([[0.0], [1.0], [9.0]], (3000, 50, 50), axis=0)
    drawn = list[NDArray[np.int64]]()

    def spy(scaled: NDArray[np.float64], counts: NDArray[np.int64], k: int, seed: int, n_init: int) -> object:
        drawn.append(counts)
        return fit_kmeans(scaled, counts, k, seed, n_init)

    monkeypatch.setattr(resampling, "fit_kmeans", spy)
    found = resampled(values, flat(), 2)
    assert [counts.sum() for counts in drawn] == [3100] * 5
    assert all(2900 < counts[0] < 3080 for counts in drawn)
    assert len({counts.tobytes() for counts in drawn}) == 5
    assert found.weights.tolist() == [3000, 50, 50]


def test_who_is_not_drawn_is_counted_by_customers_not_by_points() -> None:
    values = np.concatenate([np.arange(300.0), np.full(300, 7.0)])[:, None]
    found = resampled(values, flat(), 2, rounds=10)
    alone = found.weights == 1
    # Each of those alone is drawn or not; of 301 on one point about the same share is not.
    assert set(found.undrawn[:, alone].ravel().tolist()) == {0.0, 1.0}
    assert found.undrawn[:, alone].mean() == pytest.approx(np.exp(-1), abs=0.03)
    assert (found.undrawn[:, ~alone] / 301).mean() == pytest.approx(np.exp(-1), abs=0.03)


def test_a_resample_may_lack_customers_for_so_many_segments() -> None:
    found = resampled(np.array([[0.0], [1.0], [9.0]]), flat(), 3, rounds=8)
    assert stability(found) <= 1
    assert all(len(replica.centroids) == 3 for replica in found.replicas)


def test_fences_are_found_again_among_all_customers() -> None:
    rng = np.random.default_rng(4)
    values = np.round(np.concatenate([rng.normal(0, 1, 300), rng.normal(8, 1, 300), [40.0, 41.0, 44.0]]), 2)[:, None]
    space = space_of(values, flat())
    assert space.coarse.counts.sum() == 600
    assert space.everyone.counts.sum() == 603
    found = resample(space, space.fit(2, 0).cluster_centers_, 0, 5)
    # Had the three been drawn into the fits, they would have spread the scale or made a segment of their own.
    assert all(abs(replica.weights[0] - 1) < 0.1 for replica in found.replicas)
    assert (found.segments[:, -3:] == found.segments[:, [space.coarse.points.argmax()]]).all()


def test_each_resample_has_its_own_scale() -> None:
    values = np.random.default_rng(1).normal(0, (1, 50), (60, 2)).round(3)
    weights = np.array([replica.weights for replica in resampled(values, flat(2), 2).replicas])
    assert weights.std(axis=0).min() > 0.01
    assert weights.mean(axis=0) == pytest.approx([1, 1], abs=0.2)


def test_replicas_keep_the_order_of_the_model_s_segments() -> None:
    model = reference_trained().model
    for replica in model.replicas:
        for place, centroid in enumerate(replica.centroids):
            off = [np.linalg.norm(np.subtract(centroid, own)) for own in model.centroids]
            assert int(np.argmin(off)) == place


def test_kept_counts_the_other_resamples_that_say_the_same() -> None:
    segments = np.array([[0, 1], [0, 2], [1, 2]])
    found = Resampled(np.array([1, 1]), segments, segments, np.zeros((3, 2)), (), np.zeros((3, 2)))
    assert found.kept.tolist() == [[0.5, 0.0], [0.5, 0.5], [0.0, 0.5]]


def test_stability_is_the_rand_index_between_resamples() -> None:
    found = resampled(reference_values(), default_schema(), 5, rounds=4)
    rows = np.repeat(np.arange(len(found.weights)), found.weights)
    every = [adjusted_rand_score(*found.segments[[one, other]][:, rows]) for one, other in combinations(range(4), 2)]
    neighbours = [every[0], every[3], every[5], every[2]]  # 0-1, 1-2, 2-3, 0-3
    assert stability(found) == pytest.approx(np.mean(neighbours))


def test_the_margin_is_that_of_the_two_nearest_centres() -> None:
    squared = np.array([[1.0, 16.0, 4.0, 0.0], [9.0, 0.0, 4.0, 0.0], [82.0, 97.0, 85.0, 1.0]])
    assert margins(squared).tolist() == pytest.approx([1 - 1 / 3, 1, 0, 0])


def test_the_same_seed_gives_the_same_resamples_whatever_the_order_of_the_rows() -> None:
    values = np.random.default_rng(2).lognormal(0, 1, (80, 2)).round(3)
    one = resampled(values, flat(2), 3)
    two = resampled(values[::-1], flat(2), 3)
    assert one.replicas == two.replicas
    assert one.segments.tolist() == two.segments.tolist()
    assert resampled(values, flat(2), 3, seed=1).replicas != one.replicas
