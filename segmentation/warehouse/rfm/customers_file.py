"""The customers that an engine derived → the CSV that `segbot rfm` writes of the same orders, to the byte."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from segmentation.orders.derivation.customers import CUSTOMER_COLUMNS, Customers
from segmentation.scoring.replacing import replacing
from segmentation.warehouse.columns import fetch_in_parts
from segmentation.warehouse.engine import refuse_existing

if TYPE_CHECKING:
    from ibis.expr.types import Table

CSV: Final = ".csv"
_HUNDREDTHS: Final = ("monetary", "mean_order", "mean_interval")
_TYPES: Final[dict[str, pl.DataType]] = {
    "customer_id": pl.String(),
    **dict.fromkeys(_HUNDREDTHS, pl.Decimal(31, 2)),
    **dict.fromkeys(("first_order", "last_order"), pl.Date()),
}
_FETCHED: Final = pl.Schema({name: _TYPES.get(name, pl.Int64()) for name in CUSTOMER_COLUMNS})
# So many at a time are held as Python objects.
_ROWS: Final = 50_000


def write_customers(customers: Table, target: Path) -> int:
    """Fetch the customers, sort them by id and write them; return how many ids the formula guard changed.

    Parameters
    ----------
    customers
        As `customers_query` returns them; memory holds them all.

    Raises
    ------
    BadInput
        When the file exists.
    OSError
        When it cannot be written.
    """
    if target.exists():
        raise refuse_existing(str(target))
    fetched = fetch_customers(customers)
    with replacing(target) as file:
        return fetched.write(file)


def fetch_customers(customers: Table) -> Customers:
    """Return the customers that an engine derived, as the file path has them."""
    parts = [
        pl.DataFrame(rows, schema=_FETCHED, orient="row")
        for rows in fetch_in_parts(customers.select(*CUSTOMER_COLUMNS), _ROWS)
    ]
    table = pl.concat(parts) if parts else pl.DataFrame(schema=_FETCHED)
    hundredths = [pl.col(name).to_physical().cast(pl.Int128) for name in _HUNDREDTHS]
    typed = table.with_columns(hundredths).sort("customer_id")
    return Customers(typed)
