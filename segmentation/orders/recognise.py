"""Whether a file lists orders, or customers that segbot made of them: told by its header and its first rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from segmentation.errors import BadInput
from segmentation.orders.cells.dates import trimmed
from segmentation.orders.headings import Role, candidates, key_of
from segmentation.orders.known_exports import KNOWN_EXPORTS
from segmentation.orders.rfm import first_rows
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.reading.ids.order_lines import ROWS_AN_ID
from segmentation.reading.questions import Question
from segmentation.reading.shape import UNKNOWN_COLUMNS
from segmentation.reading.source import opened_source
from segmentation.reading.table import DEFAULT_LIMITS, Limits, open_table

if TYPE_CHECKING:
    import polars as pl

# Columns that together only a file of customers has that segbot made, be it scored since or not.
_MADE: Final = frozenset(
    map(key_of, ("customer_id", "recency", "frequency", "monetary", "first_order", "last_order", "rfm_score"))
)
_PAID: Final = (frozenset({Role.AMOUNT}), frozenset({Role.PRICE, Role.QUANTITY}))


def lists_orders(
    source: Path, *, sheet: str | None = None, limits: Limits = DEFAULT_LIMITS, scratch: Path | None = None
) -> bool:
    """Tell whether a file lists orders rather than customers.

    It does if its header is that of a known export; or if it names a customer, a date and an amount, and either an
    order's number or customers of whom its first rows have 1.5 or more each. One row a customer is a customer table,
    whatever dates and amounts it has.

    Parameters
    ----------
    sheet
        The workbook's sheet to look at. A workbook of which several could be meant lists none.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    try:
        with opened_source(source, UNKNOWN_COLUMNS, sheet=sheet, limits=limits, scratch=scratch) as opened:
            table = open_table(opened, UNKNOWN_COLUMNS, limits=limits)
            return _are_orders(tuple(map(shown, table.layout.header)), first_rows(table))
    except (Question, BadInput):
        return False


def lists_made_customers(
    source: Path, *, sheet: str | None = None, limits: Limits = DEFAULT_LIMITS, scratch: Path | None = None
) -> bool:
    """Tell whether a file lists customers that segbot made of orders; parameters and errors as `lists_orders`."""
    try:
        with opened_source(source, UNKNOWN_COLUMNS, sheet=sheet, limits=limits, scratch=scratch) as opened:
            table = open_table(opened, UNKNOWN_COLUMNS, limits=limits)
            return are_made_customers(map(shown, table.layout.header))
    except (Question, BadInput):
        return False


def are_made_customers(header: Iterable[str]) -> bool:
    """Tell whether columns are those of customers that segbot made of orders; more may stand beside them.

    >>> from segmentation.orders.derivation.customers import CUSTOMER_COLUMNS
    >>> are_made_customers([*CUSTOMER_COLUMNS, "segment"]), are_made_customers(["recency", "frequency", "monetary"])
    (True, False)
    """
    return set(map(key_of, header)) >= _MADE


def _are_orders(header: Sequence[str], cells: pl.DataFrame) -> bool:
    keys = {key_of(name) for name in header}
    if any(export.signature <= keys for export in KNOWN_EXPORTS):
        return True
    named = {role for role in Role if candidates(role, header)}
    if not {Role.CUSTOMER, Role.DATE} <= named or not any(roles <= named for roles in _PAID):
        return False
    return Role.ORDER in named or any(
        _come_again(cells[f"c{at}"]) for tier in candidates(Role.CUSTOMER, header) for at in tier
    )


def _come_again(cells: pl.Series) -> bool:
    filled = trimmed(cells)
    filled = filled.filter(filled != "")
    return len(filled) >= ROWS_AN_ID * max(filled.n_unique(), 1)
