"""A column of numbers: how they are written, their unit, range, decimals and skewness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.numbers.feature_units import unit_fits
from segmentation.numbers.number_forms import PLAIN, Dress, DressKind
from segmentation.numbers.values import is_number
from segmentation.proposal.columns.column import NumberFacts
from segmentation.reading.columns import read_column
from segmentation.reading.numerals.evidence import Evidence
from segmentation.reading.numerals.numbers import Column, style_of
from segmentation.schema import Feature, Role, Schema

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from segmentation.proposal.columns.heading import Heading
    from segmentation.proposal.columns.tally import ColumnTally
    from segmentation.reading.questions import Answers

# Nearly all filled cells of a column of numbers are numbers.
NEARLY_ALL: Final = 0.95
_PEEKED: Final = 200
_WIDEST: Final = 1e15
_MOST_DECIMALS: Final = 6
# More digits than this are a computer's, not a person's.
_STATED: Final = 2
_SMALL: Final = 0.1
_SMALL_DECIMALS: Final = 4


@dataclass(frozen=True)
class NumberCells:
    """A column's sampled cells, weighed as numbers.

    Parameters
    ----------
    evidence
        What its cells say of their marks and of what stands beside them.
    dress
        What stands beside most of them.
    share
        Share of the filled cells that are numbers, alone or in that dress.
    """

    evidence: Evidence
    dress: Dress
    share: float

    @classmethod
    def of(cls, cells: pl.Series) -> NumberCells:
        """Weigh trimmed cells, none empty."""
        evidence = Evidence(_feature("", 1.0))
        some = cells.gather_every(max(1, len(cells) // _PEEKED))
        # Weighing texts costs far more than numbers, one by one, and says nothing.
        if sum(map(is_number, some)) < len(some) / 2:
            return cls(evidence, PLAIN, 0.0)
        evidence.add(cells)
        dress, dressed = PLAIN, 0
        if evidence.dresses:
            dress, dressed = evidence.dresses.most_common(1)[0]
        alike = evidence.numbers - sum(evidence.dresses.values()) + dressed
        return cls(evidence, dress, alike / len(cells) if len(cells) else 0.0)

    @property
    def are_numbers(self) -> bool:
        """Whether the column holds numbers."""
        return self.share >= NEARLY_ALL


def find_unit(heading: Heading, dress: Dress) -> tuple[str, float]:
    """Tell a column's unit and how many base units it is, by its heading, else by what stands beside its numbers."""
    if heading.unit and (dress == PLAIN or unit_fits(_feature(heading.unit, heading.unit_factor), dress)):
        return heading.unit, heading.unit_factor
    if dress.kind is DressKind.CURRENCY:
        return (f"k{dress.word}", 1000.0) if dress.thousands else (dress.word, 1.0)
    if dress.kind is DressKind.PERCENT:
        return "%", 1.0
    if dress.kind is DressKind.UNIT:
        return dress.word, 1.0
    return ("thousands", 1000.0) if dress.thousands else (heading.unit, heading.unit_factor)


@dataclass(frozen=True)
class Marks:
    """What is known of a file's decimal marks besides a column's own cells.

    Parameters
    ----------
    common
        The mark on which the file's columns agree; None if they do not settle it.
    answers
        What a person has decided.
    """

    common: str | None
    answers: Answers


def read_facts(
    name: str,
    cells: pl.Series,
    weighed: NumberCells,
    heading: Heading,
    tally: ColumnTally,
    marks: Marks,
    *,
    typed: bool,
) -> NumberFacts | None:
    """Read a column of numbers as a training will; None if it could not read any.

    Parameters
    ----------
    cells
        The sampled rows' cells, empty ones included.
    typed
        Whether the numbers come from a workbook's number cells.

    Raises
    ------
    Question
        When the numbers can be read in two ways, and neither the file nor a person says which.
    """
    unit, factor = find_unit(heading, weighed.dress)
    feature = _feature(unit, factor)
    style = style_of(Column(name, feature, weighed.evidence, typed), marks.common, marks.answers)
    values = read_column(cells, feature, Schema("", (feature,), ()), style=style).values
    known = values.drop_nulls().to_numpy()
    found = tally.range_of(style.decimal, plain=style.dress == PLAIN and not style.grouped)
    if not len(known):
        return None
    return NumberFacts(
        low=max(-_WIDEST, min(found.low, float(known.min()))),
        high=min(_WIDEST, max(found.high, float(known.max()))),
        decimals=_decimals(known),
        skew=skewness(known),
        unit=unit,
        unit_factor=factor,
        bounds=heading.bounds,
        style=style,
        values=values,
    )


def skewness(values: NDArray[np.float64]) -> float:
    """Return the third standardised moment of (n,) values; 0 if all are alike."""
    off = values - values.mean()
    variance = float(np.mean(off**2))
    return float(np.mean(off**3)) / variance**1.5 if variance > 0 else 0.0


def _decimals(values: NDArray[np.float64]) -> int:
    """Return how many digits after the point people state the values with."""
    size = float(np.abs(values).max())
    most = _STATED if size >= _SMALL else _SMALL_DECIMALS
    for digits in range(most):
        if np.allclose(np.round(values, digits), values, rtol=0, atol=10.0 ** -(_MOST_DECIMALS + 3) * max(1.0, size)):
            return digits
    return most


def _feature(unit: str, factor: float) -> Feature:
    """Stand for a feature whose bounds nobody knows yet."""
    return Feature("column", "Column", unit, -_WIDEST, _WIDEST, Role.PROFILE, base_unit_factor=factor)
