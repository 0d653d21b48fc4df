"""A dropped file that lists orders: told from other files, and turned into customers or offered for that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.records.file_job import ScoringOutcome
from bot.records.orders import OfferedOrders
from bot.records.stored import encode
from segmentation.orders.cells.dates import day_text
from segmentation.orders.recognise import lists_orders
from segmentation.orders.rfm import opened_orders
from segmentation.orders.score import customers_to_score, said_of
from segmentation.reading.ids.order_lines import ORDERS_ADVICE

if TYPE_CHECKING:
    from bot.jobs.files.other_columns import OtherFile
    from segmentation.orders.answers import OrderAnswers
    from segmentation.schema import Schema

Progress = Callable[[int], None]


def is_of_orders(file: OtherFile, refusal: str = "") -> bool:
    """Tell whether a file lists orders. Reads it; call it in a thread.

    Parameters
    ----------
    refusal
        What was said of its header, if it was looked at for a model's columns.
    """
    return ORDERS_ADVICE in refusal or lists_orders(
        file.source, sheet=file.answers.sheet, limits=file.limits, scratch=file.scratch
    )


def offer_of(file: OtherFile, answers: OrderAnswers, progress: Progress) -> ScoringOutcome:
    """Say what could be made of a file of orders. Reads it; call it in a thread.

    Raises
    ------
    Question, BadInput, OSError
        As `opened_orders`.
    """
    with opened_orders(
        file.source, answers=answers, limits=file.limits, progress=progress, scratch=file.scratch
    ) as derived:
        report = derived.write(file.scratch / "customers.csv")
    # The sentence is for releases that know nothing of offers.
    return ScoringOutcome(failure=report.sentence, orders=encode(OfferedOrders.of(report, day_text(report.as_of))))


def derive(file: OtherFile, answers: OrderAnswers, schema: Schema, progress: Progress) -> tuple[Path, tuple[str, ...]]:
    """Write the customers of a file of orders for a model with that schema; return where, and what to say of it.

    Reads the file; call it in a thread. Errors as for `customers_to_score`.
    """
    target = file.scratch / "customers.csv"
    report = customers_to_score(
        file.source, target, schema, answers=answers, limits=file.limits, progress=progress, scratch=file.scratch
    )
    return target, said_of(report)
