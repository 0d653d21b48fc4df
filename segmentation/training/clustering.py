"""Who is close to whom: weights, scaling, K-Means, and how alike two clusterings are."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
from threadpoolctl import ThreadpoolController

from segmentation.errors import BadTrainingData
from segmentation.schema import Indicator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Schema

# With 10 starts and tol=0, the inertia of binned customers was within 9e-6 of K-Means on all rows.
N_INIT: Final = 10
# On few points K-Means stops in more local optima, and further starts cost little.
N_INIT_BINNED: Final = 50
# When customers are binned, the sweep looks at this many bins a feature (as a power of two) and points in all.
SWEEP_BITS: Final = 5
SWEEP_POINTS: Final = 4096
_FEWEST_MERGED: Final = 256


def fit_scaler(
    points: NDArray[np.float64],
    weights: NDArray[np.int64],
    schema: Schema,
    scatter: NDArray[np.float64] | None = None,
) -> StandardScaler:
    """Fit the scaling of all inputs, with each feature's weight folded into its scale.

    A standardised number has E(x - y)² = 2 for two customers x and y. The indicators of a category with shares p have
    E|x - y|² = 2 (1 - Σp²), so each is divided by √(1 - Σp²): then a category weighs as one number. (C. Hennig,
    T. F. Liao, "How to find an appropriate clustering for mixed-type variables", JRSS C 62(3), 2013, weight dummy
    variables by the same principle; their default, q = 1/2, would halve the square.)

    Parameters
    ----------
    points, weights
        (m, inputs) distinct customers, each feature on its scale, in the order of `Schema.inputs`, and their (m,)
        counts.
    scatter
        (inputs,) variance of the customers around their point, if a point stands for several; it adds to the points'
        own.

    Raises
    ------
    BadTrainingData
        When a cluster feature is constant: it can tell nobody apart.
    """
    # scikit-learn would scale a constant feature by 1 without a word; the check below refuses it.
    scaler = StandardScaler().fit(points, sample_weight=weights)
    for index in schema.cluster_indices:
        if np.ptp(points[:, index]) == 0:
            feature = schema.features[index]
            if feature.is_category:
                raise BadTrainingData(
                    f"{feature.label} is {feature.show(float(points[0, index]))} in every row, so it can't tell "
                    "customers apart. Use data in which it varies, or give it the role profile in the schema."
                )
            raise BadTrainingData(
                f"{feature.label} is {feature.show(feature.unscaled(float(points[0, index])))} in every row, so it "
                "can't tell customers apart. "
                "Use data in which it varies, or give it the role profile in the schema."
            )
    if scatter is not None:
        scaler.var_ = scaler.var_ + scatter
        # If all customers are on their points the scale is fitted already, and 1 for a constant feature.
        scaler.scale_ = np.where(scatter > 0, np.sqrt(scaler.var_), scaler.scale_)
    for index, feature in enumerate(schema.features):
        if feature.is_category:  # its codes measure nothing
            scaler.mean_[index], scaler.scale_[index] = 0.0, 1.0
    for index in schema.cluster_indices:
        own = [i for i, one in enumerate(schema.inputs) if isinstance(one, Indicator) and one.owner == index]
        if own:
            scaler.scale_[own] = np.sqrt(1 - (scaler.mean_[own] ** 2).sum())
    scaler.scale_ = scaler.scale_ / np.array([feature.weight for feature in schema.inputs])
    return scaler


def fit_kmeans(
    scaled: NDArray[np.float64], weights: NDArray[np.int64], k: int, seed: int, n_init: int = N_INIT
) -> KMeans:
    """Fit K-Means on distinct scaled points with counts as weights.

    Parameters
    ----------
    scaled
        (m, c) distinct points in scaled space, cluster features only.
    weights
        (m,) counts.

    Notes
    -----
    ``tol=0`` runs every start to its fixed point. One thread: partial sums added in whatever order threads finish
    would make two fits with the same seed differ in the last bits.
    """
    starts = partial(_starts, weights=weights.astype(np.float64))
    # With one cluster every start ends at the mean.
    kmeans = KMeans(n_clusters=k, init=starts, n_init=n_init if k > 1 else 1, tol=0, random_state=seed)
    with threads().limit(limits=1):
        kmeans.fit(scaled, sample_weight=weights)
    # As if scikit-learn had chosen the starts: what is stored has to open without segbot.
    return kmeans.set_params(init="k-means++", n_init=n_init)


def _starts(
    points: NDArray[np.float64], k: int, random_state: np.random.RandomState, *, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Choose where K-Means starts: (k, c) of the (n, c) points that are far from each other (greedy k-means++).

    scikit-learn's own draws the same starts, but takes a third of a fit on a few hundred points for its checks.

    D. Arthur, S. Vassilvitskii, "k-means++: The Advantages of Careful Seeding", 2007.
    """
    columns = np.ascontiguousarray(points.T)

    def squared(which: NDArray[np.intp]) -> NDArray[np.float64]:
        found = np.zeros((len(which), len(points)))
        for column in columns:
            found += (column - column[which, None]) ** 2
        return found

    chosen = [int(random_state.choice(len(points), p=weights / weights.sum()))]
    nearest = squared(np.array(chosen))[0]
    total = float(nearest @ weights)
    for _ in range(1, k):
        drawn = random_state.uniform(size=2 + int(np.log(k))) * total
        # Rounding may put a draw beyond the last sum.
        candidates = np.minimum((weights * nearest).cumsum().searchsorted(drawn), len(points) - 1)
        distances = np.minimum(squared(candidates), nearest)
        totals = distances @ weights
        best = int(totals.argmin())
        nearest, total = distances[best], float(totals[best])
        chosen.append(int(candidates[best]))
    return points[chosen]


