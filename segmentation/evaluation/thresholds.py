"""What a candidate must reach; free of imports, so that reading the settings loads no numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a candidate must reach.

    Parameters
    ----------
    rows
        Rows used in training.
    share, customers
        The smallest segment's share of all customers (0 to 1), and its number of them.
    silhouette, stability, fidelity
        As in `TrainingReport`.
    used, warn_used
        The share of the rows that it was trained on (0 to 1): with less than `used` it is unsafe, with less than
        `warn_used` people are warned.
    """

    rows: int = 50
    share: float = 0.01
    customers: int = 5
    silhouette: float = 0.2
    stability: float = 0.7
    fidelity: float = 0.85
    used: float = 0.8
    warn_used: float = 0.95


DEFAULT_THRESHOLDS: Final = Thresholds()
