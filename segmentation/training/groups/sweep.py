"""K-Means for every k, and how well each fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segmentation.training.bounds import LARGEST_K
from segmentation.training.clustering import fit_kmeans
from segmentation.training.groups.silhouette import Silhouettes
from segmentation.training.reports.training import SweepPoint
from segmentation.training.steps import no_steps, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

# k = 1 is never chosen, but the bend of the inertia at k = 2 needs the inertia before it.
SWEEP_FROM: Final = 1


def sweep(
    scaled: NDArray[np.float64],
    weights: NDArray[np.int64],
    seed: int,
    scatter: float = 0.0,
    largest: int = LARGEST_K,
    progress: Callable[[str], None] = no_steps,
) -> tuple[SweepPoint, ...]:
    """Fit k = 1…15 (no more than there are distinct points) and measure each.

    Parameters
    ----------
    scaled, weights
        (m, c) distinct points in scaled space, cluster features only, and their (m,) counts.
    scatter
        Sum of the squared distances of customers from the point that stands for them: a part of every inertia.
    largest
        Where to stop.
    progress
        Told how many k are done, if it is a `Steps`.
    """
    silhouettes, found = Silhouettes.sampled(scaled, weights, seed), []
    last = min(largest, len(scaled))
    for k in range(SWEEP_FROM, last + 1):
        tell(progress, f"k = {k} of {last}")
        kmeans = fit_kmeans(scaled, weights, k, seed)
        found.append(SweepPoint(k, float(kmeans.inertia_) + scatter, silhouettes.mean(kmeans.labels_)))
    return tuple(found)
