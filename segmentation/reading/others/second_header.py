"""A header among the rows that names other columns than the first: the rows below it belong to another table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from segmentation.errors import BadInput
from segmentation.numbers.values import quote
from segmentation.reading.encodings.raw_bytes import shown
from segmentation.writing.folding import fold_key

if TYPE_CHECKING:
    from segmentation.schema import Schema

_OWN: Final = "own"
_OTHERS: Final = "others"


@dataclass(frozen=True, slots=True)
class SecondHeader:
    """Tells whether a row without numbers names columns, and others than the header does.

    Parameters
    ----------
    header
        What rows are compared with.
    places
        The positions of the columns that are read, those of the features first.
    schema
        The features, whose aliases name a column as well as its heading; without any, headings alone do.
    """

    header: Sequence[str]
    places: Sequence[int]
    schema: Schema

    def find(self, cells: Callable[[int], pl.Series], below: pl.Series) -> int | None:
        """Return the index of the first of some rows that is such a header; None if none is.

        Parameters
        ----------
        cells
            Returns the rows' cells in the column at a position.
        below
            Whether each row stands below other rows. Right below the header there may be longer names or units: unless
            one is the name of another column, they contradict nothing.
        """
        named = [self._named(at, cells(at)) for at in self.places]
        others, own = (
            pl.DataFrame([pl.Series(str(i), column == kind) for i, column in enumerate(named)])
            for kind in (_OTHERS, _OWN)
        )
        features = own.select(own.columns[: len(self.schema.features)] or pl.lit(value=True))
        partly = features.select(pl.any_horizontal(pl.all()) & ~pl.all_horizontal(pl.all())).to_series() & below
        found = (others.select(pl.any_horizontal(pl.all())).to_series() | partly).arg_true()
        return int(found[0]) if len(found) else None

    def _named(self, at: int, cells: pl.Series) -> pl.Series:
        """Say of each cell whether it names its own column, one of the others, or none (empty)."""
        keys = [self._key(name) for name in self.header]
        elsewhere = {*keys, *self.schema.names} - {keys[at], ""}
        units = {fold_key(feature.unit) for feature in self.schema.features}

        def of(text: str) -> str:
            # A line of units may follow a header that is repeated.
            key = "" if fold_key(text) in units else self._key(text)
            return _OTHERS if key in elsewhere else _OWN if key and key == keys[at] else ""

        distinct = cells.unique()
        return cells.replace_strict(distinct, [of(text) for text in distinct], return_dtype=pl.String)

    def _key(self, heading: str) -> str:
        feature = self.schema.find(heading)
        return fold_key(heading) if feature is None else feature.name


def other_columns_below(where: str, cells: Iterable[str], way_out: str) -> BadInput:
    """Return the error that refuses a file because of a second header, of these cells.

    Parameters
    ----------
    where
        What people find it by, such as "Line 7".
    way_out
        What to make of the tables.
    """
    return BadInput(
        f"{where} names other columns than the header does: {quote(shown(', '.join(cells)))}. The rows below it would "
        f"be read under the wrong names. {way_out}, or give all rows the same columns in the same order."
    )
