"""A sheet that was scored → an xlsx workbook: every cell where and as it was, then segment, confidence and note."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import polars as pl

from segmentation.errors import BadInput
from segmentation.palette import look_of
from segmentation.reading.spreadsheet.cell_blocks import block_of
from segmentation.reading.spreadsheet.cells import GENERAL, MOST_COLUMNS, Kind, SheetRow
from segmentation.reading.spreadsheet.number_format import OF_THE_COUNTRY
from segmentation.reading.spreadsheet.workbook import opened_workbook
from segmentation.scoring.formula_guard import guard
from segmentation.scoring.result import CONFIDENCE, NOTE, RESULT_COLUMNS, SEGMENT
from segmentation.scoring.sheets.file import SheetFile, opened_sheet
from segmentation.scoring.sheets.rows import CELLS, cells_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from segmentation.model import SegmentModel
    from segmentation.reading.packed.found import WorkbookTable
    from segmentation.reading.spreadsheet.cell_blocks import CellBlock
    from segmentation.reading.spreadsheet.text_table import SheetTable

_ADDED: Final = len(RESULT_COLUMNS)
_WIDTHS: Final = (16, 12, 60)
_PERCENT: Final = "0%"
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
    table = source.table
    if table.last_column + _ADDED >= MOST_COLUMNS:
        raise BadInput(
            "The sheet's last columns are in use, so there is no room for the segments. Move the table to the left."
        )
    with (
        opened_workbook(source.path, source.kind) as workbook,
        closing(workbook.blocks(table.sheet)) as blocks,
        opened_sheet(result, _sheet_name(table.sheet), folder) as file,
    ):
        for column in workbook.hidden_columns(table.sheet):
            file.frame.set_column(column, column, None, None, {"hidden": True})
        _ResultSheet(file, table, model).write(blocks, _answers(scored, max(table.header) - min(table.header) + 1))


def _answers(scored: Path, width: int) -> pl.DataFrame:
    """Return the columns behind the first `width` of a scored text, called as ever; the header is the first row."""
    # The text of a sheet has no line breaks in its cells, and its rows are all of one length.
    frame = pl.read_csv(scored, has_header=False, infer_schema=False, columns=[*range(width, width + _ADDED)])
    return frame.rename(dict(zip(frame.columns, RESULT_COLUMNS, strict=True))).fill_null("")


class _ResultSheet:
    """Writes the one sheet of a result."""

    def __init__(self, file: SheetFile, table: SheetTable, model: SegmentModel) -> None:
        self._file, self._table = file, table
        self._first_added = table.last_column + 1
        self._styles = {GENERAL: 0}
        self._bold = file.style(bold=True)
        self._names = {guard(name): name for name in model.names}
        self._colours = {guard(name): self._colour(name, model) for name in model.names}
        for column, width in enumerate(_WIDTHS, start=self._first_added):
            file.frame.set_column(column, column, width)

    def write(self, blocks: Iterator[CellBlock], answers: pl.DataFrame) -> None:
        """Write all rows, and beside those that were scored or refused the answers, the header's first."""
        table, taken, last = self._table, 0, self._table.header_row
        for block in blocks:
            columns = self._columns(block)
            if not taken and block.cells["row"][-1] >= last:
                self._file.write({at: cells.filter(pl.col("row") < last) for at, cells in columns.items()})
                self._file.write(self._header(answers.row(0)))
                columns = {at: cells.filter(pl.col("row") > last) for at, cells in columns.items()}
                taken = 1
            rows = table.filled_rows(block)
            self._file.write(columns | self._answer_columns(rows, answers[taken : taken + len(rows)]))
            taken, last = taken + len(rows), int(rows[-1]) if len(rows) else last
        # The answers have no row numbers: one too many means that all those above may stand beside the wrong customers.
        if taken != answers.height:
            raise AssertionError("the result has other rows than the sheet")
        self._file.frame.freeze_panes(table.header_row + 1, 0)
        self._file.frame.autofilter(table.header_row, min(table.header), last, self._first_added + _ADDED - 1)

    def _columns(self, block: CellBlock) -> dict[int, pl.DataFrame]:
        """Return a block's cells by column."""
        unknown = (pl.col("kind") == Kind.ERROR) & ~pl.col("text").is_in(_ERRORS)
        plain = pl.col("kind").is_in([Kind.ERROR, Kind.BOOLEAN])
        cells = block.cells.filter(pl.col("kind") != Kind.UNCALCULATED)
        styles = {place: self._style(block.formats[place]) for place in cells["format"].unique()}
        columns = cells.select(
            "row",
            "column",
            pl.when(unknown).then(int(Kind.TEXT)).otherwise("kind").alias("kind"),
            "number",
            "text",
            pl.when(~plain)
            .then(pl.col("format").replace_strict(styles, return_dtype=pl.UInt32))
            .otherwise(0)
            .alias("style"),
        ).partition_by("column", as_dict=True, include_key=False)
        return {at: cells.cast(pl.Schema(CELLS)) for (at,), cells in columns.items()}

    def _header(self, names: Sequence[str]) -> dict[int, pl.DataFrame]:
        row = self._table.header_row
        bold = (
            pl.when(pl.col("kind") == Kind.TEXT).then(pl.lit(self._bold, pl.UInt32)).otherwise("style").alias("style")
        )
        columns = self._columns(block_of([SheetRow(row, self._table.header)]))
        added = {
            at: cells_of(pl.Series([row]), Kind.TEXT, pl.Series([name]), self._bold)
            for at, name in enumerate(names, start=self._first_added)
        }
        return {at: cells.with_columns(bold) for at, cells in columns.items()} | added

    def _answer_columns(self, rows: NDArray[np.int64], answers: pl.DataFrame) -> dict[int, pl.DataFrame]:
        placed = answers.with_columns(row=pl.Series(rows))
        segment, confidence, note = (placed.filter(pl.col(name) != "") for name in RESULT_COLUMNS)
        names = segment[SEGMENT].replace_strict(self._names, return_dtype=pl.String)
        colours = segment[SEGMENT].replace_strict(self._colours, return_dtype=pl.UInt32)
        shares = confidence[CONFIDENCE].str.replace(",", ".", literal=True).cast(pl.Float64)
        return {
            self._first_added: cells_of(segment["row"], Kind.TEXT, names, colours),
            self._first_added + 1: cells_of(confidence["row"], Kind.NUMBER, shares, self._style(_PERCENT)),
            self._first_added + 2: cells_of(note["row"], Kind.TEXT, note[NOTE], 0),
        }

    def _style(self, code: str) -> int:
        if code not in self._styles:
            self._styles[code] = self._file.style(num_format=OF_THE_COUNTRY.get(code, code))
        return self._styles[code]

    def _colour(self, name: str, model: SegmentModel) -> int:
        colour = look_of(name, model.names).colour
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        light = 0.299 * red + 0.587 * green + 0.114 * blue > _LIGHT
        return self._file.style(bg_color=colour, font_color="#000000" if light else "#FFFFFF")


def _sheet_name(name: str) -> str:
    """Return a name that a sheet may have, as near to the given one as can be."""
    allowed = _NOT_IN_NAMES.sub("_", name)[:_LONGEST_NAME].strip("'")
    return "Customers" if not allowed or allowed.casefold() == _RESERVED_NAME else allowed
