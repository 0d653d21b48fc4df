"""Reads the first rows of an uploaded table for a preview; lenient, since a preview validates nothing."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from typing import Final

from bot.playground.workspace.records import Json

ROWS: Final = 6
COLUMNS: Final = 12
_CELL: Final = 80
_READ: Final = 64 * 1024
_DELIMITERS: Final = ",;\t|"
_MARKS: Final = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def preview(data: bytes) -> Json:
    """Return the header, the first rows and the number of lines of a CSV; all empty if it is not text.

    Cells are cut to 80 characters, rows to 12 columns.
    """
    encoding = _encoding(data)
    # An incremental decoder, since the cut may fall inside the last character.
    text = codecs.getincrementaldecoder(encoding)("replace").decode(data[:_READ])
    if "\0" in text:
        return {"head": [], "rows": [], "lines": 0}
    first = text.partition("\n")[0]
    counts = Counter({mark: first.count(mark) for mark in _DELIMITERS})
    delimiter = counts.most_common(1)[0][0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    # The reader cannot fail here: it is not strict, and the text is shorter than its limit for one field.
    for row in reader:
        if row:
            rows.append([cell[:_CELL] for cell in row[:COLUMNS]])
        if len(rows) > ROWS:
            break
    return {"head": rows[0] if rows else [], "rows": rows[1:], "lines": max(_lines(data, encoding) - 1, 0)}


def _encoding(data: bytes) -> str:
    """Return the encoding: by byte order mark, else UTF-8 if it decodes, else cp1252 as Excel on Windows writes."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data[:_READ])
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _lines(data: bytes, encoding: str) -> int:
    if encoding == "utf-16":
        # In UTF-16 the byte of a line feed also occurs inside other characters.
        data = data.decode(encoding, errors="replace").encode(errors="replace")
    return data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
