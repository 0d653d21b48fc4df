"""From resampled trainings to the confidence table: how often customers of each margin keep their segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import nnls

from segmentation.answers.confidence import ConfidenceTable
from segmentation.training.clustering import threads
from segmentation.training.straying import Straying

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.training.resampling import Resampled

# Of all customers who lose their segment, these shares have margins below an entry. So entries are where the
# confidence changes: within a hundredth of the margin's range (many customers) or over all of it (few). With the
# entries of margin 0 and of the first customer they are ten.
_LEVELS: Final = (0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 0.97, 1.0)
_LEAST_GAP: Final = 1e-3
_DECIMALS: Final = 6
# Between two centroids there may be nobody to learn from, yet it is a toss-up there. This many customers out of all
# are made up, who are exactly there and keep their segment every other time.
_TOSS_UPS: Final = 1e-4
_RIDGE: Final = 1e-12


@dataclass(frozen=True)
class Calibrated:
    """What resampled trainings say of a model, trees included.

    Parameters
    ----------
    table
        Its confidence by margin.
    stability
        The adjusted Rand index between two trainings.
    kept
        The share of customers (0 to 1) who have the same segment in two trainings.
    """

    table: ConfidenceTable
    stability: float
    kept: float


def calibrate(resampled: Resampled, unseen: NDArray[np.float64], followed: NDArray[np.bool_], seed: int) -> Calibrated:
    """Fit the table, and measure the stability.

    Parameters
    ----------
    resampled
        What resampled trainings answer by their nearest centroids.
    unseen, followed
        (n,) margins of customers a tree has not seen, and whether it answers as the nearest centroid does. Trees answer
        in the centroids' place, and each strays from them in its own way, most of all between two.
    seed
        Fixes which trees stray.
    """
    stray = Straying.of(unseen, followed).at(resampled.margins.ravel())
    kept = _answered_alike(resampled.kept.ravel(), stray)
    weights = np.tile(resampled.weights, len(resampled.margins))
    return Calibrated(
        fit_table(resampled.margins.ravel(), kept, weights),
        resampled.stability(stray.reshape(resampled.margins.shape), seed),
        float(np.average(kept, weights=weights)),
    )


def fit_table(margins: NDArray[np.float64], kept: NDArray[np.float64], weights: NDArray[np.int64]) -> ConfidenceTable:
    """Fit a never falling, piecewise linear confidence by least squares.

    Parameters
    ----------
    margins, kept, weights
        (n,) margins from 0 to 1, how often a customer with that margin kept the segment (0 to 1), and customers.
    """
    total = float(weights.sum())
    margins = np.concatenate([[0.0], margins])
    kept = np.concatenate([[0.5], kept])
    shares = np.concatenate([[_TOSS_UPS], weights / total])
    knots = _knots(margins, (1 - kept) * shares)
    # Each margin lies between two knots, and the nearer it is to one, the more it counts there.
    lower = np.clip(knots.searchsorted(margins, side="right") - 1, 0, max(len(knots) - 2, 0))
    upper = np.minimum(lower + 1, len(knots) - 1)
    part = np.clip((margins - knots[lower]) / np.maximum(knots[upper] - knots[lower], _LEAST_GAP), 0, 1)
    products, targets = np.zeros(len(knots) ** 2), np.zeros(len(knots))
    sides = ((lower, 1 - part), (upper, part))
    # Added up one after another, unlike a product of matrices, whose last bits depend on the number of threads.
    for one, share in sides:
        targets += np.bincount(one, shares * share * kept, len(knots))
        for other, its_share in sides:
            products += np.bincount(one * len(knots) + other, shares * share * its_share, len(knots) ** 2)
    values = _rising(products.reshape(len(knots), -1), targets)
    confidences = np.maximum.accumulate(np.round(np.clip(values, 0, 1), _DECIMALS))
    return ConfidenceTable(tuple(knots.tolist()), tuple(confidences.tolist()))


def _rising(products: NDArray[np.float64], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve the normal equations for values that never fall: their steps are not negative."""
    steps = np.tril(np.ones_like(products))
    with threads().limit(limits=1):
        root = np.linalg.cholesky(steps.T @ products @ steps + _RIDGE * np.eye(len(products)))
        found, _ = nnls(root.T, np.linalg.solve(root, steps.T @ targets))
    return np.cumsum(found)


def _answered_alike(kept: NDArray[np.float64], stray: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how often two trees answer alike if their centroids do in `kept` of all cases.

    A tree that strays answers the runner-up: two that stray answer alike, and so do one that strays and one that
    does not if their centroids differ.
    """
    one_strays = 2 * stray * (1 - stray)
    return kept * (1 - one_strays) + (1 - kept) * one_strays


def _knots(margins: NDArray[np.float64], lost: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 0 and the margins below which given shares of those who lose their segment are, none too close."""
    order = margins.argsort(kind="stable")
    reached = lost[order].cumsum()
    positions = np.minimum(reached.searchsorted(np.array(_LEVELS) * reached[-1]), len(order) - 1)
    knots = [0.0]
    # From the first customer on there is something to learn from.
    for knot in np.round(margins[order][np.append(1, positions)], _DECIMALS).tolist():
        if knots[-1] + _LEAST_GAP <= knot < 1:
            knots.append(knot)
    return np.array(knots)
