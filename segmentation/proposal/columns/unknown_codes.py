"""Tells numbers that stand for "not known", such as 999 and -1, from those that measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars as pl

_NINES: Final = frozenset(float("9" * digits) for digits in range(2, 10))
_CODES: Final = _NINES | {-1.0, -9.0} | {-nines for nines in _NINES}
# Fewer customers may have such a value by chance.
_FEWEST: Final = 5
_LEAST_SHARE: Final = 0.01


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A number that seems to stand for "not known".

    Parameters
    ----------
    number
        The number.
    share
        The share of the numbers that are it.
    """

    number: float
    share: float


def unknown_code(values: pl.Series) -> UnknownCode | None:
    """Return the number that stands for "not known" in a column; None if there seems to be none.

    It is written as people write such codes, several customers have it, and it is out of the others' reach: the only
    negative number, or farther above all others than these are from each other.

    Parameters
    ----------
    values
        Float64: the column's numbers, null for a missing one.
    """
    filled = values.drop_nulls()
    for number in (filled.max(), filled.min()):
        if not isinstance(number, float) or number not in _CODES:
            continue
        others = filled.filter(filled != number)
        count = len(filled) - len(others)
        if count >= max(_FEWEST, _LEAST_SHARE * len(filled)) and _out_of_reach(number, others):
            return UnknownCode(number, count / len(filled))
    return None


def _out_of_reach(number: float, others: pl.Series) -> bool:
    low, high = others.min(), others.max()
    if not isinstance(low, float) or not isinstance(high, float):
        return False
    return low >= 0 if number < 0 else low >= 0 and number - high > high - low
