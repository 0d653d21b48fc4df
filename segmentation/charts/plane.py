"""The plane a segment map is drawn on: its axes, the decision tree's regions, customers and centroids."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, to_hex, to_rgb
from matplotlib.ticker import MaxNLocator

from segmentation.charts.sheet import INK, WIDTH, Array, Label, Sheet, wrap
from segmentation.model import SegmentModel
from segmentation.palette import look_of
from segmentation.schema import Feature

MAX_POINTS: Final = 3000
# A region's share of its segment's colour; the rest is white.
TINT: Final = 0.22
_SMALL_AREA: Final = 20  # in square points
_MILLION: Final = 1e6


@dataclass(frozen=True, slots=True)
class Axis:
    """One feature as an axis: its position in the schema, and the range shown, in its unit."""

    index: int
    feature: Feature
    low: float
    high: float

    def inside(self, values: Array) -> npt.NDArray[np.bool_]:
        """Tell which of `values`, shape (n,), are shown."""
        return (values >= self.low) & (values <= self.high)


@dataclass(frozen=True, slots=True)
class Plane:
    """The two features the map spans; `y` is None when there is only one, and points are then spread over 0 to 1."""

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
        """Return the rows of `customers`, shape (n, features), that are shown, at most `MAX_POINTS` of them."""
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


def plane_of(model: SegmentModel, customers: Array, customer: Array | None) -> Plane:
    """Choose the plane for a model, customers, shape (n, features), and one to point out, shape (features,)."""
    axes = [_axis(model, index, customers, customer) for index in model.schema.cluster_indices[:2]]
    return Plane(axes[0], axes[1] if len(axes) > 1 else None)


def joint(one: Plane, other: Plane) -> Plane:
    """Widen one plane to show what another one does too, which has the same axes."""
    wide = [
        replace(mine, low=min(mine.low, theirs.low), high=max(mine.high, theirs.high))
        for mine, theirs in zip(one.axes, other.axes, strict=True)
    ]
    return Plane(wide[0], wide[1] if len(wide) > 1 else None)


def _axis(model: SegmentModel, index: int, customers: Array, customer: Array | None) -> Axis:
    """Choose the range of a feature to show: the segments' span, widened to points at most one span away."""
    feature = model.schema.features[index]
    ends = [end for s in model.segments for end in (s.low[index], s.mean[index], s.high[index])]
    low, high = min(ends), max(ends)
    span = (high - low) or (feature.maximum - feature.minimum) * 0.1
    # One far outlier must not squeeze everything else into a corner.
    values = customers[:, index] if customer is None else np.append(customers[:, index], customer[index])
    near = values[(values >= low - span) & (values <= high + span)]
    low, high = min([low, *near.tolist()]), max([high, *near.tolist()])
    pad = 0.07 * ((high - low) or span)
    return Axis(index, feature, max(low - pad, feature.minimum), min(high + pad, feature.maximum))


def draw_regions(
    axes: Axes, model: SegmentModel, plane: Plane, typical: Sequence[float], names: Sequence[str] = ()
) -> None:
    """Tint what the decision tree answers across the plane, exactly: one cell between any two neighbouring cuts.

    Parameters
    ----------
    typical
        Values, shape (features,), of the features that are no axis.
    names
        Among which segments the colours are chosen; the model's own by default.
    """
    edges = [_edges(model, axis) for axis in plane.axes]
    xs, ys = edges[0], edges[1] if plane.y is not None else [0.0, 1.0]
    cells = np.empty((len(ys) - 1, len(xs) - 1), dtype=int)
    vector = [float(value) for value in typical]
    for row, (bottom, top) in enumerate(pairwise(ys)):
        if plane.y is not None:
            vector[plane.y.index] = (bottom + top) / 2
        for column, (left, right) in enumerate(pairwise(xs)):
            vector[plane.x.index] = (left + right) / 2
            cells[row, column] = model.tree.segment_of(vector)
    tints = [mix(look_of(name, names or model.names).colour, TINT, towards=1.0) for name in model.names]
    axes.pcolormesh(
        xs,
        ys,
        cells,
        cmap=ListedColormap(tints),
        vmin=-0.5,
        vmax=len(tints) - 0.5,
        antialiased=False,
        zorder=0,
    )
    upright = [
        [(xs[c + 1], ys[r]), (xs[c + 1], ys[r + 1])] for r, c in np.argwhere(cells[:, 1:] != cells[:, :-1]).tolist()
    ]
    level = [[(xs[c], ys[r + 1]), (xs[c + 1], ys[r + 1])] for r, c in np.argwhere(cells[1:] != cells[:-1]).tolist()]
    axes.add_collection(LineCollection(upright + level, colors="white", linewidths=1.4, zorder=1), autolim=False)


