"""One call of the kernel: the room that it writes into, and what it found."""

from __future__ import annotations

from threading import local
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from segmentation.scoring.kernel.library import ODD_ROW, SHORT, ScoredStruct
from segmentation.scoring.kernel.odd_rows import MOST_LABELLED, most_odd
from segmentation.scoring.piece import RisingIds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.reading.blocks import WholeRecordsBlock
    from segmentation.scoring.kernel.plan import Plan


class Buffers(local):
    """A thread's room for lines, a buffer for each of the blocks it scores together."""

    def __init__(self) -> None:
        self._kept: dict[int, NDArray[np.uint8]] = {}

    def room(self, place: int, size: int) -> NDArray[np.uint8]:
        """Return the buffer of a place, with at least so many bytes.

        The largest is kept for the thread's next block there: fresh memory costs a page fault every 4 KiB.
        """
        kept = self._kept.get(place)
        if kept is None or len(kept) < size:
            kept = self._kept[place] = np.empty(size, dtype=np.uint8)
        return kept


class Run:
    """The room for one call of the kernel, and what it found."""

    def __init__(
        self, plan: Plan, block: WholeRecordsBlock, buffers: Buffers, place: int, *, with_ids: bool, watched: bool
    ) -> None:
        self._block, self._with_ids = block, with_ids
        self.customers = np.zeros(plan.segments, dtype=np.int64)
        self.sums = np.zeros((plan.segments, plan.features), dtype=np.int64)
        self.typical = np.zeros(plan.features, dtype=np.int64)
        self._odd = np.empty(most_odd(block), dtype=ODD_ROW)
        self._hashes = np.empty(block.lines, dtype=np.uint64)
        self._text = buffers.room(place, len(block.data) + block.lines * plan.longest_end + 4 * SHORT)
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
        return self._text.data[: self.struct.written]

    @property
    def odd_rows(self) -> NDArray[Any]:
        """The other rows, as `ODD_ROW`s."""
        return self._odd[: self.struct.odd_count]

    @property
    def labelled(self) -> int:
        """Number of them that may be totals."""
        return int(self.struct.labelled_count)

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
