"""What all rows say of a column: how many cells are empty, how many values differ, and the range of its numbers.

Only the sample of rows tells what the numbers' marks mean, and it is complete at the end alone. So ranges are kept
under each meaning that a mark may still have.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from segmentation.numbers.number_forms import MARKS
from segmentation.numbers.values import BLANK, is_number
from segmentation.proposal.columns.distinct import DistinctPart, DistinctValues

# A number with little beside it, such as a currency or a unit.
_NUMBER_LIKE: Final = r"^[^0-9]{0,6}[0-9][0-9.,\s'’]*[^0-9]{0,12}$"
_CORE: Final = r"((?:^[^0-9A-Za-z]{0,3}[.,])?[0-9](?:[0-9.,\s'’]*[0-9])?)"
# A point that no reading takes for a mark between thousands.
_SETTLED_POINT: Final = r"^-?(?:[0-9]*\.(?:[0-9]{1,2}|[0-9]{4,})|0?\.[0-9]{3})$"
_MARKED: Final = r"[.,]"
_MOSTLY: Final = 0.5
_PEEKED: Final = 1000
_JUDGED: Final = 200
# Whole numbers below this are floats without loss.
_EXACT: Final = 1e15


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the largest of some numbers; infinite the wrong way round for none."""

    low: float = math.inf
    high: float = -math.inf

    @classmethod
    def of(cls, numbers: pl.Series) -> Range:
        """Return the range of the finite numbers among some."""
        low, high = numbers.min(), numbers.max()
        if low is None or high is None:
            return cls()
        assert isinstance(low, float) and isinstance(high, float)  # noqa: S101, PT018 - Float64, told to the type checker
        if not (math.isfinite(low) and math.isfinite(high)):
            return cls.of(numbers.filter(numbers.is_finite()))
        return cls(low, high)

    def with_(self, other: Range) -> Range:
        """Return the range of both."""
        return Range(min(self.low, other.low), max(self.high, other.high))

    def __bool__(self) -> bool:
        """Tell whether there is a number."""
        return self.low <= self.high


@dataclass(frozen=True, slots=True)
class Hint:
    """What earlier rows say of a column, so that later ones are spared needless work.

    Parameters
    ----------
    text
        Whether its cells are no numbers.
    plain
        Whether its cells are plain numbers, all of them and none too long for a float.
    pointed
        Whether the mark before its fractions is known to be a point.
    step
        As for `DistinctPart`.
    """

    text: bool = False
    plain: bool = False
    pointed: bool = False
    step: int = 1


NO_HINT: Final = Hint()


@dataclass(frozen=True, slots=True)
class ColumnPart:
    """One column of some rows.

    Parameters
    ----------
    empty
        Cells with nothing in them.
    plain
        The range of plain numbers.
    by_mark
        By decimal mark, the range of all numbers read with it; only the point's where nothing else can be meant.
    values
        Its different values.
    hint
        What is known of the column after these rows.
    """

    empty: int
    plain: Range
    by_mark: dict[str, Range]
    values: DistinctPart
    hint: Hint

    @classmethod
    def of(cls, texts: pl.Series, hint: Hint = NO_HINT, *, pointless: bool = False) -> ColumnPart:
        """Take stock of a column's cells.

        Parameters
        ----------
        texts
            String; or Float64, if no mark in them can mean two things. Without nulls.
        pointless
            Whether no cell is known to hold a point, which spares looking for one.
        """
        if texts.dtype == pl.Float64:
            found = Range.of(texts)
            return cls(0, found, {".": found}, DistinctPart.of(texts.hash(), hint.step), hint)
        empty = texts == ""
        if hint.text:
            filled = texts.filter(~empty) if empty.any() else texts
            return cls(int(empty.sum()), Range(), {}, DistinctPart.of(filled.hash(), hint.step), hint)
        numbers = texts.cast(pl.Float64, strict=False)
        plain, hashes = Range.of(numbers), numbers.hash()
        odd = pl.Series(dtype=pl.String)
        if numbers.null_count():
            lacking = numbers.is_null()
            odd = texts.filter(lacking).str.strip_chars(BLANK)
            odd = odd.filter(odd != "")
            hashes = pl.concat([hashes.filter(~lacking), odd.hash()])
        count = len(texts) - numbers.null_count()
        if count + _numbers_among(odd) < _MOSTLY * (count + len(odd)):
            return cls.of(texts, Hint(text=True, step=hint.step))
        like = odd.filter(odd.str.contains(_NUMBER_LIKE))
        pointed = hint.pointed or (not len(odd) and bool(texts.head(_PEEKED).str.contains(_SETTLED_POINT).any()))
        settled = pointless or pointed or not texts.str.contains(".", literal=True).any()
        alone = settled and not len(like)
        by_mark = {".": plain} if alone else _by_mark(texts, numbers, like)
        values = DistinctPart.of(hashes, hint.step)
        whole = count == len(texts) and max(-plain.low, plain.high) < _EXACT
        known = Hint(plain=whole, pointed=pointed, step=hint.step)
        return cls(len(texts) - len(hashes), plain, by_mark, values, known)


