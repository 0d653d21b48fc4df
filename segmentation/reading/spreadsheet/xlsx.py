"""Excel workbooks (xlsx, xlsm), read piece by piece in memory that does not grow with the sheet; macros stay untouched.

Calamine would be faster where the kernel is not built, but it holds a sheet as one dense block, so that two cells far
apart end the whole process (measured with python-calamine 0.9.1), gives errors and formulas without a result as empty
cells, and does not tell number formats.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import polars as pl

from segmentation.errors import BadInput
from segmentation.reading.encoding import size_text
from segmentation.reading.spreadsheet.cell_blocks import CellBlock, rows_of
from segmentation.reading.spreadsheet.cells import GENERAL, MOST_COLUMNS, Sheet, SheetRow
from segmentation.reading.spreadsheet.number_format import BUILT_IN
from segmentation.reading.spreadsheet.package import (
    DAMAGED,
    DEFAULT_PACKAGE_LIMITS,
    PackageLimits,
    XmlReader,
    local_name,
    opened_package,
)
from segmentation.reading.spreadsheet.xlsx_sheet import XLSX, SheetReader, TextsReader, is_true

_DEFAULT_WORKBOOK: Final = "xl/workbook.xml"
# Days between the two ways to count: from the end of 1899, and from 1904 as old Macs did.
_1904: Final = 1462


class XlsxWorkbook:
    """An open xlsx or xlsm file.

    Parameters
    ----------
    package
        Its zip file, checked.
    limits
        How large its table of texts may be.
    """

    def __init__(self, package: zipfile.ZipFile, limits: PackageLimits = DEFAULT_PACKAGE_LIMITS) -> None:
        self._package, self._limits = package, limits
        self._folder = ""
        self._1904 = self._uncalculated = False
        self._parts: dict[str, str] = {}
        self.sheets: tuple[Sheet, ...] = ()
        self._read_workbook()
        self._texts: pl.Series | None = None
        self._formats = self._read_formats()

    def rows(self, name: str) -> Generator[SheetRow]:
        """Yield a sheet's rows that have cells, in order.

        Raises
        ------
        BadInput
            When the sheet is damaged.
        """
        for block in self.blocks(name):
            yield from rows_of(block)

    def blocks(self, name: str) -> Generator[CellBlock]:
        """Yield the same rows in bulk.

        Raises
        ------
        BadInput
            When the sheet is damaged.
        """
        if self._texts is None:
            self._texts = self._read_texts()
        days_later = _1904 if self._1904 else 0
        reader = SheetReader(self._texts, self._formats, days_later, uncalculated=self._uncalculated)
        with self._open(self._parts[name]) as file:
            yield from reader.blocks(file)

    def hidden_columns(self, name: str) -> frozenset[int]:
        """Return the columns, counted from 0, that the spreadsheet does not show."""
        hidden: set[int] = set()

        def start(element: str, attributes: dict[str, str]) -> None:
            if element == "col" and is_true(attributes.get("hidden")):
                first, last = int(attributes["min"]), min(int(attributes["max"]), MOST_COLUMNS)
                hidden.update(range(first - 1, last))
            elif element == "sheetData":
                raise _Enough

        self._scan(self._parts[name], start)
        return frozenset(hidden)

    def _read_workbook(self) -> None:
        path = self._target_of("_rels/.rels", "", "/officeDocument") or _DEFAULT_WORKBOOK
        self._folder = posixpath.dirname(path)
        listed: list[tuple[Sheet, str]] = []

        def start(element: str, attributes: dict[str, str]) -> None:
            if element == "workbookPr":
                self._1904 = is_true(attributes.get("date1904"))
            elif element == "calcPr":
                self._uncalculated = is_true(attributes.get("fullCalcOnLoad"))
            elif element == "sheet":
                relation = next((value for key, value in attributes.items() if local_name(key) == "id"), "")
                listed.append((Sheet(attributes["name"], attributes.get("state", "visible") == "visible"), relation))

        self._scan(path, start)
        targets = self._relations(self._relations_of(path), self._folder)
        self._related = dict(targets.values())
        worksheets = [
            (sheet, targets[relation][1])
            for sheet, relation in listed
            if relation in targets and targets[relation][0].endswith("/worksheet")
        ]
        self.sheets = tuple(sheet for sheet, _ in worksheets)
        self._parts = {sheet.name: part for sheet, part in worksheets}

    def _relations_of(self, path: str) -> str:
        return f"{posixpath.dirname(path)}/_rels/{posixpath.basename(path)}.rels"

    def _relations(self, part: str, folder: str) -> dict[str, tuple[str, str]]:
        """Return, by id, the type of each relation and the part it names."""
        found: dict[str, tuple[str, str]] = {}

        def start(element: str, attributes: dict[str, str]) -> None:
            if element == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip("/")
                found[attributes["Id"]] = (attributes["Type"], target)

        if part in self._package.NameToInfo:
            self._scan(part, start)
        return found

    def _target_of(self, part: str, folder: str, kind: str) -> str:
        targets = self._relations(part, folder).values()
        return next((target for found, target in targets if found.endswith(kind)), "")

    def _read_texts(self) -> pl.Series:
        part = next((target for kind, target in self._related.items() if kind.endswith("/sharedStrings")), "")
        info = self._package.NameToInfo.get(part)
        if info is None:
            return pl.Series([], dtype=pl.String)
        if info.file_size > self._limits.text_bytes:
            raise BadInput(
                f"The workbook's texts take {size_text(info.file_size)}; the limit is "
                f"{size_text(self._limits.text_bytes)}. Send the table as CSV."
            )
        with self._open(part) as file:
            return TextsReader().read(file)

    def _read_formats(self) -> list[str]:
        """Return the number format's code of each cell style."""
        part = next((target for kind, target in self._related.items() if kind.endswith("/styles")), "")
        codes, formats, within = dict(BUILT_IN), [], ""

        def start(element: str, attributes: dict[str, str]) -> None:
            nonlocal within
            if element == "numFmt":
                codes[int(attributes["numFmtId"])] = attributes["formatCode"]
            elif element in {"cellXfs", "cellStyleXfs", "dxfs"}:
                within = element
            elif element == "xf" and within == "cellXfs":
                formats.append(codes.get(int(attributes.get("numFmtId", "0")), GENERAL))

        if part in self._package.NameToInfo:
            self._scan(part, start)
        return formats

    def _scan(self, part: str, start: Callable[[str, dict[str, str]], None]) -> None:
        """Read a part's elements until the handler raises `_Enough`."""
        with self._open(part) as file:
            try:
                XmlReader(start, lambda _element: None, lambda _text: None).read(file)
            except _Enough:
                return
            except ValueError as error:
                raise BadInput(DAMAGED.format(kind=XLSX)) from error

    @contextmanager
    def _open(self, part: str) -> Iterator[IO[bytes]]:
        if part not in self._package.NameToInfo:
            raise BadInput(DAMAGED.format(kind=XLSX))
        with self._package.open(part) as file:
            yield file


class _Enough(Exception):
    """What was looked for in a part is known."""


@contextmanager
def opened_xlsx(path: Path, limits: PackageLimits = DEFAULT_PACKAGE_LIMITS) -> Iterator[XlsxWorkbook]:
    """Open an xlsx or xlsm file.

    Raises
    ------
    BadInput
        When it is damaged, protected, or larger than the limits.
    """
    with opened_package(path, XLSX, limits) as package:
        yield XlsxWorkbook(package, limits)
