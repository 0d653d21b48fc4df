"""The rows of blocks that the kernel leaves to the exact path, read record by record with their places."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from segmentation.reading.records.reader import RecordReader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.reading.blocks import RecordBlock, WholeRecordsBlock
    from segmentation.reading.encoding import Limits
    from segmentation.reading.layout import Layout
    from segmentation.reading.records.reader import ShapeCounts

# A block with more rows that may be totals is read exactly as a whole. Fewer than the 500 from which on the exact path
# asks which share of a block looks like totals: it must not matter whether it sees the block or its odd rows.
MOST_LABELLED: Final = 400
# So is one in which more than one row in so many is odd, and more than these: to weave them in would take longer.
_FEW: Final = 8
_AT_LEAST: Final = 400


def most_odd(block: WholeRecordsBlock) -> int:
    """Return how many odd rows a block may have, lest it be read exactly as a whole."""
    return max(_AT_LEAST, block.lines // _FEW)


def read_odd(
    found: Sequence[tuple[WholeRecordsBlock, NDArray[Any]]], layout: Layout, limits: Limits, counts: ShapeCounts
) -> Iterator[tuple[RecordBlock, NDArray[np.intp]]]:
    """Read some rows of consecutive blocks, and yield them with the file's lines, and with their indices among them.

    Parameters
    ----------
    found
        The blocks, each with its rows as `ODD_ROW`s.

    Raises
    ------
    BadInput
        As reading does; a line that it names is counted among these rows alone.
    """
    texts = [
        block.data[start:end].decode()
        for block, odd in found
        for start, end in zip(odd["start"], odd["end"], strict=True)
    ]
    lines = np.concatenate([odd["line"] + block.first_line for block, odd in found])
    starts = np.cumsum([0, *map(_lines, texts)])
    for records in RecordReader(layout, limits, counts).read("".join(texts), 0):
        places = starts.searchsorted(records.lines)
        yield replace(records, lines=lines[places].tolist()), places


def _lines(record: str) -> int:
    return sum(1 for _ in io.StringIO(record, newline="")) if '"' in record else 1
