"""Many cells at once: the rows of a part of a sheet as columns, which are checked and written out in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import polars as pl

from segmentation.reading.spreadsheet.cells import Cell, Kind, SheetRow

CELLS: Final[Mapping[str, type[pl.DataType]]] = {
    "row": pl.UInt32,
    "column": pl.UInt32,
    "kind": pl.UInt8,
    "number": pl.Float64,
    "text": pl.String,
    "format": pl.UInt32,
}
_ROWS: Final = 5_000


@dataclass(frozen=True, slots=True)
class CellBlock:
    """Some rows of a sheet, one after the other.

    Parameters
    ----------
    cells
        A row for each cell that is not empty, with the columns `CELLS`, in the order of the sheet's rows: where it is,
        counted from 0; its kind; its value, in `number` or in `text` as `Cell.value` has it; and the place of its
        number format in `formats`. Of two cells in one place, which only a damaged sheet has, the last counts.
    formats
        The number formats' codes.
    hidden
        The rows that the spreadsheet does not show.
    """

    cells: pl.DataFrame
    formats: Sequence[str]
    hidden: frozenset[int] = frozenset()


def blocks_of(rows: Iterable[SheetRow]) -> Iterator[CellBlock]:
    """Gather rows in blocks."""
    rows = iter(rows)
    while some := list(islice(rows, _ROWS)):
        yield block_of(some)


def block_of(rows: Iterable[SheetRow]) -> CellBlock:
    """Gather rows in one block."""
    formats: dict[str, int] = {}
    hidden: set[int] = set()
    found: list[tuple[int, int, int, float | None, str | None, int]] = []
    for row in rows:
        if row.hidden:
            hidden.add(row.index)
        for column, (kind, value, code) in row.cells.items():
            number, text = (None, value) if isinstance(value, str) else (float(value), None)
            found.append((row.index, column, kind, number, text, formats.setdefault(code, len(formats))))
    return CellBlock(pl.DataFrame(found, schema=CELLS, orient="row"), [*formats], frozenset(hidden))


def rows_of(block: CellBlock) -> Iterator[SheetRow]:
    """Yield a block's rows."""
    kinds, formats = list(Kind), block.formats
    row, cells = -1, dict[int, Cell]()
    columns = [block.cells[name].to_list() for name in CELLS]
    for index, column, kind, number, text, code in zip(*columns, strict=True):
        if index != row:
            if cells:
                yield SheetRow(row, cells, row in block.hidden)
            row, cells = index, {}
        cells[column] = Cell(kinds[kind], number if text is None else text, formats[code])
    if cells:
        yield SheetRow(row, cells, row in block.hidden)


def joined(blocks: Sequence[CellBlock]) -> CellBlock:
    """Make one block of several whose rows alternate."""
    formats: list[str] = []
    parts = []
    for block in blocks:
        parts.append(block.cells.with_columns(pl.col("format") + len(formats)))
        formats += block.formats
    cells = pl.concat(parts).sort("row", maintain_order=True)
    return CellBlock(cells, formats, frozenset().union(*(block.hidden for block in blocks)))
