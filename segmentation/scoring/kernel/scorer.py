"""Blocks of whole records → pieces of the result: plain rows by the kernel, odd ones by the exact path, in order.

The kernel runs in the process and threads that score anyway: a process of its own would have to be sent every byte
twice, which costs as much as the kernel saves. It allocates nothing, checks its room before each row, and is held to
that by sanitizers in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import polars as pl

from segmentation.errors import BadInput
from segmentation.reading.blocks import CleanBlock, RecordBlock, WholeRecords, WholeRecordsBlock, clean_rows
from segmentation.reading.columns import Undecided
from segmentation.reading.numerals.units import Counted, UnitCheck
from segmentation.reading.records.reader import RecordReader, ShapeCounts
from segmentation.reading.table import in_order
from segmentation.scoring.kernel.library import Kernel, OddRow
from segmentation.scoring.kernel.odd_rows import MOST_LABELLED, read_odd
from segmentation.scoring.kernel.plan import Plan, suits
from segmentation.scoring.kernel.run import Buffers, Run
from segmentation.scoring.piece import Piece, PlainRows, Watched
from segmentation.scoring.sums import SegmentSum

if TYPE_CHECKING:
    from segmentation.scoring.rows import RowScorer, ScoredBlock

# About how much of a file the kernel gets at once: little enough for memory to stay small.
BLOCK_BYTES: Final = 1 << 20
# The odd rows of so many blocks are scored in one call, since the exact path takes some 20 milliseconds for a few of
# them as for a thousand. All these blocks wait in memory.
TOGETHER: Final = 8
# More of them are not gathered: a block that has as many by itself is scored at once, while others are.
_MANY: Final = 1_000


@dataclass(frozen=True)
class _Odd:
    """Odd rows of one block or of several, scored: the line of each, empty for a blank one."""

    lines: list[bytes]
    scored: tuple[ScoredBlock, ...]
    counts: ShapeCounts


@dataclass(frozen=True)
class _Waiting:
    """A block that the kernel has scored but for a few odd rows."""

    block: WholeRecordsBlock
    run: Run


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
        self._buffers = Buffers()

    @property
    def block_bytes(self) -> int:
        """About how much of the file it wants at once."""
        return min(BLOCK_BYTES, self._rows.table.limits.block_bytes)

    def whole_records(self, block: bytes) -> WholeRecords:
        """Tell which part of a block is whole records, as `Blocks` wants to know it."""
        return self._kernel.whole_records(block, self._layout.delimiter)

    def pieces(self, blocks: Iterable[WholeRecordsBlock | RecordBlock]) -> Iterator[Piece]:
        """Yield the pieces of a file's blocks, in order.

        Raises
        ------
        BadInput, Undecided
            As reading does.
        """
        for found in _gathered(in_order(self._score, blocks)):
            yield from self._settled(found)

    def _score(self, block: WholeRecordsBlock | RecordBlock) -> Piece | _Waiting:
        """Score a block; one with a few odd rows waits for others."""
        if isinstance(block, RecordBlock):
            return self._exactly([block], ShapeCounts())
        run = self.run(block)
        if run is None or not 0 < run.odd < _MANY:
            return self._alone(block, run)
        run.keep()
        return _Waiting(block, run)

    def _settled(self, waiting: Sequence[Piece | _Waiting]) -> Iterator[Piece]:
        """Yield consecutive pieces, those among them that wait scored together."""
        scored = iter(self._together([found for found in waiting if isinstance(found, _Waiting)]))
        for found in waiting:
            yield next(scored) if isinstance(found, _Waiting) else found

    def _together(self, waiting: Sequence[_Waiting]) -> Iterable[Piece]:
        if len(waiting) > 1 and (pieces := self._at_once(waiting)) is not None:
            return pieces
        return (self._alone(each.block, each.run) for each in waiting)

    def run(self, block: WholeRecordsBlock) -> Run | None:
        """Call the kernel; None if it leaves the block to the exact path.

        The lines that a thread's call found stay valid until the thread's next call, unless the run is told to keep
        them.
        """
        with_ids = self._layout.id_column is not None
        run = Run(self._kernel, self._plan, block, self._buffers, with_ids=with_ids, watched=self._watched)
        return run if self._kernel.score(self._plan.struct, block.data, run.struct) else None

    def _alone(self, block: WholeRecordsBlock, run: Run | None) -> Piece:
        """Return the piece of one block, its odd rows scored by themselves."""
        if run is None:
            return self._read(block)
        try:
            odd = self._odd([(block, run.odd_rows)])
        except BadInput:
            # Which names a line of the odd rows alone. Read as a whole, the block is refused with the file's.
            return self._read(block)
        counted = self._counted(run)
        if self._units.needs_values([scored.batch for scored in odd.scored], counted):
            return self._read(block)
        return self._piece(run, counted, odd.lines, odd.scored, odd.counts)

    def _at_once(self, waiting: Sequence[_Waiting]) -> list[Piece] | None:
        """Return the pieces of blocks whose odd rows are scored in one call; the first piece has all of these.

        None if it might make a difference to what the file is refused for, asked about or told: each block is to be
        scored alone then.
        """
        runs = [each.run for each in waiting]
        counted = [self._counted(run) for run in runs]
        if sum(run.labelled for run in runs) > MOST_LABELLED or not all(map(_typical, counted, runs)):
            return None
        try:
            odd = self._odd([(each.block, each.run.odd_rows) for each in waiting])
        except (BadInput, Undecided):
            # An earlier block of them may have another fault, which is then the one to name.
            return None
        pieces: list[Piece] = []
        start = 0
        for run, typical in zip(runs, counted, strict=True):
            scored, counts = ((), ShapeCounts()) if pieces else (odd.scored, odd.counts)
            if self._units.needs_values([each.batch for each in scored], typical):
                return None
            end = start + run.odd
            pieces.append(self._piece(run, typical, odd.lines[start:end], scored, counts))
            start = end
        return pieces

    def _counted(self, run: Run) -> dict[str, Counted]:
        lacking = self._not_given(run).values()
        given = [run.rows - one + more for one, more in zip(lacking, run.described, strict=True)]
        return {
            name: Counted(count, typical, run.rows_refused + run.rows - count)
            for name, count, typical in zip(self._names, given, run.typical, strict=True)
            if name not in self._absent
        }

    def _not_given(self, run: Run) -> dict[str, int]:
        """Return by feature how many of the scored rows lack it."""
        return {name: sum(counts) for name, counts in zip(self._names, zip(*run.missing, strict=True), strict=True)}

    def _piece(
        self,
        run: Run,
        counted: dict[str, Counted],
        lines: Sequence[bytes],
        scored: tuple[ScoredBlock, ...],
        counts: ShapeCounts,
    ) -> Piece:
        """Return a block's piece: its odd rows have these lines, and `scored` are those that are to count with it."""
        plain = self._plain(run, counted)
        counts.widths[self._layout.width] += run.rows + plain.refused.rows - sum(plain.refused.widths.values())
        counts.widths.update(plain.refused.widths)
        return Piece([_woven(run, lines)], scored, plain, counts)

    def _plain(self, run: Run, counted: dict[str, Counted]) -> PlainRows:
        stated = [name not in self._absent for name in self._names]
        segments = tuple(
            SegmentSum(
                customers,
                tuple(total if there else 0 for total, there in zip(sums, stated, strict=True)),
                tuple(customers - lacking if there else 0 for lacking, there in zip(missing, stated, strict=True)),
                tuple(() for _ in stated),
            )
            for customers, sums, missing in zip(run.customers, run.sums, run.missing, strict=True)
        )
        watched = None
        if self._watched:
            names = zip(self._names, stated, strict=True)
            values = {name: run.values[i] if there else None for i, (name, there) in enumerate(names)}
            frame = pl.DataFrame(values, schema=dict.fromkeys(self._names, pl.Float64)).fill_nan(None)
            watched = Watched(pl.Series(run.ids, dtype=pl.String), run.answers, frame)
        return PlainRows(
            run.rows,
            run.refused,
            segments,
            run.borderline,
            run.lacking,
            self._not_given(run),
            counted,
            run.hashes,
            run.rising,
            watched,
        )

    def _odd(self, found: Sequence[tuple[WholeRecordsBlock, Sequence[OddRow]]]) -> _Odd:
        """Score rows of some blocks by the exact path, each with the line it has in the file."""
        counts, lines, scored = ShapeCounts(), [b""] * sum(len(odd) for _, odd in found), []
        for records, places in read_odd(found, self._layout, self._rows.table.limits, counts):
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


