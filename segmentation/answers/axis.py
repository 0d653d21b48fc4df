"""One input of a model's distances as a line to move along: its values and their places in scaled space."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from segmentation.schema import Feature


@dataclass(frozen=True)
class Axis:
    """One cluster feature.

    Parameters
    ----------
    index
        Its place in the schema.
    feature
        Its bounds, which no step leaves, its scale, and its decimals, to which steps are rounded outward if they can.
    mean, factor
        Scaled value = (value on the feature's scale - mean) * factor.
    spread
        What makes changes of different features comparable on a plain scale: the standard deviation, in its unit.
    """

    index: int
    feature: Feature
    mean: float
    factor: float
    spread: float

    @cached_property
    def below(self) -> float:
        """The largest number that is too small, since intervals of trees leave out their lower end."""
        return math.nextafter(self.feature.minimum, -math.inf)

    @cached_property
    def is_log(self) -> bool:
        """Whether the feature is on a log scale."""
        return self.feature.is_log

    def apart(self, one: float, other: float) -> float:
        """Return how far apart two values are, in standard deviations on the feature's scale."""
        if self.is_log:
            return abs(self.feature.scaled(one) - self.feature.scaled(other)) * self.factor / self.feature.weight
        return abs(one - other) / self.spread

    def scaled(self, value: float) -> float:
        """Return a value of the feature in the scaled space of the centroids."""
        # Without a call on the usual scale: each step asks several times.
        return ((self.feature.scaled(value) if self.is_log else value) - self.mean) * self.factor

    def unscaled(self, scaled: float) -> float:
        """Return the value of the feature at a place of the scaled space."""
        value = scaled / self.factor + self.mean
        return self.feature.unscaled(value) if self.is_log else value
