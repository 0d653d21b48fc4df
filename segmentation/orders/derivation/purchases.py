"""Lines → orders: the lines of one order are one, in bounded memory and whatever order they come in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from segmentation.numbers.values import quote
from segmentation.orders.answers import AmountsPer, OrderAnswers, OrdersPer, Repeats, question
from segmentation.orders.cells.states import State
from segmentation.orders.derivation.currency_choice import currency_question
from segmentation.orders.line_parts import Part
from segmentation.reading.questions import Question

# About how many lines are in memory at once.
PART_LINES: Final = 1_000_000
# An amount that differs within fewer orders than this is one order's by mistake.
_RARELY: Final = 0.05
_SAFE: Final = 1 << 62
# What is known of an order.
_COLUMNS: Final = (
    *("customer", "currency", "lines", "day", "until", "filled", "paid", "most", "least", "payments"),
    *("back", "most_back", "refund", "most_refund", "state"),
)
Integers = type[pl.Int64] | type[pl.Int128]


@dataclass
class OrderCounts:
    """What the lines of a file say of its orders.

    Attributes
    ----------
    repeats
        Lines that repeat another in every column; `repeated` is one of their orders, the least by its number.
    alike, varying
        Orders with several amounts above zero, which are all the same or not.
    same_day
        In a file without order numbers: lines that are not the first of a customer's day.
    spread
        Orders whose lines are of several days.
    currencies
        By currency, how many orders were paid in it; None is the key of those without.
    guest_orders, guest_lines
        Those of nobody known.
    priceless, undated
        Orders without any amount or date.
    partly
        Orders that were refunded in part, though no column says how much.
    """

    repeats: int = 0
    repeated: str | None = None
    alike: int = 0
    varying: int = 0
    same_day: int = 0
    spread: int = 0
    currencies: Counter[str | None] = field(default_factory=Counter)
    guest_orders: int = 0
    guest_lines: int = 0
    priceless: int = 0
    undated: int = 0
    partly: int = 0


@dataclass(frozen=True)
class OrderMaker:
    """Makes orders of a file's lines.

    Parameters
    ----------
    answers
        What a person has decided.
    numbered
        Whether a column holds order numbers.
    of_orders
        Whether the amount's name says that it is for a whole order.
    refunds
        Whether a column says how much was refunded.
    currency
        The currency of orders whose lines name none.
    """

    answers: OrderAnswers
    numbered: bool
    of_orders: bool
    refunds: bool
    currency: str | None = None

    def spool(self, parts: Iterable[Part], orders: Path, wide: bool) -> OrderCounts:
        """Make orders of lines and write them to a folder.

        Parameters
        ----------
        wide
            Whether the sum of all amounts may not fit 64 bits; the wider integers take three times as long.
        """
        counts = OrderCounts()
        for number, part in enumerate(parts):
            found = None if wide else part.orders()
            if found is None:
                found = self._orders(part.lines(), pl.Int128 if wide else pl.Int64, counts)
            else:
                self._weigh(found, counts)
            named = pl.col("currency").fill_null(pl.lit(self.currency, dtype=pl.String))
            settled = self._settled(found.select(_COLUMNS).with_columns(named), counts)
            settled.write_ipc(orders / f"{number:08}.arrow", compression="uncompressed")
        return counts

    def _orders(self, lines: pl.DataFrame, kind: Integers, counts: OrderCounts) -> pl.DataFrame:
        once = lines.unique("hash") if lines["hash"].n_unique() < lines.height else lines
        orders = weighed = self._grouped(once, kind)
        if once.height < lines.height:
            counts.repeats += lines.height - once.height
            if lines.schema["order"] == pl.String:
                shown = lines.filter(pl.col("hash").is_duplicated())["order"].min()
                if isinstance(shown, str):
                    counts.repeated = min(shown, counts.repeated or shown)
            orders = weighed if self.answers.repeats is Repeats.DROP else self._grouped(lines, kind)
        self._weigh(weighed, counts)
        if not self.numbered:
            dated = lines.drop_nulls(["customer", "day"])
            counts.same_day += dated.height - dated.n_unique(["customer", "day"])
        return orders

    def _grouped(self, lines: pl.DataFrame, kind: Integers) -> pl.DataFrame:
        """Make one row of each order's lines."""
        lines = self._numbered(lines)
        for name in ("customer", "currency"):
            lines = _filled(lines, name)
        lines = lines.with_columns(pl.col("currency").fill_null(pl.lit(self.currency, dtype=pl.String)))
        made, nothing = _aggregates(lines, kind)
        if (lines["state"] >= State.REFUNDED).any():
            lines = lines.with_columns(_own_states(kind))
        # Hashes are compared several times as fast as texts. Two orders would have to share 128 bits to become one, or
        # be of one customer.
        keys = [_key(lines, name) for name in ("order", "customer")]
        if lines["currency"].n_unique() > 1:
            keys.append(pl.col("currency").alias("currency_key"))
        grouped = (
            lines.lazy().group_by(keys).agg(pl.col("customer", "currency").first(), pl.len().alias("lines"), *made)
        )
        return grouped.with_columns(nothing).select(_COLUMNS).collect(engine="streaming")

    def _numbered(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Give lines without an order number one of their own, or that of their customer's day."""
        lacking = lines["order"].is_null()
        if not lacking.any():
            return lines
        # One of several alike lines without a number is an order of its own.
        alone = pl.concat_str(pl.lit("\0"), "hash", pl.lit("-"), pl.int_range(pl.len()).over("hash"))
        if not self.numbered and self.answers.orders_per is OrdersPer.DAY:
            customer, day = pl.col("customer").cast(pl.String), pl.col("day").cast(pl.String)
            # A guest's line and one without a day, of which this is null, stay orders of their own.
            alone = pl.coalesce(pl.concat_str(pl.lit("\0"), customer, day), alone)
        if lines.schema["order"] != pl.String:
            alone = alone.hash()
        return pl.concat([lines.filter(~lacking), lines.filter(lacking).with_columns(alone.alias("order"))])

    def _weigh(self, orders: pl.DataFrame, counts: OrderCounts) -> None:
        several = orders.filter(pl.col("payments") > 1)
        varying = several.filter(pl.col("least") != pl.col("most")).height
        counts.varying += varying
        counts.spread += orders.filter(pl.col("until") > pl.col("day")).height
        counts.alike += several.height - varying

    def _settled(self, orders: pl.DataFrame, counts: OrderCounts) -> pl.DataFrame:
        """Leave out orders of nobody known, and say what each of the others was worth."""
        guests = orders["customer"].is_null()
        counts.guest_orders += int(guests.sum())
        counts.guest_lines += int(orders.filter(guests)["lines"].sum())
        orders = orders.filter(~guests)
        counts.priceless += orders.filter(pl.col("filled") == 0).height
        counts.undated += orders.filter((pl.col("filled") > 0) & pl.col("day").is_null()).height
        orders = orders.filter(pl.col("filled") > 0).drop_nulls("day")
        counts.currencies.update(dict(orders["currency"].value_counts().iter_rows()))
        if not self.refunds:
            counts.partly += orders.filter(pl.col("state") == State.PARTLY_REFUNDED).height
        return orders

    def valued(self, orders: pl.LazyFrame, per: AmountsPer) -> pl.LazyFrame:
        """Add what each order is worth: money (Int128, millionths), counts, returned.

        Parameters
        ----------
        per
            What an amount is for.
        """
        whole = per is AmountsPer.ORDER
        paid, back, refund = (
            pl.col(name) for name in (("most", "most_back", "most_refund") if whole else ("paid", "back", "refund"))
        )
        if self.answers.gross:
            kept = orders.filter((paid > 0) | (back == 0))
            return kept.with_columns(
                paid.cast(pl.Int128).alias("money"),
                pl.lit(value=True).alias("counts"),
                pl.lit(value=False).alias("returned"),
            )
        taken = back + refund
        state = pl.col("state")
        cancelled, refunded = state == State.CANCELLED, state == State.REFUNDED
        # A status alone says that all was given back; a line below zero gives back what another order paid.
        nothing_left = (cancelled | (refunded & (refund == 0))) & (paid > 0)
        money = pl.when(nothing_left).then(0).otherwise(paid - taken).cast(pl.Int128)
        counts = ~cancelled & ~refunded & ((money > 0) | (taken == 0))
        return orders.with_columns(
            money.alias("money"), counts.alias("counts"), ((refunded | (taken > 0)) & ~cancelled).alias("returned")
        )

    def amounts_per(self, counts: OrderCounts) -> AmountsPer | None:
        """Tell what an amount is for; None if only a person can."""
        several = counts.alike + counts.varying
        if self.answers.amounts_per is not None or not several:
            return self.answers.amounts_per or AmountsPer.LINE
        if self.of_orders:
            return None if counts.varying else AmountsPer.ORDER
        return AmountsPer.LINE if counts.varying > _RARELY * several else None

    def questions(self, counts: OrderCounts, amount: str) -> Iterator[Question]:
        """Ask what the lines leave open.

        Parameters
        ----------
        amount
            The name of the amounts' column.
        """
        if self.amounts_per(counts) is None:
            same = f"{counts.alike:,} order{'s' * (counts.alike != 1)} of several"
            few = f"the same on all lines of {same}, and differ in {counts.varying:,}"
            yield question(
                f"The amounts in the column {quote(amount)} are {few}. Is each for its line or for the whole order?",
                "amounts-per",
                {"line": "Each is for its line: add them", "order": "Each is for the whole order: take it once"},
            )
        if counts.same_day and self.answers.orders_per is None:
            lines = "1 line is" if counts.same_day == 1 else f"{counts.same_day:,} lines are"
            yield question(
                f"No column holds order numbers, and {lines} a customer's second or later one of a day. Is each line "
                "an order, or are all lines of a customer's day one order?",
                "orders-per",
                {"line": "Each line is an order", "day": "All lines of a customer's day are one order"},
            )
        if counts.repeats and self.answers.repeats is None:
            lines = "1 line repeats" if counts.repeats == 1 else f"{counts.repeats:,} lines repeat"
            of = "" if counts.repeated is None else f", as in order {quote(counts.repeated)}"
            yield question(
                f"{lines} another line in every column{of}. Were they exported twice, or bought twice?",
                "repeats",
                {"drop": "Exported twice: count them once", "keep": "Bought twice: count each"},
            )
        if len(counts.currencies) > 1 and self.answers.currency is None:
            yield currency_question(counts.currencies)


def too_wide(largest: int, lines: int) -> bool:
    """Tell whether a sum of so many amounts, none larger than `largest`, may not fit 64 bits."""
    return 2 * largest * lines >= _SAFE


def _aggregates(lines: pl.DataFrame, kind: Integers) -> tuple[list[pl.Expr], list[pl.Expr]]:
    """Return what is made of each order's lines, and what stands for that which none of these lines has."""
    amount, back, refund = (pl.col(name).cast(kind) for name in ("amount", "given", "refund"))
    given, none = bool((lines["state"] >= State.REFUNDED).any()), pl.lit(0, dtype=kind)
    # Of lines with states of their own, some amounts become 0.
    paid_only = not given and not (lines["amount"] <= 0).any()
    above = amount if paid_only else pl.when(amount > 0).then(amount).otherwise(None)
    below = pl.when(amount < 0).then(0 - amount).otherwise(0)
    made = [
        pl.col("day").min(),
        pl.col("day").max().alias("until"),
        amount.count().alias("filled"),
        above.sum().alias("paid"),
        above.max().fill_null(0).alias("most"),
        above.min().fill_null(0).alias("least"),
        above.count().alias("payments"),
    ]
    nothing = []
    if given:
        made += [
            (below.sum() + back.sum()).alias("back"),
            pl.max_horizontal(below.max(), back.max()).alias("most_back"),
        ]
    elif not paid_only:
        made += [below.sum().alias("back"), below.max().alias("most_back")]
    else:
        nothing += [none.alias("back"), none.alias("most_back")]
    if lines["refund"].null_count() < lines.height:
        made += [refund.abs().sum().alias("refund"), refund.abs().max().fill_null(0).alias("most_refund")]
    else:
        nothing += [none.alias("refund"), none.alias("most_refund")]
    return [*made, pl.col("state").max()], nothing


def _key(lines: pl.DataFrame, column: str) -> pl.Expr:
    """Return what tells a column's values apart: their hashes if they are texts."""
    key = pl.col(column)
    return (key.hash() if lines.schema[column] == pl.String else key).alias(f"{column}_key")


def _filled(lines: pl.DataFrame, column: str) -> pl.DataFrame:
    """Fill what stands on an order's first line only, unless its lines differ."""
    if lines[column].null_count() in {0, lines.height}:
        return lines
    lacking = lines.filter(pl.col(column).is_null()).select("order").unique()
    # Looking at an order's other lines takes long, and most orders give no reason to.
    looked_at = lines.join(lacking, on="order", how="semi")
    if looked_at[column].null_count() == looked_at.height:
        return lines
    others = lines.join(lacking, on="order", how="anti")
    alike = pl.col(column).drop_nulls().n_unique().over("order") == 1
    filled = pl.when(alike).then(pl.col(column).max().over("order")).otherwise(pl.col(column)).alias(column)
    return pl.concat([others, looked_at.with_columns(filled)])


def _own_states(kind: Integers) -> list[pl.Expr]:
    """Let the lines of an order that have different states each have its own: what was given back, and cancelled."""
    state, amount = pl.col("state"), pl.col("amount")
    mixed = state.filter(state != State.UNSAID).n_unique().over("order", "customer") > 1
    given = pl.when(mixed & (state == State.REFUNDED) & (amount > 0)).then(amount).otherwise(0)
    void = mixed & (state == State.CANCELLED) & (amount > 0)
    return [
        given.cast(kind).alias("given"),
        pl.when(void).then(0).otherwise(amount).alias("amount"),
        pl.when(mixed & (state >= State.REFUNDED))
        .then(pl.lit(int(State.UNSAID), pl.UInt8))
        .otherwise(state)
        .alias("state"),
    ]
