"""The first rows of an uploaded table, read leniently: a preview promises nothing about the file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Final

from bot.playground.records import Json

ROWS: Final = 6
COLUMNS: Final = 12
_CELL: Final = 80
_READ: Final = 64 * 1024
_DELIMITERS: Final = ",;\t|"


def preview(data: bytes) -> Json:
    """Return the head and the first rows of a CSV, and how many lines there are.

    Cells are cut to 80 characters, rows to 12 columns.
    """
    text = data[:_READ].decode("utf-8-sig", errors="replace")
    first = text.partition("\n")[0]
    counts = Counter({mark: first.count(mark) for mark in _DELIMITERS})
    delimiter = counts.most_common(1)[0][0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    # The reader refuses nothing here: it is lenient, and what is read is shorter than its longest field.
    for row in reader:
        if row:
            rows.append([cell[:_CELL] for cell in row[:COLUMNS]])
        if len(rows) > ROWS:
            break
    lines = data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    return {"head": rows[0] if rows else [], "rows": rows[1:], "lines": max(lines - 1, 0)}
