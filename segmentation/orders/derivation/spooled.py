"""Lines read while it is still being found out how they are written, and read again only if the beginning misled.

How dates and numbers are read is decided by all cells of a column, which takes a pass over the file. But nearly always
the first rows say already what the last one confirms. So lines are read in that pass as the first rows suggest, and if
the whole column says otherwise, they are thrown away and read anew: the result is the same, for one pass less.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from segmentation.orders.bulk.library import TooOdd
from segmentation.orders.bulk.line_store import LineStore
from segmentation.orders.bulk.reader import bulk_reader
from segmentation.orders.evidence import Forms, Seen, order_rows
from segmentation.orders.line_parts import LineParts
from segmentation.orders.lines import LineCounts, LinePart, LineReader
from segmentation.reading.questions import Question
from segmentation.reading.table import in_order

if TYPE_CHECKING:
    from segmentation.orders.answers import OrderAnswers
    from segmentation.orders.mapping import OrderColumns
    from segmentation.reading.blocks import CleanBlock, RecordBlock
    from segmentation.reading.table import Table


@dataclass(frozen=True)
class Spooled:
    """How a file's cells are written, its lines in parts on disk, and what was seen of them.

    Parameters
    ----------
    names
        Who bought, String, if the lines have numbers for them (UInt32), and hashes (UInt64) for their orders; None if
        they have texts.
    """

    forms: Forms
    parts: LineParts | LineStore
    counts: LineCounts
    names: pl.Series | None = None


@dataclass(frozen=True)
class Spooler:
    """Reads the lines of one export.

    Parameters
    ----------
    typed
        Positions of a workbook's columns of number cells.
    folder
        Where to keep the lines.
    part_lines
        About how many are held in memory at once.
    progress
        Called with the number of lines read.
    """

    table: Table
    columns: OrderColumns
    typed: frozenset[int]
    answers: OrderAnswers
    folder: Path
    part_lines: int
    progress: Callable[[int], None] | None = None

    def spool(self, first: pl.DataFrame, *, exact: bool = False) -> Spooled:
        """Read the whole file.

        Parameters
        ----------
        first
            Its first rows, all cells as text.
        exact
            Whether the lines have to have their texts.

        Raises
        ------
        Question
            When dates, numbers or statuses can be read in several ways.
        BadInput
            As a pass over the file does.
        """
        suggested = self._suggested(first)
        if suggested is not None and not exact and (spooled := self._in_bulk(first, suggested)) is not None:
            return spooled
        seen, counts = Seen.nothing(self.columns), LineCounts()
        parts = LineParts(self.folder / "first", self._expected(first), self.part_lines)
        reader = None if suggested is None else self._reader(suggested)
        blocks = self.table.blocks()
        for rows, cells, part in in_order(lambda block: self._read(block, reader), blocks):
            seen.add(rows, cells, self.columns)
            if part is not None:
                parts.add(part.lines)
                counts.add(part)
                self._say(counts.rows)
        self.table.check_shape(blocks)
        seen.others += blocks.separators
        forms = seen.forms(self.columns, self.typed, self.answers)
        if suggested is not None and forms.read_alike(suggested, self.answers):
            parts.flush()
            return Spooled(forms, parts, counts)
        parts.remove()
        parts = LineParts(self.folder / "again", forms.rows, self.part_lines)
        return Spooled(forms, parts, self._reader(forms).spool(parts, self.progress))

    def _in_bulk(self, first: pl.DataFrame, suggested: Forms) -> Spooled | None:
        """Read the whole file with the kernel; None if that cannot be, or if the first rows misled.

        Raises
        ------
        Question, BadInput
            As `spool` does.
        """
        bulk = bulk_reader(self._reader(suggested))
        if bulk is None:
            return None
        seen, counts = Seen.nothing(self.columns), LineCounts()
        parts = bulk.store(self.folder / "bulk", self._expected(first), self.part_lines)
        blocks = self.table.blocks()
        try:
            for part in in_order(bulk.read, blocks.unread(bulk.whole_records)):
                blocks.count(part.counts)
                for lines in bulk.take(part, seen, counts):
                    parts.add(lines)
                self._say(counts.rows)
        except TooOdd:
            parts.remove()
            return None
        self.table.check_shape(blocks)
        seen.others += blocks.separators
        forms = seen.forms(self.columns, self.typed, self.answers)
        if not forms.read_alike(suggested, self.answers):
            parts.remove()
            return None
        parts.flush()
        counts.guest_words.update(bulk.names.guest_words)
        return Spooled(forms, parts, counts, bulk.names.texts())

    def _suggested(self, first: pl.DataFrame) -> Forms | None:
        """Return the forms that the first rows suggest; None if they leave something open."""
        seen = Seen.nothing(self.columns)
        seen.add(first.height, first, self.columns)
        try:
            return seen.forms(self.columns, self.typed, self.answers)
        except Question:
            return None

    def _reader(self, forms: Forms) -> LineReader:
        return LineReader(self.table, self.columns, forms, self.answers)

    def _read(
        self, block: CleanBlock | RecordBlock, reader: LineReader | None
    ) -> tuple[int, pl.DataFrame, LinePart | None]:
        if reader is None:
            return block.rows, order_rows(self.table, block, self.columns.used), None
        cells = reader.cells_of(block)
        return block.rows, cells.select(sorted({f"c{at}" for at in self.columns.used})), reader.read(cells)

    def _expected(self, first: pl.DataFrame) -> int:
        """Return about how many lines the file has, by the length of its first."""
        cells = int(first.select(pl.sum_horizontal(pl.all().str.len_bytes()).sum()).item())
        length = max(1, cells // max(1, first.height) + first.width)
        return self.table.encoded.source.stat().st_size // length

    def _say(self, lines: int) -> None:
        if self.progress is not None:
            self.progress(lines)
