"""How far customers have drifted from those a version was trained with: the stability index of each feature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.evaluation.comparison import Drift, Side
from segmentation.evaluation.moves import positions
from segmentation.scales import scaled
from segmentation.training.aggregates.profile import shares_of
from segmentation.training.closeness import shares_by_closeness

if TYPE_CHECKING:
    from segmentation.schema import Feature
    from segmentation.training.distributions import Distribution
    from segmentation.training.points.cleaning import CleanData

# The usual marks of the population stability index (N. Siddiqi, Credit Risk Scorecards, 2006).
MODERATE: Final = 0.1
LARGE: Final = 0.25
# What `joint_drift` measures, in the place of a feature's name.
DISTANCE: Final = "distance from the centre"
# An empty bin would make the index infinite; a share this small stands in for none.
_EMPTY: Final = 1e-4
# Sampling alone moves the index of two samples of n and m customers by chi² (bins - 1) * (1/n + 1/m)
# (B. Yurdakul, Statistical Properties of the Population Stability Index, 2018): with bins this many, 95 % of the time
# by less than the value beside it, for n = m = 1.
_NOISE: Final = {10: 16.92, 9: 15.51, 8: 14.07, 7: 12.59, 6: 11.07, 5: 9.49, 4: 7.81}
# Beyond this value it is not chance: that happens to 1 in 100 such samples, and a model has several features.
_SURE: Final = {10: 21.67, 9: 20.09, 8: 18.48, 7: 16.81, 6: 15.09, 5: 13.28, 4: 11.34}
_FEWEST_BINS: Final = 4


def drift_between(candidate: Side, current: Side, customers: CleanData | None) -> Iterator[Drift]:
    """Measure each shared feature against the current version's profile, in that profile's bins."""
    if current.profile is None:
        return
    features = candidate.model.schema.features
    known = positions(current.model.schema.features, features)
    for column, (feature, position) in enumerate(zip(features, known, strict=True)):
        before = current.profile.distribution(feature.name)
        own = None if candidate.profile is None else candidate.profile.distribution(feature.name)
        if position is None or before is None:
            continue
        if customers is not None:
            values, counts = customers.distribution(column)
            if not len(values):  # nobody states it
                continue
            now, count = shares_of(before, values, counts), int(counts.sum())
        elif own is not None and candidate.profile is not None:
            now, count = shares_onto(own, before.edges, feature), candidate.profile.customers
        else:
            continue
        index = drift_index(before.shares, now, current.profile.customers, count)
        yield Drift(feature.name, index, drift_level(index, current.profile.customers, count))


def joint_drift(candidate: Side, current: Side, customers: CleanData | None) -> Drift | None:
    """Measure what the features say together: how close customers are to the current version's centres.

    None if the current version does not keep this, or if it is not known who the customers are.
    """
    if current.profile is None or current.profile.closeness is None or customers is None:
        return None
    order = positions(candidate.model.schema.features, current.model.schema.features)
    if any(order[i] is None for i in current.model.schema.cluster_indices):
        return None
    # Profile features decide nothing: any column will do for one that the candidate does not know.
    points = np.column_stack([customers.points[:, i or 0] for i in order])
    closeness, sizes = current.profile.closeness, (current.profile.customers, int(customers.weights.sum()))
    now = shares_by_closeness(closeness, current.model, points, customers.weights)
    index = drift_index(closeness.shares, now, *sizes)
    return Drift(DISTANCE, index, drift_level(index, *sizes))


def shares_onto(
    distribution: Distribution, edges: Sequence[float], feature: Feature | None = None
) -> tuple[float, ...]:
    """Estimate a distribution's shares in other bins, taking customers to be spread evenly within each of its own.

    They are taken to be spread evenly on the scale of `feature`, and on a plain one if it is not given.
    """
    wanted, known = np.array(edges, dtype=np.float64), np.array(distribution.edges)
    if feature is not None:
        wanted, known = scaled(wanted, feature), scaled(known, feature)
    reached = np.cumsum(distribution.shares)[:-1]
    below = np.interp(wanted, known, reached, left=0.0, right=1.0)
    return tuple(np.diff(below, prepend=0.0, append=1.0).tolist())


def population_stability_index(before: Sequence[float], now: Sequence[float]) -> float:
    """Return how far two distributions over the same bins are apart: sum of (now - before) * ln(now / before).

    0 for equal ones; from .1 on the difference is called moderate, from .25 on large.

    Raises
    ------
    ValueError
        When they do not have the same number of bins.
    """
    if len(before) != len(now):
        raise ValueError(f"{len(before)} and {len(now)} bins cannot be compared")
    old, new = (np.maximum(np.array(shares, dtype=np.float64), _EMPTY) for shares in (before, now))
    return float(((new - old) * np.log(new / old)).sum())


def drift_index(before: Sequence[float], now: Sequence[float], customers_before: int, customers_now: int) -> float:
    """Return the population stability index over as many bins as the customers are enough for.

    Neighbouring bins are joined to at most ten about equal ones, and to fewer, at least four, until sampling alone
    would rarely reach the mark for a moderate drift: two hundred customers fill five.
    """
    bins = _bins(_noise(customers_before, customers_now))
    shares = np.array(before)
    # Joined by the profile's shares, so that customers who left a bin do not change how it is measured.
    middle = shares.cumsum() - shares / 2
    group = np.minimum((middle * bins).astype(np.intp), bins - 1)
    joined = [np.bincount(group, weights=np.array(part), minlength=bins) for part in (before, now)]
    return population_stability_index(joined[0].tolist(), joined[1].tolist())


def drift_level(index: float, customers_before: int, customers_now: int) -> str:
    """Say what an index of `drift_index` means: "none", "moderate", "large", or "chance".

    "chance" reaches a mark, but two samples of these sizes from the same customers would do so too often.

    >>> drift_level(0.3, 1000, 1000), drift_level(0.3, 50, 40), drift_level(0.05, 50, 40)
    ('large', 'chance', 'none')
    """
    if index < MODERATE:
        return "none"
    noise = _noise(customers_before, customers_now)
    if index <= _SURE[_bins(noise)] * noise:
        return "chance"
    return "large" if index >= LARGE else "moderate"


def _noise(customers_before: int, customers_now: int) -> float:
    return 1 / max(customers_before, 1) + 1 / max(customers_now, 1)


def _bins(noise: float) -> int:
    return next((bins for bins, value in _NOISE.items() if value * noise <= MODERATE), _FEWEST_BINS)
