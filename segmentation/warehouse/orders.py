"""A table of order lines → its customers, as a query that the engine runs: recency, frequency, money and scores.

The definitions are those of `segmentation.orders`, to the cent and the day. Money is added as decimals, so it makes no
difference in which order an engine adds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import ibis
import sqlglot
import sqlglot.expressions as sge

from segmentation.numbers.values import quote
from segmentation.orders.answers import AmountsPer, OrderAnswers, Repeats, ask_all
from segmentation.orders.cells.states import State
from segmentation.orders.headings import Role, is_of_orders
from segmentation.orders.lines import GUESTS
from segmentation.orders.purchases import OrderCounts, OrderMaker
from segmentation.warehouse.columns import fetch
from segmentation.warehouse.expressions.values import is_missing
from segmentation.warehouse.order_table import OrderTable, check_types, order_columns, order_table, read_states, trimmed
from segmentation.warehouse.sql import check_dialect, stored_name, table_expression

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Column, NumericValue, Table

    from segmentation.reading.questions import Question

_KINDS: Final = {
    Role.DATE: "timestamp",
    Role.AMOUNT: "decimal(35, 6)",
    Role.REFUND: "decimal(35, 6)",
    Role.PRICE: "decimal(18, 6)",
    Role.QUANTITY: "decimal(18, 6)",
}
# The dialect in which Ibis writes for sqlglot to read.
_WRITTEN_AS: Final = {"postgres": "postgres"}
_ELSE_WRITTEN_AS: Final = "duckdb"
_STAND_IN: Final = "segbot_orders"
# Sums of so many digits are exact in every engine; a millionth is enough for any price.
_MONEY: Final = "decimal(35, 6)"
_FACTOR: Final = "decimal(18, 6)"
_FIFTHS: Final = 5
# What stands between the words of a status.
_MARKS: Final = (" ", "_", "-")


def read_orders(table: Table, answers: OrderAnswers) -> OrderTable:
    """Find out how a table of order lines is read; the engine counts what may be meant in several ways.

    Raises
    ------
    Question
        When it can be read in several ways and `answers` does not say which.
    BadInput
        When a column is missing or of a type that cannot be used.
    """
    columns = order_columns(tuple(table.columns), answers)
    check_types(table, columns)
    states: dict[str, State] = {}
    questions: list[Question] = []
    if Role.STATUS in columns:
        states, questions = read_states(table, columns[Role.STATUS], answers)
    amount = columns.get(Role.AMOUNT) or columns[Role.PRICE]
    maker = OrderMaker(answers, numbered=True, of_orders=is_of_orders(amount), refunds=Role.REFUND in columns)
    counts = _counted(table, OrderTable(columns, answers, states))
    ask_all([*questions, *maker.questions(counts, amount)])
    per = maker.amounts_per(counts) or AmountsPer.LINE
    return OrderTable(columns, replace(answers, amounts_per=per), states)


def _counted(table: Table, orders: OrderTable) -> OrderCounts:
    """Let the engine count what leaves open how the lines are read."""
    repeats = 0
    if orders.answers.repeats is not Repeats.KEEP:
        different = table.distinct()
        rows, once = (fetch(some.agg(n=some.count()))[0][0] for some in (table, different))
        repeats = int(rows) - int(once)
    lines = _lines(table.distinct() if repeats else table, orders)
    lines = lines.filter(lines["customer"].notnull() & lines["order"].notnull())
    paid = ibis.cases((lines["amount"] > 0, lines["amount"]))
    grouped = lines.group_by("order", "customer").agg(
        payments=paid.count(), least=paid.min(), most=paid.max(), currency=lines["currency"].max()
    )
    several = grouped["payments"] > 1
    ((alike, varying),) = fetch(
        grouped.agg(
            alike=grouped.count(where=several & (grouped["least"] == grouped["most"])),
            varying=grouped.count(where=several & (grouped["least"] != grouped["most"])),
        )
    )
    counted = grouped.group_by("currency").agg(n=grouped.count())
    currencies = Counter({currency: int(rows) for currency, rows in fetch(counted)})
    return OrderCounts(repeats=repeats, alike=int(alike), varying=int(varying), currencies=currencies)


def customers_sql(columns: Mapping[Role, str], answers: OrderAnswers, dialect: str, table: str) -> str:
    """Write the query as one SELECT to paste, for a table that cannot be looked into.

    Parameters
    ----------
    columns
        The table's columns by role, with types: dates or timestamps, numbers, texts.
    dialect, table
        As for `sql.sql`.

    Raises
    ------
    BadInput
        When a needed role has no column, or `answers` leave open what to add; for an unknown dialect or table name.
    """
    check_dialect(dialect)
    columns = order_columns(tuple(columns.values()), replace(answers, columns=columns))
    how = order_table(columns, answers)
    kinds = {name: _KINDS.get(role, "string") for role, name in columns.items()}
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
    yield orders.note
    as_of = orders.answers.as_of
    yield f"Recency is counted to {'the last day of the table' if as_of is None else as_of.isoformat()}."
    yield f"An amount is for its {'whole order' if orders.answers.amounts_per is AmountsPer.ORDER else 'line'}."
    if Role.STATUS in orders.columns:
        name = quote(orders.columns[Role.STATUS])
        yield f"Orders whose status in {name} is none of the exports' that segbot knows count. Look at them first."


def customers_query(table: Table, orders: OrderTable) -> Table:
    """Derive one row a customer, as `segmentation.orders` does, as a query not yet run.

    Returns
    -------
    ibis.Table
        customer_id, recency, frequency, monetary (decimal, two digits), tenure, first_order, last_order, returns,
        r_score, f_score, m_score, rfm_score. Guests are left out. Customers without an order that counts have neither
        recency nor scores.
    """
    valued = _valued(_orders(_lines(table, orders), orders.answers), orders)
    day, counts = valued["day"], valued["counts"]
    grouped = valued.group_by("customer").agg(
        frequency=_one_if(counts).sum(),
        money=valued["money"].sum(),
        first_order=ibis.cases((counts, day)).min(),
        last_order=ibis.cases((counts, day)).max(),
        returns=_one_if(valued["returned"]).sum(),
        as_of=valued["as_of"].max(),
    )
    customers = grouped.select(
        customer_id=grouped["customer"],
        recency=grouped["as_of"].delta(grouped["last_order"], unit="day").cast("int64"),
        frequency=grouped["frequency"].cast("int64"),
        monetary=grouped["money"].cast(_MONEY).round(2).cast("decimal(31, 2)"),
        tenure=grouped["as_of"].delta(grouped["first_order"], unit="day").cast("int64"),
        first_order=grouped["first_order"],
        last_order=grouped["last_order"],
        returns=grouped["returns"].cast("int64"),
    )
    return _scored(customers)


def _lines(table: Table, orders: OrderTable) -> Table:
    """Read each line: who, which order, which day, what was paid and given back, in which currency, which state."""
    if orders.answers.repeats is Repeats.DROP:
        table = table.distinct()
    columns, none = orders.columns, ibis.null("string")
    text = {
        role: trimmed(table[columns[role]].cast("string")) if role in columns else none
        for role in (Role.CUSTOMER, Role.ORDER, Role.CURRENCY, Role.STATUS, Role.CANCELLED)
    }
    customer = text[Role.CUSTOMER]
    lower = customer.lower()
    # One address is one person, however it was typed.
    who = ibis.cases((lower.isin(sorted(GUESTS)), none), (lower.like("%_@_%._%"), lower), else_=customer)
    amount = (
        _money(table[columns[Role.AMOUNT]], _MONEY)
        if Role.AMOUNT in columns
        else (_money(table[columns[Role.PRICE]], _FACTOR) * _money(table[columns[Role.QUANTITY]], _FACTOR)).cast(_MONEY)
    )
    refund = _money(table[columns[Role.REFUND]], _MONEY).abs() if Role.REFUND in columns else ibis.null(_MONEY)
    lines = table.select(
        customer=who,
        order=text[Role.ORDER],
        day=table[columns[Role.DATE]].cast("date"),
        amount=amount,
        refund=refund,
        currency=text[Role.CURRENCY].upper().nullif(""),
        state=_state(table, orders, text[Role.CANCELLED]),
    )
    as_of = orders.answers.as_of
    last = lines["day"].max().over(ibis.window()) if as_of is None else ibis.literal(as_of).cast("date")
    return lines.mutate(as_of=last)


def _money(column: Column, kind: str) -> NumericValue:
    if column.type().is_floating():
        # NaN and infinity are no money, and some engines cannot make a decimal of them.
        column = ibis.cases((~is_missing(column) & (column.abs() < ibis.literal(1e12)), column))
    return column.cast(kind)


def _state(table: Table, orders: OrderTable, cancelled: Any) -> NumericValue:  # noqa: ANN401 - a string expression
    said: list[tuple[BooleanValue, Any]] = []
    if Role.CANCELLED in orders.columns:
        kind = table[orders.columns[Role.CANCELLED]].type()
        nothing = ("", "0", "false", "no") if kind.is_string() or kind.is_boolean() or kind.is_integer() else ("",)
        said.append((cancelled.notnull() & ~cancelled.lower().isin(nothing), int(State.CANCELLED)))
    if Role.STATUS in orders.columns:
        status = trimmed(table[orders.columns[Role.STATUS]].cast("string")).lower()
        for mark in _MARKS if orders.folded else ():
            status = status.replace(mark, "")
        for state in State:
            texts = [text for text, of in orders.states.items() if of is state]
            if texts and state is not State.UNSAID:
                said.append((status.isin(texts), int(state)))
    return ibis.cases(*said, else_=int(State.UNSAID)).cast("int64") if said else ibis.literal(0).cast("int64")


def _orders(lines: Table, answers: OrderAnswers) -> Table:
    """Make one row of each known customer's order, as `orders.purchases` does."""
    lines = lines.filter(lines["customer"].notnull())
    one = ibis.window(group_by=("order", "customer"))
    said = lines["state"].nullif(0)
    # The lines of an order that have different states each have their own.
    mixed = (said.min().over(one) != said.max().over(one)).fill_null(ibis.literal(value=False))
    lines = lines.mutate(mixed=mixed)
    own = lines["mixed"] & (lines["amount"] > 0)
    given = ibis.cases((own & (lines["state"] == int(State.REFUNDED)), lines["amount"]), else_=_nothing())
    void = own & (lines["state"] == int(State.CANCELLED))
    lines = lines.mutate(
        given=given,
        amount=ibis.cases((void, _nothing()), else_=lines["amount"]),
        state=ibis.cases((lines["mixed"] & (lines["state"] >= int(State.REFUNDED)), 0), else_=lines["state"]),
    )
    amount = lines["amount"]
    above = ibis.cases((amount > 0, amount))
    below = ibis.cases((amount < 0, -amount), else_=_nothing())
    whole = answers.amounts_per is AmountsPer.ORDER
    of_lines = _largest if whole else _total
    orders = lines.group_by("order", "customer").agg(
        day=lines["day"].min(),
        filled=amount.count(),
        paid=of_lines(above),
        below=of_lines(below),
        given=of_lines(lines["given"]),
        refund=of_lines(lines["refund"]),
        currency=lines["currency"].max(),
        state=lines["state"].max(),
        as_of=lines["as_of"].max(),
    )
    return orders.filter((orders["filled"] > 0) & orders["day"].notnull() & (orders["day"] <= orders["as_of"]))


def _valued(orders: Table, how: OrderTable) -> Table:
    """Say what each order is worth, whether it counts, and whether something was given back."""
    if how.answers.currency is not None and Role.CURRENCY in how.columns:
        orders = orders.filter(orders["currency"] == how.answers.currency.upper())
    paid, refund = (orders[name].fill_null(_nothing()) for name in ("paid", "refund"))
    back = (
        (orders["below"] + orders["given"])
        if how.answers.amounts_per is not AmountsPer.ORDER
        else ibis.greatest(orders["below"], orders["given"])
    )
    if how.answers.gross:
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


def _largest(values: NumericValue) -> NumericValue:
    return values.max()


def _total(values: NumericValue) -> NumericValue:
    return values.sum()


def _one_if(condition: BooleanValue) -> NumericValue:
    # Not every engine takes a truth value for a number.
    return ibis.cases((condition, 1), else_=0).cast("int64")


def _nothing() -> NumericValue:
    return ibis.literal(0).cast(_MONEY)


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
    return scored.select(*(name for name in scored.columns if name != "some"), rfm_score=whole)
