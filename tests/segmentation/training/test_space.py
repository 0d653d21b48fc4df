"""The space of K-Means: where those of a heavy tail stand who are beyond a fence and yet too many to be left out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from segmentation.schema import Feature, Role, Schema
from segmentation.training.points.cleaning import clean
from segmentation.training.points.dataset import Budget, gather
from segmentation.training.resampling import resample
from segmentation.training.space import Space
from segmentation.training.train import train

SCHEMA = Schema("flat", tuple(Feature(f"f{i}", f"F{i}", "", 0, 1e7, Role.CLUSTER) for i in range(2)), ())


def customers(rows: int = 400, width: float = 1.6) -> NDArray[np.float64]:
    """Return customers whose first feature is heavy-tailed; of these about one in thirteen is beyond the fence."""
    rng = np.random.default_rng(5)
    return np.column_stack([rng.lognormal(3, width, rows), rng.normal(50, 10, rows)]).round(2)


def on_scale(points: NDArray[np.float64], space: Space) -> NDArray[np.float64]:
    return np.asarray(points * space.scaler.scale_ + space.scaler.mean_)


def test_those_of_a_heavy_tail_too_many_to_leave_out_stand_at_the_fence() -> None:
    values = customers()
    data = clean(values, SCHEMA)
    (beyond,) = data.report.outliers
    space = Space.of(data, SCHEMA)
    highest = on_scale(space.full.points, space).max(axis=0)
    assert not beyond.left_out
    assert highest == pytest.approx([beyond.above, values[:, 1].max()])
    # Resamples begin with where they really are: fences of their own are elsewhere, or leave them out.
    assert on_scale(space.everyone.points, space).max(axis=0) == pytest.approx(values.max(axis=0))
    assert space.everyone.counts.sum() == 400


@pytest.mark.parametrize("far", [0, 8, 60])
def test_neither_mistakes_nor_a_remote_group_are_moved(far: int) -> None:
    values = np.random.default_rng(5).normal([50, 50], 10, (400, 2))
    values[:far, 0] += 500
    data = clean(values, SCHEMA)
    space = Space.of(data, SCHEMA)
    assert data.report.outlier_rows == (8 if far == 8 else 0)
    assert space.unfenced is None
    assert space.everyone.counts.sum() == 400


def test_centres_and_scale_do_not_depend_on_how_far_out_the_farthest_are() -> None:
    values = customers()
    farther = values.copy()
    farther[values[:, 0].argmax(), 0] *= 10
    models = [train(each, SCHEMA, k=2).model for each in (values, farther)]
    assert models[1].centroids == models[0].centroids
    assert models[1].factor == models[0].factor
    # Segments are described by what their customers really have.
    highest = [max(segment.mean[0] or 0.0 for segment in model.segments) for model in models]
    assert highest[1] > 1.1 * highest[0]


def test_a_segment_holds_those_whom_its_centre_is_nearest_to() -> None:
    """A customer far out on one feature may be nearer to another centre than at the fence."""
    values = np.column_stack([customers()[:, 0], np.roll(customers()[:, 0], 7)])
    data = clean(values, SCHEMA)
    model = train(values, SCHEMA, k=4).model
    scaled = (data.points - np.array(model.mean)) * np.array(model.factor)
    nearest = ((scaled[:, None] - np.array(model.centroids)[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert Space.of(data, SCHEMA).unfenced is not None
    assert np.bincount(nearest, data.weights, 4).tolist() == [segment.customers for segment in model.segments]


def test_resamples_do_with_a_tail_what_a_training_on_them_would() -> None:
    """About one in twenty is beyond the fence: some resamples leave these out, others put them at the fence."""
    space = Space.of(clean(customers(300, width=1.32), SCHEMA), SCHEMA)
    found = resample(space, space.fit(2, 0).cluster_centers_, 0)
    highest = on_scale(np.array([replica.centroids for replica in found.replicas]), space)[:, :, 0].max(axis=1)
    farthest = on_scale(space.everyone.points, space)[:, 0].max()
    # Nobody draws a centre farther out than a fence.
    assert highest.max() < farthest / 3
    assert highest.min() < 0.8 * highest.max()


def test_cells_of_a_heavy_tail_stand_at_the_fence_too() -> None:
    values = customers(4000)
    exact, binned = (
        Space.of(gather(values, SCHEMA, budget=Budget(exact_points=points)), SCHEMA) for points in (10_000, 100)
    )
    assert binned.fenced is False
    assert binned.scaler.mean_ == pytest.approx(exact.scaler.mean_, rel=0.01)
    assert binned.scaler.scale_ == pytest.approx(exact.scaler.scale_, rel=0.05)
    assert binned.full.points[:, 0].max() == pytest.approx(exact.full.points[:, 0].max(), rel=0.05)
