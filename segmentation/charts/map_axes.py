"""The axes of a segment map: which two features they show, and over which ranges."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from segmentation.charts.sheet.labels import Array
from segmentation.charts.sheet.sheet import WIDTH, log_ticks, ticks_between
from segmentation.charts.sheet.text import wrap
from segmentation.density import Density, shown_on_map
from segmentation.model import SegmentModel
from segmentation.scales import scaled
from segmentation.schema import Feature

MAX_POINTS: Final = 3000
HOLLOW: Final = "hollow: a close call"
DARKER: Final = "darker where there are more customers"


@dataclass(frozen=True, slots=True)
class Axis:
    """One feature as an axis: its index in the schema, and the range shown, in its unit."""

    index: int
    feature: Feature
    low: float
    high: float

    def show_on(self, axes: Axes, *, upwards: bool) -> None:
        """Give matplotlib's axes this range, on the feature's scale, along x or upwards."""
        axis, limit = (axes.yaxis, axes.set_ylim) if upwards else (axes.xaxis, axes.set_xlim)
        if self.feature.is_log:
            # Positions stay in the feature's unit; matplotlib places them by these.
            ways = (partial(scaled, feature=self.feature), partial(_unscaled, feature=self.feature))
            (axes.set_yscale if upwards else axes.set_xscale)("function", functions=ways)
            # Setting a scale brings ticks of its own.
            axis.set_major_locator(NullLocator())
            axis.set_minor_locator(NullLocator())
        limit(self.low, self.high)

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Choose at most about `most` round values in the range, each with its text."""
        if not self.feature.is_log:
            return ticks_between(self.low, self.high, most)
        return log_ticks(self.low, self.high, self.feature.minimum, most)

    def value(self, position: float) -> float:
        """Return the value at a position: the position itself, of a category the nearest code."""
        return float(round(position)) if self.feature.is_category else position

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

    def shows(self, density: Density | None) -> bool:
        """Say whether a density is one of customers over these features."""
        return density is not None and density.features == tuple(axis.feature.name for axis in self.axes)

    def show_on(self, axes: Axes) -> None:
        """Give matplotlib's axes both ranges and scales."""
        self.x.show_on(axes, upwards=False)
        if self.y is None:
            axes.set_ylim(*self.y_extent)
        else:
            self.y.show_on(axes, upwards=True)

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
    axes = [_axis(model, index, customers, customer) for index in shown_on_map(model.schema)]
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
    ends = [end for end in typical if end is not None] or [feature.minimum, feature.maximum]
    low, high = min(ends), max(ends)
    low, high = feature.scaled(low), feature.scaled(high)
    span = (high - low) or (feature.scaled(feature.maximum) - feature.scaled(feature.minimum)) * 0.1
    # One far outlier must not squeeze everything else into a corner.
    values = customers[:, index] if customer is None else np.append(customers[:, index], customer[index])
    values = scaled(values, feature)
    if model.density is not None and not len(customers):
        values = np.append(values, occupied(model.density, feature.name))
    near = values[(values >= low - span) & (values <= high + span)]
    low, high = min([low, *near.tolist()]), max([high, *near.tolist()])
    pad = 0.07 * ((high - low) or span)
    low, high = feature.unscaled(low - pad), feature.unscaled(high + pad)
    return Axis(index, feature, max(low, feature.minimum), min(high, feature.maximum))


def occupied(density: Density, name: str) -> Array:
    """Return the middles, on the feature's scale, of the cells along it that hold anybody; empty for other features."""
    if name not in density.features:
        return np.empty(0)
    at, counts = density.features.index(name), np.array(density.counts)
    cells = np.flatnonzero(counts.sum(axis=at))
    return np.asarray(density.low[at] + (cells + 0.5) * density.step[at])


def _unscaled(positions: Array, feature: Feature) -> Array:
    """Undo `scaled` also beyond the bounds, where labels may lie."""
    return np.asarray(feature.minimum + np.expm1(positions))


def axis_title(feature: Feature, room: float = 0.85 * WIDTH) -> str:
    """Return the text along an axis: label and unit, shortened to `room` pixels."""
    return wrap(feature.label_with_unit, room, lines=1)