def _edges(model: SegmentModel, axis: Axis) -> list[float]:
    cuts = model.tree.cuts.get(axis.index, ())
    return [axis.low, *(cut for cut in cuts if axis.low < cut < axis.high), axis.high]


def draw_points(axes: Axes, model: SegmentModel, plane: Plane, customers: Array) -> Array:
    """Draw customers in their segments' colours and shapes; return their positions, shape (n, 2)."""
    positions = plane.project(customers, spread=True)
    answers = np.array([model.tree.segment_of(row) for row in customers.tolist()], dtype=int)
    # Fewer points can afford to be larger.
    area = float(np.clip(9000 / max(len(customers), 1), 10, 34))
    for i, name in enumerate(model.names):
        look = look_of(name, model.names)
        mine = positions[answers == i]
        axes.scatter(
            mine[:, 0],
            mine[:, 1],
            s=area,
            c=look.colour,
            marker=look.marker,
            alpha=0.85,
            linewidths=0.5 if area > _SMALL_AREA else 0.25,
            # On a tint of its own colour a light marker is only seen by its edge.
            edgecolors=mix(look.colour, 0.6, towards=0.0),
            zorder=2,
            clip_on=False,
        )
    return positions


def draw_centroids(
    sheet: Sheet,
    axes: Axes,
    model: SegmentModel,
    plane: Plane,
    customer: Array | None,
    seen: Array,
    names: Sequence[str] = (),
) -> None:
    """Draw and name the centroids and the highlighted customer; `seen` are the points names should not cover.

    Colours are chosen among `names`, the model's own by default.
    """
    centroids = plane.project(np.array([segment.mean for segment in model.segments], dtype=np.float64))
    labels = []
    for name, position, (x, y) in zip(model.names, centroids, sheet.pixels(axes, centroids), strict=True):
        look = look_of(name, names or model.names)
        axes.plot(
            *position,
            look.marker,
            markersize=13,
            color=look.colour,
            mec=INK,
            mew=1.4,
            zorder=4,
            clip_on=False,
        )
        labels.append(Label(name, x, y, 17, "bold"))
    if customer is not None:
        wanted = plane.project(customer[np.newaxis])
        bottom, top = plane.y_extent
        star = np.clip(wanted, [plane.x.low, bottom], [plane.x.high, top])
        axes.plot(*star[0], "*", markersize=21, color=INK, mec="white", mew=1.4, zorder=5, clip_on=False)
        axes.axvline(star[0, 0], color=INK, linewidth=0.9, linestyle=(0, (2, 3)), zorder=1.5)
        if plane.y is not None:
            axes.axhline(star[0, 1], color=INK, linewidth=0.9, linestyle=(0, (2, 3)), zorder=1.5)
        outside = "" if np.array_equal(star, wanted) else " (off the map)"
        x, y = sheet.pixels(axes, star)[0]
        labels.append(Label("This customer" + outside, x, y, 21))
    # A few hundred points say where it is crowded as well as all of them.
    crowd = sheet.pixels(axes, seen[:: max(1, len(seen) // 300)])
    sheet.place(axes, labels, crowd, 0.6)


def axis_title(feature: Feature, room: float = 0.85 * WIDTH) -> str:
    """Return what is written along an axis, cut to `room` pixels."""
    unit = f" ({feature.unit})" if feature.unit else ""
    return wrap(feature.label + unit, room, lines=1)


def ticks_between(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Choose round values from `low` to `high`, and write each with just the digits that tell it from the next."""
    locator = MaxNLocator(most, steps=[1, 2, 5, 10])
    values = [float(value) for value in locator.tick_values(low, high) if low <= value <= high]
    step = values[1] - values[0] if len(values) > 1 else (abs(high) or 1.0)
    scale, suffix = (_MILLION, "M") if max(map(abs, values), default=0) >= _MILLION else (1.0, "")
    decimals = max(0, -math.floor(math.log10(step / scale)))
    return [(value, f"{value / scale + 0.0:,.{decimals}f}{suffix}") for value in values]


def mix(colour: str, share: float, towards: float) -> str:
    """Return a colour of which only `share` is left, the rest being black (0) or white (1)."""
    red, green, blue = (towards + share * (part - towards) for part in to_rgb(colour))
    return to_hex((red, green, blue))
