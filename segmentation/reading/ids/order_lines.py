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
# What was bought, and how much of it or for how much: what one line of an order says, and no snapshot of a customer.
_GOODS: Final = re.compile(
    r"product|sku|item|stock.?code|artikel|article|produit|producto|prodotto|商品", re.IGNORECASE
)
_PAID_FOR: Final = re.compile(
    r"quantity|qty|menge|price|preis|amount|betrag|sales|total|quantit|prix|montant|cantidad|precio|importe|数量|金額",
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
        none if the rows are snapshots of customers: if nearly every id has a row for every date, month or version,
        and neither an order's number nor the goods that were bought differ between them.

        Parameters
        ----------
        known
            The positions of the columns of ids and features.
        """
        rows = pl.concat(self._parts).filter(pl.len().over("id") > 1)
        ids = rows["id"].n_unique()
        others = [at for at in range(len(header)) if at not in known] if ids else []
        differing = [at for at in others if self._differs(rows, f"c{at}")]
        names = [header[at] for at in differing]
        goods = any(map(_GOODS.search, names)) and any(map(_PAID_FOR.search, names))
        bought = goods or any(self._numbers_orders(rows, at, header[at]) for at in differing)
        if not bought and any(self._tells_snapshots_apart(rows, f"c{at}", ids) for at in differing):
            return None
        found = [at for at in differing if _holds_dates(rows[f"c{at}"]) or names_order(header[at])]
        return found[0] if found else None

    @staticmethod
    def _differs(rows: pl.DataFrame, column: str) -> bool:
        differing = rows.group_by("id").agg(pl.col(column).n_unique() > 1)[column].mean()
        return isinstance(differing, float) and differing >= _HALF

    @staticmethod
    def _numbers_orders(rows: pl.DataFrame, at: int, name: str) -> bool:
        """Tell whether a column holds the numbers of orders: no two ids share one, unlike the date of a snapshot."""
        if _ORDER.search(name) is None:
            return False
        return rows.select("id", f"c{at}").n_unique() == rows[f"c{at}"].n_unique()

    @staticmethod
    def _tells_snapshots_apart(rows: pl.DataFrame, column: str, ids: int) -> bool:
        values = rows[column].n_unique()
        pairs = rows.select("id", column).n_unique()
        return pairs == rows.height and rows.height >= _HALF * ids * values


def _holds_dates(cells: pl.Series) -> bool:
    dates = cells.str.contains(_DATE).mean()
    return isinstance(dates, float) and dates >= _MOSTLY
