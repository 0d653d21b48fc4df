"""Numbers that fit only after × or ÷ 10, 100 or 1000 are in another unit than the model's: a person is asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from segmentation.numbers.number_forms import scaled
from segmentation.numbers.values import quote
from segmentation.reading.batch import Batch
from segmentation.reading.questions import Choice, Question
from segmentation.schema import Feature
from segmentation.writing.plain import format_number

_FACTORS: Final = (10.0, 100.0, 1000.0, 0.1, 0.01, 0.001)
# These could as well be poor or rich customers, unless the numbers are out of bounds as they are.
_SMALL_FACTORS: Final = frozenset({10.0, 0.1})
_NEARLY_ALL: Final = 0.95
# Numbers this near the lower end of the range, as a share of its width, may be of a smaller unit.
_LOW_END: Final = 0.02
_MARGIN: Final = 0.05
# Multiplied numbers must differ by at least this share of the customers' spread: many equal ones tell nothing.
_SPREAD: Final = 0.25
# One number tells nothing of a file's unit; if it is out of bounds, its row's note says what to write.
_FEWEST: Final = 2
_SHOWN: Final = 3


@dataclass(frozen=True)
class Expected:
    """What is known of a feature's values.

    Parameters
    ----------
    column
        The name of its column in the file.
    low, high
        The range they are expected in, in the feature's unit.
    usual_low
        Hardly any value is below this; None for `low`.
    spread
        Their standard deviation there; None if nothing but the bounds is known, which then alone tell.
    """

    feature: Feature
    column: str
    low: float
    high: float
    usual_low: float | None = None
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Values of a feature that are known by their numbers alone: how many there are, are typical, and are missing."""

    count: int
    typical: int
    missing: int = 0


@dataclass
class _Seen:
    count: int = 0
    typical: int = 0
    out_of_bounds: int = 0
    inside: Counter[float] = field(default_factory=Counter)
    sums: defaultdict[float, float] = field(default_factory=lambda: defaultdict(float))
    squares: defaultdict[float, float] = field(default_factory=lambda: defaultdict(float))
    examples: list[float] = field(default_factory=list)


class UnitCheck:
    """Watches the numbers of a file's columns as they are read.

    Parameters
    ----------
    expected
        The columns to watch.
    decided
        Names of features whose factor a person has chosen; their columns are left alone.
    """

    def __init__(self, expected: Iterable[Expected], decided: Collection[str] = ()) -> None:
        self._columns = [(known, _Seen()) for known in expected if known.feature.name not in decided]

    @property
    def usual(self) -> dict[str, tuple[float, float]]:
        """By feature name: the range whose values are typical, both ends included."""
        return {known.feature.name: _usual(known) for known, _ in self._columns}

    def add(self, batch: Batch) -> None:
        """Take in the numbers of a batch, those out of bounds included."""
        self.add_together([batch], {})

    def add_together(self, batches: Sequence[Batch], counted: Mapping[str, Counted]) -> None:
        """Take in consecutive rows: those of some batches, and others that were only counted, by feature name.

        Which they may only be unless `needs_values` says otherwise.
        """
        for known, seen in self._columns:
            numbers = _numbers(known, batches, counted)
            seen.typical += numbers.typical
            seen.count += numbers.count
            seen.out_of_bounds += numbers.beyond
            # Once as many are typical as not, nothing is asked about these numbers: they need no more counting.
            if numbers.mostly_atypical:
                for batch in batches:
                    values = batch.values[known.feature.name].drop_nulls()
                    self._weigh(known, seen, pl.concat([values, batch.out_of_bounds(known.feature.name)]))

    def needs_values(self, batches: Sequence[Batch], counted: Mapping[str, Counted]) -> bool:
        """Tell whether counts are not enough, since most of these rows' values are not typical."""
        return any(_numbers(known, batches, counted).mostly_atypical for known, _ in self._columns)

    def _weigh(self, known: Expected, seen: _Seen, numbers: pl.Series) -> None:
        if len(seen.examples) < _SHOWN:
            some = numbers.unique(maintain_order=True).head(_SHOWN).to_list()
            seen.examples += some[: _SHOWN - len(seen.examples)]
        margin = _MARGIN * (known.high - known.low)
        least = max(known.feature.minimum, known.low - margin)
        most = min(known.feature.maximum, known.high + margin)
        for factor in _FACTORS:
            product = numbers * factor
            inside = product.filter(product.is_between(least, most))
            seen.inside[factor] += len(inside)
            seen.sums[factor] += float(inside.sum())
            seen.squares[factor] += float((inside * inside).sum())

    def check(self) -> None:
        """Ask about the first column that fits only after multiplying.

        Raises
        ------
        Question
            Then.
        """
        for known, seen in self._columns:
            if factors := _fitting(known, seen):
                raise _question(known, seen, factors)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """How many rows there are, how many have a number, and how many of these are typical or beyond the bounds."""

    rows: int
    count: int
    typical: int
    beyond: int

    @property
    def mostly_atypical(self) -> bool:
        return self.typical * 2 < self.rows


