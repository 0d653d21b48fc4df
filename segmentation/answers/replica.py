"""The model that a resample of the customers would have given: whether a customer keeps the segment in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Replica:
    """A model trained again on resampled customers, as far as the nearest centroid needs it.

    Parameters
    ----------
    weights
        Per cluster feature: what its scaled values are multiplied with, since the resample has a scale of its own.
    centroids
        One row a segment of the model, in its order: the matching cluster's centre, in the model's scaled space.
    """

    weights: tuple[float, ...]
    centroids: tuple[tuple[float, ...], ...]
