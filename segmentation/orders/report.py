"""What became of a file of orders: the numbers, and what was assumed and left out in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from segmentation.numbers.values import quote
from segmentation.orders.answers import AmountsPer, OrderAnswers, Repeats
from segmentation.orders.cells.dates import day_text
from segmentation.orders.customers import Customers
from segmentation.orders.evidence import Forms
from segmentation.orders.headings import Role
from segmentation.orders.lines import LineCounts
from segmentation.orders.mapping import OrderColumns, mapping_notes
from segmentation.orders.purchases import OrderCounts, chosen_currency
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.reading.shape import UNKNOWN_COLUMNS
from segmentation.reading.table import Table

_SHOWN: Final = 3


@dataclass
class Story:
    """What is known of a file of orders so far, for the report.

    Attributes
    ----------
    table, columns, answers, forms
        The file, its columns, what a person has decided, and how its cells are written.
    lines, orders
        What its lines and orders say.
    per
        What an amount is for.
    later
        Orders that are later than the reference day.
    """

    table: Table
    columns: OrderColumns
    answers: OrderAnswers
    forms: Forms
    lines: LineCounts = field(default_factory=LineCounts)
    orders: OrderCounts = field(default_factory=OrderCounts)
    per: AmountsPer = AmountsPer.LINE
    later: int = 0

    @property
    def as_of(self) -> date:
        """The reference day."""
        last = self.answers.as_of or self.lines.last_day
        assert last is not None  # noqa: S101 - told to the type checker: a file without dates was refused
        return last

    @property
    def currency(self) -> str | None:
        """The currency of the orders that are read; None if the file names none."""
        if self.answers.currency is not None:
            return chosen_currency(self.answers.currency)
        return next(iter(self.orders.currencies), None)


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
        *_date_notes(story),
        *story.forms.notes,
        *_money_notes(story, customers),
        *_left_out(story),
    ]
    if changed:
        notes.append(f"{counted(changed, 'id')} got a leading apostrophe, so that no spreadsheet runs it as a formula.")
    return RfmReport(
        lines=story.lines.rows,
        orders=customers.orders,
        customers=customers.count,
        without_orders=customers.without_orders,
        guests=story.orders.guest_orders,
        as_of=story.as_of,
        currency=story.currency,
        columns={role.value: story.columns.header[at] for role, at in story.columns.places.items()},
        notes=tuple(notes),
    )


def _date_notes(story: Story) -> Iterator[str]:
    why = "as you said" if story.answers.as_of else "the file's last day"
    yield f"Recency is counted to {day_text(story.as_of)}, {why}. Days are as written, in the file's time zone."
    if story.orders.spread:
        orders = counted(story.orders.spread, "order")
        yield f"Lines of several days have one order number in {orders}; each is one order, of its first day."
    yield from story.forms.dates.notes(story.columns.name(Role.DATE), story.answers.days)


def _money_notes(story: Story, customers: Customers) -> Iterator[str]:
    if story.answers.gross:
        yield "Refunds and cancellations were ignored, as you said."
    else:
        yield (
            "Refunds and cancelled orders reduce the money and don't count as orders; nor does an order of which "
            "nothing is left."
        )
    if customers.without_orders:
        some = counted(customers.without_orders, "customer")
        yield f"{some} had refunds or cancelled orders only: listed without recency, and in no segment."
    if story.orders.partly:
        some = counted(story.orders.partly, "order")
        yield f"Refunded in part, but no column says how much: {some}, counted in full."
    several = story.orders.alike + story.orders.varying
    if several and story.per is AmountsPer.ORDER:
        yield "An amount is for the whole order and was taken once from its lines."
    if story.orders.repeats:
        what = "counted once" if story.answers.repeats is Repeats.DROP else "counted each time"
        yield f"Lines that repeat another in every column: {story.orders.repeats:,}, {what}, as you said."
    others = {k: n for k, n in story.orders.currencies.items() if k != story.currency}
    if others:
        listed = ", ".join(
            f"{n:,} in {k or 'no currency'}" for k, n in sorted(others.items(), key=lambda p: p[0] or "")
        )
        yield f"Only orders in {story.currency or 'no currency'} were read; left out: {listed}."


def _left_out(story: Story) -> Iterator[str]:
    counts = story.orders
    if counts.guest_orders:
        words = [quote(word) for word in sorted(story.lines.guest_words)][:3]
        of = f" (such as {', '.join(words)})" if words else ""
        yield f"Left out {counted(counts.guest_orders, 'order')} of guests, without an id{of}."
    for number, what, why in (
        (story.lines.undated, "line", "the date cannot be read"),
        (story.lines.unpriced, "line", "the amount cannot be read"),
        (counts.undated, "order", "there is no date"),
        (counts.priceless, "order", "there is no amount"),
        (story.forms.others, "line", "a total, blank, or not as wide as the header"),
        (story.later, "order", f"later than {day_text(story.as_of)}"),
    ):
        if number:
            yield f"Left out {counted(number, what)}: {why}."


def counted(number: int, what: str) -> str:
    """Say how many of something there are.

    >>> counted(1, "order"), counted(1200, "order")
    ('1 order', '1,200 orders')
    """
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"
