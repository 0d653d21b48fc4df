"""A decision tree as plain data: walking it, saying which rules led to a leaf, finding the smallest way out of it.

A tree goes left if ``value <= cut``. The cuts are float64 and reproduce scikit-learn's float32 comparison exactly
(see `distillation.exact_cut`), so this walk and `DecisionTreeClassifier.predict` never differ.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from segmentation.schema import Schema

LEAF: Final = -1
# Beyond this many digits a rounded suggestion would be no easier to read than the exact value.
_MAX_SHOWN_DECIMALS: Final = 8


@dataclass(frozen=True, slots=True)
class Interval:
    """The values above `low` (exclusive) and up to `high` (inclusive); infinite without a limit."""

    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True, slots=True)
class Step:
    """One feature moved to `value`, as little as possible, so that the tree answers `segment`."""

    feature: int
    value: float
    segment: int


@dataclass(frozen=True)
class DecisionTree:
    """Nodes in parallel tuples; node 0 is the root.

    Parameters
    ----------
    feature
        Index of the feature each node splits on; -1 at a leaf.
    cut
        The node's cut in the feature's unit; 0 at a leaf.
    left, right
        Child nodes, always later than their parent; -1 at a leaf.
    segment
        Index of the segment the node answers (its majority, at inner nodes).
    """

    # Cells are the product of the features' intervals: 64 leaves on two features make about a thousand. A tree with
    # more than this many is walked for each suggestion instead of being laid out as a table.
    most_cells: ClassVar[int] = 100_000

    feature: tuple[int, ...]
    cut: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    segment: tuple[int, ...]

    @cached_property
    def leaves(self) -> int:
        """Number of leaves."""
        return sum(1 for feature in self.feature if feature == LEAF)

    @cached_property
    def cuts(self) -> dict[int, tuple[float, ...]]:
        """The distinct cuts of each feature that is split on, ascending."""
        found: dict[int, set[float]] = {}
        for feature, cut in zip(self.feature, self.cut, strict=True):
            if feature != LEAF:
                found.setdefault(feature, set()).add(cut)
        return {feature: tuple(sorted(cuts)) for feature, cuts in sorted(found.items())}

    def leaf_of(self, x: Sequence[float]) -> int:
        """Return the leaf, a node index, that one value vector in schema order ends at."""
        # Local names, since this loop runs for every customer.
        node, features, cuts, lefts, rights = 0, self.feature, self.cut, self.left, self.right
        while (feature := features[node]) >= 0:
            node = lefts[node] if x[feature] <= cuts[node] else rights[node]
        return node

    def segment_of(self, x: Sequence[float]) -> int:
        """Return the segment index of one value vector in schema order."""
        return self.segment[self.leaf_of(x)]

    def path(self, x: Sequence[float]) -> dict[int, Interval]:
        """Return the rules that lead to `x`'s leaf, merged to one interval per feature, in feature order."""
        bounds: dict[int, Interval] = {}
        node = 0
        while (feature := self.feature[node]) != LEAF:
            cut, old = self.cut[node], bounds.get(feature, Interval())
            if x[feature] <= cut:
                bounds[feature], node = Interval(old.low, min(old.high, cut)), self.left[node]
            else:
                bounds[feature], node = Interval(max(old.low, cut), old.high), self.right[node]
        return dict(sorted(bounds.items()))

    def smallest_steps(
        self,
        x: Sequence[float],
        limits: Sequence[tuple[float, float]],
        scale: Sequence[float],
        decimals: Sequence[int],
    ) -> list[Step]:
        """Find, for each other segment one feature alone can reach, the smallest change that reaches it.

        Parameters
        ----------
        x
            The value vector to start from.
        limits
            Inclusive (minimum, maximum) of each feature; no step leaves them.
        scale
            What makes changes of different features comparable, usually the standard deviation.
        decimals
            Digits after the point to round a step outward to, if that still reaches the segment.

        Returns
        -------
        list[Step]
            At most one step a segment, smallest scaled change first; each one, applied, gives its segment.

        Examples
        --------
        >>> tree = DecisionTree((0, -1, -1), (50.5, 0.0, 0.0), (1, -1, -1), (2, -1, -1), (0, 0, 1))
        >>> tree.smallest_steps([40.0], limits=[(0.0, 100.0)], scale=[10.0], decimals=[0])
        [Step(feature=0, value=51.0, segment=1)]
        """
        best: dict[int, tuple[float, Step]] = {}
        for feature, segment, low, high in self._ways_out(x):
            value = _nearest_inside(x[feature], low, high, limits[feature], decimals[feature])
            if value is not None:
                distance = abs(value - x[feature]) / scale[feature]
                if segment not in best or distance < best[segment][0]:
                    best[segment] = (distance, Step(feature, value, segment))
        return [step for _, step in sorted(best.values(), key=lambda item: (item[0], item[1].segment))]

    def runs(self, feature: int, x: Sequence[float]) -> Sequence[tuple[float, float, int]]:
        """Return the segments along one feature, the others as in `x`: (low, high, segment), ascending.

        Each run begins above its low, ends at its high, and is of another segment than its neighbours.
        """
        if feature not in self.cuts:
            return [(-math.inf, math.inf, self.segment_of(x))]
        if self._cells is None:  # there may be more lines than fit into memory
            return self._runs(feature, self._line(feature, x))
        # Customers on the same line of cells have the same runs.
        line = feature, self._offset(feature, x)
        found = self._runs_by_line.get(line)
        if found is None:
            found = self._runs_by_line[line] = self._runs(feature, self._line(feature, x))
        return found

    def _runs(self, feature: int, line: Sequence[int]) -> tuple[tuple[float, float, int], ...]:
        found: list[tuple[float, float, int]] = []
        low = -math.inf
        for high, segment in zip((*self.cuts[feature], math.inf), line, strict=True):
            if found and found[-1][2] == segment:
                found[-1] = (found[-1][0], high, segment)
            else:
                found.append((low, high, segment))
            low = high
        return tuple(found)

    @cached_property
    def _runs_by_line(self) -> dict[tuple[int, int], tuple[tuple[float, float, int], ...]]:
        return {}

    def _ways_out(self, x: Sequence[float]) -> tuple[tuple[int, int, float, float], ...]:
        """Return the nearest interval of each other segment, up and down each feature: (feature, segment, low, high).

        Customers in the same cell have the same ways out, so each cell is searched once.
        """
        cell = tuple([bisect_left(cuts, x[feature]) for feature, cuts in self.cuts.items()])
        found = self._ways_by_cell.get(cell)
        if found is None:
            found = tuple(self._search_ways_out(cell, x))
            if self._cells is not None:  # else there may be more cells than fit into memory
                self._ways_by_cell[cell] = found
        return found

    def _search_ways_out(self, cell: Sequence[int], x: Sequence[float]) -> Iterator[tuple[int, int, float, float]]:
        home = self.segment_of(x)
        for here, (feature, cuts) in zip(cell, self.cuts.items(), strict=True):
            line = self._line(feature, x)
            for side in (range(here + 1, len(cuts) + 1), range(here - 1, -1, -1)):
                # The first interval of a segment on this side is the nearest; those behind it need no look.
                seen = {home}
                for there in side:
                    if line[there] not in seen:
                        seen.add(line[there])
                        low = cuts[there - 1] if there else -math.inf
                        yield feature, line[there], low, cuts[there] if there < len(cuts) else math.inf

    @cached_property
    def _ways_by_cell(self) -> dict[tuple[int, ...], tuple[tuple[int, int, float, float], ...]]:
        return {}

    def _line(self, feature: int, x: Sequence[float]) -> Sequence[int]:
        """Return the segments along one feature's intervals, lowest first, the other features as in `x`."""
        if self._cells is None:
            values = (*self.cuts[feature], math.inf)
            return [self.segment_of([*x[:feature], value, *x[feature + 1 :]]) for value in values]
        offset, stride = self._offset(feature, x), self._axes[feature][0]
        return self._cells[offset : offset + stride * (len(self.cuts[feature]) + 1) : stride]

    def _offset(self, feature: int, x: Sequence[float]) -> int:
        """Return where the line through `x` along one feature begins in `_cells`."""
        offset = 0
        for other, (step, cuts) in self._axes.items():
            if other != feature:
                offset += bisect_left(cuts, x[other]) * step
        return offset

    @cached_property
    def _axes(self) -> dict[int, tuple[int, tuple[float, ...]]]:
        """Per feature split on: how far apart its neighbouring cells are in `_cells`, and its cuts."""
        axes, step = {}, 1
        for feature, cuts in reversed(self.cuts.items()):
            axes[feature] = (step, cuts)
            step *= len(cuts) + 1
        return axes

    @cached_property
    def _cells(self) -> tuple[int, ...] | None:
        """The segment of every cell the cuts make, None if there are more than `most_cells`."""
        edges = [(*cuts, math.inf) for cuts in self.cuts.values()]
        if math.prod(len(part) for part in edges) > self.most_cells:
            return None
        x = [0.0] * (max(self.cuts, default=0) + 1)
        found = []
        for corner in product(*edges):
            for feature, value in zip(self.cuts, corner, strict=True):
                x[feature] = value
            found.append(self.segment_of(x))
        return tuple(found)

    def check(self, features: int, segments: int) -> None:
        """Verify every index, so that a walk from any input ends at a leaf of a known segment.

        Raises
        ------
        ValueError
            When a node points outside the tree, backwards, or at an unknown feature or segment, or a cut is not finite.
        """
        size = len(self.feature)
        if not size or any(len(part) != size for part in (self.cut, self.left, self.right, self.segment)):
            raise ValueError("the tree's parts differ in length")
        indices = (*self.feature, *self.left, *self.right, *self.segment)
        # JSON's 1.0 would pass the comparisons below and fail as an index when the first customer comes.
        if not all(isinstance(index, int) for index in indices):
            raise ValueError("an index of the tree is not a whole number")
        for node in range(size):
            leaf = self.feature[node] == LEAF
            children = (self.left[node], self.right[node])
            if not 0 <= self.segment[node] < segments or not math.isfinite(self.cut[node]):
                raise ValueError(f"tree node {node} has an unknown segment or no finite cut")
            if leaf and children != (LEAF, LEAF):
                raise ValueError(f"tree leaf {node} has children")
            # Children after their parent: no walk can go round in circles.
            if not leaf and not (0 <= self.feature[node] < features and all(node < child < size for child in children)):
                raise ValueError(f"tree node {node} points outside the tree")


