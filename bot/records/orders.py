"""A file of orders whose customers could be segmented: what is stored and shown of it, and the retrain that does it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.records.retrain_job import RetrainJob

if TYPE_CHECKING:
    from segmentation.orders.report import RfmReport


@dataclass(frozen=True, slots=True)
class OfferedOrders:
    """What a file of orders holds: counts and sentences, nobody's values.

    Parameters
    ----------
    lines, orders, customers
        As `RfmReport` counts them.
    as_of
        The day recency is counted to, in words.
    currency
        The currency of the orders; empty if they name none.
    notes
        What was assumed and left out.
    """

    lines: int
    orders: int
    customers: int
    as_of: str
    currency: str = ""
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, report: RfmReport, day: str) -> OfferedOrders:
        """Return what is kept of a report; `day` is its reference day in words."""
        return cls(report.lines, report.orders, report.customers, day, report.currency or "", report.notes)


def orders_request(team: str, job: str) -> RetrainJob:
    """Return the retrain on the orders that a file job offered, before it is known who wants it.

    Its id follows from the file job's, so that two admins who click cause one training.
    """
    return RetrainJob(team, "", "", key=f"orders-{hashlib.sha256(job.encode()).hexdigest()[:16]}", orders=True)
