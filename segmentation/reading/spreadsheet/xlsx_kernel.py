"""An xlsx worksheet's rows and table of texts, read by the compiled kernel if there is one: several times faster.

It reads the same rows as `xlsx_plain`, with the same cells; both leave the others to the parser.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Sequence
from ctypes import POINTER, Structure, c_char_p, c_double, c_int64, c_void_p
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from segmentation.compiled import is_wanted, library_path
from segmentation.reading.spreadsheet.xlsx_plain import (
    PlainRows,
    PlainRowsReader,
    PlainTexts,
    formats_of,
    read_plain_texts,
    unescaped_texts,
)
from segmentation.reading.spreadsheet.xml_tokens import runs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)
_DONE: Final = 0
_ROW_END: Final = b"</row>"
_ITEM_END: Final = b"</si>"
# No cell with a value is written in fewer bytes: <c r="A1"><v>1</v></c>.
_LEAST_CELL: Final = 22
_TEXT_SCHEMA: Final = {"text": pl.String}


class SheetRowsStruct(Structure):
    """`struct sheet_rows` of sheets.h."""

    _fields_ = (
        ("dates", c_void_p), ("style_count", c_int64), ("shared_count", c_int64), ("days_later", c_double),
        ("most_rows", c_int64), ("most_cells", c_int64), ("text_size", c_int64),
        ("rows", c_void_p), ("odd", c_void_p), ("hidden", c_void_p),
        ("cell_rows", c_void_p), ("columns", c_void_p), ("formats", c_void_p), ("kinds", c_void_p),
        ("numbers", c_void_p), ("texts", c_void_p), ("text", c_void_p),
        ("row_count", c_int64), ("cell_count", c_int64), ("text_count", c_int64), ("text_written", c_int64),
    )  # fmt: skip


class SheetTextsStruct(Structure):
    """`struct sheet_texts` of sheets.h."""

    _fields_ = (
        ("most_items", c_int64), ("text_size", c_int64), ("odd", c_void_p), ("text", c_void_p),
        ("item_count", c_int64), ("text_written", c_int64),
    )  # fmt: skip


class SheetKernel:
    """The kernel's functions for sheets; any number of threads may call them.

    Raises
    ------
    OSError
        If it cannot be loaded, or is of another source than this module.
    """

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        sizes = (c_int64 * 2)()
        library.sheet_struct_sizes(sizes)
        if list(sizes) != [ctypes.sizeof(SheetRowsStruct), ctypes.sizeof(SheetTextsStruct)]:
            raise OSError(f"{path.name} is of another version")
        self._rows = library.read_sheet_rows
        self._rows.argtypes = [c_char_p, c_int64, POINTER(SheetRowsStruct)]
        self._rows.restype = c_int64
        self._texts = library.read_sheet_texts
        self._texts.argtypes = [c_char_p, c_int64, POINTER(SheetTextsStruct)]
        self._texts.restype = c_int64

    def rows(self, xml: bytes, sheet: SheetRowsStruct) -> bool:
        """Read a piece of whole rows; false if it is left to the parser."""
        return bool(self._rows(xml, len(xml), ctypes.byref(sheet)) == _DONE)

    def texts(self, xml: bytes) -> PlainTexts | None:
        """Read a piece of whole items of the table of texts; None if it is left to the parser."""
        items = xml.count(_ITEM_END)
        odd, text = np.empty(items, np.bool_), np.empty(len(xml), np.uint8)
        texts = SheetTextsStruct(items, len(text), _address(odd), _address(text))
        if self._texts(xml, len(xml), ctypes.byref(texts)) != _DONE:
            return None
        found = _texts_in(text[: texts.text_written])
        return None if found is None else PlainTexts(unescaped_texts(found), runs_of(odd[: texts.item_count]))


class KernelRowsReader:
    """Reads the plain rows of a worksheet, piece by piece, as `PlainRowsReader` does.

    Parameters
    ----------
    kernel
        The kernel.
    shared, formats, days_later
        As for `PlainRowsReader`.
    """

    def __init__(self, kernel: SheetKernel, shared: pl.Series, formats: Sequence[str], days_later: int) -> None:
        self._kernel = kernel
        self.formats, dates = formats_of(formats)
        self._dates = np.zeros(len(self.formats), np.uint8)
        self._dates[dates] = 1
        self._days_later = float(days_later)
        self._shared_count = len(shared)
        # The first stands for the text that a number hasn't.
        self._texts = pl.concat([pl.Series([None], dtype=pl.String), shared.cast(pl.String)], rechunk=False)
        self._some_empty = bool((shared == "").any())

    def read(self, xml: bytes) -> PlainRows | None:
        """Read a piece that consists of whole rows; None if it is left to the parser."""
        most_rows, most_cells = xml.count(_ROW_END), len(xml) // _LEAST_CELL + 1
        rows, odd, hidden = np.empty(most_rows, np.int64), np.empty(most_rows, np.bool_), np.empty(most_rows, np.bool_)
        cells: dict[str, NDArray[Any]] = {
            name: np.empty(most_cells, kind)
            for name, kind in {"row": "u4", "column": "u4", "format": "u4", "kind": "u1", "number": "f8"}.items()
        }
        places, text = np.empty(most_cells, np.uint32), np.empty(len(xml), np.uint8)
        sheet = SheetRowsStruct(
            *(_address(self._dates), len(self.formats) - 1, self._shared_count, self._days_later),
            *(most_rows, most_cells, len(text), _address(rows), _address(odd), _address(hidden)),
            *(_address(cells[name]) for name in ("row", "column", "format", "kind", "number")),
            *(_address(places), _address(text)),
        )
        if not self._kernel.rows(xml, sheet):
            return None
        own = _texts_in(text[: sheet.text_written])
        if own is None:
            return None
        count = sheet.cell_count
        found = pl.DataFrame({name: values[:count] for name, values in cells.items()})
        texts = pl.concat([self._texts, unescaped_texts(own)], rechunk=False).gather(places[:count])
        found = found.select("row", "column", "kind", pl.col("number").fill_nan(None), texts.alias("text"), "format")
        if self._some_empty:
            found = found.filter(pl.col("number").is_not_null() | (pl.col("text") != ""))
        odd, rows = odd[: sheet.row_count], rows[: sheet.row_count]
        return PlainRows(found, rows, runs_of(odd), frozenset(rows[hidden[: sheet.row_count] & ~odd].tolist()))


def rows_reader(shared: pl.Series, formats: Sequence[str], days_later: int) -> KernelRowsReader | PlainRowsReader:
    """Return what reads a worksheet's plain rows: with the kernel, if there is one and it is wanted."""
    kernel = wanted_kernel()
    if kernel is None:
        return PlainRowsReader(shared, formats, days_later)
    return KernelRowsReader(kernel, shared, formats, days_later)


