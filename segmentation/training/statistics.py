"""Quantiles and Tukey's fence of values that occur several times each: cleaning, bins, profile and gate share them.

Two kinds of quantile are needed. `quantile` and `median` interpolate between neighbouring rows, as numpy does; fences
and imputed values use them. `occurring_quantiles` returns values that some row really has; the edges of bins and the
percentiles a person reads use those.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.scales import scaled
from segmentation.schema import Indicator
from segmentation.training.distributions import Fence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Feature


# Tukey's outer fence: beyond three interquartile ranges from the quartiles a value is "far out"
# (J. W. Tukey, Exploratory Data Analysis, 1977).
FENCE: Final = 3.0
# On a log scale quartiles may be so near to each other that a shop's few best customers lie beyond three ranges. So
# nothing up to 1,000 times the upper quartile is far out there. (Of 1,500 generated shops like those of
# `benchmarks.truth.scale`, seeds 1000 to 2499, 34 lose some money with 300 times and none
# with 1,000; a customer that far out hardly moves a centre on this scale.)
LEAST_LOG_REACH: Final = math.log(1000)


def quantile(values: NDArray[np.float64], counts: NDArray[np.int64], share: float) -> float:
    """Return the value that `share` of the rows do not exceed, interpolated as ``numpy.quantile`` does.

    Parameters
    ----------
    values, counts
        (n,) ascending values, n at least 1, and how often each occurs.
    share
        From 0 to 1.

    Examples
    --------
    >>> quantile(np.array([10.0, 20.0]), np.array([3, 1]), 0.75)
    12.5
    """
    reached = np.cumsum(counts)
    rank = (int(reached[-1]) - 1) * share
    ranks = np.array([math.floor(rank), min(math.floor(rank) + 1, int(reached[-1]) - 1)])
    lower, upper = values[np.searchsorted(reached, ranks, side="right")].tolist()
    part, step = rank - math.floor(rank), upper - lower
    # numpy interpolates from the nearer end; doing the same makes even the last bit agree.
    return float(upper - step * (1 - part) if part >= 0.5 else lower + step * part)  # noqa: PLR2004 - a half


def median(values: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
    """Return the median of (n,) ascending values that occur `counts` times each, as ``numpy.median`` does.

    Examples
    --------
    >>> median(np.array([10.0, 20.0]), np.array([1, 1]))
    15.0
    """
    reached = np.cumsum(counts)
    ranks = np.array([reached[-1] - 1, reached[-1]]) // 2
    lower, upper = values[np.searchsorted(reached, ranks, side="right")].tolist()
    return float((lower + upper) / 2)


def occurring_quantiles(
    values: NDArray[np.float64], counts: NDArray[np.int64], shares: Sequence[float]
) -> tuple[float, ...]:
    """Return, for each share, the least value that this share of the rows does not exceed; always one of `values`.

    Parameters
    ----------
    values, counts
        (n,) values in any order, n at least 1, and how often each occurs.
    shares
        From 0 to 1.

    Examples
    --------
    >>> occurring_quantiles(np.array([20.0, 10.0]), np.array([1, 3]), [0.75, 0.9])
    (10.0, 20.0)
    """
    order = values.argsort(kind="stable")
    reached = counts[order].cumsum()
    # Rounding may carry a share of all rows past the last of them.
    positions = np.minimum(reached.searchsorted(np.array(shares) * reached[-1]), len(values) - 1)
    return tuple(values[order][positions].tolist())


def outer_fence(values: NDArray[np.float64], counts: NDArray[np.int64], least_reach: float = 0.0) -> Fence | None:
    """Return Tukey's outer fence around (n,) ascending values, n at least 1, that occur `counts` times each.

    Parameters
    ----------
    least_reach
        How far the fence is from the quartiles at least.

    Returns
    -------
    Fence | None
        None when half the rows or more share a value: every other value would be far out then.
    """
    lower, upper = quantile(values, counts, 0.25), quantile(values, counts, 0.75)
    spread = upper - lower
    reach = max(FENCE * spread, least_reach)
    return None if spread == 0 else Fence(lower - reach, upper + reach)


def least_reach(feature: Feature) -> float:
    """Return how far a feature's fence is from the quartiles at least, on the feature's scale."""
    if isinstance(feature, Indicator):  # neither value of the two is far out
        return math.inf
    return LEAST_LOG_REACH if feature.is_log else 0.0


def tukey_fence(values: NDArray[np.float64], counts: NDArray[np.int64], feature: Feature) -> Fence | None:
    """Return the outer fence around a feature's values, found on its scale and held within its bounds.

    Parameters
    ----------
    values, counts
        (n,) ascending values in the feature's unit, n at least 1, and how often each occurs.
    feature
        No value lies outside its bounds, so naming a fence beyond them would only puzzle the reader.

    Returns
    -------
    Fence | None
        In the feature's unit; None as for `outer_fence`.

    Examples
    --------
    >>> tukey_fence(np.array([10.0, 50.0, 60.0]), np.array([1, 1, 1]), model.schema.find("income"))
    Fence(below=0.0, above=130.0)
    """
    found = outer_fence(scaled(values, feature), counts, least_reach(feature))
    if found is None:
        return None
    below, above = feature.unscaled(found.below), feature.unscaled(found.above)
    return Fence(max(below, float(feature.minimum)), min(above, float(feature.maximum)))
