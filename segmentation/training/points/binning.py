"""The first pass over large data: each feature's bins, found from its fine histogram. And the protocol of both passes.

Any number of customers become a bounded number of cells with counts and sums. Two passes over the data are enough, and
every engine that can add whole numbers gives the same result to the bit, in whatever order and on however many threads
it adds them: Polars over a file (`dataset`), or a database with two kinds of GROUP BY (`warehouse`). A *usable row* has
all cluster features, and no feature out of the schema's bounds.

**Whole numbers.** A value x of feature f is q = FLOOR(x * scale + 0.5), where scale = `fixed_scales(schema)[f]` is a
power of two; |q| ≤ 2**30. All arithmetic is on doubles and exactly rounded (IEEE 754), so engines cannot differ.

**First pass**, for each feature by itself, over the usable rows: the fine histogram. With

    code = SIGN(q) * FLOOR(65536 * SQRT(SQRT(ABS(q) / 1073741824.0)))

it is COUNT(*) and SUM(q) GROUP BY code, and for a profile feature the number of rows in which it is NULL. The fourth
root makes codes fine near zero, so that a few large values do not coarsen the many small ones. Give the groups to
`FineHistogram.from_groups`, and the histograms to `find_bins`: it finds Tukey's fences, the medians that stand in for
missing values, and the edges of bins: at most 256 of a cluster feature (4096 of an only one), 16 of a profile feature.

**Second pass**, with b = `bins.features[f]`, over the usable rows with b.low <= q <= b.high for every cluster feature
f: a missing q is b.fill_fixed; a row's bin on f is the number of `b.edges(resolution)` that are <= q; and then
COUNT(*), SUM(q) for each feature, and the number of missing ones for each feature, GROUP BY the bins of all features.
A category is a whole number, its code. One that only describes has a single bin, so it makes no cell of its own; of it
there is instead the number of rows with each code, in `cells.tallied`'s order, which keeps the shares exact.
Begin with the first of `bins.resolutions`. If it gives more than `cells.MOST_CELLS` groups take the next, and so on;
the last is taken whatever it gives. (`cells.BinnedCounts.merge` does the same on groups already made: bins are nested.)
`cells.to_clean_data` turns the groups into the `CleanData` that `train.train_clean` takes.

Up to `cells.EXACT_POINTS` distinct customers are not binned at all but kept as they are: `cleaning.clean_distinct`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.scales import scaled
from segmentation.schema import Role
from segmentation.training.points.cleaning import nothing_usable, outliers_of
from segmentation.training.points.histogram import (
    CODES,
    FIXED_BITS,
    FineHistogram,
    fine_codes,
    fixed_scales,
    least_fixed,
)
from segmentation.training.reports.cleaning import Outliers
from segmentation.training.statistics import median, tukey_fence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Feature, Schema

# A cell's key is an int64, and shifting features into it must leave the sign alone.
_KEY_BITS: Final = 62
# Resolutions from fine to coarse: bits for each cluster feature, bits for each profile feature.
# Profile features give way before a cluster feature gets fewer than 64 bins: they have no part in the distances.
_RESOLUTIONS: Final = (
    *((8, 4), (7, 4), (6, 4), (6, 3), (6, 2), (6, 1), (5, 1), (4, 1)),
    *((4, 0), (3, 0), (2, 0), (1, 0)),
)
# A single cluster feature has room for more, and needs it: on a line, centres get stuck between few points.
_ONE_FEATURE: Final = (12, 4)


@dataclass(frozen=True, slots=True)
class Resolution:
    """How finely features are binned: 2 ** bits bins each."""

    cluster_bits: int
    profile_bits: int

    def bits(self, feature: Feature) -> int:
        """Return the bits of one feature: as many as tell categories apart, but none if they only describe.

        Those are tallied, not binned.
        """
        if feature.is_category:
            return (len(feature.codes) - 1).bit_length() if feature.role is Role.CLUSTER else 0
        return self.cluster_bits if feature.role is Role.CLUSTER else self.profile_bits


@dataclass(frozen=True)
class FeatureBins:
    """What the first pass learned about one feature.

    Parameters
    ----------
    feature
        The feature.
    low, high
        The least and the greatest whole number that take part: Tukey's fence, if it leaves rows out.
    fill, fill_fixed
        The median, in the feature's unit and as a whole number.
    finest_bits, finest
        The first resolution's bits, and its (2 ** bits - 1,) int64 ascending edges; a value on an edge is above it.
    outliers
        Rows beyond the fence, if there are any.
    scatter
        Variance of the values around the mean of their bin, on the feature's scale, by `Resolution` bits.
    total
        The sum of the whole numbers of all usable rows that state it.
    marginal
        Its values in its unit, and their counts, as `CleanData` has them.
    """

    feature: Feature
    low: int
    high: int
    fill: float
    fill_fixed: int
    finest_bits: int
    finest: NDArray[np.int64]
    outliers: Outliers | None
    scatter: dict[int, float]
    total: int
    marginal: tuple[NDArray[np.float64], NDArray[np.int64]]

    @property
    def fenced(self) -> bool:
        """Whether values are left out."""
        return self.low > -(1 << FIXED_BITS) or self.high < 1 << FIXED_BITS

    def edges(self, resolution: Resolution) -> NDArray[np.int64]:
        """Return the inner edges at a resolution: a value's bin is the number of edges that are <= it."""
        step = 1 << (self.finest_bits - resolution.bits(self.feature))
        return self.finest[step - 1 :: step]

    def of_codes(self, resolution: Resolution) -> NDArray[np.int64]:
        """Return the bin of each code, (131073,) by code + 65536; no bin begins within a code."""
        return self._finest_of_codes >> (self.finest_bits - resolution.bits(self.feature))

    @cached_property
    def _finest_of_codes(self) -> NDArray[np.int64]:
        codes = np.arange(-CODES, CODES + 1)
        return np.searchsorted(fine_codes(self.finest.astype(np.int32)), codes, side="right")


