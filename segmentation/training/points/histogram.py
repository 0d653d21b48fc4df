"""Values as whole numbers, and how one feature's are distributed, finely: what the first pass over large data counts.

The arithmetic is laid down in `binning`, since databases do the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Schema

FIXED_BITS: Final = 30
CODES: Final = 1 << 16
# Stands for a missing value among whole numbers: the least int32, which no value can be (at most 2**30 in size).
MISSING: Final = -(1 << 31)


def fixed_scales(schema: Schema) -> NDArray[np.float64]:
    """Return what each feature's values are multiplied with to become whole numbers: (d,) powers of two."""
    largest = [max(abs(feature.minimum), abs(feature.maximum)) for feature in schema.features]
    # A power of two changes only the exponent, so multiplying and dividing by it are exact.
    return np.array([2.0 ** (FIXED_BITS - math.frexp(value)[1]) for value in largest])


def to_fixed(values: NDArray[np.float64], schema: Schema) -> NDArray[np.int32]:
    """Turn (n, d) usable values, NaN if missing, into whole numbers, `MISSING` if missing."""
    scaled = np.floor(values * fixed_scales(schema) + 0.5)
    return np.where(np.isnan(scaled), MISSING, scaled).astype(np.int32)


def fine_codes(fixed: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the fine code of whole numbers, none of them missing: -65536 to 65536, ascending with them."""
    share = np.abs(fixed.astype(np.float64)) / (1 << FIXED_BITS)
    # Two square roots, not a power of .25: IEEE 754 has every engine round a root alike, but not a power.
    codes: NDArray[np.int64] = np.floor(CODES * np.sqrt(np.sqrt(share))).astype(np.int64)
    return np.where(fixed < 0, -codes, codes)


@dataclass(frozen=True)
class FineHistogram:
    """One feature's values over the usable rows, finely.

    Parameters
    ----------
    counts, sums
        (131073,) int64, by code + 65536: rows, and the sum of their whole numbers.
    missing
        Rows without a value.
    """

    counts: NDArray[np.int64]
    sums: NDArray[np.int64]
    missing: int

    @classmethod
    def of(cls, fixed: NDArray[np.int32]) -> FineHistogram:
        """Count (n,) whole numbers, n at most 2**22."""
        known = fixed[fixed != MISSING]
        place, length = fine_codes(known) + CODES, 2 * CODES + 1
        # Sums of at most 2**22 numbers of 2**30 are exact in float64.
        sums = np.bincount(place, weights=known, minlength=length).astype(np.int64)
        return cls(np.bincount(place, minlength=length), sums, len(fixed) - len(known))

    @classmethod
    def from_groups(
        cls, codes: Sequence[int], counts: Sequence[int], sums: Sequence[int], missing: int = 0
    ) -> FineHistogram:
        """Take groups as a database counted them, in any order."""
        place = np.asarray(codes, dtype=np.int64) + CODES
        found = cls(np.zeros(2 * CODES + 1, dtype=np.int64), np.zeros(2 * CODES + 1, dtype=np.int64), missing)
        np.add.at(found.counts, place, np.asarray(counts, dtype=np.int64))
        np.add.at(found.sums, place, np.asarray(sums, dtype=np.int64))
        return found

    def add(self, other: FineHistogram) -> FineHistogram:
        """Return the histogram of the rows of both."""
        return FineHistogram(self.counts + other.counts, self.sums + other.sums, self.missing + other.missing)

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """The codes that occur, ascending."""
        return np.flatnonzero(self.counts) - CODES

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The rows of each code that occurs."""
        return self.counts[self.codes + CODES]

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """The mean whole number of each code that occurs; exact if its rows are all alike."""
        return mean_of(self.sums[self.codes + CODES], self.rows)


def least_fixed(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the least whole numbers of which the fine codes are at least these, each -65536 to 65537."""
    positive = np.where(codes > 0, codes, 1 - codes)
    found = np.ceil((1 << FIXED_BITS) * (positive / CODES) ** 4).astype(np.int64)
    # The fourth power of a rounded root may be a little off: step to the exact number.
    while (high := fine_codes(found.astype(np.int32)) >= positive).any():
        found = found - high
    while (low := fine_codes(found.astype(np.int32)) < positive).any():
        found = found + low
    return np.where(codes > 0, found, 1 - found)


def mean_of(sums: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide sums by counts; the mean of equal whole numbers is that number exactly, however large the sum."""
    whole = sums // counts
    return np.asarray(whole + (sums - whole * counts) / counts)
