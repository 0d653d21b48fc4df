"""The distilled tree: small, faithful to the centroids, and as plain data exactly what scikit-learn grew."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from reference import reference_trained, rfm_trained, sample_trained
from sklearn.tree import DecisionTreeClassifier, export_text

from segmentation.schema import Schema
from segmentation.schema_data import default_schema
from segmentation.scoring.batch import BatchPredictor
from segmentation.training.distillation import MAX_LEAVES, CustomerGenerator, distinct, exact_cut, plain_tree
from segmentation.training.train import Trained

FLOAT32_MAX = float(np.finfo(np.float32).max)


def around(threshold: float) -> list[float]:
    """Return float64 values at every rounding that could matter near a threshold."""
    below = np.float32(threshold)
    neighbours = [np.nextafter(below, np.float32(-np.inf)), below, np.nextafter(below, np.float32(np.inf))]
    exact = [float(value) for value in neighbours]
    middles = [(a + b) / 2 for a, b in pairwise(exact)]
    cut = exact_cut(threshold)
    found = [threshold, cut, *exact, *middles]
    return found + [math.nextafter(value, way) for value in found for way in (-math.inf, math.inf)]


def goes_left(value: float, threshold: float) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.float64(np.float32(value)) <= threshold)  # scikit-learn's comparison


@given(st.floats(-1e30, 1e30) | st.floats(-100, 1000, width=32) | st.sampled_from([0.0, -0.0, 61.5, 0.1, 2.0**24 + 1]))
def test_the_exact_cut_is_the_largest_value_scikit_learn_sends_left(threshold: float) -> None:
    cut = exact_cut(threshold)
    assert goes_left(cut, threshold)
    assert not goes_left(math.nextafter(cut, math.inf), threshold)
    assert all((value <= cut) == goes_left(value, threshold) for value in around(threshold))


def test_no_adversarial_value_of_twenty_thousand_is_sent_another_way() -> None:
    rng = np.random.default_rng(0)
    drawn = np.concatenate([rng.uniform(0, 1000, 600), rng.integers(0, 300, 300) + 0.5, 10 ** rng.uniform(-6, 15, 600)])
    checked = mismatches = 0
    for threshold in drawn.tolist():
        cut = exact_cut(threshold)
        values = around(threshold)
        checked += len(values)
        mismatches += sum((value <= cut) != goes_left(value, threshold) for value in values)
    assert checked >= 20_000
    assert mismatches == 0


def probes(fitted: DecisionTreeClassifier, schema: Schema) -> NDArray[np.float64]:
    """Return 100,000 points: half anywhere within the bounds, half on and beside the tree's thresholds."""
    low, high = (np.array([getattr(feature, end) for feature in schema.features]) for end in ("minimum", "maximum"))
    rng = np.random.default_rng(1)
    points = rng.uniform(low, high, (100_000, len(low)))
    inner = fitted.tree_
    for place, feature in enumerate(schema.cluster_indices):
        thresholds = inner.threshold[inner.feature == place].tolist()
        near = np.array([value for threshold in thresholds for value in around(threshold)] or [low[feature]])
        rows = rng.random(50_000) < 0.7
        points[:50_000, feature][rows] = rng.choice(near, rows.sum()).clip(low[feature], high[feature])
    return points


@pytest.mark.parametrize("trained", [reference_trained, rfm_trained], ids=["reference", "rfm"])
def test_the_plain_tree_answers_like_scikit_learn_s_on_100_000_points(trained: Callable[[], Trained]) -> None:
    result = trained()
    fitted = result.pipelines["classifier"][-1]
    points = probes(fitted, result.model.schema)
    expected = fitted.predict(points[:, list(result.model.schema.cluster_indices)])
    np.testing.assert_array_equal(BatchPredictor(result.model).segments(points), expected)
    walked = [result.model.tree.segment_of(x) for x in points[:20_000].tolist()]
    np.testing.assert_array_equal(walked, expected[:20_000])


@pytest.mark.parametrize("trained", [reference_trained, rfm_trained, sample_trained])
def test_no_profile_feature_decides_anything(trained: Callable[[], Trained]) -> None:
    model = trained().model
    assert set(model.tree.cuts) <= set(model.schema.cluster_indices)
    assert not model.assumed


def test_the_tree_is_small_and_faithful_to_the_reference_clusters() -> None:
    report = reference_trained().report
    assert report.leaves == reference_trained().model.tree.leaves <= MAX_LEAVES == 64
    assert report.fidelity >= 0.99
    assert report.fidelity_range >= 0.97


