"""One call of the kernel for a block of order lines: the room that it writes into, and what it found."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from segmentation.orders.bulk.library import NO_NUMBER, OrderRowsStruct
from segmentation.scoring.kernel.library import FORMS, OddRow
from segmentation.scoring.kernel.odd_rows import MOST_LABELLED, most_odd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from segmentation.orders.bulk.plan import OrderPlan
    from segmentation.reading.blocks import WholeRecordsBlock


class Run:
    """The room for one call of the kernel, and what it found."""

    def __init__(self, plan: OrderPlan, block: WholeRecordsBlock) -> None:
        self._block, lines = block, block.lines
        words, numbers = len(plan.words), len(plan.numbers)
        slots = 1 << (2 * lines).bit_length()
        self._odd = (OddRow * most_odd(block))()
        self._orders = np.zeros(lines, dtype=np.uint64)
        self._hashes, self._customers = (np.empty(lines, dtype=np.uint64) for _ in range(2))
        self._starts, self._sizes = (np.empty(lines, dtype=np.uint32) for _ in range(2))
        self._numbers = np.empty((numbers, lines), dtype=np.int64)
        self._words, self._word_starts, self._word_sizes = (np.empty((words, lines), np.uint32) for _ in range(3))
        self._word_table = np.zeros((words, slots), dtype=np.uint32)
        self._word_counts = np.zeros(words, dtype=np.int64)
        self.forms = np.zeros((numbers, FORMS), dtype=np.int64)
        self._spare = np.empty(len(block.data), dtype=np.uint8)
        self.struct = OrderRowsStruct(
            uses=plan.uses.ctypes.data, places=plan.places.ctypes.data, word_columns=words, number_columns=numbers,
            most_rows=lines, most_odd=len(self._odd), most_labelled=MOST_LABELLED, word_mask=slots - 1,
            odd=ctypes.addressof(self._odd), orders=self._orders.ctypes.data, hashes=self._hashes.ctypes.data,
            customers=self._customers.ctypes.data, customer_starts=self._starts.ctypes.data,
            customer_sizes=self._sizes.ctypes.data, numbers=self._numbers.ctypes.data, words=self._words.ctypes.data,
            word_starts=self._word_starts.ctypes.data, word_sizes=self._word_sizes.ctypes.data,
            word_table=self._word_table.ctypes.data, word_counts=self._word_counts.ctypes.data,
            forms=self.forms.ctypes.data, spare=self._spare.ctypes.data,
        )  # fmt: skip

    @property
    def rows(self) -> int:
        """Number of plain rows."""
        return int(self.struct.rows)

    @property
    def odd_rows(self) -> Sequence[OddRow]:
        """The other rows."""
        return self._odd[: self.struct.odd_count]

    @property
    def orders(self) -> pl.Series:
        """(rows,) the hash of each order's number, UInt64; null for none."""
        orders = pl.Series(self._orders[: self.rows])
        return orders.set(orders == 0, None) if self.struct.orderless else orders

    @property
    def hashes(self) -> pl.Series:
        """(rows,) the hash of each row's cells, UInt64."""
        return pl.Series(self._hashes[: self.rows])

    @property
    def customers(self) -> tuple[NDArray[np.uint64], NDArray[np.uint32], NDArray[np.uint32]]:
        """(rows,) the hash of who bought, and where that stands in the block: start and size."""
        return self._customers[: self.rows], self._starts[: self.rows], self._sizes[: self.rows]

    def amounts(self, place: int) -> pl.Series:
        """Return (rows,) a column's numbers in millionths, Int64; null for empty cells."""
        amounts = pl.Series(self._numbers[place, : self.rows])
        return amounts.set(amounts == NO_NUMBER, None) if self.struct.empty_numbers else amounts

    def words(self, place: int) -> tuple[pl.Series, NDArray[np.uint32]]:
        """Return the different texts of a column, and (rows,) which of them each row has."""
        count, data = int(self._word_counts[place]), self._block.data
        starts, sizes = (found[place, :count].tolist() for found in (self._word_starts, self._word_sizes))
        texts = [data[start : start + size].decode() for start, size in zip(starts, sizes, strict=True)]
        return pl.Series(texts, dtype=pl.String), self._words[place, : self.rows]
