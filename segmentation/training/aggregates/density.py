"""Customers → how many of them are where on the segment map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.density import Density, shown_on_map
from segmentation.scales import scaled_columns
from segmentation.training.statistics import occurring_quantiles

if TYPE_CHECKING:
    from segmentation.schema import Schema
    from segmentation.training.points.cleaning import CleanData

STEPS: Final = 32
# The grid ends at these quantiles: one far customer must not stretch it.
_TAIL: Final = 0.005


def density_of(schema: Schema, data: CleanData) -> Density:
    """Count the customers who state the features that span the map, over these features."""
    shown = list(shown_on_map(schema))
    weights = data.weights if data.stated is None else data.stated[:, shown].min(axis=1)
    points, weights = data.points[weights > 0], weights[weights > 0]
    features = [schema.features[i] for i in shown]
    places = np.zeros((len(points), len(shown)), dtype=np.intp)
    inside, low, step, sizes = np.ones(len(points), dtype=bool), [], [], []
    for at, (feature, column) in enumerate(zip(features, scaled_columns(points[:, shown], features).T, strict=True)):
        if feature.is_category:  # one cell each
            begin, width, size = -0.5, 1.0, max(len(feature.codes), 1)
        else:
            begin, end = occurring_quantiles(column, weights, (_TAIL, 1 - _TAIL))
            width, size = (end - begin) / STEPS or 1.0, STEPS
            inside &= (column >= begin) & (column <= end)
        # The end itself is in the last cell.
        places[:, at] = np.minimum((column - begin) // width, size - 1)
        low.append(float(begin))
        step.append(float(width))
        sizes.append(size)
    cells = places[:, 0] if len(shown) == 1 else places[:, 1] * sizes[0] + places[:, 0]
    counts = np.bincount(cells[inside], weights=weights[inside], minlength=int(np.prod(sizes))).astype(np.int64)
    rows = counts.reshape(-1, sizes[0]).tolist()
    return Density(
        tuple(feature.name for feature in features), tuple(low), tuple(step), tuple(tuple(row) for row in rows)
    )
