"""Who bought, as small integers: each customer's text is kept once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from segmentation.orders.bulk.library import NAME_SLOT, NO_CUSTOMER, NamesStruct, OrderKernel, TooOdd
from segmentation.orders.lines import customer_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SLOTS: Final = 1 << 16
_TEXT_BYTES: Final = 1 << 20


class CustomerNames:
    """The texts of a file's customers as they stand there, and whom each of them means.

    Attributes
    ----------
    guest_words
        What stands for guests, besides nothing.
    """

    def __init__(self, kernel: OrderKernel) -> None:
        self._kernel = kernel
        self._slots = np.zeros(_SLOTS, dtype=NAME_SLOT)
        self._text = np.empty(_TEXT_BYTES, dtype=np.uint8)
        self._names = NamesStruct()
        self._decided = 0
        # By index: whose customer number that is; the text of an address in capitals is another's.
        self._meant = np.empty(0, dtype=np.uint32)
        self._as_written = True
        self.guest_words: set[str] = set()
        self._place()

    @property
    def count(self) -> int:
        """How many different texts there are."""
        return int(self._names.count)

    def numbers(
        self, data: bytes, hashes: NDArray[np.uint64], starts: NDArray[np.uint32], sizes: NDArray[np.uint32]
    ) -> pl.Series:
        """Return the number (UInt32) of each customer in a block, null for guests.

        Parameters
        ----------
        data
            The block.
        hashes, starts, sizes
            What each customer's text hashes to, and where it stands there.
        """
        known = self.count
        indices = self._indices(data, hashes, starts, sizes)
        if self.count > known:
            self._decide(known)
        if self._as_written:
            return pl.Series(indices)
        meant = pl.Series(self._meant[indices])
        return meant.set(meant == NO_CUSTOMER, None)

    def of_ids(self, ids: pl.Series) -> pl.Series:
        """Return the numbers, UInt32, of ids as `customer_ids` returns them, null for null.

        Raises
        ------
        TooOdd
            If one has several lines.
        """
        texts = ids.fill_null("")
        if texts.str.contains(r"[\r\n]").any():
            raise TooOdd
        sizes = texts.str.len_bytes().to_numpy()
        starts = (sizes.cumsum(dtype=np.int64) - sizes).astype(np.uint32)
        hashes = self._kernel.hashed(texts).to_numpy()
        return self.numbers("".join(texts).encode(), hashes, starts, sizes.astype(np.uint32))

    def texts(self) -> pl.Series:
        """Return all texts, String; the number of a customer is an index."""
        return self._texts_from(0)

    def _texts_from(self, start: int) -> pl.Series:
        data = self._text[start : self._names.text_used].tobytes()
        return pl.scan_lines(data).collect().to_series()

    def _indices(
        self, data: bytes, hashes: NDArray[np.uint64], starts: NDArray[np.uint32], sizes: NDArray[np.uint32]
    ) -> NDArray[np.uint32]:
        indices = np.empty(len(hashes), dtype=np.uint32)
        done = 0
        while (done := self._kernel.name(self._names, (data, hashes, starts, sizes), done, indices)) < len(hashes):
            self._grow(int(sizes[done]) + 1)
        return indices

    def _decide(self, known: int) -> None:
        """Decide whom the texts mean that are new."""
        texts = self._texts_from(self._decided)
        self._decided = int(self._names.text_used)
        ids, words = customer_ids(texts)
        self.guest_words.update(words)
        guests = ids.is_null().to_numpy()
        changed = (ids != texts).fill_null(value=False)
        meant = np.arange(known, known + len(texts), dtype=np.uint32)
        meant[guests] = NO_CUSTOMER
        self._meant = np.concatenate([self._meant, meant])
        self._as_written &= not (guests.any() or changed.any())
        if changed.any():
            # Such as an address in capitals: it is the same as in small letters.
            same = self.of_ids(ids.filter(changed)).to_numpy()
            self._meant[np.flatnonzero(changed.to_numpy()) + known] = same

    def _grow(self, size: int) -> None:
        """Make room for a text of so many bytes, or for more texts."""
        if self._names.text_size - self._names.text_used < size:
            text = np.empty(max(2 * len(self._text), int(self._names.text_used) + size), dtype=np.uint8)
            text[: self._names.text_used] = self._text[: self._names.text_used]
            self._text = text
        if self._names.count == self._names.most:
            slots = np.zeros(2 * len(self._slots), dtype=NAME_SLOT)
            self._kernel.move(self._names, slots)
            self._slots = slots
        self._place()

    def _place(self) -> None:
        names = self._names
        names.text, names.text_size = self._text.ctypes.data, len(self._text)
        names.slots, names.mask, names.most = self._slots.ctypes.data, len(self._slots) - 1, len(self._slots) // 2
