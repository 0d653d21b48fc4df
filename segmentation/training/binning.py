"""Any number of customers → a bounded number of cells with counts and sums: what a large data set is trained on.

Two passes over the data are enough, and every engine that can add whole numbers gives the same result to the bit,
in whatever order and on however many threads it adds them: Polars over a file (`gathering`), or a database with two
kinds of GROUP BY (`warehouse`). A *usable row* has all cluster features, and no feature out of the schema's bounds.

**Whole numbers.** A value x of feature f is q = FLOOR(x * scale + 0.5), where scale = `fixed_scales(schema)[f]` is a
power of two; |q| ≤ 2**30. All comes in doubles, exactly rounded by IEEE 754, so that engines cannot differ.

**First pass**, for each feature by itself, over the usable rows: the fine histogram. With

    code = SIGN(q) * FLOOR(65536 * SQRT(SQRT(ABS(q) / 1073741824.0)))

it is COUNT(*) and SUM(q) GROUP BY code, and for a profile feature the number of rows where it is NULL. The fourth root
makes codes fine where values are small, so that wide bounds do not blur the many for the sake of the few. Give them to
`FineHistogram.from_groups`, and the histograms to `find_bins`: it finds Tukey's fences, the medians that stand in for
missing values, and the edges of bins: at most 256 of a cluster feature (4096 of an only one), 16 of a profile feature.

**Second pass**, over the usable rows with `bins.low[f] <= q <= bins.high[f]` for every cluster feature f: a missing
q is `bins.fill_fixed[f]`; a row's bin on f is the number of `bins.edges(f, resolution)` that are <= q; and then
COUNT(*), SUM(q) for each feature, and the number of missing ones for each feature, GROUP BY the bins of all features.
Begin with the first of `bins.resolutions`; where that gives more than `MOST_CELLS` groups take the next, and so on; the
last is taken whatever it gives. (`BinnedCounts.merge` does the same on groups already made: bins are nested.)
`to_clean_data` makes of these `CleanData`, which `training.train_clean` takes.

Up to `EXACT_POINTS` distinct customers are not binned at all but kept as they are: `cleaning.clean_distinct`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.schema import Role
from segmentation.training.cleaning import (
    CleanData,
    left_out,
    no_row_left,
    nothing_usable,
)
from segmentation.training.report import CleaningReport, Outliers
from segmentation.training.statistics import median, tukey_fence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Feature, Schema

# So many distinct customers are kept as they are; a larger number is binned.
EXACT_POINTS: Final = 1 << 14
# No more cells than this are kept, unless the coarsest resolution has more.
MOST_CELLS: Final = 1 << 17
FIXED_BITS: Final = 30
CODES: Final = 1 << 16
# Stands for a missing value among whole numbers.
MISSING: Final = -(1 << 31)
# Bits of a cell's key.
_KEY_BITS: Final = 62
# Cells whose keys are no longer are counted in arrays with room for all of them.
_DENSE_BITS: Final = 20
# Resolutions from fine to coarse: bits for each cluster feature, bits for each profile feature.
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
        """Return the bits of one feature."""
        return self.cluster_bits if feature.role is Role.CLUSTER else self.profile_bits


def fixed_scales(schema: Schema) -> NDArray[np.float64]:
    """Return what each feature's values are multiplied with to become whole numbers: (d,) powers of two."""
    largest = [max(abs(feature.minimum), abs(feature.maximum)) for feature in schema.features]
    return np.array([2.0 ** (FIXED_BITS - math.frexp(value)[1]) for value in largest])


def to_fixed(values: NDArray[np.float64], schema: Schema) -> NDArray[np.int32]:
    """Turn (n, d) usable values, NaN where missing, into whole numbers, `MISSING` where missing."""
    scaled = np.floor(values * fixed_scales(schema) + 0.5)
    return np.where(np.isnan(scaled), MISSING, scaled).astype(np.int32)


