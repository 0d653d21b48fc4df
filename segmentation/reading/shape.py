"""Where a table begins in a text whose columns nobody knows: the delimiter and the header that its lines agree on.

A schema finds its header by name. Without one the lines themselves have to tell: rows of a table have the same width,
and the line that names the columns is the first that is as wide and holds words rather than numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from segmentation.errors import BadInput
from segmentation.numbers.values import parse_number, trim
from segmentation.schema import Schema

# Stands for the columns of a file that is opened to find out what they are.
UNKNOWN_COLUMNS: Final = Schema("unknown", (), ())
_ROWS: Final = 200
# The header is one of the first lines.
_LOOK_AHEAD: Final = 30
# A header has nearly as many filled cells as a row; a title that a spreadsheet padded with delimiters has one or two.
_AS_FILLED: Final = 0.6
_HALF: Final = 0.5
_DELIMITERS: Final = frozenset(",;\t|")
# Columns of years are called so.
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a table begins.

    Parameters
    ----------
    delimiter
        What separates its cells.
    above
        Length of the lines above its header, in characters.
    """

    delimiter: str
    above: int


@dataclass(frozen=True, slots=True)
class _Record:
    fields: Sequence[str]
    start: int

    @property
    def filled(self) -> int:
        return sum(bool(trim(field)) for field in self.fields)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one delimiter makes of the text: the header, whether it names columns, how well the rows below fit it."""

    shape: Shape
    named: bool
    fit: float


def find_shape(text: str, delimiters: str) -> Shape:
    r"""Find the delimiter and the header that most of a text's first lines agree on.

    Parameters
    ----------
    text
        The file's beginning.
    delimiters
        The candidates; of those that do equally well the first wins.

    Raises
    ------
    BadInput
        When the first line of the table holds numbers instead of names.

    Examples
    --------
    >>> find_shape("Export of 3 May, all shops\nid;spend\n1;2,5\n2;3,5\n", ",;")
    Shape(delimiter=';', above=27)
    """
    readings = [reading for delimiter in delimiters if (reading := _read(text, delimiter))]
    if not readings:
        return Shape(delimiters[0], 0)
    # A decimal comma splits rows as regularly as a delimiter does, but not the names above them.
    best = max(readings, key=lambda reading: (reading.named, reading.fit))
    if not best.named:
        raise BadInput(
            "The file has no header: its first line holds numbers. Put the column names on top and send it again."
        )
    return best.shape


def _read(text: str, delimiter: str) -> _Reading | None:
    records = _records(text, delimiter)
    widths = Counter(len(record.fields) for record in records)
    if not widths:
        return None
    width = max(widths, key=lambda width: (widths[width] * (width - 1), width))
    fitting = [record for record in records if len(record.fields) == width]
    filled = sorted(record.filled for record in fitting)
    usual = (filled[(len(filled) - 1) // 2] + filled[len(filled) // 2]) / 2  # the median
    needed = min(max(2, _AS_FILLED * usual), width)
    candidates = records[:_LOOK_AHEAD]
    header = next((r for r in candidates if len(r.fields) == width and r.filled >= needed), fitting[0])
    below = records[records.index(header) :]
    alike = sum(len(record.fields) == width for record in below)
    # A single column is one only if nothing could part its heading.
    named = not _holds_numbers(header) and (width > 1 or _DELIMITERS.isdisjoint(header.fields[0]))
    return _Reading(Shape(delimiter, header.start), named, alike * alike / len(below) * (width - 1))


def _records(text: str, delimiter: str) -> list[_Record]:
    """Return the first records that are not blank; the last line, which may be cut off, only if it is alone."""
    lines = list(islice(io.StringIO(text, newline=""), _ROWS))
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    reader, found, at = csv.reader(lines, delimiter=delimiter), list[_Record](), 0
    try:
        for fields in reader:
            if any(map(trim, fields)):
                found.append(_Record(fields, starts[at]))
            at = reader.line_num
    except csv.Error:  # a field beyond csv's limit: what was read until there has to do
        return found
    whole = starts[-1] == len(text) and text.endswith(("\n", "\r"))
    return found if whole or len(found) < 3 else found[:-1]  # noqa: PLR2004 - a header and one row besides the last


def _holds_numbers(record: _Record) -> bool:
    """Tell whether a line holds a row's values: half of its filled cells are numbers other than years."""
    fields = [field for field in record.fields if not _YEAR.fullmatch(trim(field))]
    numbers = sum(parse_number(f) is not None or parse_number(f, decimal_comma=True) is not None for f in fields)
    return numbers >= _HALF * record.filled
