"""How a file is laid out: its delimiter, its header, and which column holds which feature."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final

from segmentation.errors import BadInput, OtherColumns
from segmentation.numbers.number_forms import other_currency
from segmentation.numbers.values import parse_number, quote, trim
from segmentation.reading.encoding import Limits, size_text
from segmentation.reading.ids.id_column import find_ids
from segmentation.reading.ids.order_lines import ORDERS_ADVICE, named_like_orders
from segmentation.reading.problems import LINE
from segmentation.reading.shape import find_shape
from segmentation.schema import Feature, Role, Schema
from segmentation.writing.folding import fold_key, fold_text

DELIMITERS: Final = ",;\t|"
# Files whose cells may hold a decimal comma: the ones that do not separate columns with it.
COMMA_DECIMAL_DELIMITERS: Final = ";\t"
COLUMNS_READ: Final = "Columns read: "
_DELIMITER_NAMES: Final = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}
_SEPARATOR_LINE: Final = re.compile(r'"?sep=(.)"?[ \t]*', re.IGNORECASE)
_LOOK_AHEAD: Final = 30
_CLOSE_ENOUGH: Final = 0.7


@dataclass(frozen=True)
class Layout:
    """How a file's lines turn into cells.

    Parameters
    ----------
    delimiter
        One of `DELIMITERS`.
    header
        The column names as they stand in the file.
    columns
        Per feature that has a column, in schema order, its position.
    absent
        The profile features that have no column, by name.
    id_column
        The position of the column that identifies customers, by its name or its values; None if there is none.
    line_end
        The end of the header line; the result is written with the same.
    first_line
        The physical line, counted from 1, after the header.
    separator_line
        Whether there is a `sep=` line above the header.
    blank_lines
        Number of blank lines above the header.
    size
        Length of everything up to `first_line`, in bytes of UTF-8.
    titles
        Number of lines above the header that hold something else, such as a report's title; the result leaves them out.
    ids_by_values
        Whether no column's name says that it holds ids, so that values decided.
    id_chosen
        Whether a person has said which column holds the ids.
    counted
        What people count it by: `LINE`, or `ROW` if it was a spreadsheet.
    """

    delimiter: str
    header: tuple[str, ...]
    columns: tuple[int, ...]
    id_column: int | None
    line_end: str
    first_line: int
    separator_line: bool
    blank_lines: int
    size: int
    titles: int = 0
    absent: tuple[str, ...] = ()
    ids_by_values: bool = False
    id_chosen: bool = False
    counted: str = LINE

    @cached_property
    def width(self) -> int:
        """Number of fields in a row."""
        return len(self.header)

    def notes(self, schema: Schema) -> tuple[str, ...]:
        """State the mapping, what has no column and, unless it is a plain comma, the delimiter."""
        pairs = list(zip(schema.without(self.absent).features, self.columns, strict=True))
        mapping = ", ".join(f"{feature.name} from {quote(self.header[i])}" for feature, i in pairs)
        found = [f"{COLUMNS_READ}{mapping}."] if mapping else []
        found += [
            f"The heading {quote(self.header[i])} names {unit}, but {feature.label_in_text} is in {feature.unit}: "
            "check that its numbers are too."
            for feature, i in pairs
            if (unit := other_currency(self.header[i], feature.unit))
        ]
        if self.absent:
            found.append(f"The file has no column for {' or '.join(self.absent)}: the profile is without it.")
        if self.delimiter != "," or self.separator_line:
            found.append(
                f"The delimiter is {_DELIMITER_NAMES[self.delimiter]}"
                + (", as the sep= line says." if self.separator_line else ".")
            )
        if self.ids_by_values and self.id_column is not None:
            found.append(f"The ids were taken from {quote(self.header[self.id_column])}, judging by its values.")
        if self.titles:
            found.append(f"Skipped {self.titles} line{'' if self.titles == 1 else 's'} above the header.")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Record:
    """One record of the file's beginning; `end` is the offset in characters after it."""

    fields: list[str]
    line: int
    end: int


