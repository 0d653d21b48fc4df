"""An xlsx worksheet's XML and its table of texts → rows of cells, as the XML goes by."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import IO, TYPE_CHECKING, Final

import numpy as np
import polars as pl

from segmentation.errors import BadInput
from segmentation.reading.spreadsheet.cell_blocks import CellBlock, block_of, joined
from segmentation.reading.spreadsheet.cells import GENERAL, LONGEST_TEXT, MOST_COLUMNS, Cell, Kind, SheetRow, serial_of
from segmentation.reading.spreadsheet.number_format import is_date
from segmentation.reading.spreadsheet.package import DAMAGED, XmlReader
from segmentation.reading.spreadsheet.xlsx_kernel import plain_texts, rows_reader
from segmentation.reading.spreadsheet.xlsx_plain import PlainRows, PlainTexts, unescaped
from segmentation.reading.spreadsheet.xml_tokens import pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

XLSX: Final = "Excel workbook"
_MOST_ROWS: Final = 1_048_576
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_MOST_DIGITS: Final = 7
_ROW_END: Final = b"</row>"
_ITEM_END: Final = b"</si>"
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s>/]")


class TextsReader:
    """Reads the table of texts that cells refer to; phonetic guides are left out."""

    def __init__(self) -> None:
        self._xml = XmlReader(self._start, self._end, self._text)
        self._texts: list[str] = []
        self._pieces: list[str] = []
        self._in_text = self._in_guide = False

    def read(self, file: IO[bytes]) -> pl.Series:
        """Return the whole table."""
        for piece in pieces(file, _ITEM_END):
            found = plain_texts(piece.xml) if piece.is_whole else None
            if found is None:
                self._xml.feed(piece.xml)
            else:
                self._read_items(piece.xml, found)
        self._xml.feed(b"", last=True)
        return pl.Series(self._texts, dtype=pl.String)

    def _read_items(self, xml: bytes, found: PlainTexts) -> None:
        """Take in the plain items of a piece, and read the others with the parser."""
        plain, parts = found.texts.to_list(), xml.split(_ITEM_END) if found.odd else []
        done = taken = 0
        for first, after in found.odd:
            self._texts += plain[taken : (taken := taken + first - done)]
            self._xml.feed(_ITEM_END.join([*parts[first:after], b""]))
            done = after
        self._texts += plain[taken:]

    def _start(self, element: str, _attributes: dict[str, str]) -> None:
        if element == "t":
            self._in_text = not self._in_guide
        elif element == "rPh":
            self._in_guide = True

    def _end(self, element: str) -> None:
        if element == "t":
            self._in_text = False
        elif element == "rPh":
            self._in_guide = False
        elif element == "si":
            self._texts.append(unescaped("".join(self._pieces)))
            self._pieces = []

    def _text(self, data: str) -> None:
        if self._in_text:
            self._pieces.append(data)


class SheetReader:
    """Gathers a worksheet's rows as its XML goes by.

    Parameters
    ----------
    texts
        The workbook's table of texts.
    formats
        The number format's code of each cell style.
    days_later
        What is added to dates so that they count from the end of 1899.
    uncalculated
        Whether the workbook wants its formulas calculated when it is opened. Programs that do not calculate say so,
        and give 0 as the result of each: a formula of 0 is without a result then.
    """

    def __init__(self, texts: pl.Series, formats: list[str], days_later: int, *, uncalculated: bool = False) -> None:
        self._shared, self._days_later, self._uncalculated = texts, days_later, uncalculated
        self._xml = XmlReader(self._start, self._end, self._text)
        self._styles = _Styles(formats)
        self._rows: list[SheetRow] = []
        self._cells: dict[int, Cell] = {}
        self._row = self._column = -1
        self._hidden = False
        self._type, self._style = "n", ""
        self._content = ""
        self._reading = self._in_guide = self._formula = False
        self._columns = _Columns()
        self._plain = rows_reader(texts, formats, days_later)

    def blocks(self, file: IO[bytes]) -> Iterator[CellBlock]:
        """Read the sheet.

        Raises
        ------
        BadInput
            When it is damaged.
        """
        try:
            for piece in pieces(file, _ROW_END):
                in_bulk = piece.is_whole and not (self._uncalculated and _FORMULA.search(piece.xml))
                plain = self._plain.read(piece.xml) if in_bulk else None
                block = self._parsed(piece.xml) if plain is None else self._read(piece.xml, plain)
                if block.cells.height:
                    yield block
            self._xml.feed(b"", last=True)
        except ValueError as error:
            raise BadInput(DAMAGED.format(kind=XLSX)) from error

    def _parsed(self, xml: bytes) -> CellBlock:
        """Read any piece of the sheet with the parser."""
        self._xml.feed(xml)
        rows, self._rows = self._rows, []
        return block_of(rows)

    def _read(self, xml: bytes, plain: PlainRows) -> CellBlock:
        """Take in the plain rows of a piece, and read all others, and what stands before the first, with the parser."""
        done, odd = 0, list[CellBlock]()
        parts = xml.split(_ROW_END) if plain.odd else []
        for first, after in plain.odd:
            self._pass(plain.rows[done:first])
            odd.append(self._parsed(_ROW_END.join([*parts[first:after], b""])))
            done = after
        self._pass(plain.rows[done:])
        found = CellBlock(plain.cells, self._plain.formats, plain.hidden)
        return joined([found, *odd]) if odd else found

    def _pass(self, rows: NDArray[np.int64]) -> None:
        """Go on behind rows that were read in bulk."""
        if len(rows):
            if not (self._row < rows[0] and (np.diff(rows) > 0).all() and rows[-1] < _MOST_ROWS):
                raise ValueError(rows)
            self._row, self._formula = int(rows[-1]), False

    # The handlers run for every element: they are written for speed.
    def _start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "v":
            self._reading = True
        elif element == "c":
            get = attributes.get
            reference = get("r")
            self._column = self._column + 1 if reference is None else self._column_of(reference)
            self._type, self._style, self._content, self._formula = get("t", "n"), get("s", ""), "", False
        elif element == "t":
            self._reading = not self._in_guide
        elif element == "row":
            row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            if not self._row < row < _MOST_ROWS:
                raise ValueError(row)
            self._row, self._column, self._hidden = row, -1, is_true(attributes.get("hidden"))
        elif element == "f":
            self._formula = True
        elif element == "rPh":
            self._in_guide = True

    def _end(self, element: str) -> None:
        if element == "c":
            if cell := self._cell(self._type, self._style, self._content):
                self._cells[self._column] = cell
        elif element in {"v", "t"}:
            self._reading = False
        elif element == "row":
            if self._cells:
                self._rows.append(SheetRow(self._row, self._cells, self._hidden))
                self._cells = {}
        elif element == "rPh":
            self._in_guide = False

    def _text(self, data: str) -> None:
        if self._reading:
            self._content += data
            if len(self._content) > LONGEST_TEXT:
                raise ValueError(len(self._content))

    def _column_of(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        # What is known of the letters says nothing of the digits.
        known = letters in self._columns and 0 < len(reference) - len(letters) <= _MOST_DIGITS
        if not known and not _REFERENCE.fullmatch(reference):
            raise ValueError(reference)
        return self._columns[letters]

    def _cell(self, kind: str, style: str, text: str) -> Cell | None:
        if not text:
            return Cell(Kind.UNCALCULATED, "") if self._formula and kind != "str" else None
        code, is_date_code = self._styles[style]
        if kind == "n":
            value = float(text)
            if not math.isfinite(value):
                return Cell(Kind.ERROR, text.strip())
            if value == 0 and self._formula and self._uncalculated:
                return Cell(Kind.UNCALCULATED, "")
            if is_date_code:
                return Cell(Kind.DATE, value + self._days_later, code)
            return Cell(Kind.NUMBER, value + 0.0, code)  # folds -0.0 into 0.0
        return self._other(kind, text, code, is_date_code=is_date_code)

    def _other(self, kind: str, text: str, code: str, *, is_date_code: bool) -> Cell | None:
        """Return a cell that is not written as a number."""
        if kind == "s":
            index = int(text)
            if not 0 <= index < len(self._shared):
                raise ValueError(index)
            shared: str = self._shared[index]
            return Cell(Kind.TEXT, shared, code) if shared else None
        if kind == "b":
            return Cell(Kind.BOOLEAN, float(text.strip() in {"1", "true"}))
        if kind == "e":
            return Cell(Kind.ERROR, text.strip())
        if kind == "d":
            serial, usual = serial_of(datetime.fromisoformat(text.strip()))
            return Cell(Kind.DATE, serial, code if is_date_code else usual)
        return Cell(Kind.TEXT, unescaped(text), code)


class _Columns(dict[str, int]):
    """Columns, counted from 0, by their letters; each is worked out once."""

    def __missing__(self, letters: str) -> int:
        column = 0
        for letter in letters:
            column = column * 26 + ord(letter) - ord("A") + 1
        if column > MOST_COLUMNS:
            raise ValueError(letters)
        self[letters] = column - 1
        return column - 1


class _Styles(dict[str, tuple[str, bool]]):
    """By a style's number as the sheet writes it, its number format's code and whether that shows dates."""

    def __init__(self, formats: list[str]) -> None:
        super().__init__({str(i): (code, is_date(code)) for i, code in enumerate(formats)})
        self[""] = self.get("0", (GENERAL, False))

    def __missing__(self, _style: str) -> tuple[str, bool]:
        return GENERAL, False


def is_true(text: str | None) -> bool:
    """Tell whether an attribute says yes."""
    return text in {"1", "true", "on"}
