"""Charts as PNG bytes: how k was chosen, where the segments lie, how large they are.

Drawn for Slack, which shows a picture about 400 pixels wide: 960 pixels across, so that it stays sharp, in type that
is still read at that width. Only matplotlib's object interface is used: there is no global state, charts may be drawn
in several threads, and the same input gives the same bytes.
"""

from __future__ import annotations

import math
import struct
import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from typing import Final, Literal, Protocol

import numpy as np
import numpy.typing as npt
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap, to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from segmentation.model import SegmentModel
from segmentation.palette import NOT_SCORED, NOT_SCORED_COLOUR, Look, look_of
from segmentation.schema import Feature

WIDTH: Final = 960
MAX_POINTS: Final = 3000
SYNTHETIC_NOTE: Final = "synthetic sample data"

Array = npt.NDArray[np.float64]
Weight = Literal["normal", "bold"]

_DPI: Final = 150
_MARGIN: Final = 30
_INK: Final = "#1D2129"
_GREY: Final = "#565C66"
_RULE: Final = "#C4C8CE"
_ACCENT: Final = "#0072B2"
_TITLE_SIZE: Final = 16.5
_BODY_SIZE: Final = 12.5
# Label sizes to try, largest first, until no two labels overlap.
_LABEL_SIZES: Final = (12.5, 11.5, 10.5, 9.5, 8.5)
_LINE_HEIGHT: Final = 1.3
_PLACING_ROUNDS: Final = 8
_UNKNOWN_GLYPH: Final = "□"
_MAX_K_TICKS: Final = 15
# A region's share of its segment's colour; the rest is white.
_TINT: Final = 0.22
_SMALL_AREA: Final = 20  # in square points
_MILLION: Final = 1e6
_SMALLEST_SHARE: Final = 0.05  # in percent; less would be written as 0
# Unicode categories that draw nothing of their own, or nothing at all.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
# Scripts that the bundled DejaVu Sans lacks are drawn with those of these that the machine has.
_FALLBACK_FAMILIES: Final = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Noto Sans JP",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "Malgun Gothic",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Arial Unicode MS",
)


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
    return _png(elbow_figure(sweep, chosen_k, elbow_k, silhouette_k, synthetic=synthetic))


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
    return _png(map_figure(model, points, highlight))


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
    return _png(distribution_figure(counts, names, synthetic=synthetic))


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
    sheet = _Sheet(f"{_count(chosen_k, 'segment')} chosen", notes, (heading + height + gap) * len(curves) + 82)
    left = _MARGIN + 16 + max(_measure(text)[0] for curve in curves for _, text in curve.ticks)
    top = sheet.top
    for curve in curves:
        sheet.text(_MARGIN, top + heading / 2, curve.title, weight="bold")
        axes = sheet.axes(left, top + heading, WIDTH - _MARGIN, top + heading + height)
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
    sheet = _Sheet("Segment map", notes, heading + height + (144 if shading else 96))
    x_ticks = _ticks(plane.x.low, plane.x.high, 8)
    y_ticks = _ticks(plane.y.low, plane.y.high, 6) if plane.y is not None else []
    left = _MARGIN + max([0.0, *(_measure(text)[0] + 16 for _, text in y_ticks)])
    axes = sheet.axes(left, sheet.top + heading, WIDTH - _MARGIN, sheet.top + heading + height)
    axes.set_xlim(plane.x.low, plane.x.high)
    axes.set_ylim(*plane.y_extent)
    if plane.y is not None:
        sheet.text(_MARGIN, sheet.top + heading / 2 - 11, _axis_title(plane.y.feature))
    sheet.label_y(axes, y_ticks)
    sheet.label_x(axes, x_ticks, _axis_title(plane.x.feature))
    if shading:
        sheet.text(_MARGIN, sheet.height - 34, shading, size=_LABEL_SIZES[1], colour=_GREY)

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

    labels = [_wrap(name, 0.36 * WIDTH, lines=4) for name, _ in bars]
    heights = [max(64.0, _measure(label)[1] + 16) for label in labels]
    sheet = _Sheet("Segment sizes", notes, sum(heights) + _MARGIN)
    values = [_amount(count, total) for _, count in bars]
    left = _MARGIN + 58 + max(_measure(label)[0] for label in labels)
    right = WIDTH - _MARGIN - 12 - max(_measure(value, weight="bold")[0] for value in values)
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
            sheet.marker(_MARGIN + 14, middle, look)
        sheet.text(_MARGIN + 42, middle, label)
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


