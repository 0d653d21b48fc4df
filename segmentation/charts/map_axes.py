"""The axes of a segment map: which two features they show, and over which ranges."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from segmentation.charts.labels import Array
from segmentation.charts.sheet import WIDTH
from segmentation.charts.text import wrap
from segmentation.model import SegmentModel
from segmentation.schema import Feature

MAX_POINTS: Final = 3000


@dataclass(frozen=True, slots=True)
class Axis:
    """One feature as an axis: its index in the schema, and the range shown, in its unit."""

    index: int
    feature: Feature
    low: float
    high: float

    def inside(self, values: Array) -> npt.NDArray[np.bool_]:
        """Say which of `values`, shape (n,), are shown."""
        return (values >= self.low) & (values <= self.high)


@dataclass(frozen=True, slots=True)
class MapAxes:
    """The two features that span the map; `y` is None if there is only one, and points then spread over 0 to 1."""

    x: Axis
    y: Axis | None

    @property
    def axes(self) -> list[Axis]:
        """The one or two axes."""
        return [self.x] if self.y is None else [self.x, self.y]

    @property
    def y_extent(self) -> tuple[float, float]:
        """The range shown upwards."""
        return (0.0, 1.0) if self.y is None else (self.y.low, self.y.high)

    def sample(self, customers: Array) -> Array:
        """Return the rows of `customers`, shape (n, features), inside both ranges: at most `MAX_POINTS` of them."""
        shown = np.ones(len(customers), dtype=bool)
        for axis in self.axes:
            shown &= axis.inside(customers[:, axis.index])
        rows = customers[shown]
        if len(rows) > MAX_POINTS:
            # The generator is seeded so that the same input gives the same picture.
            rows = rows[np.sort(np.random.default_rng(0).choice(len(rows), MAX_POINTS, replace=False))]
        return rows

    def project(self, vectors: Array, spread: bool = False) -> Array:
        """Return positions, shape (n, 2), of vectors, shape (n, features)."""
        x = vectors[:, self.x.index]
        if self.y is not None:
            return np.column_stack([x, vectors[:, self.y.index]])
        # Multiples of the golden ratio fill the strip evenly, whatever the order and number of points.
        golden = (np.arange(len(x)) * (math.sqrt(5) - 1) / 2) % 1.0
        return np.column_stack([x, 0.08 + 0.84 * golden if spread else np.full(len(x), 0.5)])


def map_axes_of(model: SegmentModel, customers: Array, customer: Array | None) -> MapAxes:
    """Choose the axes for a model, customers, shape (n, features), and one to point out, shape (features,)."""
    axes = [_axis(model, index, customers, customer) for index in model.schema.cluster_indices[:2]]
    return MapAxes(axes[0], axes[1] if len(axes) > 1 else None)


def widened(one: MapAxes, other: MapAxes) -> MapAxes:
    """Widen the ranges of `one` to include those of `other`, which has the same features."""
    wide = [
        replace(mine, low=min(mine.low, theirs.low), high=max(mine.high, theirs.high))
        for mine, theirs in zip(one.axes, other.axes, strict=True)
    ]
    return MapAxes(wide[0], wide[1] if len(wide) > 1 else None)


def _axis(model: SegmentModel, index: int, customers: Array, customer: Array | None) -> Axis:
    """Choose the range of a feature to show: the segments' span, widened to points at most one span away."""
    feature = model.schema.features[index]
    typical = [end for s in model.segments for end in (s.low[index], s.mean[index], s.high[index])]
    ends = [end for end in typical if end is not None]
    low, high = min(ends), max(ends)
    span = (high - low) or (feature.maximum - feature.minimum) * 0.1
    # One far outlier must not squeeze everything else into a corner.
    values = customers[:, index] if customer is None else np.append(customers[:, index], customer[index])
    near = values[(values >= low - span) & (values <= high + span)]
    low, high = min([low, *near.tolist()]), max([high, *near.tolist()])
    pad = 0.07 * ((high - low) or span)
    return Axis(index, feature, max(low - pad, feature.minimum), min(high + pad, feature.maximum))


def axis_title(feature: Feature, room: float = 0.85 * WIDTH) -> str:
    """Return the text along an axis: label and unit, shortened to `room` pixels."""
    return wrap(feature.label_with_unit, room, lines=1)
