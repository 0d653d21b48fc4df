"""Bounds for a feature that are wider than the data: new customers differ from those of one file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from segmentation.proposal.columns import words
from segmentation.proposal.columns.column import Kind
from segmentation.proposal.columns.heading import words_of

if TYPE_CHECKING:
    from segmentation.proposal.columns.column import Column

_OLDEST: Final = 120.0
# No schema has wider bounds.
_WIDEST: Final = 1e15
_HUNDRED: Final = 100.0
# Steps between powers of ten at which people set limits.
_STEPS: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_FACTOR: Final = 2.0
# Numbers that all lie far above zero, such as years, are bounded by their own spread on both sides.
_FAR: Final = 0.5


def wide_bounds(column: Column) -> tuple[float, float, str]:
    """Return bounds for a column of numbers, in its unit, and what they rest on.

    Parameters
    ----------
    column
        With `numbers`.
    """
    facts = column.numbers
    assert facts is not None  # noqa: S101 - told to the type checker
    low, high = facts.low, facts.high
    if facts.bounds is not None:
        return min(low, facts.bounds[0]), max(high, facts.bounds[1]), "the bounds are those in the heading"
    if low >= 0 and high <= _OLDEST and not words_of(column.name).isdisjoint(words.AGE):
        return 0.0, _OLDEST, "the bounds are those of ages"
    if column.kind is Kind.SHARE and low >= 0 and high <= _HUNDRED:
        most = _HUNDRED if high > 1 or facts.unit == "%" else 1.0
        return 0.0, most, "the bounds are those of shares"
    reason = "the bounds are wider than the data, for customers to come"
    if low > _FAR * high:
        span = high - low
        return float(math.floor(low - span)), float(math.ceil(high + span)), reason
    least = -_rounded_up(-low * _FACTOR) if low < 0 else 0.0
    return least, _rounded_up(high * _FACTOR) if high > 0 else 0.0, reason


def _rounded_up(value: float) -> float:
    """Return the next number above that people would choose as a limit.

    >>> _rounded_up(27_400.0)
    30000.0
    """
    power = 10.0 ** math.floor(math.log10(value))
    step = next((step for step in _STEPS if step * power >= value), _STEPS[-1])
    return min(_WIDEST, float(f"{step * power:.12g}"))
