"""The model's answers to every combination of whole numbers, made by its own expressions, looked up by bulk scoring.

Most files state age, income and score in whole numbers. If the features an answer depends on have few enough of them,
one look-up replaces walking the tree, computing the distances and writing the answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from segmentation.schema import Indicator
from segmentation.scoring.polars_expressions import with_indices

if TYPE_CHECKING:
    from segmentation.model import SegmentModel

_MOST_CELLS: Final = 1 << 18


@dataclass(frozen=True)
class AnswerTable:
    """All answers, numbered by cell.

    Parameters
    ----------
    features
        The features an answer depends on, with the whole numbers within their bounds.
    answers
        `with_indices`' columns, one row a cell.
    """

    features: tuple[tuple[str, range], ...]
    answers: pl.DataFrame

    def cells(self, values: pl.DataFrame) -> pl.Series:
        """Return each row's cell; null if a value it depends on is missing or not a whole number.

        Parameters
        ----------
        values
            Float64 by feature name, within bounds or null.
        """
        cell = pl.lit(0.0)
        for name, numbers in self.features:
            cell = cell * len(numbers) + (pl.col(name) - numbers.start)
        whole = pl.all_horizontal([pl.col(name) == pl.col(name).floor() for name, _ in self.features])
        return values.select(pl.when(whole).then(cell).cast(pl.UInt32)).to_series()


def answer_table(model: SegmentModel) -> AnswerTable | None:
    """Answer every combination of whole numbers; None if there are too many."""
    schema = model.schema
    asked = (schema.inputs[i] for i in model.tree.cuts)
    owners = {one.owner if isinstance(one, Indicator) else schema.names.index(one.name) for one in asked}
    used = sorted({*schema.cluster_indices, *owners})
    features = [(schema.names[i], _whole_numbers(schema.features[i].minimum, schema.features[i].maximum)) for i in used]
    if not 0 < math.prod(len(numbers) for _, numbers in features) <= _MOST_CELLS:
        return None
    grid = pl.LazyFrame({"": [0]})
    for name, numbers in features:
        column = pl.LazyFrame({name: pl.Series(numbers, dtype=pl.Float64)})
        grid = grid.join(column, how="cross", maintain_order="left_right")
    rest = [pl.lit(None, dtype=pl.Float64).alias(name) for name in schema.names if name not in dict(features)]
    return AnswerTable(tuple(features), with_indices(grid.with_columns(rest), model).collect(engine="in-memory"))


def _whole_numbers(minimum: float, maximum: float) -> range:
    return range(math.ceil(minimum), math.floor(maximum) + 1)
