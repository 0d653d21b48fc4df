"""Charts as PNG bytes: how k was chosen, where the segments lie, how large they are.

Drawn for Slack, which shows a picture about 400 pixels wide: 960 pixels across, so that it stays sharp, in type that
is still read at that width. Only matplotlib's object interface is used: there is no global state, charts may be drawn
in several threads, and the same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from segmentation.charts.plane import (
    Plane,
    axis_title,
    draw_centroids,
    draw_points,
    draw_regions,
    plane_of,
    ticks_between,
)
from segmentation.charts.sheet import (
    GREY,
    LABEL_SIZES,
    MARGIN,
    WIDTH,
    Label,
    Sheet,
    measure,
    png,
    wrap,
)
from segmentation.model import SegmentModel
from segmentation.palette import NOT_SCORED, NOT_SCORED_COLOUR, look_of

SYNTHETIC_NOTE: Final = "synthetic sample data"


_ACCENT: Final = "#0072B2"
_MAX_K_TICKS: Final = 15
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
    plane = plane_of(model, customers, customer)
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
    x_ticks = ticks_between(plane.x.low, plane.x.high, 8)
    y_ticks = ticks_between(plane.y.low, plane.y.high, 6) if plane.y is not None else []
    left = MARGIN + max([0.0, *(measure(text)[0] + 16 for _, text in y_ticks)])
    axes = sheet.axes(left, sheet.top + heading, WIDTH - MARGIN, sheet.top + heading + height)
    axes.set_xlim(plane.x.low, plane.x.high)
    axes.set_ylim(*plane.y_extent)
    if plane.y is not None:
        sheet.text(MARGIN, sheet.top + heading / 2 - 11, axis_title(plane.y.feature))
    sheet.label_y(axes, y_ticks)
    sheet.label_x(axes, x_ticks, axis_title(plane.x.feature))
    if shading:
        sheet.text(MARGIN, sheet.height - 34, shading, size=LABEL_SIZES[1], colour=GREY)

    draw_regions(axes, model, plane, model.fill if highlight is None else highlight)
    seen = draw_points(axes, model, plane, shown)
    draw_centroids(sheet, axes, model, plane, customer, seen)
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
        return ticks_between(*self.extent, 4)


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


def _shading_note(model: SegmentModel, plane: Plane, highlight: Sequence[float] | None) -> str:
    """Say which values of the features that are no axis the regions hold for, where the tree asks for any."""
    parts = []
    for i in model.tree.cuts:
        if i not in {axis.index for axis in plane.axes}:
            feature = model.schema.features[i]
            value = feature.show_typical(model.fill[i]) if highlight is None else feature.show(highlight[i])
            parts.append(f"{feature.label} {value}")
    return wrap("Regions shaded for " + ", ".join(parts), WIDTH - 2 * MARGIN, 1, LABEL_SIZES[1]) if parts else ""


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _amount(count: int, total: int) -> str:
    if not total:
        return f"{count:,}"
    percent = 100 * count / total
    share = "<0.1" if 0 < percent < _SMALLEST_SHARE else f"{percent:.1f}"
    return f"{count:,} · {share}%"


def _whole_ticks(low: int, high: int) -> list[tuple[float, str]]:
    step = -(-(high - low + 1) // _MAX_K_TICKS)
    return [(float(k), str(k)) for k in range(low, high + 1, step)]
