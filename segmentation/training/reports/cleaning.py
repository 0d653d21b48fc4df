"""What became of the rows of a training, and which values lie far outside the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from segmentation.training.distributions import Fence

# More than this share beyond the fence is not a few mistakes: cleaning keeps these rows.
MOST_OUTLIERS: Final = 0.05
# Routine data have 1 to 10 % gross errors (F. R. Hampel et al., Robust Statistics, 1986): up to here, the rows that
# were kept may yet be mistakes; more are how the feature is distributed.
MOST_GROSS_ERRORS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Outliers:
    """Values of one cluster feature beyond Tukey's outer fence.

    Parameters
    ----------
    feature
        The feature's name.
    count
        Rows beyond the fence.
    below, above
        The fence, in the feature's unit and within its bounds.
    left_out
        Whether these rows were kept out of the fit; False when they are too many to be mistakes.
    log_suits
        Whether a log scale would suit the feature, which has a plain one: the fit takes those kept to be at the fence.
    """

    feature: str
    count: int
    below: float
    above: float
    left_out: bool
    log_suits: bool = False

    @property
    def fence(self) -> Fence:
        """The fence around all customers."""
        return Fence(self.below, self.above)


@dataclass(frozen=True, slots=True)
class CleaningReport:
    """What became of every row: rows = used + rejected (all reasons) + outlier_rows.

    Parameters
    ----------
    rejected
        Rows left out, by reason.
    imputed
        Rows that lack a profile feature, by its name; the profile is of the others.
    outlier_rows, outlier_money
        Rows left out because a value is beyond its fence, and their share (0 to 1) of the sum of each feature that is
        money; empty if no such row was left out, and for versions saved before this was measured.
    """

    rows: int
    used: int
    rejected: dict[str, int]
    imputed: dict[str, int]
    outliers: tuple[Outliers, ...]
    outlier_rows: int
    outlier_money: dict[str, float] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> CleaningReport:
        """Rebuild from `asdict`'s form; KeyError, TypeError or ValueError when the data do not have it."""
        return cls(
            rows=int(data["rows"]),
            used=int(data["used"]),
            rejected={str(reason): int(rows) for reason, rows in data["rejected"].items()},
            imputed={str(feature): int(rows) for feature, rows in data["imputed"].items()},
            outliers=tuple(Outliers(**item) for item in data["outliers"]),
            outlier_rows=int(data["outlier_rows"]),
            outlier_money={str(feature): float(share) for feature, share in data.get("outlier_money", {}).items()},
        )
