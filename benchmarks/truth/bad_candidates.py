"""Customers as a broken export delivers them: eight ways to spoil a file that reads without complaint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Spoil = Callable[["NDArray[np.float64]", "NDArray[np.intp]", int, int, "np.random.Generator"], "NDArray[np.float64]"]


def spoilt(
    kind: str,
    values: NDArray[np.float64],
    labels: NDArray[np.intp],
    columns: tuple[int, int],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return what a broken export makes of customers.

    Parameters
    ----------
    kind
        One of `KINDS`.
    values, labels
        (n, d) customers and their (n,) segments.
    columns
        Two cluster features; the first is spoilt, and the second is what it is mixed up with.
    """
    return KINDS[kind](values.copy(), labels, *columns, rng)


def _set(
    values: NDArray[np.float64], column: int, rows: NDArray[np.bool_], new: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    values[rows, column] = new
    return values


def _some(values: NDArray[np.float64], share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    return rng.permutation(len(values)) < share * len(values)


def _in_other_unit(
    values: NDArray[np.float64], column: int, share: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Give a column of some rows by the month instead of by the year."""
    rows = _some(values, share, rng)
    return _set(values, column, rows, values[rows, column] / 12)


def _swapped(values: NDArray[np.float64], one: int, other: int) -> NDArray[np.float64]:
    values[:, [one, other]] = values[:, [other, one]]
    return values


def _shuffled(values: NDArray[np.float64], column: int, rng: np.random.Generator) -> NDArray[np.float64]:
    values[:, column] = rng.permutation(values[:, column])
    return values


def _repeated(values: NDArray[np.float64], share: float, rng: np.random.Generator) -> NDArray[np.float64]:
    values[_some(values, share, rng)] = values[0]
    return values


KINDS: Final[Mapping[str, _Spoil]] = {
    "a column shuffled": lambda values, _labels, one, _other, rng: _shuffled(values, one, rng),
    "two columns swapped": lambda values, _labels, one, other, _rng: _swapped(values, one, other),
    "half in another unit": lambda values, _labels, one, _other, rng: _in_other_unit(values, one, 0.5, rng),
    "all in another unit": lambda values, _labels, one, _other, rng: _in_other_unit(values, one, 1.0, rng),
    "60 % overwritten by the median": lambda values, _labels, one, _other, rng: _set(
        values, one, _some(values, 0.6, rng), float(np.median(values[:, one]))
    ),
    "40 % overwritten by the least": lambda values, _labels, one, _other, rng: _set(
        values, one, _some(values, 0.4, rng), float(values[:, one].min())
    ),
    "one segment only": lambda values, labels, _one, _other, _rng: values[labels == np.bincount(labels).argmax()],
    "a third is one customer": lambda values, _labels, _one, _other, rng: _repeated(values, 1 / 3, rng),
}
