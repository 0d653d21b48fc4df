"""Columns that hold no feature: which of them hold amounts, and so say how the file's author writes numbers.

Days such as 12.05, times such as 14.30, versions such as 1.2 and coordinates have a mark as well, but people who write
2.288 for two thousand write them so too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from segmentation.reading.numerals.evidence import Evidence

_MARKED: Final = r"(?:[0-9]|^\s*-?)[.,][0-9]"
_CENTS: Final = r"[.,][0-9]{2}\D*$"
# A number has no such zero; days and times have.
_LEADING_ZERO: Final = r"^\s*0[0-9]+[.,]"
_DAY_OR_TIME: Final = (
    r"^\s*(?:(?:0?[1-9]|[12][0-9]|3[01])[.,](?:0[1-9]|1[0-2])|(?:[01]?[0-9]|2[0-4])[.,][0-5][0-9])\s*$"
)
# Shares of a column's cells with a mark: half must have two decimals, and some must be neither a day nor a time.
_HALF: Final = 0.5
_SOME: Final = 0.05


@dataclass
class OtherColumn:
    """What has been seen of a column that holds no feature."""

    evidence: Evidence = field(default_factory=lambda: Evidence(None))
    marked: int = 0
    cents: int = 0
    amounts: int = 0
    leading_zeros: int = 0

    def add(self, texts: pl.Series) -> None:
        """Take in some cells."""
        self.evidence.add(texts)
        marked = texts.filter(texts.str.contains(_MARKED))
        self.marked += len(marked)
        self.cents += int(marked.str.contains(_CENTS).sum())
        self.amounts += int((~marked.str.contains(_DAY_OR_TIME)).sum())
        self.leading_zeros += int(marked.str.contains(_LEADING_ZERO).sum())

    @property
    def holds_amounts(self) -> bool:
        """Whether the cells with a mark have cents, as versions and coordinates have not, and are not days or times."""
        return (
            not self.leading_zeros and self.cents >= _HALF * self.marked and self.amounts >= max(1, _SOME * self.marked)
        )
