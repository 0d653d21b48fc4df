"""A warehouse's table → clean customers to train on, counted by the engine.

The engine sends only the features. If they have at most `cells.EXACT_POINTS` distinct combinations, it sends these
with their counts; otherwise fine histograms first, then cells with counts and integer sums (see `binning`). Integers
add up to the same sum in any order, so the same rows give the same model, to the byte, from a file and any engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import ibis
import numpy as np

from segmentation.numbers.values import Reason
from segmentation.training.points.binning import Bins, Resolution, find_bins
from segmentation.training.points.cells import EXACT_POINTS, BinnedCounts, most_cells, tallied, to_clean_data
from segmentation.training.points.cleaning import CleanData, clean_distinct
from segmentation.training.points.histogram import CODES, FIXED_BITS, FineHistogram, fixed_scales
from segmentation.warehouse.columns import feature_columns, fetch
from segmentation.warehouse.expressions.category_codes import category_key, code_of_key, is_blank
from segmentation.warehouse.expressions.values import as_double, double, is_missing, usable_value
from segmentation.warehouse.ids import ID, each_customer_once, id_column, id_of, repeated_ids, repeated_text

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, IntegerValue, NumericValue, StringValue, Table

    from segmentation.schema import Schema

# Rows to look at before grouping the whole table: if values hardly repeat, that would make a group of every row.
_LOOK: Final = 200_000
_COUNT: Final = "n"


@dataclass(frozen=True)
class TableDataset:
    """A table's customers, clean.

    Parameters
    ----------
    data
        What a model is trained on.
    notes
        What became of rows that repeat an id, as sentences.
    """

    data: CleanData
    notes: tuple[str, ...]


def training_counts(table: Table, schema: Schema, progress: Callable[[str], None] | None = None) -> TableDataset:
    """Count a table's customers as training needs them.

    If a column's name says that it holds ids, each customer counts once, with the usable row that
    `ids.each_customer_once` keeps.

    Parameters
    ----------
    table
        As for `columns.score`; nobody may change it between the queries.
    progress
        Called with the name of each step as it begins.

    Raises
    ------
    BadInput
        When the table's columns cannot be used, or none of its rows.
    """
    say = progress or (lambda _step: None)
    counting = _Counting(table, schema)
    say("Counting")
    rejected, notes = counting.rejected(), counting.count_customers_once()
    return TableDataset(_counted(counting, schema, rejected, say), notes)


def _counted(counting: _Counting, schema: Schema, rejected: Mapping[str, int], say: Callable[[str], None]) -> CleanData:
    if (few := counting.distinct()) is not None:
        return clean_distinct(*few, schema, rejected)
    bins = find_bins([counting.histogram(index) for index in range(len(schema.features))], schema, rejected)
    say("Binning")
    for resolution in bins.resolutions:
        if (counts := counting.cells(bins, resolution, last=resolution == bins.resolutions[-1])) is not None:
            return to_clean_data(counts, bins, rejected)
    raise AssertionError("the last resolution always gives a result")


class _Counting:
    """The queries on one table."""

    def __init__(self, table: Table, schema: Schema) -> None:
        self._schema, columns = schema, feature_columns(table, schema)
        self._names = [f"value_{i}" for i in range(len(schema.features))]
        faults: list[tuple[BooleanValue, StringValue]] = []
        values: dict[str, NumericValue] = {}
        for i, feature in enumerate(schema.features):
            if feature.name not in columns:
                values[self._names[i]] = ibis.null("float64")
                continue
            column = table[columns[feature.name]]
            if feature.is_category:
                key = category_key(column, feature)
                values[self._names[i]] = code = code_of_key(key, feature)
                if i in schema.cluster_indices:
                    faults.append((is_blank(key), ibis.literal(Reason.MISSING.value)))
                    faults.append((code.isnull(), ibis.literal(Reason.UNKNOWN_CATEGORY.value)))
                continue
            if i in schema.cluster_indices:
                faults.append((is_missing(column), ibis.literal(Reason.MISSING.value)))
            inside = usable_value(column, feature)
            faults.append((~is_missing(column) & inside.isnull(), ibis.literal(Reason.OUT_OF_RANGE.value)))
            # Adding 0.0 turns -0.0 into 0.0; some engines would group the two apart.
            values[self._names[i]] = as_double(column) + double(0)
        self._ids = id_column(table, columns.values())
        own_id = {} if self._ids is None else {ID: id_of(table, self._ids)}
        self._judged = table.select(reason=ibis.cases(*faults), **values, **own_id)
        self._usable = self._judged.filter(self._judged["reason"].isnull()).drop("reason")

    @property
    def _fixed(self) -> Table:
        """The usable customers as whole numbers."""
        # Rounded by adding a half and cutting off, since engines disagree about ROUND of a half.
        return self._usable.select(
            **{
                name: (self._usable[name] * double(scale) + double(0.5)).floor().cast("int64")
                for name, scale in zip(self._names, fixed_scales(self._schema), strict=True)
            }
        )

    def count_customers_once(self) -> tuple[str, ...]:
        """Leave out usable rows that repeat an id, and say how many they are."""
        if self._ids is None:
            return ()
        repeated = repeated_ids(self._usable[ID], self._ids)
        usable = each_customer_once(self._usable, self._names) if repeated else self._usable
        self._usable = usable.drop(ID)
        if not repeated:
            return ()
        order = ", ".join(self._schema.names)
        return (
            f"{repeated_text(repeated, self._ids)}: each customer counts once, with the usable row whose values are "
            f"smallest, compared in the order {order}.",
        )

    def rejected(self) -> dict[str, int]:
        """Return the number of unusable rows, by the reason of each row's first fault."""
        reasons = self._judged.filter(self._judged["reason"].notnull())
        return {str(reason): int(rows) for reason, rows in fetch(reasons.group_by("reason").agg(n=reasons.count()))}

    def distinct(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]] | None:
        """Return the distinct customers, shape (n, features), NaN for a missing value, and their counts, shape (n,).

        None if there are more than `EXACT_POINTS`.
        """
        first = self._usable.limit(_LOOK)
        ((different,),) = fetch(first.distinct().limit(EXACT_POINTS + 1).agg(n=lambda distinct: distinct.count()))
        if different > EXACT_POINTS:
            return None
        groups = self._usable.group_by(self._names).agg(n=self._usable.count())
        rows = fetch(groups.limit(EXACT_POINTS + 1))
        if len(rows) > EXACT_POINTS:
            return None
        values = [[np.nan if value is None else value for value in row[:-1]] for row in rows]
        width = len(self._names)
        return (
            np.array(values, dtype=np.float64).reshape(-1, width),
            np.array([row[-1] for row in rows], dtype=np.int64),
        )

    def histogram(self, index: int) -> FineHistogram:
        """Return one feature's fine histogram."""
        fixed = self._fixed
        column = fixed[self._names[index]]
        # A fourth root by two square roots, which IEEE 754 rounds exactly: a POWER may differ between engines.
        share = column.abs().cast("float64") / double(1 << FIXED_BITS)
        size = (double(CODES) * share.sqrt().sqrt()).floor().cast("int64")
        coded = fixed.select(code=ibis.cases((column < 0, -size), else_=size), fixed=column)
        found = fetch(coded.group_by("code").agg(n=coded.count(), total=coded["fixed"].sum()))
        missing = sum(int(rows) for code, rows, _total in found if code is None)
        known = [tuple(map(int, row)) for row in found if row[0] is not None]
        codes, counts, sums = zip(*known, strict=True) if known else ((), (), ())
        return FineHistogram.from_groups(codes, counts, sums, missing)

    def cells(self, bins: Bins, resolution: Resolution, *, last: bool) -> BinnedCounts | None:
        """Return the cells that hold customers; None if there are too many and a coarser resolution is left."""
        table, width = self._fixed, len(self._names)
        inside = [
            table[self._names[i]].between(bins.features[i].low, bins.features[i].high)
            for i in self._schema.cluster_indices
            if bins.features[i].fenced
        ]
        if inside:
            table = table.filter(inside)
        filled = table.select(
            **{name: table[name].fill_null(bins.features[i].fill_fixed) for i, name in enumerate(self._names)},
            **{f"lacks_{i}": ibis.cases((table[name].isnull(), 1), else_=0) for i, name in enumerate(self._names)},
        )
        keys = {
            f"bin_{i}": _bin_of(filled[name], bins.features[i].edges(resolution).tolist())
            for i, name in enumerate(self._names)
        }
        binned = filled.mutate(**keys)
        # Missing ones are counted apart, so what stands for them must not be tallied.
        tallies = {
            f"tally_{at}": ibis.cases(
                ((binned[f"lacks_{i}"] == 0) & (binned[self._names[i]] == fixed), 1), else_=0
            ).sum()
            for at, (i, fixed) in enumerate(self._tallied)
        }
        sums = {f"sum_{i}": binned[name].sum() for i, name in enumerate(self._names)}
        lacking = {f"missing_{i}": binned[f"lacks_{i}"].sum() for i in range(width)}
        groups = binned.group_by(list(keys)).agg(n=binned.count(), **sums, **lacking, **tallies)
        # One cell more than allowed shows that there are too many; the rest need not be sent.
        most = most_cells(self._schema)
        found = fetch(groups if last else groups.limit(most + 1))
        if len(found) > most and not last:
            return None
        numbers = np.array([tuple(map(int, row)) for row in found], dtype=np.int64)
        numbers = numbers.reshape(-1, 3 * width + 1 + len(tallies))
        ends = [width, width + 1, 2 * width + 1, 3 * width + 1]
        cells, counts, totals, missing, tallied = np.split(numbers, ends, axis=1)
        return BinnedCounts(resolution, cells, counts[:, 0], totals, missing, tallied)

    @property
    def _tallied(self) -> list[tuple[int, int]]:
        """Return the index of each category's feature, and its code as a whole number."""
        scales = fixed_scales(self._schema).tolist()
        return [(i, int(code * scales[i])) for i, code in tallied(self._schema)]


def _bin_of(value: IntegerValue, edges: Sequence[int]) -> IntegerValue:
    """Return the number of ascending edges that a value reaches, by binary search."""

    def among(low: int, high: int) -> IntegerValue:
        if low == high:
            return ibis.literal(low, "int32")
        middle = (low + high) // 2
        return ibis.cases((value < edges[middle], among(low, middle)), else_=among(middle + 1, high))

    return among(0, len(edges))
