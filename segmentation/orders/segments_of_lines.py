"""The lines of a file of orders with their customer's segment beside them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from segmentation.orders.evidence import order_rows
from segmentation.orders.headings import Role
from segmentation.orders.lines import customer_ids
from segmentation.reading.table import in_order
from segmentation.scoring.formula_guard import guard, guard_unread, guarded
from segmentation.scoring.replacing import replacing
from segmentation.scoring.result import SEGMENT, result_names
from segmentation.scoring.result_text import ResultText

if TYPE_CHECKING:
    from segmentation.orders.report import Story
    from segmentation.reading.blocks import CleanBlock, RecordBlock


def write_lines(story: Story, segments: pl.DataFrame, target: Path) -> None:
    """Write a file's order lines as CSV: all its columns, then the segment; none for guests and the unsegmented.

    The lines keep their order. Rows that are no order lines, such as totals, are left out.

    Parameters
    ----------
    story
        What is known of the file, which must still be open.
    segments
        customer and segment (String), one row a customer; an empty segment for those who have none.
    """
    table, encoded = story.table, story.table.encoded
    names = [f"c{at}" for at in range(table.layout.width)]
    safe = partial(guard_unread, encodings=encoded.rivals) if encoded.unknown else guard
    heading = result_names(table.layout.header)[0]
    header = pl.DataFrame({name: [safe(text)] for name, text in zip(names, table.layout.header, strict=True)})

    def joined(block: CleanBlock | RecordBlock) -> bytes:
        cells = order_rows(table, block, story.columns.used, all_cells=True)
        ids, _ = customer_ids(cells[f"c{story.columns.places[Role.CUSTOMER]}"])
        known = ids.to_frame("customer").join(segments, on="customer", how="left", maintain_order="left")
        columns = [guarded(cells[name], safe)[0] for name in names]
        return _csv(pl.DataFrame([*columns, guarded(known[SEGMENT].fill_null(""))[0]]))

    with replacing(target) as file:
        result = ResultText(file, encoded)
        result.write(_csv(header.with_columns(pl.lit(heading).alias(SEGMENT))))
        for part in in_order(joined, table.blocks()):
            result.write(part)


def _csv(rows: pl.DataFrame) -> bytes:
    return rows.write_csv(include_header=False).encode()
