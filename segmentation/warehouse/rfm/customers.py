"""A table of order lines → its customers, as a query that the engine runs: recency, frequency, money and scores.

The definitions are those of `segmentation.orders`, to the cent and the day. Money is added as decimals, so it makes no
difference in which order an engine adds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import ibis
import sqlglot
import sqlglot.expressions as sge

from segmentation.numbers.values import quote
from segmentation.orders.answers import AmountsPer, OrderAnswers, OrdersPer
from segmentation.orders.cells.states import State
from segmentation.orders.derivation.currency_choice import chosen_currency
from segmentation.orders.derivation.customers import CUSTOMER_COLUMNS
from segmentation.orders.headings import Role
from segmentation.warehouse.rfm.lines import MONEY, read_lines
from segmentation.warehouse.rfm.table import OrderTable, order_table
from segmentation.warehouse.sql import check_dialect, stored_name, table_expression

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, NumericValue, Table

_KINDS: Final = {
    Role.DATE: "timestamp",
    Role.AMOUNT: MONEY,
    Role.REFUND: MONEY,
    Role.PRICE: "decimal(18, 6)",
    Role.QUANTITY: "decimal(18, 6)",
    Role.DISCOUNT: "decimal(18, 6)",
}
# The dialect in which Ibis writes for sqlglot to read.
_WRITTEN_AS: Final = {"postgres": "postgres"}
_ELSE_WRITTEN_AS: Final = "duckdb"
_STAND_IN: Final = "segbot_orders"
_CENTS: Final = "decimal(31, 2)"
_FIFTHS: Final = 5


def customers_sql(columns: Mapping[Role, str], answers: OrderAnswers, dialect: str, table: str) -> str:
    """Write the query as one SELECT to paste, for a table that cannot be looked into.

    Parameters
    ----------
    columns
        The table's columns by role: dates or timestamps, numbers for amounts and quantities, any type for the others.
    dialect, table
        As for `sql.sql`.

    Raises
    ------
    Question
        When a needed role has no column.
    BadInput
        When `answers` leave open what to add; for an unknown dialect or table name.
    """
    check_dialect(dialect)
    how = order_table(columns, answers)
    # Whatever type the others have, they are cast to texts: Ibis would leave that out for texts.
    kinds = {how.columns.name(role): _KINDS.get(role, "int64") for role in how.columns.places}
    query = customers_query(ibis.table(kinds, name=_STAND_IN), how)
    query = query.select(**{stored_name(name, dialect): query[name] for name in query.columns})
    written_as = _WRITTEN_AS.get(dialect, _ELSE_WRITTEN_AS)
    written = sqlglot.parse_one(str(ibis.to_sql(query, dialect=written_as)), read=written_as)
    for source in list(written.find_all(sge.Table)):
        if source.name == _STAND_IN:
            source.replace(sge.alias_(table_expression(table, dialect), source.alias_or_name, table=True))
    for window in written.find_all(sge.Window):
        # It says what holds without it, and some engines refuse it.
        window.set("spec", None)
    comment = "\n".join(f"-- {line}" for line in _comment(how))
    return f"{comment}\n{written.sql(dialect, pretty=True)}"


def _comment(orders: OrderTable) -> Iterator[str]:
    yield "segbot's customers of a table of order lines: recency, frequency and money of each, and scores of 1 to 5."
    yield orders.columns.note
    as_of = orders.answers.as_of
    yield f"Recency is counted to {'the last day of the table' if as_of is None else as_of.isoformat()}."
    yield f"An amount is for its {'whole order' if orders.answers.amounts_per is AmountsPer.ORDER else 'line'}."
    if not orders.has(Role.ORDER):
        day = orders.answers.orders_per is OrdersPer.DAY
        yield f"{'All lines of a customer and a day are one order' if day else 'Each line is an order'}."
    if orders.has(Role.STATUS):
        name = quote(orders.columns.name(Role.STATUS))
        yield f"Orders whose status in {name} is none of the exports' that segbot knows count. Look at them first."


def customers_query(table: Table, how: OrderTable) -> Table:
    """Derive one row a customer, as `segmentation.orders` does, as a query not yet run.

    Returns
    -------
    ibis.Table
        The columns of `CUSTOMER_COLUMNS`; monetary, mean_order and mean_interval are decimals with two digits. Guests
        are left out. Customers without an order that counts have neither recency nor scores.
    """
    lines = read_lines(table, how)
    as_of = how.answers.as_of
    # A window over all lines would gather them in one place; one row beside each line does not.
    if as_of is None:
        lines = lines.cross_join(lines.agg(as_of=lines["day"].max()))
    else:
        lines = lines.mutate(as_of=ibis.literal(as_of).cast("date"))
    orders = orders_of(lines, stated=says_states(how))
    orders = orders.filter(
        orders["customer"].notnull()
        & (orders["filled"] > 0)
        & orders["day"].notnull()
        & (orders["day"] <= orders["as_of"])
    )
    return _scored(_customers(_valued(orders, how)))


def says_states(how: OrderTable) -> bool:
    """Tell whether a table's lines have states."""
    return how.has(Role.STATUS) or how.has(Role.CANCELLED)


