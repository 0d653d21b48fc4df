"""How many bands to cut customers into who are in no groups: as many as another sample of them would be cut into alike.

Where there are no groups there is no true number of them, and silhouettes say two of nearly every continuum, which
helps nobody who has to treat customers differently. So the number is what the data can bear instead: the most bands
whose borders would be drawn at about the same places if the model were trained on other customers of the same shop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.training.bounds import SMALLEST_K
from segmentation.training.groups.choice import k_in_service
from segmentation.training.resampling import resample

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.schema import Schema
    from segmentation.training.reports.training import KChoice, SweepPoint
    from segmentation.training.space import Space

# More bands than people can treat differently are not looked for; people who want them can ask for a k.
MOST_BANDS: Final = 5
# Clear of the .7 below which the gate calls segments unstable: trees add a little to what centroids change.
STABLE: Final = 0.8


def is_free(schema: Schema, requested: int | None, previous: SegmentModel | None) -> bool:
    """Tell whether nobody has asked for a number of segments, and none is in service."""
    return requested is None and k_in_service(schema, previous) is None


def choose_bands(choice: KChoice, space: Space, swept: Sequence[SweepPoint], seed: int) -> KChoice:
    """Choose the number of bands for customers in no groups, and say why.

    Parameters
    ----------
    choice
        What was chosen as if there were groups.
    space
        The clean customers.
    swept
        What `sweep` measured; there are no more bands than it went to.
    seed
        Fixes the draws.
    """
    stability: dict[int, float] = {}
    for k in range(min(MOST_BANDS, swept[-1].k), SMALLEST_K - 1, -1):
        stability[k] = _stability(space, k, seed)
        if stability[k] >= STABLE:
            break
    k, which = _most(stability)
    reason = f"There are no groups to count. k = {k}: {which} when other customers are drawn."
    return replace(choice, k=k, reason=reason)


def _most(stability: Mapping[int, float]) -> tuple[int, str]:
    """Return the most bands that are stable enough, else the most stable; and which these are, in words."""
    k = min(stability) if stability[min(stability)] >= STABLE else max(stability, key=stability.__getitem__)
    if stability[k] < STABLE:
        return k, "as many bands as hold best"
    return k, f"the most bands, up to {MOST_BANDS}, whose borders hold"


def _stability(space: Space, k: int, seed: int) -> float:
    # All resamples and not a few: eight called bands stable that twenty do not.
    resampled = resample(space, space.fit(k, seed).cluster_centers_, seed)
    return resampled.stability(np.zeros(resampled.segments.shape), seed)
