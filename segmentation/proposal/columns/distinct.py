"""How many different values a column of any length has, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

# The error of an estimate from n kept values is about 1 / sqrt(n).
MOST_KEPT: Final = 4096
_COUNTS: Final = {"hash": pl.UInt64, "count": pl.UInt64}


@dataclass(frozen=True, slots=True)
class DistinctPart:
    """The values of some rows: which of their hashes were kept, as `step` says, and how often each occurs."""

    step: int
    counts: pl.DataFrame

    @classmethod
    def of(cls, hashes: pl.Series, step: int) -> DistinctPart:
        """Count the hashes that are multiples of `step`, a power of two."""
        kept = hashes.filter(hashes % step == 0) if step > 1 else hashes
        counts = kept.to_frame("hash").group_by("hash").len("count").cast({"count": pl.UInt64})
        return cls(step, counts)


class DistinctValues:
    """Counts different values by their 64-bit hashes.

    While there are few, it keeps all. Beyond `MOST_KEPT` it keeps every second, then every fourth, and so on, chosen by
    hash: all occurrences of a value or none, so the kept ones, scaled up, estimate the whole without bias.

    >>> import polars as pl
    >>> values = DistinctValues()
    >>> values.add(DistinctPart.of(pl.Series(["a", "b", "a"]).hash(), values.step))
    >>> values.distinct, values.rows_a_value
    (2, 1.5)
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._counts = pl.DataFrame(schema=_COUNTS)
        self.step = 1

    def add(self, part: DistinctPart) -> None:
        """Take in some more rows, counted with this or an earlier `step`."""
        self._counts = pl.concat([self._counts, part.counts]).group_by("hash").agg(pl.col("count").sum())
        self._thin()
        if part.step < self.step:
            self._counts = self._kept()
        self.step = max(self.step, part.step)

    def _thin(self) -> None:
        while self._counts.height > self._most:
            self.step *= 2
            self._counts = self._kept()

    def _kept(self) -> pl.DataFrame:
        return self._counts.filter(pl.col("hash") % self.step == 0)

    @property
    def exact(self) -> bool:
        """Whether every value was kept."""
        return self.step == 1

    @property
    def distinct(self) -> int:
        """How many different values there are: an estimate unless `exact`."""
        return self._counts.height * self.step

    @property
    def rows_a_value(self) -> float:
        """How many rows each value has on average; 0 without rows."""
        return float(self._counts["count"].to_numpy().sum()) / self._counts.height if self._counts.height else 0.0

    @property
    def commonest_share(self) -> float:
        """Share of the kept rows that hold the commonest value; 0 without rows."""
        counts = self._counts["count"].to_numpy()
        return float(counts.max() / counts.sum()) if len(counts) else 0.0
