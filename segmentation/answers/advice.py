"""The smallest change of one feature that reliably leads to another segment: one that retrained models agree with.

A value just over the boundary of a segment is there by luck: half of all retrained models have the boundary beyond it.
So a step goes on to a place where the confidence is `RELIABLE` and `AGREEING` of the model's replicas answer the same.
The first is about all customers with that margin, the second about this very place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter, mul
from typing import Final, NamedTuple

from segmentation.answers.axis import Axis
from segmentation.answers.boundary import Boundary
from segmentation.answers.confidence import ConfidenceTable
from segmentation.answers.replica import Replica
from segmentation.schema import Indicator
from segmentation.tree import DecisionTree, Step

# A place with a confidence of .95 exactly held in .94 of the retrained models, so advice asks for a little more.
RELIABLE: Final = 0.97
AGREEING: Final = 0.95
# Beyond this many digits a rounded value would be no easier to read than the exact one.
_MOST_DECIMALS: Final = 8
_LEAST_MARGIN: Final = 1e-6
# Rounding and other rivals on the way may call for another look; more than a few would be a place to no purpose.
_MOST_ROUNDS: Final = 4
# Customers who differ in one feature are on one line, and values people state have few digits: a line comes again.
# Kept of all axes together, so that they take a few megabytes.
_MOST_LINES: Final = 4096


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
        home = self.tree.segment_of(x)
        best: dict[int, tuple[float, Step]] = {}
        for place, axis in enumerate(self.axes):
            if isinstance(axis.feature, Indicator):
                continue
            start, line = x[axis.index], self._line(place, x)
            for index, (low, high, segment) in enumerate(line.runs):
                if segment == home:
                    continue
                known, upward = best.get(segment), start <= low
                if known is not None and known[0] <= axis.apart(start, low if upward else high):
                    continue
                value = line.nearest(index, upward=upward)
                if value is None:
                    continue
                distance = axis.apart(start, value)
                if known is None or distance < known[0]:
                    best[segment] = (distance, Step(axis.index, value, segment))
        for change in self._changes:
            reached = self._reached(change, x)
            if reached is None or reached == home:
                continue
            if reached not in best or change.distance < best[reached][0]:
                best[reached] = (change.distance, Step(change.owner, float(change.code), reached))
        return [step for _, step in sorted(best.values(), key=lambda item: (item[0], item[1].segment))]

    @cached_property
    def _changes(self) -> tuple[_Change, ...]:
        """Every category that a customer could change to."""
        found = []
        for place, axis in enumerate(self.axes):
            if isinstance(one := axis.feature, Indicator):
                apart = math.sqrt(2) * axis.factor / one.weight  # two indicators differ by 1 each
                found.append(_Change(one.owner, one.code, place, axis.index, apart))
        return tuple(found)

    def _reached(self, change: _Change, x: Sequence[float]) -> int | None:
        """Return the segment of a customer who has another category, if that is reliable; None if not or no change."""
        if x[change.at]:
            return None
        there = list(x)
        there[change.owner] = change.code
        for axis in self.axes:
            if isinstance(one := axis.feature, Indicator) and one.owner == change.owner:
                there[axis.index] = float(one.code == change.code)
        segment = self.tree.segment_of(there)
        line = self._line(change.place, there)
        return segment if line.is_reliable(self.axes[change.place].scaled(1.0), segment) else None

    def _line(self, place: int, x: Sequence[float]) -> _Line:
        """Return the line through a customer along one axis, kept from another customer on it if there was one."""
        key, lines = self._others[place](x), self._lines[place]
        line = lines.get(key)
        if line is None:
            if len(lines) >= _MOST_LINES // len(self.axes):
                lines.clear()
            # No lock: two threads may lay the same line, and one is as good as the other.
            line = lines[key] = _Line(self, place, x)
        return line

    @cached_property
    def _lines(self) -> tuple[dict[object, _Line], ...]:
        """By axis the lines kept, each by what its customers have in common."""
        return tuple({} for _ in self.axes)

    @cached_property
    def _others(self) -> tuple[Callable[[Sequence[float]], object], ...]:
        """By axis what takes from a value vector everything else that distances and tree depend on."""
        deciding = sorted({*self.tree.cuts, *(axis.index for axis in self.axes)})
        others = [[i for i in deciding if i != axis.index] for axis in self.axes]
        return tuple(itemgetter(*indices) if indices else _nothing for indices in others)

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
    def boundaries(self) -> tuple[tuple[Boundary, ...], ...]:
        """By segment and rival the boundary between them."""
        every = range(len(self.centroids))
        return tuple(tuple(Boundary.of(self.replicas, segment, rival) for rival in every) for segment in every)


class _Change(NamedTuple):
    """A change to a category: its feature and code, where its indicator is, and how far away it is for a customer."""

    owner: int
    code: int
    place: int
    at: int
    distance: float


def _nothing(_x: Sequence[float]) -> None:
    """Stand for the other features if there are none."""


class _Line:
    """The line through a customer along one axis, in the scaled space; shared by all customers on it.

    Parameters
    ----------
    adviser
        Whose model it is.
    place
        Which of the adviser's axes it runs along.
    x
        The value vector of a customer on it, in schema order.
    """

    def __init__(self, adviser: Adviser, place: int, x: Sequence[float]) -> None:
        self._adviser, self._place, self._axis = adviser, place, adviser.axes[place]
        self.runs = adviser.tree.runs(self._axis.index, x)
        self._at = scaled = [axis.scaled(x[axis.index]) for axis in adviser.axes]
        self._centres = [centroid[place] for centroid in adviser.centroids]
        # The squared distance of the line from each centroid.
        self._off = []
        for centroid in adviser.centroids:
            total = 0.0
            for i, centre in enumerate(centroid):
                if i != place:
                    total += (scaled[i] - centre) ** 2
            self._off.append(total)
        self._nearest: dict[tuple[int, bool], float | None] = {}

    def nearest(self, run: int, *, upward: bool) -> float | None:
        """Return the first value from below (`upward`) or above that is reliably in a run's segment; None without one.

        Parameters
        ----------
        run
            Its index in `runs`.
        """
        key = run, upward
        if key not in self._nearest:
            low, high, segment = self.runs[run]
            axis = self._axis
            self._nearest[key] = self._search(
                segment, max(low, axis.below), min(high, axis.feature.maximum), upward=upward
            )
        return self._nearest[key]

    def _search(self, segment: int, low: float, high: float, *, upward: bool) -> float | None:
        """Return the first value above `low` and up to `high` that is reliably in a segment, or None."""
        axis = self._axis
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

    def is_reliable(self, there: float, segment: int) -> bool:
        """Say whether a place on the line is reliably in a segment."""
        clear = self._clear(segment)
        return clear is not None and clear[0] <= there <= clear[1] and self._further(there, segment, upward=True) == 0

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
        # The margin is large enough if d1 <= (1 - margin) * d2: the inside of a ball (Apollonius), and on the line
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
        adviser, place = self._adviser, self._place
        if not adviser.replicas:
            return 0.0
        at = [*self._at[:place], there, *self._at[place + 1 :]]
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
        first = second = math.inf
        nearest = next_nearest = -1
        for index, (centre, off) in enumerate(zip(self._centres, self._off, strict=True)):
            if index == segment:
                continue
            square = (there - centre) ** 2 + off
            if square < first:
                first, second, nearest, next_nearest = square, first, index, nearest
            elif square < second:
                second, next_nearest = square, index
        return (nearest, next_nearest) if second < math.inf else (nearest,)