@dataclass(frozen=True, slots=True)
class _Label:
    """A text that belongs beside a mark: the mark's position in pixels from the bottom left, and its radius."""

    text: str
    x: float
    y: float
    radius: float
    weight: Weight = "normal"


class _Sheet:
    """A figure laid out in pixels from its top left corner, with its title and notes already on it."""

    def __init__(self, title: str, notes: Sequence[str], body: float) -> None:
        self.figure = Figure(figsize=(WIDTH / _DPI, 1), dpi=_DPI, facecolor="white")
        self.canvas = FigureCanvasAgg(self.figure)
        room = WIDTH - 2 * _MARGIN
        heading = _wrap(title, room, lines=2, size=_TITLE_SIZE, weight="bold")
        note = " · ".join(notes)
        # Notes that do not fit on one line get one each.
        note = "\n".join(_wrap(part, room, lines=2) for part in ([note] if _measure(note)[0] <= room else notes))
        title_height = (heading.count("\n") + 1) * _line(_TITLE_SIZE)
        note_height = (note.count("\n") + 1) * _line(_BODY_SIZE)
        self.top = _MARGIN + title_height + note_height + 16
        self.height = round(self.top + body)
        # The hundredth of a pixel keeps the rounding inside matplotlib from losing a whole one.
        self.figure.set_size_inches(WIDTH / _DPI, (self.height + 0.01) / _DPI)
        self.text(_MARGIN, _MARGIN + title_height / 2 - 6, heading, size=_TITLE_SIZE, weight="bold")
        self.text(_MARGIN, _MARGIN + title_height + note_height / 2, note, colour=_GREY)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = _BODY_SIZE,
        weight: Weight = "normal",
        colour: str = _INK,
        align: Literal["left", "center", "right"] = "left",
    ) -> Text:
        """Write text with the middle of its letters at `y`."""
        # A line's box reaches lower than its letters look, so it is set a little higher.
        return self.figure.text(
            x / WIDTH,
            1 - (y - 0.25 * size) / self.height,
            text,
            fontproperties=_font(size, weight),
            color=colour,
            ha=align,
            va="center_baseline",
            linespacing=_LINE_HEIGHT,
            parse_math=False,
        )

    def axes(self, left: float, top: float, right: float, bottom: float) -> Axes:
        """Add axes with nothing but a left and a bottom line; ticks are written by `label_x` and `label_y`."""
        rect = (left / WIDTH, 1 - bottom / self.height, (right - left) / WIDTH, (bottom - top) / self.height)
        axes = self.figure.add_axes(rect, xticks=[], yticks=[], facecolor="white")
        for side, spine in axes.spines.items():
            spine.set_visible(side in {"left", "bottom"})
            spine.set(color=_RULE, linewidth=1.2)
        return axes

    def marker(self, x: float, y: float, look: Look) -> None:
        """Draw a segment's marker outside of axes."""
        line = Line2D([x / WIDTH], [1 - y / self.height], marker=look.marker, markersize=11, color=look.colour)
        self.figure.add_artist(line)

    def pixels(self, axes: Axes, positions: Array) -> Array:
        """Return data positions, shape (n, 2), as pixels from the bottom left."""
        return np.asarray(axes.transData.transform(positions), dtype=np.float64).reshape(-1, 2)

    def label_x(self, axes: Axes, ticks: Sequence[tuple[float, str]], title: str) -> None:
        """Write tick texts and a title under the axes."""
        bottom = self.height - axes.bbox.y0
        for value, text in ticks:
            x = self.pixels(axes, np.array([[value, 0.0]]))[0, 0]
            self.text(x, bottom + 24, text, colour=_GREY, align="center")
        self.text((axes.bbox.x0 + axes.bbox.x1) / 2, bottom + 62, title, align="center")

    def label_y(self, axes: Axes, ticks: Sequence[tuple[float, str]], *, grid: bool = False) -> None:
        """Write tick texts left of the axes, and a faint line across for each on demand."""
        for value, text in ticks:
            y = self.pixels(axes, np.array([[0.0, value]]))[0, 1]
            self.text(axes.bbox.x0 - 12, self.height - y, text, colour=_GREY, align="right")
            if grid:
                axes.axhline(value, color=_RULE, linewidth=0.7, zorder=0)

    def place(self, axes: Axes, labels: Sequence[_Label], avoid: Array, dislike: float) -> None:
        """Write labels beside their marks inside the axes, on top of neither each other nor, if possible, of points.

        Parameters
        ----------
        axes
            What the labels stay inside of.
        labels
            Their marks in pixels from the bottom left.
        avoid, dislike
            Positions in pixels, shape (n, 2), better left uncovered, and how bad covering one of them is.
        """
        if not labels:
            return
        x0, y0, x1, y1 = axes.bbox.extents
        box = np.array([x0 + 4, y0 + 4, x1 - 4, y1 - 4])
        marks = np.array([[label.x, label.y, label.radius] for label in labels])
        for size in _LABEL_SIZES:
            texts = [_wrap(label.text, 0.4 * (x1 - x0), 4, size, label.weight) for label in labels]
            inked = [_measure(text, size, label.weight) for text, label in zip(texts, labels, strict=True)]
            sizes = np.array([[width + 10, height + 4] for width, height in inked])
            centres, clear = _arrange(marks, sizes, box, avoid, dislike)
            if clear:
                break
        plate = {"boxstyle": "round,pad=0.1,rounding_size=0.35", "fc": "white", "ec": "none", "alpha": 0.78}
        for label, text, extent, (x, y) in zip(labels, texts, sizes, centres, strict=True):
            self._leader(label, extent, x, y)
            written = self.text(x, self.height - y, text, size=size, weight=label.weight, align="center")
            written.set_bbox(plate)

    def _leader(self, label: _Label, extent: Array, x: float, y: float) -> None:
        """Draw a line from a mark to its label where they are not side by side."""
        nearest_x = min(max(label.x, x - extent[0] / 2), x + extent[0] / 2)
        nearest_y = min(max(label.y, y - extent[1] / 2), y + extent[1] / 2)
        distance = math.hypot(nearest_x - label.x, nearest_y - label.y)
        if distance > label.radius + 16:
            start = label.radius / distance
            xs = [label.x + (nearest_x - label.x) * start, nearest_x]
            ys = [label.y + (nearest_y - label.y) * start, nearest_y]
            line = Line2D([v / WIDTH for v in xs], [v / self.height for v in ys], color=_INK, linewidth=0.9)
            self.figure.add_artist(line)


