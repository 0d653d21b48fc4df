"""What the command line prints of customers derived from orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segmentation.orders.report import RfmReport


def rfm_text(report: RfmReport) -> str:
    """Return a derivation's summary as text."""
    return "\n".join([report.sentence, *(f"- {note}" for note in report.notes)])
