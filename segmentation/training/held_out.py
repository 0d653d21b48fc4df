"""Fidelity to the clusters on real customers that the tree has not seen.

Generated customers are distributed as the clusters would be if these were normal. Real ones are not, and a tree may
follow its clusters less well at the places where they really are. So trees are grown on some of the customers, as the
model's own is grown on all, and asked about the others.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.training.clustering import refine
from segmentation.training.distillation import CustomerGenerator, grow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Schema

# Customers are divided into as many parts, and each part is held out once.
FOLDS: Final = 5
# With more distinct points than this, holding out a single part tells a hundredth too.
FEW: Final = 2000
# No more distinct points than this are looked at: the fitting of a tree takes longer the more there are.
MOST: Final = 20_000
# A tree grown on 20,000 generated customers instead of 200,000 was as faithful within .004.
GENERATED: Final = 20_000


Nearest = Callable[["NDArray[np.float64]", "NDArray[np.float64]"], "NDArray[np.intp]"]


def held_out_fidelity(
    customers: NDArray[np.float64],
    scaled: NDArray[np.float64],
    weights: NDArray[np.int64],
    centres: NDArray[np.float64],
    nearest: Nearest,
    schema: Schema,
    seed: int,
) -> float | None:
    """Return the share of held-out customers whom a tree puts into the segment with the nearest centroid.

    Few customers are cross-fitted: each of them is held out once. Of many, a fifth is held out. The centroids are moved
    to where they would be without those held out: the borders of a clustering run where its own customers are few, so
    these are easier to tell apart than others.

    Parameters
    ----------
    customers, scaled, weights
        (m, c) distinct points, cluster features only, in the features' units and in scaled space; and how many
        customers are on each, (m,).
    centres
        (k, c) centroids of all of them, in scaled space.
    nearest
        Takes such centroids and (n, c) customers, and labels each customer with the index of the nearest centroid.

    Returns
    -------
    float | None
        None if there are no more points than segments, or too few are left when a part is held out.
    """
    if len(customers) <= len(centres):
        return None
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(customers))[:MOST]
    customers, scaled, weights = customers[order], scaled[order], weights[order]
    features = [schema.inputs[i] for i in schema.cluster_inputs]
    # Customers are held out, not points: new customers, too, are often like some who are known.
    parts = rng.multinomial(weights, [1 / FOLDS] * FOLDS).T
    agreed = asked = 0
    for held in parts if len(customers) <= FEW else parts[:1]:
        left = weights - held
        others = scaled[left > 0], left[left > 0]
        if len(others[0]) < len(centres):
            return None
        own = partial(nearest, refine(*others, centres).cluster_centers_)
        kept = customers[left > 0], left[left > 0], own(customers[left > 0])
        tree = grow(*kept, own, CustomerGenerator(*kept, features, schema.groups), GENERATED, rng, seed)
        agreed += int(held[tree.predict(customers) == own(customers)].sum())
        asked += int(held.sum())
    return agreed / asked if asked else None
