"""An archive or a workbook → the text table in it, written into a folder."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from segmentation.errors import BadInput
from segmentation.reading.encoding import Limits
from segmentation.reading.file_kind import Container, WorkbookKind, container_of
from segmentation.reading.packed.archives import packed_note, unpack_gzip, unpack_zip
from segmentation.reading.packed.found import Source, WorkbookTable
from segmentation.reading.spreadsheet.package import DEFAULT_PACKAGE_LIMITS, PackageLimits, opened_package
from segmentation.reading.spreadsheet.workbook import choose_sheet, opened_workbook
from segmentation.schema import Schema

_DIRECTORY_BYTES: Final = 1 << 20
_AS_XLSX: Final = "save it as xlsx and send that"
# A part of a zip package → what the file is, and what to do about it.
_DOCUMENTS: Final = (
    ("word/", "a Word document", "send the table in it as CSV or xlsx"),
    ("ppt/", "a PowerPoint presentation", "send the table in it as CSV or xlsx"),
    ("xl/workbook.bin", "a binary Excel workbook (xlsb)", _AS_XLSX),
    ("Index/Document.iwa", "an Apple Numbers document", "export it as xlsx and send that"),
    ("Index/Tables/", "an Apple Numbers document", "export it as xlsx and send that"),
)
# One of these every package of Office Open XML has.
_PACKAGE: Final = frozenset({"[Content_Types].xml", "_rels/.rels"})
_ODS_TYPE: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_ODF_TYPE: Final = b"application/vnd.oasis.opendocument."


@dataclass(frozen=True)
class Opener:
    """Opens a file whose bytes are those of an archive or a workbook.

    Parameters
    ----------
    folder
        Where it writes what it unpacks.
    sheet
        The workbook's sheet to read; None if nobody named one.
    """

    folder: Path
    schema: Schema
    sheet: str | None
    limits: Limits
    package_limits: PackageLimits = DEFAULT_PACKAGE_LIMITS

    def open(self, path: Path, container: Container | None, *, packed: bool = False) -> Source:
        """Open a file.

        Raises
        ------
        Question, BadInput, OSError
            As for `opened_source`.
        """
        if container is Container.OLE:
            _refuse_other_documents(path)
            return self._workbook(path, WorkbookKind.XLS)
        if container is Container.ZIP:
            with opened_package(path, "zip archive", self.package_limits) as package:
                if kind := _workbook_kind(package):
                    return self._workbook(path, kind)
                if not packed:
                    return self._zip(package)
        if container is Container.GZIP and not packed:
            return self._gzip(path)
        # A text; an archive in an archive is refused like any other file that is not a text.
        return Source(path)

    def _gzip(self, path: Path) -> Source:
        inner = self.folder / "unpacked"
        unpack_gzip(path, inner, self.limits, self.package_limits)
        return replace(self.open(inner, container_of(inner), packed=True), archive=Container.GZIP)

    def _zip(self, package: zipfile.ZipFile) -> Source:
        inner = self.folder / "unpacked"
        name = unpack_zip(package, inner, self.limits)
        found = self.open(inner, container_of(inner), packed=True)
        return replace(found, archive=Container.ZIP, notes=(packed_note(name), *found.notes))

    def _workbook(self, path: Path, kind: WorkbookKind) -> Source:
        from segmentation.reading.spreadsheet.text_table import (  # noqa: PLC0415 - texts are read without numpy
            write_text_table,
        )

        text = self.folder / "sheet.csv"
        with opened_workbook(path, kind, self.package_limits) as workbook:
            chosen = choose_sheet(workbook, self.schema, self.sheet)
            table = write_text_table(workbook, chosen, kind, text, self.schema, self.limits, self.package_limits)
        return Source(text, workbook=WorkbookTable(path, kind, table), notes=table.notes)


def _workbook_kind(package: zipfile.ZipFile) -> WorkbookKind | None:
    """Tell which kind of workbook a zip package is; None for a plain archive.

    Raises
    ------
    BadInput
        When it is another program's document.
    """
    names = package.namelist()
    for start, kind, advice in _DOCUMENTS:
        if any(name.startswith(start) for name in names):
            raise BadInput(f"The file is {kind}: {advice}.")
    if not _PACKAGE.isdisjoint(names) and any(name.startswith("xl/") for name in names):
        return WorkbookKind.XLSM if "xl/vbaProject.bin" in names else WorkbookKind.XLSX
    if "mimetype" in names and "content.xml" in names:
        with package.open("mimetype") as file:
            kind_named = file.read(len(_ODS_TYPE))
        if kind_named.startswith(_ODS_TYPE):
            return WorkbookKind.ODS
        if kind_named.startswith(_ODF_TYPE):
            raise BadInput("The file is an OpenDocument text or drawing: send the table in it as CSV or ods.")
    return None


def _refuse_other_documents(path: Path) -> None:
    """Refuse what lies in an old Office container but is not a workbook; it lists the names of its parts."""
    with path.open("rb") as file:
        start = file.read(_DIRECTORY_BYTES)
        file.seek(max(0, path.stat().st_size - _DIRECTORY_BYTES))
        data = start + file.read()
    for part, sentence in (
        (
            "EncryptedPackage",
            "The workbook is protected with a password: remove the password, save it, and send that.",
        ),
        ("WordDocument", "The file is an old Word document: send the table in it as CSV or xlsx."),
        ("PowerPoint Document", "The file is an old PowerPoint presentation: send the table in it as CSV or xlsx."),
        ("__properties_version1.0", "The file is an Outlook message: send the table attached to it."),
    ):
        if part.encode("utf-16-le") in data:
            raise BadInput(sentence)
