"""An xlsx workbook of one sheet whose rows come in bulk; everything around them is made by xlsxwriter.

xlsxwriter writes cells one by one, which takes most of the time that scoring a workbook takes. So it makes the same
workbook with an empty sheet, and the rows are put into that sheet's XML.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final

import polars as pl
import xlsxwriter
from xlsxwriter.utility import xl_range

from segmentation.scoring.sheets.rows import rows_xml

_SHEET: Final = "xl/worksheets/sheet1.xml"
_NO_ROWS: Final = b"<sheetData/>"
_DIMENSION: Final = re.compile(rb'<dimension ref="[^"]*"/>')
# As small as zlib's own choice, 6, to one part in a hundred, in half its time.
_LEVEL: Final = 5
_LARGE: Final = 1 << 30


class SheetFile:
    """The sheet that is being written.

    Parameters
    ----------
    book
        The workbook without the rows.
    name
        What the sheet is called.
    rows
        Where the XML of the rows goes, empty.
    """

    def __init__(
        self,
        book: Any,  # noqa: ANN401 - xlsxwriter has no types
        name: str,
        rows: BinaryIO,
    ) -> None:
        self._book, self._rows = book, rows
        # For widths, frozen rows and the like; its cells are written with `write` alone.
        self.frame: Final = book.add_worksheet(name)
        self._styles: dict[tuple[tuple[str, object], ...], int] = {}
        self._corners: tuple[int, int, int, int] | None = None

    def style(self, **properties: object) -> int:
        """Return the place of a style, by the properties of xlsxwriter's formats."""
        key = tuple(sorted(properties.items()))
        if key not in self._styles:
            # xlsxwriter tells the place of a format nowhere else.
            self._styles[key] = self._book.add_format(properties)._get_xf_index()
        return self._styles[key]

    def write(self, columns: Mapping[int, pl.DataFrame]) -> None:
        """Write the next rows, all below those before: cells as `rows_xml` takes them."""
        filled = {at: cells for at, cells in columns.items() if cells.height}
        if not filled:
            return
        self._rows.write(rows_xml(filled))
        first = min(int(cells["row"][0]) for cells in filled.values())
        last = max(int(cells["row"][-1]) for cells in filled.values())
        top, left, _, right = self._corners or (first, min(filled), last, max(filled))
        self._corners = top, min(left, *filled), last, max(right, *filled)

    @property
    def range(self) -> str:
        """The range of the cells that were written, such as "A1:G200"."""
        return str(xl_range(*(self._corners or (0, 0, 0, 0))))


@contextmanager
def opened_sheet(result: BinaryIO, name: str, scratch: Path | None) -> Iterator[SheetFile]:
    """Begin a workbook, and write it when the block ends; if it ends with an error, nothing is written.

    Parameters
    ----------
    result
        Where the workbook goes; seekable.
    name
        What the sheet is called.
    scratch
        Where to write on the way; None for the system's own folder.
    """
    frame = BytesIO()
    book = xlsxwriter.Workbook(frame, {"in_memory": True})
    with tempfile.TemporaryFile(dir=scratch) as rows:
        sheet = SheetFile(book, name, rows)
        yield sheet
        book.close()
        _write(frame, rows, sheet.range, result)


def _write(frame: BytesIO, rows: BinaryIO, cells: str, result: BinaryIO) -> None:
    """Write the parts of the workbook, and the rows between the two halves of the sheet."""
    size = rows.tell()
    rows.seek(0)
    with (
        zipfile.ZipFile(frame) as empty,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as package,
    ):
        for name in empty.namelist():
            head, rows_here, tail = empty.read(name).partition(_NO_ROWS if name == _SHEET else b"\0")
            # zipfile has to know before it writes a part beyond 2 GB.
            with package.open(name, "w", force_zip64=size > _LARGE and bool(rows_here)) as file:
                file.write(_DIMENSION.sub(f'<dimension ref="{cells}"/>'.encode(), head) if rows_here else head)
                if rows_here:
                    file.write(b"<sheetData>")
                    shutil.copyfileobj(rows, file, 1 << 20)
                    file.write(b"</sheetData>" + tail)
