"""The ranges a model learned from, feature by feature, and what is far outside them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from segmentation.tree import Interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segmentation.answers.explanation import Segment
    from segmentation.schema import Schema

Ranges = tuple[tuple[int, float, float], ...]


def learned_ranges(schema: Schema, segments: Sequence[Segment], seen: Sequence[tuple[float, float]] | None) -> Ranges:
    """Return, per cluster feature that is a number, its index and the range it was learned from, in its unit.

    Parameters
    ----------
    seen
        The ranges that the model keeps, one per cluster feature. If it keeps none, they are estimated from where most
        of the segments' customers are.
    """
    if seen is not None:
        pairs = zip(schema.cluster_indices, seen, strict=True)
        return tuple((i, *ends) for i, ends in pairs if not schema.features[i].is_category)
    found = []
    for i in schema.cluster_indices:
        if schema.features[i].is_category:
            continue
        low = min(low for segment in segments if (low := segment.low[i]) is not None)
        high = max(high for segment in segments if (high := segment.high[i]) is not None)
        beyond, feature = (high - low) / 2, schema.features[i]
        found.append((i, max(feature.minimum, low - beyond), min(feature.maximum, high + beyond)))
    return tuple(found)


def near_ranges(schema: Schema, learned: Ranges, deviation: Sequence[float]) -> Ranges:
    """Return, per cluster feature, its index and the range beyond which a value is far outside the learned one.

    It is as wide again on either side, on the feature's scale: nothing near it tells which segment is right out there.

    Parameters
    ----------
    deviation
        Per feature in schema order: the standard deviation of the training customers on the feature's scale. The range
        is widened by no less.
    """
    found = []
    for i, lowest, highest in learned:
        feature = schema.features[i]
        low, high = feature.scaled(lowest), feature.scaled(highest)
        beyond = max(high - low, deviation[i])
        found.append((i, feature.unscaled(low - beyond), feature.unscaled(high + beyond)))
    return tuple(found)


def within_reach(path: Mapping[int, Interval], near: Ranges) -> dict[int, Interval]:
    """Return a path's intervals without the ends that no customer comes near: they are the tree's, not people's.

    Parameters
    ----------
    path
        As `DecisionTree.path` returns it.
    near
        As `near_ranges` returns it.
    """
    reach = {i: (least, most) for i, least, most in near}
    found = {}
    for i, interval in path.items():
        least, most = reach.get(i, (-math.inf, math.inf))
        low = interval.low if interval.low > least else -math.inf
        high = interval.high if interval.high < most else math.inf
        if math.isfinite(low) or math.isfinite(high):
            found[i] = Interval(low, high)
    return found