@cache
def threads() -> ThreadpoolController:
    """Return what limits threads, looked up once: looking takes as long as a small fit."""
    return ThreadpoolController()


def refine(scaled: NDArray[np.float64], weights: NDArray[np.int64], centres: NDArray[np.float64]) -> KMeans:
    """Continue K-Means from centres found before, on coarsened points or on other customers.

    Parameters
    ----------
    scaled, weights
        (m, c) distinct points in scaled space and their (m,) counts.
    centres
        (k, c) where to start.
    """
    with threads().limit(limits=1):
        return KMeans(n_clusters=len(centres), init=centres, n_init=1, tol=0).fit(scaled, sample_weight=weights)


def coarsen(
    scaled: NDArray[np.float64],
    weights: NDArray[np.int64],
    cells: NDArray[np.int64],
    whole: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64], float]:
    """Merge neighbouring points, for a sweep that has to be quick.

    Parameters
    ----------
    scaled, weights
        (m, c) distinct points in scaled space and their (m,) counts.
    cells
        (m, c) bins of each point. They are merged two by two until there are at most 32 a feature, and few in all.
    whole
        (c,) the columns whose bins are merged last: indicators; none if not given.

    Returns
    -------
    tuple
        The means of the merged points, their counts, and the sum of squared distances that is lost from any inertia.
    """
    whole = np.zeros(cells.shape[1], dtype=bool) if whole is None else whole
    cells = np.where(whole, cells, cells >> max(0, int(cells.max()).bit_length() - SWEEP_BITS))
    found, where = np.unique(cells, axis=0, return_inverse=True)
    while len(found) > SWEEP_POINTS:
        cells = _halved(cells, whole if cells[:, ~whole].any() else np.zeros_like(whole))
        found, where = np.unique(cells, axis=0, return_inverse=True)
    counts = np.bincount(where, weights=weights)
    means = np.column_stack([np.bincount(where, weights=weights * column) / counts for column in scaled.T])
    lost = float((weights * ((scaled - means[where]) ** 2).sum(axis=1)).sum())
    return means, counts.astype(np.int64), lost


def _halved(cells: NDArray[np.int64], whole: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Merge neighbours along all features; along one only if merging along all would leave too few points."""
    halved = np.where(whole, cells, cells >> 1)
    if len(np.unique(halved, axis=0)) >= _FEWEST_MERGED:
        return halved
    alone = cells.copy()
    alone[:, np.flatnonzero(cells.any(axis=0) & ~whole)[-1]] >>= 1
    return alone


def adjusted_rand_index(one: NDArray[np.int32], other: NDArray[np.int32], weights: NDArray[np.int64]) -> float:
    """Return the adjusted Rand index of two labellings of points that occur `weights` times each.

    scikit-learn's has no weights; this is the same pair counting (L. Hubert, P. Arabie, 1985) on weighted counts.
    """
    table = np.zeros((int(one.max()) + 1, int(other.max()) + 1))
    np.add.at(table, (one, other), weights)

    def pairs(counts: NDArray[np.float64]) -> float:
        return float((counts * (counts - 1) / 2).sum())

    together, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    everything = pairs(np.array([float(weights.sum())]))
    expected = rows * columns / everything if everything else 0.0
    highest = (rows + columns) / 2
    return 1.0 if highest == expected else (together - expected) / (highest - expected)
