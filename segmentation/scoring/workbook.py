"""A sheet that was scored → an xlsx workbook: every cell where and as it was, then segment, confidence and note.

Texts are written as texts, so that none of them can become a formula; rows are written one by one in constant memory.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import xlsxwriter

from segmentation.palette import look_of
from segmentation.reading.spreadsheet.cells import GENERAL, Cell, Kind, SheetRow
from segmentation.reading.spreadsheet.number_format import OF_THE_COUNTRY
from segmentation.reading.spreadsheet.workbook import opened_workbook
from segmentation.scoring.formula_guard import guard
from segmentation.scoring.result import RESULT_COLUMNS

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.reading.packed.found import WorkbookTable

_ADDED: Final = len(RESULT_COLUMNS)
_WIDTHS: Final = (16, 12, 60)
_CONFIDENCE: Final = "0%"
_ERRORS: Final = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
# A sheet's name may not be longer than this, nor hold these characters.
_LONGEST_NAME: Final = 31
_NOT_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\]")
_RESERVED_NAME: Final = "history"
# Black on light colours, white on dark ones (WCAG's relative luminance, simplified).
_LIGHT: Final = 140


def write_workbook(source: WorkbookTable, scored: Path, result: BinaryIO, model: SegmentModel, folder: Path) -> None:
    """Write the result of a sheet.

    Parameters
    ----------
    source
        The workbook and its table.
    scored
        The table's text with the result's columns at the end: a row for each that is not blank.
    result
        Where the workbook goes; seekable.
    folder
        Where to write on the way.
    """
    options = {"constant_memory": True, "tmpdir": str(folder), "strings_to_numbers": False}
    with (
        # The scored text begins with a byte order mark if anything in it is beyond ASCII.
        scored.open(encoding="utf-8-sig", newline="") as text,
        opened_workbook(source.path, source.kind) as workbook,
        closing(workbook.rows(source.table.sheet)) as rows,
        xlsxwriter.Workbook(result, options) as book,
    ):
        writer = _SheetWriter(book, source, model, workbook.hidden_columns(source.table.sheet))
        writer.write(rows, (row[-_ADDED:] for row in csv.reader(text)))


class _SheetWriter:
    """Writes the one sheet of a result."""

    def __init__(
        self,
        book: Any,  # noqa: ANN401 - xlsxwriter has no types
        source: WorkbookTable,
        model: SegmentModel,
        hidden_columns: frozenset[int],
    ) -> None:
        self._book, self._table = book, source.table
        self._first_added = source.table.last_column + 1
        self._sheet = book.add_worksheet(_sheet_name(source.table.sheet))
        self._formats: dict[str, Any] = {GENERAL: None}
        self._bold = book.add_format({"bold": True})
        self._segments = {guard(name): (name, self._colour(name, model)) for name in model.names}
        for column in hidden_columns:
            self._sheet.set_column(column, column, None, None, {"hidden": True})
        for column, width in enumerate(_WIDTHS, start=self._first_added):
            self._sheet.set_column(column, column, width)

    def write(self, rows: Iterator[SheetRow], answers: Iterator[list[str]]) -> None:
        """Write all rows, and beside those that were scored or refused the answers, the header's first."""
        table, header_written = self._table, False
        last = table.header_row
        for row in rows:
            if row.index >= table.header_row and not header_written:
                self._write_header(next(answers))
                header_written = True
            if row.index != table.header_row:
                self._write_cells(row.index, row.cells)
            if table.holds(row):
                self._write_answer(row.index, *next(answers))
                last = row.index
        # The answers have no row numbers: one too many means that all those above may stand beside the wrong customers.
        if next(answers, None) is not None:
            raise AssertionError("the result has more rows than the sheet")
        self._sheet.freeze_panes(table.header_row + 1, 0)
        self._sheet.autofilter(table.header_row, min(table.header), last, self._first_added + _ADDED - 1)

    def _write_header(self, names: list[str]) -> None:
        for column, cell in self._table.header.items():
            if cell.kind is Kind.TEXT:
                self._sheet.write_string(self._table.header_row, column, str(cell.value), self._bold)
            else:
                self._write_cell(self._table.header_row, column, cell)
        for column, name in enumerate(names, start=self._first_added):
            self._sheet.write_string(self._table.header_row, column, name, self._bold)

    def _write_cells(self, row: int, cells: Mapping[int, Cell]) -> None:
        for column, cell in cells.items():
            self._write_cell(row, column, cell)

    def _write_cell(self, row: int, column: int, cell: Cell) -> None:
        if cell.kind is Kind.TEXT:
            self._sheet.write_string(row, column, str(cell.value), self._format(cell.format))
        elif cell.kind in {Kind.NUMBER, Kind.DATE}:
            self._sheet.write_number(row, column, float(cell.value), self._format(cell.format))
        elif cell.kind is Kind.BOOLEAN:
            self._sheet.write_boolean(row, column, bool(cell.value))
        elif cell.kind is Kind.ERROR and cell.value in _ERRORS:
            # An error is written as the formula that is nothing but that error.
            self._sheet.write_formula(row, column, f"={cell.value}", None, cell.value)
        elif cell.kind is Kind.ERROR:
            self._sheet.write_string(row, column, str(cell.value))

    def _write_answer(self, row: int, segment: str, confidence: str, note: str) -> None:
        column = self._first_added
        if segment:
            name, colour = self._segments[segment]
            self._sheet.write_string(row, column, name, colour)
        if confidence:
            self._sheet.write_number(row, column + 1, float(confidence.replace(",", ".")), self._format(_CONFIDENCE))
        if note:
            self._sheet.write_string(row, column + 2, note)

    def _format(self, code: str) -> Any:  # noqa: ANN401 - xlsxwriter has no types
        if code not in self._formats:
            self._formats[code] = self._book.add_format({"num_format": OF_THE_COUNTRY.get(code, code)})
        return self._formats[code]

    def _colour(self, name: str, model: SegmentModel) -> Any:  # noqa: ANN401 - xlsxwriter has no types
        colour = look_of(name, model.names).colour
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        light = 0.299 * red + 0.587 * green + 0.114 * blue > _LIGHT
        return self._book.add_format({"bg_color": colour, "font_color": "#000000" if light else "#FFFFFF"})


def _sheet_name(name: str) -> str:
    """Return a name that a sheet may have, as near to the given one as can be."""
    allowed = _NOT_IN_NAMES.sub("_", name)[:_LONGEST_NAME].strip("'")
    return "Customers" if not allowed or allowed.casefold() == _RESERVED_NAME else allowed
