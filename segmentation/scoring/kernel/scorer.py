"""Blocks of whole records → pieces of the result: plain rows by the kernel, odd ones by the exact path, in order.

The kernel runs in the process and threads that score anyway: a process of its own would have to be sent every byte
twice, which costs as much as the kernel saves. It allocates nothing, checks its room before each row, and is held to
that by sanitizers in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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
# How many blocks are scored together: the exact path takes some 20 milliseconds for a few odd rows as for a thousand,
# so it gets those of all these blocks in one call. Without the kernel it reads about as much at once.
TOGETHER: Final = 4


@dataclass(frozen=True)
class _Odd:
    """Odd rows of one block or of several, scored: the line of each, empty for a blank one."""

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
        most = 1
        batches = _together(blocks, lambda: most)
        for found in in_order(self.score, batches):
            # Without odd rows there is nothing to gain, and results that wait for each other take memory.
            most = TOGETHER if any(piece.exact and piece.plain for piece in found) else 1
            yield from found

    def score(self, blocks: Sequence[WholeRecordsBlock | RecordBlock]) -> list[Piece]:
        """Score consecutive blocks, all of them whole records, or one that was read.

        Raises
        ------
        BadInput, Undecided
            As reading does.
        """
        whole = [block for block in blocks if isinstance(block, WholeRecordsBlock)]
        if len(whole) < len(blocks):
            return [self._exactly([block], ShapeCounts()) for block in blocks if isinstance(block, RecordBlock)]
        runs = [self.run(block, place) for place, block in enumerate(whole)]
        there = [run for run in runs if run is not None]
        if len(there) == len(whole) and (pieces := self._at_once(whole, there)) is not None:
            return pieces
        return [self._alone(block, run) for block, run in zip(whole, runs, strict=True)]

    def run(self, block: WholeRecordsBlock, place: int = 0) -> Run | None:
        """Call the kernel; None if it leaves the block to the exact path.

        What a thread's call found stays valid until the thread's next call with the same `place`.
        """
        with_ids = self._layout.id_column is not None
        run = Run(self._plan, block, self._buffers, place, with_ids=with_ids, watched=self._watched)
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

    def _at_once(self, blocks: Sequence[WholeRecordsBlock], runs: Sequence[Run]) -> list[Piece] | None:
        """Return the pieces of blocks whose odd rows are scored in one call; the first piece has all of these.

        None if there is nothing to gain, or if it might make a difference to what the file is refused for, asked about
        or told: each block is to be scored alone then.
        """
        counted = [self._counted(run) for run in runs]
        if (
            sum(len(run.odd_rows) > 0 for run in runs) < 2  # noqa: PLR2004 - with one, there is nothing to gather
            or sum(run.labelled for run in runs) > MOST_LABELLED
            or not all(map(_typical, counted, runs))
        ):
            return None
        try:
            odd = self._odd([(block, run.odd_rows) for block, run in zip(blocks, runs, strict=True)])
        except (BadInput, Undecided):
            # An earlier block of them may have another fault, which is then the one to name.
            return None
        pieces: list[Piece] = []
        start = 0
        for run, typical in zip(runs, counted, strict=True):
            scored, counts = ((), ShapeCounts()) if pieces else (odd.scored, odd.counts)
            if self._units.needs_values([each.batch for each in scored], typical):
                return None
            end = start + len(run.odd_rows)
            pieces.append(self._piece(run, typical, odd.lines[start:end], scored, counts))
            start = end
        return pieces

    def _counted(self, run: Run) -> dict[str, Counted]:
        return {
            name: Counted(run.rows, typical)
            for name, typical in zip(self._names, run.typical, strict=True)
            if name not in self._absent
        }

    def _piece(
        self,
        run: Run,
        counted: dict[str, Counted],
        lines: Sequence[bytes],
        scored: tuple[ScoredBlock, ...],
        counts: ShapeCounts,
    ) -> Piece:
        """Return a block's piece: its odd rows have these lines, and `scored` are those that are to count with it."""
        counts.widths[self._layout.width] += run.rows
        return Piece([_woven(run, lines)], scored, self._plain(run, counted), counts)

    def _plain(self, run: Run, counted: dict[str, Counted]) -> PlainRows:
        stated = [name not in self._absent for name in self._names]
        segments = tuple(
            SegmentSum(
                customers,
                tuple(total if there else 0 for total, there in zip(sums, stated, strict=True)),
                tuple(customers if there else 0 for there in stated),
                tuple(() for _ in stated),
            )
            for customers, sums in zip(run.customers, run.sums, strict=True)
        )
        watched = None
        if self._watched:
            names = zip(self._names, stated, strict=True)
            values = {name: run.values[i] if there else None for i, (name, there) in enumerate(names)}
            frame = pl.DataFrame(values, schema=dict.fromkeys(self._names, pl.Float64))
            watched = Watched(pl.Series(run.ids, dtype=pl.String), pl.Series(run.answers), frame)
        return PlainRows(run.rows, segments, run.borderline, counted, run.hashes, run.rising, watched)

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


def _together(
    blocks: Iterable[WholeRecordsBlock | RecordBlock], most: Callable[[], int]
) -> Iterator[list[WholeRecordsBlock | RecordBlock]]:
    """Gather consecutive blocks of whole records, as many as `most` says; any other stands alone.

    Raises
    ------
    BadInput
        As reading the blocks does, after the blocks before.
    """
    gathered: list[WholeRecordsBlock | RecordBlock] = []
    try:
        for block in blocks:
            if gathered and isinstance(block, RecordBlock):
                yield gathered
                gathered = []
            gathered.append(block)
            if len(gathered) >= most() or isinstance(block, RecordBlock):
                yield gathered
                gathered = []
    except BadInput:
        if gathered:
            yield gathered
        raise
    if gathered:
        yield gathered


def _typical(counted: dict[str, Counted], run: Run) -> bool:
    """Tell whether most of a block's values are typical whatever its odd rows hold: a number, or one out of bounds."""
    return all(2 * each.typical >= each.count + 2 * len(run.odd_rows) for each in counted.values())


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
