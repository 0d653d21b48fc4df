"""A piece of a result: its bytes, and what it adds to the file's report, by whichever path it was scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from segmentation.reading.records.reader import ShapeCounts

if TYPE_CHECKING:
    import polars as pl

    from segmentation.reading.ids.duplicates import Hashable
    from segmentation.reading.numerals.units import Counted
    from segmentation.scoring.rows import ScoredBlock
    from segmentation.scoring.sums import SegmentSum


@dataclass(frozen=True)
class RisingIds:
    """Some rows' ids, each longer than the one before or as long and greater: none of them repeats another.

    Parameters
    ----------
    first, last
        The first and the last of them, as UTF-8.
    """

    first: bytes
    last: bytes

    def goes_on(self, last: bytes) -> bool:
        """Say whether these ids rise above one that came before."""
        return (len(last), last) < (len(self.first), self.first)


@dataclass(frozen=True)
class Watched:
    """Plain rows as `RowWatch` and `ValueWatch` take them."""

    ids: pl.Series
    answers: pl.Series
    values: pl.DataFrame


@dataclass(frozen=True, slots=True)
class RowProblem:
    """So many rows with one kind of fault, as `ProblemTally.add` takes it, and the lines of the first few."""

    place: int
    reason: str
    rows: int
    lines: Sequence[int]


@dataclass(frozen=True, slots=True)
class RefusedRows:
    """Refused rows: how many, what is wrong with them, and how many have which other width than the header."""

    rows: int = 0
    problems: tuple[RowProblem, ...] = ()
    widths: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PlainRows:
    """Rows scored without a note but about close calls and profile features that are not given; and refused ones.

    Only their sums are kept.

    Parameters
    ----------
    rows
        How many are scored.
    refused
        The others.
    segments
        One sum a segment, in the model's order.
    borderline
        How many are close calls.
    lacking
        How many of the scored lack a feature.
    not_given
        By feature name: how many of the scored lack it.
    counted
        By feature name: how many values of all rows there are, are typical, and are missing or in a refused row.
    ids
        Their ids, as UInt64 hashes or otherwise; None if no column holds ids.
    rising
        What is known of their order; None if they do not rise, or there are none.
    watched
        The rows themselves; None if nobody watches.
    """

    rows: int
    refused: RefusedRows
    segments: tuple[SegmentSum, ...]
    borderline: int
    lacking: int
    not_given: Mapping[str, int]
    counted: Mapping[str, Counted]
    ids: memoryview | Hashable | None
    rising: RisingIds | None
    watched: Watched | None


@dataclass(frozen=True)
class Piece:
    """Lines of the result, in order.

    Parameters
    ----------
    data
        The lines, in parts.
    exact
        The rows that the exact path has scored.
    plain
        The others.
    counts
        The shape of rows that were counted by nobody before.
    """

    data: list[bytes]
    exact: tuple[ScoredBlock, ...] = ()
    plain: PlainRows | None = None
    counts: ShapeCounts = field(default_factory=ShapeCounts)

    @classmethod
    def of(cls, scored: ScoredBlock) -> Piece:
        """Return a block of the exact path as a piece."""
        return cls(scored.data, (scored,))
