"""Rows such as "Germany Total": totals if their numbers add up the rows above, and customers if they do not.

One pass over the file in its order finds them. Only sums and counts are kept of the rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from segmentation.numbers.number_forms import NumberStyle
from segmentation.reading.blocks import CleanBlock, RecordBlock
from segmentation.reading.columns import all_numbers
from segmentation.reading.rows import RowReader

# Groups that a subtotal of a higher level may add up; beyond, the oldest are one group.
_MOST_GROUPS: Final = 500
# What is lost when floats are added in another order than the program that wrote the total added them.
_FLOAT_ERROR: Final = 1e-9
# A sum or average of so many times what rounding may take away is hardly met by chance.
_TELLING_SUM: Final = 100
_TELLING_AVERAGE: Final = 1000
_FRACTION: Final = {mark: re.compile(rf"\{mark}([0-9]+)[^0-9]*$") for mark in ".,"}
# How a workbook's numbers are written beside texts: 1047e-3.
_POWER: Final = re.compile(r"[0-9]e-([0-9]+)%?$")


@dataclass(frozen=True, slots=True)
class Written:
    """A number as a row states it, and by how much at most it may be off because it was rounded to its last digit."""

    number: float
    rounding: float


@dataclass(frozen=True, slots=True)
class Group:
    """Some rows added up: of each column the sum of its numbers, and how many there are."""

    sums: tuple[float, ...]
    counts: tuple[int, ...]

    def __add__(self, other: Group) -> Group:
        """Return both groups as one."""
        return Group(
            tuple(mine + theirs for mine, theirs in zip(self.sums, other.sums, strict=True)),
            tuple(mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)),
        )

    def is_stated_by(self, row: Sequence[Written | None], *, beyond_chance: bool = False) -> bool:
        """Tell whether all numbers of a row are sums or averages of this group, more of them than chance explains.

        Parameters
        ----------
        row
            Its numbers.
        beyond_chance
            Whether a single number has to be more than chance explains; otherwise two small ones are enough.
        """
        stated = [
            (written, total, count)
            for written, total, count in zip(row, self.sums, self.counts, strict=True)
            if written is not None
        ]
        evidence = [_evidence(*each) for each in stated]
        if None in evidence or not any(written.number for written, _, _ in stated):
            return False
        return any(evidence) or (len(evidence) > 1 and not beyond_chance)


def _evidence(written: Written, total: float, count: int) -> bool | None:
    """Tell whether a number is the sum or average of its column beyond chance; None if it is neither."""
    if not count:
        return None
    for meant, telling in ((total, _TELLING_SUM), (total / count, _TELLING_AVERAGE)):
        rounding = written.rounding + _FLOAT_ERROR * abs(meant)
        if abs(written.number - meant) <= rounding:
            return abs(meant) >= telling * rounding
    return None


class RunningSums:
    """The rows since the last subtotal, and the groups closed before, which subtotals of higher levels add up.

    A row that repeats the only one above it adds up nothing, unless the file is known to have totals.

    Parameters
    ----------
    columns
        How many columns are added up.
    """

    def __init__(self, columns: int) -> None:
        self._nothing = Group((0.0,) * columns, (0,) * columns)
        self._current = self._nothing
        self._closed: list[Group] = []
        self._has_totals = False

    def add(self, group: Group) -> None:
        """Add rows that are customers."""
        self._current += group

    def close(self) -> None:
        """Take note of a row that says itself that it adds up the rows above."""
        self._has_totals = True
        if self._current != self._nothing:
            self._push(self._current)

    def adds_up(self, row: Sequence[Written | None], *, beyond_chance: bool = False) -> bool:
        """Tell whether a row adds up the rows above it since some subtotal; if so, they are a group from now on.

        Parameters
        ----------
        row
            Its numbers.
        beyond_chance
            As for `Group.is_stated_by`.
        """
        group = self._current
        for last in range(len(self._closed), -1, -1):
            if last < len(self._closed):
                group += self._closed[last]
            if (self._has_totals or max(group.counts, default=0) > 1) and group.is_stated_by(
                row, beyond_chance=beyond_chance
            ):
                del self._closed[last:]
                self._push(group)
                self._has_totals = True
                return True
        return False

    def _push(self, group: Group) -> None:
        self._closed.append(group)
        self._current = self._nothing
        if len(self._closed) > _MOST_GROUPS:
            self._closed[:2] = [self._closed[0] + self._closed[1]]


def find_subtotals(rows: RowReader, blocks: Iterable[CleanBlock | RecordBlock]) -> pl.Series:
    """Return the lines, Int64 and ascending, of the rows whose label may be a total's and whose numbers are totals."""
    sums = RunningSums(len(rows.layout.columns))
    found = pl.Series(dtype=pl.Int64)
    for block in blocks:
        labelled = rows.labelled(block)
        cells = rows.cells(block, rows.layout.columns)
        texts = [cells[f"c{at}"] for at in rows.layout.columns]
        numbers = [all_numbers(column, style=style) for column, style in zip(texts, rows.column_styles, strict=True)]
        proven, start = [], 0
        for row, suspected in sorted(
            [*((row, False) for row in labelled.totals), *((row, True) for row in labelled.suspects)]
        ):
            sums.add(_group(numbers, start, row))
            start = row + 1
            if not suspected:
                sums.close()
            elif sums.adds_up(_stated(texts, numbers, rows.column_styles, row), beyond_chance=row in labelled.aside):
                proven.append(row)
            else:
                sums.add(_group(numbers, row, row + 1))
        sums.add(_group(numbers, start, block.rows))
        found = found.append(rows.lines_of(block, pl.Series(proven, dtype=pl.UInt32)))
    return found


def _group(numbers: Sequence[pl.Series], start: int, end: int) -> Group:
    parts = [column.slice(start, end - start) for column in numbers]
    return Group(tuple(float(part.sum()) for part in parts), tuple(len(part) - part.null_count() for part in parts))


def _stated(
    texts: Sequence[pl.Series], numbers: Sequence[pl.Series], styles: Sequence[NumberStyle], row: int
) -> list[Written | None]:
    return [
        None if column[row] is None else Written(column[row], _rounding(cells[row], style))
        for cells, column, style in zip(texts, numbers, styles, strict=True)
    ]


def _rounding(text: str, style: NumberStyle) -> float:
    """Return half of what the last digit of a number counts, in the feature's unit."""
    if power := _POWER.search(text):
        return 0.5 * style.factor * 10.0 ** -int(power[1])
    match = _FRACTION[style.decimal].search(text)
    return 0.5 * style.factor * 10.0 ** -(len(match[1]) if match else 0)
