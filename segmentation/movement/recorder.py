"""Gathers, while a file is scored, which segment each of its customers is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from segmentation.movement.snapshot import CUSTOMER, SEGMENT_INDEX

if TYPE_CHECKING:
    from segmentation.movement.hashing import MovementKey

# A snapshot of as many customers takes about 90 MB.
MOST_CUSTOMERS: Final = 10_000_000


class Recorder:
    """Told of every block of a file that is being scored, by `score_file`.

    Parameters
    ----------
    key
        With which ids are hashed.
    most
        How many rows with an id it takes; of a longer file nothing is remembered.
    """

    def __init__(self, key: MovementKey, most: int = MOST_CUSTOMERS) -> None:
        self._key, self._most = key, most
        self.begin()

    def begin(self) -> None:
        """Forget what was gathered: the file is read from its beginning."""
        self._parts: list[pl.DataFrame] = []
        self._rows = 0

    def add(self, ids: pl.Series, segments: pl.Series) -> None:
        """Take some rows.

        Parameters
        ----------
        ids
            The cells of the column that holds ids.
        segments
            The index of each row's segment, null if it could not be scored.
        """
        if self.overflowed:
            return
        rows = pl.DataFrame([self._key.hashed(ids), segments.cast(pl.UInt8).alias(SEGMENT_INDEX)])
        self._parts.append(rows.drop_nulls(CUSTOMER))
        self._rows += self._parts[-1].height
        if self.overflowed:
            self._parts.clear()

    @property
    def overflowed(self) -> bool:
        """Whether the file has more customers than are remembered."""
        return self._rows > self._most

    def customers(self) -> tuple[pl.DataFrame, int]:
        """Return what `Snapshot` takes, and how many ids were left out because they are in two segments.

        An id that repeats within one segment counts once. One that could be scored only in some of its rows is in the
        segment of these.
        """
        together = (
            pl.concat(self._parts)
            if self._parts
            else pl.DataFrame(schema={CUSTOMER: pl.UInt64, SEGMENT_INDEX: pl.UInt8})
        )
        one = pl.col(SEGMENT_INDEX)
        found = together.group_by(CUSTOMER).agg(one.min(), doubtful=one.min() != one.max())
        doubtful = found["doubtful"].fill_null(value=False)
        return found.filter(~doubtful).select(CUSTOMER, SEGMENT_INDEX).sort(CUSTOMER), int(doubtful.sum())