def _gathered(found: Iterable[Piece | _Waiting]) -> Iterator[list[Piece | _Waiting]]:
    """Gather consecutive blocks from one that waits on, as long as there are few odd rows; any other stands alone.

    Raises
    ------
    BadInput, Undecided
        As scoring the blocks does, after the blocks before: one of these may have a fault, too.
    """
    gathered: list[Piece | _Waiting] = []
    odd = 0
    try:
        for each in found:
            gathered.append(each)
            odd += each.run.odd if isinstance(each, _Waiting) else 0
            if not 0 < odd < _MANY or len(gathered) == TOGETHER:
                yield gathered
                gathered, odd = [], 0
    except (BadInput, Undecided):
        yield gathered
        raise
    yield gathered


def _typical(counted: dict[str, Counted], run: Run) -> bool:
    """Tell whether most of a block's values are typical whatever its odd rows hold: a number, or one out of bounds."""
    return all(2 * each.typical >= each.count + each.missing + 2 * run.odd for each in counted.values())


def _woven(run: Run, lines: Sequence[bytes]) -> bytes:
    """Put the lines of odd rows where they belong among the others."""
    text = run.text
    if not lines:
        return bytes(text)
    parts: list[bytes | memoryview] = []
    start = 0
    for row, line in zip(run.odd_rows, lines, strict=True):
        parts += (text[start : row.at], line)
        start = row.at
    return b"".join([*parts, text[start:]])
