"""Whether customers are in groups at all: their silhouette against that of generated customers who are in none.

K-Means divides anything into as many parts as it is told to, and the parts of customers who are spread evenly, or
around a single centre, have a silhouette too. So customers are in groups only if their silhouette is better than what
K-Means reaches on customers without groups who have the same extent, correlation and skewness.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.preprocessing import PowerTransformer

from segmentation.training.clustering import fit_kmeans, threads
from segmentation.training.groups.choice import choose_k
from segmentation.training.groups.silhouette import Silhouettes
from segmentation.training.reports.training import Structure, SweepPoint

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Of each kind of customers without groups. Their silhouettes differ by chance by about .015.
DRAWS: Final = 19
ROWS: Final = 400
_N_INIT: Final = 2
# The skewness of customers is fitted on a sample of at most this many.
_SKEW_ROWS: Final = 1000
# How many standard deviations above the mean of the draws begins what customers without groups do not reach.
_DEVIATIONS: Final = 2.5
# After so many draws of a kind the others are spared if they could not change the verdict: if the customers' silhouette
# is so many times as far above the mean of the first as it has to be, counting chance as no less than it usually is.
_FIRST_DRAWS: Final = 6
_TIMES_AS_FAR: Final = 3
_USUAL_DEVIATION: Final = 0.015
# Values this many standard deviations apart are not rounded.
_COARSEST_STEP: Final = 1.0
_LARGEST_SEED: Final = 2**31


def find_structure(
    scaled: NDArray[np.float64],
    weights: NDArray[np.int64],
    swept: Sequence[SweepPoint],
    seed: int,
    draws: int = DRAWS,
    groups: Sequence[Sequence[int]] = (),
) -> Structure | None:
    """Compare the silhouette of customers with those of customers without groups; None if they have no silhouette.

    Parameters
    ----------
    scaled, weights
        (m, c) distinct points in scaled space, cluster features only, and their (m,) counts.
    swept
        What `sweep` measured. The k that suits the customers is compared: one in service or asked for may not.
    seed
        Fixes the draws.
    draws
        How many times to draw from each kind of customers without groups.
    groups
        For each category the columns of its indicators: categories are drawn whole, as often as they occur, whatever
        else a customer is.
    """
    k = choose_k(swept).k
    # Taken from the sweep, so that the customers' silhouette is the one the report shows for this k.
    silhouette = next(point.silhouette for point in swept if point.k == k)
    if silhouette is None:
        return None
    rng = np.random.default_rng(seed)
    rows = min(int(weights.sum()), ROWS)
    bars: dict[str, float] = {}
    for kind, draw in _all_kinds(scaled, weights, groups, rng).items():
        # All are drawn, though few may be looked at, so that one kind's draws do not depend on another's.
        drawn = [(draw(rows), int(rng.integers(_LARGEST_SEED))) for _ in range(draws)]
        bars[kind] = _bar(drawn, k, silhouette)
    return Structure(k, silhouette, bars)


def _bar(drawn: Sequence[tuple[NDArray[np.float64], int]], k: int, silhouette: float) -> float:
    """Return what customers like those drawn, each (n, c) with a seed, do not reach; `silhouette` is the customers'."""
    scores: list[float] = []
    with threads().limit(limits=1):
        for points, seed in drawn:
            scores.append(_silhouette(points, k, seed))
            if len(scores) == _FIRST_DRAWS:
                needed = _DEVIATIONS * max(float(np.std(scores)), _USUAL_DEVIATION)
                if silhouette > np.mean(scores) + _TIMES_AS_FAR * needed:
                    break
    return float(np.mean(scores) + _DEVIATIONS * np.std(scores))


def _silhouette(points: NDArray[np.float64], k: int, seed: int) -> float:
    if len(np.unique(points, axis=0)) <= k:
        return 1.0  # each cluster is a single point
    fitted = fit_kmeans(points, np.ones(len(points), dtype=np.int64), k, seed, _N_INIT)
    return Silhouettes(points, np.arange(len(points))).mean(fitted.labels_) or 0.0


