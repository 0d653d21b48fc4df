"""The model as Ibis expressions, generated from its plain data: the same answer as `SegmentModel.predict`, in SQL.

The stages are one `mutate` after another, as in `scoring.polars_expressions` and for the same reason. Three rules make
every engine give the same answer. A number is written as a text cast to a double, since engines disagree about the type
and digits of a bare one. A value out of bounds becomes NULL before anything is computed from it, since some engines
fail on overflow. LEAST never gets a NULL, since engines disagree about whether to skip it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Final

import ibis

from segmentation.numbers.value_sentences import meant, missing, outside
from segmentation.scoring.result import CONFIDENCE, RESULT_COLUMNS, borderline_note, far_notes, not_given_note
from segmentation.tree import LEAF
from segmentation.warehouse.expressions.category_codes import category_key, code_of_key, is_blank
from segmentation.warehouse.expressions.values import FAR, as_double, between, double, inside, is_missing, usable_value

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Column, NumericValue, StringValue, Table

    from segmentation.model import SegmentModel
    from segmentation.schema import Feature

# The product of two numbers above this is neither denormal nor zero.
_SQUARABLE: Final = 1e-150
_BETWEEN: Final = "; "
INTERNAL: Final = "segbot_"


def far_outside(table: Table, columns: Mapping[str, str], model: SegmentModel) -> BooleanValue:
    """Say whether a row that can be scored has a value far outside what the model learned from.

    Parameters
    ----------
    columns
        As for `with_answers`.
    """
    far = [
        ~between(as_double(table[columns[model.schema.names[note.feature]]]), note.least, note.most)
        for note in far_notes(model)
    ]
    return reduce(lambda one, other: one | other, far, ibis.literal(value=False))


def with_answers(
    table: Table,
    columns: Mapping[str, str],
    model: SegmentModel,
    names: Sequence[str] = RESULT_COLUMNS,
) -> Table:
    """Add the model's answer to each row: segment, confidence and note.

    Parameters
    ----------
    columns
        The numeric column that holds each feature, by the feature's name; a profile feature may have none.
    names
        Names of the three added columns.

    Returns
    -------
    Table
        `table`'s columns, then segment (string) and confidence (float64, 0 to 1), both NULL if a cluster feature
        is missing or a value is out of bounds, and note (string), NULL if there is nothing to say.
    """
    return _Stages(model, columns, _prefix(table)).add_to(table, tuple(names))


def _prefix(table: Table) -> str:
    """Return a prefix that none of the table's columns has."""
    prefix = INTERNAL
    while any(name.casefold().startswith(prefix) for name in table.columns):
        prefix += "_"
    return prefix


