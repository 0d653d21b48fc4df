"""A file of orders → a file of customers: mapping, one pass for forms, one for lines, then orders, then customers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from segmentation.errors import BadInput
from segmentation.orders.answers import AmountsPer, OrderAnswers, ask_all
from segmentation.orders.derivation.customers import Customers, derive
from segmentation.orders.derivation.purchases import PART_LINES, OrderMaker, too_wide
from segmentation.orders.derivation.spooled import Spooled, Spooler
from segmentation.orders.evidence import order_rows
from segmentation.orders.headings import Role, is_of_orders
from segmentation.orders.line_currencies import with_contradictions
from segmentation.orders.mapping import find_columns
from segmentation.orders.report import NOBODY_LEFT, RfmReport, Story, report_of
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.reading.shape import UNKNOWN_COLUMNS
from segmentation.reading.source import opened_source
from segmentation.reading.table import DEFAULT_LIMITS, Limits, Table, open_table
from segmentation.scoring.replacing import replacing

NOTHING_DECIDED: Final = OrderAnswers()
_FIRST_ROWS: Final = 2000


@dataclass(frozen=True)
class Derived:
    """The customers of a file of orders, while that is open.

    Parameters
    ----------
    story
        What is known of the file.
    customers
        Everybody in it.
    """

    story: Story
    customers: Customers

    def write(self, target: Path, *, only_with_orders: bool = False) -> RfmReport:
        """Write the customers as CSV, all or those with an order that counts, and report on the file."""
        written = self.customers.with_orders if only_with_orders else self.customers
        with replacing(target) as file:
            changed = written.write(file)
        return report_of(self.story, self.customers, changed)


@contextmanager
def opened_orders(
    source: Path,
    *,
    answers: OrderAnswers = NOTHING_DECIDED,
    limits: Limits = DEFAULT_LIMITS,
    part_lines: int = PART_LINES,
    progress: Callable[[int], None] | None = None,
    scratch: Path | None = None,
) -> Iterator[Derived]:
    """Derive the customers of a file of orders, and keep that open.

    Lines and orders are kept on disk; memory holds some blocks, `part_lines` lines, and the customers.

    Parameters
    ----------
    answers
        What a person has decided where the file can be read in several ways.
    part_lines
        About how many lines are held in memory at once.
    progress
        Called with the number of lines read.
    scratch
        Where to keep lines and orders; None for the system's own folder.

    Raises
    ------
    Question
        When the file can be read in several ways and `answers` does not say which.
    BadInput
        When it is too large or holds no orders.
    OSError
        When it cannot be read.
    """
    with (
        opened_source(source, UNKNOWN_COLUMNS, sheet=answers.file.sheet, limits=limits, scratch=scratch) as opened,
        tempfile.TemporaryDirectory(prefix="segbot-orders-", dir=scratch) as folder,
    ):
        table = open_table(opened, UNKNOWN_COLUMNS, limits=limits)
        first = first_rows(table)
        columns = find_columns(tuple(map(shown, table.layout.header)), first, answers)
        typed = frozenset() if opened.workbook is None else opened.workbook.table.typed
        spooler = Spooler(table, columns, typed, answers, Path(folder, "lines"), part_lines, progress)
        spooled = spooler.spool(first)
        story = Story(columns, answers, spooled.counts, table=table, forms=spooled.forms)
        maker = _maker(story)
        if not _counted(story, maker, spooled, Path(folder, "orders")):
            spooled = spooler.spool(first, exact=True)
            _counted(story, maker, spooled, Path(folder, "orders"))
        yield Derived(story, _customers(story, _valued(story, maker, Path(folder, "orders")), spooled.names))


def derive_customers(
    source: Path,
    target: Path,
    *,
    answers: OrderAnswers = NOTHING_DECIDED,
    limits: Limits = DEFAULT_LIMITS,
    part_lines: int = PART_LINES,
    progress: Callable[[int], None] | None = None,
) -> RfmReport:
    """Read a file of orders and write one row a customer, as CSV.

    Parameters and errors as for `opened_orders`; OSError also when the result cannot be written.
    """
    with opened_orders(source, answers=answers, limits=limits, part_lines=part_lines, progress=progress) as derived:
        return derived.write(target)


def first_rows(table: Table) -> pl.DataFrame:
    """Return the first rows of a table, all cells as text."""
    for block in table.blocks():
        return order_rows(table, block, range(table.layout.width)).head(_FIRST_ROWS)
    raise BadInput("The file has a header but no rows. Export it again, with the orders below.")


def _maker(story: Story) -> OrderMaker:
    """Return what makes orders of a file's lines.

    Raises
    ------
    BadInput
        When too many lines cannot be read.
    """
    story.check_lines(story.forms.rows)
    columns, places = story.columns, story.columns.places
    of_orders = is_of_orders(_amount(story))
    return OrderMaker(story.answers, Role.ORDER in places, of_orders, Role.REFUND in places, columns.currency)


def _amount(story: Story) -> str:
    return story.columns.name(story.columns.money)


def _counted(story: Story, maker: OrderMaker, spooled: Spooled, folder: Path) -> bool:
    """Make orders of a file's lines and keep them in a folder; false if a question is to show the texts of lines."""
    folder.mkdir(exist_ok=True)
    story.orders = maker.spool(spooled.parts.parts(), folder, too_wide(story.lines.largest, story.lines.rows))
    return spooled.names is None or not story.orders.repeats or story.answers.repeats is not None


def _valued(story: Story, maker: OrderMaker, folder: Path) -> pl.LazyFrame:
    """Say what each order was worth.

    Raises
    ------
    Question
        When that can be read in several ways.
    """
    open_questions = list(maker.questions(story.orders, _amount(story)))
    ask_all(with_contradictions(story.columns, story.lines.contradicted, open_questions))
    story.per = maker.amounts_per(story.orders) or AmountsPer.LINE
    return maker.valued(pl.scan_ipc(folder / "*.arrow"), story.per)


def _customers(story: Story, orders: pl.LazyFrame, names: pl.Series | None) -> Customers:
    """Derive customers from the orders in the chosen currency up to the reference day."""
    story.check_currency()
    if story.answers.currency is not None:
        orders = orders.filter(pl.col("currency").eq_missing(pl.lit(story.currency, dtype=pl.String)))
    later = pl.col("day") > story.as_of
    story.later = int(orders.filter(later).select(pl.len()).collect().item())
    customers = derive(orders.filter(~later), story.as_of, names)
    if not customers.count:
        raise BadInput(NOBODY_LEFT)
    return customers
