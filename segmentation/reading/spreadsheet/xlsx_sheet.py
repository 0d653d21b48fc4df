"""An xlsx worksheet's XML and its table of texts → rows of cells, as the XML goes by."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Final

from segmentation.errors import BadInput
from segmentation.reading.spreadsheet.cells import GENERAL, LONGEST_TEXT, Cell, Kind, SheetRow, serial_of
from segmentation.reading.spreadsheet.number_format import is_date
from segmentation.reading.spreadsheet.package import CHUNK, DAMAGED, XmlReader

XLSX: Final = "Excel workbook"
MOST_COLUMNS: Final = 16_384
_MOST_ROWS: Final = 1_048_576
# "_x000D_" stands for a carriage return, "_x005F_" for the underscore of a text that looks like that.
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

# A cell as nearly every program writes it: where it is, its style, its kind; a value or a text, without entities.
_CELL: Final = (
    r'<c r="([A-Z]{1,3})[0-9]{1,7}"(?: s="([0-9]{1,5})")?(?: t="(n|s|b|e|str|inlineStr)")?'
    r'(?:/>|>(?:<v>([^<&\r]*)</v>|<is><t(?: xml:space="preserve")?>([^<&\r]*)</t></is>)?</c>)'
)
_PLAIN_CELL: Final = re.compile(_CELL)
# A row of nothing but such cells.
_PLAIN_ROW: Final = re.compile(
    r'\s*<row r="([0-9]{1,7})"((?: [\w:.]+="[^"<>&]*")*+)>((?:' + re.sub(r"\((?!\?)", "(?:", _CELL) + r")*+)</row>"
)
_ROW_END: Final = b"</row>"
_HIDDEN: Final = re.compile(r' hidden="(?:1|true|on)"')
_OTHER_ENCODING: Final = re.compile(rb"\xff\xfe|\xfe\xff|<\?xml[^>]*encoding=[\"'](?!utf-8[\"'])", re.IGNORECASE)
# What is longer is left to the parser, which has limits of its own.
_LONGEST_ROW: Final = 1 << 20


class TextsReader:
    """Reads the table of texts that cells refer to; phonetic guides are left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._in_text = self._in_guide = False

    def read(self, file: IO[bytes]) -> None:
        """Read the whole table into `texts`."""
        XmlReader(self._start, self._end, self._text).read(file)

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
            self.texts.append(_unescaped("".join(self._pieces)))
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
    """

    def __init__(self, texts: list[str], formats: list[str], days_later: int) -> None:
        self._shared, self._days_later = texts, days_later
        self._styles = _Styles(formats)
        self._rows: list[SheetRow] = []
        self._cells: dict[int, Cell] = {}
        self._row = self._column = -1
        self._hidden = False
        self._type, self._style = "n", ""
        self._content = ""
        self._reading = self._in_guide = self._formula = False
        self._columns = _Columns()

    def chunks(self, file: IO[bytes]) -> Iterator[None]:
        """Read the sheet; yield now and then, so that the caller can take the rows."""
        try:
            for _ in self._mixed(file):
                yield
        except ValueError as error:
            raise BadInput(DAMAGED.format(kind=XLSX)) from error

    def _mixed(self, file: IO[bytes]) -> Iterator[None]:
        """Read plain rows with one expression, and everything else, which they are cut out of, as XML."""
        xml, pending = XmlReader(self._start, self._end, self._text), b""
        plain: bool | None = None
        while chunk := file.read(CHUNK):
            plain = not _OTHER_ENCODING.match(chunk) if plain is None else plain
            pending += chunk
            end = _complete(pending) if plain else len(pending)
            self._read_part(xml, pending[:end], plain=plain)
            pending = pending[end:]
            yield
        xml.feed(pending, last=True)
        yield

    def _read_part(self, xml: XmlReader, part: bytes, *, plain: bool) -> None:
        """Read whole rows and what stands between them."""
        if not plain or _ROW_END not in part:
            xml.feed(part)
            return
        text, at = part.decode(), 0
        while at < len(text):
            if row := _PLAIN_ROW.match(text, at):
                self._read_plain_row(row)
                at = row.end()
            else:
                following = text.find("<row", at + 1)
                end = len(text) if following < 0 else following
                xml.feed(text[at:end].encode())
                at = end

    def _read_plain_row(self, row: re.Match[str]) -> None:
        index = int(row[1]) - 1
        if not self._row < index < _MOST_ROWS:
            raise ValueError(index)
        self._row, self._formula = index, False
        cells: dict[int, Cell] = {}
        columns, styles, infinite = self._columns, self._styles, math.inf
        for letters, style, kind, value, inline in _PLAIN_CELL.findall(row[3]):
            code, is_date_code = styles[style]
            # Most cells are plain numbers: those are made here, all others where the parser's are.
            if not kind and value and not is_date_code and -infinite < (number := float(value)) < infinite:
                cells[columns[letters]] = Cell(Kind.NUMBER, number + 0.0, code)
            elif cell := self._cell(kind or "n", style, value or inline):
                cells[columns[letters]] = cell
        if cells:
            self._rows.append(SheetRow(index, cells, bool(_HIDDEN.search(row[2]))))

    def taken(self) -> list[SheetRow]:
        """Return the rows complete so far, once."""
        rows, self._rows = self._rows, []
        return rows

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
        if letters not in self._columns and not _REFERENCE.fullmatch(reference):
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
            shared = self._shared[index]
            return Cell(Kind.TEXT, shared, code) if shared else None
        if kind == "b":
            return Cell(Kind.BOOLEAN, float(text.strip() in {"1", "true"}))
        if kind == "e":
            return Cell(Kind.ERROR, text.strip())
        if kind == "d":
            serial, usual = serial_of(datetime.fromisoformat(text.strip()))
            return Cell(Kind.DATE, serial, code if is_date_code else usual)
        return Cell(Kind.TEXT, _unescaped(text), code)


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


def _complete(pending: bytes) -> int:
    """Return the length up to the end of the last row; all of it if no row ends for long."""
    end = pending.rfind(_ROW_END)
    if end >= 0:
        return end + len(_ROW_END)
    return 0 if len(pending) < _LONGEST_ROW else len(pending)


def is_true(text: str | None) -> bool:
    """Tell whether an attribute says yes."""
    return text in {"1", "true", "on"}


def _unescaped(text: str) -> str:
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
