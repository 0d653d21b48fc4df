"""The compiled kernel as Python calls it, through ctypes, which releases the GIL for each call."""

from __future__ import annotations

import ctypes
from array import array
from ctypes import POINTER, Structure, c_double, c_int8, c_int32, c_int64, c_uint8, c_uint16, c_uint64, c_void_p
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from segmentation.reading.blocks import WholeRecords
from segmentation.reading.ids.duplicates import hashes_in

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE: Final = 0
MOST_FEATURES: Final = 64
MOST_SEGMENTS: Final = 64
MOST_COLUMNS: Final = 1024
# Bytes that may be read behind a text of the result, and written behind a line.
SHORT: Final = 32
# Sets of deciding features that a refused row may lack, and how many lines of each are named.
REFUSING_SETS: Final = 32
EXAMPLES: Final = 5
# The answer to a refused row.
NO_SEGMENT: Final = 255
# Ways in which the numbers of a column are counted.
FORMS: Final = 3


class PlanStruct(Structure):
    """`struct plan` of kernel.c."""

    _fields_ = (
        ("width", c_int64), ("id_column", c_int64), ("longest_row", c_int64), ("most_columns", c_int64),
        ("features", POINTER(c_int32)),
        ("labels", POINTER(c_uint8)), ("marks", POINTER(c_uint8)), ("doubtful", POINTER(c_uint8)),
        ("folds", POINTER(c_uint16)),
        ("words", POINTER(c_uint64)), ("word_mask", c_int64),
        ("delimiter", c_int64),
        ("feature_count", c_int64), ("segment_count", c_int64), ("scaled_count", c_int64), ("piece_count", c_int64),
        ("low", POINTER(c_double)), ("high", POINTER(c_double)),
        ("usual_low", POINTER(c_double)), ("usual_high", POINTER(c_double)),
        ("filled", POINTER(c_double)), ("may_lack", POINTER(c_uint8)), ("decides", POINTER(c_uint8)),
        ("per_unit", POINTER(c_double)),
        ("cuts", POINTER(c_double)), ("cut_starts", POINTER(c_int64)), ("strides", POINTER(c_int64)),
        ("cells", POINTER(c_int8)),
        ("scaled", POINTER(c_int64)), ("log_from", POINTER(c_double)),
        ("mean", POINTER(c_double)), ("factor", POINTER(c_double)), ("centroids", POINTER(c_double)),
        ("piece_starts", POINTER(c_double)), ("piece_ats", POINTER(c_double)), ("piece_slopes", POINTER(c_double)),
        ("borderline_below", c_double),
        ("names", POINTER(c_uint8)), ("notes", POINTER(c_uint8)),
        ("name_starts", POINTER(c_int64)), ("note_starts", POINTER(c_int64)),
        ("longest_end", c_int64), ("decimal_mark", c_int64),
        ("heads", POINTER(c_uint8)), ("tails", POINTER(c_uint8)),
        ("head_starts", POINTER(c_int64)), ("tail_starts", POINTER(c_int64)), ("longest_refusal", c_int64),
    )  # fmt: skip


class ScoredStruct(Structure):
    """`struct scored` of kernel.c."""

    _fields_ = (
        ("text", c_void_p), ("text_size", c_int64), ("most_rows", c_int64), ("most_odd", c_int64),
        ("most_labelled", c_int64),
        ("odd", c_void_p), ("hashes", c_void_p), ("runs", c_void_p), ("most_runs", c_int64),
        ("customers", c_void_p), ("sums", c_void_p), ("typical", c_void_p),
        ("missing", c_void_p),
        ("answers", c_void_p), ("values", c_void_p), ("ids", c_void_p),
        ("first_line", c_int64), ("refusals", c_void_p), ("refused_at", c_void_p), ("described", c_void_p),
        ("written", c_int64), ("rows", c_int64), ("odd_count", c_int64), ("labelled_count", c_int64),
        ("id_count", c_int64), ("borderline", c_int64), ("lacking", c_int64), ("ids_written", c_int64),
        ("refused", c_int64),
        ("run_count", c_int64),
        ("rising", c_int64), ("first_id", c_int64), ("first_id_end", c_int64), ("last_id", c_int64),
        ("last_id_end", c_int64),
    )  # fmt: skip


class OddRow(Structure):
    """`struct odd_row` of plan.h: a row that is left to the exact path."""

    _fields_ = (("start", c_int64), ("end", c_int64), ("line", c_int64), ("at", c_int64))
    start: int
    end: int
    line: int
    at: int


