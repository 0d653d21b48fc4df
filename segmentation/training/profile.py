"""What is kept of training data: how they are distributed, as shares and counts. No rows, no ids.

From these a later comparison tells how far new customers have drifted from those a model was trained with, and
estimates how many of the latter another model would put elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.training.distributions import Distribution, FarOut, Grid, TrainingProfile
from segmentation.training.statistics import occurring_quantiles, tukey_fence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.model import SegmentModel
    from segmentation.training.cleaning import CleanData

# The usual marks of the population stability index (N. Siddiqi, Credit Risk Scorecards, 2006).
MODERATE: Final = 0.1
LARGE: Final = 0.25
BINS: Final = 20
# The quantiles the outermost edges lie at: beyond them a bin is open, so that no single customer's extreme is kept.
_TAIL: Final = 0.01
# An empty bin would make the index infinite; a share this small stands in for none.
_EMPTY: Final = 1e-4
# Sampling alone moves the index of two samples of n and m customers by chi² (bins - 1) * (1/n + 1/m)
# (B. Yurdakul, Statistical Properties of the Population Stability Index, 2018): with bins this many, 95 % of the time
# by less than the value beside it, for n = m = 1.
_NOISE: Final = {10: 16.92, 9: 15.51, 8: 14.07, 7: 12.59, 6: 11.07, 5: 9.49, 4: 7.81}
_FEWEST_BINS: Final = 4
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
        distributions=tuple(_distribution(name, *data.distribution(i)) for i, name in enumerate(schema.names)),
        grid=_grid(
            tuple(schema.names[i] for i in schema.cluster_indices), points[:, list(schema.cluster_indices)], weights
        ),
        far_out=_far_out(model, data, labels),
    )


def shares_of(distribution: Distribution, values: NDArray[np.float64], weights: NDArray[np.int64]) -> tuple[float, ...]:
    """Return the shares of other customers, (m,) values and their counts, in a distribution's bins."""
    return _shares(np.array(distribution.edges), values, weights)


def shares_onto(distribution: Distribution, edges: Sequence[float]) -> tuple[float, ...]:
    """Estimate a distribution's shares in other bins, taking customers to be spread evenly within each of its own."""
    reached = np.cumsum(distribution.shares)[:-1]
    below = np.interp(np.array(edges), np.array(distribution.edges), reached, left=0.0, right=1.0)
    return tuple(np.diff(below, prepend=0.0, append=1.0).tolist())


def cell_centres(grid: Grid) -> NDArray[np.float64]:
    """Return the middle of each occupied cell, (cells, features), in the features' units."""
    middles: NDArray[np.float64] = np.array(grid.low) + (np.array(grid.cells) + 0.5) * np.array(grid.step)
    return middles


def population_stability_index(before: Sequence[float], now: Sequence[float]) -> float:
    """Return how far two distributions over the same bins are apart: sum of (now - before) * ln(now / before).

    0 for equal ones; from .1 on the difference is called moderate, from .25 on large.

    Raises
    ------
    ValueError
        When they do not have the same number of bins.
    """
    if len(before) != len(now):
        raise ValueError(f"{len(before)} and {len(now)} bins cannot be compared")
    old, new = (np.maximum(np.array(shares, dtype=np.float64), _EMPTY) for shares in (before, now))
    return float(((new - old) * np.log(new / old)).sum())


def drift_index(before: Sequence[float], now: Sequence[float], customers_before: int, customers_now: int) -> float:
    """Return the population stability index over as many bins as the customers are enough for.

    Neighbouring bins are joined to at most ten about equal ones, and to fewer, at least four, until sampling alone
    would rarely reach the mark for a moderate drift: two hundred customers fill five.
    """
    noise = 1 / max(customers_before, 1) + 1 / max(customers_now, 1)
    bins = next((bins for bins, value in _NOISE.items() if value * noise <= MODERATE), _FEWEST_BINS)
    shares = np.array(before)
    middle = shares.cumsum() - shares / 2
    group = np.minimum((middle * bins).astype(np.intp), bins - 1)
    joined = [np.bincount(group, weights=np.array(part), minlength=bins) for part in (before, now)]
    return population_stability_index(joined[0].tolist(), joined[1].tolist())


def _shares(edges: NDArray[np.float64], values: NDArray[np.float64], weights: NDArray[np.int64]) -> tuple[float, ...]:
    counts = np.bincount(edges.searchsorted(values, side="left"), weights=weights, minlength=len(edges) + 1)
    return tuple((counts / weights.sum()).tolist())


def _distribution(feature: str, values: NDArray[np.float64], weights: NDArray[np.int64]) -> Distribution:
    low, *inner, high = occurring_quantiles(values, weights, [_TAIL, *(np.arange(1, BINS) / BINS).tolist(), 1 - _TAIL])
    # The first edge lies just below the lowest quantile, so that even a value all customers share has a bin of its own.
    edges = np.unique([np.nextafter(low, -np.inf), low, *inner, high])
    return Distribution(feature, tuple(edges.tolist()), _shares(edges, values, weights))


def _grid(features: tuple[str, ...], points: NDArray[np.float64], weights: NDArray[np.int64]) -> Grid | None:
    """Count customers in cells, as fine as keeps the number of occupied ones bounded."""
    ends = np.array([occurring_quantiles(column, weights, [_TAIL, 1 - _TAIL]) for column in points.T])
    low, span = ends[:, 0], np.ptp(ends, axis=1)
    span[span == 0] = 1.0
    for steps in range(_GRID_STEPS, _COARSEST_GRID - 1, -2):
        step = span / steps
        places = np.clip((points - low) // step, 0, steps - 1).astype(np.intp)
        cells, where = np.unique(places, axis=0, return_inverse=True)
        if len(cells) <= _MOST_CELLS:
            counts = np.bincount(where.ravel(), weights=weights).astype(np.int64)
            return Grid(
                features,
                tuple(low.tolist()),
                tuple(step.tolist()),
                tuple(tuple(cell) for cell in cells.tolist()),
                tuple(counts.tolist()),
            )
    return None


def _far_out(model: SegmentModel, data: CleanData, labels: NDArray[np.intp]) -> tuple[FarOut, ...]:
    found: dict[str, FarOut] = {}
    for index in model.schema.cluster_indices:
        feature = model.schema.features[index]
        # The fence cleaning judges by: around the values themselves, not around the means of cells made of them.
        values, counts = data.distribution(index)
        order = values.argsort(kind="stable")
        fence = tukey_fence(values[order], counts[order], feature.minimum, feature.maximum)
        if fence is None:
            continue
        far = fence.beyond(data.points[:, index])
        for i, name in enumerate(model.names):
            inside = labels == i
            share = float(data.weights[inside & far].sum() / max(data.weights[inside].sum(), 1))
            if share > 0 and (name not in found or share > found[name].share):
                found[name] = FarOut(name, feature.name, share, fence.below, fence.above)
    return tuple(found[name] for name in model.names if name in found)
