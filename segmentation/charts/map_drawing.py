"""What a segment map shows: the decision tree's regions, customers, centroids and one customer pointed out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb

from segmentation.answers.explanation import Prediction
from segmentation.charts.density_bands import density_bands
from segmentation.charts.map_axes import Axis, MapAxes
from segmentation.charts.sheet.ink import GROUND, INK, edge_of, mix
from segmentation.charts.sheet.labels import Array, Label, pushed_apart
from segmentation.charts.sheet.legend import numbers_of
from segmentation.charts.sheet.sheet import NUMBER_RADIUS, Sheet
from segmentation.density import Density
from segmentation.model import SegmentModel
from segmentation.palette import look_of

# How much of its segment's colour a region has, the rest being white; and how much in each band of density.
TINT: Final = 0.16
DENSE: Final = (0.24, 0.33, 0.43, 0.54)
_SMALL_AREA: Final = 20  # in square points
# The line round a hollow mark, in points: its segment's colour must show.
_HOLLOW: Final = 1.3
# In pixels: a number farther than this from its centroid has a line to it.
_MOVED: Final = 6


def draw_regions(
    axes: Axes,
    model: SegmentModel,
    map_axes: MapAxes,
    typical: Sequence[float],
    names: Sequence[str] = (),
    *,
    density: Density | None = None,
) -> None:
    """Tint the map by the decision tree's answers, exactly, and more strongly where there are more customers.

    Parameters
    ----------
    typical
        Values, shape (features,); those of features off the axes decide which regions are drawn.
    names
        The segments among which colours are chosen; by default the model's own.
    density
        Where the customers are; if not given, every region has one tint.
    """
    edges = [_edges(model, axis) for axis in map_axes.axes]
    xs, ys = edges[0], edges[1] if map_axes.y is not None else [0.0, 1.0]
    cells = _answers(model, map_axes, xs, ys, typical)
    across, upwards = _pixel_values(axes)
    segments = cells[np.searchsorted(ys[1:-1], upwards)[:, None], np.searchsorted(xs[1:-1], across)]
    looks = [look_of(name, names or model.names) for name in model.names]
    tints = np.array([[to_rgb(mix(look.colour, tint, towards=1.0)) for tint in (TINT, *DENSE)] for look in looks])
    axes.imshow(
        tints[segments, density_bands(density, map_axes, across, upwards)],
        extent=(0, 1, 0, 1),
        transform=axes.transAxes,
        aspect="auto",
        origin="lower",
        # Smoothing would blur the borders, which are exact.
        interpolation="nearest",
        zorder=0,
    )
    upright = [
        [(xs[c + 1], ys[r]), (xs[c + 1], ys[r + 1])] for r, c in np.argwhere(cells[:, 1:] != cells[:, :-1]).tolist()
    ]
    level = [[(xs[c], ys[r + 1]), (xs[c + 1], ys[r + 1])] for r, c in np.argwhere(cells[1:] != cells[:-1]).tolist()]
    axes.add_collection(LineCollection(upright + level, colors="white", linewidths=1.4, zorder=1), autolim=False)


def _answers(
    model: SegmentModel, map_axes: MapAxes, xs: list[float], ys: list[float], typical: Sequence[float]
) -> npt.NDArray[np.intp]:
    """Return the segment, shape (rows, columns), of each cell between neighbouring edges."""
    # No cut runs through a cell, so its middle stands for all of it.
    cells = np.empty((len(ys) - 1, len(xs) - 1), dtype=np.intp)
    vector = [float(value) for value in typical]
    for row, (bottom, top) in enumerate(pairwise(ys)):
        if map_axes.y is not None:
            vector[map_axes.y.index] = map_axes.y.value((bottom + top) / 2)
        for column, (left, right) in enumerate(pairwise(xs)):
            vector[map_axes.x.index] = map_axes.x.value((left + right) / 2)
            cells[row, column] = model.segment_at(vector)
    return cells


def _pixel_values(axes: Axes) -> tuple[Array, Array]:
    """Return the values at the middles of the pixels along x, and upwards."""
    x0, y0, x1, y1 = axes.bbox.extents
    across = x0 + (np.arange(round(x1 - x0)) + 0.5) / round(x1 - x0) * (x1 - x0)
    upwards = y0 + (np.arange(round(y1 - y0)) + 0.5) / round(y1 - y0) * (y1 - y0)
    back = axes.transData.inverted()
    x = back.transform(np.column_stack([across, np.full(len(across), y0)]))[:, 0]
    y = back.transform(np.column_stack([np.full(len(upwards), x0), upwards]))[:, 1]
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def _edges(model: SegmentModel, axis: Axis) -> list[float]:
    cuts = model.tree.cuts.get(axis.index, ())
    if axis.feature.is_category:
        cuts = tuple(code + 0.5 for code in range(len(axis.feature.codes) - 1))
    return [axis.low, *(cut for cut in cuts if axis.low < cut < axis.high), axis.high]


def draw_points(
    axes: Axes, model: SegmentModel, map_axes: MapAxes, customers: Array, answers: Sequence[Prediction]
) -> Array:
    """Draw customers in their segments' colours and shapes, close calls hollow; return their positions, shape (n, 2).

    Parameters
    ----------
    answers
        The model's, one for each of the customers.
    """
    positions = map_axes.project(customers, spread=True)
    # Fewer points can afford to be larger.
    area = float(np.clip(9000 / max(len(customers), 1), 10, 34))
    for name in model.names:
        look = look_of(name, model.names)
        for close in (False, True):
            mine = positions[[one.segment == name and one.borderline is close for one in answers]]
            axes.scatter(
                mine[:, 0],
                mine[:, 1],
                s=area,
                c=GROUND if close else look.colour,
                marker=look.marker,
                alpha=0.85,
                linewidths=_HOLLOW if close else 0.5 if area > _SMALL_AREA else 0.25,
                # A light marker on a tint of its own colour shows only by its edge.
                edgecolors=edge_of(look.colour),
                zorder=2,
                clip_on=False,
            )
    return positions


def draw_centroids(
    sheet: Sheet,
    axes: Axes,
    model: SegmentModel,
    map_axes: MapAxes,
    customer: Array | None,
    seen: Array,
    names: Sequence[str] = (),
) -> None:
    """Draw the centroids, named or numbered as `numbers_of` says, and the highlighted customer.

    Labels should not cover the points `seen`. `names` are the segments among which colours and numbers are chosen; by
    default the model's own.
    """
    names = names or model.names
    centroids = map_axes.project(np.array([segment.mean for segment in model.segments], dtype=np.float64))
    others = np.empty((0, 3))
    labels = [] if customer is None else [_draw_customer(sheet, axes, map_axes, customer)]
    if numbers_of(names):
        others = _draw_numbers(sheet, axes, model, centroids, names, labels)
    else:
        for name, position, (x, y) in zip(model.names, centroids, sheet.pixels(axes, centroids), strict=True):
            look = look_of(name, names)
            axes.plot(
                *position, look.marker, markersize=13, color=look.colour, mec=INK, mew=1.4, zorder=4, clip_on=False
            )
            labels.append(Label(name, x, y, 17, "bold"))
    # A few hundred points show where the map is crowded as well as all of them would.
    crowd = sheet.pixels(axes, seen[:: max(1, len(seen) // 300)])
    sheet.place(axes, labels, crowd, 0.6, others)


def _draw_numbers(
    sheet: Sheet,
    axes: Axes,
    model: SegmentModel,
    centroids: Array,
    names: Sequence[str],
    labels: Sequence[Label],
) -> Array:
    """Draw a number at each centroid, beside it if others or a labelled mark are too near.

    Returns
    -------
    Array
        The numbers' positions and radius in pixels, shape (n, 3).
    """
    numbers, places = numbers_of(names), sheet.pixels(axes, centroids)
    discs = np.vstack([places, *([label.x, label.y] for label in labels)])
    moved = pushed_apart(discs, NUMBER_RADIUS + 2, np.array(axes.bbox.extents), len(labels))[: len(places)]
    for name, (x, y), (at_x, at_y) in zip(model.names, places, moved, strict=True):
        look = look_of(name, names)
        if math.hypot(at_x - x, at_y - y) > _MOVED:
            sheet.line((x, at_x), (y, at_y))
        sheet.number(at_x, sheet.height - at_y, numbers[name], look)
    return np.column_stack([moved, np.full(len(moved), NUMBER_RADIUS + 2.0)])


def _draw_customer(sheet: Sheet, axes: Axes, map_axes: MapAxes, customer: Array) -> Label:
    """Draw a star where the customer is, on the map's edge if that is beyond it, and return its label."""
    wanted = map_axes.project(customer[np.newaxis])
    bottom, top = map_axes.y_extent
    star = np.clip(wanted, [map_axes.x.low, bottom], [map_axes.x.high, top])
    axes.plot(*star[0], "*", markersize=21, color=INK, mec="white", mew=1.4, zorder=5, clip_on=False)
    axes.axvline(star[0, 0], color=INK, linewidth=0.9, linestyle=(0, (2, 3)), zorder=1.5)
    if map_axes.y is not None:
        axes.axhline(star[0, 1], color=INK, linewidth=0.9, linestyle=(0, (2, 3)), zorder=1.5)
    outside = "" if np.array_equal(star, wanted) else " (off the map)"
    x, y = sheet.pixels(axes, star)[0]
    return Label("This customer" + outside, x, y, 21)
