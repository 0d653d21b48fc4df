"""Raw training rows → clean, distinct customers with counts; every row is accounted for in the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.errors import BadTrainingData
from segmentation.values import Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Schema

# Tukey's outer fence: beyond three interquartile ranges from the quartiles a value is "far out"
# (J. W. Tukey, Exploratory Data Analysis, 1977).
FENCE: Final = 3.0
# More than this share beyond the fence is not a few mistakes but how the feature is distributed.
MOST_OUTLIERS: Final = 0.05


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
        The fence, in the feature's unit.
    left_out
        Whether these rows were kept out of the fit; False when they are too many to be mistakes.
    """

    feature: str
    count: int
    below: float
    above: float
    left_out: bool


@dataclass(frozen=True, slots=True)
class CleaningReport:
    """What became of every row: rows = used + rejected (all reasons) + outlier_rows."""

    rows: int
    used: int
    rejected: dict[str, int]
    imputed: dict[str, int]
    outliers: tuple[Outliers, ...]
    outlier_rows: int


@dataclass(frozen=True)
class CleanData:
    """Distinct customers and how often each occurs.

    Parameters
    ----------
    points
        (m, d) float64, features in schema order, finite and in bounds, lexicographically sorted.
    weights
        (m,) int64 counts, each at least 1.
    fill
        (d,) the median of each feature, which missing profile values were imputed with.
    report
        What became of every row.
    """

    points: NDArray[np.float64]
    weights: NDArray[np.int64]
    fill: NDArray[np.float64]
    report: CleaningReport


def clean(values: NDArray[np.float64], schema: Schema, already_rejected: Mapping[str, int] | None = None) -> CleanData:
    """Check ranges, leave out what cannot be used, impute profile features, set outliers aside, count duplicates.

    Parameters
    ----------
    values
        (n, d) raw values in schema order, NaN where missing.
    already_rejected
        Rows a reader refused before, by reason; they are counted in the report.

    Raises
    ------
    BadTrainingData
        When no row is left.
    """
    rejected = dict(already_rejected or {})
    rows = len(values) + sum(rejected.values())
    clustering = list(schema.cluster_indices)
    minimum = np.array([feature.minimum for feature in schema.features])
    maximum = np.array([feature.maximum for feature in schema.features])
    missing = np.isnan(values)
    lacking = missing[:, clustering].any(axis=1)
    outside = ~lacking & ((values < minimum) | (values > maximum)).any(axis=1)
    for reason, count in ((Reason.MISSING, int(lacking.sum())), (Reason.OUT_OF_RANGE, int(outside.sum()))):
        if count:
            rejected[reason.value] = rejected.get(reason.value, 0) + count
    kept = values[~lacking & ~outside]
    if not len(kept):
        raise BadTrainingData(
            f"None of the {rows} rows can be used: every one lacks a value or is out of range. "
            + "Check that the file's units are "
            + ", ".join(f"{f.name} in {f.range_text}" for f in schema.features)
            + "."
        )
    outliers, far = _outliers(kept, schema)
    kept = kept[~far]
    if not len(kept):
        raise BadTrainingData(f"Each of the {len(far)} usable rows is far outside the others: add data.")
    fill, imputed = _impute(kept, schema)
    points, weights = np.unique(kept + 0.0, axis=0, return_counts=True)
    report = CleaningReport(
        rows=rows,
        used=len(kept),
        rejected=rejected,
        imputed=imputed,
        outliers=outliers,
        outlier_rows=int(far.sum()),
    )
    return CleanData(points, weights.astype(np.int64), fill, report)


def _outliers(values: NDArray[np.float64], schema: Schema) -> tuple[tuple[Outliers, ...], NDArray[np.bool_]]:
    found: list[Outliers] = []
    far = np.zeros(len(values), dtype=bool)
    for index in schema.cluster_indices:
        column = values[:, index]
        lower, upper = np.quantile(column, [0.25, 0.75])
        spread = upper - lower
        if spread == 0:  # more than half the rows share a value: the fence would call all others outliers
            continue
        below, above = float(lower - FENCE * spread), float(upper + FENCE * spread)
        beyond = (column < below) | (column > above)
        count = int(beyond.sum())
        if count:
            left_out = count <= MOST_OUTLIERS * len(values) or count == 1
            found.append(Outliers(schema.features[index].name, count, below, above, left_out))
            if left_out:
                far |= beyond
    return tuple(found), far


def _impute(values: NDArray[np.float64], schema: Schema) -> tuple[NDArray[np.float64], dict[str, int]]:
    """Fill missing profile cells in place with the median of the known ones; return the medians and the counts."""
    fill = np.empty(values.shape[1])
    imputed: dict[str, int] = {}
    for index, feature in enumerate(schema.features):
        missing = np.isnan(values[:, index])
        known = values[~missing, index]
        fill[index] = np.median(known) if len(known) else (feature.minimum + feature.maximum) / 2
        if missing.any():
            imputed[feature.name] = int(missing.sum())
            values[missing, index] = fill[index]
    return fill, imputed
