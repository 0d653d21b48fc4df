"""Columns that say the same as another: numbers that rise and fall together, and codes of a category."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Two columns that correlate as much as this would count twice in every distance.
NEARLY_THE_SAME: Final = 0.95
_FEWEST_ROWS: Final = 10


def correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return how much two columns correlate, 0 to 1 whatever the sign, over the rows that have both.

    Parameters
    ----------
    one, other
        (n,) the same rows' values, NaN where missing.
    """
    both = ~(np.isnan(one) | np.isnan(other))
    if both.sum() < _FEWEST_ROWS:
        return 0.0
    one, other = one[both] - one[both].mean(), other[both] - other[both].mean()
    size = float(np.sqrt((one @ one) * (other @ other)))
    return abs(float(one @ other)) / size if size else 0.0


def nearly_same(values: NDArray[np.float64], kept: Sequence[NDArray[np.float64]]) -> tuple[int, float] | None:
    """Return which of the columns kept so far a column nearly repeats, and their correlation; None for none."""
    for at, other in enumerate(kept):
        if (found := correlation(values, other)) >= NEARLY_THE_SAME:
            return at, found
    return None


def is_code_of(codes: pl.Series, texts: pl.Series) -> bool:
    """Tell whether codes and texts of the same rows belong together: each code has one text, each text one code."""
    pairs = pl.DataFrame({"code": codes, "text": texts}).drop_nulls()
    if pairs.height < _FEWEST_ROWS:
        return False
    different = pairs.n_unique()
    return different > 1 and different == pairs["code"].n_unique() == pairs["text"].n_unique()
