"""Counts a table where it is, beside what the model in service was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from segmentation.warehouse.columns import feature_columns, fetch
from segmentation.warehouse.connections import open_warehouse
from segmentation.warehouse.expressions.category_codes import category_key, code_of_key
from segmentation.warehouse.expressions.values import double, usable_value
from segmentation.warehouse.score import score_table
from segmentation.watching.check import TableCheck
from segmentation.watching.unlike import Unlike, unlike

if TYPE_CHECKING:
    from ibis.expr.types import IntegerValue, NumericValue

    from segmentation.model import SegmentModel
    from segmentation.registry.manifest import Manifest
    from segmentation.training.distributions import TrainingProfile
    from segmentation.warehouse.address import Address


def check_table(source: Address, model: SegmentModel, manifest: Manifest) -> TableCheck:
    """Count a table where it is.

    Parameters
    ----------
    manifest
        The model's: what it was trained on.

    Raises
    ------
    BadInput
        When the address, the table or its columns cannot be used.
    NotReady
        When the warehouse cannot be reached.
    SegbotError
        When the warehouse refuses a query.
    """
    counted = score_table(source, model)
    profile = manifest.report.profile
    return TableCheck(
        version=model.version,
        trained_at=datetime.fromisoformat(manifest.created_at).timestamp(),
        rows=counted.rows,
        scored=counted.scored,
        segments=counted.segments,
        trained={segment.name: segment.share for segment in model.segments},
        features=() if profile is None else _features(source, model, profile),
    )


def _features(source: Address, model: SegmentModel, profile: TrainingProfile) -> tuple[Unlike, ...]:
    found = []
    with open_warehouse(source) as warehouse:
        table = warehouse.table(source.table)
        columns = feature_columns(table, model.schema)
        for feature in model.schema.features:
            before = profile.distribution(feature.name)
            if before is None or feature.name not in columns:
                continue
            column = table[columns[feature.name]]
            value = (
                code_of_key(category_key(column, feature), feature)
                if feature.is_category
                else usable_value(column, feature)
            )
            binned = table.select(bin=_bin_of(value, before.edges), value=value)
            known = binned.filter(binned["value"].notnull())
            counts = [0] * len(before.shares)
            for place, rows in fetch(known.group_by("bin").agg(n=known.count())):
                counts[int(place)] = int(rows)
            if sum(counts):
                found.append(unlike(feature, before, profile.customers, counts))
    return tuple(found)


def _bin_of(value: NumericValue, edges: Sequence[float]) -> IntegerValue:
    """Return the number of ascending edges that a value is above, by binary search."""

    def among(low: int, high: int) -> IntegerValue:
        if low == high:
            return ibis.literal(low, "int32")
        middle = (low + high) // 2
        return ibis.cases((value <= double(edges[middle]), among(low, middle)), else_=among(middle + 1, high))

    return among(0, len(edges))