@dataclass(frozen=True)
class Bins:
    """What the first pass learned: all that the second needs.

    Parameters
    ----------
    schema
        The features.
    rows
        Usable rows.
    features
        The bins of each feature, in schema order.
    """

    schema: Schema
    rows: int
    features: tuple[FeatureBins, ...]

    @property
    def resolutions(self) -> tuple[Resolution, ...]:
        """The resolutions to try, from fine to coarse."""
        return resolutions(self.schema)

    @property
    def outliers(self) -> tuple[Outliers, ...]:
        """Rows beyond the fences."""
        return tuple(bins.outliers for bins in self.features if bins.outliers is not None)


def resolutions(schema: Schema) -> tuple[Resolution, ...]:
    """Return a schema's resolutions from fine to coarse: those whose cells have a key of 62 bits."""
    alone = (_ONE_FEATURE,) if len(schema.cluster_indices) == 1 else ()
    return tuple(
        resolution
        for resolution in (Resolution(*bits) for bits in (*alone, *_RESOLUTIONS))
        if sum(resolution.bits(feature) for feature in schema.features) <= _KEY_BITS
    )


def find_bins(histograms: Sequence[FineHistogram], schema: Schema, rejected: Mapping[str, int]) -> Bins:
    """Find fences, medians and edges.

    Parameters
    ----------
    histograms
        One a feature, in schema order, over the usable rows.
    rejected
        Rows that are not usable, by reason: for the refusal.

    Raises
    ------
    BadTrainingData
        When no row is usable.
    """
    first = histograms[schema.cluster_indices[0]]
    rows = int(first.rows.sum())
    if not rows:
        raise nothing_usable(sum(rejected.values()), schema)
    finest = resolutions(schema)[0]
    features = zip(schema.features, histograms, fixed_scales(schema).tolist(), strict=True)
    return Bins(schema, rows, tuple(_feature_bins(*known, finest.bits(known[0])) for known in features))


