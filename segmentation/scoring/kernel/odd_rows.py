"""The rows of blocks that the kernel leaves to the exact path, read record by record with their places."""

from __future__ import annotations

import io
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from segmentation.reading.records.reader import RecordReader

if TYPE_CHECKING:
    from segmentation.reading.blocks import RecordBlock, WholeRecordsBlock
    from segmentation.reading.encoding import Limits
    from segmentation.reading.layout import Layout
    from segmentation.reading.records.reader import ShapeCounts
    from segmentation.scoring.kernel.library import OddRow

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
    found: Sequence[tuple[WholeRecordsBlock, Sequence[OddRow]]], layout: Layout, limits: Limits, counts: ShapeCounts
) -> Iterator[tuple[RecordBlock, list[int]]]:
    """Read some rows of consecutive blocks, and yield them with the file's lines, and with their indices among them.

    Parameters
    ----------
    found
        The blocks, each with its rows.

    Raises
    ------
    BadInput
        As reading does; a line that it names is counted among these rows alone.
    """
    texts = [block.data[row.start : row.end].decode() for block, odd in found for row in odd]
    lines = [row.line + block.first_line for block, odd in found for row in odd]
    starts = list(accumulate(map(_lines, texts), initial=0))
    for records in RecordReader(layout, limits, counts).read("".join(texts), 0):
        places = [bisect_left(starts, line) for line in records.lines]
        yield replace(records, lines=[lines[place] for place in places]), places


def _lines(record: str) -> int:
    return sum(1 for _ in io.StringIO(record, newline="")) if '"' in record else 1
