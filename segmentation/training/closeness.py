"""How close customers are to the centres of their segments: what their features say together, not one by one.

If the values of one feature get mixed up between customers, each feature is distributed as before, but customers come
to lie where no segment is. Their distances show it, with any number of features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.scales import expanded, scaled
from segmentation.training.distributions import Closeness
from segmentation.training.statistics import occurring_quantiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.model import SegmentModel

BANDS: Final = 10


def closeness_of(model: SegmentModel, points: NDArray[np.float64], weights: NDArray[np.int64]) -> Closeness:
    """Divide customers into ten bands by their distance from the centre, each segment into as many of its own.

    Parameters
    ----------
    points, weights
        (m, d) customers in schema order and the features' units, and their (m,) counts.
    """
    nearest, distance = _nearest(model, points)
    edges = tuple(
        occurring_quantiles(distance[nearest == i], weights[nearest == i], (np.arange(1, BANDS) / BANDS).tolist())
        if (nearest == i).any()
        else (0.0,) * (BANDS - 1)
        for i in range(len(model.centroids))
    )
    return Closeness(edges, _shares(edges, nearest, distance, weights))


def shares_by_closeness(
    closeness: Closeness, model: SegmentModel, points: NDArray[np.float64], weights: NDArray[np.int64]
) -> tuple[float, ...]:
    """Return the shares of other customers in the bands of a model's closeness."""
    return _shares(closeness.edges, *_nearest(model, points), weights)


def _nearest(model: SegmentModel, points: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the index of the nearest centre and the distance from it in scaled space, both (m,)."""
    squared = np.zeros((len(model.centroids), len(points)))
    centres = np.array(model.centroids)
    inputs = expanded(points, model.schema)
    for column, index in zip(centres.T, model.schema.cluster_inputs, strict=True):
        on_scale = scaled(inputs[:, index], model.schema.inputs[index])
        squared += ((on_scale - model.mean[index]) * model.factor[index] - column[:, None]) ** 2
    return squared.argmin(axis=0), np.sqrt(squared.min(axis=0))


def _shares(
    edges: tuple[tuple[float, ...], ...],
    nearest: NDArray[np.intp],
    distance: NDArray[np.float64],
    weights: NDArray[np.int64],
) -> tuple[float, ...]:
    band = (distance[:, None] > np.array(edges)[nearest]).sum(axis=1)
    return tuple((np.bincount(band, weights=weights, minlength=BANDS) / weights.sum()).tolist())
