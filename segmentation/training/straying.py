"""How often a tree strays from the nearest centroid: the nearer a customer is to the border of two, the more often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.isotonic import IsotonicRegression

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEPS: Final = 100


@dataclass(frozen=True)
class Straying:
    """The share of trees that stray, by margin: never more at a larger one."""

    falling: IsotonicRegression

    @classmethod
    def of(
        cls, margins: NDArray[np.float64], followed: NDArray[np.bool_], weights: NDArray[np.int64] | None = None
    ) -> Straying:
        """Learn from (n,) margins, n at least 1, whether a tree followed the nearest centroid there, and customers.

        Each counts once if no weights are given.
        """
        step = np.minimum((margins * _STEPS).astype(np.intp), _STEPS - 1)
        customers = np.bincount(step, weights=weights, minlength=_STEPS)
        strays = np.bincount(step, weights=~followed if weights is None else ~followed * weights, minlength=_STEPS)
        some = customers > 0
        middles = (np.arange(_STEPS) + 0.5) / _STEPS
        falling = IsotonicRegression(increasing=False, out_of_bounds="clip")
        return cls(falling.fit(middles[some], strays[some] / customers[some], sample_weight=customers[some]))

    def at(self, margins: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shares, 0 to 1, at (n,) margins."""
        return np.asarray(self.falling.predict(margins))
