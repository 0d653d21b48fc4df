"""Finds, in a scored file, the rows of the customers that moved since an earlier one, and where they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

import polars as pl

from segmentation.errors import BadInput
from segmentation.movement.movement import LEAST_COMMON, common_share, movers
from segmentation.movement.recorder import MOST_CUSTOMERS, Recorder
from segmentation.movement.snapshot import CUSTOMER, Snapshot
from segmentation.reading.ids.id_column import ID_ROWS, ids_in_rows, named_ids

if TYPE_CHECKING:
    from segmentation.lists.scored_table import ScoredTable
    from segmentation.movement.hashing import MovementKey
    from segmentation.schema import Schema

UNKNOWN_IDS: Final = (
    "I can't tell which column of this file holds the customers' ids, so I can't tell who moved. Choose again "
    "without “Only customers who moved”."
)
TOO_MANY: Final = (
    f"This file has more than {MOST_CUSTOMERS:,} customers, too many to tell who moved. Choose again without “Only "
    "customers who moved”."
)
_BEFORE: Final = "before"
# A snapshot tells segments apart by one byte.
_MOST_SEGMENTS: Final = 255


@dataclass(frozen=True, slots=True)
class MovedRows:
    """The customers that moved between an earlier file and the one that a list is cut from.

    Being scored or not isn't a move, and an id that the file has in two segments is in none, as in `compare`.

    Parameters
    ----------
    before
        The earlier file.
    key
        With which the earlier file's ids were hashed.
    schema
        The features: their columns hold no ids.
    most
        How many rows with an id a file may have.
    """

    before: Snapshot
    key: MovementKey
    schema: Schema
    most: int = MOST_CUSTOMERS

    def of(
        self, table: ScoredTable, progress: Callable[[int], None] | None = None
    ) -> Callable[[pl.DataFrame], pl.Series]:
        """Read a scored file once, and return what tells each of its rows' segment before.

        Parameters
        ----------
        progress
            Called with the number of rows read so far. An exception it raises ends the work.

        Returns
        -------
        Callable
            Takes a frame of `table.frames()`; returns as many names (String), null for a row whose customer has not
            moved or is not known.

        Raises
        ------
        BadInput
            When nobody can tell which column holds ids, or there are too many.
        """
        column = f"c{self._id_column(table)}"
        now = self._gathered(table, column, progress)
        if common_share(self.before, now) < LEAST_COMMON:
            # Some other column was taken for the ids, by a person who was asked or because cells were edited since.
            raise BadInput(UNKNOWN_IDS)
        moved = movers(self.before, now).sort(CUSTOMER)
        customers, segments = moved[CUSTOMER], moved[_BEFORE]

        def before(frame: pl.DataFrame) -> pl.Series:
            if customers.is_empty():
                return pl.Series(_BEFORE, [None] * frame.height, dtype=pl.String)
            hashes = self.key.hashed(table.plain_cells(frame[column]))
            # A search costs the same for each block, however many there are; a join would hash all movers each time.
            at = customers.search_sorted(hashes.fill_null(0)).clip(0, len(customers) - 1)
            known = (customers.gather(at) == hashes).fill_null(value=False)
            return segments.gather(at).zip_with(known, pl.Series([None], dtype=pl.String)).alias(_BEFORE)

        return before

    def _id_column(self, table: ScoredTable) -> int:
        header = table.header
        added = range(table.first, table.first + 3)
        others = [*added, *(place for place, name in enumerate(header) if self.schema.find(name))]
        named = named_ids(header, others)
        if named is None:
            named = ids_in_rows(_first_rows(table), header, others)
        if named is None:
            raise BadInput(UNKNOWN_IDS)
        return named

    def _gathered(self, table: ScoredTable, ids: str, progress: Callable[[int], None] | None) -> Snapshot:
        """Return the file as it would be remembered."""
        recorder, names, rows = Recorder(self.key, self.most), dict[str, int](), 0
        for frame in table.frames():
            segments = table.segments(frame)
            for name in segments.unique(maintain_order=True):
                if name:
                    names.setdefault(name, len(names))
            if len(names) > _MOST_SEGMENTS:
                raise BadInput("The column segment has too many different names. Score the file again.")
            indices = segments.replace_strict(names, default=None, return_dtype=pl.UInt8)
            recorder.add(table.plain_cells(frame[ids]), indices)
            if recorder.overflowed:
                raise BadInput(TOO_MANY)
            rows += frame.height
            if progress:
                progress(rows)
        customers, _ = recorder.customers()
        return Snapshot(replace(self.before.about, segments=tuple(names)), customers)


def _first_rows(table: ScoredTable) -> list[list[str]]:
    """Return the first rows' cells as they were before they were guarded."""
    for frame in islice(table.frames(), 1):
        head = frame.head(ID_ROWS)
        columns = [table.plain_cells(head[f"c{place}"].fill_null("")) for place in range(table.layout.width)]
        return [list(row) for row in zip(*columns, strict=True)]
    return []
