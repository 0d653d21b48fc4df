"""Training again on resampled customers: how stable the segments are, and how often a customer keeps theirs.

Each resample goes through what a training does with its rows: the fence, the scaling, K-Means with the same k, and
matching its clusters to the model's segments by centre. Two resamples differ from each other as two independent
samples of the same customers would, while the model and a resample of its own customers are closer than that. So
agreement is counted between resamples, with one of them in the model's place (B. Efron, R. Tibshirani, "An
Introduction to the Bootstrap", 1993, on why a resample is to the sample what the sample is to the population).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from segmentation.answers.replica import Replica
from segmentation.training.clustering import adjusted_rand_index, fit_kmeans, refine
from segmentation.training.points.cleaning import left_out
from segmentation.training.statistics import outer_fence
from segmentation.training.steps import no_steps, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from segmentation.training.space import Space

RESAMPLES: Final = 20
# A training takes the best of 10 starts. Here each resample has two of its own and the best result of four others to
# start from, which finds as good an optimum for a third of the time.
OWN_STARTS: Final = 2
OTHERS: Final = 4
# Centroids of replicas are kept to this many decimals of a standard deviation.
_DECIMALS: Final = 6
_LARGEST_SEED: Final = 2**31


@dataclass(frozen=True)
class Resampled:
    """What the resamples' models say of the customers.

    Parameters
    ----------
    weights
        (m,) customers on each point, those left out of the fit included: they will be asked about, too.
    segments
        (r, m) the segment, by the model's index, of each point in each resample's model.
    runners_up
        (r, m) the second nearest segment there.
    margins
        (r, m) the margin there: 1 - d1 / d2 of the distances to the two nearest centroids.
    replicas
        The resamples' models.
    undrawn
        (r, m) how many of the customers on a point a resample has not drawn, so that its model does not know them.
    """

    weights: NDArray[np.int64]
    segments: NDArray[np.intp]
    runners_up: NDArray[np.intp]
    margins: NDArray[np.float64]
    replicas: tuple[Replica, ...]
    undrawn: NDArray[np.float64]

    def stability(self, stray: NDArray[np.float64], seed: int) -> float:
        """Return the mean adjusted Rand index between the models of two resamples: 1 if all segment alike.

        Parameters
        ----------
        stray
            (r, m) how likely a tree strays from the nearest centroid there, to the runner-up.
        seed
            Fixes which trees do.
        """
        strays = np.random.default_rng(seed).random(self.segments.shape) < stray
        answers = np.where(strays, self.runners_up, self.segments)
        # Each with the one before: all pairs would take ten times as long and tell hardly more.
        pairs = zip(answers, np.roll(answers, 1, axis=0), strict=True)
        return float(np.mean([adjusted_rand_index(one, other, self.weights) for one, other in pairs]))

    @property
    def kept(self) -> NDArray[np.float64]:
        """(r, m) the share of the other resamples' models (0 to 1) in which a point has the same segment."""
        rounds = len(self.segments)
        same = np.zeros(self.segments.shape)
        for segment in range(int(self.segments.max()) + 1):
            there = self.segments == segment
            same += there * there.sum(axis=0)
        return (same - 1) / max(rounds - 1, 1)


@dataclass(frozen=True)
class _Draw:
    """One resample.

    Parameters
    ----------
    points, counts
        (n, c) distinct points, scaled as a training on this resample would, and their (n,) counts.
    scale
        (c,) the model's scaled space divided by this is the resample's.
    undrawn
        (m,) how many of the customers on each of all points are not drawn, on average.
    """

    points: NDArray[np.float64]
    counts: NDArray[np.int64]
    scale: NDArray[np.float64]
    undrawn: NDArray[np.float64]

    def inertia(self, centres: NDArray[np.float64]) -> float:
        """Return the inertia of (k, c) centres in the model's scaled space."""
        nearest = _squared(self.points, centres / self.scale).min(axis=0)
        return float((nearest * self.counts).sum())


def resample(
    space: Space,
    centres: NDArray[np.float64],
    seed: int,
    rounds: int = RESAMPLES,
    progress: Callable[[str], None] = no_steps,
) -> Resampled:
    """Train again on resampled customers.

    Parameters
    ----------
    space
        The clean customers. If they were binned, they are so many that the fences hardly move: these stay.
    centres
        (k, c) the model's centroids in its scaled space; `Resampled.segments` counts in their order.
    seed
        Fixes the draws.
    rounds
        How many resamples.
    progress
        Told how many are trained, if it is a `Steps`.
    """
    rng = np.random.default_rng(seed)
    usual = _deviation(space.coarse.points, space.coarse.counts, space.groups)
    draws = [_draw(space, usual, rng) for _ in range(rounds)]
    fits = []
    for number, draw in enumerate(draws, 1):
        tell(progress, f"resample {number} of {rounds}")
        fits.append(_fit(draw, len(centres), int(rng.integers(_LARGEST_SEED))))
    segments, runners_up, clear, replicas = [], [], [], []
    for index, draw in enumerate(draws):
        others = [fits[(index + step) % rounds] for step in range(1, OTHERS + 1)]
        found = _matched(_best(draw, fits[index], others), centres)
        squared = _squared(space.everyone.points / draw.scale, found / draw.scale)
        nearest = squared.argmin(axis=0)
        segments.append(nearest)
        clear.append(margins(squared))
        squared[nearest, np.arange(len(nearest))] = np.inf
        runners_up.append(squared.argmin(axis=0))
        replicas.append(
            Replica(
                weights=tuple(np.round(1 / draw.scale, _DECIMALS).tolist()),
                centroids=tuple(tuple(row) for row in np.round(found, _DECIMALS).tolist()),
            )
        )
    return Resampled(
        weights=space.everyone.counts,
        segments=np.array(segments),
        runners_up=np.array(runners_up),
        margins=np.array(clear),
        replicas=tuple(replicas),
        undrawn=np.array([draw.undrawn for draw in draws]),
    )


