"""Arrays on a feature's scale and back, and which scale suits a feature's values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.schema import Scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from segmentation.schema import Feature, Schema

# An exponential distribution has a skewness of 2, a normal one of 0. Below this a logarithm would gain little.
SKEWED: Final = 1.5
# How many times as far from the median the 95th percentile must be as the 5th: 3.6 for an exponential distribution, 1
# for a normal one, whatever few values are far out.
_LOPSIDED: Final = 2.0
_TAIL: Final = 0.05
# As Tukey's outer fence: in interquartile ranges beyond the upper quartile.
_FAR_OUT: Final = 3.0
# The logarithm must take away most of the skewness: a few values in another unit, or two groups of customers far
# apart, stay about as skewed as they were.
_LEFT_OF_IT: Final = 0.5
_FEWEST: Final = 20


def scaled(values: NDArray[np.float64], feature: Feature) -> NDArray[np.float64]:
    """Put (n,) values on their feature's scale, as `Feature.scaled` does for one; NaN stays NaN.

    On a log scale values below the feature's minimum, which only another schema allows, count as the minimum.
    """
    return np.log1p(np.maximum(values - feature.minimum, 0.0)) if feature.is_log else values


def unscaled(values: NDArray[np.float64], feature: Feature) -> NDArray[np.float64]:
    """Take (n,) numbers off their feature's scale, those beyond the bounds to the bounds."""
    if not feature.is_log:
        return values
    # Capped first, since `expm1` of more would overflow.
    capped = np.minimum(values, feature.scaled(feature.maximum))
    return np.clip(feature.minimum + np.expm1(capped), feature.minimum, feature.maximum)


def scaled_columns(points: NDArray[np.float64], features: Sequence[Feature]) -> NDArray[np.float64]:
    """Put (n, d) values on the scales of d features; the same array when all are plain."""
    if not any(feature.is_log for feature in features):
        return points
    return np.column_stack([scaled(column, feature) for column, feature in zip(points.T, features, strict=True)])


def unscaled_columns(points: NDArray[np.float64], features: Sequence[Feature]) -> NDArray[np.float64]:
    """Take (n, d) numbers off the scales of d features; the same array when all are plain."""
    if not any(feature.is_log for feature in features):
        return points
    return np.column_stack([unscaled(column, feature) for column, feature in zip(points.T, features, strict=True)])


def expanded(points: NDArray[np.float64], schema: Schema) -> NDArray[np.float64]:
    """Return the inputs (n, inputs) for (n, d) values in schema order, as `Schema.expanded` does for one."""
    if not schema.indicators:
        return points
    columns = [(points[:, one.owner] == one.code).astype(points.dtype) for one in schema.indicators]
    return np.column_stack([points, *columns])


@dataclass(frozen=True, slots=True)
class ProposedScale:
    """Which scale suits a feature's values, and why.

    Parameters
    ----------
    scale
        The proposal.
    reason
        A sentence for the person who decides.
    skewness, skewness_on_log
        Of the values as they are, and on the log scale: 0 for a symmetric distribution. Both 0 for too few values.
    """

    scale: Scale
    reason: str
    skewness: float = 0.0
    skewness_on_log: float = 0.0


def proposed_scale(
    values: NDArray[np.float64], minimum: float, counts: NDArray[np.int64] | None = None
) -> ProposedScale:
    """Propose a scale for a feature by the skewness of its values.

    Parameters
    ----------
    values
        (n,) values in the feature's unit, all of them or a sample; NaN where missing.
    minimum
        The feature's lower bound, at which the log scale begins: log1p(value - minimum). Values below it are left out.
    counts
        (n,) how often each value occurs; once each if not given.

    Examples
    --------
    >>> import numpy as np
    >>> spent = np.exp(np.random.default_rng(0).normal(5, 1, 1000))
    >>> proposed_scale(spent, 0.0).scale
    <Scale.LOG: 'log'>
    >>> proposed_scale(np.random.default_rng(0).normal(60, 20, 1000), -100.0).reason
    'The values are about as spread out below their mean as above it (skewness -0.1).'
    """
    counts = np.ones(len(values), dtype=np.int64) if counts is None else counts
    known = values >= minimum  # NaN is not
    values, counts = values[known], counts[known]
    if counts.sum() < _FEWEST or np.ptp(values) == 0:
        return ProposedScale(Scale.PLAIN, "There are too few different values to tell how they are spread.")
    plain, on_log = _skewness(values, counts), _skewness(np.log1p(values - minimum), counts)
    if plain < SKEWED:
        how = "about as spread out below their mean as above it" if plain > -SKEWED else "spread out to the low side"
        reason = f"The values are {how} (skewness {_shown(plain)})."
        return ProposedScale(Scale.PLAIN, reason, plain, on_log)
    if not _lopsided(values, counts):
        reason = f"Most values are evenly spread, and only a few far out make them skewed ({_shown(plain)})."
        return ProposedScale(Scale.PLAIN, reason, plain, on_log)
    many = f"Most values are small and a few very large (skewness {_shown(plain)})"
    if abs(on_log) > _LEFT_OF_IT * plain:
        reason = f"{many}, but a logarithm wouldn't even them out (skewness {_shown(on_log)})."
        return ProposedScale(Scale.PLAIN, reason, plain, on_log)
    reason = f"{many}; a logarithm evens them out (skewness {_shown(on_log)}), so that times as much counts alike."
    return ProposedScale(Scale.LOG, reason, plain, on_log)


def _skewness(values: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
    """Return the third standardised moment of values that occur `counts` times each; 0 if all are alike."""
    off = values - np.average(values, weights=counts)
    variance = float(np.average(off**2, weights=counts))
    return float(np.average(off**3, weights=counts)) / variance**1.5 if variance > 0 else 0.0


def _lopsided(values: NDArray[np.float64], counts: NDArray[np.int64]) -> bool:
    """Say whether the values that are not far out are skewed to the high side, too."""
    order = values.argsort(kind="stable")
    values, counts = values[order], counts[order]
    lower, upper = _quantiles(values, counts, 0.25, 0.75)
    near = values <= upper + _FAR_OUT * (upper - lower)
    low, middle, high = _quantiles(values[near], counts[near], _TAIL, 0.5, 1 - _TAIL)
    return high - middle > _LOPSIDED * (middle - low)


def _quantiles(values: NDArray[np.float64], counts: NDArray[np.int64], *shares: float) -> list[float]:
    """Return, of ascending values that occur `counts` times each, the least that such shares do not exceed."""
    reached = counts.cumsum()
    found: list[float] = values[reached.searchsorted(np.array(shares) * reached[-1])].tolist()
    return found


def _shown(skewness: float) -> str:
    return f"{skewness + 0.0:.1f}"
