"""Orders → customers: recency, frequency, money, and what goes with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Final

import polars as pl

from segmentation.orders.cells.amounts import cents, hundredths_text, ratio
from segmentation.orders.scores import SCORES, with_scores
from segmentation.scoring.formula_guard import guarded

CUSTOMER_COLUMNS: Final = (
    *("customer_id", "recency", "frequency", "monetary", "mean_order", "tenure", "mean_interval"),
    *("first_order", "last_order", "returns", *SCORES),
)


@dataclass(frozen=True)
class Customers:
    """Everybody in a file of orders.

    Parameters
    ----------
    table
        One row a customer, ordered by id. customer_id (String) · recency and tenure: days from the last and the first
        order to the reference day (Int64) · frequency: orders that count (Int64) · monetary: what was paid less what
        was given back, in cents (Int128) · mean_order: monetary an order, in cents (Int128) · mean_interval: days
        between two orders, in hundredths (Int128) · first_order, last_order (Date) · returns: orders of which something
        was given back (Int64) · scores as `with_scores` adds them. Null: whatever needs an order that counts, or two of
        them.
    """

    table: pl.DataFrame

    @property
    def count(self) -> int:
        """How many there are."""
        return self.table.height

    @property
    def orders(self) -> int:
        """How many orders count."""
        return int(self.table["frequency"].sum())

    @property
    def without_orders(self) -> int:
        """How many have no order that counts, only refunds or cancelled ones."""
        return int((self.table["frequency"] == 0).sum())

    @property
    def nearly_alike(self) -> int:
        """How many ids differ from another one only in capitals or spaces."""
        ids = self.table["customer_id"].str.to_lowercase()
        return ids.len() - ids.str.replace_all(" ", "", literal=True).n_unique()

    @property
    def with_orders(self) -> Customers:
        """Those who have an order that counts."""
        return Customers(self.table.filter(pl.col("frequency") > 0))

    def write(self, file: BinaryIO) -> int:
        """Write them as CSV, safe to open in a spreadsheet; return how many ids that changed."""
        ids, changed = guarded(self.table["customer_id"])
        hundredths = map(hundredths_text, ("monetary", "mean_order", "mean_interval"))
        self.table.with_columns(ids, *hundredths).write_csv(file)
        return changed


def derive(orders: pl.LazyFrame, as_of: date, names: pl.Series | None = None) -> Customers:
    """Derive one row a customer.

    Parameters
    ----------
    orders
        With customer, day, money (Int128, millionths), counts and returned.
    as_of
        The day recency is counted to; there are no later orders.
    names
        Who the customers are, if they are indices of these.
    """
    day, counts = pl.col("day"), pl.col("counts")
    frequency, last, first = pl.col("frequency"), pl.col("last_order"), pl.col("first_order")
    grouped = orders.group_by("customer").agg(
        counts.sum().cast(pl.Int64).alias("frequency"),
        pl.col("money").sum().alias("money"),
        day.filter(counts).min().alias("first_order"),
        day.filter(counts).max().alias("last_order"),
        pl.col("returned").sum().cast(pl.Int64).alias("returns"),
    )
    some = frequency > 0
    table = grouped.select(
        (pl.col("customer") if names is None else pl.lit(names).gather("customer")).alias("customer_id"),
        (pl.lit(as_of) - last).dt.total_days().alias("recency"),
        frequency,
        cents(pl.col("money")).alias("monetary"),
        # The divisor is never read where it stands for none.
        pl.when(some).then(ratio(pl.col("money"), _at_least_one(frequency) * 10_000)).alias("mean_order"),
        (pl.lit(as_of) - first).dt.total_days().alias("tenure"),
        pl.when(frequency > 1)
        .then(ratio((last - first).dt.total_days().cast(pl.Int128) * 100, _at_least_one(frequency - 1)))
        .alias("mean_interval"),
        first,
        last,
        pl.col("returns"),
    )
    return Customers(with_scores(table.sort("customer_id").collect(engine="streaming")).select(CUSTOMER_COLUMNS))


def _at_least_one(count: pl.Expr) -> pl.Expr:
    return count.clip(lower_bound=1)
