"""What a pass over a table says of its ids: how many rows repeat one, and whether the rows are orders after all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segmentation.errors import BadInput
from segmentation.numbers.values import quote
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.reading.ids.id_column import names_customers
from segmentation.reading.ids.order_lines import HOW_TO_MAKE_CUSTOMERS, ROWS_AN_ID, OrderSample

if TYPE_CHECKING:
    import polars as pl

    from segmentation.reading.blocks import CleanBlock, RecordBlock
    from segmentation.reading.ids.duplicates import DuplicateCounter
    from segmentation.reading.layout import Layout
    from segmentation.reading.rows import RowReader

# A column found by its first values holds ids only if hardly any of all its values repeats.
_MOST_BY_VALUES: Final = 1.1


@dataclass(frozen=True)
class RepeatedIds:
    """Rows that repeat the id of an earlier usable row.

    Parameters
    ----------
    rows
        How many there are; an estimate if there are too many ids to keep.
    first
        For each block of the file, whether each of its rows is the first usable one of its id, or has no id; None if
        there are too many ids to keep.
    """

    rows: int
    first: Sequence[pl.Series] | None

    @property
    def note(self) -> str:
        """What became of these rows in a training."""
        rows = "1 row repeats" if self.rows == 1 else f"{self.rows:,} rows repeat"
        if self.first is None:
            return f"About {rows} the id of an earlier row; they are too many to tell apart, so each was counted."
        return f"{rows} the id of an earlier row: each customer counts once, with the first usable row."


def count_repeats(layout: Layout, ids: DuplicateCounter) -> int | None:
    """Return, after a pass, how many rows repeat an earlier row's id; None if no column holds ids.

    A column that was taken for one because of its first values alone is none if its values repeat after all. Nor is one
    whose name does not say that the ids are the customers' own, such as "store_id", if each stands in many rows.
    """
    repeats = _repeats(layout, ids)
    if repeats is None or layout.id_column is None or layout.id_chosen:
        return repeats
    if names_customers(shown(layout.header[layout.id_column])):
        return repeats
    return repeats if layout.ids_by_values or ids.rows_an_id() < ROWS_AN_ID else None


def _repeats(layout: Layout, ids: DuplicateCounter) -> int | None:
    if layout.id_column is None or (layout.ids_by_values and ids.rows_an_id() > _MOST_BY_VALUES):
        return None
    return ids.duplicates()


def refuse_order_lines(rows: RowReader, blocks: Iterable[CleanBlock | RecordBlock], ids: DuplicateCounter) -> None:
    """Check, after a pass, that the rows are customers and not their orders.

    Parameters
    ----------
    blocks
        Another pass over the file, which is only begun if its ids repeat often enough.

    Raises
    ------
    BadInput
        If an id has `ROWS_AN_ID` rows or more on average, and dates, amounts or the like differ between them.
    """
    layout, repeated = rows.layout, _repeats(rows.layout, ids)
    if layout.id_column is None or not repeated or ids.rows_an_id() < ROWS_AN_ID:
        return
    sample = OrderSample(rows=round(repeated * ids.rows_an_id() / (ids.rows_an_id() - 1)))
    for block in blocks:
        cells = rows.cells(block)
        sample.add(cells, cells[f"c{layout.id_column}"])
    differing = sample.varying(layout.header, frozenset({layout.id_column, *layout.columns}))
    if differing is not None:
        raise BadInput(
            f"These look like orders rather than customers: {repeated:,} rows repeat an id in the column "
            f"{quote(layout.header[layout.id_column])}, and the column {quote(layout.header[differing])} differs "
            f"between rows of one id. {HOW_TO_MAKE_CUSTOMERS}"
        )
