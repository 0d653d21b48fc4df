"""Raw training rows → clean, distinct customers with counts; every row is accounted for in the report."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.errors import BadTrainingData
from segmentation.numbers.number_forms import currency_of
from segmentation.numbers.values import Reason
from segmentation.scales import proposed_scale
from segmentation.schema import Scale
from segmentation.training.reports.cleaning import MOST_OUTLIERS, CleaningReport, Outliers
from segmentation.training.statistics import median, tukey_fence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Feature, Schema
    from segmentation.training.distributions import Fence

_SHARE_DIGITS: Final = 6


@dataclass(frozen=True)
class LeftOut:
    """Customers beyond a fence: (n, d) points, features in schema order, and their (n,) counts.

    A profile feature that is missing is NaN.
    """

    points: NDArray[np.float64]
    counts: NDArray[np.int64]


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
        (d,) the median of each feature, which stands in the points for profile values that are missing.
    report
        What became of every row.
    cells
        (m, d) int64 bins that each point is the mean of, when there were too many customers to keep each one
        (`binning`); None when the points are the customers themselves.
    scatter
        (d,) variance of the customers around their point, on the feature's scale; None if there is none.
    marginals
        Per feature (n,) values and their (n,) counts, finely, when points are means of cells: these say how one
        feature alone is distributed, which cells made for clustering cannot. Missing values are left out.
    stated
        (m, d) how many of each point's customers state each feature; None if all state all.
    left_out
        The customers beyond a fence, who are not among the points; None if there are none, or they are not kept.
    tallies
        By the index of each category: (m, codes) how many of each point's customers have each, when points are means of
        cells; None when they are the customers themselves.
    """

    points: NDArray[np.float64]
    weights: NDArray[np.int64]
    fill: NDArray[np.float64]
    report: CleaningReport
    cells: NDArray[np.int64] | None = None
    scatter: NDArray[np.float64] | None = None
    marginals: tuple[tuple[NDArray[np.float64], NDArray[np.int64]], ...] | None = None
    stated: NDArray[np.int64] | None = None
    left_out: LeftOut | None = None
    tallies: Mapping[int, NDArray[np.int64]] | None = None

    def category_counts(self, feature: int, codes: int, inside: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Return how many customers have each category of a feature, by code.

        Parameters
        ----------
        codes
            How many categories there are.
        inside
            (m,) which points to look at; all if not given.
        """
        if self.tallies is not None:
            tallies = self.tallies[feature]
            return np.asarray((tallies if inside is None else tallies[inside]).sum(axis=0))
        values, counts = self.known(feature, inside)
        found = np.zeros(codes, dtype=np.int64)
        np.add.at(found, values.astype(np.intp), counts)
        return found

    def distribution(self, feature: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return one feature's values and their counts, over those who state it; empty if nobody does."""
        return self.known(feature) if self.marginals is None else self.marginals[feature]

    def known(
        self, feature: int, inside: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return one feature's values at the points where anybody states it, and how many do.

        Parameters
        ----------
        inside
            (m,) which points to look at; all if not given.
        """
        counts = self.weights if self.stated is None else self.stated[:, feature]
        values = self.points[:, feature]
        if inside is not None:
            values, counts = values[inside], counts[inside]
        if self.stated is None:
            return values, counts
        return values[counts > 0], counts[counts > 0]


def clean(values: NDArray[np.float64], schema: Schema, already_rejected: Mapping[str, int] | None = None) -> CleanData:
    """Check ranges, leave out what cannot be used, fill profile features, set outliers aside, count duplicates.

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
    return clean_distinct(values, np.ones(len(values), dtype=np.int64), schema, already_rejected)


def clean_distinct(
    values: NDArray[np.float64],
    counts: NDArray[np.int64],
    schema: Schema,
    already_rejected: Mapping[str, int] | None = None,
) -> CleanData:
    """Clean rows of which each occurs several times: the same result as `clean` gives for all of them.

    Parameters
    ----------
    values, counts
        (n, d) raw values in schema order, NaN where missing, in any order, and their (n,) counts.
    already_rejected
        As for `clean`.

    Raises
    ------
    BadTrainingData
        When no row is left.
    """
    kept, unusable = check_ranges(values, counts, schema)
    rejected = Counter(already_rejected or {})
    rejected.update(unusable)
    rows = int(counts.sum()) + sum((already_rejected or {}).values())
    values, counts = values[kept], counts[kept]
    if not len(values):
        raise nothing_usable(rows, schema)
    usable = int(counts.sum())
    outliers, far = _outliers(values, counts, schema)
    outlier_rows = int(counts[far].sum())
    beyond = LeftOut(*_sorted(values[far], counts[far])) if outlier_rows else None
    money = money_shares(schema, _sums(values[far], counts[far]), _sums(values, counts)) if outlier_rows else {}
    values, counts = values[~far], counts[~far]
    if not len(values):
        raise no_row_left(usable)
    lacking = np.isnan(values)
    fill, imputed = _fill(values, counts, schema)
    # Somebody whose age is not known is another customer than somebody of the median age.
    # Adding 0.0 turns -0.0 into 0.0, so that the fingerprint of the same customers is the same to the byte.
    told_apart = np.column_stack([values + 0.0, lacking]) if lacking.any() else values + 0.0
    rows_found, where = np.unique(told_apart, axis=0, return_inverse=True)
    points = np.ascontiguousarray(rows_found[:, : values.shape[1]])
    # Whole numbers are added: `bincount` with weights would add them as floats.
    weights = np.zeros(len(points), dtype=np.int64)
    np.add.at(weights, where, counts)
    stated = None
    if lacking.any():
        stated = np.where(rows_found[:, values.shape[1] :] > 0, 0, weights[:, None]).astype(np.int64)
    report = CleaningReport(
        rows=rows,
        used=usable - outlier_rows,
        rejected=dict(rejected),
        imputed=imputed,
        outliers=outliers,
        outlier_rows=outlier_rows,
        outlier_money=money,
    )
    return CleanData(points, weights, fill, report, stated=stated, left_out=beyond)


def check_ranges(
    values: NDArray[np.float64], counts: NDArray[np.int64], schema: Schema
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Tell the usable rows, and count the others by reason.

    Returns
    -------
    tuple
        (n,) whether a row has all cluster features and none out of bounds; the rows, by their `counts`, that do not.
    """
    lacking, outside = np.zeros(len(values), dtype=bool), np.zeros(len(values), dtype=bool)
    # Column by column: several times as fast as asking each row's few numbers.
    for index, (feature, column) in enumerate(zip(schema.features, values.T, strict=True)):
        if index in schema.cluster_indices:
            lacking |= np.isnan(column)
        outside |= (column < feature.minimum) | (column > feature.maximum)
    # A row has one reason, so that the counts of the reasons add up to the rows.
    outside &= ~lacking
    found = {Reason.MISSING.value: int(counts[lacking].sum()), Reason.OUT_OF_RANGE.value: int(counts[outside].sum())}
    return np.asarray(~lacking & ~outside), {reason: count for reason, count in found.items() if count}


def nothing_usable(rows: int, schema: Schema) -> BadTrainingData:
    """Return the refusal of rows none of which is usable."""
    return BadTrainingData(
        f"None of the {rows} rows can be used: every one lacks a value or is out of range. {units_asked_for(schema)}"
    )


def units_asked_for(schema: Schema) -> str:
    """Return the sentence that says which units a schema's features are in."""
    return f"Check that the file's units are {', '.join(f'{f.name} in {f.range_text}' for f in schema.features)}."


def no_row_left(usable: int) -> BadTrainingData:
    """Return the refusal of rows each of which is an outlier."""
    return BadTrainingData(f"Each of the {usable} usable rows is far outside the others: add data.")


def left_out(beyond: int, rows: int) -> bool:
    """Say whether so many of `rows` are few enough to be mistakes."""
    # A single row may always be a mistake: among fewer than 20 rows it alone is more than the share.
    return beyond <= MOST_OUTLIERS * rows or beyond == 1


def outliers_of(
    feature: Feature, fence: Fence, count: int, values: NDArray[np.float64], counts: NDArray[np.int64]
) -> Outliers:
    """Return what is reported of `count` rows beyond a fence, among all (n,) values and their (n,) counts."""
    suits = not feature.is_log and proposed_scale(values, feature.minimum, counts).scale is Scale.LOG
    few = left_out(count, int(counts.sum()))
    return Outliers(feature.name, count, fence.below, fence.above, few, log_suits=suits)


def money_shares(schema: Schema, left_out_sums: Sequence[float], all_sums: Sequence[float]) -> dict[str, float]:
    """Return the share of each money feature's sum that was left out, 0 to 1, by name.

    Parameters
    ----------
    left_out_sums, all_sums
        Per feature the sum over the rows left out and over all usable ones. Where the whole is not above zero, refunds
        outweigh the payments, and there is no share to state.
    """
    return {
        feature.name: round(min(max(part / whole, 0.0), 1.0), _SHARE_DIGITS)
        for feature, part, whole in zip(schema.features, left_out_sums, all_sums, strict=True)
        if currency_of(feature.unit) is not None and whole > 0
    }


def _outliers(
    values: NDArray[np.float64], counts: NDArray[np.int64], schema: Schema
) -> tuple[tuple[Outliers, ...], NDArray[np.bool_]]:
    found: list[Outliers] = []
    far = np.zeros(len(values), dtype=bool)
    for index in schema.cluster_indices:
        column, feature = values[:, index], schema.features[index]
        if feature.is_category:  # none is far from the others
            continue
        order = column.argsort()
        fence = tukey_fence(column[order], counts[order], feature)
        if fence is None:
            continue
        beyond = fence.beyond(column)
        count = int(counts[beyond].sum())
        if count:
            found.append(outliers_of(feature, fence, count, column, counts))
            if found[-1].left_out:
                far |= beyond
    return tuple(found), far


def _sorted(values: NDArray[np.float64], counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return rows in an order that depends on their values alone, so that the file's order makes no difference."""
    order = np.lexsort(values.T)
    return values[order], counts[order]


def _sums(values: NDArray[np.float64], counts: NDArray[np.int64]) -> list[float]:
    """Return the sum of each known column of (n, d) values that occur `counts` times; the same in whatever order."""
    return [math.fsum((column * counts)[~np.isnan(column)].tolist()) for column in values.T]


def _fill(
    values: NDArray[np.float64], counts: NDArray[np.int64], schema: Schema
) -> tuple[NDArray[np.float64], dict[str, int]]:
    """Fill missing profile cells in place with the median of the known ones; return the medians and the counts."""
    fill = np.empty(values.shape[1])
    imputed: dict[str, int] = {}
    for index, feature in enumerate(schema.features):
        missing = np.isnan(values[:, index])
        known, often = values[~missing, index], counts[~missing]
        order = known.argsort()
        if feature.is_category:
            fill[index] = _commonest(known, often)
        else:
            fill[index] = median(known[order], often[order]) if len(known) else (feature.minimum + feature.maximum) / 2
        if missing.any():
            imputed[feature.name] = int(counts[missing].sum())
            values[missing, index] = fill[index]
    return fill, imputed


def _commonest(values: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
    """Return the code that most customers have, the lower of two; 0 if nobody has one."""
    return float(np.bincount(values.astype(np.intp), weights=counts).argmax()) if len(values) else 0.0
