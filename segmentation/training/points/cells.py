"""Many customers as a bounded number of cells with counts and sums: the second pass, and the points made of it.

How cells are counted is laid down in `binning`, since databases do the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.scales import scaled_columns
from segmentation.training.points.binning import Bins, Resolution, resolutions
from segmentation.training.points.cleaning import CleanData, money_shares, no_row_left
from segmentation.training.points.histogram import CODES, MISSING, fine_codes, fixed_scales, mean_of
from segmentation.training.reports.cleaning import CleaningReport

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from segmentation.schema import Schema

# Up to this many distinct customers are kept as they are; more are binned.
EXACT_POINTS: Final = 1 << 14
# No more cells than this are kept, unless the coarsest resolution has more.
MOST_CELLS: Final = 1 << 17
# Cells whose keys are no longer are counted in arrays with room for all of them.
_DENSE_BITS: Final = 20
# So many categories to count in a cell leave room for all cells, twice as many for half of them, and so on.
_CATEGORIES_A_CELL: Final = 16
_FEWEST_CELLS: Final = 1 << 12


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
        (m, d) rows that lack the feature.
    tallies
        (m, t) int64 rows with each category, as `tallied` orders them.
    """

    resolution: Resolution
    cells: NDArray[np.int64]
    counts: NDArray[np.int64]
    sums: NDArray[np.int64]
    missing: NDArray[np.int64]
    tallies: NDArray[np.int64]

    @classmethod
    def of(
        cls, fixed: NDArray[np.int32], bins: Bins, start: Resolution | None = None, most: int = MOST_CELLS
    ) -> BinnedCounts:
        """Bin (n, d) whole numbers of usable rows, n at most 2**22.

        Parameters
        ----------
        start
            The finest resolution to try; the first of all if not given.
        most
            How many cells to keep at most, unless the coarsest resolution has more.
        """
        schema = bins.schema
        # Always a copy: of a single row `ascontiguousarray` gives a view, and its bytes may be read-only.
        columns = np.array(fixed.T, order="C")
        kept = np.ones(len(fixed), dtype=bool)
        for index in schema.cluster_indices:
            if bins.features[index].fenced:
                kept &= (columns[index] >= bins.features[index].low) & (columns[index] <= bins.features[index].high)
        columns = columns if kept.all() else columns[:, kept]
        lacking: dict[int, NDArray[np.bool_]] = {}
        for index, column in enumerate(columns):
            absent = column == MISSING
            if absent.any():
                lacking[index] = absent
                column[absent] = bins.features[index].fill_fixed
        codes = [fine_codes(column) + CODES for column in columns]
        ladder = bins.resolutions
        for resolution in ladder[0 if start is None else ladder.index(start) :]:
            key = np.zeros(columns.shape[1], dtype=np.int64)
            for index, shift in enumerate(_shifts(schema, resolution)):
                key |= bins.features[index].of_codes(resolution)[codes[index]] << shift
            found, place = _places(key, sum(resolution.bits(feature) for feature in schema.features))
            counts = np.bincount(place, minlength=len(found))
            held = counts > 0
            # Else the next coarser resolution counts the same rows again; the last one is kept whatever it gives.
            if held.sum() <= most:
                break
        # Sums of at most 2**22 numbers of 2**30 are exact in float64.
        sums = np.column_stack([np.bincount(place, weights=column, minlength=len(found))[held] for column in columns])
        missing = np.zeros(sums.shape, dtype=np.int64)
        for index, absent in lacking.items():
            missing[:, index] = np.bincount(place[absent], minlength=len(found))[held]
        tallies = np.zeros((len(sums), len(tallied(schema))), dtype=np.int64)
        for at, (index, code) in enumerate(tallied(schema)):
            mine = columns[index] == code * fixed_scales(schema)[index]
            if index in lacking:
                mine &= ~lacking[index]
            tallies[:, at] = np.bincount(place[mine], minlength=len(found))[held]
        cells = _unpacked(found[held], schema, resolution)
        return cls(resolution, cells, counts[held], sums.astype(np.int64), missing, tallies)

    def merge(self, other: BinnedCounts, schema: Schema, most: int = MOST_CELLS) -> BinnedCounts:
        """Add two counts, at the finest resolution of either that keeps them to `most` cells.

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
            np.vstack([one.missing, two.missing]),
            np.vstack([one.tallies, two.tallies]),
        )
        return both._grouped(schema)._bounded(schema, most)

    def at(self, resolution: Resolution, schema: Schema) -> BinnedCounts:
        """Return the same counts at a coarser resolution."""
        if resolution == self.resolution:
            return self
        shift = np.array([self.resolution.bits(f) - resolution.bits(f) for f in schema.features])
        return replace(self, resolution=resolution, cells=self.cells >> shift)._grouped(schema)

    def _bounded(self, schema: Schema, most: int) -> BinnedCounts:
        """Coarsen as long as there are too many cells."""
        counts, ladder = self, resolutions(schema)
        for coarser in ladder[ladder.index(self.resolution) + 1 :]:
            if len(counts.cells) <= most:
                break
            counts = counts.at(coarser, schema)
        return counts

    def _grouped(self, schema: Schema) -> BinnedCounts:
        """Add up the entries of equal cells."""
        keys = (self.cells << _shifts(schema, self.resolution)).sum(axis=1)
        order = np.argsort(keys, kind="stable")  # fast, since the keys are two ascending runs
        keys = keys[order]
        starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
        return replace(
            self,
            cells=_unpacked(keys[starts], schema, self.resolution),
            counts=np.add.reduceat(self.counts[order], starts),
            sums=np.add.reduceat(self.sums[order], starts, axis=0),
            missing=np.add.reduceat(self.missing[order], starts, axis=0),
            tallies=np.add.reduceat(self.tallies[order], starts, axis=0),
        )


def tallied(schema: Schema) -> tuple[tuple[int, int], ...]:
    """Return the categories that are counted in each cell: the feature's index and the category's code."""
    return tuple((i, code) for i, feature in enumerate(schema.features) for code in range(len(feature.codes)))


def most_cells(schema: Schema, most: int = MOST_CELLS) -> int:
    """Return how many cells are kept at most: fewer if each has many categories to count, so that memory is bounded."""
    return max(most // max(1, len(tallied(schema)) // _CATEGORIES_A_CELL), min(most, _FEWEST_CELLS))


def _shifts(schema: Schema, resolution: Resolution) -> NDArray[np.int64]:
    """Return the position in a cell's key at which each feature's bits begin."""
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
    """Represent each cell by the mean of its customers, over those who state a feature, weighted with their number.

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
    fill_fixed = np.array([known.fill_fixed for known in bins.features])
    stated = counts.counts[:, None] - counts.missing
    sums = counts.sums - counts.missing * fill_fixed
    totals, kept = np.array([known.total for known in bins.features]), sums.sum(axis=0)
    means = mean_of(sums, np.maximum(stated, 1))
    means = np.where(stated > 0, means, fill_fixed)
    _, where = np.unique(counts.cells[:, clustering], axis=0, return_inverse=True)
    rows, shared = (
        np.zeros(where.max() + 1, dtype=np.int64),
        np.zeros((where.max() + 1, len(clustering)), dtype=np.int64),
    )
    np.add.at(rows, where, counts.counts)
    np.add.at(shared, where, counts.sums[:, clustering])
    means[:, clustering] = mean_of(shared, rows[:, None])[where]
    low = [feature.minimum for feature in schema.features]
    high = [feature.maximum for feature in schema.features]
    points = np.clip(means / fixed_scales(schema), low, high) + 0.0
    # Floating-point sums depend on the order: sorting makes every engine's cells give the same model.
    order = np.lexsort(points.T[::-1])
    points, weights = points[order], counts.counts[order]
    report = CleaningReport(
        rows=bins.rows + sum(rejected.values()),
        used=used,
        rejected=dict(rejected),
        imputed={f.name: int(n) for f, n in zip(schema.features, counts.missing.sum(axis=0), strict=True) if n},
        outliers=bins.outliers,
        outlier_rows=bins.rows - used,
        outlier_money=money_shares(schema, (totals - kept).tolist(), totals.tolist()) if used < bins.rows else {},
    )
    return CleanData(
        points=points,
        weights=weights,
        fill=np.array([known.fill for known in bins.features]),
        report=report,
        cells=counts.cells[order],
        scatter=_scatter_of(points, weights, counts.resolution, bins),
        marginals=tuple(known.marginal for known in bins.features),
        stated=stated[order] if counts.missing.any() else None,
        tallies=_tallies_of(counts.tallies[order], schema),
    )


def _tallies_of(tallies: NDArray[np.int64], schema: Schema) -> dict[int, NDArray[np.int64]]:
    """Return, by feature, the columns that count its categories."""
    owners = np.array([index for index, _code in tallied(schema)])
    return {int(index): tallies[:, owners == index] for index in np.unique(owners)}


def _scatter_of(
    points: NDArray[np.float64], weights: NDArray[np.int64], resolution: Resolution, bins: Bins
) -> NDArray[np.float64]:
    """Return the variance of the customers around their point: what the points lack of the whole variance.

    It is on the features' scales. Rows beyond another feature's fence are part of the histograms but not of the points;
    so it is held to what the bins of one feature leave, which is the most it can be.
    """
    points = scaled_columns(points, bins.schema.features)
    points = points - np.average(points, axis=0, weights=weights)
    there = np.average(points**2, axis=0, weights=weights)
    whole = np.array([known.scatter[0] for known in bins.features])
    most = np.array([known.scatter[resolution.bits(known.feature)] for known in bins.features])
    return np.clip(whole - there, 0, most)
