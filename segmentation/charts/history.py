"""How large the segments were in one file after the other: a line a segment, as a PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from segmentation.charts.sheet.png import png
from segmentation.charts.sheet.sheet import MARGIN, WIDTH, Sheet, count_of, ticks_between
from segmentation.charts.sheet.text import line_height, measure, wrap
from segmentation.palette import look_of

_HEIGHT: Final = 330.0
_MOST_DAYS: Final = 4
_ROOM: Final = 1.1
_BESIDE: Final = 0.1


def history_chart(days: Sequence[str], sizes: Mapping[str, Sequence[int | None]]) -> bytes:
    """Draw each segment's size over time in a PNG; names stand in a legend below, with the segments' marks.

    Parameters
    ----------
    days
        When each file was scored, in words, the oldest first.
    sizes
        Number of customers in each of these files, by segment; None if a file's model had no such segment.
    """
    return png(history_figure(days, sizes))


def history_figure(days: Sequence[str], sizes: Mapping[str, Sequence[int | None]]) -> Figure:
    """Build the figure of `history_chart`; same parameters."""
    names = list(sizes)
    labels = [wrap(name, 0.8 * WIDTH, lines=2) for name in names]
    heights = [max(36.0, (label.count("\n") + 1) * line_height(13.0) + 8) for label in labels]
    notes = [count_of(len(days), "file"), count_of(len(names), "segment")]
    sheet = Sheet("Customers per segment over time", notes, _HEIGHT + 88 + sum(heights) + MARGIN)
    top = max((size for line in sizes.values() for size in line if size is not None), default=0)
    ticks = ticks_between(0, _ROOM * max(top, 1), 5)
    left = MARGIN + 16 + max(measure(text)[0] for _, text in ticks)
    axes = sheet.axes(left, sheet.top, WIDTH - MARGIN, sheet.top + _HEIGHT)
    # So that the first day's text is clear of the sizes' and the last one's within the sheet.
    beside = max(0.5, _BESIDE * len(days))
    axes.set_xlim(-beside, max(len(days) - 1, 0) + beside)
    axes.set_ylim(0, _ROOM * max(top, 1))
    sheet.label_y(axes, ticks, grid=True)
    step = -(-len(days) // _MOST_DAYS) or 1
    sheet.label_x(axes, [(float(i), days[i]) for i in range(0, len(days), step)], "File of")
    y = sheet.top + _HEIGHT + 88
    for name, label, height in zip(names, labels, heights, strict=True):
        look = look_of(name, names)
        line = np.array([np.nan if size is None else float(size) for size in sizes[name]])
        axes.plot(
            range(len(days)), line, color=look.colour, marker=look.marker, markersize=8, linewidth=2, clip_on=False
        )
        sheet.marker(MARGIN + 14, y + height / 2, look)
        sheet.text(MARGIN + 42, y + height / 2, label)
        y += height
    return sheet.figure
