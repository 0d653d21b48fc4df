"""A CSV as a stream of blocks: clean ones stay bytes for a fast parser, all others are read exactly, row by row."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from segmentation.dialect import Layout
from segmentation.errors import BadInput
from segmentation.problems import RowReason
from segmentation.sniff import Encoded, Limits, size_text
from segmentation.values import trim

_BLOCK: Final = 4 << 20
_RECORDS: Final = 32_768
# Starts that Polars would take for a byte order mark or for compressed data.
_MISTAKEN: Final = (codecs.BOM_UTF8, b"x\x01", b"x^", b"x\x9c", b"x\xda")
_OPEN_QUOTE: Final = (
    "A quote opened in line {line} is never closed (or is out of place there); close it and send the file again."
)


@dataclass(frozen=True, slots=True)
class RowFault:
    """One row, by its index in the block, that cannot be read as the header says."""

    row: int
    reason: RowReason
    sentence: str


@dataclass(frozen=True, slots=True)
class CleanBlock:
    """Whole lines of which every one is one row of the header's width, without a quote or a stray line end.

    Parameters
    ----------
    data
        UTF-8, each line ended.
    first_line
        The physical line of the first row; each row after it is one line on.
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
        One tuple of texts a column.
    lines
        The physical line each row starts on.
    faults
        The rows that did not fit, ascending.
    """

    columns: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    faults: tuple[RowFault, ...]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.lines)


class Blocks:
    """Reads a file once, from the line after its header; afterwards knows what became of its lines.

    Parameters
    ----------
    exact
        Read every block record by record, clean or not: the same rows, slower.
    """

    def __init__(self, encoded: Encoded, layout: Layout, limits: Limits, *, exact: bool = False) -> None:
        self._layout, self._limits, self._exact = layout, limits, exact
        self._chunks = encoded.chunks()
        self._pending, self._ended = b"", False
        self._line = layout.first_line
        self.blank_lines = 0
        self.widths: Counter[int] = Counter()
        self.misquoted = 0
        delimiter = layout.delimiter.encode()
        kept = {*delimiter, *b'\r\n"'}
        self._dropped = bytes(byte for byte in range(256) if byte not in kept)
        self._clean_lines = tuple(delimiter * (layout.width - 1) + end for end in (b"\n", b"\r\n"))

    def __iter__(self) -> Iterator[CleanBlock | RecordBlock]:
        """Yield the rows in order.

        Raises
        ------
        BadInput
            When a limit is reached or a quote is never closed.
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

    def _fill(self, size: int) -> None:
        """Hold at least `size` pending bytes, unless the file ends before."""
        parts, held = [self._pending], len(self._pending)
        while held < size and not self._ended:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._ended = True
            else:
                parts.append(chunk)
                held += len(chunk)
        self._pending = b"".join(parts)

    def _next(self) -> bytes:
        """Take whole lines, about a block of them; the last line is ended if it was not."""
        size = _BLOCK
        while True:
            self._fill(size)
            if self._ended:
                block, self._pending = self._pending, b""
                unended = block and not block.endswith((b"\n", b"\r"))
                return block + self._layout.line_end.encode() if unended else block
            # A carriage return at the very end may be half of a line end.
            cut = self._pending.rfind(b"\n") + 1 or self._pending.rfind(b"\r", 0, -1) + 1
            if cut:
                block, self._pending = self._pending[:cut], self._pending[cut:]
                return block
            self._refuse_overlong(size)
            size += _BLOCK

    def _take_line(self) -> str:
        """Take one line, with its end; empty when there is none left."""
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
            self._refuse_overlong(size)
            size += self._limits.field_bytes

    def _refuse_overlong(self, size: int) -> None:
        if size > self._limits.line_bytes:
            raise BadInput(
                f"Line {self._line} is longer than {self._limits.columns} columns of "
                f"{size_text(self._limits.field_bytes)}, the limit, can be."
            )

    def _clean_rows(self, block: bytes) -> int:
        """Return how many rows a clean block has, 0 for any other.

        What is left of the block without all but delimiters, quotes and line ends shows its shape: it is clean
        exactly when it is the same bare line over and over.
        """
        if block.startswith(_MISTAKEN):
            return 0
        shape = block.translate(None, self._dropped)
        for line in self._clean_lines:
            rows = len(shape) // len(line)
            if self._layout.width > 1 and shape == line * rows:
                return rows
        return 0

    def _read(self, block: bytes) -> Iterator[RecordBlock]:
        """Read a block record by record, and on into the stream where its last record goes on."""
        current: list[str] = []
        text = block.decode()
        self._refuse_many_columns(text)

        def lines() -> Iterator[str]:
            for line in io.StringIO(text, newline=""):
                current.append(line)
                yield line
            while current and (line := self._take_line()):
                if sum(map(len, current)) > self._limits.line_bytes:
                    raise BadInput(_OPEN_QUOTE.format(line=self._line))
                current.append(line)
                yield line

        width = self._layout.width
        reader = csv.reader(lines(), delimiter=self._layout.delimiter, strict=True)
        rows: list[list[str]] = []
        starts: list[int] = []
        faults: list[RowFault] = []
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                fields = self._misquoted(current, error)
                faults.append(RowFault(len(rows), RowReason.MISQUOTED, "the row's quotes are out of place"))
                self.misquoted += 1
            start = self._line
            self._line += len(current)
            blank = len(fields) <= 1 and len(current) == 1 and not trim(current[0])
            current.clear()
            if blank:
                self.blank_lines += 1
                continue
            self.widths[len(fields)] += 1
            if len(fields) != width:
                fields = self._fit(fields, len(rows), start, faults)
            rows.append(fields)
            starts.append(start)
            if len(rows) == _RECORDS:
                yield _block(rows, starts, faults)
                rows, starts, faults = [], [], []
        if rows:
            yield _block(rows, starts, faults)

    def _refuse_many_columns(self, text: str) -> None:
        """Refuse, before the parser builds them, more fields in a line than columns are allowed."""
        if len(text) <= self._limits.columns:
            return
        for number, line in enumerate(io.StringIO(text, newline=""), start=self._line):
            if len(line) > self._limits.field_bytes and '"' not in line:
                self._check_columns(line.count(self._layout.delimiter) + 1, number)

    def _check_columns(self, count: int, line: int) -> None:
        if count > self._limits.columns:
            raise BadInput(f"Line {line} has {count} columns; the limit is {self._limits.columns}.")

    def _misquoted(self, current: list[str], error: csv.Error) -> list[str]:
        """Read one line leniently for the record; what runs over several lines is a quote that was never closed."""
        if len(current) != 1 or "unexpected end" in str(error):
            raise BadInput(_OPEN_QUOTE.format(line=self._line)) from error
        if "field limit" in str(error):
            self._refuse_long_field(self._line)
        return next(csv.reader([current[0].rstrip("\r\n")], delimiter=self._layout.delimiter))

    def _refuse_long_field(self, line: int) -> None:
        raise BadInput(f"A field in line {line} is longer than the limit of {size_text(self._limits.field_bytes)}.")

    def _fit(self, fields: list[str], row: int, line: int, faults: list[RowFault]) -> list[str]:
        """Bring a ragged row to the header's width without losing a character of it."""
        width, count = self._layout.width, len(fields)
        self._check_columns(count, line)
        if not (faults and faults[-1].row == row):
            sentence = f"the row has {count} field{'' if count == 1 else 's'}, the header {width}"
            faults.append(RowFault(row, RowReason.RAGGED, sentence))
        if count > width:
            return [*fields[: width - 1], self._layout.delimiter.join(fields[width - 1 :])]
        return fields + [""] * (width - count)


def _block(rows: list[list[str]], starts: list[int], faults: list[RowFault]) -> RecordBlock:
    return RecordBlock(tuple(zip(*rows, strict=True)), tuple(starts), tuple(faults))
