"""Whether a table lists orders rather than customers: the same ids again and again, with other dates or amounts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from segmentation.reading.ids.duplicates import hashed

# Orders have at least so many rows for each customer; a few duplicates among customers are fewer by far.
ROWS_AN_ID: Final = 1.5
_MOST_ROWS: Final = 20_000
_HALF: Final = 0.5
_MOSTLY: Final = 0.8
_DATE: Final = (
    r"(?i)^\s*(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}|"
    r"[0-9]{1,2}[ .-]+\p{L}{3,10}[ .-]+[0-9]{2,4}|\p{L}{3,10} [0-9]{1,2}, ?[0-9]{4})"
)
_NAMES: Final = re.compile(
    r"order|invoice|receipt|transaction|bestell|auftrag|rechnung|commande|facture|pedido|factura|fattura|ordine|"
    r"amount|price|quantity|qty|product|sku|item|betrag|preis|menge|artikel|montant|prix|quantit|importe|precio|"
    r"cantidad|importo|prezzo|date|datum|fecha|data\b",
    re.IGNORECASE,
)
# The number of one order, not how many there are: customers have "Total Orders" and "Last Order Date".
_ORDER: Final = re.compile(
    r"(?:order|invoice|receipt|transaction|bestell|auftrag|rechnung|commande|facture|pedido|factura|fattura|ordine)\w*?"
    r"[\s_.-]*(?:id|no|nr|num|number|nummer|#)\W*$",
    re.IGNORECASE,
)
_WHEN: Final = re.compile(r"date|datum|fecha|data\b|time|created", re.IGNORECASE)
HOW_TO_MAKE_CUSTOMERS: Final = (
    "Make one row for each customer, for example with “segbot rfm ORDERS OUT”, and send that."
)
ORDERS_ADVICE: Final = f"It looks like a list of orders. {HOW_TO_MAKE_CUSTOMERS}"


def names_order(name: str) -> bool:
    """Tell whether a column's name is that of something an order has, such as its date, amount or product."""
    return _NAMES.search(name) is not None


def named_like_orders(header: Sequence[str]) -> bool:
    """Tell whether a header that lacks features names an order, and when it was made.

    >>> named_like_orders(["Order ID", "Customer ID", "Order Date", "Amount"])
    True
    """
    orders = [name for name in header if _ORDER.search(name)]
    whens = [name for name in header if _WHEN.search(name)]
    return any(order != when for order in orders for when in whens)


class OrderSample:
    """Keeps the rows of some ids, chosen by hash, so that all rows of an id are there or none.

    Parameters
    ----------
    rows
        About how many rows the table has.
    """

    def __init__(self, rows: int) -> None:
        self._every = max(1, rows // _MOST_ROWS)
        self._parts: list[pl.DataFrame] = []

    def add(self, cells: pl.DataFrame, ids: pl.Series) -> None:
        """Take in some more rows: all columns as text, and each row's id."""
        hashes = hashed(ids)
        kept = (hashes % self._every == 0).fill_null(value=False)
        self._parts.append(cells.with_columns(hashes.alias("id")).filter(kept))

    def varying(self, header: tuple[str, ...], known: frozenset[int]) -> int | None:
        """Return a column that shows that the rows are orders; None if they may be customers.

        That column holds dates, or is named like something an order has, and differs between most ids' rows. It is
        none if the rows are snapshots of customers: if nearly every id has a row for every date, month or version.

        Parameters
        ----------
        known
            The positions of the columns of ids and features.
        """
        rows = pl.concat(self._parts).filter(pl.len().over("id") > 1)
        ids = rows["id"].n_unique()
        found = []
        for at in range(len(header)):
            if at in known or not ids:
                continue
            column = pl.col(f"c{at}")
            differing = rows.group_by("id").agg(column.n_unique() > 1)[f"c{at}"].mean()
            if not isinstance(differing, float) or differing < _HALF:
                continue
            if self._tells_snapshots_apart(rows, f"c{at}", ids):
                return None
            if _holds_dates(rows[f"c{at}"]) or names_order(header[at]):
                found.append(at)
        return found[0] if found else None

    @staticmethod
    def _tells_snapshots_apart(rows: pl.DataFrame, column: str, ids: int) -> bool:
        values = rows[column].n_unique()
        pairs = rows.select("id", column).n_unique()
        return pairs == rows.height and rows.height >= _HALF * ids * values


def _holds_dates(cells: pl.Series) -> bool:
    dates = cells.str.contains(_DATE).mean()
    return isinstance(dates, float) and dates >= _MOSTLY
