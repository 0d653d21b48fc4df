"""A decision tree as the table that the kernel looks its answers up in, made without numpy."""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import product
from typing import TYPE_CHECKING

from segmentation.tree import LEAF

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segmentation.tree import DecisionTree


def cell_count(tree: DecisionTree) -> int:
    """Return how many cells the cuts of a tree make."""
    return math.prod(len(cuts) + 1 for cuts in tree.cuts.values())


def strides_of(tree: DecisionTree) -> Mapping[int, int]:
    """Return how far apart neighbouring cells are in the table, for each feature that is split on.

    A row's cell is the sum, over these features, of the stride times the number of cuts below its value.
    """
    strides, step = {}, 1
    for feature, cuts in reversed(tree.cuts.items()):
        strides[feature] = step
        step *= len(cuts) + 1
    return strides


def filled_cells(tree: DecisionTree) -> bytearray:
    """Return the table: a byte for each cell, its segment."""
    sizes = [len(cuts) + 1 for cuts in tree.cuts.values()]
    strides = list(strides_of(tree).values())[::-1]
    place = {feature: axis for axis, feature in enumerate(tree.cuts)}
    table = bytearray(math.prod(sizes))
    stack = [(0, tuple(range(size) for size in sizes))]
    while stack:
        node, block = stack.pop()
        feature = tree.feature[node]
        if feature == LEAF:
            # Each leaf's segment into the block of cells that its rules span, run by run along the last feature.
            *outer, last = block or [range(1)]
            for corner in product(*outer):
                start = sum(at * stride for at, stride in zip(corner, strides, strict=False)) + last.start
                table[start : start + len(last)] = bytes([tree.segment[node]]) * len(last)
            continue
        axis = place[feature]
        at, here = bisect_left(tree.cuts[feature], tree.cut[node]) + 1, block[axis]
        below, above = range(here.start, min(here.stop, at)), range(max(here.start, at), here.stop)
        stack.append((tree.left[node], (*block[:axis], below, *block[axis + 1 :])))
        stack.append((tree.right[node], (*block[:axis], above, *block[axis + 1 :])))
    return table
