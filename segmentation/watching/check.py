"""What one check of a table has counted: no rows, nobody's values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from segmentation.watching.unlike import Unlike


@dataclass(frozen=True, slots=True)
class TableCheck:
    """What a check has counted.

    Parameters
    ----------
    version
        The model version that scored.
    trained_at
        When that was trained: seconds since the epoch.
    rows, scored
        Number of rows, and how many of them have a segment.
    segments
        Number of customers by segment, in the model's order.
    trained
        The share of the training customers in each segment, 0 to 1.
    features
        How far each feature is from its training values, in schema order; those of versions that kept no profile are
        left out.
    """

    version: str
    trained_at: float
    rows: int
    scored: int
    segments: Mapping[str, int]
    trained: Mapping[str, float]
    features: tuple[Unlike, ...] = ()

    @property
    def shares(self) -> dict[str, float]:
        """The share of the scored customers in each segment, 0 to 1."""
        return {name: count / max(self.scored, 1) for name, count in self.segments.items()}

    @property
    def left_out(self) -> float:
        """The share of rows that could not be scored, 0 to 1."""
        return (self.rows - self.scored) / max(self.rows, 1)

    def to_data(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> TableCheck:
        """Rebuild it from `to_data`'s form."""
        given = {one.name: data[one.name] for one in fields(cls) if one.name in data}
        return cls(**{**given, "features": tuple(Unlike.from_data(one) for one in data["features"])})
