"""Numbers and headings as people write them."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=4096)
def format_number(value: float, decimals: int | None = None) -> str:
    """Write a number plainly, without trailing zeros.

    With `decimals` it is rounded to that many digits after the point; without, it is written exactly (shortest form
    that reads back as the same float), in scientific notation only from 1e16 or below 1e-4.

    >>> format_number(60.0), format_number(60.25, 1), format_number(1e16)
    ('60', '60.2', '1e+16')
    """
    text = repr(float(value)) if decimals is None else f"{value:.{decimals}f}"
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def with_unit(label: str, unit: str) -> str:
    """Write a label with its unit, as a table's heading: "Annual income (k$)"; the label alone if there is none."""
    return f"{label} ({unit})" if unit else label
