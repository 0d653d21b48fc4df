"""Clusters as names see them: where their centres lie among all customers, and what holds of their own customers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.schema import Level

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A name is given only if what it says is true of this share of the cluster's customers: "higher income" of a segment
# half of whose customers earn less than the average would be a mistake waiting to be made.
HOLDS_FOR: Final = 0.6
# In standard deviations from the mean of all customers: nearer than this is about average.
NEAR_AVERAGE: Final = 0.65


@dataclass(frozen=True, slots=True)
class Claim:
    """What a name says of a cluster on one feature.

    Parameters
    ----------
    column
        The feature's position among the cluster features.
    level
        Below the average of all customers, near it, or above it.
    extreme
        Whether the cluster's centre is also said to be the lowest or highest of all.
    """

    column: int
    level: Level
    extreme: bool = False


@dataclass(frozen=True)
class Clusters:
    """All clusters of a training.

    Parameters
    ----------
    centres, average
        (k, c) centres and (c,) the mean of all customers on the features' scales, both in the features' units, cluster
        features in schema order.
    levels
        (k, c) centres in standard deviations from that mean.
    customers, weights, labels
        (m, c) customers in standard deviations from that mean, how many (m,) each point stands for, and its cluster.
    """

    centres: NDArray[np.float64]
    average: NDArray[np.float64]
    levels: NDArray[np.float64]
    customers: NDArray[np.float64]
    weights: NDArray[np.int64]
    labels: NDArray[np.intp]

    def share(self, cluster: int, claims: Iterable[Claim]) -> float:
        """Return the share of a cluster's customers, 0 to 1, of whom all claims hold."""
        customers, weights = self._members[cluster]
        true = np.ones(len(weights), dtype=bool)
        for claim in claims:
            true &= _on_level(customers[:, claim.column], claim.level)
        return float(weights[true].sum() / max(weights.sum(), 1))

    def hold(self, cluster: int, claims: Iterable[Claim]) -> bool:
        """Tell whether claims hold of a cluster: of its centre, and together of enough of its customers."""
        claims = tuple(claims)
        centre = self.levels[cluster]
        return (
            all(_on_level(centre[[claim.column]], claim.level).all() for claim in claims)
            and all(self.is_extreme(cluster, claim) for claim in claims if claim.extreme)
            and self.share(cluster, claims) >= HOLDS_FOR
        )

    def is_extreme(self, cluster: int, claim: Claim) -> bool:
        """Tell whether a cluster's centre is the lowest, or the highest, of all."""
        column = self.levels[:, claim.column]
        others = np.delete(column, cluster)
        if claim.level is Level.LOW:
            return bool((others > column[cluster]).all())
        return bool((others < column[cluster]).all())

    @cached_property
    def _members(self) -> list[tuple[NDArray[np.float64], NDArray[np.int64]]]:
        inside = [self.labels == i for i in range(len(self.centres))]
        return [(self.customers[mask], self.weights[mask]) for mask in inside]


def _on_level(values: NDArray[np.float64], level: Level) -> NDArray[np.bool_]:
    if level is Level.LOW:
        return values < 0
    if level is Level.HIGH:
        return values > 0
    return np.abs(values) < NEAR_AVERAGE
