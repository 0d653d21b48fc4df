"""Charts as PNG bytes: how k was chosen, where the segments lie, how large they are.

Drawn for Slack, which shows a picture about 400 pixels wide: 960 pixels across, so that it stays sharp, in type that
is still read at that width. Only matplotlib's object interface is used: there is no global state, charts may be drawn
in several threads, and the same input gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from segmentation.chart_layout import (
    GREY,
    INK,
    LABEL_SIZES,
    MARGIN,
    WIDTH,
    Array,
    Label,
    Sheet,
    measure,
    png,
    wrap,
)
from segmentation.model import SegmentModel
from segmentation.palette import NOT_SCORED, NOT_SCORED_COLOUR, look_of
from segmentation.schema import Feature

MAX_POINTS: Final = 3000
SYNTHETIC_NOTE: Final = "synthetic sample data"


_ACCENT: Final = "#0072B2"
_MAX_K_TICKS: Final = 15
# A region's share of its segment's colour; the rest is white.
_TINT: Final = 0.22
_SMALL_AREA: Final = 20  # in square points
_MILLION: Final = 1e6
_SMALLEST_SHARE: Final = 0.05  # in percent; less would be written as 0


class SweepLike(Protocol):
    """What was measured for one number of clusters."""

    @property
    def k(self) -> int:
        """The number of clusters."""
        ...

    @property
    def inertia(self) -> float:
        """Sum of squared distances to the nearest centroid, in scaled space."""
        ...

    @property
    def silhouette(self) -> float | None:
        """Mean silhouette coefficient, -1 to 1; None where it is not defined."""
        ...


def elbow_chart(
    sweep: Sequence[SweepLike],
    chosen_k: int,
    elbow_k: int | None,
    silhouette_k: int | None,
    *,
    synthetic: bool = False,
) -> bytes:
    """Draw inertia and silhouette over k as a PNG, mark the chosen k, and say whether the two agree.

    Parameters
    ----------
    sweep
        One item a k, at least one, in any order.
    chosen_k
        The number of segments the model has.
    elbow_k, silhouette_k
        What each criterion says; None where it says nothing.
    synthetic
        Whether the data are generated; the chart then says so.

    Raises
    ------
    ValueError
        When the sweep is empty.
    """
    return png(elbow_figure(sweep, chosen_k, elbow_k, silhouette_k, synthetic=synthetic))


def segment_map(
    model: SegmentModel,
    points: Sequence[Sequence[float]] | None = None,
    highlight: Sequence[float] | None = None,
) -> bytes:
    """Draw the segments over the first two cluster features as a PNG; over one, as a strip, if there is only one.

    Parameters
    ----------
    model
        Gives the regions of its decision tree, and as centroids the segments' means in the features' units.
    points
        Customers, shape (n, features) in schema order and the features' units, drawn in the colour of the tree's
        answer; of more than 3,000 a fixed sample is drawn.
    highlight
        One customer to point out, shape (features,). The regions are then those of customers who equal this one in
        the features that are no axis; without it, those of a typical customer.

    Raises
    ------
    ValueError
        When a vector does not have one number per feature.
    """
    return png(map_figure(model, points, highlight))


def distribution_chart(counts: Mapping[str, int], names: Sequence[str], *, synthetic: bool = False) -> bytes:
    """Draw segment sizes as horizontal bars in a PNG, largest first, each with its count and its share of all rows.

    Parameters
    ----------
    counts
        Customers a segment; rows without a segment under the key "not scored".
    names
        The model's segment names, which decide the colours; one without a count gets an empty bar.
    synthetic
        As for `elbow_chart`.
    """
    return png(distribution_figure(counts, names, synthetic=synthetic))


def elbow_figure(
    sweep: Sequence[SweepLike],
    chosen_k: int,
    elbow_k: int | None,
    silhouette_k: int | None,
    *,
    synthetic: bool = False,
) -> Figure:
    """Build what `elbow_chart` draws; parameters and errors as there."""
    if not sweep:
        raise ValueError("the sweep is empty")
    ordered = sorted(sweep, key=lambda point: point.k)
    curves = [_Curve("Inertia (lower: tighter)", {p.k: p.inertia for p in ordered}, elbow_k, "elbow")]
    silhouette = {p.k: p.silhouette for p in ordered if p.silhouette is not None}
    if silhouette:
        curves.append(_Curve("Silhouette (higher: clearer)", silhouette, silhouette_k, "best"))

    heading, height, gap = 54, 246, 22
    notes = [_verdict(chosen_k, elbow_k, silhouette_k), *([SYNTHETIC_NOTE] if synthetic else [])]
    sheet = Sheet(f"{_count(chosen_k, 'segment')} chosen", notes, (heading + height + gap) * len(curves) + 82)
    left = MARGIN + 16 + max(measure(text)[0] for curve in curves for _, text in curve.ticks)
    top = sheet.top
    for curve in curves:
        sheet.text(MARGIN, top + heading / 2, curve.title, weight="bold")
        axes = sheet.axes(left, top + heading, WIDTH - MARGIN, top + heading + height)
        axes.set_xlim(ordered[0].k - 0.4, ordered[-1].k + 0.4)
        axes.set_ylim(*curve.extent)
        sheet.label_y(axes, curve.ticks, grid=True)
        _draw_curve(sheet, axes, curve, chosen_k)
        top += heading + height + gap
    sheet.label_x(axes, _whole_ticks(ordered[0].k, ordered[-1].k), "Number of segments (k)")
    return sheet.figure


def map_figure(
    model: SegmentModel,
    points: Sequence[Sequence[float]] | None = None,
    highlight: Sequence[float] | None = None,
) -> Figure:
    """Build what `segment_map` draws; parameters and errors as there."""
    features = len(model.schema.features)
    customers = np.asarray(points if points is not None else [], dtype=np.float64).reshape(-1, features)
    customer = None if highlight is None else np.asarray(highlight, dtype=np.float64).reshape(features)
    plane = _plane(model, customers, customer)
    shown = plane.sample(customers)

    notes = [_count(len(model.segments), "segment")]
    if len(customers):
        part = f"{len(shown):,} of " if len(shown) < len(customers) else ""
        notes.append(part + _count(len(customers), "customer"))
    if model.synthetic:
        notes.append(SYNTHETIC_NOTE)
    shading = _shading_note(model, plane, highlight)
    heading, height = (56, 620) if plane.y is not None else (10, 400)
    sheet = Sheet("Segment map", notes, heading + height + (144 if shading else 96))
    x_ticks = _ticks(plane.x.low, plane.x.high, 8)
    y_ticks = _ticks(plane.y.low, plane.y.high, 6) if plane.y is not None else []
    left = MARGIN + max([0.0, *(measure(text)[0] + 16 for _, text in y_ticks)])
    axes = sheet.axes(left, sheet.top + heading, WIDTH - MARGIN, sheet.top + heading + height)
    axes.set_xlim(plane.x.low, plane.x.high)
    axes.set_ylim(*plane.y_extent)
    if plane.y is not None:
        sheet.text(MARGIN, sheet.top + heading / 2 - 11, _axis_title(plane.y.feature))
    sheet.label_y(axes, y_ticks)
    sheet.label_x(axes, x_ticks, _axis_title(plane.x.feature))
    if shading:
        sheet.text(MARGIN, sheet.height - 34, shading, size=LABEL_SIZES[1], colour=GREY)

    _draw_regions(axes, model, plane, model.fill if highlight is None else highlight)
    seen = _draw_points(axes, model, plane, shown)
    _draw_centroids(sheet, axes, model, plane, customer, seen)
    return sheet.figure


def distribution_figure(counts: Mapping[str, int], names: Sequence[str], *, synthetic: bool = False) -> Figure:
    """Build what `distribution_chart` draws; parameters as there."""
    known = [*names, *sorted(counts.keys() - set(names) - {NOT_SCORED})]
    bars = sorted(((name, counts.get(name, 0)) for name in known), key=lambda bar: -bar[1])
    scored, total = sum(count for _, count in bars), sum(counts.values())
    note = _count(scored, "customer")
    if NOT_SCORED in counts.keys() - set(known):
        bars.append((NOT_SCORED, counts[NOT_SCORED]))
        note = f"{_count(total, 'row')}, {scored:,} of them"
    notes = [f"{note} in {_count(len(known), 'segment')}", *([SYNTHETIC_NOTE] if synthetic else [])]

    labels = [wrap(name, 0.36 * WIDTH, lines=4) for name, _ in bars]
    heights = [max(64.0, measure(label)[1] + 16) for label in labels]
    sheet = Sheet("Segment sizes", notes, sum(heights) + MARGIN)
    values = [_amount(count, total) for _, count in bars]
    left = MARGIN + 58 + max(measure(label)[0] for label in labels)
    right = WIDTH - MARGIN - 12 - max(measure(value, weight="bold")[0] for value in values)
    axes = sheet.axes(left, sheet.top, right, sheet.top + sum(heights))
    axes.spines["bottom"].set_visible(False)
    largest = max(1, *(count for _, count in bars))
    axes.set_xlim(0, largest)
    axes.set_ylim(sum(heights), 0)
    for (name, count), label, value, height, end in zip(
        bars, labels, values, heights, accumulate(heights), strict=True
    ):
        look = look_of(name, known) if name in known else None
        middle = sheet.top + end - height / 2
        axes.barh(end - height / 2, count, height=40, color=look.colour if look else NOT_SCORED_COLOUR)
        if look:
            sheet.marker(MARGIN + 14, middle, look)
        sheet.text(MARGIN + 42, middle, label)
        sheet.text(left + (right - left) * count / largest + 12, middle, value, weight="bold")
    return sheet.figure


@dataclass(frozen=True, slots=True)
class _Curve:
    """One criterion over k: its values, and the k it speaks for, in one word why."""

    title: str
    values: Mapping[int, float]
    best: int | None
    word: str

    @property
    def extent(self) -> tuple[float, float]:
        """The y range, with room for labels above."""
        low, high = min(self.values.values()), max(self.values.values())
        room = (high - low or abs(high) or 1.0) * 0.18
        # An inertia reads from zero; a silhouette differs too little between ks for that.
        return (0.0 if self.word == "elbow" else low - room), high + room

    @property
    def ticks(self) -> list[tuple[float, str]]:
        return _ticks(*self.extent, 4)


@dataclass(frozen=True, slots=True)
class _Axis:
    """One feature as an axis: its position in the schema, and the range shown, in its unit."""

    index: int
    feature: Feature
    low: float
    high: float

    def inside(self, values: Array) -> npt.NDArray[np.bool_]:
        """Tell which of `values`, shape (n,), are shown."""
        return (values >= self.low) & (values <= self.high)


@dataclass(frozen=True, slots=True)
class _Plane:
    """The two features the map spans; `y` is None when there is only one, and points are then spread over 0 to 1."""

    x: _Axis
    y: _Axis | None

    @property
    def axes(self) -> list[_Axis]:
        return [self.x] if self.y is None else [self.x, self.y]

    @property
    def y_extent(self) -> tuple[float, float]:
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


def _draw_curve(sheet: Sheet, axes: Axes, curve: _Curve, chosen_k: int) -> None:
    ks = list(curve.values)
    line = np.array([[k, curve.values[k]] for k in ks], dtype=np.float64)
    axes.plot(line[:, 0], line[:, 1], color=GREY, linewidth=1.8, marker="o", markersize=4.5, zorder=2)
    labels = []
    for k, colour in ((curve.best, "white"), (chosen_k, _ACCENT)):
        if k is None or k not in curve.values or (k == chosen_k and colour == "white"):
            continue
        value = curve.values[k]
        if k == chosen_k:
            axes.axvline(k, color=_ACCENT, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
        axes.plot(
            [k],
            [value],
            "o" if k == chosen_k else "D",
            markersize=11,
            color=colour,
            zorder=3,
            mec=_ACCENT,
            mew=2,
        )
        words = (["chosen"] if k == chosen_k else []) + ([curve.word] if k == curve.best else [])
        x, y = sheet.pixels(axes, np.array([[k, value]]))[0]
        labels.append(Label(f"k = {k}: {', '.join(words)}", x, y, 19, "bold" if k == chosen_k else "normal"))
    # The label is to keep off the whole curve, so points are put on it every few pixels.
    dense = np.linspace(ks[0], ks[-1], 200)
    course = sheet.pixels(axes, np.column_stack([dense, np.interp(dense, line[:, 0], line[:, 1])]))
    sheet.place(axes, labels, course, 4.0)


def _plane(model: SegmentModel, customers: Array, customer: Array | None) -> _Plane:
    axes = [_axis(model, index, customers, customer) for index in model.schema.cluster_indices[:2]]
    return _Plane(axes[0], axes[1] if len(axes) > 1 else None)


def _axis(model: SegmentModel, index: int, customers: Array, customer: Array | None) -> _Axis:
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
    return _Axis(index, feature, max(low - pad, feature.minimum), min(high + pad, feature.maximum))


def _draw_regions(axes: Axes, model: SegmentModel, plane: _Plane, typical: Sequence[float]) -> None:
    """Tint what the decision tree answers across the plane, exactly: one cell between any two neighbouring cuts."""
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
    tints = [_mix(look_of(name, model.names).colour, _TINT, towards=1.0) for name in model.names]
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


def _edges(model: SegmentModel, axis: _Axis) -> list[float]:
    cuts = model.tree.cuts.get(axis.index, ())
    return [axis.low, *(cut for cut in cuts if axis.low < cut < axis.high), axis.high]


def _draw_points(axes: Axes, model: SegmentModel, plane: _Plane, customers: Array) -> Array:
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
            edgecolors=_mix(look.colour, 0.6, towards=0.0),
            zorder=2,
            clip_on=False,
        )
    return positions


def _draw_centroids(
    sheet: Sheet, axes: Axes, model: SegmentModel, plane: _Plane, customer: Array | None, seen: Array
) -> None:
    """Draw and name the centroids and the highlighted customer; `seen` are the points names should not cover."""
    centroids = plane.project(np.array([segment.mean for segment in model.segments], dtype=np.float64))
    labels = []
    for name, position, (x, y) in zip(model.names, centroids, sheet.pixels(axes, centroids), strict=True):
        look = look_of(name, model.names)
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


def _verdict(chosen_k: int, elbow_k: int | None, silhouette_k: int | None) -> str:
    """Say what the two criteria say of k, and whether the choice follows them."""
    if elbow_k is None and silhouette_k is None:
        return "Neither elbow nor silhouette names a k"
    if elbow_k is None:
        return f"No clear elbow; the silhouette is best at {silhouette_k}"
    if silhouette_k is None:
        return f"The elbow is at {elbow_k}; there is no silhouette to compare"
    if elbow_k != silhouette_k:
        return f"Elbow and silhouette disagree: {elbow_k} and {silhouette_k}"
    return f"Elbow and silhouette agree on {elbow_k}"


def _shading_note(model: SegmentModel, plane: _Plane, highlight: Sequence[float] | None) -> str:
    """Say which values of the features that are no axis the regions hold for, where the tree asks for any."""
    parts = []
    for i in model.tree.cuts:
        if i not in {axis.index for axis in plane.axes}:
            feature = model.schema.features[i]
            value = feature.show_typical(model.fill[i]) if highlight is None else feature.show(highlight[i])
            parts.append(f"{feature.label} {value}")
    return wrap("Regions shaded for " + ", ".join(parts), WIDTH - 2 * MARGIN, 1, LABEL_SIZES[1]) if parts else ""


def _axis_title(feature: Feature) -> str:
    unit = f" ({feature.unit})" if feature.unit else ""
    return wrap(feature.label + unit, 0.85 * WIDTH, lines=1)


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _amount(count: int, total: int) -> str:
    if not total:
        return f"{count:,}"
    percent = 100 * count / total
    share = "<0.1" if 0 < percent < _SMALLEST_SHARE else f"{percent:.1f}"
    return f"{count:,} · {share}%"


def _ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Choose round values from `low` to `high`, and write each with just the digits that tell it from the next."""
    locator = MaxNLocator(most, steps=[1, 2, 5, 10])
    values = [float(value) for value in locator.tick_values(low, high) if low <= value <= high]
    step = values[1] - values[0] if len(values) > 1 else (abs(high) or 1.0)
    scale, suffix = (_MILLION, "M") if max(map(abs, values), default=0) >= _MILLION else (1.0, "")
    decimals = max(0, -math.floor(math.log10(step / scale)))
    return [(value, f"{value / scale + 0.0:,.{decimals}f}{suffix}") for value in values]


def _whole_ticks(low: int, high: int) -> list[tuple[float, str]]:
    step = -(-(high - low + 1) // _MAX_K_TICKS)
    return [(float(k), str(k)) for k in range(low, high + 1, step)]


def _mix(colour: str, share: float, towards: float) -> str:
    """Return a colour of which only `share` is left, the rest being black (0) or white (1)."""
    red, green, blue = (towards + share * (part - towards) for part in to_rgb(colour))
    return to_hex((red, green, blue))
