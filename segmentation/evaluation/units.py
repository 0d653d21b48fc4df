"""Whether a feature that has drifted looks as if some of its values were given in another unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.evaluation.drift import LARGE, drift_index, drift_level, population_stability_index, shares_onto
from segmentation.writing.figures import percent

if TYPE_CHECKING:
    from segmentation.training.distributions import Distribution

# Thousands, hundredths, months, weeks and days of a year, minutes, hours and days of a week.
FACTORS: Final = (1000.0, 100.0, 12.0, 52.0, 365.0, 60.0, 24.0, 7.0)
_SHARES: Final = tuple(tenths / 10 for tenths in range(1, 11))
# Another unit explains a drift if it leaves no more than this part of it.
_EXPLAINED: Final = 0.25


@dataclass(frozen=True, slots=True)
class OtherUnit:
    """The unit that values seem to be in.

    Parameters
    ----------
    factor
        How many times greater they are than in the feature's own unit.
    share
        The share of customers, 0 to 1, to a tenth.
    """

    factor: float
    share: float

    @property
    def sentence(self) -> str:
        """What to say after the drift of the feature."""
        rows = "the values" if self.share == 1 else f"about {percent(self.share)} of the values"
        way, number = ("divided", self.factor) if self.factor > 1 else ("multiplied", 1 / self.factor)
        return f"It looks as if {rows} were in another unit: {way} by {number:,.4g} they fit."


def other_unit(before: Distribution, now: Distribution, customers_before: int, customers_now: int) -> OtherUnit | None:
    """Find the unit that explains a large drift; None if the drift is not large, or no unit explains it.

    Parameters
    ----------
    before, now
        One feature's distribution, each in bins of its own.
    """
    sizes = customers_before, customers_now
    drifted = drift_index(now.shares, shares_onto(before, now.edges), *sizes)
    if drifted < LARGE:
        return None
    # In the bins of today, since values in another unit are all in the outermost bin of before.
    found = min(_expected(before, now), key=lambda item: population_stability_index(item[1], now.shares))
    left = drift_index(now.shares, found[1], *sizes)
    explained = left <= _EXPLAINED * drifted and drift_level(left, *sizes) in ("none", "chance")
    return found[0] if explained else None


def _expected(before: Distribution, now: Distribution) -> Iterator[tuple[OtherUnit, tuple[float, ...]]]:
    """Yield every unit, and the shares that customers like those before would have in the bins of today."""
    same = np.array(shares_onto(before, now.edges))
    for factor in (*FACTORS, *(1 / factor for factor in FACTORS)):
        other = np.array(shares_onto(before, [edge / factor for edge in now.edges]))
        for share in _SHARES:
            yield OtherUnit(factor, share), tuple(((1 - share) * same + share * other).tolist())
