"""OpenDocument spreadsheets (ods), read row by row in memory that does not grow with the sheet."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Final

from segmentation.errors import BadInput
from segmentation.numbers.values import quote
from segmentation.reading.spreadsheet.cell_blocks import CellBlock, blocks_of
from segmentation.reading.spreadsheet.cells import GENERAL, LONGEST_TEXT, Cell, Kind, Sheet, SheetRow, serial_of
from segmentation.reading.spreadsheet.package import (
    DAMAGED,
    DEFAULT_PACKAGE_LIMITS,
    PackageLimits,
    XmlReader,
    opened_package,
)

_KIND: Final = "OpenDocument spreadsheet"
_CONTENT: Final = "content.xml"
_MOST_ROWS: Final = 1_048_576
_MOST_COLUMNS: Final = 16_384
_DURATION: Final = re.compile(r"PT(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:[.,][0-9]+)?)S)?")
_HIDDEN: Final = frozenset({"collapse", "filter"})
_FORMATS: Final = {"percentage": "0.00%", "currency": "#,##0.00"}


class OdsWorkbook:
    """An open ods file; `package` is its zip file, checked, and `limits` say how often cells may repeat."""

    def __init__(self, package: zipfile.ZipFile, limits: PackageLimits = DEFAULT_PACKAGE_LIMITS) -> None:
        self._package, self._limits = package, limits
        if _CONTENT not in package.NameToInfo:
            raise BadInput(DAMAGED.format(kind=_KIND))
        manifest = package.NameToInfo.get("META-INF/manifest.xml")
        if manifest is not None and b"encryption-data" in package.read(manifest):
            raise BadInput(f"The {_KIND} is protected with a password: remove the password, save it, and send that.")
        self.sheets = self._read_sheets()

    def rows(self, name: str) -> Generator[SheetRow]:
        """Yield a sheet's rows that have cells, in order.

        Raises
        ------
        BadInput
            When the sheet is damaged, or says that cells repeat beyond the limits or the largest sheet there is.
        """
        reader = _SheetReader(name, self._limits)
        with self._package.open(_CONTENT) as file:
            for _ in reader.chunks(file):
                yield from reader.taken()
                if reader.ended:
                    return

    def blocks(self, name: str) -> Generator[CellBlock]:
        """Yield the same rows in bulk."""
        with closing(self.rows(name)) as rows:
            yield from blocks_of(rows)

    def hidden_columns(self, name: str) -> frozenset[int]:
        """Return the columns, counted from 0, that the spreadsheet does not show."""
        hidden: set[int] = set()
        inside, position = False, 0

        def start(element: str, attributes: dict[str, str]) -> None:
            nonlocal inside, position
            if element == "table":
                inside, position = attributes.get("table:name") == name, 0
            elif element == "table-column" and inside:
                repeated = _repeated(attributes, "columns", _MOST_COLUMNS)
                if attributes.get("table:visibility") in _HIDDEN:
                    hidden.update(range(position, min(position + repeated, _MOST_COLUMNS)))
                position += repeated

        with self._package.open(_CONTENT) as file:
            XmlReader(start, lambda _element: None, lambda _text: None).read(file)
        return frozenset(hidden)

    def _read_sheets(self) -> tuple[Sheet, ...]:
        names: list[tuple[str, str]] = []
        invisible: set[str] = set()
        style = ""

        def start(element: str, attributes: dict[str, str]) -> None:
            nonlocal style
            if element == "style":
                style = attributes.get("style:name", "")
            elif element == "table-properties" and attributes.get("table:display") == "false":
                invisible.add(style)
            elif element == "table":
                names.append((attributes.get("table:name", ""), attributes.get("table:style-name", "")))

        with self._package.open(_CONTENT) as file:
            XmlReader(start, lambda _element: None, lambda _text: None).read(file)
        return tuple(Sheet(name, style not in invisible) for name, style in names)


class _SheetReader:
    """Gathers one table's rows as the document's XML goes by."""

    def __init__(self, name: str, limits: PackageLimits) -> None:
        self._name, self._limits = name, limits
        self._written = self._repeats = self._written_in_row = 0
        self._inside = False
        self.ended = False
        self._rows: list[SheetRow] = []
        self._cells: dict[int, Cell] = {}
        self._row = self._column = 0
        self._row_repeated = self._repeated = 1
        self._hidden = False
        self._attributes: dict[str, str] = {}
        self._paragraphs: list[list[str]] = []
        self._depth = self._length = 0

    def chunks(self, file: IO[bytes]) -> Iterator[None]:
        try:
            yield from XmlReader(self._start, self._end, self._text).chunks(file)
        except ValueError as error:
            raise BadInput(DAMAGED.format(kind=_KIND)) from error

    def taken(self) -> list[SheetRow]:
        """Return the rows complete so far, once."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "table":
            self._inside = attributes.get("table:name") == self._name
        elif not self._inside:
            return
        elif element in {"table-cell", "covered-table-cell"}:
            self._attributes, self._paragraphs, self._length = attributes, [], 0
            self._repeated = _repeated(attributes, "columns", _MOST_COLUMNS)
        elif element == "table-row":
            self._column, self._row_repeated = 0, _repeated(attributes, "rows", _MOST_ROWS)
            self._hidden = attributes.get("table:visibility") in _HIDDEN
        elif element == "p":
            self._paragraphs.append([])
            self._depth += 1
        elif element == "annotation":
            # A comment's paragraphs are not part of the cell.
            self._depth -= _MOST_ROWS
        elif element == "s" and self._depth > 0:
            self._paragraphs[-1].append(" " * _repeated(attributes, "c", _MOST_COLUMNS, "text:c"))
        elif element in {"tab", "line-break"} and self._depth > 0:
            self._paragraphs[-1].append("\t" if element == "tab" else "\n")

    def _end(self, element: str) -> None:
        if not self._inside:
            return
        if element in {"table-cell", "covered-table-cell"}:
            if cell := self._cell():
                self._check(self._column + self._repeated, _MOST_COLUMNS)
                self._written_in_row += 1
                self._cells.update(dict.fromkeys(range(self._column, self._column + self._repeated), cell))
            self._column += self._repeated
        elif element == "table-row":
            self._end_row()
        elif element == "p":
            self._depth -= 1
        elif element == "annotation":
            self._depth += _MOST_ROWS
            self._paragraphs = []
        elif element == "table":
            self._inside, self.ended = False, True

    def _end_row(self) -> None:
        if self._cells:
            self._check(self._row + self._row_repeated, _MOST_ROWS)
            self._check_repeats()
            self._rows.extend(
                SheetRow(index, self._cells, self._hidden) for index in range(self._row, self._row + self._row_repeated)
            )
            self._cells = {}
        self._row += self._row_repeated

    def _check_repeats(self) -> None:
        """Refuse a row before it is repeated: a few hundred bytes may stand for millions of cells."""
        self._written += self._written_in_row
        self._repeats += len(self._cells) * self._row_repeated - self._written_in_row
        self._written_in_row = 0
        if self._repeats > max(self._limits.repeats_from, self._limits.repeats * self._written):
            raise BadInput(
                f"The sheet {quote(self._name)} repeats its cells more than {self._limits.repeats_from:,} times, as no "
                "list of customers does. Send the table as CSV."
            )

    def _check(self, end: int, most: int) -> None:
        if end > most:
            raise ValueError(end)

    def _text(self, data: str) -> None:
        if self._depth > 0:
            self._paragraphs[-1].append(data)
            self._length += len(data)
            if self._length > LONGEST_TEXT:
                raise ValueError(self._length)

    def _cell(self) -> Cell | None:
        of = self._attributes.get
        kind = of("office:value-type", "")
        shown = "\n".join("".join(pieces) for pieces in self._paragraphs)
        if of("calcext:value-type") == "error":
            return Cell(Kind.ERROR, shown)
        if cell := self._typed(kind):
            return cell
        text = of("office:string-value") or shown
        if text:
            return Cell(Kind.TEXT, text)
        return Cell(Kind.UNCALCULATED, "") if of("table:formula") and kind != "string" else None

    def _typed(self, kind: str) -> Cell | None:
        """Return a cell that is not text."""
        of = self._attributes.get
        if kind in {"float", "percentage", "currency"}:
            value = float(of("office:value", ""))
            if not math.isfinite(value):
                raise ValueError(value)
            return Cell(Kind.NUMBER, value + 0.0, _FORMATS.get(kind, GENERAL))
        if kind == "date":
            return Cell(Kind.DATE, *serial_of(_moment(of("office:date-value", ""))))
        if kind == "time":
            return Cell(Kind.DATE, *serial_of(_duration(of("office:time-value", ""))))
        if kind == "boolean":
            return Cell(Kind.BOOLEAN, float(of("office:boolean-value") == "true"))
        return None


@contextmanager
def opened_ods(path: Path, limits: PackageLimits = DEFAULT_PACKAGE_LIMITS) -> Iterator[OdsWorkbook]:
    """Open an ods file.

    Raises
    ------
    BadInput
        When it is damaged, protected, or larger than the limits.
    """
    with opened_package(path, _KIND, limits) as package:
        yield OdsWorkbook(package, limits)


def _repeated(attributes: dict[str, str], what: str, most: int, key: str = "") -> int:
    text = attributes.get(key or f"table:number-{what}-repeated", "1")
    return min(int(text), most) if text.isascii() and text.isdigit() else 1


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(text)
    hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in match.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
