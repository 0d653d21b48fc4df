"""The sheet a chart is drawn on: fixed pixels, text that is measured before it is placed, labels that do not overlap.

Nothing here knows what a segment is.
"""

from __future__ import annotations

import math
import struct
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.text import Text

from segmentation.palette import Look

WIDTH: Final = 960
Array = npt.NDArray[np.float64]
Weight = Literal["normal", "bold"]
_DPI: Final = 150
MARGIN: Final = 30
INK: Final = "#1D2129"
GREY: Final = "#565C66"
_RULE: Final = "#C4C8CE"
_TITLE_SIZE: Final = 16.5
_BODY_SIZE: Final = 12.5
# Label sizes to try, largest first, until no two labels overlap.
LABEL_SIZES: Final = (12.5, 11.5, 10.5, 9.5, 8.5)
_LINE_HEIGHT: Final = 1.3
_PLACING_ROUNDS: Final = 8
_UNKNOWN_GLYPH: Final = "□"
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


@dataclass(frozen=True, slots=True)
class Label:
    """A text that belongs beside a mark: the mark's position in pixels from the bottom left, and its radius."""

    text: str
    x: float
    y: float
    radius: float
    weight: Weight = "normal"


class Sheet:
    """A figure laid out in pixels from its top left corner, with its title and notes already on it."""

    def __init__(self, title: str, notes: Sequence[str], body: float) -> None:
        self.figure = Figure(figsize=(WIDTH / _DPI, 1), dpi=_DPI, facecolor="white")
        self.canvas = FigureCanvasAgg(self.figure)
        room = WIDTH - 2 * MARGIN
        heading = wrap(title, room, lines=2, size=_TITLE_SIZE, weight="bold")
        note = " · ".join(notes)
        # Notes that do not fit on one line get one each.
        note = "\n".join(wrap(part, room, lines=2) for part in ([note] if measure(note)[0] <= room else notes))
        title_height = (heading.count("\n") + 1) * _line(_TITLE_SIZE)
        note_height = (note.count("\n") + 1) * _line(_BODY_SIZE)
        self.top = MARGIN + title_height + note_height + 16
        self.height = round(self.top + body)
        # The hundredth of a pixel keeps the rounding inside matplotlib from losing a whole one.
        self.figure.set_size_inches(WIDTH / _DPI, (self.height + 0.01) / _DPI)
        self.text(MARGIN, MARGIN + title_height / 2 - 6, heading, size=_TITLE_SIZE, weight="bold")
        self.text(MARGIN, MARGIN + title_height + note_height / 2, note, colour=GREY)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = _BODY_SIZE,
        weight: Weight = "normal",
        colour: str = INK,
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
            self.text(x, bottom + 24, text, colour=GREY, align="center")
        self.text((axes.bbox.x0 + axes.bbox.x1) / 2, bottom + 62, title, align="center")

    def label_y(self, axes: Axes, ticks: Sequence[tuple[float, str]], *, grid: bool = False) -> None:
        """Write tick texts left of the axes, and a faint line across for each on demand."""
        for value, text in ticks:
            y = self.pixels(axes, np.array([[0.0, value]]))[0, 1]
            self.text(axes.bbox.x0 - 12, self.height - y, text, colour=GREY, align="right")
            if grid:
                axes.axhline(value, color=_RULE, linewidth=0.7, zorder=0)

    def place(self, axes: Axes, labels: Sequence[Label], avoid: Array, dislike: float) -> None:
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
        for size in LABEL_SIZES:
            texts = [wrap(label.text, 0.4 * (x1 - x0), 4, size, label.weight) for label in labels]
            inked = [measure(text, size, label.weight) for text, label in zip(texts, labels, strict=True)]
            sizes = np.array([[width + 10, height + 4] for width, height in inked])
            centres, clear = _arrange(marks, sizes, box, avoid, dislike)
            if clear:
                break
        plate = {"boxstyle": "round,pad=0.1,rounding_size=0.35", "fc": "white", "ec": "none", "alpha": 0.78}
        for label, text, extent, (x, y) in zip(labels, texts, sizes, centres, strict=True):
            self._leader(label, extent, x, y)
            written = self.text(x, self.height - y, text, size=size, weight=label.weight, align="center")
            written.set_bbox(plate)

    def _leader(self, label: Label, extent: Array, x: float, y: float) -> None:
        """Draw a line from a mark to its label where they are not side by side."""
        nearest_x = min(max(label.x, x - extent[0] / 2), x + extent[0] / 2)
        nearest_y = min(max(label.y, y - extent[1] / 2), y + extent[1] / 2)
        distance = math.hypot(nearest_x - label.x, nearest_y - label.y)
        if distance > label.radius + 16:
            start = label.radius / distance
            xs = [label.x + (nearest_x - label.x) * start, nearest_x]
            ys = [label.y + (nearest_y - label.y) * start, nearest_y]
            line = Line2D([v / WIDTH for v in xs], [v / self.height for v in ys], color=INK, linewidth=0.9)
            self.figure.add_artist(line)


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
        As for `Sheet.place`.

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


def png(figure: Figure) -> bytes:
    """Write a figure as a PNG with a palette: a third of the size of full colour, and nothing in it but the picture.

    The 256 most frequent colours stay exact, which all areas and markers are among; the rest, on smoothed edges, go
    to the nearest of these.
    """
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib annotates only a part
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].astype(np.int32)  # type: ignore[no-untyped-call]  # matplotlib annotates only a part
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


def _line(size: float) -> float:
    """Return the height of a line of text in pixels."""
    return size * _DPI / 72 * _LINE_HEIGHT


@lru_cache(maxsize=4096)
def measure(text: str, size: float = _BODY_SIZE, weight: Weight = "normal") -> tuple[float, float]:
    """Return the width and height in pixels of text that is already broken into lines."""
    # matplotlib's renderers carry no types.
    renderer = RendererAgg(1, 1, _DPI)  # type: ignore[no-untyped-call]  # matplotlib annotates only a part
    font, lines = _font(size, weight), text.split("\n")
    width = max(renderer.get_text_width_height_descent(line, font, False)[0] for line in lines)  # type: ignore[no-untyped-call]  # matplotlib annotates only a part
    return float(width), len(lines) * _line(size)


def wrap(text: str, room: float, lines: int, size: float = _BODY_SIZE, weight: Weight = "normal") -> str:
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
    space = measure("n n", size, weight)[0] - measure("nn", size, weight)[0]
    done, used = list[str](), room
    for word in _pieces(text, room, size, weight):
        width = measure(word, size, weight)[0]
        if used + space + width <= room:
            done[-1], used = f"{done[-1]} {word}", used + space + width
        else:
            done, used = [*done, word], width
    if len(done) > lines:
        last = done[lines - 1]
        fits = fitting(last, room - measure("…", size, weight)[0], size, weight)
        done = [*done[: lines - 1], last[:fits] + "…"]
    return done


def fitting(text: str, room: float, size: float, weight: Weight) -> int:
    """Return how many characters of text fit into `room` pixels, at least one."""
    if measure(text, size, weight)[0] <= room:
        return len(text)
    # Text grows with every character, so the longest start that fits is found by halving.
    low, high = 1, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if measure(text[:middle], size, weight)[0] <= room else (low, middle)
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


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _pieces(text: str, room: float, size: float, weight: Weight) -> Iterator[str]:
    for word in text.split():
        rest = word
        while (fits := fitting(rest, room, size, weight)) < len(rest):
            yield rest[:fits]
            rest = rest[fits:]
        yield rest