def test_fidelity_is_what_an_independent_count_finds() -> None:
    trained = reference_trained()
    model = trained.model
    rng = np.random.default_rng(9)
    points = np.column_stack([rng.uniform(18, 70, 5000), rng.uniform(15, 137, 5000), rng.uniform(1, 99, 5000)])
    nearest = [int(np.argmin(model.distances(x))) for x in points.tolist()]
    agreement = (BatchPredictor(model).segments(points) == nearest).mean()
    assert agreement == pytest.approx(trained.report.fidelity_range, abs=0.01)


def test_the_training_customers_keep_their_clusters_labels() -> None:
    trained = sample_trained()
    kmeans = trained.pipelines["clusterer"][-1]
    assert len(kmeans.labels_) <= 200
    assert sum(segment.customers for segment in trained.model.segments) == trained.report.cleaning.used


def test_the_rules_export_names_every_leaf() -> None:
    model = reference_trained().model
    lines = model.rules_text().splitlines()
    assert sum("→" in line for line in lines) == model.tree.leaves
    assert sum(":" in line for line in lines) == 2 * (model.tree.leaves - 1)
    fitted = reference_trained().pipelines["classifier"][-1]
    assert export_text(fitted, max_depth=100).count("class:") == model.tree.leaves


def test_classes_that_are_not_numbered_from_zero_keep_their_number() -> None:
    fitted = DecisionTreeClassifier(random_state=0).fit([[0.0], [1.0], [2.0]], [3, 1, 3])
    tree = plain_tree(fitted, [1])
    assert set(tree.cuts) == {1}
    assert [tree.segment_of([9.0, x]) for x in (0.0, 1.0, 2.0)] == [3, 1, 3]


def test_generated_customers_stay_within_the_bounds_and_like_their_clusters() -> None:
    schema = default_schema()
    points = np.array([[20.0, 0, 0], [22, 2, 2], [21, 1, 3], [60, 990, 95], [62, 1000, 100]])
    weights, labels = np.array([1, 1, 1, 20, 20]), np.array([0, 0, 0, 1, 1], dtype=np.intp)
    generator = CustomerGenerator(points, weights, labels, schema.features)
    rng = np.random.default_rng(0)
    drawn = generator.like_clusters(2000, rng)
    assert drawn.shape == (2000, 3)
    assert (drawn >= 0).all()
    assert (drawn <= [120, 1000, 100]).all()
    assert (drawn[:, 1] > 500).mean() == pytest.approx(40 / 43, abs=0.02)
    spread = generator.over_range(2000, rng)
    assert (spread >= points.min(axis=0)).all()
    assert (spread <= points.max(axis=0)).all()
    assert generator.over_bounds(2000, rng)[:, 0].max() > 110


def test_cuts_near_the_largest_float32_stay_finite() -> None:
    assert math.isfinite(exact_cut(FLOAT32_MAX / 2))


def test_points_that_are_alike_are_counted_and_grow_the_same_tree() -> None:
    rng = np.random.default_rng(1)
    points = np.round(rng.normal(0, 6, (20_000, 2)) / [1, 0.5]) * [1, 0.5]
    points[0] = 0.0, -0.0
    labels = (points[:, 0] + points[:, 1] ** 2 / 9 > 3).astype(int)
    found, counts = distinct(list(points.T))
    wanted, often = np.unique(points, axis=0, return_counts=True)
    order = np.lexsort(found.T[::-1])
    assert np.array_equal(found[order], wanted)
    assert np.array_equal(counts[order], often)
    whole = DecisionTreeClassifier(max_leaf_nodes=40, random_state=0).fit(points, labels)
    where = {tuple(point): label for point, label in zip(points.tolist(), labels.tolist(), strict=True)}
    own = [where[tuple(point)] for point in found.tolist()]
    merged = DecisionTreeClassifier(max_leaf_nodes=40, random_state=0).fit(found, own, sample_weight=counts)
    assert len(found) < len(points) / 4
    assert plain_tree(merged, [0, 1]) == plain_tree(whole, [0, 1])


def test_points_that_are_hardly_ever_alike_stay_as_they_are() -> None:
    points = np.random.default_rng(1).normal(0, 1, (500, 3))
    found, counts = distinct(list(points.T))
    assert np.array_equal(found, points)
    assert np.array_equal(counts, np.ones(500))
