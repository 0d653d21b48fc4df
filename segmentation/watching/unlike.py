"""How far one feature's values are from those a model was trained on, and in which direction, from counts in bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from segmentation.evaluation.drift import drift_index, drift_level
from segmentation.writing.plain import format_number

if TYPE_CHECKING:
    from segmentation.schema import Feature
    from segmentation.training.distributions import Distribution

# A range of values or a category, and the share of the customers in it then and now, 0 to 1.
Bar = tuple[str, float, float]
MOST_BARS: Final = 10
_HALF: Final = 0.5
_THREE_DIGITS: Final = 100


@dataclass(frozen=True, slots=True)
class Unlike:
    """One feature then and now.

    Parameters
    ----------
    name
        The feature's name.
    title
        What people call it, with its unit.
    text
        What is unlike, in a few words: "annual income is higher (typically 71 k$, 60 k$ in training)".
    index, level
        The population stability index, and what it means: "none", "moderate", "large", or "chance".
    bars
        At most ten, over all values.
    """

    name: str
    title: str
    text: str
    index: float
    level: str
    bars: tuple[Bar, ...] = ()

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Unlike:
        """Rebuild it from `asdict`'s form."""
        bars = tuple((str(label), float(before), float(now)) for label, before, now in data["bars"])
        return cls(**{**data, "bars": bars})


def unlike(
    feature: Feature,
    before: Distribution,
    customers_before: int,
    counts: Sequence[float],
    customers: int | None = None,
) -> Unlike:
    """Compare a feature's values with those in training.

    Parameters
    ----------
    before
        Its distribution in training, of so many customers.
    counts
        How many values are in each of that distribution's bins now; not all 0.
    customers
        How many of them were looked at, if these stand for others; None for all.
    """
    total = sum(counts)
    now = [count / total for count in counts]
    sizes = customers_before, int(total) if customers is None else customers
    index = drift_index(before.shares, now, *sizes)
    describe = _mix if feature.is_category else _direction
    text, bars = describe(feature, before, now)
    return Unlike(feature.name, feature.label_with_unit, text, round(index, 4), drift_level(index, *sizes), bars)


def _direction(feature: Feature, before: Distribution, now: Sequence[float]) -> tuple[str, tuple[Bar, ...]]:
    then, today = _median(before.edges, before.shares), _median(before.edges, now)
    was, typical = feature.show_typical(then), feature.show_typical(today)
    bars = _bars(before.edges, before.shares, now)
    if was == typical:
        return f"{feature.label_in_text} is spread differently (typically {typical}, as in training)", bars
    way = "higher" if today > then else "lower"
    return f"{feature.label_in_text} is {way} (typically {typical}, {was} in training)", bars


def _mix(feature: Feature, before: Distribution, now: Sequence[float]) -> tuple[str, tuple[Bar, ...]]:
    bars = tuple(zip(feature.codes, before.shares, now, strict=True))
    name, was, share = max(bars, key=lambda bar: abs(bar[2] - bar[1]))
    # The rest of a long list has small shares, and hardly any of the drift.
    shown = tuple(sorted(bars, key=lambda bar: -max(bar[1:]))[:MOST_BARS])
    return f"{feature.label_in_text} is mixed differently ({name} {share:.0%}, {was:.0%} in training)", shown


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
