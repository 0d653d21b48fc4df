"""The model as Polars expressions, generated from its plain data: the same answer as `SegmentModel.predict`.

The steps are stages of `LazyFrame.with_columns` because an expression is a tree: written in one piece, the runner-up
would repeat every distance many times over.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

import polars as pl

from segmentation.numbers.value_sentences import meant, missing, outside
from segmentation.scoring.result import CONFIDENCE, NOTE, SEGMENT, borderline_note, far_notes, not_given_note
from segmentation.tree import LEAF

if TYPE_CHECKING:
    from collections.abc import Callable

    from segmentation.answers.confidence import ConfidenceTable
    from segmentation.model import SegmentModel
    from segmentation.schema import Feature

# Prefix of intermediate columns: no feature name can start like this.
_OWN: Final = "__"
_DISTANCE: Final = f"{_OWN}distance_"

SEGMENT_INDEX: Final = "segment_index"
RUNNER_UP_INDEX: Final = "runner_up_index"


def with_answers(frame: pl.LazyFrame, model: SegmentModel) -> pl.LazyFrame:
    """Add what the model says of each row, in words.

    Parameters
    ----------
    frame
        One numeric column a feature, named as in the schema, in the feature's unit. Other columns are kept.

    Returns
    -------
    pl.LazyFrame
        `frame` with `segment` (String) and `confidence` (Float64, 0 to 1), both null if a cluster feature is
        missing or a value is out of bounds, and `note` (String), null if there is nothing to say.
    """
    indices = with_indices(frame, model)
    segment = _named(model, pl.col(SEGMENT_INDEX)).alias(SEGMENT)
    columns = [segment, pl.col(CONFIDENCE), _note(model).alias(NOTE)]
    return indices.select(pl.exclude(SEGMENT_INDEX, RUNNER_UP_INDEX, CONFIDENCE), *columns)


def with_indices(frame: pl.LazyFrame, model: SegmentModel) -> pl.LazyFrame:
    """Add what the model says of each row, as indices of its segments: the core of `with_answers`.

    Returns
    -------
    pl.LazyFrame
        `frame` with `segment_index` (UInt8) and `confidence` (Float64), null as there, and `runner_up_index` (UInt8),
        null unless the answer is borderline.
    """
    return IndexStages(model).add_to(frame)


class IndexStages:
    """The steps of `with_indices`, written out once for many frames."""

    def __init__(self, model: SegmentModel) -> None:
        schema = model.schema
        filled = [_filled(model, i).alias(_OWN + name) for i, name in enumerate(schema.names)]
        usable = pl.all_horizontal(
            [_inside(feature, profile=i not in schema.cluster_indices) for i, feature in enumerate(schema.features)]
        )
        near, answer = pl.col(f"{_OWN}nearest"), pl.col(f"{_OWN}answer")
        first, second = pl.col(f"{_OWN}first"), pl.col(f"{_OWN}second")
        margin, confidence, known = (pl.col(_OWN + name) for name in ("margin", "confidence", "usable"))
        borderline = (confidence < model.borderline_below) | (answer != near)
        runner_up = pl.when(answer == near).then(pl.col(f"{_OWN}next")).otherwise(near)
        # Null at the nearest, and `min_horizontal` passes over nulls.
        others = [pl.when(near != i).then(distance) for i, distance in enumerate(_all_distances(model))]
        self._stages: tuple[list[pl.Expr], ...] = (
            [*filled, usable.alias(f"{_OWN}usable")],
            [
                (pl.col(_OWN + schema.names[one.owner]) == one.code).cast(pl.Float64).alias(_OWN + one.name)
                for one in schema.indicators
            ],
            [_tree(model).alias(f"{_OWN}answer"), *_distances(model)],
            [pl.min_horizontal(_all_distances(model)).alias(f"{_OWN}first")],
            [_index_of(model, lambda _, distance: distance == first).alias(f"{_OWN}nearest")],
            [pl.min_horizontal(others).alias(f"{_OWN}second")],
            [
                pl.when(second > 0).then(1.0 - first / second).otherwise(0.0).alias(f"{_OWN}margin"),
                _index_of(model, lambda i, distance: (distance == second) & (near != i)).alias(f"{_OWN}next"),
            ],
            [_confidence(margin, model.confidence).alias(f"{_OWN}confidence")],
        )
        self._last = (
            pl.exclude(f"^{_OWN}.*$"),
            pl.when(known).then(answer).alias(SEGMENT_INDEX),
            pl.when(known).then(confidence).alias(CONFIDENCE),
            pl.when(known & borderline).then(runner_up).alias(RUNNER_UP_INDEX),
        )

    def add_to(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Add the columns of `with_indices`."""
        for stage in self._stages:
            frame = frame.with_columns(stage)
        return frame.select(self._last)