def _feature_bins(feature: Feature, histogram: FineHistogram, scale: float, bits: int) -> FeatureBins:
    """Find one feature's fence, median and edges; `scale` turns its values into whole numbers."""
    fenced = _fence(feature, histogram, scale) if feature.role is Role.CLUSTER and not feature.is_category else None
    outliers, inside = fenced or (None, slice(0, len(histogram.codes)))
    # Too many to be mistakes: they are reported, but stay in.
    if outliers is not None and not outliers.left_out:
        inside = slice(0, len(histogram.codes))
    codes = histogram.codes[inside]
    ends = least_fixed(np.array([codes[0], codes[-1] + 1])) if len(codes) else (0, 0)
    middle = _median(histogram, inside, feature, scale)
    counts = histogram.rows[inside]
    known = np.clip(histogram.means[inside] / scale, feature.minimum, feature.maximum)
    # Plain values are taken as whole numbers, whose spacing no bound has cut short.
    on_scale, unit = (scaled(known, feature), 1.0) if feature.is_log else (histogram.means[inside], scale)
    positions = _spread(on_scale, counts, 1 << bits)
    if feature.is_category and bits:  # a bin each
        positions = np.round(known).astype(np.int64)
    return FeatureBins(
        feature=feature,
        low=int(ends[0]) if inside.start else -(1 << FIXED_BITS),
        high=int(ends[1]) - 1 if inside.stop < len(histogram.codes) else 1 << FIXED_BITS,
        fill=middle,
        fill_fixed=math.floor(middle * scale + 0.5),
        finest_bits=bits,
        finest=_edges(codes, positions, 1 << bits),
        outliers=outliers,
        # For every number of bits: which resolution the second pass ends at is not known yet.
        scatter={b: _scatter(on_scale, counts, positions >> (bits - b)) / unit**2 for b in range(bits + 1)},
        total=int(histogram.sums.sum()),
        marginal=(known, counts),
    )


def _fence(feature: Feature, histogram: FineHistogram, scale: float) -> tuple[Outliers, slice] | None:
    """Return the values beyond Tukey's outer fence, and which codes are inside; None without any.

    A code that the fence runs through is inside.
    """
    known = histogram.means / scale
    fence = tukey_fence(known, histogram.rows, feature)
    if fence is None:
        return None
    limit = 1 << FIXED_BITS
    ends = np.clip(np.floor(np.array([fence.below, fence.above]) * scale + 0.5), -limit, limit).astype(np.int32)
    first, last = fine_codes(ends)
    inside = slice(
        int(np.searchsorted(histogram.codes, first)), int(np.searchsorted(histogram.codes, last, side="right"))
    )
    count = int(histogram.rows.sum()) - int(histogram.rows[inside].sum())
    if not count:
        return None
    return outliers_of(feature, fence, count, known, histogram.rows), inside


def _median(histogram: FineHistogram, inside: slice, feature: Feature, scale: float) -> float:
    """Return what stands for a missing value: the median, of categories the commonest."""
    rows = histogram.rows[inside]
    if not len(rows):
        return 0.0 if feature.is_category else (feature.minimum + feature.maximum) / 2
    if feature.is_category:
        return float(histogram.means[inside][rows.argmax()]) / scale
    return median(histogram.means[inside], rows) / scale


def _spread(means: NDArray[np.float64], counts: NDArray[np.int64], bins: int) -> NDArray[np.int64]:
    """Assign ascending values to bins so that the mean squared distance from the bin's mean is nearly the smallest.

    The best quantiser has cells as dense as the cube root of the density of the values (P. F. Panter,
    W. Dite, 1951). The density is the rows over the width, and the width half the way to both neighbours.
    """
    if len(means) <= 1:
        return np.zeros(len(means), dtype=np.int64)
    gaps = np.diff(means)
    width = (np.concatenate([gaps[:1], gaps]) + np.concatenate([gaps, gaps[-1:]])) / 2
    share = np.cbrt(counts * width**2)
    reached = np.cumsum(share) - share / 2
    return np.asarray(np.minimum(np.floor(bins * (reached / share.sum())), bins - 1).astype(np.int64))


def _edges(codes: NDArray[np.int64], place: NDArray[np.int64], bins: int) -> NDArray[np.int64]:
    """Return the bins' inner edges; empty bins have none of their own but their upper neighbour's."""
    first = np.searchsorted(place, np.arange(1, bins))
    return least_fixed(np.append(codes, CODES + 1)[first])


def _scatter(means: NDArray[np.float64], counts: NDArray[np.int64], place: NDArray[np.int64]) -> float:
    """Return the mean squared distance of values from the mean of their bin."""
    if not len(means):
        return 0.0
    rows = np.bincount(place, weights=counts)
    centre = np.bincount(place, weights=counts * means) / np.maximum(rows, 1)
    return float((counts * (means - centre[place]) ** 2).sum() / counts.sum())
