"""How training data are distributed, as shares and counts: all that is kept of them. No rows, no ids.

From these a later comparison tells how far new customers have drifted from those a model was trained with, and
estimates, when a candidate is compared anew, how many of its customers another model puts in another segment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.scales import scaled_columns, unscaled_columns
from segmentation.training.closeness import closeness_of
from segmentation.training.distributions import Distribution, FarOut, Grid, TrainingProfile
from segmentation.training.statistics import occurring_quantiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from segmentation.model import SegmentModel
    from segmentation.schema import Feature
    from segmentation.training.points.cleaning import CleanData

BINS: Final = 20
# The quantiles the outermost edges lie at: beyond them a bin is open, so that no single customer's extreme is kept.
_TAIL: Final = 0.01
_GRID_STEPS: Final = 20
_COARSEST_GRID: Final = 4
_MOST_CELLS: Final = 1000


def training_profile(model: SegmentModel, data: CleanData, labels: NDArray[np.intp]) -> TrainingProfile:
    """Summarise the customers a model was trained with.

    Parameters
    ----------
    data
        The (m, d) customers and their (m,) counts.
    labels
        (m,) segment indices.
    """
    schema, points, weights = model.schema, data.points, data.weights
    return TrainingProfile(
        customers=int(weights.sum()),
        distributions=tuple(
            _distribution(feature, *data.distribution(i))
            for i, feature in enumerate(schema.features)
            if len(data.distribution(i)[0])
        ),
        grid=_grid(
            [schema.features[i] for i in schema.cluster_indices], points[:, list(schema.cluster_indices)], weights
        ),
        far_out=_far_out(model, data, labels),
        closeness=closeness_of(model, points, weights),
    )


def shares_of(distribution: Distribution, values: NDArray[np.float64], weights: NDArray[np.int64]) -> tuple[float, ...]:
    """Return the shares of other customers, (m,) values and their counts, in a distribution's bins."""
    return _shares(np.array(distribution.edges), values, weights)


def cell_centres(grid: Grid, features: Sequence[Feature]) -> NDArray[np.float64]:
    """Return the middle of each occupied cell, (cells, features), in the units of the grid's features."""
    middles: NDArray[np.float64] = np.array(grid.low) + (np.array(grid.cells) + 0.5) * np.array(grid.step)
    return unscaled_columns(middles, features)


def _shares(edges: NDArray[np.float64], values: NDArray[np.float64], weights: NDArray[np.int64]) -> tuple[float, ...]:
    counts = np.bincount(edges.searchsorted(values, side="left"), weights=weights, minlength=len(edges) + 1)
    return tuple((counts / weights.sum()).tolist())


def _distribution(feature: Feature, values: NDArray[np.float64], weights: NDArray[np.int64]) -> Distribution:
    if feature.is_category:  # one bin each
        between: NDArray[np.float64] = np.arange(len(feature.codes) - 1) + np.float64(0.5)
        return Distribution(feature.name, tuple(between.tolist()), _shares(between, values, weights))
    low, *inner, high = occurring_quantiles(values, weights, [_TAIL, *(np.arange(1, BINS) / BINS).tolist(), 1 - _TAIL])
    # The first edge lies just below the lowest quantile, so that even a value all customers share has a bin of its own.
    edges = np.unique([np.nextafter(low, -np.inf), low, *inner, high])
    return Distribution(feature.name, tuple(edges.tolist()), _shares(edges, values, weights))


def _grid(features: Sequence[Feature], points: NDArray[np.float64], weights: NDArray[np.int64]) -> Grid | None:
    """Count customers in cells, as fine as keeps the number of occupied ones bounded."""
    points = scaled_columns(points, features)
    ends = np.array([occurring_quantiles(column, weights, [_TAIL, 1 - _TAIL]) for column in points.T])
    span = np.ptp(ends, axis=1)
    span[span == 0] = 1.0
    coded = np.array([feature.is_category for feature in features])
    for steps in range(_GRID_STEPS, _COARSEST_GRID - 1, -2):
        # A category has a cell of its own, however coarse the others are, with its code in the middle.
        step, low = np.where(coded, 1.0, span / steps), np.where(coded, -0.5, ends[:, 0])
        most = np.where(coded, [max(len(feature.codes), 1) - 1 for feature in features], steps - 1)
        places = np.clip((points - low) // step, 0, most).astype(np.intp)
        cells, where = np.unique(places, axis=0, return_inverse=True)
        if len(cells) <= _MOST_CELLS:
            counts = np.bincount(where.ravel(), weights=weights).astype(np.int64)
            return Grid(
                tuple(feature.name for feature in features),
                tuple(low.tolist()),
                tuple(step.tolist()),
                tuple(tuple(cell) for cell in cells.tolist()),
                tuple(counts.tolist()),
            )
    return None


def _far_out(model: SegmentModel, data: CleanData, labels: NDArray[np.intp]) -> tuple[FarOut, ...]:
    found: dict[str, FarOut] = {}
    # The fences cleaning judged by. Fences around those who are left would be narrower: a report would then name two.
    for outliers in data.report.outliers:
        fence = outliers.fence
        far = fence.beyond(data.points[:, model.schema.names.index(outliers.feature)])
        for i, name in enumerate(model.names):
            inside = labels == i
            share = float(data.weights[inside & far].sum() / max(data.weights[inside].sum(), 1))
            if share > 0 and (name not in found or share > found[name].share):
                found[name] = FarOut(name, outliers.feature, share, fence.below, fence.above)
    return tuple(found[name] for name in model.names if name in found)
