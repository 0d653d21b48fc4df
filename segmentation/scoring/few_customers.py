"""Keeps the customers of a small file while it is scored, so that they can be drawn one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from segmentation.model import SegmentModel


class FewCustomers:
    """A `ValueWatch` that keeps the scored customers as long as they are few; of a larger file it keeps nobody.

    Parameters
    ----------
    model
        Scores the file; its usual value stands for one that a customer lacks.
    most
        How many customers are few.
    """

    def __init__(self, model: SegmentModel, most: int) -> None:
        self._model = model
        self._most = most
        self.begin()

    def begin(self) -> None:
        """Start anew: the file is read from its beginning, which may happen twice."""
        self._count = 0
        self._kept: list[tuple[float | None, ...]] = []

    def add(self, values: pl.DataFrame, segments: pl.Series) -> None:
        """Take some rows, as a `ValueWatch` does."""
        self._count += segments.len() - segments.null_count()
        if self._count > self._most:
            self._kept = []
        else:
            scored = values.filter(segments.is_not_null())
            self._kept += scored.select(self._model.schema.names).rows()

    def points(self) -> Sequence[Sequence[float]]:
        """Return the customers' values, shape (n, features), sorted: whatever order they came in, it is one picture.

        Empty if there are none or too many.
        """
        usual = self._model.fill
        return sorted([value if value is not None else usual[i] for i, value in enumerate(row)] for row in self._kept)
