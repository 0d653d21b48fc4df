"""One streaming pass over a file whose columns nobody knows: a tally of every column, and a sample of the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

import polars as pl

from segmentation.errors import BadInput
from segmentation.proposal.columns.tally import ColumnPart, ColumnTally, Hint
from segmentation.reading.blocks import CleanBlock, RecordBlock
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.reading.others.totals import TotalsFinder, filled
from segmentation.reading.table import Table, in_order

# Rows kept for a closer look, spread over the whole file; between half of this and all of it when there are more.
MOST_SAMPLED: Final = 20_000
# Enough of a cell to tell what it is; a longer one is a text either way.
_CELL: Final = 64


@dataclass(frozen=True)
class Gathered:
    """What a pass over a file has found.

    Parameters
    ----------
    header
        The columns' names, as people can read them.
    rows
        Rows that may be customers; neither totals nor lines that don't fit the header.
    others
        Rows that were left out.
    tallies
        One a column, of all rows.
    sample
        String columns `c0`, `c1`, …: some of the rows, evenly spread, long cells cut.
    """

    header: tuple[str, ...]
    rows: int
    others: int
    tallies: tuple[ColumnTally, ...]
    sample: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Part:
    rows: int
    others: int
    columns: list[ColumnPart]
    sample: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Task:
    block: CleanBlock | RecordBlock
    start: int
    step: int
    hints: tuple[Hint, ...]


def gather(table: Table, progress: Callable[[int], None] | None = None) -> Gathered:
    """Read a table once, a few blocks in memory at a time.

    Parameters
    ----------
    table
        Opened without known columns.
    progress
        Called with the number of rows read so far.

    Raises
    ------
    BadInput
        When the file reaches a limit, or has no rows.
    """
    layout = table.layout
    # A column that was taken for ids because of its first values alone may turn out to hold amounts.
    blocks, finder = table.blocks(), TotalsFinder((), None if layout.ids_by_values else layout.id_column)
    tallies = tuple(ColumnTally() for _ in range(layout.width))
    sample = _Sample(layout.width)
    rows = others = 0

    def tasks() -> Iterator[_Task]:
        start = 0
        for block in blocks:
            yield _Task(block, start, sample.step, tuple(tally.hint for tally in tallies))
            start += block.rows

    def read(task: _Task) -> _Part:
        return _read(table, finder, task)

    waiting = tasks()
    # The first block alone, so that all others profit from what it tells.
    for part in chain(map(read, islice(waiting, 1)), in_order(read, waiting)):
        rows, others = rows + part.rows, others + part.others
        for tally, column in zip(tallies, part.columns, strict=True):
            tally.add(column)
        sample.add(part)
        if progress is not None:
            progress(rows)
    table.check_shape(blocks)
    if not rows:
        raise BadInput("The file has a header but no rows of customers. Export it again, with the customers below.")
    return Gathered(tuple(map(shown, layout.header)), rows, others, tallies, sample.frame())


def _read(table: Table, finder: TotalsFinder, task: _Task) -> _Part:
    block = task.block
    pointless = isinstance(block, CleanBlock) and b"." not in block.data
    cells = _customers(table, finder, block, _split(table, block, task.hints, pointless=pointless))
    columns = [
        ColumnPart.of(column, hint, pointless=pointless)
        for column, hint in zip(cells.get_columns()[1:], task.hints, strict=True)
    ]
    sampled = cells.filter((pl.col("row") + task.start) % task.step == 0).with_columns(pl.col("row") + task.start)
    texts = [_copied(name) for name, kind in sampled.schema.items() if kind == pl.String]
    sampled = sampled.with_columns(*texts, _written(pl.col(pl.Float64)))
    return _Part(cells.height, block.rows - cells.height, columns, sampled)


def _split(table: Table, block: CleanBlock | RecordBlock, hints: Sequence[Hint], *, pointless: bool) -> pl.DataFrame:
    """Return a block's cells as text, those of columns that hold plain numbers and nothing else as Float64."""
    plain = [at for at, hint in enumerate(hints) if hint.plain and (hint.pointed or pointless)]
    cells = table.rows.cells(block, numbers=plain)
    if odd := [f"c{at}" for at in plain if cells[f"c{at}"].null_count()]:
        cells = cells.with_columns(table.rows.cells(block).select(odd))
    return cells


def _copied(name: str) -> pl.Expr:
    """Return the beginning of a column's texts on their own: a slice alone would keep its whole block in memory."""
    return pl.concat_str(pl.col(name).str.slice(0, _CELL), pl.lit("")).alias(name)


def _written(numbers: pl.Expr) -> pl.Expr:
    """Write numbers as they stood in the file, but for zeros at either end."""
    whole = numbers.cast(pl.Int64, strict=False)
    return pl.when(whole == numbers).then(whole.cast(pl.String)).otherwise(numbers.cast(pl.String))


def _customers(
    table: Table, finder: TotalsFinder, block: CleanBlock | RecordBlock, cells: pl.DataFrame
) -> pl.DataFrame:
    """Return the cells of a block's rows that may be customers, each row with its index in the block."""
    out = {fault.row for fault in block.faults} if isinstance(block, RecordBlock) else set()
    # A row that begins with a number is neither a total nor blank.
    numbers = cells["c0"].cast(pl.Float64, strict=False)
    if numbers.null_count():
        labelled = finder.find(numbers, cells["c0"].gather, lambda: table.rows.cells(block))
        out |= {*labelled.totals, *_blank_rows(cells)}
    cells = cells.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    return cells.filter(~pl.col("row").is_in(list(out))) if out else cells


def _blank_rows(cells: pl.DataFrame) -> pl.Series:
    suspects = (~filled(cells["c0"])).arg_true()
    if suspects.is_empty() or pl.Float64 in cells.dtypes:  # where every cell of a column is a number, no row is blank
        return suspects.clear()
    some = pl.DataFrame([filled(column) for column in cells[suspects].get_columns()]).select(pl.any_horizontal("*"))
    return suspects.filter(~some.to_series())


class _Sample:
    """Keeps every `step`-th row of the file, and doubles the step whenever that makes too many."""

    def __init__(self, width: int) -> None:
        self._kept = pl.DataFrame(schema={"row": pl.Int64} | {f"c{i}": pl.String for i in range(width)})
        self.step = 1

    def add(self, part: _Part) -> None:
        # The step may have grown since the part was read.
        self._kept = pl.concat([self._kept, self._thinned(part.sample)])
        while self._kept.height > MOST_SAMPLED:
            self.step *= 2
            self._kept = self._thinned(self._kept)

    def _thinned(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.filter(pl.col("row") % self.step == 0)

    def frame(self) -> pl.DataFrame:
        return self._kept.drop("row")
