"""A CSV as a stream of blocks: clean ones stay bytes for a fast parser, all others are read exactly, row by row."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from segmentation.reading.encoding import Encoded, Limits
from segmentation.reading.layout import Layout
from segmentation.reading.others.footer import NO_FOOTER, Footer
from segmentation.reading.records.reader import RecordBlock, RecordReader, RowFault, ShapeCounts

__all__ = ["Blocks", "CleanBlock", "RecordBlock", "RowFault", "WholeRecords", "WholeRecordsBlock", "clean_rows"]

# First bytes that Polars would take for a byte order mark or for compressed data.
_MISTAKEN: Final = (codecs.BOM_UTF8, b"x\x01", b"x^", b"x\x9c", b"x\xda")
# How much of a file is read record by record for the sake of one odd record; twice as much if another follows.
_PIECE: Final = 64 << 10


class WholeRecords(NamedTuple):
    """What a block begins with: so many bytes and lines of whole records, in proper quotes or none.

    `exact` is whether what follows them has misplaced quotes or stray line ends, rather than an end behind the block.
    """

    size: int
    lines: int
    exact: bool


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
class WholeRecordsBlock:
    """Whole records of any width, in proper quotes or none, without a stray line end.

    Parameters
    ----------
    data
        UTF-8, each record ended.
    first_line
        The physical line of the first record.
    lines
        Number of physical lines.
    """

    data: bytes
    first_line: int
    lines: int


class Blocks:
    """Reads a file once, from the line after its header, and counts blank lines and widths.

    Parameters
    ----------
    footer
        The file's last lines as far as they belong to no row; they come as a block of their own.
    exact
        Read every block record by record, clean or not: the same rows, but slower.
    """

    def __init__(
        self,
        encoded: Encoded,
        layout: Layout,
        limits: Limits,
        footer: Footer = NO_FOOTER,
        *,
        exact: bool = False,
    ) -> None:
        self._layout, self._limits, self._footer, self._exact = layout, limits, footer, exact
        self._chunks = encoded.chunks()
        self._pending, self._held_back, self._ended = b"", b"", False
        self._line = layout.first_line
        self._counts = ShapeCounts()
        self._reader = RecordReader(layout, limits, self._counts)

    @property
    def blank_lines(self) -> int:
        """Number of blank lines among the rows."""
        return self._counts.blank_lines

    @property
    def separators(self) -> int:
        """Number of them that are as wide as the header; those of clean blocks are not counted."""
        return self._counts.separators

    @property
    def widths(self) -> Counter[int]:
        """How many rows have how many fields."""
        return self._counts.widths

    def __iter__(self) -> Iterator[CleanBlock | RecordBlock]:
        """Yield the rows in order.

        Raises
        ------
        BadInput
            If a limit is reached or a quote is never closed.
        """
        self._begin()
        # A block that is not clean is halved until it is, or small; what is not clean then is read exactly. While that
        # goes on, twice as much is read so each time, since many small blocks would take longer.
        most = self._limits.block_bytes
        size, exact = most, most if self._exact else min(_PIECE, most)
        while block := self._next(size):
            if not self._exact and (rows := clean_rows(block, self._layout)):
                yield CleanBlock(block, self._line, rows)
                self._line += rows
                self.widths[self._layout.width] += rows
                size, exact = min(2 * size, most), min(_PIECE, most)
            elif size > exact and len(block) > exact:
                self._pending = block + self._pending
                size = max(size // 2, exact)
            else:
                yield from self._read(block)
                exact = min(2 * exact, most)
                size = max(size, exact)
        yield from self._last()

    def unread(self, whole_records: Callable[[bytes], WholeRecords]) -> Iterator[WholeRecordsBlock | RecordBlock]:
        """Yield whole records unread, and the others read.

        Parameters
        ----------
        whole_records
            Tells which part of a block is whole records.

        Raises
        ------
        BadInput
            If a limit is reached or a quote is never closed.
        """
        self._begin()
        while block := self._next(self._limits.block_bytes):
            whole = whole_records(block)
            self._pending = block[whole.size :] + self._pending
            if whole.size:
                yield WholeRecordsBlock(block[: whole.size], self._line, whole.lines)
                self._line += whole.lines
            if whole.exact or not whole.size:
                yield from self._read(self._next(_PIECE))
        yield from self._last()

    def leave_out(self, blank: int) -> None:
        """Count lines of clean blocks that turned out to be blank."""
        self._counts.blank_lines += blank
        self.widths[self._layout.width] -= blank

    def count(self, counts: ShapeCounts) -> None:
        """Take in what was counted of whole records when they were read."""
        self._counts.add(counts)

    def _begin(self) -> None:
        self._fill(self._layout.size)
        self._pending = self._pending[self._layout.size :]

    def _last(self) -> Iterator[RecordBlock]:
        """Read the file's end, which may be its footer."""
        if rest := self._held_back:
            footer = self._footer.lines if rest == self._footer.data else frozenset()
            yield from self._read(self._ended_line(rest), footer)

    def _read(self, block: bytes, footer: frozenset[int] = frozenset()) -> Iterator[RecordBlock]:
        """Read a block record by record, and beyond it if its last record continues there."""
        yield from self._reader.read(block.decode(), self._line, beyond=self._take_line, footer=footer)
        self._line += self._reader.lines

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

    def _next(self, size: int) -> bytes:
        """Take about so many bytes of whole lines; the file's last line gets an end if it lacks one."""
        more = self._limits.block_bytes
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
            self._reader.refuse_overlong(size, self._line)
            size += more

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
            self._reader.refuse_overlong(size, number)
            size += self._limits.field_bytes


def clean_rows(block: bytes, layout: Layout) -> int:
    """Return how many rows a clean block has, 0 for any other.

    Delimiters, quotes and line ends alone show a block's shape: it is clean if and only if that shape is one bare line,
    repeated. Comparing bytes this way is far faster than looking at each line.
    """
    if block.startswith(_MISTAKEN) or layout.width == 1:
        return 0
    delimiter = layout.delimiter.encode()
    shape = block.translate(None, _all_but(delimiter))
    for end in (b"\n", b"\r\n"):
        line = delimiter * (layout.width - 1) + end
        rows = len(shape) // len(line)
        if shape == line * rows:
            return rows
    return 0


@cache
def _all_but(delimiter: bytes) -> bytes:
    """Return all bytes but the delimiter, quotes and line ends."""
    kept = {*delimiter, *b'\r\n"'}
    return bytes(byte for byte in range(256) if byte not in kept)
