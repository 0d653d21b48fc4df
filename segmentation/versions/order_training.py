"""A file of orders → a candidate that tells its customers' segments."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from segmentation.orders.rfm import NOTHING_DECIDED, opened_orders
from segmentation.orders.rfm_schema import reads_customers, rfm_schema
from segmentation.reading.questions import Answers
from segmentation.reading.table import DEFAULT_LIMITS, Limits
from segmentation.versions.retraining import Run, TrainingOptions, train_file

if TYPE_CHECKING:
    from segmentation.orders.answers import OrderAnswers
    from segmentation.registry.registry import Registry
    from segmentation.schema import Schema


def train_orders(
    source: Path,
    registry: Registry,
    schema: Schema,
    *,
    answers: OrderAnswers = NOTHING_DECIDED,
    limits: Limits = DEFAULT_LIMITS,
    scratch: Path | None = None,
    **options: Unpack[TrainingOptions],
) -> Run:
    """Derive the customers of a file of orders, and train on those with an order that counts, as `train_file` does.

    Parameters
    ----------
    schema
        What somebody has set. It is used if customers derived from orders have its features, else that of recency,
        frequency and money in the orders' currency.
    answers
        What a person has decided where the file can be read in several ways.
    scratch
        Where to write on the way; None for the system's own folder.

    Raises
    ------
    Question
        When the file can be read in several ways and `answers` does not say which.
    BadInput
        When it holds no orders, or too few customers.
    OSError
        When it cannot be read.
    """
    if (say := options.get("progress")) is not None:
        say("Deriving customers from orders")
    with tempfile.TemporaryDirectory(prefix="segbot-", dir=scratch) as folder:
        customers = Path(folder, "customers.csv")
        with opened_orders(source, answers=answers, limits=limits, scratch=scratch) as derived:
            report = derived.write(customers, only_with_orders=True)
        own = schema if reads_customers(schema) else rfm_schema(report.currency)
        # The numbers are ours, so nobody is asked what their unit may be.
        return train_file(
            customers,
            registry,
            own,
            answers=Answers(factors=dict.fromkeys(own.names, 1.0)),
            said=(report.sentence, *report.notes),
            **options,
        )
