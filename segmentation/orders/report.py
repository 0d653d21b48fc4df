"""What became of a file of orders: the numbers, and what was assumed and left out in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from segmentation.errors import BadInput
from segmentation.numbers.values import quote
from segmentation.orders.answers import AmountsPer, OrderAnswers, Repeats
from segmentation.orders.cells.dates import FIRST_DAY, LAST_DAY, day_text
from segmentation.orders.cells.nothing import ROUNDED
from segmentation.orders.derivation.currency_choice import chosen_currency
from segmentation.orders.derivation.customers import Customers
from segmentation.orders.derivation.purchases import OrderCounts
from segmentation.orders.evidence import Forms
from segmentation.orders.headings import Role
from segmentation.orders.lines import LineCounts
from segmentation.orders.mapping import OrderColumns, mapping_notes
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.reading.shape import UNKNOWN_COLUMNS
from segmentation.reading.table import Table

_SHOWN: Final = 3
_HALF: Final = 0.5
NOBODY_LEFT: Final = (
    "No order of a known customer is left: all are guests', later than the day asked for, or without an amount. Choose "
    "another column or day."
)


@dataclass
class Told:
    """What is known of a file or a table of orders so far, for the report.

    Attributes
    ----------
    columns, answers
        Its columns, and what a person has decided.
    lines, orders
        What its lines and orders say.
    per
        What an amount is for.
    later
        Orders that are later than the reference day.
    """

    columns: OrderColumns
    answers: OrderAnswers
    lines: LineCounts = field(default_factory=LineCounts)
    orders: OrderCounts = field(default_factory=OrderCounts)
    per: AmountsPer = AmountsPer.LINE
    later: int = 0

    @property
    def as_of(self) -> date:
        """The reference day."""
        last = self.answers.as_of or self.lines.last_day
        assert last is not None  # noqa: S101 - told to the type checker: orders without dates were refused
        return last

    @property
    def currency(self) -> str | None:
        """The currency of the orders that are read; None if they name none."""
        if self.answers.currency is not None:
            return chosen_currency(self.answers.currency)
        return next(iter(self.orders.currencies), None)

    def check_lines(self, rows: int) -> None:
        """Refuse orders of which most lines cannot be read.

        Parameters
        ----------
        rows
            How many lines there are.
        """
        left_out = self.lines.undated + self.lines.unpriced
        if self.lines.last_day is None or left_out > _HALF * rows:
            raise BadInput(
                f"I can't read the dates or amounts of {left_out:,} of {rows:,} lines. {other_years(self.lines)}"
                f"{self.columns.note} "
                "Name other columns with --column date=NAME or --column amount=NAME."
            )

    def check_currency(self) -> None:
        """Refuse a chosen currency that no order is in."""
        if self.answers.currency is not None and self.currency not in self.orders.currencies:
            there = ", ".join(sorted(currency or "none" for currency in self.orders.currencies))
            raise BadInput(f"No order is in {self.answers.currency}. The currencies are: {there}.")


@dataclass(kw_only=True)
class Story(Told):
    """What is known of a file of orders.

    Attributes
    ----------
    table, forms
        The file, and how its cells are written.
    """

    table: Table
    forms: Forms


@dataclass(frozen=True)
class RfmReport:
    """What became of a file of orders.

    Parameters
    ----------
    lines, orders, customers
        Lines that were read, orders that count, and customers in the result.
    without_orders
        Customers in the result with refunds or cancelled orders only; they have no recency.
    guests
        Orders of nobody known; they are not in the result.
    as_of
        The day recency is counted to.
    currency
        The currency of the amounts; None if the file names none.
    columns
        By role, the name of the column.
    notes
        What was assumed and left out, as sentences.
    """

    lines: int
    orders: int
    customers: int
    without_orders: int
    guests: int
    as_of: date
    currency: str | None
    columns: dict[str, str]
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What the file holds: lines, orders, customers, currency and reference day."""
        money = f", in {self.currency}" if self.currency else ""
        return (
            f"{counted(self.lines, 'order line')}: {counted(self.orders, 'order')} of "
            f"{counted(self.customers, 'customer')}{money}, as of {day_text(self.as_of)}."
        )

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form, without any cell."""
        return {
            "lines": self.lines,
            "orders": self.orders,
            "customers": self.customers,
            "without_orders": self.without_orders,
            "guests": self.guests,
            "as_of": self.as_of.isoformat(),
            "currency": self.currency,
            "columns": self.columns,
            "notes": list(self.notes),
        }


def report_of(story: Story, customers: Customers, changed: int) -> RfmReport:
    """Report on a file.

    Parameters
    ----------
    changed
        How many ids the formula guard changed.
    """
    table = story.table
    notes = [*mapping_notes(story.columns), *table.remarks, *map(shown, table.layout.notes(UNKNOWN_COLUMNS))]
    notes += [
        *table.encoded.notes,
        *day_notes(story, "file"),
        *story.forms.dates.notes(story.columns.name(Role.DATE), story.answers),
        *story.forms.notes,
        *money_notes(story, customers.without_orders),
        *left_out_notes(story, story.forms.others),
        *alike_notes(customers.nearly_alike),
    ]
    if changed:
        notes.append(guarded_note(changed))
    return told_report(story, (customers.count, customers.orders, customers.without_orders), notes)


def alike_notes(number: int) -> Iterator[str]:
    """Say how many ids differ from another one only in capitals or spaces."""
    if number:
        ids = "1 id differs" if number == 1 else f"{number:,} ids differ"
        yield f"{ids} from another only in capitals or spaces; each is a customer of its own."


def guarded_note(changed: int) -> str:
    """Say how many ids the formula guard changed."""
    return f"{counted(changed, 'id')} got a leading apostrophe, so that no spreadsheet runs it as a formula."


def told_report(told: Told, made: tuple[int, int, int], notes: Iterable[str]) -> RfmReport:
    """Report on a file or a table.

    Parameters
    ----------
    made
        How many customers, orders that count, and customers without any.
    """
    customers, orders, without_orders = made
    return RfmReport(
        lines=told.lines.rows,
        orders=orders,
        customers=customers,
        without_orders=without_orders,
        guests=told.orders.guest_orders,
        as_of=told.as_of,
        currency=told.currency,
        columns={role.value: told.columns.header[at] for role, at in told.columns.places.items()},
        notes=tuple(notes),
    )


def day_notes(told: Told, source: str) -> Iterator[str]:
    """Say what recency is counted to, in which time zone, and of which day an order is.

    Parameters
    ----------
    source
        "file" or "table".
    """
    why = "as you said" if told.answers.as_of else f"the {source}'s last day"
    yield f"Recency is counted to {day_text(told.as_of)}, {why}. Days are as written, in the {source}'s time zone."
    if told.orders.spread:
        orders = counted(told.orders.spread, "order")
        yield f"Lines of several days have one order number in {orders}; each is one order, of its first day."


def money_notes(told: Told, without_orders: int) -> Iterator[str]:
    """Say what became of refunds, repeated lines and other currencies."""
    if told.answers.gross:
        yield "Refunds and cancellations were ignored, as you said."
    else:
        yield (
            "Refunds and cancelled orders reduce the money and don't count as orders; nor does an order of which "
            "nothing is left."
        )
    if without_orders:
        some = counted(without_orders, "customer")
        yield f"{some} had refunds or cancelled orders only: listed without recency, and in no segment."
    if told.orders.partly:
        some = counted(told.orders.partly, "order")
        yield f"Refunded in part, but no column says how much: {some}, counted in full."
    several = told.orders.alike + told.orders.varying
    if several and told.per is AmountsPer.ORDER:
        yield "An amount is for the whole order and was taken once from its lines."
    if told.orders.repeats:
        what = "counted once" if told.answers.repeats is Repeats.DROP else "counted each time"
        yield f"Lines that repeat another in every column: {told.orders.repeats:,}, {what}, as you said."
    others = {k: n for k, n in told.orders.currencies.items() if k != told.currency}
    if others:
        listed = ", ".join(
            f"{n:,} in {k or 'no currency'}" for k, n in sorted(others.items(), key=lambda p: p[0] or "")
        )
        yield f"Only orders in {told.currency or 'no currency'} were read; left out: {listed}."


def left_out_notes(told: Told, others: int) -> Iterator[str]:
    """Say which lines and orders were left out, and why.

    Parameters
    ----------
    others
        Rows that are no order lines.
    """
    counts = told.orders
    if counts.guest_orders:
        words = [quote(word) for word in sorted(told.lines.guest_words)][:3]
        of = f" (such as {', '.join(words)})" if words else ""
        yield f"Left out {counted(counts.guest_orders, 'order')} of guests, without an id{of}."
    if rounded := sorted(word for word in told.lines.guest_words if re.search(ROUNDED, word)):
        yield (
            f"A spreadsheet took the last digits off ids such as {quote(rounded[0])}, so they tell nobody apart. "
            "Export the file again without opening it in a spreadsheet."
        )
    for number, what, why in (
        (told.lines.undated, "line", f"the date can't be read. {other_years(told.lines)}".rstrip(" .")),
        (told.lines.unpriced, "line", "the amount can't be read"),
        (counts.undated, "order", "there is no date"),
        (counts.priceless, "order", "there is no amount"),
        (others, "line", "a total, blank, or not as wide as the header"),
        (told.later, "order", f"later than {day_text(told.as_of)}"),
    ):
        if number:
            yield f"Left out {counted(number, what)}: {why}."


def other_years(lines: LineCounts) -> str:
    """Say which date is of no year that orders are of, followed by a space; nothing if none is."""
    first, last = FIRST_DAY.year, LAST_DAY.year
    return "".join(
        f"The year of {quote(text)} is not between {first} and {last}; if it is another calendar's, convert the dates. "
        for text in lines.other_years
    )


def counted(number: int, what: str) -> str:
    """Say how many of something there are.

    >>> counted(1, "order"), counted(1200, "order")
    ('1 order', '1,200 orders')
    """
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"
