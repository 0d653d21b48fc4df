"""Blocks of whole records → pieces of the result: plain rows by the kernel, odd ones by the exact path, in order.

The kernel runs in the process and threads that score anyway: a process of its own would have to be sent every byte
twice, which costs as much as the kernel saves. It allocates nothing, checks its room before each row, and is held to
that by sanitizers in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import local
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from segmentation.errors import BadInput
from segmentation.reading.blocks import CleanBlock, RecordBlock, WholeRecords, WholeRecordsBlock, clean_rows
from segmentation.reading.numerals.units import Counted, UnitCheck
from segmentation.reading.records.reader import RecordReader, ShapeCounts
from segmentation.scoring.kernel.library import ODD_ROW, SHORT, Kernel, ScoredStruct
from segmentation.scoring.kernel.odd_rows import MOST_LABELLED, most_odd, read_odd
from segmentation.scoring.kernel.plan import Plan, suits
from segmentation.scoring.piece import Piece, PlainRows, RisingIds, Watched
from segmentation.scoring.sums import SegmentSum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.scoring.rows import RowScorer, ScoredBlock

# About how much of a file the kernel gets at once: little enough for memory to stay small, and enough that the exact
# path, which takes some milliseconds for a few odd rows as for a thousand, is not called for each of them.
BLOCK_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class _Odd:
    """Odd rows, scored: the line of each, empty for a blank one."""

    lines: list[bytes]
    scored: tuple[ScoredBlock, ...]
    counts: ShapeCounts


def kernel_scorer(kernel: Kernel, rows: RowScorer, units: UnitCheck, *, watched: bool) -> KernelScorer | None:
    """Return what scores a file's blocks; None if the kernel does not suit the file or the model."""
    return KernelScorer(kernel, rows, units, watched=watched) if suits(rows) else None


class KernelScorer:
    """Scores the blocks of one file; any number of threads may share it.

    Parameters
    ----------
    rows
        Scores what the kernel does not. It is made to hash ids as the kernel does.
    units
        Tells whether counts of values are enough for it.
    watched
        Whether somebody wants to know the rows.
    """

    def __init__(self, kernel: Kernel, rows: RowScorer, units: UnitCheck, *, watched: bool) -> None:
        self._kernel, self._units, self._watched = kernel, units, watched
        self._rows = replace(rows, hash_ids=kernel.hashed)
        self._layout = rows.table.layout
        self._plan = Plan(self._rows, units.usual)
        self._names = rows.model.schema.names
        self._absent = frozenset(self._layout.absent)
        self._buffers = local()

    @property
    def block_bytes(self) -> int:
        """About how much of the file it wants at once."""
        return min(BLOCK_BYTES, self._rows.table.limits.block_bytes)

    def whole_records(self, block: bytes) -> WholeRecords:
        """Tell which part of a block is whole records, as `Blocks` wants to know it."""
        return self._kernel.whole_records(block, self._layout.delimiter)

    def score(self, block: WholeRecordsBlock | RecordBlock) -> Piece:
        """Score one block.

        Raises
        ------
        BadInput, Undecided
            As reading does.
        """
        if isinstance(block, RecordBlock):
            return self._exactly([block], ShapeCounts())
        run = self.run(block)
        if run is None:
            return self._read(block)
        try:
            odd = self._odd(block, run.odd_rows)
        except BadInput:
            # Which names a line of the odd rows alone. Read as a whole, the block is refused with the file's.
            return self._read(block)
        counted = {
            name: Counted(run.rows, int(typical))
            for name, typical in zip(self._names, run.typical, strict=True)
            if name not in self._absent
        }
        if self._units.needs_values([scored.batch for scored in odd.scored], counted):
            return self._read(block)
        odd.counts.widths[self._layout.width] += run.rows
        return Piece([_woven(run, odd.lines)], odd.scored, self._plain(run, counted), odd.counts)

    def run(self, block: WholeRecordsBlock) -> Run | None:
        """Call the kernel; None if it leaves the block to the exact path."""
        run = Run(self._plan, block, self._buffers, with_ids=self._layout.id_column is not None, watched=self._watched)
        return run if self._kernel.score(self._plan.struct, block.data, run.struct) else None

    def _plain(self, run: Run, counted: dict[str, Counted]) -> PlainRows:
        stated = [name not in self._absent for name in self._names]
        segments = tuple(
            SegmentSum(
                customers,
                tuple(total if there else 0 for total, there in zip(sums, stated, strict=True)),
                tuple(customers if there else 0 for there in stated),
                tuple(() for _ in stated),
            )
            for customers, sums in zip(run.customers.tolist(), run.sums.tolist(), strict=True)
        )
        watched = None
        if self._watched:
            names = zip(self._names, stated, strict=True)
            values = {name: run.values[i] if there else None for i, (name, there) in enumerate(names)}
            frame = pl.DataFrame(values, schema=dict.fromkeys(self._names, pl.Float64))
            watched = Watched(pl.Series(run.ids, dtype=pl.String), pl.Series(run.answers), frame)
        return PlainRows(run.rows, segments, run.borderline, counted, run.hashes, run.rising, watched)

    def _odd(self, block: WholeRecordsBlock, odd: NDArray[Any]) -> _Odd:
        """Score rows by the exact path, each with the line it has in the file."""
        counts, lines, scored = ShapeCounts(), [b""] * len(odd), []
        for records, places in read_odd(block, odd, self._layout, self._rows.table.limits, counts):
            scored.append(self._rows.score(records))
            written = b"".join(scored[-1].data)
            ends = self._kernel.record_ends(written, self._layout.delimiter, records.rows)
            for place, start, end in zip(places, [0, *ends], ends, strict=False):
                lines[place] = written[start:end]
        return _Odd(lines, tuple(scored), counts)

    def _read(self, block: WholeRecordsBlock) -> Piece:
        """Leave a whole block to the exact path."""
        counts = ShapeCounts()
        if rows := clean_rows(block.data, self._layout):
            counts.widths[self._layout.width] += rows
            return self._exactly([CleanBlock(block.data, block.first_line, rows)], counts)
        reader = RecordReader(self._layout, self._rows.table.limits, counts)
        return self._exactly(list(reader.read(block.data.decode(), block.first_line)), counts)

    def _exactly(self, blocks: Sequence[CleanBlock | RecordBlock], counts: ShapeCounts) -> Piece:
        scored = tuple(self._rows.score(block) for block in blocks)
        return Piece([part for each in scored for part in each.data], scored, None, counts)


