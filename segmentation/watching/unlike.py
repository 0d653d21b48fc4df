"""How far one feature's values are from those a model was trained on, and in which direction, from counts in bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from segmentation.evaluation.drift import drift_index, drift_level
from segmentation.schema import format_number

if TYPE_CHECKING:
    from segmentation.schema import Feature
    from segmentation.training.distributions import Distribution

# A range of values, and the share of the customers in it then and now, 0 to 1.
Bar = tuple[str, float, float]
MOST_BARS: Final = 10
_HALF: Final = 0.5
_THREE_DIGITS: Final = 100


@dataclass(frozen=True, slots=True)
class Unlike:
    """One feature then and now.

    Parameters
    ----------
    feature, unit
        What people call it, and its unit; empty for none.
    name
        The feature's name.
    index, level
        The population stability index, and what it means: "none", "moderate", "large", or "chance".
    typical_before, typical_now
        The medians, estimated from the bins, in the feature's unit.
    bars
        At most ten, over all values.
    """

    name: str
    feature: str
    unit: str
    index: float
    level: str
    typical_before: float
    typical_now: float
    bars: tuple[Bar, ...] = ()

    @property
    def text(self) -> str:
        """What is unlike, in a few words: "income is higher (typically 71 k$, 60 in training)"."""
        before, now = _plain(self.typical_before), _plain(self.typical_now)
        if before == now:
            return f"{self.feature} is spread differently (typically {now}{self._unit}, as in training)"
        way = "higher" if self.typical_now > self.typical_before else "lower"
        return f"{self.feature} is {way} (typically {now}{self._unit}, {before} in training)"

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Unlike:
        """Rebuild it from `asdict`'s form."""
        bars = tuple((str(label), float(before), float(now)) for label, before, now in data["bars"])
        return cls(**{**data, "bars": bars})


def unlike(feature: Feature, before: Distribution, customers_before: int, counts: Sequence[int]) -> Unlike:
    """Compare a feature's values with those in training.

    Parameters
    ----------
    before
        Its distribution in training, of so many customers.
    counts
        How many values are in each of that distribution's bins now; not all 0.
    """
    total = sum(counts)
    now = [count / total for count in counts]
    index = drift_index(before.shares, now, customers_before, total)
    return Unlike(
        name=feature.name,
        feature=feature.label,
        unit=feature.unit,
        index=round(index, 4),
        level=drift_level(index, customers_before, total),
        typical_before=_median(before.edges, before.shares),
        typical_now=_median(before.edges, now),
        bars=_bars(before.edges, before.shares, now),
    )


def _median(edges: Sequence[float], shares: Sequence[float]) -> float:
    """Estimate the median; in an open bin at an end it is that bin's edge."""
    reached = np.cumsum(shares)
    place = min(int(np.searchsorted(reached, _HALF)), len(shares) - 1)
    if place == 0 or place == len(edges):
        return float(edges[0] if place == 0 else edges[-1])
    low, high, below = edges[place - 1], edges[place], reached[place - 1]
    return float(low + (high - low) * min((_HALF - below) / shares[place], 1.0))


def _bars(edges: Sequence[float], before: Sequence[float], now: Sequence[float]) -> tuple[Bar, ...]:
    """Join neighbouring bins to at most ten bars, with the range of values of each."""
    groups = np.array_split(np.arange(len(before)), min(MOST_BARS, len(before)))
    bars = []
    for group in groups:
        first, last = int(group[0]), int(group[-1])
        low = _plain(edges[first - 1]) if first else ""
        high = _plain(edges[last]) if last < len(edges) else ""
        label = f"{low}–{high}" if low and high else f"up to {high}" if high else f"above {low}"
        bars.append((label, float(np.sum(np.array(before)[group])), float(np.sum(np.array(now)[group]))))
    return tuple(bars)


def _plain(value: float) -> str:
    """Write three digits of a value, and all of them if they are before the point."""
    return format_number(value, 0) if abs(value) >= _THREE_DIGITS else format_number(float(f"{value:.3g}"))
