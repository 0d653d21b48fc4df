"""Whether K-Means divides these customers in two nearly equally good ways, so that chance decides between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from segmentation.training.reports.warnings import BETTER_FEATURES, log_suited
from segmentation.writing.figures import percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Schema
    from segmentation.training.reports.cleaning import CleaningReport
    from segmentation.training.reports.training import Structure
    from segmentation.training.resampling import Resampled

# Fewer of 20 resamples may divide customers oddly by chance. Of 260 models of two generated sources with a long tail,
# the 81 that these limits hold for stated confidences that were off by .15 on average, the others by .06. They hold for
# none of 72 models of clear or overlapping groups.
LEAST_SHARE: Final = 0.15
LEAST_WITHIN: Final = 0.85
LEAST_GAP: Final = 0.3


@dataclass(frozen=True)
class TwoWays:
    """Two ways to divide the same customers.

    Parameters
    ----------
    usual, other
        How many of the resamples' models divide customers in the one and in the other way, the more usual first.
    alike
        The share of customers (0 to 1) who have the same segment in two models of different ways.
    """

    usual: int
    other: int
    alike: float


def two_ways(resampled: Resampled) -> TwoWays | None:
    """Look for two ways: the models of each agree with each other, and far less with those of the other way.

    Returns
    -------
    TwoWays | None
        None if there is one way, or so many that no two stand out.
    """
    alike = _alike(resampled)
    rounds = len(alike)
    if rounds < 2 / LEAST_SHARE or alike.min() > 1 - LEAST_GAP:
        return None
    apart = 1 - alike
    first = fcluster(linkage(squareform(apart), "average"), 2, "maxclust") == 1
    usual, other = sorted((int(first.sum()), int((~first).sum())), reverse=True)
    if other < LEAST_SHARE * rounds:
        return None
    same_way = first[:, None] == first
    within = float(alike[same_way & ~np.eye(rounds, dtype=bool)].mean())
    between = float(alike[~same_way].mean())
    if within < LEAST_WITHIN or within - between < LEAST_GAP:
        return None
    return TwoWays(usual, other, between)


def division_warnings(
    ways: TwoWays | None, report: CleaningReport, schema: Schema, on_log: Structure | None = None
) -> tuple[str, ...]:
    """Say that chance decides the segments, and what to do about it; `on_log` as `structure_on_log`."""
    if ways is None:
        return ()
    # Nobody is sent to a log scale on which the next training would find no groups.
    suited = log_suited(report) if on_log is None or on_log.grouped else ()
    names = " and ".join(name for name in schema.names if name in suited)
    way_out = f'give {names} scale = "log" in the schema' if names else f"ask for another k, or {BETTER_FEATURES}"
    return (
        "There are two nearly equally good ways to divide these customers, and chance decides between them: of "
        f"{ways.usual + ways.other} trainings on resampled customers {ways.usual} chose one and {ways.other} the "
        f"other, and only {percent(ways.alike)} of customers have the same segment in both. The confidence averages "
        f"over the two, so take it as a rough figure. For segments that last, {way_out}, and train again.",
    )


def _alike(resampled: Resampled) -> NDArray[np.float64]:
    """Return the (r, r) share of customers to whom two of the resamples' models give the same segment."""
    rounds = len(resampled.segments)
    same = np.zeros((rounds, rounds))
    for segment in range(int(resampled.segments.max()) + 1):
        there = (resampled.segments == segment).astype(np.float64)
        # Sums of whole numbers are exact in any order, so the number of threads makes no difference.
        same += (there * resampled.weights) @ there.T
    return np.asarray(same / resampled.weights.sum())
