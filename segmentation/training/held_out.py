"""Fidelity to the clusters on real customers that the tree has not seen.

Generated customers are distributed as the clusters would be if these were normal. Real ones are not, and a tree may
follow its clusters less well at the places where they really are. So trees are grown on some of the customers, as the
model's own is grown on all, and asked about the others.

That alone flatters where there are no groups: K-Means lays its borders where its own customers happen to be few, so
that customers held out later are seldom near a border, and others are nearer. But models of resamples have not seen the
customers whom they did not draw, and say how near to a border such customers are. How often a tree strays at each
margin, from those held out, and how often each margin occurs, from those not drawn, together make the fidelity. (The
customers not drawn stand for new ones as in B. Efron, R. Tibshirani, "Improvements on Cross-Validation: The .632+
Bootstrap Method", 1997.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.training.clustering import refine
from segmentation.training.distillation import CustomerGenerator, grow
from segmentation.training.resampling import margins
from segmentation.training.straying import Straying

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Schema
    from segmentation.training.resampling import Resampled

# Customers are divided into as many parts, and each part is held out once.
FOLDS: Final = 5
# With more distinct points than this, holding out a single part tells a hundredth too.
FEW: Final = 2000
# No more distinct points than this are looked at: the fitting of a tree takes longer the more there are.
MOST: Final = 20_000
# A tree grown on 20,000 generated customers instead of 200,000 was as faithful within .004.
GENERATED: Final = 20_000


Nearest = Callable[["NDArray[np.float64]", "NDArray[np.float64]"], "NDArray[np.intp]"]
MarginsTo = Callable[["NDArray[np.float64]", "NDArray[np.float64]"], "NDArray[np.float64]"]


@dataclass(frozen=True)
class Newcomers:
    """How near to a border customers are whom the centroids do not know.

    Parameters
    ----------
    margins, weights
        (n,) margins, and how many customers have each.
    margins_to
        Takes (k, c) centroids and customers as `Nearest` does, and returns the customers' (n,) margins.
    """

    margins: NDArray[np.float64]
    weights: NDArray[np.float64]
    margins_to: MarginsTo

    @classmethod
    def of(cls, resampled: Resampled, squared: Callable[..., NDArray[np.float64]]) -> Newcomers:
        """Take those whom resamples have not drawn; `squared` as `squared_distances` gives it."""

        def margins_to(centres: NDArray[np.float64], customers: NDArray[np.float64]) -> NDArray[np.float64]:
            return margins(squared(centres, customers))

        return cls(resampled.margins.ravel(), resampled.undrawn.ravel(), margins_to)

    def fidelity(
        self, clear: NDArray[np.float64], followed: NDArray[np.bool_], held: NDArray[np.int64]
    ) -> float | None:
        """Return the share of newcomers whom a tree follows; None if there are none.

        Parameters
        ----------
        clear, followed, held
            Of (m,) points held out the margin, whether a tree followed there, and how many customers are on it.
        """
        there = self.weights > 0
        if not there.any():
            return None
        strays = Straying.of(clear, followed, held).at(self.margins[there])
        return float(1 - np.average(strays, weights=self.weights[there]))


def held_out_fidelity(
    customers: NDArray[np.float64],
    scaled: NDArray[np.float64],
    weights: NDArray[np.int64],
    centres: NDArray[np.float64],
    nearest: Nearest,
    schema: Schema,
    seed: int,
    newcomers: Newcomers | None = None,
) -> float | None:
    """Return the share of customers it has not seen whom a tree puts into the segment with the nearest centroid.

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
    newcomers
        Whose fidelity to state, if any are known: else that of the customers held out.

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
    asked: list[tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.float64]]] = []
    for held in parts if len(customers) <= FEW else parts[:1]:
        left = weights - held
        others = scaled[left > 0], left[left > 0]
        if len(others[0]) < len(centres):
            return None
        moved = refine(*others, centres).cluster_centers_
        own = partial(nearest, moved)
        kept = customers[left > 0], left[left > 0], own(customers[left > 0])
        tree = grow(*kept, own, CustomerGenerator(*kept, features, schema.groups), GENERATED, rng, seed)
        out = held > 0
        clear = np.zeros(len(customers)) if newcomers is None else newcomers.margins_to(moved, customers)
        asked.append(((tree.predict(customers) == own(customers))[out], held[out], clear[out]))
    followed, counts, clear = (np.concatenate(part) for part in zip(*asked, strict=True))
    if not len(followed):
        return None
    known = None if newcomers is None else newcomers.fidelity(clear, followed, counts)
    return float(np.average(followed, weights=counts)) if known is None else known
