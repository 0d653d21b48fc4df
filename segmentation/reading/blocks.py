"""A CSV as a stream of blocks: clean ones stay bytes for a fast parser, all others are read exactly, row by row."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from segmentation.errors import BadInput
from segmentation.numbers.values import trim
from segmentation.reading.encoding import Encoded, Limits, size_text
from segmentation.reading.layout import Layout
from segmentation.reading.others.footer import NO_FOOTER, Footer
from segmentation.reading.problems import RowReason, row_sentence
from segmentation.reading.quoting import join_surplus, split_misquoted

# First bytes that Polars would take for a byte order mark or for compressed data.
_MISTAKEN: Final = (codecs.BOM_UTF8, b"x\x01", b"x^", b"x\x9c", b"x\xda")
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
class CleanBlock:
    """Whole lines, each one row of the header's width, without a quote or a stray line end.

    Parameters
    ----------
    data
        UTF-8, each line ended.
    first_line
        The physical line of the first row; the next row is on the next line, and so on.
    rows
        Number of lines.
    """

    data: bytes
    first_line: int
    rows: int


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


class Blocks:
    """Reads a file once, from the line after its header, and counts blank lines, widths and misplaced quotes.

    Parameters
    ----------
    footer
        The file's last lines as far as they belong to no row; they come as a block of their own.
    exact
        Read every block record by record, clean or not: the same rows, but slower.
    """

    def __init__(
        self, encoded: Encoded, layout: Layout, limits: Limits, footer: Footer = NO_FOOTER, *, exact: bool = False
    ) -> None:
        self._layout, self._limits, self._footer, self._exact = layout, limits, footer, exact
        self._chunks = encoded.chunks()
        self._pending, self._held_back, self._ended = b"", b"", False
        self._line = layout.first_line
        self.blank_lines = 0
        self.widths: Counter[int] = Counter()
        self.misquoted = 0
        self._lines_of: tuple[str, list[str]] = ("", [])
        delimiter = layout.delimiter.encode()
        kept = {*delimiter, *b'\r\n"'}
        self._dropped = bytes(byte for byte in range(256) if byte not in kept)
        self._clean_lines = tuple(delimiter * (layout.width - 1) + end for end in (b"\n", b"\r\n"))

    def __iter__(self) -> Iterator[CleanBlock | RecordBlock]:
        """Yield the rows in order.

        Raises
        ------
        BadInput
            If a limit is reached or a quote is never closed.
        """
        self._fill(self._layout.size)
        self._pending = self._pending[self._layout.size :]
        while block := self._next():
            if (rows := self._clean_rows(block)) and not self._exact:
                yield CleanBlock(block, self._line, rows)
                self._line += rows
                self.widths[self._layout.width] += rows
            else:
                yield from self._read(block)
        if rest := self._held_back:
            yield from self._read(
                self._ended_line(rest), self._footer.lines if rest == self._footer.data else frozenset()
            )

    def leave_out(self, blank: int) -> None:
        """Count lines of clean blocks that turned out to be blank."""
        self.blank_lines += blank
        self.widths[self._layout.width] -= blank

    def _fill(self, size: int) -> None:
        """Read on until `size` bytes are pending or the file ends, and keep its footer back.

        Only the file's very end can be the footer, so as many bytes more are read as the footer has.
        """
        size += len(self._footer.data)
        self._pending += self._held_back
        self._held_back = b""
        parts, held = [self._pending], len(self._pending)
        while held < size and not self._ended:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._ended = True
            else:
                parts.append(chunk)
                held += len(chunk)
        self._pending = b"".join(parts)
        if self._footer.data:
            cut = max(0, len(self._pending) - len(self._footer.data))
            self._pending, self._held_back = self._pending[:cut], self._pending[cut:]

    def _next(self) -> bytes:
        """Take about a block of whole lines; the file's last line gets an end if it lacks one."""
        size = self._limits.block_bytes
        while True:
            self._fill(size)
            if self._ended and len(self._pending) <= size:
                block, self._pending = self._pending, b""
                return self._ended_line(block)
            # A carriage return at the very end may be half of a line end.
            cut = self._pending.rfind(b"\n", 0, size) + 1 or self._pending.rfind(b"\r", 0, size - 1) + 1
            if cut:
                block, self._pending = self._pending[:cut], self._pending[cut:]
                return block
            self._refuse_overlong(size, self._line)
            size += self._limits.block_bytes

    def _ended_line(self, block: bytes) -> bytes:
        unended = block and not block.endswith((b"\n", b"\r"))
        return block + self._layout.line_end.encode() if unended else block

    def _take_line(self, number: int) -> str:
        """Take the next line, with its end, of a record that started on line `number`; empty at the end of the file."""
        size = self._limits.field_bytes
        while True:
            self._fill(size)
            ends = [at for at in (self._pending.find(b"\n"), self._pending.find(b"\r")) if at >= 0]
            cut = min(ends, default=-1) + 1
            if cut and self._pending[cut - 1 : cut + 1] == b"\r\n":
                cut += 1
            if self._ended or (cut and cut < len(self._pending)):
                cut = cut or len(self._pending)
                line, self._pending = self._pending[:cut], self._pending[cut:]
                return line.decode()
            self._refuse_overlong(size, number)
            size += self._limits.field_bytes

    def _refuse_overlong(self, size: int, line: int) -> None:
        if size > self._limits.line_bytes:
            raise BadInput(
                f"Line {line} is longer than {self._limits.columns} columns of "
                f"{size_text(self._limits.field_bytes)}, the limit, can be."
            )

    def _clean_rows(self, block: bytes) -> int:
        """Return how many rows a clean block has, 0 for any other.

        Delimiters, quotes and line ends alone show a block's shape: it is clean if and only if that shape is one bare
        line, repeated. Comparing bytes this way is far faster than looking at each line.
        """
        if block.startswith(_MISTAKEN):
            return 0
        shape = block.translate(None, self._dropped)
        for line in self._clean_lines:
            rows = len(shape) // len(line)
            if self._layout.width > 1 and shape == line * rows:
                return rows
        return 0

    def _read(self, block: bytes, footer: frozenset[int] = frozenset()) -> Iterator[RecordBlock]:
        """Read a block record by record, and beyond it if its last record continues there.

        Parameters
        ----------
        footer
            The block's lines, counted from 0, that belong to the file's footer.
        """
        text = block.decode()
        self._refuse_many_columns(text)
        first, done, width, most_rows = self._line, 0, self._layout.width, self._limits.block_rows
        rows = _Rows(width)
        # The loop runs for every row: what it needs each time is looked up once.
        cells, lines = rows.cells, rows.lines

        def more() -> Iterator[str]:
            """Yield lines from beyond the block while the last record is incomplete."""
            held = 0
            while reader.line_num > done and (line := self._take_line(first + done)):
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
                fields = self._misquoted(text, line, reader.line_num - done, error)
                rows.faults.append(RowFault(len(lines), RowReason.MISQUOTED, "the row's quotes are out of place"))
                self.misquoted, misquoted = self.misquoted + 1, True
            if fields is None:
                break
            done = reader.line_num
            fits = len(fields) == width
            # Nearly every row begins with a letter or digit, which settles it sooner than trimming its cells would.
            if not (fits and "0" <= fields[0] <= "z") and not misquoted and not any(map(trim, fields)):
                self.blank_lines += 1
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
        self._line = first + done
        if rows.lines:
            yield self._counted(rows)

    def _counted(self, rows: _Rows) -> RecordBlock:
        others = sum(fault.reason in {RowReason.RAGGED, RowReason.FOOTER} for fault in rows.faults)
        self.widths[self._layout.width] += len(rows.lines) - others
        return rows.block()

    def _refuse_many_columns(self, text: str) -> None:
        """Refuse a line with too many fields before the parser builds them all."""
        if len(text) <= self._limits.columns:
            return
        for number, line in enumerate(io.StringIO(text, newline=""), start=self._line):
            if len(line) > self._limits.field_bytes and '"' not in line:
                self._check_columns(line.count(self._layout.delimiter) + 1, number)

    def _check_columns(self, count: int, line: int) -> None:
        if count > self._limits.columns:
            raise BadInput(f"Line {line} has {count} columns; the limit is {self._limits.columns}.")

    def _misquoted(self, text: str, line: int, lines: int, error: csv.Error) -> list[str]:
        """Read a line with misplaced quotes as it is; over several lines, the quote was never closed: refuse that."""
        if lines != 1 or "unexpected end" in str(error):
            raise BadInput(_OPEN_QUOTE.format(line=line)) from error
        if "field limit" in str(error):
            self._refuse_long_field(line)
        if self._lines_of[0] != text:
            self._lines_of = (text, list(io.StringIO(text, newline="")))
        single = self._lines_of[1][line - self._line].rstrip("\r\n")
        return split_misquoted(single, self._layout.delimiter)

    def _refuse_long_field(self, line: int) -> None:
        raise BadInput(f"A field in line {line} is longer than the limit of {size_text(self._limits.field_bytes)}.")

    def _fit(self, fields: list[str], line: int, rows: _Rows) -> list[str]:
        """Fit a ragged row to the header's width without losing a character of it."""
        width, count, row = self._layout.width, len(fields), len(rows.lines)
        self._check_columns(count, line)
        if not (rows.faults and rows.faults[-1].row == row):
            self.widths[count] += 1
            sentence = f"the row has {count} field{'' if count == 1 else 's'}, the header {width}"
            rows.faults.append(RowFault(row, RowReason.RAGGED, sentence))
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