def find_layout(head: bytes, schema: Schema, limits: Limits) -> Layout:
    r"""Find delimiter, header and mapping in the file's beginning.

    Parameters
    ----------
    head
        The first bytes as UTF-8: all of the file, or more than `limits.header_bytes`.
    schema
        The features to look for; `UNKNOWN_COLUMNS` if nobody knows yet what the columns are.

    Raises
    ------
    BadInput
        If the header is too large, absent, not on top, does not name every cluster feature, or names one twice.

    Examples
    --------
    >>> layout = find_layout(b"ID;Score;Age;Annual income\n7;70;35;60\n", model.schema, Limits())
    >>> layout.delimiter, layout.columns, layout.id_column
    (';', (2, 3, 1), 0)
    """
    text, whole = _decode(head), len(head) <= limits.header_bytes
    separator, skipped = _separator_line(text)
    start = text[skipped:]
    if not trim(start):
        raise BadInput("The file has no header and no rows. Export it again, and send that.")
    candidates = separator or DELIMITERS
    if schema.features:
        above, titles = _above_header(start, candidates, schema), 0
    else:
        shape = find_shape(start, candidates)
        candidates, above, titles = shape.delimiter, shape.above, 0
    if above:
        titles = sum(bool(trim(line.strip(DELIMITERS))) for line in io.StringIO(start[:above], newline=""))
        skipped += above
        start = text[skipped:]
    readings = {delimiter: _header(start, delimiter, whole, limits) for delimiter in candidates}
    # The delimiter that finds most features is the right one; among equals, the one that makes most columns.
    delimiter = max(candidates, key=lambda d: (_found(readings[d], schema), len(readings[d].fields)))
    record = readings[delimiter]
    # A delimiter that parts nothing may leave quotes in the middle of a field; that says nothing while another does.
    if len(record.fields) <= 1 and not all(reading.fields for reading in readings.values()):
        raise BadInput("A quote in the header line is never closed, or is out of place there. Close it.")
    if len(record.fields) > limits.columns:
        raise BadInput(f"The file has {len(record.fields)} columns; the limit is {limits.columns}. Remove some.")
    header = tuple(record.fields)
    places = _map(header, schema, text, delimiter)
    columns = tuple(places.values())
    id_column, by_values = find_ids(start[record.end :], delimiter, header, columns)
    size = len(text[: skipped + record.end].encode())
    lines_above = _line_ends(text[:skipped])
    consumed = start[: record.end]
    return Layout(
        delimiter=delimiter,
        header=header,
        columns=columns,
        id_column=id_column,
        ids_by_values=by_values,
        line_end="\r\n" if consumed.endswith("\r\n") else "\n",
        first_line=lines_above + _line_ends(consumed) + 1,
        separator_line=bool(separator),
        blank_lines=record.line - 1 + lines_above - titles - bool(separator),
        size=size,
        titles=titles,
        absent=tuple(name for name in schema.names if name not in places),
    )


def _above_header(text: str, delimiters: str, schema: Schema) -> int:
    """Return the length of the lines above an unmistakable header; 0 without one.

    Such a header names every cluster feature, and no feature twice.
    """
    above = 0
    for line in islice(io.StringIO(text, newline=""), _LOOK_AHEAD):
        for delimiter in delimiters:
            fields = _one_record(line, delimiter)
            if _names_all(_Record(fields, 0, 0), schema):
                named = [feature.name for name in fields if (feature := schema.find(name))]
                return above if len(set(named)) == len(named) else 0
        above += len(line)
    return 0


