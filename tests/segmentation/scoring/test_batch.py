"""Many customers at once get exactly the answers each gets alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from reference import known, rfm_trained, sample_trained

from segmentation.model import SegmentModel
from segmentation.scoring.batch import UNSEGMENTED, BatchPredictor
from segmentation.training.train import Trained
from segmentation.tree import DecisionTree

MODELS = pytest.mark.parametrize("trained", [sample_trained, rfm_trained], ids=["sample", "rfm"])
Train = Callable[[], Trained]


def boundary_points(model: SegmentModel, count: int, seed: int = 0) -> NDArray[np.float64]:
    """Return points within the bounds, most of their values on or right beside a cut, a bound or a centroid."""
    rng = np.random.default_rng(seed)
    columns = []
    for index, feature in enumerate(model.schema.features):
        cuts = model.tree.cuts.get(index, ())
        special = [feature.minimum, feature.maximum, *(known(segment.mean)[index] for segment in model.segments), *cuts]
        special += [math.nextafter(value, way) for value in special for way in (-math.inf, math.inf)]
        anywhere = rng.uniform(feature.minimum, feature.maximum, count)
        column = np.where(rng.random(count) < 0.8, rng.choice(special, count), anywhere)
        columns.append(column.clip(feature.minimum, feature.maximum))
    return np.column_stack(columns)


def check_agreement(model: SegmentModel, values: NDArray[np.float64]) -> None:
    predictor = BatchPredictor(model)
    segment, confidence, borderline = predictor.segments_with_confidence(values)
    for row, index, sure, edge in zip(values.tolist(), segment, confidence, borderline, strict=True):
        customer = {name: None if math.isnan(x) else x for name, x in zip(model.schema.names, row, strict=True)}
        answer = model.predict(customer)
        assert (model.names[index], float(sure), bool(edge)) == (answer.segment, answer.confidence, answer.borderline)
    np.testing.assert_array_equal(predictor.segments(values), segment)


@MODELS
def test_a_batch_answers_exactly_what_each_customer_gets_alone(trained: Train) -> None:
    model = trained().model
    check_agreement(model, boundary_points(model, 2500))


@MODELS
def test_a_missing_profile_value_is_answered_alike(trained: Train) -> None:
    model = trained().model
    values = boundary_points(model, 300, seed=1)
    profile = [i for i in range(len(model.schema.names)) if i not in model.schema.cluster_indices]
    values[::2, profile] = np.nan
    before = values.copy()
    check_agreement(model, values)
    np.testing.assert_array_equal(values, before)


def test_a_row_that_cannot_be_used_is_unsegmented_and_the_others_are_not_touched() -> None:
    model = sample_trained().model
    good = boundary_points(model, 50)
    bad = np.array(
        [
            [30, np.nan, 50],
            [30, 50, np.nan],
            [30, np.inf, 50],
            [30, -np.inf, 50],
            [-1, 50, 50],
            [121, 50, 50],
            [np.inf, 50, 50],
            [30, 1e200, 50],
            [30, 50, 1e308],
            [30, 1000.0000001, 50],
            [30, 50, -5e-324],
            [np.nan, np.nan, np.nan],
        ]
    )
    mixed = np.vstack([good[:20], bad, good[20:]])
    predictor = BatchPredictor(model)
    segment, confidence, borderline = predictor.segments_with_confidence(mixed)
    is_bad = np.zeros(len(mixed), dtype=bool)
    is_bad[20 : 20 + len(bad)] = True
    assert (segment[is_bad] == UNSEGMENTED).all()
    assert np.isnan(confidence[is_bad]).all()
    assert not borderline[is_bad].any()
    alone = predictor.segments_with_confidence(good)
    np.testing.assert_array_equal(segment[~is_bad], alone[0])
    np.testing.assert_array_equal(confidence[~is_bad], alone[1])
    np.testing.assert_array_equal(borderline[~is_bad], alone[2])
    np.testing.assert_array_equal(predictor.segments(mixed), segment)


def test_many_rows_are_answered_in_parts_in_their_order() -> None:
    model = sample_trained().model
    values = np.vstack([boundary_points(model, 40_000), [[30, np.nan, 50]]])
    predictor = BatchPredictor(model)
    whole = predictor.segments_with_confidence(values)
    parts = [predictor.segments_with_confidence(values[start : start + 1000]) for start in range(0, len(values), 1000)]
    for found, pieces in zip(whole, zip(*parts, strict=True), strict=True):
        np.testing.assert_array_equal(found, np.concatenate(pieces))
    np.testing.assert_array_equal(predictor.segments(values), whole[0])


def test_no_rows_are_no_answers() -> None:
    predictor = BatchPredictor(sample_trained().model)
    assert [len(part) for part in predictor.segments_with_confidence(np.empty((0, 3)))] == [0, 0, 0]
    assert len(predictor.segments(np.empty((0, 3)))) == 0


def test_whole_numbers_and_strided_columns_are_taken_as_they_are() -> None:
    predictor = BatchPredictor(sample_trained().model)
    values = np.random.default_rng(0).integers((18, 10, 1), (75, 150, 99), (100, 3))
    expected = predictor.segments(values.astype(np.float64))
    np.testing.assert_array_equal(predictor.segments(values), expected)  # type: ignore[arg-type]  # whole numbers, on purpose
    np.testing.assert_array_equal(predictor.segments(np.asfortranarray(values.astype(np.float64))), expected)


@MODELS
def test_walking_the_nodes_answers_like_the_table(trained: Train) -> None:
    model = trained().model
    values = boundary_points(model, 3000)
    values[7, model.schema.cluster_indices[0]] = np.nan
    expected = BatchPredictor(model).segments_with_confidence(values)
    walking = BatchPredictor(model, most_cells=0)
    assert walking._table is None
    for found, table in zip(walking.segments_with_confidence(values), expected, strict=True):
        np.testing.assert_array_equal(found, table)


def test_a_tree_of_one_leaf_answers_it() -> None:
    leaf = DecisionTree((-1,), (0.0,), (-1,), (-1,), (3,))
    model = replace(sample_trained().model, tree=leaf)
    assert set(BatchPredictor(model).segments(boundary_points(model, 10))) == {3}
    check_agreement(model, boundary_points(model, 50))


def test_two_centroids_in_one_place_leave_no_confidence() -> None:
    base = sample_trained().model
    model = replace(base, centroids=(base.centroids[0], base.centroids[0], *base.centroids[2:]))
    at_both = [segment.mean for segment in base.segments[:1]]
    check_agreement(model, np.array([*at_both, *boundary_points(model, 50).tolist()]))
    on_it = replace(base, mean=(0.0, 0.0, 0.0), factor=(1.0, 1.0, 1.0), centroids=((5.0, 5.0),) * 5)
    check_agreement(on_it, np.array([[30.0, 5.0, 5.0]]))
