"""What the compiled kernel does for orders, as Python calls it through ctypes, which releases the GIL for each call."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, c_char_p, c_int64, c_void_p
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from segmentation.scoring.kernel.library import PlanStruct

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.scoring.kernel.library import Kernel

# `enum`s of orders.h: what a column is to it.
UNUSED, ORDER_CELL, CUSTOMER_CELL, WORD_CELL, NUMBER_CELL = range(5)
MOST_WORD_COLUMNS: Final = 8
MOST_NUMBER_COLUMNS: Final = 4
# Stands for an empty cell.
NO_NUMBER: Final = -(1 << 63)
# `struct name_slot` of names.h.
NAME_SLOT: Final = np.dtype([("place", "u8"), ("next", "u4"), ("tag", "u4")])
# Stand for a guest, and for no date.
NO_CUSTOMER: Final = (1 << 32) - 1
NO_DAY: Final = -(1 << 31)
# `struct line` and `struct order` of lines.h.
LINE_RECORD: Final = np.dtype(
    [
        *((name, "u8") for name in ("order", "hash")),
        *((name, "i8") for name in ("amount", "refund")),
        *(("customer", "u4"), ("day", "i4"), ("currency", "u2"), ("state", "u1")),
    ],
    align=True,
)
ORDER_RECORD: Final = np.dtype(
    [
        ("order", "u8"),
        *((name, "i8") for name in ("paid", "most", "least", "back", "most_back", "refund", "most_refund")),
        *(("customer", "u4"), ("day", "i4"), ("until", "i4"), ("lines", "u4"), ("filled", "u4"), ("payments", "u4")),
        *(("currency", "u2"), ("state", "u1")),
    ],
    align=True,
)


class TooOdd(Exception):
    """The file holds what only the exact path reads."""


class OrderRowsStruct(Structure):
    """`struct order_rows` of orders.h."""

    _fields_ = (
        ("uses", c_void_p), ("places", c_void_p), ("word_columns", c_int64), ("number_columns", c_int64),
        ("most_rows", c_int64), ("most_odd", c_int64), ("most_labelled", c_int64), ("word_mask", c_int64),
        ("odd", c_void_p), ("orders", c_void_p), ("hashes", c_void_p), ("customers", c_void_p),
        ("customer_starts", c_void_p), ("customer_sizes", c_void_p), ("numbers", c_void_p),
        ("words", c_void_p), ("word_starts", c_void_p), ("word_sizes", c_void_p), ("word_table", c_void_p),
        ("word_counts", c_void_p), ("forms", c_void_p), ("spare", c_void_p),
        ("rows", c_int64), ("odd_count", c_int64), ("labelled_count", c_int64), ("orderless", c_int64),
        ("empty_numbers", c_int64),
    )  # fmt: skip


class NamesStruct(Structure):
    """`struct names` of names.h."""

    _fields_ = (
        ("slots", c_void_p), ("mask", c_int64), ("most", c_int64), ("count", c_int64), ("text", c_void_p),
        ("text_size", c_int64), ("text_used", c_int64),
    )  # fmt: skip


class OrderKernel:
    """The kernel's functions for orders; any number of threads may call them, each with structs of its own.

    Raises
    ------
    OSError
        If it is of another source than this module.
    """

    def __init__(self, kernel: Kernel) -> None:
        library = self._library = kernel.library
        sizes = (c_int64 * 3)()
        library.order_struct_sizes(sizes)
        if list(sizes) != [ctypes.sizeof(OrderRowsStruct), ctypes.sizeof(NamesStruct), NAME_SLOT.itemsize]:
            raise OSError("the kernel is of another version")
        library.line_struct_sizes(sizes)
        if list(sizes[:2]) != [LINE_RECORD.itemsize, ORDER_RECORD.itemsize]:
            raise OSError("the kernel is of another version")
        library.part_lines.argtypes = [c_void_p, c_int64, c_int64, c_void_p, c_void_p]
        library.part_lines.restype = None
        library.group_lines.argtypes = [c_void_p, c_int64, c_void_p, c_void_p, c_int64, c_void_p]
        library.group_lines.restype = c_int64
        library.read_order_rows.argtypes = [POINTER(PlanStruct), c_char_p, c_int64, POINTER(OrderRowsStruct)]
        library.read_order_rows.restype = c_int64
        library.hash_texts.argtypes = [c_char_p, c_void_p, c_int64, c_void_p]
        library.hash_texts.restype = None
        library.name_texts.argtypes = [
            POINTER(NamesStruct), c_char_p, c_void_p, c_void_p, c_void_p, c_int64, c_void_p,
        ]  # fmt: skip
        library.name_texts.restype = c_int64
        library.move_names.argtypes = [c_void_p, c_int64, c_void_p, c_void_p, c_int64]
        library.move_names.restype = None
        self.whole_records = kernel.whole_records

    def read(self, plan: PlanStruct, block: bytes, rows: OrderRowsStruct) -> bool:
        """Read a block of whole records; false if it is left to the exact path."""
        return bool(self._library.read_order_rows(ctypes.byref(plan), block, len(block), ctypes.byref(rows)) == 0)

    def hashed(self, texts: pl.Series) -> pl.Series:
        """Return the hashes (UInt64) of texts, null for null: as `read` hashes orders, customers and lines."""
        filled = texts.fill_null("")
        starts = np.concatenate([[0], filled.str.len_bytes().to_numpy().cumsum(dtype=np.int64)])
        hashes = np.empty(len(texts), dtype=np.uint64)
        self._library.hash_texts("".join(filled).encode(), starts.ctypes.data, len(texts), hashes.ctypes.data)
        return pl.Series(hashes).zip_with(texts.is_not_null(), pl.Series([None], dtype=pl.UInt64))

    def name(
        self,
        names: NamesStruct,
        texts: tuple[bytes, NDArray[np.uint64], NDArray[np.uint32], NDArray[np.uint32]],
        start: int,
        indices: NDArray[np.uint32],
    ) -> int:
        """Put the indices of texts (where they are, their hashes, starts and sizes) from `start` on.

        Return how far that went: less than to the end if there is no room left.
        """
        data, hashes, starts, sizes = texts
        pointers = [array[start:].ctypes.data for array in (hashes, starts, sizes)]
        put = indices[start:]
        done: int = self._library.name_texts(ctypes.byref(names), data, *pointers, len(put), put.ctypes.data)
        return start + done

    def move(self, names: NamesStruct, slots: NDArray[np.void]) -> None:
        """Move names to other slots, which are free."""
        self._library.move_names(names.slots, names.mask + 1, names.text, slots.ctypes.data, len(slots) - 1)

    def part(self, lines: NDArray[Any], parts: int) -> tuple[NDArray[Any], list[int]]:
        """Return `LINE_RECORD`s sorted by their part, and where each part ends."""
        if parts == 1:
            return lines, [len(lines)]
        parted, ends = np.empty_like(lines), np.empty(parts, dtype=np.int64)
        self._library.part_lines(lines.ctypes.data, len(lines), parts, parted.ctypes.data, ends.ctypes.data)
        return parted, ends.tolist()

    def group(self, lines: NDArray[Any]) -> NDArray[Any] | None:
        """Return what all lines of each order add up to, as `ORDER_RECORD`s; None if they are not all plain."""
        room = 1 << (2 * len(lines)).bit_length()
        seen, slots = np.zeros(room, dtype=np.uint64), np.zeros(room, dtype=np.uint32)
        orders = np.empty(len(lines), dtype=ORDER_RECORD)
        found = self._library.group_lines(
            lines.ctypes.data, len(lines), seen.ctypes.data, slots.ctypes.data, room - 1, orders.ctypes.data
        )
        return None if found < 0 else orders[:found]
