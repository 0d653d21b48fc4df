"""Where a segment ends and another begins, in all of a model's replicas at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from segmentation.answers.replica import Replica


@dataclass(frozen=True)
class Boundary:
    """Where a segment ends and a rival begins, in each replica.

    Parameters
    ----------
    each
        The boundaries as a normal vector and a number: a place is on the segment's side if its product with the vector
        is at least the number.
    middle
        A place that all of them pass close by.
    normal, number
        The mean vector, and the mean number for places relative to the middle.
    turn, shift
        How far any vector, and any number for places relative to the middle, is from these at most.
    """

    each: tuple[tuple[tuple[float, ...], float], ...]
    middle: tuple[float, ...]
    normal: tuple[float, ...]
    number: float
    turn: float
    shift: float

    @classmethod
    def of(cls, replicas: Sequence[Replica], segment: int, rival: int) -> Boundary:
        """Find the boundary between two segments, by their indices."""
        each = tuple(_boundary(replica, segment, rival) for replica in replicas)
        centroids = [replica.centroids[which] for replica in replicas for which in (segment, rival)]
        middle = tuple(sum(column) / len(centroids) for column in zip(*centroids, strict=True))
        normal = tuple(sum(column) / len(each) for column in zip(*(normal for normal, _ in each), strict=True))
        numbers = [number - sum(map(mul, normal, middle)) for normal, number in each]
        number = sum(numbers) / len(numbers)
        turn = max(math.dist(own, normal) for own, _ in each)
        return cls(each, middle, normal, number, turn, max(abs(own - number) for own in numbers))

    def holds(self, at: Sequence[float]) -> bool:
        """Say of a place, in a fraction of the time, whether it is so far on the segment's side that all agree."""
        # From the origin instead of the middle, vectors that turn a little would seem to shift the boundary far.
        clearance, square = -self.number, 0.0
        for value, middle, normal in zip(at, self.middle, self.normal, strict=True):
            off = value - middle
            clearance += normal * off
            square += off * off
        return clearance >= self.turn * math.sqrt(square) + self.shift


def _boundary(replica: Replica, segment: int, rival: int) -> tuple[tuple[float, ...], float]:
    normal, number = [], 0.0
    for weight, one, other in zip(replica.weights, replica.centroids[segment], replica.centroids[rival], strict=True):
        square = weight * weight
        normal.append(square * (one - other))
        number += square * (one * one - other * other) / 2
    return tuple(normal), number
