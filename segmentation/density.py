"""Where on a segment map customers are: counts in an even grid over its one or two features. No rows, no ids.

Nothing heavy is imported: a model keeps its customers' density, and serving loads models.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from segmentation.schema import Schema

MOST_STEPS: Final = 64
_MOST_CUSTOMERS: Final = 1 << 53
_MOST_FEATURES: Final = 2


@dataclass(frozen=True, slots=True)
class Density:
    """How many customers are in each cell of a grid.

    Parameters
    ----------
    features
        Names of the features along x and, if there are two, upwards.
    low, step
        Per feature, on its scale: where the first cell begins, and how wide cells are.
    counts
        Rows from the bottom up, each from left to right; a single row for one feature. The few customers beyond the
        grid are left out, so that no extreme value of anybody is kept.
    """

    features: tuple[str, ...]
    low: tuple[float, ...]
    step: tuple[float, ...]
    counts: tuple[tuple[int, ...], ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Density:
        """Rebuild from `asdict`'s form; KeyError, TypeError or ValueError when the data do not have it."""
        return cls(
            features=tuple(map(str, data["features"])),
            low=tuple(map(float, data["low"])),
            step=tuple(map(float, data["step"])),
            counts=tuple(tuple(map(int, row)) for row in data["counts"]),
        )

    def check(self, schema: Schema) -> None:
        """Raise ValueError when this cannot be a density of customers with that schema."""
        if not 1 <= len(self.features) <= _MOST_FEATURES or not set(self.features) <= set(schema.names):
            raise ValueError("a density is not over features of the schema")
        if len({len(self.features), len(self.low), len(self.step)}) != 1:
            raise ValueError("a density does not have one beginning and one step per feature")
        if not all(map(math.isfinite, self.low)) or not all(math.isfinite(step) and step > 0 for step in self.step):
            raise ValueError("a density's grid is not one")
        widths = {len(row) for row in self.counts}
        if len(widths) != 1 or not 1 <= min(widths) <= MOST_STEPS or len(self.counts) > MOST_STEPS:
            raise ValueError("a density does not have as many counts in every row, or has too many")
        if len(self.features) == 1 and len(self.counts) != 1:
            raise ValueError("a density over one feature has more than one row")
        if not all(0 <= count < _MOST_CUSTOMERS for row in self.counts for count in row):
            raise ValueError("a density has an impossible count")


def shown_on_map(schema: Schema) -> tuple[int, ...]:
    """Return the features that span a map: the first two numbers that make distances.

    Without such a number it is the first number that describes; without any, the codes of the first category.
    """
    numbers = [i for i, feature in enumerate(schema.features) if not feature.is_category]
    deciding = [i for i in schema.cluster_indices if i in numbers]
    return tuple(deciding[:2] or numbers[:1] or schema.cluster_indices[:1])
