"""Which centroids a customer is nearest to, and how clearly: measured in the scaled space of a model's inputs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Nearest(NamedTuple):
    """The segments with the nearest and the second nearest centroid, by their indices.

    Parameters
    ----------
    margin
        How clearly the first is the nearest, 0 to 1: one minus the ratio of the two distances.
    """

    first: int
    second: int
    margin: float


@dataclass(frozen=True, slots=True)
class Nearness:
    """Measures customers against one model's centroids.

    Parameters
    ----------
    centroids
        One row a segment, one column a cluster input, in scaled space.
    scaling
        Per cluster input: its index, and the mean and the factor of its scale.
    logs
        The cluster features on a log scale, each with its minimum; most models have none.
    """

    centroids: tuple[tuple[float, ...], ...]
    scaling: tuple[tuple[int, float, float], ...]
    logs: tuple[tuple[int, float], ...]

    def distances(self, x: Sequence[float]) -> list[float]:
        """Return the distance of a customer's inputs to each centroid, in scaled space."""
        x = self._on_scales(x) if self.logs else x
        scaled = [(x[i] - mean) * factor for i, mean, factor in self.scaling]
        distances = []
        for centroid in self.centroids:
            total = 0.0
            for value, centre in zip(scaled, centroid, strict=True):
                total += (value - centre) * (value - centre)
            distances.append(math.sqrt(total))
        return distances

    def nearest(self, x: Sequence[float]) -> Nearest:
        """Return what is nearest to a customer's inputs."""
        # Squared distances rank like distances; only the two nearest need their roots.
        first = second = math.inf
        nearest = runner_up = 0
        if self.logs:
            x = self._on_scales(x)
        scaled = [(x[i] - mean) * factor for i, mean, factor in self.scaling]
        for index, centroid in enumerate(self.centroids):
            total = 0.0
            for value, centre in zip(scaled, centroid, strict=False):  # of equal length: `model_data` checks it
                off = value - centre
                total += off * off
            if total < first:
                first, second, nearest, runner_up = total, first, index, nearest
            elif total < second:
                second, runner_up = total, index
        # If even the second is 0 away, two centroids are in the same place: nothing tells them apart.
        margin = 1.0 - math.sqrt(first) / math.sqrt(second) if second > 0 else 0.0
        return Nearest(nearest, runner_up, margin)

    def _on_scales(self, x: Sequence[float]) -> Sequence[float]:
        """Return a value vector with each cluster feature on its scale."""
        found = list(x)
        for i, minimum in self.logs:
            found[i] = math.log1p(found[i] - minimum)
        return found
