"""The model over a numpy array: the tree as a table of cells, the distances column by column."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.scales import scaled as on_scale
from segmentation.tree import LEAF

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.answers.confidence import ConfidenceTable
    from segmentation.model import SegmentModel

UNSEGMENTED: Final = -1
# Rows computed at once: about as many as a core's cache holds.
_CHUNK: Final = 16_384
_WORKERS: Final = 2
# A tree's cells are the product of its features' intervals: 64 leaves on 3 features are under 10,000.
MOST_CELLS: Final = 4_000_000


class BatchPredictor:
    """Answers many customers at once, exactly as `SegmentModel.predict` answers each.

    An axis-parallel tree is constant on the cells its cuts make. The cell of a row is found by one binary search a
    feature, its segment by one look-up, whatever the tree's depth.

    Parameters
    ----------
    most_cells
        The most cells to hold in memory; a tree with more is walked node by node, to the same answers.
    """

    def __init__(self, model: SegmentModel, *, most_cells: int = MOST_CELLS) -> None:
        self._model = model
        self._cuts = {feature: np.array(cuts) for feature, cuts in model.tree.cuts.items()}
        sizes = [len(cuts) + 1 for cuts in self._cuts.values()]
        self._strides = {
            feature: int(np.prod(sizes[place + 1 :], dtype=np.int64)) for place, feature in enumerate(self._cuts)
        }
        # In float64, since a product of int64 could wrap around to a number that looks small.
        cells = int(np.prod(sizes, dtype=np.float64))
        self._table = self._fill(sizes) if cells <= most_cells else None
        self._minimum = np.array([feature.minimum for feature in model.schema.features])
        self._maximum = np.array([feature.maximum for feature in model.schema.features])

    @property
    def cells(self) -> tuple[dict[int, NDArray[np.float64]], dict[int, int], NDArray[np.int8]] | None:
        """The tree as a table, None if it would be too large: cuts and stride of each input split on, and segments.

        A row's cell is the sum, over these inputs, of the stride times the number of cuts below its value.
        """
        return None if self._table is None else (self._cuts, self._strides, self._table)

    def segments(self, values: NDArray[np.float64]) -> NDArray[np.int8]:
        """Return the segment index of each row of (n, d) values in schema order.

        -1 if a cluster feature is missing (NaN) or a value is out of bounds; a missing profile value decides nothing.
        """
        return self._run(values, with_confidence=False)[0]

    def segments_with_confidence(
        self, values: NDArray[np.float64]
    ) -> tuple[NDArray[np.int8], NDArray[np.float64], NDArray[np.bool_]]:
        """Return segment index (-1 as in `segments`), confidence (NaN there) and whether borderline, each (n,)."""
        segment, confidence, borderline = self._run(values, with_confidence=True)
        return segment, confidence, borderline

    def _run(
        self, values: NDArray[np.float64], *, with_confidence: bool
    ) -> tuple[NDArray[np.int8], NDArray[np.float64], NDArray[np.bool_]]:
        rows = len(values)
        segment = np.empty(rows, dtype=np.int8)
        size = rows if with_confidence else 0
        confidence, borderline = np.empty(size), np.empty(size, dtype=bool)

        def work(start: int) -> None:
            part = slice(start, start + _CHUNK)
            columns = self._columns(values[part])
            inputs = [*columns, *self._indicators(columns)]
            found = self._cells(inputs) if self._table is not None else self._walk(inputs)
            if (bad := self._unusable(columns)) is not None:
                found[bad] = UNSEGMENTED
            segment[part] = found
            if with_confidence:
                # Values that will be refused below may be large enough to overflow.
                with np.errstate(over="ignore", invalid="ignore"):
                    confidence[part], borderline[part] = self._confidence(inputs, found)
                if bad is not None:
                    confidence[part][bad], borderline[part][bad] = np.nan, False

        starts = range(0, rows, _CHUNK)
        if rows <= _CHUNK:
            for start in starts:
                work(start)
        else:
            # numpy releases the GIL on arrays of this size, and each call writes its own slice: no lock is needed.
            with ThreadPoolExecutor(_WORKERS) as pool:
                # The list raises what a thread raised; `map` alone would keep it to itself.
                list(pool.map(work, starts))
        return segment, confidence, borderline

    def _columns(self, values: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return one contiguous column a feature, with `SegmentModel.fill` in place of missing profile values."""
        columns = [np.ascontiguousarray(column, dtype=np.float64) for column in values.T]
        for index, column in enumerate(columns):
            if index not in self._model.schema.cluster_indices:
                missing = np.isnan(column)
                if missing.any():
                    columns[index] = np.where(missing, self._model.fill[index], column)
        return columns

    def _indicators(self, columns: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
        return [(columns[one.owner] == one.code).astype(np.float64) for one in self._model.schema.indicators]

    def _unusable(self, columns: list[NDArray[np.float64]]) -> NDArray[np.bool_] | None:
        """Return the rows with a missing or impossible value; None if there are none."""
        bad: NDArray[np.bool_] | None = None
        for column, minimum, maximum in zip(columns, self._minimum, self._maximum, strict=True):
            # Two passes tell for most columns that nothing is wrong, with no new array; NaN fails it too.
            if not (column.min(initial=maximum) >= minimum and column.max(initial=minimum) <= maximum):
                outside = ~((column >= minimum) & (column <= maximum))
                bad = outside if bad is None else bad | outside
        return bad

    def _cells(self, columns: list[NDArray[np.float64]]) -> NDArray[np.int8]:
        assert self._table is not None  # noqa: S101 - for the type checker: the caller has looked
        cell = np.zeros(len(columns[0]), dtype=np.intp)
        for feature, cuts in self._cuts.items():
            cell += cuts.searchsorted(columns[feature], side="left") * self._strides[feature]
        return self._table[cell]

    def _walk(self, columns: list[NDArray[np.float64]]) -> NDArray[np.int8]:
        """Follow the nodes level by level: for trees over so many features that a table would be too large."""
        tree = self._model.tree
        feature, cut = np.array(tree.feature), np.array(tree.cut)
        left, right, segment = np.array(tree.left), np.array(tree.right), np.array(tree.segment, dtype=np.int8)
        node = np.zeros(len(columns[0]), dtype=np.intp)
        table = np.column_stack(columns)
        while True:
            (inner,) = np.nonzero(feature[node] != LEAF)
            if not len(inner):
                return segment[node]
            at = node[inner]
            node[inner] = np.where(table[inner, feature[at]] <= cut[at], left[at], right[at])

    def _confidence(
        self, columns: list[NDArray[np.float64]], answer: NDArray[np.int8]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        model = self._model
        features = model.schema.inputs
        scaled = [
            (on_scale(columns[i], features[i]) - model.mean[i]) * model.factor[i] for i in model.schema.cluster_inputs
        ]
        first = np.full(len(answer), np.inf)
        second = np.full(len(answer), np.inf)
        nearest = np.zeros(len(answer), dtype=np.int8)
        for index, centroid in enumerate(model.centroids):
            total = np.zeros(len(answer))
            for column, centre in zip(scaled, centroid, strict=True):
                off = column - centre
                off *= off
                total += off
            # Strictly less: of equal distances the lower index wins, as in `SegmentModel.predict`.
            nearest[total < first] = index
            np.minimum(second, np.maximum(first, total), out=second)
            np.minimum(first, total, out=first)
        margin = 1.0 - np.sqrt(first) / np.sqrt(second)
        margin[second == 0] = 0.0
        confidence = margin if model.confidence is None else _confidence_of(margin, model.confidence)
        return confidence, (confidence < model.borderline_below) | (nearest != answer)

    def _fill(self, sizes: list[int]) -> NDArray[np.int8]:
        """Write each leaf's segment into the block of cells its rules span."""
        tree = self._model.tree
        table = np.zeros(sizes, dtype=np.int8)
        place = {feature: axis for axis, feature in enumerate(self._cuts)}
        stack = [(0, tuple(slice(0, size) for size in sizes))]
        while stack:
            node, block = stack.pop()
            feature = tree.feature[node]
            if feature == LEAF:
                table[block] = tree.segment[node]
                continue
            axis = place[feature]
            at = int(self._cuts[feature].searchsorted(tree.cut[node], side="left")) + 1
            here = block[axis]
            stack.append((tree.left[node], (*block[:axis], slice(here.start, min(here.stop, at)), *block[axis + 1 :])))
            stack.append((tree.right[node], (*block[:axis], slice(max(here.start, at), here.stop), *block[axis + 1 :])))
        return table.ravel()


def _confidence_of(margin: NDArray[np.float64], table: ConfidenceTable) -> NDArray[np.float64]:
    """Do what `ConfidenceTable.of` does, with its roundings."""
    starts, at, slopes = (np.array(column) for column in zip(*table.pieces, strict=True))
    # A margin that is NaN belongs to a row that is refused; it must only not be out of range here.
    piece = np.minimum(starts.searchsorted(margin, side="right"), len(starts)) - 1
    return np.asarray(at[piece] + (margin - starts[piece]) * slopes[piece])
