"""Values that are rounded coarsely, such as ratings from 1 to 5, spread over their steps before groups are looked for.

K-Means makes a segment of each rating if it may, and their silhouette is excellent: all customers of a segment are at
the same value. That says how the question was asked, not that customers are in groups. A rating of 3 stands for all
between 2.5 and 3.5, so that is how it is looked at when k is chosen; the model itself is fitted on the values as they
are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.training.space import Points

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Two or three values may well be groups of their own; of more than these the steps are too small to matter.
_FEWEST_VALUES: Final = 4
_MOST_VALUES: Final = 12
# Values this many standard deviations apart are kinds of customers rather than steps of a scale.
_LARGEST_STEP: Final = 1.5
# At most about so many places the customers at few points are spread to.
_PLACES: Final = 2000
_ALIKE: Final = 1e-6
SAID: Final = (
    "Few values whole steps apart, such as ratings, were spread over their steps, so as not to count the steps."
)


def spread_steps(points: Points, seed: int) -> Points:
    """Spread customers evenly over the steps of features with few values, whole steps apart.

    Parameters
    ----------
    points
        In scaled space. On a log scale, steps are not alike, and such a feature stays as it is.
    seed
        Fixes where they are spread to.

    Returns
    -------
    Points
        The same customers, and the very same object if no feature is rounded coarsely.
    """
    steps = np.array([_step(column, points.counts) for column in points.points.T])
    if not steps.any():
        return points
    total = int(points.counts.sum())
    places = np.maximum(1, np.minimum(points.counts, points.counts * _PLACES // total))
    which = np.repeat(np.arange(len(places)), places)
    share, left = np.divmod(points.counts, places)
    # The place of each among those of its point: the first `left` of them take one customer more.
    nth = np.arange(len(which)) - np.repeat(np.cumsum(places) - places, places)
    offsets = np.random.default_rng(seed).uniform(-0.5, 0.5, (len(which), len(steps)))
    spread = points.points[which] + offsets * steps
    return Points(spread, share[which] + (nth < left[which]), points.scatter)


def _step(column: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
    """Return how far apart the few values of a feature are; 0 if it is not rounded coarsely."""
    values = np.unique(column.round(9))
    if not _FEWEST_VALUES <= len(values) <= _MOST_VALUES:
        return 0.0
    gaps = np.diff(values)
    step = float(gaps.min())
    deviation = np.sqrt(np.average((column - np.average(column, weights=counts)) ** 2, weights=counts))
    whole = np.abs(gaps / step - (gaps / step).round()) < _ALIKE
    return step if whole.all() and step <= _LARGEST_STEP * deviation else 0.0
