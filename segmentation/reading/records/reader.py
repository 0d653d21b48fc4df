"""Records one by one: exact about quotes, line ends and rows that do not fit the header, and slower than Polars."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from segmentation.errors import BadInput
from segmentation.numbers.values import trim
from segmentation.reading.encoding import Limits, size_text
from segmentation.reading.layout import Layout
from segmentation.reading.problems import RowReason, row_sentence, width_sentence
from segmentation.reading.records.quoting import join_surplus, split_misquoted

_OPEN_QUOTE: Final = (
    "A quote opened in line {line} is never closed (or is out of place there); close it and send the file again."
)


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row, by its index in the block, that does not fit the header."""

    row: int
    reason: RowReason
    sentence: str


@dataclass(frozen=True, slots=True)
class RecordBlock:
    """Rows read one by one, fitted to the header's width.

    Parameters
    ----------
    columns
        One sequence of texts a column.
    lines
        The physical line each row starts on.
    faults
        The rows that did not fit, ascending.
    """

    columns: tuple[Sequence[str], ...]
    lines: Sequence[int]
    faults: tuple[RowFault, ...]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.lines)


@dataclass
class ShapeCounts:
    """What has been seen of rows, by whichever path: the number of blank lines, and how many rows have which width.

    `separators` are the blank lines that are as wide as the header.
    """

    blank_lines: int = 0
    separators: int = 0
    widths: Counter[int] = field(default_factory=Counter)

    def add(self, other: ShapeCounts) -> None:
        """Take in what was counted elsewhere."""
        self.blank_lines += other.blank_lines
        self.separators += other.separators
        self.widths.update(other.widths)


class RecordReader:
    """Reads texts record by record, and counts into `counts`."""

    def __init__(self, layout: Layout, limits: Limits, counts: ShapeCounts) -> None:
        self._layout, self._limits, self._counts = layout, limits, counts
        self._lines_of: tuple[str, list[str]] = ("", [])
        self.lines = 0

    def read(
        self,
        text: str,
        first: int,
        *,
        beyond: Callable[[int], str] = lambda _: "",
        footer: frozenset[int] = frozenset(),
    ) -> Iterator[RecordBlock]:
        """Read a text that begins with a record; `lines` is then how many physical lines were read.

        Parameters
        ----------
        first
            The physical line it begins on.
        beyond
            Takes the next line behind the text, for a record that began on the line given; empty if there is none.
            Asked while the text's last record is incomplete.
        footer
            The text's lines, counted from 0, that belong to the file's footer.

        Raises
        ------
        BadInput
            If a limit is reached or a quote is never closed.
        """
        self._refuse_many_columns(text, first)
        self.lines, width, most_rows = 0, self._layout.width, self._limits.block_rows
        rows = _Rows(width)
        # The loop runs for every row: what it needs each time is looked up once.
        cells, lines, done = rows.cells, rows.lines, 0

        def more() -> Iterator[str]:
            """Yield lines from beyond the text while the last record is incomplete."""
            held = 0
            while reader.line_num > done and (line := beyond(first + done)):
                held += len(line)
                if held > self._limits.line_bytes:
                    raise BadInput(_OPEN_QUOTE.format(line=first + done))
                yield line

        reader = csv.reader(chain(io.StringIO(text, newline=""), more()), delimiter=self._layout.delimiter, strict=True)
        while True:
            line, misquoted = first + done, False
            try:
                fields = next(reader, None)
            except csv.Error as error:
                fields = self._misquoted(text, first, done, reader.line_num - done, error)
                rows.faults.append(RowFault(len(lines), RowReason.MISQUOTED, "the row's quotes are out of place"))
                misquoted = True
            if fields is None:
                break
            done = self.lines = reader.line_num
            fits = len(fields) == width
            # Nearly every row begins with a letter or digit, which settles it sooner than trimming its cells would.
            if not (fits and "0" <= fields[0] <= "z") and not misquoted and not any(map(trim, fields)):
                self._counts.blank_lines += 1
                self._counts.separators += fits
                continue
            if footer and line - first in footer:
                rows.faults.append(RowFault(len(lines), RowReason.FOOTER, row_sentence(RowReason.FOOTER)))
            if not fits:
                fields = self._fit(fields, line, rows)
            cells += fields
            lines.append(line)
            if len(lines) == most_rows:
                yield self._counted(rows)
                rows = _Rows(width)
                cells, lines = rows.cells, rows.lines
        if rows.lines:
            yield self._counted(rows)

    def refuse_overlong(self, size: int, line: int) -> None:
        """Refuse a line of more bytes than a line can have.

        Raises
        ------
        BadInput
            Then.
        """
        if size > self._limits.line_bytes:
            raise BadInput(
                f"Line {line} is longer than the limit of {self._limits.columns} columns of "
                f"{size_text(self._limits.field_bytes)} each. Shorten it and send the file again."
            )

    def _counted(self, rows: _Rows) -> RecordBlock:
        others = sum(fault.reason in {RowReason.RAGGED, RowReason.FOOTER} for fault in rows.faults)
        self._counts.widths[self._layout.width] += len(rows.lines) - others
        return rows.block()

    def _refuse_many_columns(self, text: str, first: int) -> None:
        """Refuse a line with too many fields before the parser builds them all."""
        if len(text) <= self._limits.columns:
            return
        for number, line in enumerate(io.StringIO(text, newline=""), start=first):
            if len(line) > self._limits.field_bytes and '"' not in line:
                self._check_columns(line.count(self._layout.delimiter) + 1, number)

    def _check_columns(self, count: int, line: int) -> None:
        if count > self._limits.columns:
            raise BadInput(f"Line {line} has {count} columns; the limit is {self._limits.columns}. Remove some.")

    def _misquoted(self, text: str, first: int, done: int, lines: int, error: csv.Error) -> list[str]:
        """Read a line with misplaced quotes as it is; over several lines, the quote was never closed: refuse that."""
        line = first + done
        if lines != 1 or "unexpected end" in str(error):
            raise BadInput(_OPEN_QUOTE.format(line=line)) from error
        if "field limit" in str(error):
            self._refuse_long_field(line)
        if self._lines_of[0] != text:
            self._lines_of = (text, list(io.StringIO(text, newline="")))
        single = self._lines_of[1][done].rstrip("\r\n")
        return split_misquoted(single, self._layout.delimiter)

    def _refuse_long_field(self, line: int) -> None:
        raise BadInput(self._limits.long_field(line))

    def _fit(self, fields: list[str], line: int, rows: _Rows) -> list[str]:
        """Fit a ragged row to the header's width without losing a character of it."""
        width, count, row = self._layout.width, len(fields), len(rows.lines)
        self._check_columns(count, line)
        if not (rows.faults and rows.faults[-1].row == row):
            self._counts.widths[count] += 1
            rows.faults.append(RowFault(row, RowReason.RAGGED, width_sentence(count, width)))
        if count > width:
            return [*fields[: width - 1], join_surplus(fields[width - 1 :], self._layout.delimiter)]
        return fields + [""] * (width - count)


class _Rows:
    """Collects rows: their cells in one flat list, so that the garbage collector has no list per row to walk."""

    def __init__(self, width: int) -> None:
        self._width = width
        self.cells: list[str] = []
        self.lines: list[int] = []
        self.faults: list[RowFault] = []

    def block(self) -> RecordBlock:
        """Return the rows by column."""
        columns = tuple(self.cells[i :: self._width] for i in range(self._width))
        return RecordBlock(columns, self.lines, tuple(self.faults))