_Draw = Callable[[int], "NDArray[np.float64]"]
_Step = Callable[["NDArray[np.float64]"], "NDArray[np.float64]"]


def _all_kinds(
    scaled: NDArray[np.float64],
    weights: NDArray[np.int64],
    groups: Sequence[Sequence[int]],
    rng: np.random.Generator,
) -> dict[str, _Draw]:
    """Return the kinds of customers without groups, categories included."""
    if not groups:
        return _kinds(scaled, weights, rng)
    numbers = sorted(set(range(scaled.shape[1])) - {column for group in groups for column in group})
    shares = weights / weights.sum()

    def with_categories(draw: _Draw | None) -> _Draw:
        def whole(rows: int) -> NDArray[np.float64]:
            points = np.empty((rows, scaled.shape[1]))
            if draw is not None:
                points[:, numbers] = draw(rows)
            for group in groups:
                points[:, list(group)] = scaled[rng.choice(len(scaled), rows, p=shares)][:, list(group)]
            return points

        return whole

    if not numbers:
        return {"categories": with_categories(None)}
    return {kind: with_categories(draw) for kind, draw in _kinds(scaled[:, numbers], weights, rng).items()}


def _kinds(scaled: NDArray[np.float64], weights: NDArray[np.int64], rng: np.random.Generator) -> dict[str, _Draw]:
    """Return the kinds of customers without groups, each a function that draws (n, c) of them."""
    total, features = int(weights.sum()), scaled.shape[1]
    mean = np.average(scaled, axis=0, weights=weights)
    off = scaled - mean
    variances, axes = np.linalg.eigh((off * (weights / total)[:, None]).T @ off)
    deviations = np.sqrt(np.maximum(variances, 0))
    along = off @ axes
    low, high = along.min(axis=0), along.max(axis=0)
    stepped = _grid(scaled, np.sqrt((off**2 * (weights / total)[:, None]).sum(axis=0)))
    sample = scaled[rng.choice(len(scaled), min(_SKEW_ROWS, total), p=weights / total)]

    return {
        "box": lambda rows: stepped(mean + rng.uniform(low, high, (rows, features)) @ axes.T),
        "one centre": lambda rows: stepped(mean + rng.standard_normal((rows, features)) * deviations @ axes.T),
        "one skewed centre": _skewed(sample, rng, stepped),
    }


def _grid(scaled: NDArray[np.float64], deviations: NDArray[np.float64]) -> _Step:
    """Return what puts points on the customers' grid: values rounded coarsely make better silhouettes by themselves."""
    steps = np.array([np.diff(np.unique(column)).min() for column in scaled.T])
    rounded = np.flatnonzero(steps <= _COARSEST_STEP * deviations)

    def stepped(points: NDArray[np.float64]) -> NDArray[np.float64]:
        for index in rounded:
            origin, step = scaled[0, index], steps[index]
            points[:, index] = np.round((points[:, index] - origin) / step) * step + origin
        return points

    return stepped


def _skewed(sample: NDArray[np.float64], rng: np.random.Generator, stepped: _Step) -> _Draw:
    """Draw from one centre with the features' skewness: normal after a power transform.

    I.-K. Yeo, R. A. Johnson, "A New Family of Power Transformations to Improve Normality or Symmetry", 2000.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a sample of one value has no likelihood to maximise, and is left as it is
        power = PowerTransformer(standardize=False).fit(sample)
        normal = power.transform(sample)
    mean, covariance = normal.mean(axis=0), np.atleast_2d(np.cov(normal.T))
    low, high = sample.min(axis=0), sample.max(axis=0)

    def draw(rows: int) -> NDArray[np.float64]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy warns that what lies beyond the transform's range becomes NaN
            points = power.inverse_transform(rng.multivariate_normal(mean, covariance, rows, method="eigh"))
        return stepped(np.clip(np.where(np.isfinite(points), points, high), low, high))

    return draw
