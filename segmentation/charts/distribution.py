"""How large the segments are: horizontal bars, as a PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final

from matplotlib.figure import Figure

from segmentation.charts.sheet.ink import SOFT_GREY, edge_of
from segmentation.charts.sheet.png import png
from segmentation.charts.sheet.sheet import MARGIN, SYNTHETIC_NOTE, WIDTH, Sheet, count_of
from segmentation.charts.sheet.text import measure, wrap
from segmentation.palette import NOT_SCORED, NOT_SCORED_COLOUR, look_of

_SMALLEST_SHARE: Final = 0.05  # in percent; less would be written as 0


def distribution_chart(counts: Mapping[str, int], names: Sequence[str], *, synthetic: bool = False) -> bytes:
    """Draw segment sizes as horizontal bars in a PNG, largest first, each with its count and its share of all rows.

    Parameters
    ----------
    counts
        Number of customers by segment; of rows without a segment under the key "not scored".
    names
        The model's segment names, which decide the colours; one without a count gets an empty bar.
    synthetic
        Whether the data are generated; the chart then says so.
    """
    return png(distribution_figure(counts, names, synthetic=synthetic))


def distribution_figure(counts: Mapping[str, int], names: Sequence[str], *, synthetic: bool = False) -> Figure:
    """Build the figure of `distribution_chart`; same parameters."""
    known = [*names, *sorted(counts.keys() - set(names) - {NOT_SCORED})]
    bars = sorted(((name, counts.get(name, 0)) for name in known), key=lambda bar: -bar[1])
    scored, total = sum(count for _, count in bars), sum(counts.values())
    note = count_of(scored, "customer")
    if NOT_SCORED in counts.keys() - set(known):
        bars.append((NOT_SCORED, counts[NOT_SCORED]))
        note = f"{count_of(total, 'row')}, {scored:,} of them"
    notes = [f"{note} in {count_of(len(known), 'segment')}", *([SYNTHETIC_NOTE] if synthetic else [])]

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
        colour, edge = (look.colour, edge_of(look.colour)) if look else (NOT_SCORED_COLOUR, SOFT_GREY)
        # A bar of nobody has no outline either.
        axes.barh(end - height / 2, count, height=40, color=colour, edgecolor=edge, linewidth=1 if count else 0)
        if look:
            sheet.marker(MARGIN + 14, middle, look)
        sheet.text(MARGIN + 42, middle, label)
        sheet.text(left + (right - left) * count / largest + 12, middle, value, weight="bold")
    return sheet.figure


def _amount(count: int, total: int) -> str:
    if not total:
        return f"{count:,}"
    percent = 100 * count / total
    share = "<0.1" if 0 < percent < _SMALLEST_SHARE else f"{percent:.1f}"
    if count in {0, total}:
        share = f"{percent:.0f}"
    return f"{count:,} · {share}%"