def plain_texts(xml: bytes) -> PlainTexts | None:
    """Read whole items of a workbook's table of texts; None if only the parser can tell."""
    kernel = wanted_kernel()
    return read_plain_texts(xml) if kernel is None else kernel.texts(xml)


def wanted_kernel() -> SheetKernel | None:
    """Return the kernel; None without one, or if it is not wanted."""
    return _kernel() if is_wanted() else None


def load() -> SheetKernel | str:
    """Return the kernel, or why there is none."""
    path = library_path()
    if not path.exists():
        return "it is not built"
    try:
        return SheetKernel(path)
    except OSError as error:
        return f"it can't be loaded ({error})"


@cache
def _kernel() -> SheetKernel | None:
    """Return the kernel; None without one, which the log says once."""
    found = load()
    if isinstance(found, str):
        _log.info("workbooks are read without the compiled kernel (segbot doctor says how to build it): %s", found)
        return None
    return found


def _address(values: NDArray[Any]) -> int:
    return values.ctypes.data


def _texts_in(text: NDArray[np.uint8]) -> pl.Series | None:
    """Return texts, each with a < behind it; None if they are not UTF-8."""
    if not len(text):
        return pl.Series([], dtype=pl.String)
    try:
        return pl.read_csv(
            text.tobytes(),
            has_header=False,
            schema=_TEXT_SCHEMA,
            separator=">",
            eol_char="<",
            quote_char=None,
            empty_string_is_null=False,
        )["text"]
    except pl.exceptions.PolarsError:
        return None