class Kernel:
    """The functions of a compiled kernel; any number of threads may call them.

    Raises
    ------
    OSError
        If it cannot be loaded, or is of another source than this module.
    """

    def __init__(self, path: Path) -> None:
        library = self.library = ctypes.CDLL(str(path))
        sizes = (c_int64 * 3)()
        library.struct_sizes(sizes)
        if list(sizes) != [ctypes.sizeof(PlanStruct), ctypes.sizeof(ScoredStruct), ctypes.sizeof(OddRow)]:
            raise OSError(f"{path.name} is of another version")
        self._whole = library.whole_records
        self._whole.argtypes = [ctypes.c_char_p, c_int64, c_int64, POINTER(c_int64), POINTER(c_int64)]
        self._whole.restype = c_int64
        self._ends = library.record_ends
        self._ends.argtypes = [ctypes.c_char_p, c_int64, c_int64, c_void_p, c_int64]
        self._ends.restype = c_int64
        self._hash = library.hash_many
        self._hash.argtypes = [ctypes.c_char_p, c_void_p, c_int64, c_void_p]
        self._hash.restype = None
        self._hash_numbers = library.hash_numbers
        self._hash_numbers.argtypes = [c_int64, c_int64, c_void_p]
        self._hash_numbers.restype = None
        self._survey = library.survey_rows
        self._survey.argtypes = [
            POINTER(PlanStruct), ctypes.c_char_p, c_int64, c_void_p, c_void_p, c_int64, c_int64, POINTER(c_int64),
        ]  # fmt: skip
        self._survey.restype = c_int64
        self._score = library.score_rows
        self._score.argtypes = [POINTER(PlanStruct), ctypes.c_char_p, c_int64, POINTER(ScoredStruct)]
        self._score.restype = c_int64

    def whole_records(self, block: bytes, delimiter: str) -> WholeRecords:
        """Tell which part of a block that begins with a record is whole records."""
        size, lines = c_int64(), c_int64()
        exact = self._whole(block, len(block), ord(delimiter), ctypes.byref(size), ctypes.byref(lines))
        return WholeRecords(size.value, lines.value, bool(exact))

    def record_ends(self, text: bytes, delimiter: str, most: int) -> list[int]:
        """Return where each record of a text ends, of which there are at most `most`."""
        ends = (c_int64 * most)()
        count = self._ends(text, len(text), ord(delimiter), ends, most)
        if count < 0:
            raise AssertionError("what the exact path wrote is no CSV")
        return list(ends[:count])

    def hashed(self, ids: pl.Series) -> pl.Series:
        """Return the hash of each id (UInt64), null for those that are empty: as `score` hashes them."""
        starts = array("q", accumulate(ids.str.len_bytes(), initial=0))
        hashes = array("Q", bytes(starts.itemsize * len(ids)))
        self._hash("".join(ids).encode(), starts.buffer_info()[0], len(ids), hashes.buffer_info()[0])
        found = hashes_in(memoryview(hashes))
        empty = (ids == "").arg_true()
        return found.scatter(empty, None) if len(empty) else found

    def hashed_numbers(self, runs: Sequence[tuple[int, int]]) -> memoryview:
        """Return the hashes (UInt64) of runs of consecutive numbers as ids, as `score` hashes them.

        Parameters
        ----------
        runs
            The first and the last number of each.
        """
        hashes = array("Q", bytes(8 * sum(last - first + 1 for first, last in runs)))
        at = hashes.buffer_info()[0]
        for first, last in runs:
            self._hash_numbers(first, last - first + 1, at)
            at += 8 * (last - first + 1)
        return memoryview(hashes)

    def survey(
        self, plan: PlanStruct, block: bytes, most_odd: int, most_labelled: int
    ) -> tuple[list[list[int]], Sequence[OddRow]] | None:
        """Count how the numbers of a block of whole records are written; None if it is left to the exact path.

        Returns
        -------
        tuple
            By feature: the numbers that are whole, have a decimal point, or a comma; and the odd rows.
        """
        forms = (c_int64 * FORMS * plan.feature_count)()
        odd, count = (OddRow * most_odd)(), c_int64()
        done = self._survey(
            ctypes.byref(plan), block, len(block), forms, odd, most_odd, most_labelled, ctypes.byref(count)
        )
        return ([list(counts) for counts in forms], odd[: count.value]) if done == DONE else None

    def score(self, plan: PlanStruct, block: bytes, scored: ScoredStruct) -> bool:
        """Score a block of whole records; false if it is left to the exact path."""
        return bool(self._score(ctypes.byref(plan), block, len(block), ctypes.byref(scored)) == DONE)
