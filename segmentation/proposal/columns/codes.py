"""Tells numbers that only stand for something, such as post codes, contract numbers and instants, from measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segmentation.proposal.columns import words
from segmentation.proposal.columns.column import Kind
from segmentation.proposal.columns.heading import is_numbering

if TYPE_CHECKING:
    import polars as pl

    from segmentation.proposal.columns.heading import Heading

# Whole numbers of so few different values, in a column that is called a code, a type or the like, are categories.
MOST_CODES: Final = 200
# Numbers that people give to contracts, shops and the like have some digits; counts begin at 0 or 1.
_LEAST_NUMBERING: Final = 100
# Seconds since 1970 from 2000 to 2040, and the same in milliseconds, microseconds and nanoseconds.
_SECONDS: Final = (946_684_800, 2_208_988_800)
_PER_SECOND: Final = (1, 10**3, 10**6, 10**9)
# Days as Excel counts them, from 1954 to 2064.
_EXCEL_DAYS: Final = (20_000, 60_000)
_AS_ITS_NAME_SAYS: Final = "its whole numbers stand for something, as its name says"


def codes_in(cells: pl.Series, heading: Heading, distinct: int, *, measured: bool) -> tuple[Kind | None, str]:
    """Say which codes a column's numbers are, and why; None if they measure something.

    Parameters
    ----------
    cells
        String: numbers in plain digits, without empty ones.
    distinct
        How many different ones the whole file has.
    measured
        Whether the heading names something that numbers measure.
    """
    numbers = cells.cast(float, strict=False)
    if not len(numbers) or numbers.null_count() or not bool((numbers == numbers.floor()).all()):
        return None, ""
    low, high = float(numbers.min()), float(numbers.max())  # type: ignore[arg-type]  # of a column of numbers
    many = distinct > MOST_CODES
    if many and not heading.unit and (instants := _instants(low, high, heading)):
        return Kind.DATE, instants
    if many and low >= _LEAST_NUMBERING and is_numbering(heading.label):
        return Kind.CATEGORY, _AS_ITS_NAME_SAYS
    if not measured and heading.has(words.NEVER_MEASURED if many else words.CODE):
        return Kind.CATEGORY, _AS_ITS_NAME_SAYS
    return None, ""


def _instants(low: float, high: float, heading: Heading) -> str:
    """Say as what computers count time a column's numbers are; empty if they are none."""
    first, last = _SECONDS
    if any(first * per <= low and high <= last * per for per in _PER_SECOND) and not heading.has(words.MONEY):
        return "its numbers are instants, as computers count time since 1970"
    first, last = _EXCEL_DAYS
    if heading.has(words.DATE | words.EVENT) and first <= low and high <= last and not heading.has(words.MONEY):
        return "its numbers are days, as Excel counts them"
    return ""
