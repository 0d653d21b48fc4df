"""A table of order lines → each line as the file path reads it, as a query: who, which order, which day, how much.

The definitions are those of `segmentation.orders.lines` and of the grouping in
`segmentation.orders.derivation.purchases`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis

from segmentation.orders.answers import Discounts, OrdersPer, Repeats
from segmentation.orders.cells.dates import FIRST_DAY, LAST_DAY
from segmentation.orders.cells.nothing import GUESTS, NOTHING, ROUNDED
from segmentation.orders.cells.states import State
from segmentation.orders.currencies import CODES, signs_of
from segmentation.orders.headings import Role, names_types
from segmentation.orders.lines import NOT_CANCELLED
from segmentation.warehouse.expressions.values import is_missing
from segmentation.warehouse.rfm.table import trimmed
from segmentation.writing.folding import fold_key

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Column, NumericValue, StringValue, Table

    from segmentation.orders.mapping import OrderColumns
    from segmentation.warehouse.rfm.table import OrderTable

# Sums of so many digits are exact in every engine; a millionth is enough for any price.
MONEY: Final = "decimal(35, 6)"
# Ibis takes a product's type for that of its factors and leaves out a cast to it; so products are cast to MONEY first.
_FACTOR: Final = "decimal(18, 6)"
# A discount as a share: the product with what was paid has 38 digits at most, so no engine rounds it.
_RATE: Final = "decimal(18, 8)"
_PERCENT: Final = "decimal(16, 6)"
# As in a file, larger numbers are no payments.
_LARGEST: Final = 10**12
# What stands between the words of a status.
_MARKS: Final = (" ", "_", "-")
_SPACES: Final = (" ", "\t", "\n")


def read_lines(table: Table, how: OrderTable) -> Table:
    """Read each line of a table.

    Returns
    -------
    ibis.Table
        order and alone: lines with both alike are of one order, an order's number being NULL if it has none · customer:
        NULL for guests · day · amount and refund (decimal, millionths) · currency · state. Lines whose amounts are no
        payments are left out.
    """
    if how.answers.repeats is Repeats.DROP:
        table = table.distinct()
    amount, refund = _amount(table, how), ibis.null(MONEY)
    readable = [_is_payment(table[how.columns.name(role)]) for role in _MONEY_ROLES if how.has(role)]
    if how.has(Role.REFUND):
        refund = _money(table[how.columns.name(Role.REFUND)], MONEY).abs()
    readable.append(~is_of_other_years(table, how.columns))
    lines = table.mutate(segbot_amount=amount, segbot_refund=refund)
    for condition in readable:
        lines = lines.filter(condition)
    state = _state(lines, how)
    paid = lines["segbot_amount"]
    if how.has(Role.STATUS) and how.answers.unpaid:
        paid = ibis.cases((_ignored(lines, how) & (paid < 0), ibis.literal(0).cast(MONEY)), else_=paid)
    if how.has(Role.STATUS) and names_types(how.columns.name(Role.STATUS)):
        # A line of the type "return" gives money back, whichever sign it has.
        paid = ibis.cases((state == int(State.REFUNDED), -paid.abs()), else_=paid)
        state = ibis.cases((state == int(State.REFUNDED), int(State.UNSAID)), else_=state).cast("int64")
    read = lines.select(
        customer=_who(lines, how),
        order=_something(lines, how, Role.ORDER),
        day=lines[how.columns.name(Role.DATE)].cast("date"),
        amount=paid,
        refund=lines["segbot_refund"],
        currency=_currency(lines, how),
        state=state,
    )
    return _filled(_numbered(read, how), how)


_MONEY_ROLES: Final = (Role.AMOUNT, Role.PRICE, Role.QUANTITY, Role.REFUND)


def _amount(table: Table, how: OrderTable) -> NumericValue:
    """Return what was paid for each line: the amount, or quantity × price less the discount."""
    if how.has(Role.AMOUNT):
        return _money(table[how.columns.name(Role.AMOUNT)], MONEY)
    price, quantity = (_money(table[how.columns.name(role)], _FACTOR) for role in (Role.PRICE, Role.QUANTITY))
    kind = how.answers.discounts or Discounts.NONE
    if kind is Discounts.NONE or not how.has(Role.DISCOUNT):
        return (price * quantity).cast(MONEY)
    size = table[how.columns.name(Role.DISCOUNT)]
    if kind is Discounts.PIECE:
        return ((price - _off(size, _FACTOR)) * quantity).cast(MONEY)
    paid = (price * quantity).cast(MONEY).cast(_FACTOR)
    if kind is Discounts.LINE:
        off = _off(size, _FACTOR)
        return ibis.cases((paid > 0, paid - off), (paid < 0, paid + off), else_=paid).cast(MONEY)
    rate = _off(size, _PERCENT).cast(_RATE)
    if kind is Discounts.PERCENT:
        rate = (rate * ibis.literal("0.01").cast("decimal(3, 2)")).cast("decimal(22, 10)").cast(_RATE)
    return (paid * (ibis.literal(1).cast(_RATE) - rate)).cast(MONEY)


def _off(size: Column, kind: str) -> NumericValue:
    """Return a discount whatever its sign; without one nothing is taken off."""
    return _money(size, kind).abs().fill_null(ibis.literal(0).cast(kind))


def is_of_other_years(table: Table, columns: OrderColumns) -> BooleanValue:
    """Tell which lines have a date that is before or after all orders."""
    day = table[columns.name(Role.DATE)].cast("date")
    first, last = (ibis.literal(each).cast("date") for each in (FIRST_DAY, LAST_DAY))
    return ((day < first) | (day > last)).fill_null(ibis.literal(value=False))


def _money(column: Column, kind: str) -> NumericValue:
    if column.type().is_floating():
        # NaN and infinity are no money, and some engines cannot make a decimal of them.
        column = ibis.cases((~is_missing(column) & (column.abs() < ibis.literal(float(_LARGEST))), column))
    return column.cast(kind)


def _is_payment(column: Column) -> BooleanValue:
    """Say whether a number is missing or small enough to be money; as in a file, NaN is nothing."""
    if not column.type().is_floating():
        return column.isnull() | (column.abs() <= _LARGEST)
    return is_missing(column) | column.isnan() | (column.abs() <= ibis.literal(float(_LARGEST)))


def _text(table: Table, how: OrderTable, role: Role) -> StringValue:
    return trimmed(table[how.columns.name(role)].cast("string"))


def _something(table: Table, how: OrderTable, role: Role) -> StringValue:
    """Return the texts of a column, NULL for what programs write for nothing."""
    if not how.has(role):
        return ibis.null("string")
    text = _text(table, how, role)
    return ibis.cases((text.lower().isin(sorted(NOTHING)), ibis.null("string")), else_=text)


def _who(table: Table, how: OrderTable) -> StringValue:
    """Return who bought, NULL for guests; of a line that pays back, who got the money, if a column says so."""
    text = _text(table, how, Role.CUSTOMER)
    if how.has(Role.PAYEE):
        text = ibis.cases((table["segbot_amount"] < 0, _text(table, how, Role.PAYEE)), else_=text)
    lower = text.lower()
    # One address is one person, however it was typed.
    mail = lower.like("%_@_%._%") & ~lower.like("%@%@%")
    for space in _SPACES:
        mail &= ~lower.contains(space)
    nobody = lower.isin(sorted(GUESTS)) | text.re_search(ROUNDED)
    return ibis.cases((nobody, ibis.null("string")), (mail, lower), else_=text)


def _currency(table: Table, how: OrderTable) -> StringValue:
    text = _something(table, how, Role.CURRENCY).upper()
    signs = [(text == sign, ibis.literal(code)) for sign, code in CODES.items()]
    if (named := how.columns.currency) is not None:
        # Of the currencies that a sign may mean, the amounts' heading names one.
        signs += [(text == sign, ibis.literal(named)) for sign in sorted(signs_of(named))]
    return ibis.cases(*signs, else_=text) if how.has(Role.CURRENCY) else text


def _ignored(table: Table, how: OrderTable) -> BooleanValue:
    """Tell which lines have a status of which a person said that it doesn't count."""
    texts = {fold_key(text) for text in how.answers.unpaid} if how.folded else how.answers.unpaid
    return _status(table, how).isin(sorted(texts)).fill_null(ibis.literal(value=False))


