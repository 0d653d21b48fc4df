"""One call of the kernel: the room that it writes into, and what it found."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cached_property
from threading import local
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from segmentation.scoring.kernel.library import EXAMPLES, NO_SEGMENT, REFUSING_SETS, SHORT, Kernel, OddRow, ScoredStruct
from segmentation.scoring.kernel.odd_rows import MOST_LABELLED, most_odd
from segmentation.scoring.piece import RisingIds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from segmentation.reading.blocks import WholeRecordsBlock
    from segmentation.scoring.kernel.plan import Plan
    from segmentation.scoring.piece import RefusedRows


# Bytes of a whole number, a hash or a float.
_WORD: Final = 8
# So many runs of consecutive ids are told apart in a block: gaps are where odd rows are.
_MOST_RUNS: Final = 1_024


@dataclass(frozen=True)
class NumberedIds:
    """Ids that are whole numbers in few runs of consecutive ones, kept as these: a block's hashes take far more memory.

    Parameters
    ----------
    runs
        The first and the last number of each.
    """

    kernel: Kernel
    runs: Sequence[tuple[int, int]]

    def __len__(self) -> int:
        """Return how many ids there are."""
        return sum(last - first + 1 for first, last in self.runs)

    def hashes(self) -> memoryview:
        """Return their hashes, UInt64."""
        return self.kernel.hashed_numbers(self.runs)


class Buffers(local):
    """A thread's room for lines."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def room(self, size: int) -> bytearray:
        """Return a buffer of at least so many bytes.

        The largest is kept for the thread's next block: fresh memory costs a page fault every 4 KiB.
        """
        if len(self._kept) < size:
            self._kept = bytearray(size)
        return self._kept


