"""What is typical of some customers: averages, percentiles, and shares of categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.training.statistics import occurring_quantiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Schema
    from segmentation.training.points.cleaning import CleanData

LOW_PERCENTILE: Final = 0.1
HIGH_PERCENTILE: Final = 0.9


def mean_and_percentiles(
    values: NDArray[np.float64], counts: NDArray[np.int64]
) -> tuple[float, float, float] | tuple[None, None, None]:
    """Return the mean and the two percentiles of those who have a feature; None if nobody does.

    Parameters
    ----------
    values, counts
        (n,) values that are known, in the feature's unit, and how many customers have each.
    """
    if not len(values):
        return None, None, None
    low, high = occurring_quantiles(values, counts, (LOW_PERCENTILE, HIGH_PERCENTILE))
    return float(np.average(values, weights=counts)), low, high


def category_shares(data: CleanData, schema: Schema, inside: NDArray[np.bool_]) -> tuple[tuple[float, ...], ...]:
    """Return the shares of the categories among some customers; `Segment.shares` says in which form.

    Parameters
    ----------
    inside
        (n,) which of the data's points are those customers'.
    """
    if not any(feature.is_category for feature in schema.features):
        return ()
    found = []
    for i, feature in enumerate(schema.features):
        counts = data.category_counts(i, len(feature.codes), inside) if feature.is_category else np.zeros(0)
        found.append(tuple((counts / counts.sum()).tolist()) if counts.any() else ())
    return tuple(found)