def _status(table: Table, how: OrderTable) -> StringValue:
    status = _text(table, how, Role.STATUS).lower()
    for mark in _MARKS if how.folded else ():
        status = status.replace(mark, "")
    return status


def _state(table: Table, how: OrderTable) -> NumericValue:
    said: list[tuple[BooleanValue, Any]] = []
    if how.has(Role.CANCELLED):
        cancelled = _something(table, how, Role.CANCELLED)
        said.append((cancelled.notnull() & ~cancelled.lower().isin(sorted(NOT_CANCELLED)), int(State.CANCELLED)))
    if how.has(Role.STATUS):
        status = _status(table, how)
        for state in State:
            texts = [text for text, of in how.states.items() if of is state]
            if texts and state is not State.UNSAID:
                said.append((status.isin(texts), int(state)))
    return ibis.cases(*said, else_=int(State.UNSAID)).cast("int64") if said else ibis.literal(0).cast("int64")


def _numbered(lines: Table, how: OrderTable) -> Table:
    """Give lines without an order number that of their customer's day, or tell them apart by a number of their own."""
    if not how.has(Role.ORDER) and how.answers.orders_per is OrdersPer.DAY:
        lines = lines.mutate(order=lines["customer"] + ibis.literal("\n") + lines["day"].cast("string"))
    if not how.unnumbered:
        return lines.mutate(alone=ibis.literal(0).cast("int64"))
    own = ibis.row_number().over(ibis.window(group_by=("order", "customer"), order_by="day"))
    return lines.mutate(alone=ibis.cases((lines["order"].isnull(), own), else_=0).cast("int64"))


def _filled(lines: Table, how: OrderTable) -> Table:
    """Fill what stands on an order's first line only, unless its lines differ."""
    numbered = ibis.window(group_by="order")
    for role in (Role.CUSTOMER, Role.CURRENCY):
        if role not in how.filled or not how.has(role):
            continue
        column = lines[role.value]
        alike = column.min().over(numbered) == column.max().over(numbered)
        lacking = column.isnull() & lines["order"].notnull()
        filled = ibis.cases((lacking & alike, column.max().over(numbered)), else_=column)
        lines = lines.mutate(**{role.value: filled})
    if (named := how.columns.currency) is None:
        return lines
    return lines.mutate(currency=lines["currency"].fill_null(ibis.literal(named)))
