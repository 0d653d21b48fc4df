"""A file of orders → its customers, each scored by a model that knows recency, frequency and money."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from segmentation.errors import BadInput
from segmentation.orders.report import RfmReport
from segmentation.orders.rfm import NOTHING_DECIDED, Derived, opened_orders
from segmentation.orders.rfm_schema import money_unit, reads_customers
from segmentation.orders.segments_of_lines import write_lines
from segmentation.reading.layout import COLUMNS_READ
from segmentation.reading.questions import Answers
from segmentation.reading.table import DEFAULT_LIMITS, Limits
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.result import SEGMENT
from segmentation.scoring.score import score_file

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.orders.answers import OrderAnswers
    from segmentation.orders.derivation.customers import Customers
    from segmentation.schema import Schema


@dataclass(frozen=True)
class ScoredOrders:
    """What became of a file of orders: the customers' report, and the orders' before it.

    `score.notes` begin with what was made of the orders.
    """

    score: ScoreReport
    orders: RfmReport


def score_orders(
    source: Path,
    target: Path,
    model: SegmentModel,
    *,
    answers: OrderAnswers = NOTHING_DECIDED,
    lines: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[int], None] | None = None,
    scratch: Path | None = None,
) -> ScoredOrders:
    """Derive the customers of a file of orders and score them into a CSV: one row a customer, as `segbot rfm` writes.

    Parameters
    ----------
    answers
        What a person has decided where the file can be read in several ways.
    lines
        Where to write the order lines with their customer's segment, too; None for nowhere.
    progress
        Called with the number of lines read.
    scratch
        Where to write on the way; None for the system's own folder.

    Raises
    ------
    Question
        When the file can be read in several ways and `answers` does not say which.
    BadInput
        When the file holds no orders, or the model knows other features or another currency.
    OSError
        When a file cannot be read or written.
    """
    with (
        opened_orders(source, answers=answers, limits=limits, progress=progress, scratch=scratch) as derived,
        tempfile.TemporaryDirectory(prefix="segbot-", dir=scratch) as folder,
    ):
        customers = Path(folder, "customers.csv")
        orders = _written(derived, customers, model.schema)
        report = score_file(customers, target, model, limits=limits, answers=about_customers(answers), scratch=scratch)
        if lines is not None:
            write_lines(derived.story, _segments(derived.customers, target), lines)
    return ScoredOrders(replace(report, notes=after_making(said_of(orders), report.notes)), orders)


def customers_to_score(
    source: Path,
    target: Path,
    schema: Schema,
    *,
    answers: OrderAnswers = NOTHING_DECIDED,
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[int], None] | None = None,
    scratch: Path | None = None,
) -> RfmReport:
    """Derive the customers of a file of orders for a model with that schema; options and errors as `score_orders`."""
    with opened_orders(source, answers=answers, limits=limits, progress=progress, scratch=scratch) as derived:
        return _written(derived, target, schema)


def about_customers(answers: OrderAnswers) -> Answers:
    """Return what is to be said of the table of customers: its numbers are plain, so only their unit is doubtful."""
    return Answers(factors=answers.file.factors)


def said_of(orders: RfmReport) -> tuple[str, ...]:
    """Return the notes on orders with which a report on their customers begins."""
    return (f"{orders.sentence} One row a customer.", *orders.notes)


def _written(derived: Derived, target: Path, schema: Schema) -> RfmReport:
    if not reads_customers(schema):
        raise BadInput(
            f"The model in service knows {', '.join(schema.names)}, which orders don't tell. "
            "Train one on the customers of these orders first: segbot train ORDERS --orders"
        )
    _check_currency(schema, derived.story.currency)
    return derived.write(target)


def _check_currency(schema: Schema, currency: str | None) -> None:
    unit = money_unit(schema)
    if unit and currency is not None and currency != unit:
        raise BadInput(
            f"The model in service knows money in {unit}, and these orders are in {currency}. "
            f"Send the orders in {unit}, or train a model on those in {currency}."
        )


def _segments(customers: Customers, scored: Path) -> pl.DataFrame:
    """Return each customer's segment; the rows of the scored file are the customers', in their order."""
    rows = pl.read_csv(scored, columns=[SEGMENT], infer_schema=False)
    return pl.DataFrame({"customer": customers.table["customer_id"], SEGMENT: rows[SEGMENT]})


def after_making(said: tuple[str, ...], notes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the notes on a file that segbot made of another one: what was said of that, then what is new.

    Which columns were read is said of the file that a person knows, not again of the one in between.

    >>> after_making(("Columns read: who from “Buyer”.",), ("Columns read: recency from “recency”.", "1 id repeats."))
    ('Columns read: who from “Buyer”.', '1 id repeats.')
    """
    return (*said, *(note for note in notes if not said or not note.startswith(COLUMNS_READ)))
