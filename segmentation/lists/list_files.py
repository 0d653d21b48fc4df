"""Where a list goes: a CSV in the scored file's own dialect, or an xlsx workbook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

import polars as pl

from segmentation.errors import BadInput
from segmentation.lists.scored_table import ScoredTable
from segmentation.reading.encodings.raw_bytes import REPLACEMENT, UNREADABLE, shown
from segmentation.reading.spreadsheet.cells import Kind
from segmentation.scoring.formula_guard import guard, guarded, unguarded_cells
from segmentation.scoring.result_text import ResultText
from segmentation.scoring.sheets.file import SheetFile, opened_sheet
from segmentation.scoring.sheets.rows import cells_of

# A sheet's rows, its header's included.
SHEET_ROWS: Final = 1_048_576
# A plain number that a double holds to the last digit. Ids with zeros in front and long ones stay texts.
_NUMBER: Final = r"^-?(?:0|[1-9][0-9]*)((?:\.[0-9]+)?)$"
_MOST_DIGITS: Final = 15


class Form(StrEnum):
    """What a list is."""

    CSV = ".csv"
    XLSX = ".xlsx"


def form_of(target: Path) -> Form:
    """Tell the form of a list by its name.

    Raises
    ------
    BadInput
        When it is neither a text table nor an xlsx workbook.
    """
    ending = target.suffix.casefold()
    if ending == Form.XLSX:
        return Form.XLSX
    if ending in {Form.CSV, ".tsv", ".tab", ".txt"}:
        return Form.CSV
    stem = target.name.removesuffix(target.suffix)
    raise BadInput(f"A list is a CSV or an xlsx workbook: name it {stem}.csv or {stem}.xlsx instead of {target.name}.")


class ListFile(ABC):
    """Takes a list's rows, part by part."""

    @abstractmethod
    def write(self, columns: Sequence[pl.Series]) -> None:
        """Write the next rows.

        Parameters
        ----------
        columns
            String, one for each heading, cells as they stand in the scored file; null for a cell without text.
        """


@contextmanager
def opened_list(
    file: BinaryIO,
    form: Form,
    table: ScoredTable,
    header: Sequence[str],
    *,
    plain: bool,
    scratch: Path | None,
    sheet_rows: int,
) -> Iterator[ListFile]:
    """Begin a list.

    Parameters
    ----------
    file
        Empty, open for reading and writing, seekable.
    header
        The headings, as they stand in the scored file.
    plain
        Whether a CSV has commas and no byte order mark unless it needs one, no matter what the scored file has.
    scratch
        Where a workbook is written on the way; None for the system's own folder.
    sheet_rows
        How many rows a sheet has room for, its header's included.
    """
    if form is Form.CSV:
        yield _TextList(file, table, header, plain=plain)
        return
    with opened_sheet(file, "List", scratch) as book:
        sheet = _SheetList(book, table, header, sheet_rows)
        yield sheet
        sheet.close()


class _TextList(ListFile):
    def __init__(self, file: BinaryIO, table: ScoredTable, header: Sequence[str], *, plain: bool) -> None:
        encoded = replace(table.encoded, bom=0, ascii=True) if plain and not table.encoded.unknown else table.encoded
        self._text = ResultText(file, encoded)
        self._delimiter = "," if plain else table.layout.delimiter
        self._line_end = "\n" if plain else table.layout.line_end
        self._write([pl.Series([guard(name)], dtype=pl.String) for name in header])

    def write(self, columns: Sequence[pl.Series]) -> None:
        self._write([guarded(column)[0] for column in columns])

    def _write(self, columns: Sequence[pl.Series]) -> None:
        frame = pl.DataFrame([column.alias(str(i)) for i, column in enumerate(columns)])
        # Null, not "": Polars would write an empty text in quotes.
        frame = frame.select(pl.when(pl.all() != "").then(pl.all()))
        written = frame.write_csv(
            include_header=False, separator=self._delimiter, line_terminator=self._line_end, quote_style="necessary"
        )
        self._text.write(written.encode())


class _SheetList(ListFile):
    def __init__(self, file: SheetFile, table: ScoredTable, header: Sequence[str], most_rows: int) -> None:
        self._file, self._table, self._most_rows = file, table, most_rows
        self._row, self._columns = 1, len(header)
        bold = file.style(bold=True)
        names = {at: shown(table.plain(name)) for at, name in enumerate(header)}
        file.write(
            {at: cells_of(pl.Series([0]), Kind.TEXT, pl.Series([name]), bold) for at, name in names.items() if name}
        )

    def write(self, columns: Sequence[pl.Series]) -> None:
        rows = pl.Series(range(self._row, self._row + len(columns[0])))
        self._row += len(rows)
        if self._row > self._most_rows:
            room = self._most_rows - 1
            raise BadInput(f"A sheet has room for {room:,} customers, and the list has more. Cut a CSV.")
        texts = columns if self._table.workbook else [unguarded_cells(column) for column in columns]
        self._file.write({at: self._cells(rows, column) for at, column in enumerate(texts)})

    def close(self) -> None:
        """Let people scroll and filter."""
        self._file.frame.freeze_panes(1, 0)
        self._file.frame.autofilter(0, 0, max(1, self._row - 1), self._columns - 1)

    def _cells(self, rows: pl.Series, texts: pl.Series) -> pl.DataFrame:
        """Return a column's cells: plain numbers as numbers, shown as they were written, all others as texts."""
        filled = (texts != "").fill_null(value=False)
        rows, texts = rows.filter(filled), texts.filter(filled).str.replace_all(UNREADABLE, REPLACEMENT)
        fractions = texts.str.extract(_NUMBER)
        numbers = fractions.is_not_null() & (texts.str.count_matches("[0-9]") <= _MOST_DIGITS)
        fractions = fractions.filter(numbers)
        styles = {fraction: self._style(fraction) for fraction in fractions.str.len_bytes().unique()}
        return pl.concat(
            [
                cells_of(
                    rows.filter(numbers),
                    Kind.NUMBER,
                    texts.filter(numbers).cast(pl.Float64),
                    fractions.str.len_bytes().replace_strict(styles, return_dtype=pl.UInt32),
                ),
                cells_of(rows.filter(~numbers), Kind.TEXT, texts.filter(~numbers), 0),
            ]
        ).sort("row")

    def _style(self, length: int) -> int:
        """Return the style that shows a number with the decimals it was written with, `length` with their point."""
        return self._file.style(num_format=f"0.{'0' * (length - 1)}") if length else 0