class _Stages:
    """The stages from a table's values to its answers; intermediate columns start with `prefix`."""

    def __init__(self, model: SegmentModel, columns: Mapping[str, str], prefix: str) -> None:
        self._model, self._columns, self._prefix = model, columns, prefix
        self._indices = range(len(model.centroids))

    def add_to(self, table: Table, names: tuple[str, ...]) -> Table:
        segment, confidence, note = names
        own = table.columns
        coded = [self._indicators] if self._model.schema.indicators else []
        scaled = [self._on_scales] if self._logs else []
        values = [*([self._keys] if self._categories else []), self._values, *coded, *scaled]
        distances = (self._answer_and_distances, self._first, self._nearest, self._second, self._next)
        for stage in (*values, *distances, self._confidence):
            table = table.mutate(**{self._prefix + name: column for name, column in stage(table).items()})
        table = table.mutate(**{self._prefix + "runner_up": self._runner_up(table)})
        table = table.mutate(**{self._prefix + "said": self._said(table)})
        known, said = self._of(table, "usable"), self._of(table, "said")
        answers = {
            segment: ibis.cases((known, self._named(self._of(table, "answer")))),
            confidence: ibis.cases((known, self._of(table, CONFIDENCE))),
            # Each part begins with the separator; the first separator is cut off.
            note: ibis.cases((said != ibis.literal(""), said.substr(len(_BETWEEN)))),
        }
        return table.select(*own, **answers)

    def _of(self, table: Table, name: str) -> Column:
        return table[self._prefix + name]

    @property
    def _categories(self) -> list[int]:
        """The features that are categories and have a column."""
        features = enumerate(self._model.schema.features)
        return [i for i, feature in features if feature.is_category and feature.name in self._columns]

    def _keys(self, table: Table) -> dict[str, Column]:
        """Each category's folded text; in a stage of its own, so that it is folded once."""
        features = self._model.schema.features
        return {f"key_{i}": category_key(table[self._columns[features[i].name]], features[i]) for i in self._categories}

    def _values(self, table: Table) -> dict[str, Column]:
        """Each feature as a double, NULL if it makes the row unusable."""
        found = {}
        for i, feature in enumerate(self._model.schema.features):
            deciding = i in self._model.schema.cluster_indices
            if feature.is_category and deciding:
                found[f"value_{i}"] = code_of_key(self._of(table, f"key_{i}"), feature)
                continue
            # A category that only describes makes no row unusable.
            if feature.name not in self._columns or feature.is_category:
                found[f"value_{i}"] = double(self._model.fill[i])
                continue
            column = table[self._columns[feature.name]]
            value = usable_value(column, feature)
            if not deciding:
                value = ibis.cases((is_missing(column), double(self._model.fill[i])), else_=value)
            found[f"value_{i}"] = value
        return found

    def _answer_and_distances(self, table: Table) -> dict[str, Column]:
        values = [self._of(table, f"value_{i}") for i in range(len(self._model.schema.features))]
        found = {"usable": reduce(lambda one, other: one & other, [value.notnull() for value in values])}
        indicators = [self._of(table, f"indicator_{at}") for at in range(len(self._model.schema.indicators))]
        found["answer"] = self._tree([*values, *indicators])
        on_scales = [self._of(table, f"log_{i}") if i in self._logs else value for i, value in enumerate(values)]
        on_scales += indicators
        return found | {f"distance_{segment}": self._squared_distance(on_scales, segment) for segment in self._indices}

    def _indicators(self, table: Table) -> dict[str, Column]:
        """Each indicator, 0 or 1; of a category that is missing or not known, whose row gets no answer, 0."""
        return {
            f"indicator_{at}": ibis.cases(
                (self._of(table, f"value_{one.owner}") == double(one.code), double(1)), else_=double(0)
            )
            for at, one in enumerate(self._model.schema.indicators)
        }

    @property
    def _logs(self) -> list[int]:
        """The cluster features on a log scale."""
        schema = self._model.schema
        return [i for i in schema.cluster_indices if schema.features[i].is_log]

    def _on_scales(self, table: Table) -> dict[str, Column]:
        """Each value that distances take the logarithm of; in a stage of its own, so that it is computed once."""
        # LN is the one function here that engines may round differently, in the last digit.
        return {
            f"log_{i}": (self._of(table, f"value_{i}") - double(self._model.limits[i][0]) + double(1)).ln()
            for i in self._logs
        }

    def _tree(self, values: Sequence[NumericValue]) -> Column:
        tree = self._model.tree

        def branch(node: int) -> NumericValue:
            feature = tree.feature[node]
            if feature == LEAF:
                return _index(tree.segment[node])
            left = values[feature] <= double(tree.cut[node])
            return ibis.cases((left, branch(tree.left[node])), else_=branch(tree.right[node]))

        return branch(0)

    def _squared_distance(self, values: Sequence[NumericValue], segment: int) -> NumericValue:
        """Return the squared distance to a centroid, added up in the model's order so that rounding agrees too."""
        model, squares = self._model, []
        for i, centre in zip(model.schema.cluster_inputs, model.centroids[segment], strict=True):
            from_mean = values[i] - double(model.mean[i])
            if abs(model.mean[i]) < _SQUARABLE:
                from_mean = _flushed(from_mean)
            off = from_mean * double(model.factor[i]) - double(centre)
            squares.append(_squared(off, can_vanish=min(abs(model.mean[i]), abs(centre)) < _SQUARABLE))
        return reduce(lambda one, other: one + other, squares)

    def _distances(self, table: Table) -> list[NumericValue]:
        return [self._of(table, f"distance_{segment}") for segment in self._indices]

    def _first(self, table: Table) -> dict[str, Column]:
        return {"first": ibis.least(*self._distances(table))}

    def _nearest(self, table: Table) -> dict[str, Column]:
        first = self._of(table, "first")
        return {"nearest": self._index_of(table, lambda _segment, distance: distance <= first)}

    def _second(self, table: Table) -> dict[str, Column]:
        nearest = self._of(table, "nearest")
        others = [
            ibis.cases((nearest == _index(segment), double(FAR)), else_=distance)
            for segment, distance in enumerate(self._distances(table))
        ]
        return {"second": ibis.least(*others)}

    def _next(self, table: Table) -> dict[str, Column]:
        first, second, nearest = (self._of(table, name) for name in ("first", "second", "nearest"))
        # An engine may evaluate both branches of a CASE, so the divisor is never zero in either.
        ratio = first.sqrt() / ibis.cases((second > double(0), second), else_=double(1)).sqrt()
        return {
            "margin": ibis.cases((second > double(0), double(1) - ratio), else_=double(0)),
            "next": self._index_of(
                table, lambda segment, distance: (distance <= second) & (nearest != _index(segment))
            ),
        }

    def _confidence(self, table: Table) -> dict[str, Column]:
        """Do what `ConfidenceTable.of` does, with its roundings; the margin itself if there is no table."""
        margin, known = self._of(table, "margin"), self._model.confidence
        if known is None:
            return {CONFIDENCE: margin}
        pieces = [
            (margin >= double(start), double(at) + (margin - double(start)) * double(slope))
            for start, at, slope in reversed(known.pieces)
        ]
        return {CONFIDENCE: ibis.cases(*pieces)}

    def _runner_up(self, table: Table) -> Column:
        """Return the runner-up's index if the answer is borderline, else NULL."""
        answer, nearest = self._of(table, "answer"), self._of(table, "nearest")
        unsure = self._of(table, CONFIDENCE) < double(self._model.borderline_below)
        usable = self._of(table, "usable")
        return ibis.cases((usable & (answer != nearest), nearest), (usable & unsure, self._of(table, "next")))

    def _index_of(self, table: Table, holds: Callable[[int, NumericValue], BooleanValue]) -> Column:
        """Return the first index for which a condition holds."""
        cases = [(holds(segment, distance), _index(segment)) for segment, distance in enumerate(self._distances(table))]
        return ibis.cases(*cases)

    def _named(self, index: NumericValue) -> StringValue:
        return ibis.cases(
            *[(index == _index(segment), ibis.literal(name)) for segment, name in enumerate(self._model.names)]
        )

    def _said(self, table: Table) -> StringValue:
        """Return the note: texts one after another, each empty if it does not apply."""
        known, runner_up = self._of(table, "usable"), self._of(table, "runner_up")
        sure = [
            (runner_up == _index(segment), ibis.literal(f"{_BETWEEN}{borderline_note(name)}"))
            for segment, name in enumerate(self._model.names)
        ]
        parts = [ibis.cases(*sure, else_=ibis.literal(""))]
        for i, feature in enumerate(self._model.schema.features):
            if feature.name not in self._columns:  # said once of the table, not in each row
                continue
            if feature.is_category:
                parts.append(ibis.cases(*self._category_faults(table, known, i, feature), else_=ibis.literal("")))
                continue
            column = table[self._columns[feature.name]]
            parts.append(ibis.cases(*self._faults(column, known, i, feature), else_=ibis.literal("")))
        for far in far_notes(self._model):
            beyond = ~between(self._of(table, f"value_{far.feature}"), far.least, far.most)
            parts.append(ibis.cases((known & beyond, ibis.literal(f"{_BETWEEN}{far.text}")), else_=ibis.literal("")))
        return reduce(lambda one, other: one + other, parts)

    def _category_faults(
        self, table: Table, known: BooleanValue, index: int, feature: Feature
    ) -> list[tuple[BooleanValue, StringValue]]:
        key = self._of(table, f"key_{index}")
        if index in self._model.schema.cluster_indices:
            return [
                (is_blank(key), ibis.literal(f"{_BETWEEN}{missing(feature)}")),
                (code_of_key(key, feature).isnull(), ibis.literal(f"{_BETWEEN}{outside(feature)}")),
            ]
        said = not_given_note(feature, self._model.assumed.get(index))
        return [
            (is_blank(key) & known, ibis.literal(f"{_BETWEEN}{said}")),
            (code_of_key(key, feature).isnull() & known, ibis.literal(f"{_BETWEEN}{outside(feature)}")),
        ]

    def _faults(
        self, column: Column, known: BooleanValue, index: int, feature: Feature
    ) -> list[tuple[BooleanValue, StringValue]]:
        lacking, value = is_missing(column), as_double(column)
        if index in self._model.schema.cluster_indices:
            found = [(lacking, ibis.literal(f"{_BETWEEN}{missing(feature)}"))]
        else:
            said = ibis.literal(f"{_BETWEEN}{not_given_note(feature, self._model.assumed.get(index))}")
            # A row that is refused anyway needs no note on a profile value it lacks.
            found = [(lacking & known, said), (lacking, ibis.literal(""))]
        fits = inside(value, feature)
        if feature.base_unit_factor != 1:
            low, high = feature.minimum * feature.base_unit_factor, feature.maximum * feature.base_unit_factor
            would_fit = ~fits & (value > double(low)) & (value <= double(high))
            found.append((would_fit, ibis.literal(f"{_BETWEEN}{outside(feature)}; {meant(feature)}")))
        return [*found, (~fits, ibis.literal(f"{_BETWEEN}{outside(feature)}"))]


def _index(segment: int) -> NumericValue:
    return ibis.literal(segment, "int32")


def _squared(off: NumericValue, *, can_vanish: bool) -> NumericValue:
    """Return the square; zero if it could be too small for a double, since some engines fail on underflow."""
    return _flushed(off) * _flushed(off) if can_vanish else off * off


def _flushed(value: NumericValue) -> NumericValue:
    return ibis.cases((value.abs() > double(_SQUARABLE), value), else_=double(0))