def fine_codes(fixed: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the fine code of whole numbers, none of them missing: -65536 to 65536, ascending with them."""
    share = np.abs(fixed.astype(np.float64)) / (1 << FIXED_BITS)
    codes: NDArray[np.int64] = np.floor(CODES * np.sqrt(np.sqrt(share))).astype(np.int64)
    return np.where(fixed < 0, -codes, codes)


@dataclass(frozen=True)
class FineHistogram:
    """One feature's values over the usable rows, finely.

    Parameters
    ----------
    counts, sums
        (131073,) int64, by code + 65536: rows, and the sum of their whole numbers.
    missing
        Rows without a value.
    """

    counts: NDArray[np.int64]
    sums: NDArray[np.int64]
    missing: int

    @classmethod
    def of(cls, fixed: NDArray[np.int32]) -> FineHistogram:
        """Count (n,) whole numbers, n at most 2**22."""
        known = fixed[fixed != MISSING]
        place, length = fine_codes(known) + CODES, 2 * CODES + 1
        # Sums of at most 2**22 numbers of 2**30 are exact in float64.
        sums = np.bincount(place, weights=known, minlength=length).astype(np.int64)
        return cls(np.bincount(place, minlength=length), sums, len(fixed) - len(known))

    @classmethod
    def from_groups(
        cls, codes: Sequence[int], counts: Sequence[int], sums: Sequence[int], missing: int = 0
    ) -> FineHistogram:
        """Take groups as a database counted them, in any order."""
        place = np.asarray(codes, dtype=np.int64) + CODES
        found = cls(np.zeros(2 * CODES + 1, dtype=np.int64), np.zeros(2 * CODES + 1, dtype=np.int64), missing)
        np.add.at(found.counts, place, np.asarray(counts, dtype=np.int64))
        np.add.at(found.sums, place, np.asarray(sums, dtype=np.int64))
        return found

    def add(self, other: FineHistogram) -> FineHistogram:
        """Return the histogram of the rows of both."""
        return FineHistogram(self.counts + other.counts, self.sums + other.sums, self.missing + other.missing)

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """The codes that occur, ascending."""
        return np.flatnonzero(self.counts) - CODES

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The rows of each code that occurs."""
        return self.counts[self.codes + CODES]

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """The mean whole number of each code that occurs; exact where its rows are all alike."""
        return mean_of(self.sums[self.codes + CODES], self.rows)


@dataclass(frozen=True)
class Bins:
    """What the first pass found; all that the second needs.

    Parameters
    ----------
    schema
        The features.
    rows
        Usable rows.
    low, high
        Per feature the least and the greatest whole number that takes part: Tukey's fence, where it leaves rows out.
    fill, fill_fixed
        Per feature the median, in its unit and as a whole number.
    finest
        Per feature (2 ** bits - 1,) int64 ascending edges of the first resolution; a value on an edge is above it.
    outliers
        Rows beyond the fences.
    scatter
        (d,) variance of the values around the mean of their bin, in the feature's unit squared, by `Resolution` bits.
    marginals
        Per feature its values in its unit, and their counts, as `CleanData` has them.
    """

    schema: Schema
    rows: int
    low: tuple[int, ...]
    high: tuple[int, ...]
    fill: tuple[float, ...]
    fill_fixed: tuple[int, ...]
    finest: tuple[NDArray[np.int64], ...]
    outliers: tuple[Outliers, ...]
    scatter: tuple[dict[int, float], ...]
    marginals: tuple[tuple[NDArray[np.float64], NDArray[np.int64]], ...]

    @property
    def resolutions(self) -> tuple[Resolution, ...]:
        """The resolutions to try, from fine to coarse."""
        return resolutions(self.schema)

    @cached_property
    def _finest_of_codes(self) -> tuple[NDArray[np.int64], ...]:
        codes = np.arange(-CODES, CODES + 1)
        return tuple(np.searchsorted(fine_codes(edges.astype(np.int32)), codes, side="right") for edges in self.finest)

    def of_codes(self, feature: int, resolution: Resolution) -> NDArray[np.int64]:
        """Return the bin of each code of a feature, (131073,) by code + 65536: edges lie between codes."""
        finest, bits = self.resolutions[0], resolution.bits(self.schema.features[feature])
        return self._finest_of_codes[feature] >> (finest.bits(self.schema.features[feature]) - bits)

    def fenced(self, feature: int) -> bool:
        """Say whether values of a feature are left out."""
        return self.low[feature] > -(1 << FIXED_BITS) or self.high[feature] < 1 << FIXED_BITS

    def edges(self, feature: int, resolution: Resolution) -> NDArray[np.int64]:
        """Return a feature's inner edges at a resolution: a value's bin is the number of edges that are <= it."""
        finest = self.resolutions[0].bits(self.schema.features[feature])
        step = 1 << (finest - resolution.bits(self.schema.features[feature]))
        return self.finest[feature][step - 1 :: step]


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
    scales, finest = fixed_scales(schema), resolutions(schema)[0]
    low, high, outliers = [], [], []
    fill, fill_fixed, edges, scatter, marginals = [], [], [], [], []
    for index, (feature, histogram) in enumerate(zip(schema.features, histograms, strict=True)):
        inside = slice(0, len(histogram.codes))
        if index in schema.cluster_indices and (found := _fence(feature, histogram, float(scales[index]))):
            outliers.append(found[0])
            inside = found[1] if found[0].left_out else inside
        codes = histogram.codes[inside]
        ends = least_fixed(np.array([codes[0], codes[-1] + 1])) if len(codes) else (0, 0)
        low.append(int(ends[0]) if inside.start else -(1 << FIXED_BITS))
        high.append(int(ends[1]) - 1 if inside.stop < len(histogram.codes) else 1 << FIXED_BITS)
        middle = _median(histogram, inside, feature, float(scales[index]))
        fill.append(middle)
        fill_fixed.append(math.floor(middle * float(scales[index]) + 0.5))
        means, counts = histogram.means[inside], histogram.rows[inside]
        known = np.clip(means / float(scales[index]), feature.minimum, feature.maximum)
        filled = [histogram.missing] if histogram.missing else []
        marginals.append((np.append(known, [middle] * len(filled)), np.append(counts, filled).astype(np.int64)))
        bits = finest.bits(feature)
        place = _spread(means, counts, 1 << bits)
        edges.append(_edges(codes, place, 1 << bits))
        scatter.append({b: _scatter(means, counts, place >> (bits - b)) / scales[index] ** 2 for b in range(bits + 1)})
    return Bins(
        schema,
        rows,
        tuple(low),
        tuple(high),
        tuple(fill),
        tuple(fill_fixed),
        tuple(edges),
        tuple(outliers),
        tuple(scatter),
        tuple(marginals),
    )


def _fence(feature: Feature, histogram: FineHistogram, scale: float) -> tuple[Outliers, slice] | None:
    """Return the values beyond Tukey's outer fence, and which codes are inside; None without any.

    A code that the fence runs through is inside.
    """
    fence = tukey_fence(histogram.means / scale, histogram.rows, feature.minimum, feature.maximum)
    if fence is None:
        return None
    limit = 1 << FIXED_BITS
    ends = np.clip(np.floor(np.array([fence.below, fence.above]) * scale + 0.5), -limit, limit).astype(np.int32)
    first, last = fine_codes(ends)
    inside = slice(
        int(np.searchsorted(histogram.codes, first)), int(np.searchsorted(histogram.codes, last, side="right"))
    )
    total = int(histogram.rows.sum())
    count = total - int(histogram.rows[inside].sum())
    if not count:
        return None
    return Outliers(feature.name, count, fence.below, fence.above, left_out(count, total)), inside


def _median(histogram: FineHistogram, inside: slice, feature: Feature, scale: float) -> float:
    rows = histogram.rows[inside]
    if not len(rows):
        return (feature.minimum + feature.maximum) / 2
    return median(histogram.means[inside], rows) / scale


def _spread(means: NDArray[np.float64], counts: NDArray[np.int64], bins: int) -> NDArray[np.int64]:
    """Assign ascending values to bins so that, all told, they lie as near as possible to the mean of their bin.

    The best quantiser has as many cells in a place as the third root of the density there says (P. F. Panter,
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


def least_fixed(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the least whole numbers of which the fine codes are at least these, each -65536 to 65537."""
    positive = np.where(codes > 0, codes, 1 - codes)
    found = np.ceil((1 << FIXED_BITS) * (positive / CODES) ** 4).astype(np.int64)
    # The fourth root is not exact: from its neighbourhood to the very number.
    while (high := fine_codes(found.astype(np.int32)) >= positive).any():
        found = found - high
    while (low := fine_codes(found.astype(np.int32)) < positive).any():
        found = found + low
    return np.where(codes > 0, found, 1 - found)


def _scatter(means: NDArray[np.float64], counts: NDArray[np.int64], place: NDArray[np.int64]) -> float:
    """Return the mean squared distance of values from the mean of their bin."""
    if not len(means):
        return 0.0
    rows = np.bincount(place, weights=counts)
    centre = np.bincount(place, weights=counts * means) / np.maximum(rows, 1)
    return float((counts * (means - centre[place]) ** 2).sum() / counts.sum())


@dataclass(frozen=True)
class BinnedCounts:
    """Cells that hold customers.

    Parameters
    ----------
    resolution
        How finely features are binned.
    cells
        (m, d) int64: the bin of each feature in schema order; distinct, in any order.
    counts
        (m,) int64 rows.
    sums
        (m, d) int64 sums of whole numbers, with the median for missing ones.
    missing
        (d,) rows in all cells that lack the feature.
    """

    resolution: Resolution
    cells: NDArray[np.int64]
    counts: NDArray[np.int64]
    sums: NDArray[np.int64]
    missing: NDArray[np.int64]

    @classmethod
    def of(cls, fixed: NDArray[np.int32], bins: Bins, start: Resolution | None = None) -> BinnedCounts:
        """Bin (n, d) whole numbers of usable rows, n at most 2**22.

        Parameters
        ----------
        start
            The finest resolution to try; the first of all if not given.
        """
        schema = bins.schema
        columns = np.ascontiguousarray(fixed.T)
        kept = np.ones(len(fixed), dtype=bool)
        for index in schema.cluster_indices:
            if bins.fenced(index):
                kept &= (columns[index] >= bins.low[index]) & (columns[index] <= bins.high[index])
        columns = columns if kept.all() else columns[:, kept]
        missing = []
        for index, column in enumerate(columns):
            lacking = column == MISSING
            missing.append(int(lacking.sum()))
            if missing[-1]:
                column[lacking] = bins.fill_fixed[index]
        codes = [fine_codes(column) + CODES for column in columns]
        ladder = bins.resolutions
        for resolution in ladder[0 if start is None else ladder.index(start) :]:
            key = np.zeros(columns.shape[1], dtype=np.int64)
            for index, shift in enumerate(_shifts(schema, resolution)):
                key |= bins.of_codes(index, resolution)[codes[index]] << shift
            found, place = _places(key, sum(resolution.bits(feature) for feature in schema.features))
            counts = np.bincount(place, minlength=len(found))
            held = counts > 0
            if held.sum() <= MOST_CELLS:
                break
        # Sums of at most 2**22 numbers of 2**30 are exact in float64.
        sums = np.column_stack([np.bincount(place, weights=column, minlength=len(found))[held] for column in columns])
        cells = _unpacked(found[held], schema, resolution)
        return cls(resolution, cells, counts[held], sums.astype(np.int64), np.array(missing))

    def merge(self, other: BinnedCounts, schema: Schema) -> BinnedCounts:
        """Add two counts, at the finest resolution of either that keeps them to `MOST_CELLS`.

        Neither the order nor the sizes of the parts that are merged make a difference to the end.
        """
        ladder = resolutions(schema)
        coarser = ladder[max(ladder.index(self.resolution), ladder.index(other.resolution))]
        one, two = self.at(coarser, schema), other.at(coarser, schema)
        both = BinnedCounts(
            coarser,
            np.vstack([one.cells, two.cells]),
            np.concatenate([one.counts, two.counts]),
            np.vstack([one.sums, two.sums]),
            one.missing + two.missing,
        )
        return both._grouped(schema)._bounded(schema)

    def at(self, resolution: Resolution, schema: Schema) -> BinnedCounts:
        """Return the same counts at a coarser resolution."""
        if resolution == self.resolution:
            return self
        shift = np.array([self.resolution.bits(f) - resolution.bits(f) for f in schema.features])
        return replace(self, resolution=resolution, cells=self.cells >> shift)._grouped(schema)

    def _bounded(self, schema: Schema) -> BinnedCounts:
        """Coarsen as long as there are too many cells."""
        counts, ladder = self, resolutions(schema)
        for coarser in ladder[ladder.index(self.resolution) + 1 :]:
            if len(counts.cells) <= MOST_CELLS:
                break
            counts = counts.at(coarser, schema)
        return counts

    def _grouped(self, schema: Schema) -> BinnedCounts:
        """Add up the entries of equal cells."""
        keys = (self.cells << _shifts(schema, self.resolution)).sum(axis=1)
        order = np.argsort(keys, kind="stable")  # fast where two ascending parts were joined
        keys = keys[order]
        starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
        return replace(
            self,
            cells=_unpacked(keys[starts], schema, self.resolution),
            counts=np.add.reduceat(self.counts[order], starts),
            sums=np.add.reduceat(self.sums[order], starts, axis=0),
        )


def _shifts(schema: Schema, resolution: Resolution) -> NDArray[np.int64]:
    """Return where in a cell's key the bits of each feature begin."""
    bits = [resolution.bits(feature) for feature in schema.features]
    return np.array([sum(bits[:i]) for i in range(len(bits))])


def _places(keys: NDArray[np.int64], bits: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return candidate keys, ascending, and the place of each key among them."""
    if bits <= _DENSE_BITS:  # all there can be: ten times as fast as sorting
        return np.arange(1 << bits), keys
    found, places = np.unique(keys, return_inverse=True)
    return found, places


def _unpacked(keys: NDArray[np.int64], schema: Schema, resolution: Resolution) -> NDArray[np.int64]:
    """Return the (m, d) bins of cells given by their keys."""
    bits = np.array([resolution.bits(feature) for feature in schema.features])
    return np.asarray((keys[:, None] >> _shifts(schema, resolution)) & ((1 << bits) - 1))


def to_clean_data(counts: BinnedCounts, bins: Bins, rejected: Mapping[str, int]) -> CleanData:
    """Make of every cell a point: the mean of its customers, with their number as its weight.

    Cells that differ only in profile features have the same mean in the cluster features: that of all their customers.

    Parameters
    ----------
    rejected
        Rows that are not usable, by reason.

    Raises
    ------
    BadTrainingData
        When no row is inside all fences.
    """
    schema, clustering = bins.schema, list(bins.schema.cluster_indices)
    used = int(counts.counts.sum())
    if not used:
        raise no_row_left(bins.rows)
    means = mean_of(counts.sums, counts.counts[:, None])
    _, where = np.unique(counts.cells[:, clustering], axis=0, return_inverse=True)
    rows, sums = np.zeros(where.max() + 1, dtype=np.int64), np.zeros((where.max() + 1, len(clustering)), dtype=np.int64)
    np.add.at(rows, where, counts.counts)
    np.add.at(sums, where, counts.sums[:, clustering])
    means[:, clustering] = mean_of(sums, rows[:, None])[where]
    low = [feature.minimum for feature in schema.features]
    high = [feature.maximum for feature in schema.features]
    points = np.clip(means / fixed_scales(schema), low, high) + 0.0
    # Whatever is added up from here on is added up in this order.
    order = np.lexsort(points.T[::-1])
    points, weights = points[order], counts.counts[order]
    report = CleaningReport(
        rows=bins.rows + sum(rejected.values()),
        used=used,
        rejected=dict(rejected),
        imputed={f.name: int(n) for f, n in zip(schema.features, counts.missing, strict=True) if n},
        outliers=bins.outliers,
        outlier_rows=bins.rows - used,
    )
    return CleanData(
        points=points,
        weights=weights,
        fill=np.array(bins.fill),
        report=report,
        cells=counts.cells[order],
        scatter=_scatter_of(points, weights, counts.resolution, bins),
        marginals=bins.marginals,
    )


def _scatter_of(
    points: NDArray[np.float64], weights: NDArray[np.int64], resolution: Resolution, bins: Bins
) -> NDArray[np.float64]:
    """Return the variance of the customers around their point: what the points lack of the whole variance.

    Rows beyond another feature's fence are part of the histograms but not of the points; so it is held to what the
    bins of one feature leave, which is the most it can be.
    """
    points = points - np.average(points, axis=0, weights=weights)
    there = np.average(points**2, axis=0, weights=weights)
    whole = np.array([by_bits[0] for by_bits in bins.scatter])
    most = np.array([s[resolution.bits(f)] for f, s in zip(bins.schema.features, bins.scatter, strict=True)])
    return np.clip(whole - there, 0, most)


def mean_of(sums: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide sums by counts; the mean of equal whole numbers is that number exactly, however large the sum."""
    whole = sums // counts
    return np.asarray(whole + (sums - whole * counts) / counts)