def orders_of(lines: Table, *, stated: bool) -> Table:
    """Make one row of each order's lines, as `orders.derivation.purchases` does.

    Parameters
    ----------
    lines
        As `read_lines` returns them, with the reference day as_of.
    stated
        Whether they have states: to compare those of one order takes an engine as long as all the rest.
    """
    lines = _own_states(lines) if stated else lines.mutate(given=_nothing())
    amount = lines["amount"]
    above = ibis.cases((amount > 0, amount))
    below = ibis.cases((amount < 0, -amount), else_=_nothing())
    return lines.group_by("order", "alone", "customer", "currency").agg(
        lines=lines.count(),
        day=lines["day"].min(),
        until=lines["day"].max(),
        filled=amount.count(),
        paid=above.sum(),
        most=above.max(),
        least=above.min(),
        payments=above.count(),
        below=below.sum(),
        most_below=below.max(),
        given=lines["given"].sum(),
        most_given=lines["given"].max(),
        refund=lines["refund"].sum(),
        most_refund=lines["refund"].max(),
        state=lines["state"].max(),
        as_of=lines["as_of"].max(),
    )


def _own_states(lines: Table) -> Table:
    """Let the lines of an order that have different states each have their own: what was given back, and cancelled."""
    one = ibis.window(group_by=("order", "alone", "customer"))
    said = lines["state"].nullif(0)
    mixed = (said.min().over(one) != said.max().over(one)).fill_null(ibis.literal(value=False))
    lines = lines.mutate(mixed=mixed)
    own = lines["mixed"] & (lines["amount"] > 0)
    given = ibis.cases((own & (lines["state"] == int(State.REFUNDED)), lines["amount"]), else_=_nothing())
    void = own & (lines["state"] == int(State.CANCELLED))
    return lines.mutate(
        given=given,
        amount=ibis.cases((void, _nothing()), else_=lines["amount"]),
        state=ibis.cases((lines["mixed"] & (lines["state"] >= int(State.REFUNDED)), 0), else_=lines["state"]),
    )


def _valued(orders: Table, how: OrderTable) -> Table:
    """Say what each order is worth, whether it counts, and whether something was given back."""
    answers = how.answers
    if answers.currency is not None and how.has(Role.CURRENCY):
        currency = chosen_currency(answers.currency)
        chosen = orders["currency"].isnull() if currency is None else orders["currency"] == currency
        orders = orders.filter(chosen)
    whole = answers.amounts_per is AmountsPer.ORDER
    names = ("most", "most_below", "most_given", "most_refund") if whole else ("paid", "below", "given", "refund")
    paid, below, given, refund = (orders[name].fill_null(_nothing()) for name in names)
    back = ibis.greatest(below, given) if whole else below + given
    if answers.gross:
        kept = orders.mutate(money=paid).filter((paid > 0) | (back == 0))
        return kept.mutate(counts=ibis.literal(value=True), returned=ibis.literal(value=False))
    taken, state = back + refund, orders["state"]
    cancelled, refunded = state == int(State.CANCELLED), state == int(State.REFUNDED)
    nothing_left = (cancelled | (refunded & (refund == 0))) & (paid > 0)
    orders = orders.mutate(
        money=ibis.cases((nothing_left, _nothing()), else_=paid - taken),
        taken=taken,
        returned=(refunded | (taken > 0)) & ~cancelled,
        void=cancelled | refunded,
    )
    return orders.mutate(counts=~orders["void"] & ((orders["money"] > 0) | (orders["taken"] == 0)))


