"""How large the segments were before and are now: two bars a segment, as a PNG.

Its figures are larger than in other charts: the picture stands first in a report, which is read on phones, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from segmentation.charts.captions import SizeChange, is_compared, shares_text, shown_sizes, sizes_finding, sizes_note
from segmentation.charts.sheet.ink import GREY, SOFT_GREY, edge_of, mix
from segmentation.charts.sheet.png import png
from segmentation.charts.sheet.sheet import MARGIN, WIDTH, Sheet
from segmentation.charts.sheet.text import line_height, measure, wrap
from segmentation.palette import NOT_SCORED_COLOUR, Look, look_of

_SIZE: Final = 15.5  # in points: 11 pixels on a phone that shows the picture 340 pixels wide
_BAR: Final = 26.0
_GAP: Final = 30.0
_PALE: Final = 0.3  # of its colour a bar has that shows the size before
_LEAST: Final = 0.01  # the axis reaches so far, even if all segments are empty


def size_changes_chart(changes: Sequence[SizeChange]) -> bytes:
    """Draw each segment's share before and now as two bars in a PNG, in the order given, with both figures.

    Parameters
    ----------
    changes
        At least one. If none has a size both before and now, the sizes now stand alone.
    """
    return png(size_changes_figure(changes))


def size_changes_figure(changes: Sequence[SizeChange]) -> Figure:
    """Build the figure of `size_changes_chart`; same parameters."""
    compared, changes = is_compared(changes), shown_sizes(changes)
    rows = [_row(change, compared=compared) for change in changes]
    sheet = Sheet(sizes_finding(changes), [sizes_note(changes)], sum(row.height for row in rows) + MARGIN)
    left = MARGIN + 58 + max(measure(row.label, _SIZE)[0] for row in rows)
    figures = [max(measure(row.share, _SIZE, "bold")[0], measure(row.count)[0]) for row in rows]
    right = WIDTH - MARGIN - _GAP - max(figures)
    bottom = sheet.top + sum(row.height for row in rows)
    axes = sheet.axes(left, sheet.top, right, bottom)
    axes.spines["bottom"].set_visible(False)
    shares = [share or 0.0 for c in changes for share in (c.share_before if compared else None, c.share_now)]
    axes.set_xlim(0, max(_LEAST, *shares))
    axes.set_ylim(bottom, sheet.top)
    # As in the rest of a report, where a segment that is gone leaves its colour to the others.
    names, end = [change.name for change in changes if change.share_now is not None], sheet.top
    for change, row in zip(changes, rows, strict=True):
        middle, end = end + row.height / 2, end + row.height
        look = look_of(change.name, names) if change.share_now is not None else None
        _draw_bars(axes, change, middle, look, compared=compared)
        if look:
            sheet.marker(MARGIN + 14, middle, look)
        half = line_height(_SIZE) / 2
        sheet.text(MARGIN + 42, middle, row.label, size=_SIZE)
        sheet.text(right + _GAP, middle - half + 2, row.share, size=_SIZE, weight="bold")
        sheet.text(right + _GAP, middle + half, row.count, colour=GREY)
    return sheet.figure


@dataclass(frozen=True, slots=True)
class _Row:
    """What is written in a segment's row, and how high it is."""

    label: str
    share: str
    count: str
    height: float


def _row(change: SizeChange, *, compared: bool) -> _Row:
    label = wrap(change.name, 0.3 * WIDTH, lines=4, size=_SIZE)
    count = _count(change.customers_now)
    if compared:
        count = f"{_count(change.customers_before)} → {count}"
    height = max(2 * line_height(_SIZE), measure(label, _SIZE)[1]) + 14
    return _Row(label, shares_text(change, compared=compared), count, height)


def _draw_bars(axes: Axes, change: SizeChange, middle: float, look: Look | None, *, compared: bool) -> None:
    """Draw the size before as a pale bar, if sizes are compared, and the size now as a full one below it."""
    apart = _BAR / 2 + 2 if compared else 0.0
    if compared and change.share_before is not None:
        pale = mix(look.colour, _PALE, towards=1.0) if look else NOT_SCORED_COLOUR
        axes.barh(middle - apart, change.share_before, height=_BAR, color=pale, edgecolor=SOFT_GREY)
    if change.share_now is not None and look:
        edge = edge_of(look.colour)
        axes.barh(middle + apart, change.share_now, height=_BAR, color=look.colour, edgecolor=edge)


def _count(customers: int | None) -> str:
    return "–" if customers is None else f"{customers:,}"