class Run:
    """The room for one call of the kernel, and what it found."""

    def __init__(
        self, kernel: Kernel, plan: Plan, block: WholeRecordsBlock, buffers: Buffers, *, with_ids: bool, watched: bool
    ) -> None:
        self._kernel, self._block, self._with_ids = kernel, block, with_ids
        self._features = plan.features
        self._customers = bytearray(_WORD * plan.segments)
        self._sums = bytearray(_WORD * plan.segments * plan.features)
        self._missing = bytearray(_WORD * plan.segments * plan.features)
        self._plan = plan
        self._refusals = bytearray(_WORD * plan.refusals.kinds)
        self._refused_at = bytearray(_WORD * REFUSING_SETS * EXAMPLES)
        self._described = bytearray(_WORD * plan.features)
        self._typical = bytearray(_WORD * plan.features)
        self._odd = (OddRow * most_odd(block))()
        self._hashes = bytearray(_WORD * block.lines)
        self._runs = bytearray(2 * _WORD * _MOST_RUNS)
        self._text: bytes | bytearray = buffers.room(len(block.data) + block.lines * plan.longest_end + 4 * SHORT)
        self.struct = ScoredStruct(
            text=_address(self._text), text_size=len(self._text), most_rows=block.lines, most_odd=len(self._odd),
            most_labelled=MOST_LABELLED,
            odd=ctypes.addressof(self._odd), hashes=_address(self._hashes),
            runs=_address(self._runs), most_runs=_MOST_RUNS, customers=_address(self._customers),
            sums=_address(self._sums), typical=_address(self._typical),
            missing=_address(self._missing), first_line=block.first_line, refusals=_address(self._refusals),
            refused_at=_address(self._refused_at), described=_address(self._described),
        )  # fmt: skip
        if watched:
            self._answers = bytearray(block.lines)
            self._values = bytearray(_WORD * plan.features * block.lines)
            self._ids = bytearray(len(block.data) + block.lines)
            self.struct.answers, self.struct.values = _address(self._answers), _address(self._values)
            self.struct.ids = _address(self._ids)

    def keep(self) -> None:
        """Copy the lines out of the thread's buffer, which its next run writes to."""
        self._text = bytes(self.text)

    @property
    def rows(self) -> int:
        """Number of plain rows that are scored."""
        return int(self.struct.rows)

    @property
    def rows_refused(self) -> int:
        """Number of those that are refused."""
        return int(self.struct.refused)

    @property
    def refused(self) -> RefusedRows:
        """What is wrong with them."""
        counts, lines = (memoryview(words).cast("q").tolist() for words in (self._refusals, self._refused_at))
        return self._plan.refusals.counted(self.rows_refused, counts, lines)

    @property
    def customers(self) -> list[int]:
        """By segment: how many of them there are."""
        return memoryview(self._customers).cast("q").tolist()

    @property
    def sums(self) -> list[list[int]]:
        """By segment and feature: the sums of their values, in `sum_unit`s."""
        return self._by_segment(self._sums)

    @property
    def missing(self) -> list[list[int]]:
        """By segment and feature: how many of them lack it."""
        return self._by_segment(self._missing)

    def _by_segment(self, words: bytearray) -> list[list[int]]:
        found = memoryview(words).cast("q").tolist()
        return [found[start : start + self._features] for start in range(0, len(found), self._features)]

    @property
    def typical(self) -> list[int]:
        """By feature: how many of their values are typical."""
        return memoryview(self._typical).cast("q").tolist()

    @property
    def described(self) -> list[int]:
        """By feature: how many of the refused do not lack it, if it only describes."""
        return memoryview(self._described).cast("q").tolist()

    @property
    def borderline(self) -> int:
        """Number of close calls among them."""
        return int(self.struct.borderline)

    @property
    def lacking(self) -> int:
        """Number of them that lack a feature."""
        return int(self.struct.lacking)

    @property
    def text(self) -> memoryview:
        """Their lines."""
        return memoryview(self._text)[: self.struct.written]

    @property
    def odd(self) -> int:
        """Number of the other rows."""
        return int(self.struct.odd_count)

    @cached_property
    def odd_rows(self) -> Sequence[OddRow]:
        """The other rows."""
        return self._odd[: self.odd]

    @property
    def labelled(self) -> int:
        """Number of them that may be totals."""
        return int(self.struct.labelled_count)

    @property
    def hashes(self) -> memoryview | NumberedIds | None:
        """Their ids, as UInt64 hashes or as numbers; None if no column holds ids."""
        if self._with_ids and self.struct.rising and self.struct.run_count > 0:
            ends = memoryview(self._runs)[: 2 * _WORD * self.struct.run_count].cast("q").tolist()
            return NumberedIds(self._kernel, list(zip(ends[::2], ends[1::2], strict=True)))
        return memoryview(self._hashes)[: _WORD * self.struct.id_count].cast("Q") if self._with_ids else None

    @property
    def rising(self) -> RisingIds | None:
        """What is known of the order of their ids; None if they do not rise."""
        found, data = self.struct, self._block.data
        if not (found.rising and found.id_count):
            return None
        return RisingIds(data[found.first_id : found.first_id_end], data[found.last_id : found.last_id_end])

    @property
    def answers(self) -> pl.Series:
        """Their segments, null for those that are refused, if somebody watches."""
        answers = pl.Series(np.frombuffer(self._answers, dtype=np.uint8)[: self._watched])
        return answers.set(answers == NO_SEGMENT, None)

    @property
    def _watched(self) -> int:
        return self.rows + self.rows_refused

    @property
    def values(self) -> NDArray[np.float64]:
        """(features, rows) their values, if somebody watches."""
        return np.frombuffer(self._values).reshape(self._features, -1)[:, : self._watched]

    @property
    def ids(self) -> list[str]:
        """Their ids, if somebody watches."""
        text = self._ids[: self.struct.ids_written].decode()
        return text.split("\n")[:-1]


def _address(buffer: bytearray) -> int:
    """Return where a buffer begins; it must not be resized while that is in use."""
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer)) if buffer else 0