class Run:
    """The room for one call of the kernel, and what it found."""

    def __init__(self, plan: Plan, block: WholeRecordsBlock, buffers: local, *, with_ids: bool, watched: bool) -> None:
        self._block, self._with_ids = block, with_ids
        self.customers = np.zeros(plan.segments, dtype=np.int64)
        self.sums = np.zeros((plan.segments, plan.features), dtype=np.int64)
        self.typical = np.zeros(plan.features, dtype=np.int64)
        self._odd = np.empty(most_odd(block), dtype=ODD_ROW)
        self._hashes = np.empty(block.lines, dtype=np.uint64)
        # The largest buffer is kept for the thread's next block: fresh memory costs a page fault every 4 KiB.
        size = len(block.data) + block.lines * plan.longest_end + 4 * SHORT
        if getattr(buffers, "size", 0) < size:
            buffers.text, buffers.size = np.empty(size, dtype=np.uint8), size
        self._text = buffers.text
        self.struct = ScoredStruct(
            text=self._text.ctypes.data, text_size=len(self._text), most_rows=block.lines, most_odd=len(self._odd),
            most_labelled=MOST_LABELLED,
            odd=self._odd.ctypes.data, hashes=self._hashes.ctypes.data, customers=self.customers.ctypes.data,
            sums=self.sums.ctypes.data, typical=self.typical.ctypes.data,
        )  # fmt: skip
        if watched:
            self._answers = np.empty(block.lines, dtype=np.uint8)
            self._values = np.empty((plan.features, block.lines))
            self._ids = np.empty(len(block.data) + block.lines, dtype=np.uint8)
            self.struct.answers, self.struct.values = self._answers.ctypes.data, self._values.ctypes.data
            self.struct.ids = self._ids.ctypes.data

    @property
    def rows(self) -> int:
        """Number of plain rows."""
        return int(self.struct.rows)

    @property
    def borderline(self) -> int:
        """Number of close calls among them."""
        return int(self.struct.borderline)

    @property
    def text(self) -> memoryview:
        """Their lines."""
        return memoryview(self._text)[: self.struct.written]

    @property
    def odd_rows(self) -> NDArray[Any]:
        """The other rows, as `ODD_ROW`s."""
        return self._odd[: self.struct.odd_count]

    @property
    def hashes(self) -> pl.Series | None:
        """The hashes of their ids; None if no column holds ids."""
        return pl.Series(self._hashes[: self.struct.id_count]) if self._with_ids else None

    @property
    def rising(self) -> RisingIds | None:
        """What is known of the order of their ids; None if they do not rise."""
        found, data = self.struct, self._block.data
        if not (found.rising and found.id_count):
            return None
        return RisingIds(data[found.first_id : found.first_id_end], data[found.last_id : found.last_id_end])

    @property
    def answers(self) -> NDArray[np.uint8]:
        """(rows,) their segments, if somebody watches."""
        return self._answers[: self.rows]

    @property
    def values(self) -> NDArray[np.float64]:
        """(features, rows) their values, if somebody watches."""
        return self._values[:, : self.rows]

    @property
    def ids(self) -> list[str]:
        """Their ids, if somebody watches."""
        text = self._ids[: self.struct.ids_written].tobytes().decode()
        return text.split("\n")[:-1]


def _woven(run: Run, lines: Sequence[bytes]) -> bytes:
    """Put the lines of odd rows where they belong among the others."""
    text = run.text
    if not lines:
        return bytes(text)
    parts: list[bytes | memoryview] = []
    start = 0
    for at, line in zip(run.odd_rows["at"].tolist(), lines, strict=True):
        parts += (text[start:at], line)
        start = at
    return b"".join([*parts, text[start:]])