def _one_record(line: str, delimiter: str) -> list[str]:
    """Return a line's fields; empty if its quotes do not close."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def _decode(head: bytes) -> str:
    # The head may end inside a character; the bytes dropped there lie beyond any header.
    return head.decode("utf-8", errors="ignore")


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _separator_line(text: str) -> tuple[str, int]:
    """Return the delimiter a leading `sep=` line names and the length up to its end; empty and 0 without one."""
    position = 0
    for line in io.StringIO(text, newline=""):
        position += len(line)
        if not trim(line):
            continue
        match = _SEPARATOR_LINE.fullmatch(line.strip("\r\n"))
        if match is None:
            return "", 0
        if match[1] not in DELIMITERS:
            raise BadInput(
                f"The file's first line names {quote(match[1])} as delimiter; "
                "only comma, semicolon, tab and vertical bar are supported."
            )
        return match[1], position
    return "", 0


def _header(text: str, delimiter: str, whole: bool, limits: Limits) -> _Record:
    """Read the first record that is not blank; without fields if its quotes do not close under this delimiter."""
    blank = 0
    for line in io.StringIO(text, newline=""):
        if trim(line):
            break
        blank += len(line)
    lines = _line_ends(text[:blank])
    end = blank

    def fed() -> Iterator[str]:
        nonlocal end
        for physical in io.StringIO(text[blank:], newline=""):
            end += len(physical)
            yield physical

    try:
        fields = next(csv.reader(fed(), delimiter=delimiter, strict=True))
    except csv.Error:
        if len(text[:end].encode()) <= limits.header_bytes:
            return _Record([], lines + 1, 0)
        fields = []
    cut_off = not whole and end == len(text)
    if cut_off or len(text[:end].encode()) > limits.header_bytes:
        raise BadInput(f"The header line is longer than the limit of {size_text(limits.header_bytes)}. Shorten it.")
    return _Record(fields, lines + 1, end)


def _found(record: _Record, schema: Schema) -> int:
    return len({feature.name for name in record.fields if (feature := schema.find(name))})


def _names_all(record: _Record, schema: Schema) -> bool:
    """Return whether a header names all cluster features: the file is of use without the others."""
    named = {feature.name for name in record.fields if (feature := schema.find(name))}
    return all(schema.names[i] in named for i in schema.cluster_indices)


def _map(header: tuple[str, ...], schema: Schema, text: str, delimiter: str) -> dict[str, int]:
    """Find the column of each feature that has one, in schema order, or refuse the header."""
    places: dict[str, list[int]] = {}
    for position, name in enumerate(header):
        if feature := schema.find(name):
            places.setdefault(feature.name, []).append(position)
    missing = [feature for feature in schema.features if feature.name not in places]
    if any(feature.role is Role.CLUSTER for feature in missing):
        _refuse_missing(header, schema, missing, text, delimiter)
    for feature_name, found in places.items():
        if len(found) > 1:
            names = " and ".join(quote(header[i]) for i in found)
            raise BadInput(f"{len(found)} columns mean {feature_name}: {names}. Keep one of them.")
    seen: dict[str, str] = {}
    for name in header:
        key = fold_text(trim(name))
        if key and key in seen:
            raise BadInput(f"Two columns are called {quote(name)}. Rename or remove one of them.")
        seen[key] = name
    return {name: places[name][0] for name in schema.names if name in places}


def _refuse_missing(header: tuple[str, ...], schema: Schema, missing: list[Feature], text: str, delimiter: str) -> None:
    """Say which columns are missing, and whether the header is absent, further down or misspelt."""
    expected = delimiter.join(schema.names) if delimiter != "\t" else ", ".join(schema.names)
    if (line := _line_of_header(text, schema)) is not None:
        raise BadInput(
            f"The column names are in line {line}, below other text. Delete the lines above them and send the file "
            "again."
        )
    if len(missing) == len(schema.features) and _holds_numbers(header):
        raise BadInput(
            f"The file has no header: its first line holds numbers. Put the column names on top: {expected}."
        )
    used = {name for name in header if schema.find(name)}
    free = {fold_key(name): name for name in header if name not in used}
    orders = named_like_orders(header)
    parts = []
    for feature in (feature for feature in missing if feature.role is Role.CLUSTER):
        keys = {fold_key(key): key for key in (feature.name, feature.label, *feature.aliases)}
        close = [
            (difflib.SequenceMatcher(None, key, name).ratio(), free[name]) for key in keys for name in free if name
        ]
        best = max(close, default=(0.0, ""))
        is_close = best[0] >= _CLOSE_ENOUGH and not orders
        guess = f" (is it {quote(best[1])}? Rename it to {feature.name})" if is_close else ""
        parts.append(f"{feature.name}{guess}")
    lacking = " or ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    sentence = f"I can't find {lacking} in the file's header, {quote(', '.join(header))}."
    # If all of them are lacking, they have just been named.
    if len(parts) < len(schema.cluster_indices) and not orders:
        sentence += f" It needs the columns {', '.join(schema.names[i] for i in schema.cluster_indices)}."
    raise OtherColumns(f"{sentence} {ORDERS_ADVICE}" if orders else sentence)


def _line_of_header(text: str, schema: Schema) -> int | None:
    """Return the physical line, within the first few, that names every cluster feature; None if there is none."""
    for delimiter in DELIMITERS:
        for number, line in enumerate(islice(io.StringIO(text, newline=""), _LOOK_AHEAD), start=1):
            fields = line.strip("\r\n").replace('"', "").split(delimiter)
            if _names_all(_Record(fields, 0, 0), schema):
                return number
    return None


def _holds_numbers(header: tuple[str, ...]) -> bool:
    return any(parse_number(name) is not None or parse_number(name, decimal_comma=True) is not None for name in header)