def _usual(known: Expected) -> tuple[float, float]:
    width = known.high - known.low
    low = known.low if known.usual_low is None else min(known.low + _LOW_END * width, known.usual_low)
    return low, known.high + _MARGIN * width


def _numbers(known: Expected, batches: Sequence[Batch], counted: Mapping[str, Counted]) -> _Numbers:
    name = known.feature.name
    low, high = _usual(known)
    plain = counted.get(name, Counted(0, 0))
    rows, count, typical, beyond = plain.count + plain.missing, plain.count, plain.typical, 0
    for batch in batches:
        values, out = batch.values[name], len(batch.out_of_bounds(name))
        there = len(values) - values.null_count()
        rows, count, beyond = rows + len(values) + out, count + there + out, beyond + out
        typical += there if batch.all_between(name, low, high) else int(values.is_between(low, high).sum())
    return _Numbers(rows, count, typical, beyond)


def _fitting(known: Expected, seen: _Seen) -> list[float]:
    """Return the factors after which nearly all numbers fit, if as they are nearly none is where it is expected."""
    nearly_all = _NEARLY_ALL * seen.count
    if seen.count < _FEWEST or seen.typical > seen.count - nearly_all:
        return []
    out_of_bounds = seen.out_of_bounds >= nearly_all
    found = [
        factor
        for factor in _FACTORS
        if seen.inside[factor] >= nearly_all
        and (out_of_bounds or (factor not in _SMALL_FACTORS and _differ(known, seen, factor)))
    ]
    found = [factor for factor in found if _differ(known, seen, factor)] or found
    in_base_unit = [factor for factor in found if scaled(factor, known.feature.base_unit_factor) == 1]
    return in_base_unit or found


def _differ(known: Expected, seen: _Seen, factor: float) -> bool:
    if known.spread is None:
        return False
    count = seen.inside[factor]
    mean = seen.sums[factor] / count
    variance = seen.squares[factor] / count - mean * mean
    return variance > 0 and variance >= (_SPREAD * known.spread) ** 2


def _question(known: Expected, seen: _Seen, factors: list[float]) -> Question:
    feature, shown = known.feature, [format_number(number) for number in seen.examples]
    # "Does 0.01 mean 1 points?" would not be English.
    at = next((i for i, number in enumerate(seen.examples) if scaled(number, factors[0]) != 1), 0)
    first, written = seen.examples[at], shown[at]
    meant = {factor: feature.show(scaled(first, factor)) for factor in factors}
    examples = shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
    asked = (
        f"The column {quote(known.column)} holds numbers such as {examples}, but {feature.label_in_text} is expected "
        f"from {format_number(known.low)} to {feature.show(known.high)}. "
        f"Does {written} mean {' or '.join(meant.values())}?"
    )
    option = f"--factor {feature.name}"
    return Question(
        f"{asked} Say so with {' or '.join(f'{option}={format_number(factor)}' for factor in factors)}; "
        f"{option}=1 takes the numbers as they are.",
        asked,
        (
            *(
                Choice(f"factor.{feature.name}={format_number(factor)}", f"{written} means {meant[factor]}")
                for factor in factors
            ),
            Choice(f"factor.{feature.name}=1", f"Take the numbers as they are: {feature.show(first)}"),
        ),
    )