def margins(squared: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (n,) margins at (k, n) squared distances from the centres: 1 - d1 / d2 of the two nearest."""
    first, second = np.partition(squared, 1, axis=0)[:2]
    # If even the second is 0 away, two centres are in one place, and nothing tells them apart.
    ratio = np.divide(first, second, out=np.ones_like(first), where=second > 0)
    return np.asarray(1 - np.sqrt(ratio))


def _draw(space: Space, usual: NDArray[np.float64], rng: np.random.Generator) -> _Draw:
    """Draw as many customers as there are, do with those beyond the fences as a training would, and scale them."""
    customers = space.everyone
    total = int(customers.counts.sum())
    # Drawing how often each point occurs is the same as drawing rows with replacement, without a list of all rows.
    drawn = rng.multinomial(total, customers.counts / total)
    points, far = _fenced(space, drawn)
    kept = (drawn > 0) & ~far
    points, counts = points[kept], drawn[kept]
    deviation = _deviation(points, counts, space.groups)
    # A feature that has a single value in this draw weighs as in the model.
    scale = np.where(deviation > 0, deviation, usual) / usual
    # Of the n customers on a point each is missed by one draw with a chance of 1 - 1/n.
    undrawn = customers.counts * (1 - 1 / customers.counts) ** drawn
    return _Draw(points / scale, counts, scale, undrawn)


def _fenced(space: Space, drawn: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Find the fences of the customers that were drawn.

    Returns
    -------
    tuple
        All (m, c) points, those of a heavy tail that is too long to leave out at its fence; and of each (m,) whether it
        is left out.
    """
    points, far = space.everyone.points, np.zeros(len(drawn), dtype=bool)
    if not space.fenced:
        return points, far
    points, total = points.copy(), int(drawn.sum())
    for index, (column, order, reach) in enumerate(
        zip(space.everyone.points.T, space.orders, space.reach, strict=True)
    ):
        fence = outer_fence(column[order], drawn[order], reach)
        if fence is None:
            continue
        beyond = fence.beyond(column)
        if left_out(int(drawn[beyond].sum()), total):
            far |= beyond
        elif space.tailed[index]:
            points[:, index] = column.clip(fence.below, fence.above)
    # Of very few customers, each may be far from the others.
    return points, far if drawn[~far].any() else np.zeros_like(far)


def _fit(draw: _Draw, k: int, seed: int) -> NDArray[np.float64]:
    """Return (k, c) centres in the model's scaled space; some are the same if the draw has fewer points than that."""
    fitted = fit_kmeans(draw.points, draw.counts, min(k, len(draw.points)), seed, OWN_STARTS)
    return np.resize(fitted.cluster_centers_, (k, draw.points.shape[1])) * draw.scale


def _best(draw: _Draw, own: NDArray[np.float64], others: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the better of the draw's own centres and those reached from the best start among the others."""
    start = min(others, key=draw.inertia)
    if len(draw.points) < len(own):
        return own
    reached = refine(draw.points, draw.counts, start / draw.scale).cluster_centers_ * draw.scale
    return min(own, reached, key=draw.inertia)


def _matched(found: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return centres in the order of the model's, each beside the one it is matched to."""
    # The i-th row of `linear_sum_assignment` is i: there are as many found as centres.
    return found[linear_sum_assignment(_squared(found, centres))[1]]


def _squared(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (k, m) squared distances of (m, c) points from (k, c) centres."""
    squared = np.zeros((len(centres), len(points)))
    # Column by column: several times as fast as sums over the few numbers of a row.
    for column, centre in zip(points.T, centres.T, strict=True):
        squared += (column - centre[:, None]) ** 2
    return squared


def _deviation(
    points: NDArray[np.float64], counts: NDArray[np.int64], groups: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    """Return what each column is scaled by: its standard deviation, or that of an indicator's category."""
    mean = np.average(points, axis=0, weights=counts)
    variance = np.average((points - mean) ** 2, axis=0, weights=counts)
    for group in groups:  # the variances p (1 - p) of indicators add up to 1 - Σp², see `fit_scaler`
        variance[list(group)] = variance[list(group)].sum()
    return np.sqrt(variance)
