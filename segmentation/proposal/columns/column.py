"""What a column of a customer file is: its kind, what its values say, and why segbot thinks so."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from segmentation.numbers.number_forms import NumberStyle


class Kind(StrEnum):
    """What a column holds."""

    ID = "id"
    NUMBER = "number"
    MONEY = "money"
    COUNT = "count"
    SHARE = "share"
    CATEGORY = "category"
    DATE = "date"
    YES_NO = "yes/no"
    FREE_TEXT = "free text"
    CONSTANT = "constant"

    @property
    def is_number(self) -> bool:
        """Whether distances can be made of it."""
        return self in {Kind.NUMBER, Kind.MONEY, Kind.COUNT, Kind.SHARE}


@dataclass(frozen=True)
class NumberFacts:
    """What is known of the numbers of a column.

    Parameters
    ----------
    low, high
        The least and the largest number of the whole file, in `unit`.
    decimals
        Digits after the point.
    skew
        Skewness of the sample: 0 for a symmetric distribution, 2 for an exponential one.
    unit, unit_factor
        As a feature has them: "k$" and 1000; empty and 1 where nothing tells.
    bounds
        Bounds that the header states, as in "Score (1-100)"; None for none.
    style
        How the numbers are written.
    values
        Float64: the sampled rows' numbers; null where there is none.
    """

    low: float
    high: float
    decimals: int
    skew: float
    unit: str
    unit_factor: float
    bounds: tuple[float, float] | None
    style: NumberStyle
    values: pl.Series = field(repr=False)

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form, without any cell."""
        return {
            "low": self.low,
            "high": self.high,
            "decimals": self.decimals,
            "skew": self.skew,
            "unit": self.unit,
        }


@dataclass(frozen=True)
class Column:
    """One column of a file, as it was seen. It holds no cell of a column with personal data.

    Parameters
    ----------
    name
        As the header has it.
    label
        The name without its unit.
    kind, reason
        What it holds, and why, as a sentence without its full stop.
    missing
        Share of rows without a value.
    distinct
        How many different values there are; an estimate unless `distinct_exact`.
    commonest
        Share of the filled cells that hold the commonest value.
    unreadable
        Share of the filled cells of a column of numbers that are none.
    personal
        What personal data it holds, such as "e-mail addresses"; empty for none.
    numbers
        For the kinds that are numbers.
    values
        String: the sampled rows' cells of a column of few different values, trimmed; None for other columns.
    """

    name: str
    label: str
    kind: Kind
    reason: str
    missing: float
    distinct: int
    distinct_exact: bool
    commonest: float = 0.0
    unreadable: float = 0.0
    personal: str = ""
    numbers: NumberFacts | None = None
    values: pl.Series | None = field(default=None, repr=False)

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form, without any cell."""
        return {
            "name": self.name,
            "kind": self.kind.value,
            "reason": self.reason,
            "missing": self.missing,
            "distinct": self.distinct,
            "distinct_exact": self.distinct_exact,
            "commonest": self.commonest,
            "unreadable": self.unreadable,
            "personal": self.personal,
            **({} if self.numbers is None else self.numbers.to_data()),
        }
