"""Old Excel workbooks (xls), whose sheets have at most 65,536 rows of 256 cells: read with xlrd, a sheet at a time.

Calamine reads them faster, but a damaged file can end the process (it panics), and it tells neither number formats nor
which cells hold errors.
"""

from __future__ import annotations

import io
import math
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import xlrd

from segmentation.errors import BadInput
from segmentation.reading.encoding import size_text
from segmentation.reading.spreadsheet.cell_blocks import CellBlock, blocks_of
from segmentation.reading.spreadsheet.cells import GENERAL, Cell, Kind, Sheet, SheetRow
from segmentation.reading.spreadsheet.package import DAMAGED

_KIND: Final = "old Excel workbook (xls)"
MOST_BYTES: Final = 128 << 20
# Days between the two ways to count: from the end of 1899, and from 1904 as old Macs did.
_1904: Final = 1462
_ERRORS: Final[dict[int, str]] = xlrd.error_text_from_code


class XlsWorkbook:
    """An open xls file; `book` is xlrd's."""

    def __init__(self, book: Any) -> None:  # noqa: ANN401 - xlrd has no types
        self._book = book
        self._days_later = _1904 if book.datemode else 0
        with _refusing_damage():
            self._sheets = {sheet.name: sheet for sheet in map(book.sheet_by_index, range(book.nsheets))}
        self.sheets = tuple(Sheet(name, sheet.visibility == 0) for name, sheet in self._sheets.items())

    def rows(self, name: str) -> Generator[SheetRow]:
        """Yield a sheet's rows that have cells, in order.

        Raises
        ------
        BadInput
            When the sheet is damaged.
        """
        sheet = self._sheets[name]
        for index in range(sheet.nrows):
            with _refusing_damage():
                cells = {at: cell for at, raw in enumerate(sheet.row(index)) if (cell := self._cell(raw))}
                known = sheet.rowinfo_map.get(index)
            if cells:
                yield SheetRow(index, cells, bool(known and known.hidden))

    def blocks(self, name: str) -> Generator[CellBlock]:
        """Yield the same rows in bulk."""
        with closing(self.rows(name)) as rows:
            yield from blocks_of(rows)

    def hidden_columns(self, name: str) -> frozenset[int]:
        """Return the columns, counted from 0, that the spreadsheet does not show."""
        return frozenset(at for at, column in self._sheets[name].colinfo_map.items() if column.hidden)

    def _cell(self, raw: Any) -> Cell | None:  # noqa: ANN401 - xlrd has no types
        if raw.ctype == xlrd.XL_CELL_TEXT:
            return Cell(Kind.TEXT, raw.value, self._format(raw)) if raw.value else None
        if raw.ctype in {xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE}:
            return self._number(raw)
        if raw.ctype == xlrd.XL_CELL_BOOLEAN:
            return Cell(Kind.BOOLEAN, float(raw.value))
        if raw.ctype == xlrd.XL_CELL_ERROR:
            return Cell(Kind.ERROR, _ERRORS.get(raw.value, "#N/A"))
        return None

    def _number(self, raw: Any) -> Cell:  # noqa: ANN401 - xlrd has no types
        if not math.isfinite(raw.value):
            return Cell(Kind.ERROR, str(raw.value))
        if raw.ctype == xlrd.XL_CELL_DATE:
            return Cell(Kind.DATE, raw.value + self._days_later, self._format(raw))
        return Cell(Kind.NUMBER, raw.value + 0.0, self._format(raw))

    def _format(self, raw: Any) -> str:  # noqa: ANN401 - xlrd has no types
        key = self._book.xf_list[raw.xf_index].format_key
        found = self._book.format_map.get(key)
        return found.format_str if found else GENERAL


@contextmanager
def opened_xls(path: Path) -> Iterator[XlsWorkbook]:
    """Open an xls file.

    Raises
    ------
    BadInput
        When it is damaged, protected, or too large.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise BadInput(
            f"The {_KIND} has {size_text(size)}; the limit is {size_text(MOST_BYTES)}. Save it as xlsx and send that."
        )
    with _refusing_damage():
        book = xlrd.open_workbook(
            file_contents=path.read_bytes(), formatting_info=True, ragged_rows=True, logfile=io.StringIO()
        )
    with book:
        yield XlsWorkbook(book)


@contextmanager
def _refusing_damage() -> Iterator[None]:
    try:
        yield
    except BadInput:
        raise
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise BadInput(
                f"The {_KIND} is protected with a password: remove the password, save it, and send that."
            ) from error
        raise BadInput(DAMAGED.format(kind=_KIND)) from error
    except Exception as error:
        raise BadInput(DAMAGED.format(kind=_KIND)) from error
