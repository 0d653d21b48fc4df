"""How a training's customers were distributed, as plain values that a manifest keeps; nothing heavy is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from segmentation.writing.plain import format_number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Fence:
    """Tukey's outer fence around the values of one feature, in the feature's unit.

    Parameters
    ----------
    below, above
        Values less than `below` or greater than `above` are far out.
    """

    below: float
    above: float

    def beyond(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell for each of (n,) values whether it is far out.

        Examples
        --------
        >>> import numpy as np
        >>> Fence(0.0, 100.0).beyond(np.array([-1.0, 0.0, 100.0, 500.0])).tolist()
        [True, False, False, True]
        """
        far: NDArray[np.bool_] = (values < self.below) | (values > self.above)
        return far

    def describe(self, minimum: float, maximum: float, unit: str = "") -> str:
        """Say which values are far out, leaving out a side on which the feature's bounds allow none.

        Examples
        --------
        >>> Fence(0.0, 186.5).describe(0, 1000, "k$")
        'above 186.5 k$'
        >>> Fence(12.0, 262204.6).describe(0, 1e6)
        'below 12 or above 262200'
        """
        sides = [f"below {_rounded(self.below)}"] if self.below > minimum else []
        sides += [f"above {_rounded(self.above)}"] if self.above < maximum else []
        return " or ".join(sides) + (f" {unit}" if unit else "")


@dataclass(frozen=True, slots=True)
class Distribution:
    """How one feature is distributed.

    Parameters
    ----------
    feature
        The feature's name.
    edges
        Ascending inner edges of the bins in the feature's unit: quantiles, fewer if values repeat.
    shares
        The share of customers in each of the ``len(edges) + 1`` bins: up to the first edge, above the first and up to
        the second, and so on; the last bin is open.
    """

    feature: str
    edges: tuple[float, ...]
    shares: tuple[float, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Distribution:
        """Rebuild from `asdict`'s form; KeyError, TypeError or ValueError when the data do not have it."""
        return cls(data["feature"], _floats(data["edges"]), _floats(data["shares"]))


@dataclass(frozen=True, slots=True)
class Grid:
    """How the cluster features are distributed together: the occupied cells of an even grid.

    Parameters
    ----------
    features
        Names of the cluster features.
    low, step
        Per feature, on its scale: where the first cell begins, and how wide cells are. Customers outside the grid are
        counted in the outermost cell.
    cells, counts
        Per occupied cell: its position along each feature, and how many customers it holds.
    """

    features: tuple[str, ...]
    low: tuple[float, ...]
    step: tuple[float, ...]
    cells: tuple[tuple[int, ...], ...]
    counts: tuple[int, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Grid:
        """Rebuild from `asdict`'s form; KeyError, TypeError or ValueError when the data do not have it."""
        return cls(
            features=tuple(data["features"]),
            low=_floats(data["low"]),
            step=_floats(data["step"]),
            cells=tuple(tuple(map(int, cell)) for cell in data["cells"]),
            counts=tuple(map(int, data["counts"])),
        )


@dataclass(frozen=True, slots=True)
class Closeness:
    """How close customers are to the nearest of the model's centres, in scaled space.

    Parameters
    ----------
    edges
        Per segment, ascending distances that divide its customers into ten bands: nine quantiles.
    shares
        The share of customers in each band, of all segments together; a tenth each unless distances repeat.
    """

    edges: tuple[tuple[float, ...], ...]
    shares: tuple[float, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Closeness:
        """Rebuild from `asdict`'s form; KeyError, TypeError or ValueError when the data do not have it."""
        return cls(tuple(map(_floats, data["edges"])), _floats(data["shares"]))


@dataclass(frozen=True, slots=True)
class FarOut:
    """How much of one segment lies beyond Tukey's outer fence of a cluster feature; kept only if some of it does.

    Parameters
    ----------
    segment, feature
        Their names.
    share
        Of the segment's customers, 0 to 1.
    below, above
        The fence around all customers, in the feature's unit and within its bounds.
    """

    segment: str
    feature: str
    share: float
    below: float
    above: float

    @property
    def fence(self) -> Fence:
        """The fence around all customers."""
        return Fence(self.below, self.above)


@dataclass(frozen=True, slots=True)
class TrainingProfile:
    """How one training's customers were distributed.

    Parameters
    ----------
    customers
        How many there were.
    distributions
        One a feature, in schema order.
    grid
        The cluster features together; None when so many features make even a coarse grid too large.
    far_out
        Per segment the cluster feature in which most of it is far out, if any.
    closeness
        How close customers are to their centres; None for versions saved before this was kept.
    """

    customers: int
    distributions: tuple[Distribution, ...]
    grid: Grid | None
    far_out: tuple[FarOut, ...]
    closeness: Closeness | None = None

    def distribution(self, feature: str) -> Distribution | None:
        """Return one feature's distribution, None when there is none of that name."""
        return next((item for item in self.distributions if item.feature == feature), None)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> TrainingProfile:
        """Rebuild from `asdict`'s form; KeyError, TypeError or ValueError when the data do not have it."""
        closeness = data.get("closeness")
        return cls(
            customers=int(data["customers"]),
            distributions=tuple(Distribution.from_data(item) for item in data["distributions"]),
            grid=None if data["grid"] is None else Grid.from_data(data["grid"]),
            far_out=tuple(FarOut(**item) for item in data["far_out"]),
            closeness=None if closeness is None else Closeness.from_data(closeness),
        )


def _rounded(value: float) -> str:
    """Write four digits of a fence, and zeros instead of an exponent for those that are left."""
    return format_number(float(f"{value:.4g}"))


def _floats(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(map(float, values))
