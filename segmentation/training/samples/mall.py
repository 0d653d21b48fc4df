"""Generated sample customers: synthetic, seeded, drawn from published figures of a mall's five segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED: Final = 1


@dataclass(frozen=True, slots=True)
class _Group:
    """One segment's size, mean and spread of age (years), mean income (k$) and score (points), and their spread."""

    customers: int
    age: float
    age_spread: float
    income: float
    score: float
    spread: float


# Centres and sizes as published for the Mall Customers data; ages are plausible, not measured. The spreads, a dense
# middle and looser corners, add up to the published inertia: 44,448 over 200 customers and two features.
_GROUPS: Final = (
    _Group(39, 33, 4, 86.5, 82.1, 12.5),
    _Group(35, 41, 11, 88.2, 17.1, 12.5),
    _Group(22, 25, 5, 25.7, 79.4, 12.5),
    _Group(23, 45, 13, 26.3, 20.9, 12.5),
    _Group(81, 43, 16, 55.3, 49.5, 6.5),
)


def sample_customers(repeat: int = 1, seed: int = SEED) -> NDArray[np.float64]:
    """Generate synthetic customers for the default schema.

    Parameters
    ----------
    repeat
        How many times 200 customers.
    seed
        Fixes every value.

    Returns
    -------
    ndarray
        (200 * repeat, 3) whole numbers: age in years, income in k$, spending score in points; in random order.
    """
    rng = np.random.default_rng(seed)
    parts = []
    for group in _GROUPS:
        size = group.customers * repeat
        parts.append(
            np.column_stack(
                [
                    np.clip(rng.normal(group.age, group.age_spread, size), 18, 75),
                    np.clip(rng.normal(group.income, group.spread, size), 10, 150),
                    np.clip(rng.normal(group.score, group.spread, size), 1, 99),
                ]
            )
        )
    return np.round(rng.permutation(np.vstack(parts)))


def is_sample(points: NDArray[np.float64], weights: NDArray[np.int64]) -> bool:
    """Say whether customers are the sample, whatever file they came in.

    Parameters
    ----------
    points, weights
        (m, d) distinct customers, lexicographically sorted, and (m,) how often each occurs.
    """
    ours, counts = np.unique(sample_customers(), axis=0, return_counts=True)
    return np.array_equal(points, ours) and np.array_equal(weights, counts)
