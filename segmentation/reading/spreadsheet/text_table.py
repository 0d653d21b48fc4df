"""A sheet → the same table as CSV, which is then read like any other, and what had to be decided on the way.

Every row of the sheet is one line, so that lines and rows keep their distance. Numbers become plain decimals: where a
column's cells are numbers, nobody has to guess what a comma in them means. Where some are texts with a mark, only those
texts tell how their author writes numbers, so the numbers beside them are written without any mark.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Final

from segmentation.errors import BadInput
from segmentation.numbers.number_forms import MARKS
from segmentation.numbers.values import quote, trim
from segmentation.reading.encoding import Limits
from segmentation.reading.spreadsheet.cells import (
    Cell,
    Kind,
    SheetRow,
    cell_text,
    number_text,
    percent_text,
    unmarked_text,
)
from segmentation.reading.spreadsheet.number_format import ANY_CURRENCY, currency, is_percent
from segmentation.reading.spreadsheet.package import PackageLimits
from segmentation.reading.spreadsheet.workbook import ChosenSheet, Workbook, WorkbookKind
from segmentation.schema import Feature, Schema

_DIGITS: Final = frozenset("0123456789")
_MARKS: Final = frozenset(MARKS)


class PercentReading(Enum):
    """How the numbers of a column are read that are all shown as percentages."""

    AS_SHOWN = auto()
    AS_STORED = auto()

    def text(self, value: float) -> str:
        """Write a stored number as it is read."""
        return percent_text(value) if self is PercentReading.AS_SHOWN else number_text(value)


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

    def holds(self, row: SheetRow) -> bool:
        """Tell whether a row of the sheet is a row of the table, which leaves out blank ones."""
        return row.index > self.header_row and _is_filled(row, range(min(self.header), max(self.header) + 1))


@dataclass
class _Counts:
    """What a sheet's cells turned out to be; counters by column of the sheet."""

    cells: int = 0
    last_column: int = 0
    hidden_rows: int = 0
    numbers: Counter[int] = field(default_factory=Counter)
    percents: Counter[int] = field(default_factory=Counter)
    shown_percents: dict[int, float] = field(default_factory=dict)
    digits: Counter[int] = field(default_factory=Counter)
    marked: Counter[int] = field(default_factory=Counter)
    errors: Counter[int] = field(default_factory=Counter)
    uncalculated: Counter[int] = field(default_factory=Counter)
    currencies: dict[int, str] = field(default_factory=dict)


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
        notes=tuple(_notes(writer, counts, kind, workbook.hidden_columns(chosen.name))),
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

    def decide(self, counts: _Counts) -> bool:
        """Decide by what a first pass has counted how numbers are written; return whether a second one has to."""
        self.readings = self._percent_readings(counts)
        weighed = self.features or self.columns  # without a schema, any column may turn out to be one
        self.unmarked = frozenset(at for at in weighed if counts.numbers[at] and counts.marked[at])
        return bool(self.readings or self.unmarked)

    def write(self, path: Path) -> _Counts:
        counts, header = _Counts(), self.chosen.header
        with (
            path.open("w", encoding="utf-8", newline="") as file,
            closing(self._workbook.rows(self.chosen.name)) as rows,
        ):
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow([cell_text(header.names[at]) if at in header.names else "" for at in self.columns])
            written = header.row
            for row in rows:
                self._check(row, counts)
                if row.index > header.row and _is_filled(row, self.columns):
                    file.write("\n" * (row.index - written - 1))
                    lines.writerow(self._texts(row, counts))
                    written = row.index
                    counts.hidden_rows += row.hidden
        return counts

    def _texts(self, row: SheetRow, counts: _Counts) -> list[str]:
        cells = row.cells
        return [self._text(at, cells[at], counts) if at in cells else "" for at in self.columns]

    def _check(self, row: SheetRow, counts: _Counts) -> None:
        counts.cells += len(row.cells)
        counts.last_column = max(counts.last_column, *row.cells)
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

    def _text(self, at: int, cell: Cell, counts: _Counts) -> str:
        if cell.kind is Kind.NUMBER:
            text = self._number(at, cell, counts)
            return unmarked_text(text) if at in self.unmarked else text
        text = cell_text(cell)
        if cell.kind is Kind.ERROR:
            counts.errors[at] += 1
        elif cell.kind is Kind.UNCALCULATED:
            counts.uncalculated[at] += 1
        elif not _DIGITS.isdisjoint(text):
            counts.digits[at] += 1
            counts.marked[at] += not _MARKS.isdisjoint(text)
        return text

    def _number(self, at: int, cell: Cell, counts: _Counts) -> str:
        counts.numbers[at] += 1
        value = float(cell.value)
        if at not in self.features or self.features[at].is_category:
            return number_text(value)
        if is_percent(cell.format):
            counts.percents[at] += 1
            counts.shown_percents.setdefault(at, value)
            return self.readings[at].text(value) if at in self.readings else f"{percent_text(value)}%"
        if sign := currency(cell.format):
            counts.currencies.setdefault(at, sign)
        return number_text(value)

    def _percent_readings(self, counts: _Counts) -> dict[int, PercentReading]:
        """Decide, for features whose numbers are all shown as percentages, what they mean.

        People mean what they see, unless the feature is a fraction that never exceeds 1.
        """
        return {
            at: PercentReading.AS_STORED if self.features[at].maximum <= 1 else PercentReading.AS_SHOWN
            for at, percents in counts.percents.items()
            if percents == counts.numbers[at] and not counts.digits[at]
        }