def _draw_curve(sheet: _Sheet, axes: Axes, curve: _Curve, chosen_k: int) -> None:
    ks = list(curve.values)
    line = np.array([[k, curve.values[k]] for k in ks], dtype=np.float64)
    axes.plot(line[:, 0], line[:, 1], color=_GREY, linewidth=1.8, marker="o", markersize=4.5, zorder=2)
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
        labels.append(_Label(f"k = {k}: {', '.join(words)}", x, y, 19, "bold" if k == chosen_k else "normal"))
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
    sheet: _Sheet, axes: Axes, model: SegmentModel, plane: _Plane, customer: Array | None, seen: Array
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
            mec=_INK,
            mew=1.4,
            zorder=4,
            clip_on=False,
        )
        labels.append(_Label(name, x, y, 17, "bold"))
    if customer is not None:
        wanted = plane.project(customer[np.newaxis])
        bottom, top = plane.y_extent
        star = np.clip(wanted, [plane.x.low, bottom], [plane.x.high, top])
        axes.plot(*star[0], "*", markersize=21, color=_INK, mec="white", mew=1.4, zorder=5, clip_on=False)
        axes.axvline(star[0, 0], color=_INK, linewidth=0.9, linestyle=(0, (2, 3)), zorder=1.5)
        if plane.y is not None:
            axes.axhline(star[0, 1], color=_INK, linewidth=0.9, linestyle=(0, (2, 3)), zorder=1.5)
        outside = "" if np.array_equal(star, wanted) else " (off the map)"
        x, y = sheet.pixels(axes, star)[0]
        labels.append(_Label("This customer" + outside, x, y, 21))
    # A few hundred points say where it is crowded as well as all of them.
    crowd = sheet.pixels(axes, seen[:: max(1, len(seen) // 300)])
    sheet.place(axes, labels, crowd, 0.6)


def _arrange(marks: Array, sizes: Array, box: Array, avoid: Array, dislike: float) -> tuple[Array, bool]:
    """Find a place for each label: near its mark, inside the box, off the other labels, marks and leaders.

    Every label has candidate places on rings around its mark; each in turn takes its cheapest one, a few times over.

    Parameters
    ----------
    marks
        x, y and radius of the marks, shape (n, 3), in pixels.
    sizes
        Width and height of the labels, shape (n, 2).
    box
        Left, bottom, right and top of the space, shape (4,).
    avoid, dislike
        As for `_Sheet.place`.

    Returns
    -------
    tuple[Array, bool]
        The labels' centres, shape (n, 2), and whether no label overlaps another one or a mark.
    """
    places = np.stack([_candidates(mark, size, box) for mark, size in zip(marks, sizes, strict=True)])
    mark_boxes = np.hstack([marks[:, :2] - marks[:, 2:], marks[:, :2] + marks[:, 2:]])
    own_costs = []
    for mark, rects in zip(marks, places, strict=True):
        distance = np.hypot(*(np.clip(mark[:2], rects[:, :2], rects[:, 2:]) - mark[:2]).T)
        covered = _contains(rects, avoid).sum(axis=1)
        crossed = _crossings(_leaders(mark, rects), mark_boxes).sum(axis=1)
        own_costs.append(0.06 * distance + dislike * covered + 3 * crossed + 10 * _overlaps(rects, mark_boxes))

    chosen = np.argmin(own_costs, axis=1)
    for _ in range(_PLACING_ROUNDS):
        before = chosen.copy()
        for i, rects in enumerate(places):
            rest = np.arange(len(places)) != i
            placed = places[rest, chosen[rest]]
            crossed = _crossings(_leaders(marks[i], rects), placed).sum(axis=1)
            crossing = _contains(rects, _leaders(marks[rest], placed).reshape(-1, 2)).sum(axis=1)
            chosen[i] = np.argmin(own_costs[i] + 10 * _overlaps(rects, placed) + 80 * (crossed + crossing))
        if np.array_equal(chosen, before):
            break

    placed = places[np.arange(len(places)), chosen]
    itself = (sizes[:, 0] * sizes[:, 1]).sum()
    clear = _overlaps(placed, np.vstack([placed, mark_boxes])).sum() < itself + 1
    return (placed[:, :2] + placed[:, 2:]) / 2, bool(clear)


def _candidates(mark: Array, size: Array, box: Array) -> Array:
    """Return rectangles, shape (m, 4), around a mark for a label of that size, moved into the box where needed."""
    angles = np.linspace(0, 2 * math.pi, 24, endpoint=False)
    gaps = mark[2] + np.array([1.0, 10.0, 22.0, 38.0, 58.0, 84.0, 116.0, 156.0, 206.0, 266.0])
    turn = np.column_stack([np.cos(angles), np.sin(angles)])
    centres = (mark[:2] + turn * (gaps[:, np.newaxis, np.newaxis] + size / 2)).reshape(-1, 2)
    half = np.minimum(size, box[2:] - box[:2]) / 2
    centres = np.clip(centres, box[:2] + half, box[2:] - half)
    return np.hstack([centres - size / 2, centres + size / 2])


def _overlaps(a: Array, b: Array) -> Array:
    """Return the area, shape (n,), that each rectangle of a, shape (n, 4), shares with those of b, shape (m, 4)."""
    low = np.maximum(a[:, np.newaxis, :2], b[np.newaxis, :, :2])
    high = np.minimum(a[:, np.newaxis, 2:], b[np.newaxis, :, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=2).sum(axis=1))


def _contains(rects: Array, points: Array) -> npt.NDArray[np.bool_]:
    """Tell, shape (n, m), which rectangles, shape (n, 4), contain which points, shape (m, 2)."""
    at = points[np.newaxis]
    return np.asarray(((at >= rects[:, np.newaxis, :2]) & (at <= rects[:, np.newaxis, 2:])).all(axis=2))


def _leaders(marks: Array, rects: Array) -> Array:
    """Return points along the lines from marks, shape (3,) or (n, 3), to rectangles' centres, shape (n, 8, 2)."""
    delta = (rects[:, :2] + rects[:, 2:]) / 2 - marks[..., :2]
    # A line starts at the rim of its mark.
    start = marks[..., 2] / np.maximum(np.hypot(*delta.T), marks[..., 2])
    steps = start[:, np.newaxis] + (1 - start)[:, np.newaxis] * np.linspace(0.05, 1, 8)
    return np.asarray(marks[..., np.newaxis, :2] + steps[:, :, np.newaxis] * delta[:, np.newaxis, :])


def _crossings(lines: Array, rects: Array) -> npt.NDArray[np.bool_]:
    """Tell, shape (n, m), which lines, shape (n, steps, 2), run through which rectangles, shape (m, 4)."""
    hits = _contains(rects, lines.reshape(-1, 2))
    return np.asarray(hits.reshape(len(rects), *lines.shape[:2]).any(axis=2).T)


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
    return _wrap("Regions shaded for " + ", ".join(parts), WIDTH - 2 * _MARGIN, 1, _LABEL_SIZES[1]) if parts else ""


def _axis_title(feature: Feature) -> str:
    unit = f" ({feature.unit})" if feature.unit else ""
    return _wrap(feature.label + unit, 0.85 * WIDTH, lines=1)


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


def _png(figure: Figure) -> bytes:
    """Write a figure as a PNG with a palette: a third of the size of full colour, and nothing in it but the picture.

    The 256 most frequent colours stay exact, which all areas and markers are among; the rest, on smoothed edges, go
    to the nearest of these.
    """
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].astype(np.int32)  # type: ignore[no-untyped-call]
    height, width = pixels.shape[:2]
    packed = pixels[..., 0] << 16 | pixels[..., 1] << 8 | pixels[..., 2]
    found, where, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.column_stack([found >> 16, found >> 8 & 255, found & 255])
    palette = colours[np.argsort(-counts, kind="stable")[:256]]
    # |a - b|² without the part that does not depend on b.
    nearest = (np.square(palette).sum(axis=1) - 2 * colours @ palette.T).argmin(axis=1)
    rows = np.zeros((height, width + 1), dtype=np.uint8)  # each row starts with its filter: none
    rows[:, 1:] = nearest[where].reshape(height, width)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = {b"IHDR": header, b"PLTE": palette.astype(np.uint8).tobytes(), b"IDAT": zlib.compress(rows.tobytes(), 9)}
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks.items()) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _line(size: float) -> float:
    """Return the height of a line of text in pixels."""
    return size * _DPI / 72 * _LINE_HEIGHT


@lru_cache(maxsize=4096)
def _measure(text: str, size: float = _BODY_SIZE, weight: Weight = "normal") -> tuple[float, float]:
    """Return the width and height in pixels of text that is already broken into lines."""
    # matplotlib's renderers carry no types.
    renderer = RendererAgg(1, 1, _DPI)  # type: ignore[no-untyped-call]
    font, lines = _font(size, weight), text.split("\n")
    width = max(renderer.get_text_width_height_descent(line, font, False)[0] for line in lines)  # type: ignore[no-untyped-call]
    return float(width), len(lines) * _line(size)


def _wrap(text: str, room: float, lines: int, size: float = _BODY_SIZE, weight: Weight = "normal") -> str:
    """Break text into at most so many lines of at most `room` pixels, evenly long, cut short if that is too little.

    The text is first rid of what cannot be drawn: see `_drawable`.
    """
    text = _drawable(text)
    wide = _break(text, room, lines, size, weight)
    for share in (0.5, 0.6, 0.7, 0.8, 0.9):
        narrow = _break(text, share * room, len(wide), size, weight)
        if "".join(narrow).replace(" ", "") == "".join(wide).replace(" ", ""):
            return "\n".join(narrow)
    return "\n".join(wide)


def _break(text: str, room: float, lines: int, size: float, weight: Weight) -> list[str]:
    """Fill one line after the other, breaking at spaces, or within a word that is longer than a line."""
    # Words are measured one by one: they recur between tries, so that the measurements are mostly known already.
    space = _measure("n n", size, weight)[0] - _measure("nn", size, weight)[0]
    done, used = list[str](), room
    for word in _pieces(text, room, size, weight):
        width = _measure(word, size, weight)[0]
        if used + space + width <= room:
            done[-1], used = f"{done[-1]} {word}", used + space + width
        else:
            done, used = [*done, word], width
    if len(done) > lines:
        last = done[lines - 1]
        fits = _fitting(last, room - _measure("…", size, weight)[0], size, weight)
        done = [*done[: lines - 1], last[:fits] + "…"]
    return done


def _pieces(text: str, room: float, size: float, weight: Weight) -> Iterator[str]:
    for word in text.split():
        rest = word
        while (fits := _fitting(rest, room, size, weight)) < len(rest):
            yield rest[:fits]
            rest = rest[fits:]
        yield rest


def _fitting(text: str, room: float, size: float, weight: Weight) -> int:
    """Return how many characters of text fit into `room` pixels, at least one."""
    if _measure(text, size, weight)[0] <= room:
        return len(text)
    # Text grows with every character, so the longest start that fits is found by halving.
    low, high = 1, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _measure(text[:middle], size, weight)[0] <= room else (low, middle)
    return low


def _drawable(text: str) -> str:
    """Return text on one line, without control characters, with a box for each glyph that no font here has."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    kept = (c for c in composed if unicodedata.category(c) not in _INVISIBLE)
    return "".join(c if _has_glyph(c) else _UNKNOWN_GLYPH for c in kept).strip() or _UNKNOWN_GLYPH


@lru_cache(maxsize=4096)
def _has_glyph(character: str) -> bool:
    """Tell whether a character can be drawn in both weights; otherwise matplotlib would warn."""
    weights: tuple[Weight, ...] = ("normal", "bold")
    paths = ([font_manager.findfont(_font(1.0, weight, family)) for family in _families()] for weight in weights)
    return all(any(font_manager.get_font(p).get_char_index(ord(character)) for p in some) for some in paths)


def _font(size: float, weight: Weight, family: str | None = None) -> FontProperties:
    return FontProperties(family=[family] if family else list(_families()), size=size, weight=weight)


@cache
def _families() -> tuple[str, ...]:
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return ("DejaVu Sans", *(family for family in _FALLBACK_FAMILIES if family in installed))
