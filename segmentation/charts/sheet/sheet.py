"""The sheet that a chart is drawn on: a figure laid out in pixels, with text, axes, ticks and labels.

Nothing here knows about segments.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from segmentation.charts.sheet.ink import GREY, GROUND, INK, RULE, edge_of, text_on
from segmentation.charts.sheet.labels import LABEL_SIZES, Array, Label, arrange
from segmentation.charts.sheet.text import BODY_SIZE, DPI, LINE_HEIGHT, Weight, font, line_height, measure, wrap
from segmentation.palette import Look

WIDTH: Final = 960
MARGIN: Final = 30
SYNTHETIC_NOTE: Final = "synthetic sample data"
_TITLE_SIZE: Final = 16.5
# In pixels, with the outline.
NUMBER_RADIUS: Final = 16
_NUMBER_SIZE: Final = 10.5
_MILLION: Final = 1e6
# Ticks of an axis that shows less than a power of ten are chosen as on a plain one.
_FEWEST_TICKS: Final = 2


class Sheet:
    """A figure laid out in pixels from its top left corner, with its title and notes already on it."""

    def __init__(self, title: str, notes: Sequence[str], body: float) -> None:
        # The height follows below, once the lines of the heading are known.
        self.figure = Figure(figsize=(WIDTH / DPI, 1), dpi=DPI, facecolor=GROUND, edgecolor=RULE, linewidth=2)
        self.canvas = FigureCanvasAgg(self.figure)
        room = WIDTH - 2 * MARGIN
        heading = wrap(title, room, lines=2, size=_TITLE_SIZE, weight="bold")
        note = "\n".join(wrap(line, room, lines=2) for line in _lines_of(notes, room))
        title_height = (heading.count("\n") + 1) * line_height(_TITLE_SIZE)
        note_height = (note.count("\n") + 1) * line_height(BODY_SIZE)
        self.top = MARGIN + title_height + note_height + 16
        self.height = round(self.top + body)
        # matplotlib rounds down; a hundredth of a pixel more keeps it from dropping a whole one.
        self.figure.set_size_inches(WIDTH / DPI, (self.height + 0.01) / DPI)
        self.text(MARGIN, MARGIN + title_height / 2 - 6, heading, size=_TITLE_SIZE, weight="bold")
        self.text(MARGIN, MARGIN + title_height + note_height / 2, note, colour=GREY)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = BODY_SIZE,
        weight: Weight = "normal",
        colour: str = INK,
        align: Literal["left", "center", "right"] = "left",
    ) -> Text:
        """Write text whose letters are centred vertically at `y`; positions in pixels from the top left corner."""
        # A line's box includes room for descenders, so its letters sit above its middle.
        return self.figure.text(
            x / WIDTH,
            1 - (y - 0.25 * size) / self.height,
            text,
            fontproperties=font(size, weight),
            color=colour,
            ha=align,
            va="center_baseline",
            linespacing=LINE_HEIGHT,
            # A name may hold dollar signs, which matplotlib would take for a formula.
            parse_math=False,
        )

    def axes(self, left: float, top: float, right: float, bottom: float) -> Axes:
        """Add axes with nothing but a left and a bottom line; ticks are written by `label_x` and `label_y`."""
        rect = (left / WIDTH, 1 - bottom / self.height, (right - left) / WIDTH, (bottom - top) / self.height)
        axes = self.figure.add_axes(rect, xticks=[], yticks=[], facecolor=GROUND)
        for side, spine in axes.spines.items():
            spine.set_visible(side in {"left", "bottom"})
            spine.set(color=RULE, linewidth=1.2)
        return axes

    def marker(self, x: float, y: float, look: Look) -> None:
        """Draw a segment's marker outside the axes."""
        at = [x / WIDTH], [1 - y / self.height]
        edge = edge_of(look.colour)
        self.figure.add_artist(Line2D(*at, marker=look.marker, markersize=11, color=look.colour, mec=edge, mew=1))

    def ring(self, x: float, y: float, look: Look) -> None:
        """Draw a ring in a segment's colour, for where it was; position in pixels from the top left corner."""
        at = [x / WIDTH], [1 - y / self.height]
        self.figure.add_artist(Line2D(*at, marker="o", markersize=11, mfc="none", mec=edge_of(look.colour), mew=3))
        self.figure.add_artist(Line2D(*at, marker="o", markersize=11, mfc="none", mec=look.colour, mew=1.6))

    def number(self, x: float, y: float, number: int, look: Look) -> None:
        """Draw a segment's number on a disc in its colour, at a position in pixels from the top left corner."""
        at = [x / WIDTH], [1 - y / self.height]
        size = 2 * NUMBER_RADIUS * 72 / DPI
        self.figure.add_artist(Line2D(*at, marker="o", markersize=size, color=look.colour, mec=INK, mew=1.2))
        self.text(x, y, str(number), size=_NUMBER_SIZE, weight="bold", colour=text_on(look.colour), align="center")

    def pixels(self, axes: Axes, positions: Array) -> Array:
        """Return data positions, shape (n, 2), as pixels from the bottom left."""
        return np.asarray(axes.transData.transform(positions), dtype=np.float64).reshape(-1, 2)

    def label_x(self, axes: Axes, ticks: Sequence[tuple[float, str]], title: str) -> None:
        """Write tick texts and a title under the axes."""
        bottom = self.height - axes.bbox.y0
        for value, text in ticks:
            x = self.pixels(axes, np.array([[value, 0.0]]))[0, 0]
            self.text(x, bottom + 24, text, colour=GREY, align="center")
        self.text((axes.bbox.x0 + axes.bbox.x1) / 2, bottom + 62, title, align="center")

    def label_y(self, axes: Axes, ticks: Sequence[tuple[float, str]], *, grid: bool = False) -> None:
        """Write tick texts left of the axes, and draw a faint line at each if `grid` is set."""
        for value, text in ticks:
            y = self.pixels(axes, np.array([[0.0, value]]))[0, 1]
            self.text(axes.bbox.x0 - 12, self.height - y, text, colour=GREY, align="right")
            if grid:
                axes.axhline(value, color=RULE, linewidth=0.7, zorder=0)

    def place(
        self, axes: Axes, labels: Sequence[Label], avoid: Array, dislike: float, others: Array | None = None
    ) -> None:
        """Write labels beside their marks inside the axes; they cover no other label and, if possible, no points.

        Parameters
        ----------
        axes
            The labels stay inside them.
        labels
            Text, and the mark's position in pixels from the bottom left.
        avoid, dislike
            Positions in pixels, shape (n, 2), that labels should not cover, and the cost of covering one.
        others
            Further marks that labels must not cover: positions in pixels and radius, shape (n, 3).
        """
        if not labels:
            return
        x0, y0, x1, y1 = axes.bbox.extents
        box = np.array([x0 + 4, y0 + 4, x1 - 4, y1 - 4])
        marks = np.array([[label.x, label.y, label.radius] for label in labels])
        # If labels overlap even in the smallest size, they are drawn all the same.
        for size in LABEL_SIZES:
            texts = [wrap(label.text, 0.4 * (x1 - x0), 4, size, label.weight) for label in labels]
            inked = [measure(text, size, label.weight) for text, label in zip(texts, labels, strict=True)]
            sizes = np.array([[width + 10, height + 4] for width, height in inked])
            centres, clear = arrange(marks, sizes, box, avoid, dislike, others)
            if clear:
                break
        plate = {"boxstyle": "round,pad=0.1,rounding_size=0.35", "fc": GROUND, "ec": "none", "alpha": 0.78}
        for label, text, extent, (x, y) in zip(labels, texts, sizes, centres, strict=True):
            self._leader(label, extent, x, y)
            written = self.text(x, self.height - y, text, size=size, weight=label.weight, align="center")
            written.set_bbox(plate)

    def _leader(self, label: Label, extent: Array, x: float, y: float) -> None:
        """Draw a line from a mark to its label unless the two are side by side."""
        nearest_x = min(max(label.x, x - extent[0] / 2), x + extent[0] / 2)
        nearest_y = min(max(label.y, y - extent[1] / 2), y + extent[1] / 2)
        distance = math.hypot(nearest_x - label.x, nearest_y - label.y)
        if distance > label.radius + 16:
            start = label.radius / distance
            xs = [label.x + (nearest_x - label.x) * start, nearest_x]
            ys = [label.y + (nearest_y - label.y) * start, nearest_y]
            self.line(xs, ys)

    def line(self, xs: Sequence[float], ys: Sequence[float], *, colour: str = INK, width: float = 0.9) -> None:
        """Draw a line outside the axes' own; positions in pixels from the bottom left corner."""
        line = Line2D([x / WIDTH for x in xs], [y / self.height for y in ys], color=colour, linewidth=width)
        self.figure.add_artist(line)


