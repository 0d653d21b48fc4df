"""What has been seen of a column's cells: counts and a few examples, however long the column is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from segmentation.numbers.feature_units import unit_factor
from segmentation.numbers.number_forms import (
    MARKS,
    PLAIN,
    Dress,
    DressKind,
    exact_currency,
    is_doubtful,
    readings,
    taken_apart,
    ungrouped,
)
from segmentation.numbers.values import folded
from segmentation.schema import Feature

# Cells shown with a question.
_SHOWN: Final = 3
# Share of cells that settles a column by its bounds, or its kind by its cells.
NEARLY_ALL: Final = 0.99

# Customers this many times beyond all that a model learned from are still conceivable: a list of the best ones.
_REACH: Final = 100

_WHOLE: Final = r"^-?[0-9]+$"
_UNGROUPED: Final = re.compile(f"-?{ungrouped('.,')}")
# Numbers with one decimal mark and no other; and those that are another number with the other mark.
_SETTLED: Final = {
    mark: rf"^-?(?:[0-9]*[{mark}](?:[0-9]{{1,2}}|[0-9]{{4,}})|(?:0[0-9]*|[0-9]{{4,}})?[{mark}][0-9]{{3}})$"
    for mark in MARKS
}
_DOUBTFUL: Final = {mark: rf"^-?[1-9][0-9]{{0,2}}[{mark}][0-9]{{3}}$" for mark in MARKS}


@dataclass
class Evidence:
    """What has been seen of one column's cells.

    Parameters
    ----------
    feature
        What the column holds; None for a column that is only looked at for the marks of its numbers.
    learned
        The range, in the feature's unit, that a model learned from; None without a model that kept it.
    """

    feature: Feature | None
    learned: tuple[float, float] | None = None
    numbers: int = 0
    others: int = 0
    settled: Counter[str] = field(default_factory=Counter)
    doubtful: int = 0
    doubtful_inside: Counter[str] = field(default_factory=Counter)
    doubtful_learned: Counter[str] = field(default_factory=Counter)
    doubtful_conceivable: Counter[str] = field(default_factory=Counter)
    doubtful_cells: list[str] = field(default_factory=list)
    grouped: str = ""
    dresses: Counter[Dress] = field(default_factory=Counter)
    dressed_cells: dict[Dress, list[str]] = field(default_factory=dict)
    dressed_inside: Counter[tuple[Dress, bool]] = field(default_factory=Counter)
    currencies: set[str] = field(default_factory=set)

    def add(self, texts: pl.Series) -> None:
        """Take in some cells."""
        odd = texts.filter(~texts.str.contains(_WHOLE))
        self.numbers += len(texts) - len(odd)
        for mark in MARKS:
            if not len(odd):
                return
            settled = odd.str.contains(_SETTLED[mark])
            count = int(settled.sum())
            self.settled[mark] += count
            self.numbers += count
            odd = odd.filter(~settled)
        self._show(odd)
        for mark in MARKS:
            odd = self._add_doubtful(odd, mark)
        for text, count in odd.to_frame("text").group_by("text", maintain_order=True).len().iter_rows():
            self._add_other(folded(text), count)

    def add_counts(self, whole: int, settled: Mapping[str, int]) -> None:
        """Take in cells that somebody else has counted: whole numbers, and by decimal mark those that it settles."""
        self.numbers += whole + sum(settled.values())
        self.settled.update(settled)

    def _add_doubtful(self, odd: pl.Series, mark: str) -> pl.Series:
        """Take in the cells with this mark before three digits, and return the others."""
        doubtful = odd.str.contains(_DOUBTFUL[mark])
        cells = odd.filter(doubtful)
        if len(cells):
            self.numbers += len(cells)
            self.doubtful += len(cells)
            fraction = cells.str.replace(mark, ".", literal=True).cast(pl.Float64)
            for counter, (low, high) in self._ranges():
                counter[mark] += int(fraction.is_between(low, high).sum())
                counter[other_mark(mark)] += int((fraction * 1000).is_between(low, high).sum())
        return odd.filter(~doubtful)

    def _add_other(self, text: str, count: int) -> None:
        """Take in a cell in a rarer form."""
        apart = taken_apart(text)
        point, comma = (None, None) if apart is None else readings(apart.core)
        if apart is None or (point is None and comma is None):
            self.others += count * bool(text)
            return
        self.numbers += count
        if comma is None:
            self.settled["."] += count
        elif point is None:
            self.settled[","] += count
        elif point != comma:
            self.doubtful += count
            for counter, within in self._ranges():
                for mark, value in ((".", point), (",", comma)):
                    counter[mark] += count * self._inside(value, apart.dress, within)
        if not _UNGROUPED.fullmatch(apart.core):
            self.grouped = self.grouped or text
        if apart.dress != PLAIN:
            self._add_dressed(text, apart.dress, point if point is not None else comma, count)

    def _add_dressed(self, text: str, dress: Dress, value: float | None, count: int) -> None:
        self.dresses[dress] += count
        if dress.kind is DressKind.CURRENCY and (currency := exact_currency(text)):
            self.currencies.add(currency)
        shown = self.dressed_cells.setdefault(dress, [])
        if len(shown) < _SHOWN and text not in shown:
            shown.append(text)
        if self.feature is not None and value is not None:
            value *= unit_factor(self.feature, dress)
            for divided, read in ((False, value), (True, value / self.feature.base_unit_factor)):
                self.dressed_inside[dress, divided] += count * (self.feature.minimum <= read <= self.feature.maximum)

    def _ranges(self) -> Iterator[tuple[Counter[str], tuple[float, float]]]:
        """Yield the ranges that may tell what a doubtful cell means, each with the cells that are in it by mark."""
        if self.feature is not None:
            yield self.doubtful_inside, (self.feature.minimum, self.feature.maximum)
        if self.learned is not None:
            low, high = self.learned
            yield self.doubtful_learned, self.learned
            yield self.doubtful_conceivable, (low, high + _REACH * max(abs(low), abs(high)))

    def _inside(self, value: float, dress: Dress, within: tuple[float, float]) -> bool:
        assert self.feature is not None  # noqa: S101 - told to the type checker: only a feature has ranges
        value *= unit_factor(self.feature, dress)
        divided = value / self.feature.base_unit_factor if dress != PLAIN else value
        return any(within[0] <= read <= within[1] for read in (value, divided))

    def _show(self, odd: pl.Series) -> None:
        """Keep the first few doubtful cells, in the file's order wherever it is cut into blocks."""
        if len(self.doubtful_cells) == _SHOWN:
            return
        for text in map(folded, odd.unique(maintain_order=True)):
            apart = taken_apart(text)
            if apart is not None and is_doubtful(apart.core) and text not in self.doubtful_cells:
                self.doubtful_cells.append(text)
                if len(self.doubtful_cells) == _SHOWN:
                    return

    @property
    def mark(self) -> str | None:
        """The decimal mark that the column's own cells settle, by majority; None if none or as many say the other."""
        point, comma = self.settled["."], self.settled[","]
        if point == comma:
            return None
        return "." if point > comma else ","

    @property
    def is_simple(self) -> bool:
        """Whether all numbers seen are plain ones: digits, perhaps with a decimal point."""
        return not (self.doubtful or self.settled[","] or self.grouped or self.dresses)

    @property
    def is_uniform(self) -> bool:
        """Whether all numbers seen are plain ones, perhaps with decimals, and all with the same mark."""
        both = self.settled[","] and self.settled["."]
        return not (self.doubtful or both or self.grouped or self.dresses)

    @property
    def holds_numbers(self) -> bool:
        """Whether nearly all cells with something in them are numbers."""
        return self.numbers > 0 and self.numbers >= NEARLY_ALL * (self.numbers + self.others)


def other_mark(mark: str) -> str:
    """Return the comma for a point, and the point for a comma."""
    return MARKS[1 - MARKS.index(mark)]
