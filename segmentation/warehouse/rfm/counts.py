"""What a table of order lines holds, counted by the engine: what leaves open how it is read, and what is reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import ibis
import polars as pl

from segmentation.errors import BadInput
from segmentation.orders.answers import AmountsPer, OrderAnswers, Repeats, ask_all
from segmentation.orders.cells.discounts import DiscountEvidence
from segmentation.orders.cells.nothing import GUESTS, ROUNDED
from segmentation.orders.cells.states import State
from segmentation.orders.derivation.purchases import OrderCounts, OrderMaker
from segmentation.orders.headings import Role, is_of_orders
from segmentation.orders.line_currencies import LineCurrencies, Said, currencies, with_contradictions
from segmentation.orders.lines import LineCounts
from segmentation.orders.mapping import mapping_notes
from segmentation.orders.report import (
    NOBODY_LEFT,
    RfmReport,
    Told,
    alike_notes,
    day_notes,
    left_out_notes,
    money_notes,
    told_report,
)
from segmentation.warehouse.columns import fetch
from segmentation.warehouse.rfm.customers import orders_of, says_states
from segmentation.warehouse.rfm.lines import is_of_other_years, read_lines
from segmentation.warehouse.rfm.table import OrderTable, count_texts, order_columns, read_states, trimmed

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from segmentation.orders.mapping import OrderColumns
    from segmentation.reading.questions import Question

_SHOWN: Final = 3


@dataclass(frozen=True)
class ReadOrders:
    """How a table of order lines is read, and what is told of it."""

    how: OrderTable
    told: Told
    discounts: tuple[str, ...]

    def report(self, customers: Table, changed: tuple[str, ...] = ()) -> RfmReport:
        """Report on the table.

        Parameters
        ----------
        customers
            What `customers_query` derives, or a table that it was written into.
        changed
            What was changed on writing, as sentences.
        """
        frequency = customers["frequency"]
        folded = customers["customer_id"].lower().replace(" ", "")
        counted = customers.agg(
            n=customers.count(),
            orders=frequency.sum(),
            none=customers.count(where=frequency == 0),
            different=folded.nunique(),
        )
        made, orders, none, different = (int(number or 0) for number in fetch(counted)[0])
        notes = [
            *mapping_notes(self.told.columns),
            *day_notes(self.told, "table"),
            *self.discounts,
            *money_notes(self.told, none),
            *left_out_notes(self.told, 0),
            *alike_notes(made - different),
            *changed,
        ]
        return told_report(self.told, (made, orders, none), notes)


def read_orders(table: Table, answers: OrderAnswers) -> ReadOrders:
    """Find out how a table of order lines is read; the engine counts what may be meant in several ways.

    Raises
    ------
    Question
        When it can be read in several ways and `answers` does not say which.
    BadInput
        When a column is missing or of a type that cannot be used, or no order of a known customer is left.
    """
    columns = order_columns(table, answers)
    how = OrderTable(columns, answers)
    open_questions: list[Question] = []
    if how.has(Role.STATUS):
        states, open_questions = read_states(table, columns.name(Role.STATUS), answers)
        how = replace(how, states=states)
    discounts = DiscountEvidence()
    if how.has(Role.DISCOUNT):
        name = columns.name(Role.DISCOUNT)
        discounts.add(pl.Series(_some_discounts(table, name), dtype=pl.String))
        open_questions += discounts.questions(name, answers.discounts)
        how = replace(how, answers=replace(answers, discounts=discounts.read_as(answers.discounts)))
    how, lines = _counted_lines(table, how)
    told = Told(columns, answers, lines)
    told.check_lines(lines.rows + lines.undated + lines.unpriced)
    amount = columns.name(columns.money)
    maker = OrderMaker(answers, how.has(Role.ORDER), is_of_orders(amount), how.has(Role.REFUND), columns.currency)
    told.orders, told.later, left = _counted_orders(table, how)
    contradicted = _contradicted(table, columns, answers)
    open_questions += with_contradictions(columns, contradicted, list(maker.questions(told.orders, amount)))
    ask_all(open_questions)
    told.check_currency()
    if not left:
        raise BadInput(NOBODY_LEFT)
    told.per = maker.amounts_per(told.orders) or AmountsPer.LINE
    decided = replace(how.answers, amounts_per=told.per)
    said = () if not how.has(Role.DISCOUNT) else discounts.note(columns.name(Role.DISCOUNT), answers.discounts)
    return ReadOrders(replace(how, answers=decided), told, tuple(said))


def _some_discounts(table: Table, name: str) -> list[str]:
    """Return the first few different discounts besides none, as texts."""
    texts = table.filter(table[name] != 0).select(text=table[name].cast("string")).distinct()
    return [str(text) for (text,) in fetch(texts.order_by("text").limit(_SHOWN))]


def _contradicted(table: Table, columns: OrderColumns, answers: OrderAnswers) -> Counter[Said]:
    """Count the lines whose currency is another than the heading of their amounts names."""
    if columns.currency is None or Role.CURRENCY not in columns.places:
        return Counter()
    counts = count_texts(table, columns.name(Role.CURRENCY))
    said = pl.DataFrame({"of": currencies(pl.Series(list(counts), dtype=pl.String)), "n": list(counts.values())})
    return LineCurrencies(columns, answers).of(said["of"], None, said["n"])[1]


def _with(how: OrderTable, repeats: Repeats) -> OrderTable:
    return replace(how, answers=replace(how.answers, repeats=repeats))


def _counted_lines(table: Table, how: OrderTable) -> tuple[OrderTable, LineCounts]:
    """Count lines, and return what that settles: the reference day, and whether lines lack what others have."""
    plain = replace(_with(how, Repeats.KEEP), filled=frozenset[Role](), unnumbered=False)
    lines = read_lines(table, plain)
    numbered = lines["order"].notnull()
    counted = lines.agg(
        rows=lines.count(),
        last=lines["day"].max(),
        unnumbered=lines.count(where=~numbered),
        customer=lines.count(where=numbered & lines["customer"].isnull()),
        currency=lines.count(where=numbered & lines["currency"].isnull()),
    )
    ((rows, last, unnumbered, *lacking),) = fetch(counted)
    others = is_of_other_years(table, how.columns)
    day = table[how.columns.name(Role.DATE)].cast("date").cast("string")
    ((all_rows, undated, strange),) = fetch(
        table.agg(n=table.count(), undated=table.count(where=others), strange=day.min(where=others))
    )
    filled = {role for role, some in zip((Role.CUSTOMER, Role.CURRENCY), lacking, strict=True) if some}
    decided = replace(how.answers, as_of=how.answers.as_of or last)
    settled = replace(how, answers=decided, filled=frozenset(filled), unnumbered=bool(unnumbered))
    words = Counter(_guest_words(table, how.columns)) if Role.CUSTOMER in filled or unnumbered else Counter[str]()
    counts = LineCounts(
        rows=int(rows),
        undated=int(undated),
        unpriced=int(all_rows) - int(rows) - int(undated),
        last_day=last,
        guest_words=words,
        other_years=frozenset({strange} if strange else ()),
    )
    return settled, counts


def _guest_words(table: Table, columns: OrderColumns) -> dict[str, int]:
    name = columns.name(Role.CUSTOMER)
    text = trimmed(table[name].cast("string"))
    guests = table.filter(text.lower().isin(sorted(GUESTS)) | text.re_search(ROUNDED))
    return dict(count_texts(guests, name))


def _counted_orders(table: Table, how: OrderTable) -> tuple[OrderCounts, int, int]:
    """Count orders; return also how many in the chosen currency are later than the reference day, and how many not."""
    counts = OrderCounts()
    if how.answers.repeats is not Repeats.KEEP:
        counts.repeats, counts.repeated = _repeats(table, how.columns)
    taken = how.answers.repeats or Repeats.KEEP
    # Each query takes the engine over all lines again, so one answers both where it can.
    apart = counts.repeats > 0 and taken is Repeats.KEEP
    if apart:
        _weigh(counts, fetch(_weighed(_orders(table, how, Repeats.DROP)))[0])
    if not how.has(Role.ORDER):
        counts.same_day = _same_day(table, how)
    later = left = 0
    settled = _settled(_orders(table, how, taken))
    told = Told(how.columns, how.answers)
    for currency, guests, guest_lines, priceless, undated, some, partly, after, *weighed in fetch(settled):
        if not apart:
            _weigh(counts, weighed)
        counts.guest_orders += int(guests or 0)
        counts.guest_lines += int(guest_lines or 0)
        counts.priceless += int(priceless or 0)
        counts.undated += int(undated or 0)
        counts.partly += 0 if how.has(Role.REFUND) else int(partly or 0)
        if some:
            counts.currencies[currency] = int(some)
        if how.answers.currency is None or told.currency == currency:
            later += int(after or 0)
            left += int(some or 0) - int(after or 0)
    return counts, later, left


def _orders(table: Table, how: OrderTable, repeats: Repeats) -> Table:
    lines = read_lines(table, _with(how, repeats))
    as_of = ibis.literal(how.answers.as_of).cast("date")
    return orders_of(lines.mutate(as_of=as_of), stated=says_states(how))


def _repeats(table: Table, columns: OrderColumns) -> tuple[int, str | None]:
    """Return how many lines repeat another one in every column, and the least of their orders."""
    order = columns.name(Role.ORDER) if Role.ORDER in columns.places else None
    groups = table.group_by(*table.columns).agg(segbot_n=lambda rows: rows.count())
    groups = groups.filter(groups["segbot_n"] > 1)
    shown: Any = ibis.null("string") if order is None else trimmed(groups[order].cast("string")).nullif("")
    groups = groups.select(n=groups["segbot_n"], shown=shown)
    ((repeats, repeated),) = fetch(groups.agg(n=(groups["n"] - 1).sum(), shown=groups["shown"].min()))
    return int(repeats or 0), repeated


def _weighed(orders: Table) -> Table:
    """Count the orders with several amounts, alike or not, and those of several days."""
    return orders.agg(**_weights(orders))


def _weights(orders: Table) -> dict[str, Any]:
    several = orders["payments"] > 1
    return {
        "alike": orders.count(where=several & (orders["least"] == orders["most"])),
        "varying": orders.count(where=several & (orders["least"] != orders["most"])),
        "spread": orders.count(where=orders["until"] > orders["day"]),
    }


def _weigh(counts: OrderCounts, weighed: Sequence[Any]) -> None:
    alike, varying, spread = (int(number or 0) for number in weighed)
    counts.alike, counts.varying, counts.spread = counts.alike + alike, counts.varying + varying, counts.spread + spread


def _same_day(table: Table, how: OrderTable) -> int:
    """Return how many lines are not the first of their customer's day."""
    lines = read_lines(table, replace(_with(how, Repeats.KEEP), unnumbered=False))
    days = lines.filter(lines["customer"].notnull() & lines["day"].notnull()).select("customer", "day")
    rows, different = (fetch(some.agg(n=some.count()))[0][0] for some in (days, days.distinct()))
    return int(rows) - int(different)


def _settled(orders: Table) -> Table:
    """Count by currency which orders are somebody's, with a date and an amount, and which are not; and weigh them."""
    known, filled, dated = orders["customer"].notnull(), orders["filled"] > 0, orders["day"].notnull()
    some = known & filled & dated
    return orders.group_by("currency").agg(
        guests=orders.count(where=~known),
        guest_lines=orders["lines"].sum(where=~known),
        priceless=orders.count(where=known & ~filled),
        undated=orders.count(where=known & filled & ~dated),
        settled=orders.count(where=some),
        partly=orders.count(where=some & (orders["state"] == int(State.PARTLY_REFUNDED))),
        later=orders.count(where=some & (orders["day"] > orders["as_of"])),
        **_weights(orders),
    )
