"""A sheet → the same table as CSV, which is then read like any other, and what had to be decided on the way.

Every row of the sheet is one line, so that lines and rows keep their distance. Numbers become plain decimals: where a
column's cells are numbers, nobody has to guess what a comma in them means. Where some are texts with a mark, only those
texts tell how their author writes numbers, so the numbers beside them are written without any mark.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from segmentation.errors import BadInput
from segmentation.numbers.number_forms import MARKS
from segmentation.numbers.values import quote
from segmentation.reading.encoding import Limits
from segmentation.reading.file_kind import WorkbookKind
from segmentation.reading.spreadsheet.cell_blocks import CellBlock
from segmentation.reading.spreadsheet.cells import (
    Cell,
    Kind,
    cell_text,
    percent_text,
    unmarked_text,
)
from segmentation.reading.spreadsheet.number_format import currency, is_percent
from segmentation.reading.spreadsheet.package import PackageLimits
from segmentation.reading.spreadsheet.sheet_counts import Counts, PercentReading, table_notes
from segmentation.reading.spreadsheet.text_columns import are_filled, column_texts, each
from segmentation.reading.spreadsheet.workbook import ChosenSheet, Workbook
from segmentation.schema import Feature, Schema

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class SheetTable:
    """A sheet's table, written as text.

    Parameters
    ----------
    path
        The CSV: UTF-8, comma, the header first.
    sheet
        The sheet's name.
    header_row
        The header's row in the sheet, counted from 0.
    header
        The header's cells by column of the sheet, counted from 0; those merged with the row above included.
    last_column
        The last column with a cell in it, which may be right of the table.
    typed
        Columns of the text table, counted from 0, with number cells: a decimal point is a decimal point there, and says
        nothing of how anybody writes numbers. Without those in which texts have a mark beside digits: there the number
        cells are written without any, so that the texts decide.
    notes
        What was decided or left out, as sentences.
    """

    path: Path
    sheet: str
    header_row: int
    header: Mapping[int, Cell]
    last_column: int
    typed: frozenset[int]
    notes: tuple[str, ...]

    def filled_rows(self, block: CellBlock) -> NDArray[np.int64]:
        """Return the numbers of those rows of the sheet that are rows of the table, which leaves out blank ones."""
        return _filled_rows(block, range(min(self.header), max(self.header) + 1), self.header_row)


def write_text_table(
    workbook: Workbook,
    chosen: ChosenSheet,
    kind: WorkbookKind,
    path: Path,
    schema: Schema,
    limits: Limits,
    package_limits: PackageLimits,
) -> SheetTable:
    """Write a sheet's table as text.

    Raises
    ------
    BadInput
        When the sheet is damaged or larger than the limits.
    """
    writer = _Writer(workbook, chosen, schema, limits, package_limits)
    counts = writer.write(path)
    if writer.decide(counts):
        # Known only now, and rare: the table is written once more.
        counts = writer.write(path)
    columns = writer.columns
    return SheetTable(
        path=path,
        sheet=chosen.name,
        header_row=chosen.header.row,
        header=chosen.header.names,
        last_column=max(counts.last_column, columns.stop - 1),
        typed=frozenset(at - columns.start for at in columns if counts.numbers[at] and at not in writer.unmarked),
        notes=tuple(
            table_notes(chosen, writer.features, counts, writer.readings, kind, workbook.hidden_columns(chosen.name))
        ),
    )


class _Writer:
    """Writes one sheet, as often as needed."""

    def __init__(
        self, workbook: Workbook, chosen: ChosenSheet, schema: Schema, limits: Limits, package_limits: PackageLimits
    ) -> None:
        self._workbook, self.chosen = workbook, chosen
        self._limits, self._most_cells = limits, package_limits.cells
        names = chosen.header.names
        self.columns = range(min(names), max(names) + 1)
        self.features: dict[int, Feature] = {
            at: feature for at, cell in names.items() if (feature := schema.find(cell_text(cell)))
        }
        self.readings: dict[int, PercentReading] = {}
        self.unmarked: frozenset[int] = frozenset()
        # Without a schema, any column may turn out to be a feature.
        self._weighed = self.features or self.columns

    def decide(self, counts: Counts) -> bool:
        """Decide by what a first pass has counted how numbers are written; return whether a second one has to."""
        self.readings = self._percent_readings(counts)
        self.unmarked = frozenset(at for at in self._weighed if counts.numbers[at] and counts.marked[at])
        return bool(self.readings or self.unmarked)

    def write(self, path: Path) -> Counts:
        counts, header = Counts(), self.chosen.header
        with (
            path.open("w", encoding="utf-8", newline="") as file,
            closing(self._workbook.blocks(self.chosen.name)) as blocks,
        ):
            names = [cell_text(header.names[at]) if at in header.names else "" for at in self.columns]
            csv.writer(file, lineterminator="\n").writerow(names)
            written = header.row
            for block in blocks:
                self._check(block, counts)
                rows = _filled_rows(block, self.columns, header.row)
                if len(rows):
                    lines = self._table(block, rows, counts).write_csv(include_header=False)
                    file.write(_apart(lines, np.diff(rows, prepend=written)))
                    written = rows[-1]
                    counts.hidden_rows += len(block.hidden.intersection(rows.tolist()))
        return counts

    def _check(self, block: CellBlock, counts: Counts) -> None:
        counts.cells += block.cells.height
        counts.last_column = max(counts.last_column, block.cells.select(pl.col("column").max()).item())
        if counts.last_column - self.columns.start >= self._limits.columns:
            raise BadInput(
                f"The sheet {quote(self.chosen.name)} has cells in {counts.last_column - self.columns.start + 1:,} "
                f"columns; the limit is {self._limits.columns}. Remove those that are not needed."
            )
        if counts.cells > self._most_cells:
            raise BadInput(
                f"The sheet {quote(self.chosen.name)} has more than {self._most_cells:,} cells, which is the limit for "
                "a workbook. Send the table as CSV."
            )

    def _table(self, block: CellBlock, rows: NDArray[np.int64], counts: Counts) -> pl.DataFrame:
        """Return the texts of some rows, a column for each of the table's; null for an empty cell."""
        parts = block.cells.partition_by("column", as_dict=True)
        nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
        return pl.DataFrame(
            {
                str(at): self._column(at, parts[at,], block.formats, rows, counts) if (at,) in parts else nothing
                for at in self.columns
            }
        )

    def _column(
        self, at: int, cells: pl.DataFrame, formats: Sequence[str], rows: NDArray[np.int64], counts: Counts
    ) -> pl.Series:
        own = cells["row"].to_numpy()
        places = np.minimum(np.searchsorted(rows, own), len(rows) - 1)
        inside = np.flatnonzero(rows[places] == own)
        # Of two cells in one place the last counts.
        chosen = np.full(len(rows), -1)
        chosen[places[inside]] = inside
        filled = chosen >= 0
        texts = self._texts(at, cells[chosen[filled]], formats, counts)
        if filled.all():
            return texts
        return texts.gather(pl.select(pl.when(pl.Series(filled)).then(pl.Series(np.cumsum(filled) - 1))).to_series())

    def _texts(self, at: int, cells: pl.DataFrame, formats: Sequence[str], counts: Counts) -> pl.Series:
        texts, kinds = column_texts(cells, formats), cells["kind"]
        numbers = kinds == Kind.NUMBER
        counts.numbers[at] += int(numbers.sum())
        counts.errors[at] += int((kinds == Kind.ERROR).sum())
        counts.uncalculated[at] += int((kinds == Kind.UNCALCULATED).sum())
        if at in self._weighed:
            with_digits = texts.filter(kinds.is_in([Kind.TEXT, Kind.DATE, Kind.BOOLEAN]) & texts.str.contains("[0-9]"))
            counts.digits[at] += len(with_digits)
            counts.marked[at] += int(with_digits.str.contains_any([*MARKS]).sum())
        if at in self.features and not self.features[at].is_category:
            texts = self._feature_texts(at, cells, numbers, texts, formats, counts)
        if at in self.unmarked:
            texts = texts.scatter(numbers.arg_true(), each(unmarked_text, texts.filter(numbers)))
        return texts

    def _feature_texts(
        self,
        at: int,
        cells: pl.DataFrame,
        numbers: pl.Series,
        texts: pl.Series,
        formats: Sequence[str],
        counts: Counts,
    ) -> pl.Series:
        """Write percentages as they are read, and note how a feature's numbers are shown."""
        for place in cells["format"].filter(numbers).unique(maintain_order=True):
            shown = numbers & (cells["format"] == place)
            if is_percent(formats[place]):
                values = cells["number"].filter(shown)
                counts.percents[at] += len(values)
                counts.shown_percents.setdefault(at, values[0])
                reading = self.readings.get(at)
                texts = texts.scatter(shown.arg_true(), each(reading.text if reading else _as_percent, values))
            elif sign := currency(formats[place]):
                counts.currencies.setdefault(at, sign)
        return texts

    def _percent_readings(self, counts: Counts) -> dict[int, PercentReading]:
        """Decide, for features whose numbers are all shown as percentages, what they mean.

        People mean what they see, unless the feature is a fraction that never exceeds 1.
        """
        return {
            at: PercentReading.AS_STORED if self.features[at].maximum <= 1 else PercentReading.AS_SHOWN
            for at, percents in counts.percents.items()
            if percents == counts.numbers[at] and not counts.digits[at]
        }


def _filled_rows(block: CellBlock, columns: range, header_row: int) -> NDArray[np.int64]:
    """Return the numbers of the rows of a table that are not blank."""
    inside = pl.col("column").is_between(columns.start, columns.stop - 1)
    below = block.cells.filter(inside & (pl.col("row") > header_row))
    rows = below["row"].filter(are_filled(below)).unique(maintain_order=True)
    return rows.to_numpy().astype(np.int64)


def _as_percent(value: float) -> str:
    return f"{percent_text(value)}%"


def _apart(lines: str, steps: NDArray[np.int64]) -> str:
    """Put lines as far apart as their rows are; `steps` says how far each is from the one before."""
    if (steps == 1).all():
        return lines
    return "".join(
        "\n" * (step - 1) + f"{line}\n" for step, line in zip(steps.tolist(), lines.split("\n")[:-1], strict=True)
    )
