"""The made-up shops' orders as typed tables, and what a file says of the same orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import polars as pl
from order_files import OrderFile, customer_table, derived, shopify_file, till_file, woo_file

from segmentation.orders.answers import DayOrder, OrderAnswers
from segmentation.orders.cells.dates import read_days
from segmentation.warehouse.columns import fetch
from segmentation.warehouse.rfm.counts import read_orders
from segmentation.warehouse.rfm.customers import customers_query

COLUMNS: Final = (
    *("recency", "frequency", "monetary", "tenure", "first_order", "last_order", "returns"),
    *("r_score", "f_score", "m_score", "rfm_score"),
)


@dataclass(frozen=True)
class Shop:
    """A shop, which columns of its export are dates and amounts, and what somebody has decided about it."""

    make: Callable[[], OrderFile]
    dates: tuple[str, ...]
    amounts: tuple[str, ...]
    decided: tuple[str, ...] = ()
    commas: bool = False
    more: OrderAnswers | None = None

    @property
    def answers(self) -> OrderAnswers:
        """What was decided."""
        decided = OrderAnswers.parse(self.decided)
        return decided if self.more is None else replace(self.more, columns=decided.columns)

    def table(self) -> pl.DataFrame:
        """The orders with types: dates, decimals, and texts that are null where the export has none."""
        file = self.make()
        frame = pl.DataFrame(file.rows, schema=list(file.header), orient="row")
        days = [read_days(frame[name], {"/": DayOrder.MONTH_FIRST}).alias(name) for name in self.dates]
        plain = pl.col(self.amounts)
        if self.commas:
            plain = plain.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        texts = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
        return texts.with_columns(plain.cast(pl.Decimal(18, 2), strict=False), *days)

    def by_file(self, folder: Path) -> dict[str, dict[str, str]]:
        """The customers as the file path derives them: cells as text, by id."""
        data, _ = derived(self.make(), folder, self.answers)
        return {str(who): dict(row[[*COLUMNS]]) for who, row in customer_table(data).iterrows()}


SHOPS: Final = {
    "shopify": Shop(
        shopify_file,
        ("Created at",),
        ("Total", "Refunded Amount", "Lineitem price", "Subtotal"),
        tuple(
            f"column.{role}={name}"
            for role, name in {
                "customer": "Email",
                "order": "Name",
                "date": "Created at",
                "amount": "Total",
                "currency": "Currency",
                "status": "Financial Status",
                "refund": "Refunded Amount",
                "cancelled": "Cancelled at",
            }.items()
        ),
    ),
    "till": Shop(till_file, ("InvoiceDate",), ("Quantity", "UnitPrice"), ("repeats=drop",)),
    "woocommerce": Shop(woo_file, ("order_date",), ("order_total",), ("currency=EUR",), commas=True),
}


def derived_by_engine(table: Any, answers: OrderAnswers) -> dict[str, dict[str, str]]:
    """The customers that an engine derives from a table, cells as text, by id."""
    query = customers_query(table, read_orders(table, answers).how)
    return {
        str(row[0]): {
            name: "" if cell is None else str(cell)
            for name, cell in zip(query.columns, row, strict=True)
            if name in COLUMNS
        }
        for row in fetch(query)
    }
