"""How large the segments were in one file after the other: a line a segment, as a PNG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from segmentation.charts.sheet.ink import GREY, edge_of
from segmentation.charts.sheet.legend import legend_of
from segmentation.charts.sheet.png import png
from segmentation.charts.sheet.sheet import MARGIN, NUMBER_RADIUS, WIDTH, Sheet, count_of, ticks_between
from segmentation.charts.sheet.text import measure
from segmentation.palette import Look, look_of

_HEIGHT: Final = 330.0
_HIGHER: Final = 430.0
_MOST_DAYS: Final = 4
_ROOM: Final = 1.1
_BESIDE: Final = 0.1
# In pixels: between the texts of two days, and from number to number.
_BETWEEN: Final = 24
_APART: Final = 2.0 * NUMBER_RADIUS + 4


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
    legend = legend_of(names, notes={name: _course(sizes[name]) for name in names})
    height = _HIGHER if legend.numbers else _HEIGHT
    notes = [count_of(len(days), "file"), count_of(len(names), "segment")]
    sheet = Sheet("Customers per segment over time", notes, height + 88 + legend.height + 12)
    top = max((size for line in sizes.values() for size in line if size is not None), default=0)
    ticks = ticks_between(0, _ROOM * max(top, 1), 5)
    left = MARGIN + 16 + max(measure(text)[0] for _, text in ticks)
    beyond = 10 + _APART * _columns(len(names)) if legend.numbers else 0
    axes = sheet.axes(left, sheet.top, WIDTH - MARGIN - beyond, sheet.top + height)
    # So that the first day's text is clear of the sizes' and the last one's within the sheet.
    beside = max(0.5, _BESIDE * len(days))
    axes.set_xlim(-beside, max(len(days) - 1, 0) + beside)
    axes.set_ylim(0, _ROOM * max(top, 1))
    sheet.label_y(axes, ticks, grid=True)
    sheet.label_x(axes, _day_ticks(sheet, axes, days), "File of")
    for name in names:
        _draw_line(axes, sizes[name], look_of(name, names), marked=not legend.numbers)
    if legend.numbers:
        _draw_numbers(sheet, axes, sizes, legend.numbers)
    legend.draw(sheet, sheet.top + height + 88)
    return sheet.figure


def _course(sizes: Sequence[int | None]) -> str:
    """Say how large a segment was in the first file that has it, and is in the last one."""
    known = [size for size in sizes if size is not None]
    if not known:
        return ""
    return f": {known[0]:,} → {known[-1]:,}" if len(known) > 1 else f": {known[0]:,}"


def _day_ticks(sheet: Sheet, axes: Axes, days: Sequence[str]) -> list[tuple[float, str]]:
    """Choose as many days as there is room for, evenly, from the first one on."""
    if not days:
        return []
    apart = np.diff(sheet.pixels(axes, np.array([[0.0, 0.0], [1.0, 0.0]]))[:, 0])[0]
    widest = max(measure(day)[0] for day in days) + _BETWEEN
    step = max(1, math.ceil(widest / apart), -(-len(days) // _MOST_DAYS))
    return [(float(i), days[i]) for i in range(0, len(days), step)]


def _draw_line(axes: Axes, sizes: Sequence[int | None], look: Look, *, marked: bool) -> None:
    line = np.array([np.nan if size is None else float(size) for size in sizes])
    edge = edge_of(look.colour)
    # A light colour shows only by its edge.
    axes.plot(range(len(line)), line, color=edge, linewidth=3.2, clip_on=False)
    axes.plot(
        range(len(line)),
        line,
        color=look.colour,
        # Without marks, a file between two that lack the segment still has a dot.
        marker=look.marker if marked else "o",
        markersize=8 if marked else 5,
        mec=edge,
        mew=0.8,
        linewidth=2,
        clip_on=False,
    )


def _draw_numbers(
    sheet: Sheet, axes: Axes, sizes: Mapping[str, Sequence[int | None]], numbers: Mapping[str, int]
) -> None:
    """Draw the segments' numbers right of the axes, in the order of the newest sizes, each with a line to its own."""
    ends = {}
    for name, line in sizes.items():
        known = [(float(at), float(size)) for at, size in enumerate(line) if size is not None]
        if known:
            ends[name] = sheet.pixels(axes, np.array(known[-1:]))[0]
    ranked = sorted(ends, key=lambda name: float(ends[name][1]))
    columns, places = _columns(len(numbers)), {}
    for column in range(columns):
        names = ranked[column::columns]
        levels = _spread([float(ends[name][1]) for name in names], axes.bbox.y1 + _APART / 2)
        x = axes.bbox.x1 + 10 + _APART * (column + 0.5)
        places.update({name: (x, y) for name, y in zip(names, levels, strict=True)})
    # First all lines, since some run behind another segment's number.
    for name, (x, y) in places.items():
        sheet.line((ends[name][0], x), (ends[name][1], y), colour=GREY, width=0.6)
    for name, (x, y) in places.items():
        sheet.number(x, sheet.height - y, numbers[name], look_of(name, list(sizes)))


def _columns(numbers: int) -> int:
    return -(-int(numbers * _APART) // int(_HIGHER))


def _spread(levels: Sequence[float], top: float) -> list[float]:
    """Move ascending levels up until they are far enough apart, and down again from the top."""
    spread: list[float] = []
    for level in levels:
        spread.append(max(level, spread[-1] + _APART) if spread else level)
    for at in reversed(range(len(spread))):
        spread[at] = min(spread[at], top if at == len(spread) - 1 else spread[at + 1] - _APART)
    return spread