def _numbers_among(odd: pl.Series) -> float:
    """Estimate how many of some cells are numbers in a form of their own, such as $2,288.50."""
    some = odd.gather_every(max(1, len(odd) // _JUDGED)).to_list()
    return sum(map(is_number, some)) / len(some) * len(odd) if some else 0.0


def _by_mark(texts: pl.Series, numbers: pl.Series, like: pl.Series) -> dict[str, Range]:
    """Read cells whose marks may mean two things in both ways."""
    marked = texts.filter(numbers.is_not_null() & texts.str.contains(_MARKED, literal=False))
    # What a workbook's numbers become beside texts, such as 1047e-3, has no mark either.
    alike = Range.of(numbers.filter((numbers == numbers.floor()) | ~texts.str.contains(".", literal=True)))
    found = {}
    for mark in MARKS:
        found[mark] = Range.of(_read(like, mark)).with_(Range.of(_read(marked, mark)))
        found[mark] = found[mark].with_(alike if mark == "," else Range.of(numbers))
    return found


def _read(texts: pl.Series, mark: str) -> pl.Series:
    """Read what stands beside currencies and units as numbers with a decimal mark; null where it is none."""
    core = texts.str.extract(_CORE, 1).str.replace_all(rf"[^0-9{mark}]", "").str.replace(mark, ".", literal=True)
    sign = pl.Series([1.0, -1.0]).gather(texts.str.contains(r"^[^0-9]*[-(]").cast(pl.UInt32))
    return core.cast(pl.Float64, strict=False) * sign


@dataclass
class ColumnTally:
    """One column of all rows so far; parameters as for `ColumnPart`."""

    empty: int = 0
    plain: Range = field(default_factory=Range)
    by_mark: dict[str, Range] = field(default_factory=dict)
    values: DistinctValues = field(default_factory=DistinctValues)
    hint: Hint = NO_HINT

    def add(self, part: ColumnPart) -> None:
        """Take in some more rows."""
        self.empty += part.empty
        self.plain = self.plain.with_(part.plain)
        for mark in MARKS:
            # Where only a point could be meant, the numbers are whole or plain: the same with either mark.
            self.by_mark[mark] = self.by_mark.get(mark, Range()).with_(part.by_mark.get(mark, part.plain))
        self.values.add(part.values)
        first, now = part.hint if self.hint is NO_HINT else self.hint, part.hint
        pointed, plain = first.pointed or now.pointed, first.plain and now.plain
        self.hint = Hint(first.text, plain=plain, pointed=pointed, step=self.values.step)

    def range_of(self, mark: str, *, plain: bool) -> Range:
        """Return the range of the numbers, with this decimal mark or of those alone that have no other sign."""
        return self.plain if plain and mark == "." else self.by_mark.get(mark, Range())
