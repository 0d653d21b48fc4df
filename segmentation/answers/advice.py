"""The smallest change of one feature that reliably leads to another segment: one that retrained models agree with.

A value just over the boundary of a segment is there by luck: half of all retrained models have the boundary beyond it.
So a step goes on to a place where the confidence is `RELIABLE` and `AGREEING` of the model's replicas answer the same.
The first is about all customers with that margin, the second about this very place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import mul, sub
from typing import Final

from segmentation.answers.confidence import ConfidenceTable
from segmentation.answers.replica import Replica
from segmentation.schema import Feature
from segmentation.tree import DecisionTree, Step

# A place with a confidence of .95 exactly held in .94 of the retrained models, so advice asks for a little more.
RELIABLE: Final = 0.97
AGREEING: Final = 0.95
# Beyond this many digits a rounded value would be no easier to read than the exact one.
_MOST_DECIMALS: Final = 8
_LEAST_MARGIN: Final = 1e-6
# Rounding and other rivals on the way may call for another look; more than a few would be a place to no purpose.
_MOST_ROUNDS: Final = 4


@dataclass(frozen=True)
class Axis:
    """One cluster feature.

    Parameters
    ----------
    index
        Its place in the schema.
    feature
        Its bounds, which no step leaves, its scale, and its decimals, to which steps are rounded outward if they can.
    mean, factor
        Scaled value = (value on the feature's scale - mean) * factor.
    spread
        What makes changes of different features comparable on a plain scale: the standard deviation, in its unit.
    """

    index: int
    feature: Feature
    mean: float
    factor: float
    spread: float

    @cached_property
    def below(self) -> float:
        """The largest number that is too small, since intervals of trees leave out their lower end."""
        return math.nextafter(self.feature.minimum, -math.inf)

    @cached_property
    def is_log(self) -> bool:
        """Whether the feature is on a log scale."""
        return self.feature.is_log

    def apart(self, one: float, other: float) -> float:
        """Return how far apart two values are, in standard deviations on the feature's scale."""
        if self.is_log:
            return abs(self.feature.scaled(one) - self.feature.scaled(other)) * self.factor / self.feature.weight
        return abs(one - other) / self.spread

    def scaled(self, value: float) -> float:
        """Return a value of the feature in the scaled space of the centroids."""
        # Without a call on the usual scale: each step asks several times.
        return ((self.feature.scaled(value) if self.is_log else value) - self.mean) * self.factor

    def unscaled(self, scaled: float) -> float:
        """Return the value of the feature at a place of the scaled space."""
        value = scaled / self.factor + self.mean
        return self.feature.unscaled(value) if self.is_log else value


@dataclass(frozen=True)
class Adviser:
    """Finds reliable steps for one model.

    Parameters
    ----------
    tree
        The model's.
    axes
        The cluster features, in the order of the centroids' numbers.
    centroids
        The model's, in scaled space.
    confidence
        The confidence of each margin.
    replicas
        Retrained models to agree.
    """

    tree: DecisionTree
    axes: tuple[Axis, ...]
    centroids: tuple[tuple[float, ...], ...]
    confidence: ConfidenceTable
    replicas: tuple[Replica, ...]

    def steps(self, x: Sequence[float]) -> list[Step]:
        """Return at most one step to each other segment, the smallest for its feature's spread first.

        Parameters
        ----------
        x
            The value vector to start from, in schema order.
        """
        if not self.margin < 1:
            return []
        home, scaled = self.tree.segment_of(x), [axis.scaled(x[axis.index]) for axis in self.axes]
        best: dict[int, tuple[float, Step]] = {}
        for place, axis in enumerate(self.axes):
            start, line = x[axis.index], _Line(self, place, scaled)
            for low, high, segment in self.tree.runs(axis.index, x):
                known = best.get(segment)
                least = axis.apart(start, low if start <= low else high)
                if segment == home or (known is not None and known[0] <= least):
                    continue
                value = line.nearest(start, segment, max(low, axis.below), min(high, axis.feature.maximum))
                if value is None:
                    continue
                distance = axis.apart(start, value)
                if known is None or distance < known[0]:
                    best[segment] = (distance, Step(axis.index, value, segment))
        return [step for _, step in sorted(best.values(), key=lambda item: (item[0], item[1].segment))]

    @cached_property
    def margin(self) -> float:
        """The margin from which on the confidence is `RELIABLE`; infinite if it never is."""
        return self.confidence.margin_of(RELIABLE)

    @cached_property
    def ratio(self) -> float:
        """The largest ratio of the squared distances to the two nearest centroids at which the margin is reached."""
        return (1 - max(self.margin, _LEAST_MARGIN)) ** 2

    @cached_property
    def needed(self) -> int:
        """How many replicas must agree."""
        return math.ceil(AGREEING * len(self.replicas))

    @cached_property
    def boundaries(self) -> tuple[tuple[_Boundary, ...], ...]:
        """By segment and rival the boundary between them."""
        every = range(len(self.centroids))
        return tuple(tuple(_Boundary.of(self.replicas, segment, rival) for rival in every) for segment in every)


@dataclass(frozen=True)
class _Boundary:
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
    def of(cls, replicas: Sequence[Replica], segment: int, rival: int) -> _Boundary:
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
        off = tuple(map(sub, at, self.middle))
        clearance = sum(map(mul, self.normal, off)) - self.number
        return bool(clearance >= self.turn * math.hypot(*off) + self.shift)


def _boundary(replica: Replica, segment: int, rival: int) -> tuple[tuple[float, ...], float]:
    normal, number = [], 0.0
    for weight, one, other in zip(replica.weights, replica.centroids[segment], replica.centroids[rival], strict=True):
        square = weight * weight
        normal.append(square * (one - other))
        number += square * (one * one - other * other) / 2
    return tuple(normal), number


class _Line:
    """The line through a customer along one axis, in the scaled space."""

    def __init__(self, adviser: Adviser, place: int, scaled: Sequence[float]) -> None:
        self._adviser, self._place, self._axis = adviser, place, adviser.axes[place]
        self._at = list(scaled)
        self._centres = [centroid[place] for centroid in adviser.centroids]
        # The squared distance of the line from each centroid.
        self._off = []
        for centroid in adviser.centroids:
            total = 0.0
            for i, centre in enumerate(centroid):
                if i != place:
                    total += (scaled[i] - centre) ** 2
            self._off.append(total)

    def nearest(self, start: float, segment: int, low: float, high: float) -> float | None:
        """Return the value nearest to `start`, above `low` and up to `high`, that is reliably in a segment, or None.

        `start` is outside.
        """
        axis, upward = self._axis, start <= low
        clear = self._clear(segment)
        if clear is None:
            return None
        # The lower end itself is not in the interval, and may be out of bounds.
        least = max(clear[0], axis.scaled(max(low, axis.feature.minimum)))
        most = min(clear[1], axis.scaled(high))
        there = least if upward else most
        for _ in range(_MOST_ROUNDS):
            if not least <= there <= most:
                return None
            value = self._rounded(there, upward, low, high, least, most)
            if value is None:
                return None
            there = axis.scaled(value)
            further = self._further(there, segment, upward)
            if further == 0:
                return value
            there += further if upward else -further
        return None

    def _rounded(
        self,
        there: float,
        upward: bool,
        low: float,
        high: float,
        least: float,
        most: float,
    ) -> float | None:
        """Return the roundest value from `there` on; None if the interval is narrower than the last digit."""
        exact = self._axis.unscaled(there)
        for digits in range(self._axis.feature.decimals, _MOST_DECIMALS + 1):
            unit = 10.0**digits
            rounded = (math.ceil(exact * unit) if upward else math.floor(exact * unit)) / unit
            if low < rounded <= high and least <= self._axis.scaled(rounded) <= most:
                return rounded
        return None

    def _clear(self, segment: int) -> tuple[float, float] | None:
        """Return the interval on which the model's margin in a segment is large enough; None without one."""
        own, off = self._centres[segment], self._off[segment]
        # The margin is large enough where d1 <= (1 - margin) * d2: the inside of a ball (Apollonius), and on the line
        # the solutions of a quadratic inequality.
        ratio = self._adviser.ratio
        rest = 1 - ratio
        low, high = -math.inf, math.inf
        for other, centre in enumerate(self._centres):
            if other != segment:
                middle = (own - ratio * centre) / rest
                square = middle * middle - (own * own + off - ratio * (centre * centre + self._off[other])) / rest
                if square < 0:
                    return None
                half = math.sqrt(square)
                low, high = max(low, middle - half), min(high, middle + half)
                if low > high:
                    return None
        return low, high

    def _further(self, there: float, segment: int, upward: bool) -> float:
        """Return how much further enough replicas agree with a segment: 0 if they do here, infinite if never.

        They are asked about the two nearest other segments of the model, which are those to lose the customer to.
        """
        adviser, place, at = self._adviser, self._place, self._at
        if not adviser.replicas:
            return 0.0
        at[place] = there
        near = [adviser.boundaries[segment][rival] for rival in self._rivals(there, segment)]
        near = [boundary for boundary in near if not boundary.holds(at)]
        if not near:
            return 0.0
        steps = [0.0] * len(adviser.replicas)
        for boundary in near:
            for index, (normal, number) in enumerate(boundary.each):
                short = number - sum(map(mul, normal, at))
                if short > 0:
                    towards = normal[place] if upward else -normal[place]
                    steps[index] = max(steps[index], short / towards if towards > 0 else math.inf)
        return sorted(steps)[adviser.needed - 1]

    def _rivals(self, there: float, segment: int) -> tuple[int, ...]:
        """Return the two other segments with the nearest centroids, or the only one."""
        squared = [(there - centre) ** 2 + off for centre, off in zip(self._centres, self._off, strict=True)]
        squared[segment] = math.inf
        first = squared.index(min(squared))
        squared[first] = math.inf
        least = min(squared)
        return (first, squared.index(least)) if least < math.inf else (first,)