def smallest_steps(tree: DecisionTree, x: Sequence[float], schema: Schema, scale: Sequence[float]) -> list[Step]:
    """Find the smallest changes of features, as `DecisionTree.smallest_steps` finds them of inputs.

    Parameters
    ----------
    x
        The inputs to start from.
    scale
        What makes changes of different inputs comparable.
    """
    limits = [(feature.minimum, feature.maximum) for feature in schema.inputs]
    steps = tree.smallest_steps(x, limits, scale, [feature.decimals for feature in schema.inputs])
    if not schema.indicators:
        return steps
    numbers = (step for step in steps if step.feature < len(schema.features))
    best = {step.segment: (abs(step.value - x[step.feature]) / scale[step.feature], step) for step in numbers}
    values, home = x[: len(schema.features)], tree.segment_of(x)
    for place, one in enumerate(schema.indicators, start=len(schema.features)):
        there = schema.expanded([float(one.code) if i == one.owner else value for i, value in enumerate(values)])
        segment, distance = tree.segment_of(there), math.sqrt(2) / scale[place]
        if segment != home and (segment not in best or distance < best[segment][0]):
            best[segment] = (distance, Step(one.owner, float(one.code), segment))
    return [step for _, step in sorted(best.values(), key=lambda item: (item[0], item[1].segment))]


def _nearest_inside(start: float, low: float, high: float, limits: tuple[float, float], decimals: int) -> float | None:
    """Return the value nearest to `start`, which is outside, above `low`, at most `high`, and within `limits`.

    Rounded to `decimals` or a few more digits if that stays inside; None if the limits leave nothing.
    """
    minimum, maximum = limits
    upward = start <= low
    # An interval is open below: the first value in it is the float next above its lower end.
    first = max(minimum, math.nextafter(low, math.inf))
    last = min(maximum, high)
    if first > last:
        return None
    exact = first if upward else last
    # A rounded value may leave the interval, or the limits, when the two are closer than a digit is wide.
    for digits in range(decimals, _MAX_SHOWN_DECIMALS + 1):
        unit = 10.0**digits
        rounded = (math.ceil(exact * unit) if upward else math.floor(exact * unit)) / unit
        if first <= rounded <= last:
            return rounded
    return exact