def _customers(valued: Table) -> Table:
    day, counts = valued["day"], valued["counts"]
    grouped = valued.group_by("customer").agg(
        frequency=_one_if(counts).sum(),
        money=valued["money"].sum(),
        first_order=ibis.cases((counts, day)).min(),
        last_order=ibis.cases((counts, day)).max(),
        returns=_one_if(valued["returned"]).sum(),
        as_of=valued["as_of"].max(),
    )
    grouped = grouped.mutate(frequency=grouped["frequency"].cast("int64"), money=grouped["money"].cast(MONEY))
    frequency, first, last = (grouped[name] for name in ("frequency", "first_order", "last_order"))
    days = last.delta(first, unit="day").cast("int64")
    return grouped.select(
        customer_id=grouped["customer"],
        recency=grouped["as_of"].delta(last, unit="day").cast("int64"),
        frequency=frequency,
        monetary=grouped["money"].round(2).cast(_CENTS),
        mean_order=ibis.cases((frequency > 0, _ratio(grouped["money"], frequency))),
        tenure=grouped["as_of"].delta(first, unit="day").cast("int64"),
        mean_interval=ibis.cases((frequency > 1, _ratio(days.cast(MONEY), frequency - 1))),
        first_order=first,
        last_order=last,
        returns=grouped["returns"].cast("int64"),
    )


def _ratio(total: NumericValue, count: NumericValue) -> NumericValue:
    """Divide a decimal by a count and round it to hundredths, half of one away from zero, the same in every engine.

    Engines divide decimals with different numbers of digits, or as doubles. So the quotient is near only, and what is
    left over says whether it is a hundredth too small or too large.
    """
    size, parts = total.abs(), count.nullif(0)
    near = (size.cast("float64") / parts.cast("float64")).round(2).cast("decimal(20, 2)")
    over = size - (near * parts.cast("decimal(12, 2)")).cast(MONEY)
    half = (parts.cast("decimal(13, 3)") * ibis.literal("0.005").cast("decimal(4, 3)")).cast(MONEY)
    hundredth = ibis.literal("0.01").cast("decimal(20, 2)")
    exact = ibis.cases((over >= half, near + hundredth), (over < -half, near - hundredth), else_=near)
    return ibis.cases((total < 0, -exact), else_=exact).cast(_CENTS)


def _one_if(condition: BooleanValue) -> NumericValue:
    # Not every engine takes a truth value for a number.
    return ibis.cases((condition, 1), else_=0).cast("int64")


def _nothing() -> NumericValue:
    return ibis.literal(0).cast(MONEY)


def _scored(customers: Table) -> Table:
    """Add the scores of `orders.scores`."""
    some = customers["frequency"] > 0
    customers = customers.mutate(some=_one_if(some))
    better = {
        "r_score": -customers["recency"],
        "f_score": customers["frequency"],
        "m_score": customers["monetary"],
    }
    everybody = customers.count().over(ibis.window(group_by="some"))
    scores = {
        name: ibis.cases(
            (
                customers["some"] == 1,
                1 + (_FIFTHS * ibis.rank().over(ibis.window(group_by="some", order_by=value)) // everybody),
            )
        ).cast("int64")
        for name, value in better.items()
    }
    scored = customers.mutate(**scores)
    whole = 100 * scored["r_score"] + 10 * scored["f_score"] + scored["m_score"]
    return scored.mutate(rfm_score=whole).select(*CUSTOMER_COLUMNS)
