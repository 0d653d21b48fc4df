"""Clusters for tests of names: of customers who are all alike, or of any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation.training.names.clusters import Clusters

# Of all customers: income in k$, and score.
MEAN: Final = np.array([60.0, 50.0])
DEVIATION: Final = np.array([26.0, 26.0])


def alike(
    centres: NDArray[np.float64], mean: NDArray[np.float64] = MEAN, deviation: NDArray[np.float64] = DEVIATION
) -> Clusters:
    """Make clusters of customers who are all where their centre is."""
    levels = (centres - mean) / deviation
    return Clusters(centres, mean, levels, levels, np.full(len(centres), 10), np.arange(len(centres)))


def spread(*clusters: Sequence[Sequence[float]]) -> Clusters:
    """Make clusters of these customers."""
    centres = np.array([np.mean(customers, axis=0) for customers in clusters])
    customers = (np.vstack(clusters) - MEAN) / DEVIATION
    labels = np.repeat(np.arange(len(clusters)), [len(customers) for customers in clusters])
    return Clusters(centres, MEAN, (centres - MEAN) / DEVIATION, customers, np.ones(len(customers), np.int64), labels)
