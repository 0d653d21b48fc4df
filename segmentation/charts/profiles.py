"""What makes each segment different: a line for each through all its features, as a PNG.

The features stand one below the other, not side by side, so that their labels are legible on a phone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from segmentation.charts.captions import PROFILES_TITLE, profile_features, standing
from segmentation.charts.sheet.ink import GREY, GROUND, RULE, edge_of
from segmentation.charts.sheet.labels import Array, pushed_apart
from segmentation.charts.sheet.legend import legend_of
from segmentation.charts.sheet.png import png
from segmentation.charts.sheet.sheet import MARGIN, NUMBER_RADIUS, SYNTHETIC_NOTE, WIDTH, Sheet, count_of
from segmentation.charts.sheet.text import measure, wrap
from segmentation.palette import look_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from segmentation.model import SegmentModel
    from segmentation.schema import Feature

# In pixels.
_ROW: Final = 92.0
_HEADING: Final = 46.0
_LABEL: Final = 0.27 * WIDTH
_BESIDE: Final = 26.0
_VALUE_SIZE: Final = 10.5
# Of the whole range: how much lies on either side of the average at least.
_LEAST: Final = 0.2
_MILLION: Final = 1e6
_HUNDRED: Final = 100


def profiles_chart(model: SegmentModel, current: SegmentModel | None = None) -> bytes:
    """Draw how far each segment is from the average customer, feature by feature, as a PNG.

    Parameters
    ----------
    model
        Its segments' means are drawn in standard deviations from the mean of all its customers, on the features'
        scales: those that make distances first, at most eight. Categories are left out.
    current
        The version in service. A segment that both have gets a ring where it is in this one, if they have the same
        features, units and scales.
    """
    return png(profiles_figure(model, current))


def profiles_figure(model: SegmentModel, current: SegmentModel | None = None) -> Figure:
    """Build the figure of `profiles_chart`; same parameters."""
    rows = [_row(model, index, current) for index in profile_features(model.schema)]
    heights = [max(_ROW, measure(row.label)[1] + 24) for row in rows]
    legend = legend_of(model.names)
    notes = [count_of(len(model.segments), "segment")]
    if any(row.before for row in rows):
        notes.append("rings: where they are in the model in service")
    if len(rows) < len(model.schema.features):
        notes.append(f"{len(rows)} of {len(model.schema.features)} features")
    if model.synthetic:
        notes.append(SYNTHETIC_NOTE)
    sheet = Sheet(PROFILES_TITLE, notes, _HEADING + sum(heights) + 24 + legend.height + 12)
    left = MARGIN + min(_LABEL, max(measure(row.label)[0] for row in rows)) + 16
    top = sheet.top + _HEADING
    axes = sheet.axes(left, top, WIDTH - MARGIN, top + sum(heights))
    axes.spines[:].set_visible(False)
    _frame(sheet, axes, rows)
    middles = [top + end - height / 2 for end, height in zip(accumulate(heights), heights, strict=True)]
    places = np.stack([_draw_row(sheet, axes, row, middle) for row, middle in zip(rows, middles, strict=True)])
    _draw_lines(sheet, model.names, places)
    for row, middle, now in zip(rows, middles, places, strict=True):
        _draw_rings(sheet, axes, row, middle, model.names, now)
    _draw_marks(sheet, model.names, legend.numbers, places)
    legend.draw(sheet, top + sum(heights) + 24)
    return sheet.figure


@dataclass(frozen=True, slots=True)
class _Row:
    """One feature: its label, and by segment the standing and the text of its mean; the standing before, by index."""

    label: str
    standings: list[float]
    texts: list[str]
    before: dict[int, float]


def _row(model: SegmentModel, index: int, current: SegmentModel | None) -> _Row:
    feature = model.schema.features[index]
    # A segment of which nobody states the feature is drawn at the average, and is not the one whose value is written.
    standings = [standing(model, index, segment.mean[index]) or 0.0 for segment in model.segments]
    texts = [_text(feature, segment.mean[index]) for segment in model.segments]
    before = {}
    if current is not None and (other := _same(feature, current)) is not None:
        for at, name in enumerate(model.names):
            if name in current.names:
                level = standing(model, index, current.segment(name).mean[other])
                if level is not None:
                    before[at] = level
    return _Row(wrap(feature.label_with_unit, _LABEL, lines=3), standings, texts, before)


def _text(feature: Feature, mean: float | None) -> str:
    """Write a mean briefly and without its unit, which the label has; empty if there is none."""
    if mean is None:
        return ""
    if abs(mean) >= _MILLION:
        return f"{mean / _MILLION:,.3g}M"
    if abs(mean) >= _HUNDRED:
        return f"{mean:,.0f}"
    return feature.show_typical(mean).removesuffix(feature.unit).rstrip()


def _same(feature: Feature, current: SegmentModel) -> int | None:
    """Return the index of a feature in the version in service; None if it has another unit or scale there, or none."""
    for index, other in enumerate(current.schema.features):
        if (other.name, other.unit, other.scale) == (feature.name, feature.unit, feature.scale):
            return index
    return None


def _frame(sheet: Sheet, axes: Axes, rows: Sequence[_Row]) -> None:
    """Set the range, draw the average, and write what the sides of it mean."""
    levels = [level for row in rows for level in (*row.standings, *row.before.values())]
    # The average has room on either side for what is written above it.
    least = _LEAST * (max(levels) - min(levels) or 1.0)
    low, high = min(-least, *levels), max(least, *levels)
    x0, y0, x1, y1 = axes.bbox.extents
    # Beside the outermost marks there is room for their values.
    room = max(measure(text, _VALUE_SIZE)[0] for row in rows for text in row.texts) + _BESIDE + 6
    beside = room * (high - low) / max(x1 - x0 - 2 * room, 1.0)
    axes.set_xlim(low - beside, high + beside)
    axes.set_ylim(sheet.height - y0, sheet.height - y1)
    axes.axvline(0, color=RULE, linewidth=1.4, zorder=0)
    y = sheet.top + _HEADING / 2 - 4
    sheet.text(x0, y, "← below", colour=GREY)
    sheet.text(sheet.pixels(axes, np.array([[0.0, 0.0]]))[0, 0], y, "average", colour=GREY, align="center")
    sheet.text(x1, y, "above →", colour=GREY, align="right")


def _draw_row(sheet: Sheet, axes: Axes, row: _Row, middle: float) -> Array:
    """Draw a feature's line, label and outermost values; return the marks' places in pixels from the bottom left."""
    axes.axhline(middle, color=RULE, linewidth=0.9, zorder=0)
    sheet.text(MARGIN, middle, row.label)
    x0, _, x1, _ = axes.bbox.extents
    level = sheet.height - middle
    places = sheet.pixels(axes, np.array([[standing, middle] for standing in row.standings]))
    band = np.array([x0, level - _ROW / 2 + 4, x1, level + _ROW / 2 - 4])
    moved = pushed_apart(places, NUMBER_RADIUS, band)
    known = [at for at, text in enumerate(row.texts) if text]
    if known:
        lowest, highest = (pick(known, key=row.standings.__getitem__) for pick in (min, max))
        rings = sheet.pixels(axes, np.array([[before, middle] for before in row.before.values()]).reshape(-1, 2))
        taken = np.concatenate([moved[:, 0], rings[:, 0]])
        _write_value(sheet, taken.min() - _BESIDE, middle, row.texts[lowest], "right")
        if row.texts[lowest] != row.texts[highest]:
            _write_value(sheet, taken.max() + _BESIDE, middle, row.texts[highest], "left")
    return moved


def _write_value(sheet: Sheet, x: float, y: float, text: str, align: Literal["left", "right"]) -> None:
    written = sheet.text(x, y, text, size=_VALUE_SIZE, colour=GREY, align=align)
    # Segments' lines may run behind it.
    written.set_bbox({"boxstyle": "round,pad=0.1", "fc": GROUND, "ec": "none", "alpha": 0.85})


def _draw_lines(sheet: Sheet, names: Sequence[str], places: Array) -> None:
    """Draw each segment's line from feature to feature; `places` has the shape (features, segments, 2)."""
    for name, course in zip(names, places.swapaxes(0, 1), strict=True):
        colour = look_of(name, names).colour
        # A light colour shows only by its edge.
        sheet.line(course[:, 0], course[:, 1], colour=edge_of(colour), width=3.4)
        sheet.line(course[:, 0], course[:, 1], colour=colour, width=2.2)


def _draw_marks(sheet: Sheet, names: Sequence[str], numbers: Mapping[str, int], places: Array) -> None:
    """Draw each segment's mark or number at every feature."""
    for name, course in zip(names, places.swapaxes(0, 1), strict=True):
        look = look_of(name, names)
        for x, y in course.tolist():
            if name in numbers:
                sheet.number(x, sheet.height - y, numbers[name], look)
            else:
                sheet.marker(x, sheet.height - y, look)


def _draw_rings(sheet: Sheet, axes: Axes, row: _Row, middle: float, names: Sequence[str], now: Array) -> None:
    """Draw a ring where a segment was, if that can be told from where it is."""
    for at, before in row.before.items():
        x, y = sheet.pixels(axes, np.array([[before, middle]]))[0]
        if abs(x - now[at, 0]) > NUMBER_RADIUS:
            sheet.ring(x, sheet.height - y, look_of(names[at], names))
