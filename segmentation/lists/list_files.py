"""Where a list goes: a CSV in the scored file's own dialect, or an xlsx workbook."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Final

import polars as pl
import xlsxwriter

from segmentation.errors import BadInput
from segmentation.lists.scored_table import ScoredTable
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.scoring.formula_guard import guard, guarded, unguarded_cells
from segmentation.scoring.result_text import ResultText

# A sheet's rows, its header's included.
SHEET_ROWS: Final = 1_048_576
# A plain number that a double holds to the last digit. Ids with zeros in front and long ones stay texts.
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.([0-9]+))?")
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
    options = {"constant_memory": True, "strings_to_numbers": False, **({"tmpdir": str(scratch)} if scratch else {})}
    with xlsxwriter.Workbook(file, options) as book:
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
    def __init__(
        self,
        book: Any,  # noqa: ANN401 - xlsxwriter has no types
        table: ScoredTable,
        header: Sequence[str],
        most_rows: int,
    ) -> None:
        self._book, self._table, self._most_rows = book, table, most_rows
        self._sheet = book.add_worksheet("List")
        self._formats: dict[int, Any] = {0: None}
        self._row, self._columns = 1, len(header)
        bold = book.add_format({"bold": True})
        for column, name in enumerate(header):
            self._sheet.write_string(0, column, shown(table.plain(name)), bold)

    def write(self, columns: Sequence[pl.Series]) -> None:
        texts = columns if self._table.workbook else [unguarded_cells(column) for column in columns]
        for row in zip(*texts, strict=True):
            if self._row == self._most_rows:
                room = self._most_rows - 1
                raise BadInput(f"A sheet has room for {room:,} customers, and the list has more. Cut a CSV.")
            for column, text in enumerate(row):
                if text:
                    self._write(column, shown(text))
            self._row += 1

    def close(self) -> None:
        """Let people scroll and filter."""
        self._sheet.freeze_panes(1, 0)
        self._sheet.autofilter(0, 0, max(1, self._row - 1), self._columns - 1)

    def _write(self, column: int, text: str) -> None:
        number = _NUMBER.fullmatch(text)
        if number is None or sum(map(str.isdigit, text)) > _MOST_DIGITS:
            self._sheet.write_string(self._row, column, text)
        else:
            self._sheet.write_number(self._row, column, float(text), self._format(len(number[1] or "")))

    def _format(self, decimals: int) -> Any:  # noqa: ANN401 - xlsxwriter has no types
        """Return the format that shows a number with the decimals it was written with."""
        if decimals not in self._formats:
            self._formats[decimals] = self._book.add_format({"num_format": f"0.{'0' * decimals}"})
        return self._formats[decimals]
