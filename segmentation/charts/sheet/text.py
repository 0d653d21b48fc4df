"""Text that is measured before it is drawn: fonts, width, line breaks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final, Literal

from matplotlib import font_manager
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

Weight = Literal["normal", "bold"]
DPI: Final = 150
BODY_SIZE: Final = 12.5
LINE_HEIGHT: Final = 1.3
_UNKNOWN_GLYPH: Final = "□"
# Unicode categories of characters that have no glyph.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
# For scripts that the bundled DejaVu Sans lacks: those of these fonts that the machine has.
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


def line_height(size: float) -> float:
    """Return the height in pixels of a line of text in points."""
    return size * DPI / 72 * LINE_HEIGHT


@lru_cache(maxsize=4096)
def measure(text: str, size: float = BODY_SIZE, weight: Weight = "normal") -> tuple[float, float]:
    """Return the width and height in pixels of text that is already broken into lines."""
    renderer = RendererAgg(1, 1, DPI)  # type: ignore[no-untyped-call]  # matplotlib annotates only a part
    properties, lines = font(size, weight), text.split("\n")
    width = max(renderer.get_text_width_height_descent(line, properties, False)[0] for line in lines)  # type: ignore[no-untyped-call]  # matplotlib annotates only a part
    return float(width), len(lines) * line_height(size)


def wrap(text: str, room: float, lines: int, size: float = BODY_SIZE, weight: Weight = "normal") -> str:
    """Break text into at most `lines` lines of at most `room` pixels, about equally long; shorten it if it is too long.

    Characters that cannot be drawn are removed or replaced first: see `_drawable`.
    """
    text = _drawable(text)
    wide = _break(text, room, lines, size, weight)
    # The narrowest room that needs no more lines makes them about equally long.
    for share in (0.5, 0.6, 0.7, 0.8, 0.9):
        narrow = _break(text, share * room, len(wide), size, weight)
        if "".join(narrow).replace(" ", "") == "".join(wide).replace(" ", ""):
            return "\n".join(narrow)
    return "\n".join(wide)


def _break(text: str, room: float, lines: int, size: float, weight: Weight) -> list[str]:
    """Fill line after line, breaking at spaces, and within a word only if it is longer than a line."""
    # Words are measured one by one: `wrap` tries several widths with the same words, so most are in the cache.
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
        fits = _fitting(last, room - measure("…", size, weight)[0], size, weight)
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
    if measure(text, size, weight)[0] <= room:
        return len(text)
    # Text only gets wider with every character, so a binary search finds the longest start that fits.
    low, high = 1, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if measure(text[:middle], size, weight)[0] <= room else (low, middle)
    return low


def _drawable(text: str) -> str:
    """Return text on one line, without control characters, and with a box for each character that no font can draw."""
    # Composed, since matplotlib would draw an accent of its own beside its letter.
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    kept = (c for c in composed if unicodedata.category(c) not in _INVISIBLE)
    return "".join(c if _has_glyph(c) else _UNKNOWN_GLYPH for c in kept).strip() or _UNKNOWN_GLYPH


@lru_cache(maxsize=4096)
def _has_glyph(character: str) -> bool:
    """Say whether the fonts can draw a character in both weights; if not, matplotlib would warn."""
    weights: tuple[Weight, ...] = ("normal", "bold")
    paths = ([font_manager.findfont(font(1.0, weight, family)) for family in _families()] for weight in weights)
    return all(any(font_manager.get_font(p).get_char_index(ord(character)) for p in some) for some in paths)


def font(size: float, weight: Weight, family: str | None = None) -> FontProperties:
    """Return a font for matplotlib; without a family, it falls back to other families glyph by glyph."""
    return FontProperties(family=[family] if family else list(_families()), size=size, weight=weight)


@cache
def _families() -> tuple[str, ...]:
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return ("DejaVu Sans", *(family for family in _FALLBACK_FAMILIES if family in installed))
