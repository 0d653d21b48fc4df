"""The colours of a sheet besides the segments' own, how colours are mixed, and how well one is read on another.

Slack shows a picture on a white or a nearly black page, and does not say on which. So each picture brings a ground of
its own, a light one that does not glare at night, and everything on it is chosen to be read there.
"""

from __future__ import annotations

from typing import Final

from matplotlib.colors import to_hex, to_rgb

GROUND: Final = "#F6F7F9"
INK: Final = "#1D2129"
GREY: Final = "#565C66"
RULE: Final = "#C4C8CE"
# Outlines of what is meant to stand back.
SOFT_GREY: Final = "#8A9099"
ACCENT: Final = "#0072B2"
# The least contrast of text and of marks with what is behind them, by WCAG 2.2.
TEXT_CONTRAST: Final = 4.5
MARK_CONTRAST: Final = 3.0
_BLACK: Final = "#000000"
_WHITE: Final = "#FFFFFF"
# Below this, sRGB is linear.
_LINEAR_TO: Final = 0.04045


def mix(colour: str, share: float, towards: float) -> str:
    """Mix `share` of a colour with black (`towards` 0) or white (1)."""
    red, green, blue = (towards + share * (part - towards) for part in to_rgb(colour))
    return to_hex((red, green, blue))


def edge_of(colour: str) -> str:
    """Return a colour for the outline of what is filled with `colour`: light ones show only by their edge."""
    return mix(colour, 0.6, towards=0.0)


def text_on(colour: str) -> str:
    """Return black or white, whichever is read better on a colour."""
    return max((_BLACK, _WHITE), key=lambda text: contrast(text, colour))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    linear = [part / 12.92 if part <= _LINEAR_TO else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
