"""How a file writes its numbers, with the kernel: it counts plain cells, and Python weighs all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmentation.errors import BadInput
from segmentation.numbers.number_forms import MARKS
from segmentation.reading.records.reader import RecordReader, ShapeCounts
from segmentation.scoring.kernel.library import MOST_COLUMNS, MOST_FEATURES, Kernel
from segmentation.scoring.kernel.odd_rows import MOST_LABELLED, most_odd, read_odd
from segmentation.scoring.kernel.plan import LayoutPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segmentation.reading.blocks import RecordBlock, WholeRecords, WholeRecordsBlock
    from segmentation.reading.numerals.evidence import Evidence
    from segmentation.reading.rows import RowReader


class KernelSurvey:
    """Counts how the numbers of one file are written."""

    def __init__(self, kernel: Kernel, rows: RowReader) -> None:
        self._kernel, self._rows = kernel, rows
        self._plan = LayoutPlan(rows, [f.name for f in rows.schema.features if not f.is_category])

    def whole_records(self, block: bytes) -> WholeRecords:
        """Tell which part of a block is whole records."""
        return self._kernel.whole_records(block, self._rows.layout.delimiter)

    def count(self, block: WholeRecordsBlock, evidence: Sequence[Evidence]) -> list[RecordBlock]:
        """Tell the evidence of each column of numbers, in order, of plain cells, and return the rows with others.

        Raises
        ------
        BadInput
            As reading does.
        """
        layout, limits = self._rows.layout, self._rows.limits
        found = self._kernel.survey(self._plan.struct, block.data, most_odd(block), MOST_LABELLED)
        if found is not None:
            forms, odd = found
            try:
                rest = [records for records, _ in read_odd([(block, odd)], layout, limits, ShapeCounts())]
            except BadInput:
                # Which names a line of the odd rows alone; below it is the file's.
                pass
            else:
                for column, (whole, point, comma) in zip(evidence, forms, strict=True):
                    column.add_counts(whole, dict(zip(MARKS, (comma, point), strict=True)))
                return rest
        return list(RecordReader(layout, limits, ShapeCounts()).read(block.data.decode(), block.first_line))


def kernel_survey(kernel: Kernel, rows: RowReader) -> KernelSurvey | None:
    """Return what surveys a file; None if the kernel does not suit it."""
    suits = 1 < rows.layout.width <= MOST_COLUMNS and 0 < len(rows.schema.features) <= MOST_FEATURES
    return KernelSurvey(kernel, rows) if suits else None
