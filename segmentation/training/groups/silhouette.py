"""The mean silhouette of any number of clusterings of the same customers; their distances are computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.training.clustering import threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A silhouette compares all pairs of rows: beyond this many, a weighted sample of them answers to two digits.
SILHOUETTE_ROWS: Final = 2000
_FEWEST_CLUSTERS: Final = 2


class Silhouettes:
    """Measures how distinct clusters are (P. J. Rousseeuw, "Silhouettes", 1987).

    Parameters
    ----------
    scaled
        (m, c) distinct points in scaled space, cluster features only.
    rows
        (n,) indices of the points that the customers to compare are on.
    """

    def __init__(self, scaled: NDArray[np.float64], rows: NDArray[np.intp]) -> None:
        self._rows = rows
        self._distances = _distances(scaled[rows])

    @classmethod
    def sampled(
        cls, scaled: NDArray[np.float64], weights: NDArray[np.int64], seed: int, most: int = SILHOUETTE_ROWS
    ) -> Silhouettes:
        """Compare all customers, or a sample of `most` if they are more.

        Parameters
        ----------
        weights
            (m,) how many customers are on each point.
        """
        total = int(weights.sum())
        if total <= most:
            return cls(scaled, np.repeat(np.arange(len(weights)), weights))
        return cls(scaled, np.random.default_rng(seed).choice(len(weights), most, p=weights / total))

    def mean(self, labels: NDArray[np.int32]) -> float | None:
        """Return the mean silhouette (-1 to 1) for (m,) cluster labels of the points.

        It is defined for 2 to n - 1 clusters among the n customers, and None otherwise.
        """
        found, own = np.unique(labels[self._rows], return_inverse=True)
        if not _FEWEST_CLUSTERS <= len(found) < len(own):
            return None
        members = np.eye(len(found))[own]
        with threads().limit(limits=1):  # sums added in the order in which threads finish would differ in the last bits
            sums = self._distances @ members
        sizes, everyone = members.sum(axis=0), np.arange(len(own))
        # Less the customer itself, whose distance of 0 is in the sum; a cluster of one is set to 0 below.
        within = sums[everyone, own] / np.maximum(sizes[own] - 1, 1)
        others = sums / sizes
        # A customer's own cluster must not win as the nearest other one.
        others[everyone, own] = np.inf
        nearest = others.min(axis=1)
        greater = np.maximum(within, nearest)
        scores = np.divide(nearest - within, greater, out=np.zeros(len(own)), where=(sizes[own] > 1) & (greater > 0))
        return float(scores.mean())


def _distances(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (n, n) Euclidean distances of (n, c) points, summed feature by feature: equal points are 0 apart."""
    squared = np.zeros((len(points), len(points)))
    for column in points.T:
        squared += np.square(column[:, None] - column)
    return np.sqrt(squared, out=squared)
