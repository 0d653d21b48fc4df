"""Counting ids that occur more than once, in bounded memory."""

from __future__ import annotations

from typing import Final

import polars as pl

_MOST: Final = 10_000_000


class DuplicateCounter:
    """Counts repeated texts by their 64-bit hashes, at most `most` of them at a time.

    Beyond that it keeps every second id, then every fourth, and so on, chosen by hash. It keeps all occurrences of an
    id or none, so the count of the kept ids, scaled up, estimates the whole without bias.

    >>> import polars as pl
    >>> counter = DuplicateCounter()
    >>> counter.add(hashed(pl.Series(["A1", "A2", "A1", ""])))
    >>> counter.duplicates(), counter.exact
    (1, True)
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most, self._held, self._halvings = most, 0, 0
        self._hashes: list[pl.Series] = []

    @property
    def exact(self) -> bool:
        """Whether every id was kept."""
        return self._halvings == 0

    def add(self, hashes: pl.Series) -> None:
        """Count some more ids, given as `hashed` returns them."""
        self._hashes.append(self._kept(hashes))
        self._held += len(self._hashes[-1])
        while self._held > self._most:
            self._halvings += 1
            self._hashes = [self._kept(part) for part in self._hashes]
            self._held = sum(map(len, self._hashes))

    def duplicates(self) -> int:
        """Return how many ids repeat an earlier one: an estimate unless `exact`."""
        if not self._hashes:
            return 0
        together = pl.concat(self._hashes)
        self._hashes = [together]
        return (len(together) - together.n_unique()) << self._halvings

    def _kept(self, hashes: pl.Series) -> pl.Series:
        return hashes.filter(hashes % (1 << self._halvings) == 0) if self._halvings else hashes


def hashed(ids: pl.Series) -> pl.Series:
    """Return the hashes of the ids that are not empty."""
    return ids.filter(ids != "").hash()