def _lines_of(notes: Sequence[str], room: float) -> list[str]:
    """Put as many notes on a line as fit into `room` pixels together."""
    lines: list[str] = []
    for note in notes:
        joined = f"{lines[-1]} · {note}" if lines else note
        if lines and measure(joined)[0] <= room:
            lines[-1] = joined
        else:
            lines.append(note)
    return lines


def ticks_between(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Choose at most about `most` round values from `low` to `high`, each written with no more digits than needed.

    Returns
    -------
    list[tuple[float, str]]
        Value and text, ascending.
    """
    locator = MaxNLocator(most, steps=[1, 2, 5, 10])
    values = [float(value) for value in locator.tick_values(low, high) if low <= value <= high]
    step = values[1] - values[0] if len(values) > 1 else (abs(high) or 1.0)
    scale, suffix = (_MILLION, "M") if max(map(abs, values), default=0) >= _MILLION else (1.0, "")
    decimals = max(0, -math.floor(math.log10(step / scale)))
    # Adding 0.0 turns -0.0, which would be written as -0, into 0.0.
    return [(value, f"{value / scale + 0.0:,.{decimals}f}{suffix}") for value in values]


def log_ticks(low: float, high: float, origin: float, most: int) -> list[tuple[float, str]]:
    """Choose at most about `most` round values for an axis that shows log1p(value - origin), as `ticks_between` does.

    They are 1, 2 and 5 times powers of ten above the origin, or the powers alone, or every second power, and so on.
    """
    powers = range(math.floor(math.log10(max(high - origin, 1.0))) + 1)
    every = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    values: list[float] = []
    for step in (1, *range(3, len(every) + 3, 3)):
        values = [value for value in (origin, *(origin + value for value in every[::step])) if low <= value <= high]
        if len(values) <= most:
            break
    if len(values) < _FEWEST_TICKS:
        return ticks_between(low, high, most)
    return [(value, f"{value / _MILLION:g}M" if abs(value) >= _MILLION else f"{value:,g}") for value in values]


def count_of(count: int, noun: str) -> str:
    """Write a number with its noun, in the plural unless it is 1."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