def _is_filled(row: SheetRow, columns: range) -> bool:
    # A row of formulas without results is a row of empty texts, which every reader of the text takes for a blank line.
    texts = (cell for at, cell in row.cells.items() if at in columns)
    return any(cell.kind not in {Kind.TEXT, Kind.UNCALCULATED} or trim(str(cell.value)) for cell in texts)


def _notes(
    writer: _Writer,
    counts: _Counts,
    kind: WorkbookKind,
    hidden_columns: frozenset[int],
) -> Iterator[str]:
    chosen = writer.chosen
    names = {at: quote(cell_text(cell)) for at, cell in chosen.header.names.items()}
    if chosen.others:
        yield f"The sheet {quote(chosen.name)} was read; the workbook's other sheets were left out."
    if chosen.header.row:
        yield f"The column names stand in row {chosen.header.row + 1}; the rows above them are not customers."
    if kind is WorkbookKind.XLSM:
        yield "The workbook's macros were not run."
    for at in sorted(hidden_columns & writer.features.keys()):
        yield f"The column {names[at]} is hidden in the workbook; it was read all the same."
    if counts.hidden_rows:
        rows = "1 hidden row was" if counts.hidden_rows == 1 else f"{counts.hidden_rows:,} hidden rows were"
        yield f"{rows} read like the others."
    for at, reading in sorted(writer.readings.items()):
        shown = counts.shown_percents[at]
        example = f"{percent_text(shown)}% was read as {reading.text(shown)}"
        yield f"The column {names[at]} is formatted as percentages: {example}."
    for at, sign in sorted(counts.currencies.items()):
        money = "money" if sign == ANY_CURRENCY else f"money ({sign})"
        yield f"The column {names[at]} is formatted as {money}; its numbers were read as they are stored."
    if errors := sum(counts.errors[at] for at in writer.features):
        cells = "1 cell holds an error" if errors == 1 else f"{errors:,} cells hold errors"
        yield f"{cells} such as #N/A instead of a number."
    if formulas := sum(counts.uncalculated.values()):
        yield (
            f"{formulas:,} formula{' has' if formulas == 1 else 's have'} no result in the file: open it in a "
            "spreadsheet program, save it, and send it again."
        )
