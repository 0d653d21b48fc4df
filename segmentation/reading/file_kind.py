"""What a file is, told from its first bytes: a text, an archive, a workbook, or something that holds no table."""

from __future__ import annotations

import codecs
import re
from enum import StrEnum
from pathlib import Path
from typing import Final

from segmentation.errors import BadInput

_UNPACK: Final = "unpack it and send the table inside"
_AS_CSV: Final = "save the table in it as CSV and send that"
_PICTURE: Final = "send the table itself as CSV or xlsx"

# First bytes → what the file is, and what to do about it.
_MAGIC: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"BZh91AY", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!\x1a", "a RAR archive", _UNPACK),
    (b"%PDF", "a PDF document", "export the table behind it as CSV"),
    (b"{\\rtf", "an RTF document", _AS_CSV),
    (b"\x89PNG", "a picture (PNG)", _PICTURE),
    (b"\xff\xd8\xff", "a picture (JPEG)", _PICTURE),
    (b"GIF87a", "a picture (GIF)", _PICTURE),
    (b"GIF89a", "a picture (GIF)", _PICTURE),
    (b"II*\0", "a picture (TIFF)", _PICTURE),
    (b"MM\0*", "a picture (TIFF)", _PICTURE),
    (b"PAR1\x15", "a Parquet file", _AS_CSV),
    (b"ARROW1\0", "an Arrow file", _AS_CSV),
    (b"Obj\x01", "an Avro file", _AS_CSV),
    (b"SQLite format 3\x00", "an SQLite database", "export the table as CSV"),
    (b"ID3\x03", "a sound recording (MP3)", _PICTURE),
    (b"ID3\x04", "a sound recording (MP3)", _PICTURE),
    (b"OggS\0", "a sound recording (Ogg)", _PICTURE),
    (b"\x1aE\xdf\xa3", "a film", _PICTURE),
    (b"\x7fELF", "a program", _PICTURE),
    (b"MZ\x90\0", "a program", _PICTURE),
)
# What stands behind the first four bytes of RIFF files and films.
_RIFF: Final = ((b"WEBP", "a picture (WebP)"), (b"WAVE", "a sound recording (WAV)"), (b"AVI ", "a film"))
_FTYP: Final = (
    (b"hei", "a picture (HEIC)"),
    (b"mif1", "a picture (HEIC)"),
    (b"avif", "a picture (AVIF)"),
    (b"M4A", "a sound recording (M4A)"),
    (b"", "a film"),
)
_GZIP: Final = b"\x1f\x8b"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
BLANK: Final = b" \t\r\n\v\f"
_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|title|script|div|table|!--)", re.IGNORECASE)
_MARKUP: Final = re.compile(rb"<(?:\?xml|svg|rss|kml)", re.IGNORECASE)
_OLD_XML_WORKBOOK: Final = b"urn:schemas-microsoft-com:office:spreadsheet"
_JSON: Final = re.compile(rb'(?:\{\s*(?:"|\}|$)|\[\s*(?:[\[{"\]]|-?[0-9]|true|false|null|$))')


class WorkbookKind(StrEnum):
    """The kinds of workbook that are read."""

    XLSX = "xlsx"
    XLSM = "xlsm"
    XLS = "xls"
    ODS = "ods"


class Container(StrEnum):
    """Files that must be opened to tell what they hold."""

    GZIP = "gzip"
    ZIP = "zip"
    OLE = "ole"


def container_of(source: Path) -> Container | None:
    """Tell whether a file is an archive or a workbook's container; None for everything else."""
    with source.open("rb") as file:
        head = file.read(len(_OLE))
    if head.startswith(_GZIP):
        return Container.GZIP
    if head.startswith(_ZIP):
        return Container.ZIP
    return Container.OLE if head == _OLE else None


def refuse_other_kinds(head: bytes) -> None:
    """Refuse a file that is recognisably no text table.

    Parameters
    ----------
    head
        Its first few thousand bytes.

    Raises
    ------
    BadInput
        With what it seems to be, and what to send instead.
    """
    if kind := _binary_kind(head):
        name, advice = kind
        raise BadInput(f"The file is {name}, not a CSV: {advice}.")
    text = head.removeprefix(codecs.BOM_UTF8).lstrip(BLANK)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = head[2:].replace(b"\0", b"").lstrip(BLANK)
    if _HTML.match(text):
        raise BadInput(
            "The file is a web page (HTML) with a table, as some programs export it for Excel: open it in Excel, "
            "save it as xlsx, and send that."
            if b"<table" in text.lower()
            else "The file is a web page (HTML), not a CSV. If it came through Slack, that page is a sign-in form: "
            "the app lacks files:read or is not in the channel."
        )
    if _MARKUP.match(text):
        if _OLD_XML_WORKBOOK in text:
            raise BadInput("The file is an Excel workbook of 2003 (XML): save it as xlsx and send that.")
        raise BadInput(f"The file is XML, not a CSV: {_AS_CSV}.")
    if _JSON.match(text):
        raise BadInput(f"The file is JSON, not a CSV: {_AS_CSV}.")


def _binary_kind(head: bytes) -> tuple[str, str] | None:
    for magic, kind, advice in _MAGIC:
        if head.startswith(magic):
            return kind, advice
    if head.startswith((_GZIP, *_ZIP)):
        return "an archive in an archive", _UNPACK
    if head.startswith(_OLE):
        return "an old Office document", _AS_CSV
    if head.startswith(b"RIFF"):
        return next(((kind, _PICTURE) for mark, kind in _RIFF if head[8:12] == mark), None)
    if head[:1] == b"\0" and head[4:8] == b"ftyp":
        return next((kind, _PICTURE) for mark, kind in _FTYP if head[8:].startswith(mark))
    return None