def _filled(model: SegmentModel, index: int) -> pl.Expr:
    column = pl.col(model.schema.names[index]).cast(pl.Float64)
    return column if index in model.schema.cluster_indices else column.fill_null(model.fill[index])


def _inside(feature: Feature, *, profile: bool) -> pl.Expr:
    inside = pl.col(feature.name).is_between(feature.minimum, feature.maximum)
    return inside.fill_null(value=profile)


def _tree(model: SegmentModel) -> pl.Expr:
    """Write the tree as nested conditions: faster than a table of cells up to about 100 leaves, as measured."""
    tree, inputs = model.tree, model.schema.inputs

    def branch(node: int) -> pl.Expr:
        feature = tree.feature[node]
        if feature == LEAF:
            return pl.lit(tree.segment[node], dtype=pl.UInt8)
        left = pl.col(_OWN + inputs[feature].name) <= tree.cut[node]
        return pl.when(left).then(branch(tree.left[node])).otherwise(branch(tree.right[node]))

    return branch(0)


def _on_scale(feature: Feature) -> pl.Expr:
    """Return a feature's value on its scale; of a value out of bounds, whose row gets no answer, anything."""
    value = pl.col(_OWN + feature.name)
    return (value - feature.minimum).log1p() if feature.is_log else value


def _distances(model: SegmentModel) -> list[pl.Expr]:
    """Return the distance to each centroid, added up in the same order as `SegmentModel.distances` does."""
    scaled = [
        (_on_scale(model.schema.inputs[i]) - model.mean[i]) * model.factor[i] for i in model.schema.cluster_inputs
    ]
    found = []
    for place, centroid in enumerate(model.centroids):
        squares = [(value - centre) * (value - centre) for value, centre in zip(scaled, centroid, strict=True)]
        found.append(reduce(pl.Expr.add, squares).sqrt().alias(f"{_DISTANCE}{place}"))
    return found


def _all_distances(model: SegmentModel) -> list[pl.Expr]:
    return [pl.col(f"{_DISTANCE}{place}") for place in range(len(model.centroids))]


def _index_of(model: SegmentModel, holds: Callable[[int, pl.Expr], pl.Expr]) -> pl.Expr:
    """Return the first index for which a condition holds: ties go to the lower index, as in `SegmentModel.predict`."""
    expression = pl.lit(None, dtype=pl.UInt8)
    for place, distance in reversed(list(enumerate(_all_distances(model)))):
        expression = pl.when(holds(place, distance)).then(pl.lit(place, dtype=pl.UInt8)).otherwise(expression)
    return expression


def _confidence(margin: pl.Expr, table: ConfidenceTable | None) -> pl.Expr:
    """Do what `ConfidenceTable.of` does, with its roundings; the margin itself if there is no table."""
    if table is None:
        return margin
    first, *others = ((start, at + (margin - start) * slope) for start, at, slope in table.pieces)
    _, expression = first
    for start, piece in others:
        expression = pl.when(margin >= start).then(piece).otherwise(expression)
    return expression


def _named(model: SegmentModel, index: pl.Expr) -> pl.Expr:
    expression = pl.lit(None, dtype=pl.String)
    for place, name in enumerate(model.names):
        expression = pl.when(index == place).then(pl.lit(name)).otherwise(expression)
    return expression


def _note(model: SegmentModel) -> pl.Expr:
    schema, known = model.schema, pl.col(SEGMENT_INDEX).is_not_null()
    runner_up = _named(model, pl.col(RUNNER_UP_INDEX))
    parts = [pl.lit(borderline_note("")) + runner_up]
    for i, feature in enumerate(schema.features):
        column = pl.col(feature.name)
        if i in schema.cluster_indices:
            parts.append(pl.when(column.is_null()).then(pl.lit(missing(feature))))
        else:
            said = pl.lit(not_given_note(feature, model.assumed.get(i)))
            parts.append(pl.when(column.is_null() & known).then(said))
        parts.append(_outside_note(feature))
    for far in far_notes(model):
        beyond = ~pl.col(schema.names[far.feature]).is_between(far.least, far.most)
        parts.append(pl.when(known & beyond).then(pl.lit(far.text)))
    together = pl.concat_str(parts, separator="; ", ignore_nulls=True)
    return pl.when(together != "").then(together)


def _outside_note(feature: Feature) -> pl.Expr:
    """Return what a value out of bounds is told, and what it may have meant; null within bounds."""
    column, factor = pl.col(feature.name), feature.base_unit_factor
    beyond = ~column.is_between(feature.minimum, feature.maximum)
    said = pl.when(beyond).then(pl.lit(outside(feature)))
    if factor == 1:
        return said
    would_fit = beyond & (column > feature.minimum * factor) & (column <= feature.maximum * factor)
    return pl.when(would_fit).then(pl.lit(f"{outside(feature)}; {meant(feature)}")).otherwise(said)
