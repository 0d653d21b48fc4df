"""The silhouette of several clusterings of the same customers is scikit-learn's, customer by customer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import silhouette_score

from segmentation.training.groups.silhouette import Silhouettes


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 3)), min_size=3, max_size=30))
def test_it_is_scikit_learn_s(drawn: list[tuple[int, int, int]]) -> None:
    points = np.array([(x, y) for x, y, _ in drawn], dtype=np.float64)
    labels = np.array([label for *_, label in drawn], dtype=np.int32)
    found = Silhouettes(points, np.arange(len(points))).mean(labels)
    if not 2 <= len(set(labels.tolist())) < len(points):
        assert found is None
    else:
        assert found == pytest.approx(float(silhouette_score(points, labels)), abs=1e-7)


def test_counts_weigh_like_repeated_rows() -> None:
    points, weights, labels = np.array([[0.0], [1.0], [5.0]]), np.array([3, 2, 1]), np.array([0, 0, 1], dtype=np.int32)
    rows = np.repeat(np.arange(3), weights)
    expected = float(silhouette_score(points[rows], labels[rows]))
    assert Silhouettes.sampled(points, weights, seed=0).mean(labels) == pytest.approx(expected)


def test_many_customers_are_sampled_by_their_counts_the_same_way_every_time() -> None:
    points, labels = np.arange(100.0)[:, None], (np.arange(100) > 60).astype(np.int32)
    weights = np.arange(1, 101)
    first, again, other = (Silhouettes.sampled(points, weights, seed, most=2000).mean(labels) for seed in (1, 1, 2))
    rows = np.repeat(np.arange(100), weights)
    assert first == again
    assert first != other
    assert first == pytest.approx(float(silhouette_score(points[rows], labels[rows])), abs=0.02)
