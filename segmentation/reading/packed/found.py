"""A text table, and what it was packed in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segmentation.reading.file_kind import Container, WorkbookKind
    from segmentation.reading.spreadsheet.text_table import SheetTable


@dataclass(frozen=True)
class WorkbookTable:
    """A workbook and the table of its sheet that is read."""

    path: Path
    kind: WorkbookKind
    table: SheetTable


@dataclass(frozen=True)
class Source:
    """A file and the text table in it.

    Parameters
    ----------
    text
        The text table: the file itself, or one written while the source is open.
    archive
        What it was packed in; None if it was not packed.
    workbook
        The workbook it was a sheet of; None for a text.
    notes
        What was decided on the way, as sentences.
    """

    text: Path
    archive: Container | None = None
    workbook: WorkbookTable | None = None
    notes: tuple[str, ...] = ()
