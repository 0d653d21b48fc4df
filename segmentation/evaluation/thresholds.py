"""What a candidate must reach to be safe; free of imports, so that reading the settings loads no numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a candidate must reach to be safe.

    Parameters
    ----------
    rows
        Rows used in training.
    share, customers
        The smallest segment's share of all customers (0 to 1), and its number of them.
    silhouette, stability, fidelity
        As in `TrainingReport`.
    """

    rows: int = 50
    share: float = 0.01
    customers: int = 5
    silhouette: float = 0.2
    stability: float = 0.7
    fidelity: float = 0.85


DEFAULT_THRESHOLDS: Final = Thresholds()
