"""Some rows of a table, read: their values, what is wrong with the others, and where each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import polars as pl

from segmentation.reading.columns import none_beyond
from segmentation.reading.problems import NOT_CUSTOMERS, ProblemTally

# Follows the name of a feature whose category is given but not known; no name contains it.
UNKNOWN: Final = " unknown"


@dataclass(frozen=True)
class Batch:
    """Some consecutive rows, read.

    Parameters
    ----------
    rows
        Number of rows.
    lines
        The physical line each row starts on; an int if every row is one line, starting there.
    raw
        The lines without their ends if the block was read as a whole; None if it was read record by record.
    cells
        All columns as text, `c0`, `c1`, …, if the block was read record by record; None if it was read as a whole.
    ids
        The cells of the column that holds ids; None if there is no such column.
    values
        Float64 by feature name. Null: a missing profile value, or, in the cluster features, a refused row.
    rejected
        The refused rows, ascending: row (UInt32), reason (of the first fault), note (line, columns and faults).
    lacking
        Rows, not refused, that lack a profile feature: row (UInt32), name. If it has a category that is not known, the
        name is followed by `UNKNOWN`.
    faults
        Every kind of fault: place (index of the feature or `WHOLE_ROW`), reason, form, count, fitting, rows (a few).
    blank_lines
        Lines of a block read as a whole that turned out to be blank; they are no rows.
    beyond
        What `out_of_bounds` returns, by feature name, for features that have such numbers.
    """

    rows: int
    lines: int | pl.Series
    raw: pl.Series | None
    cells: pl.DataFrame | None
    ids: pl.Series | None
    values: pl.DataFrame
    rejected: pl.DataFrame
    lacking: pl.DataFrame
    faults: pl.DataFrame
    blank_lines: int = 0
    beyond: Mapping[str, pl.Series] = field(default_factory=dict)

    def all_between(self, name: str, low: float, high: float) -> bool:
        """Say whether every known value of a feature is from `low` to `high`; true if none is known."""
        least, most = self._extremes[name]
        return least is None or most is None or (low <= least and most <= high)

    def grouped(self, name: str, code: int) -> int:
        """Return how many rows have this code of a category."""
        return int((self.values[name] == code).sum())

    @cached_property
    def _extremes(self) -> Mapping[str, tuple[float | None, float | None]]:
        # Several checks ask about ranges of all values; these two numbers answer nearly all of them for nothing.
        return {column.name: (column.min(), column.max()) for column in self.values.iter_columns()}  # type: ignore[misc]  # Polars types them as any column's

    def out_of_bounds(self, name: str) -> pl.Series:
        """Return the numbers, Float64, of a feature's column that are out of its bounds."""
        return self.beyond[name] if name in self.beyond else none_beyond()

    @cached_property
    def others(self) -> int:
        """Number of refused rows that stand for no customer, such as totals."""
        return int(self._is_other.sum())

    @cached_property
    def customer_ids(self) -> pl.Series | None:
        """The ids, empty in rows that stand for no customer; None if no column holds ids."""
        if self.ids is None or not self.others:
            return self.ids
        return self.ids.scatter(self.rejected.filter(self._is_other)["row"], "")

    @property
    def _is_other(self) -> pl.Series:
        return self.rejected["reason"].is_in(list(NOT_CUSTOMERS))

    def line(self, row: int) -> int:
        """Return the physical line, counted from 1, that a row starts on."""
        return self.lines + row if isinstance(self.lines, int) else int(self.lines[row])

    def count(self, tally: ProblemTally) -> None:
        """Add this batch's faults to the file's."""
        for place, reason, form, count, fitting, rows in self.faults.iter_rows():
            tally.add(place, reason, count, map(self.line, rows), fitting=fitting, form=form)
