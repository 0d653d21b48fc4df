"""Bins: whole numbers add up alike wherever they are added, and cells keep what training needs of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import duckdb
import numpy as np
import pytest
from campaigns import campaign
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from reference import rfm_schema

from segmentation.errors import BadTrainingData
from segmentation.schema import Feature, Role, Schema
from segmentation.schema_data import default_schema
from segmentation.training.points.binning import Bins, Resolution, find_bins, resolutions
from segmentation.training.points.cells import MOST_CELLS, BinnedCounts, to_clean_data
from segmentation.training.points.cleaning import CleanData
from segmentation.training.points.histogram import (
    CODES,
    FIXED_BITS,
    MISSING,
    FineHistogram,
    fine_codes,
    fixed_scales,
    mean_of,
    to_fixed,
)
from segmentation.training.samples.mall import sample_customers

SCHEMA = default_schema()
WHOLE = st.integers(-(1 << FIXED_BITS), 1 << FIXED_BITS)


def customers(rows: int = 3000, seed: int = 0) -> NDArray[np.float64]:
    """Return customers no two of whom are alike; one age in seven is missing, and three incomes are far out."""
    rng = np.random.default_rng(seed)
    values = np.clip(sample_customers(rows // 200) + rng.normal(0, 0.5, (rows, 3)), [0, 0, 0], [120, 1000, 100])
    values[::7, 0] = np.nan
    values[:3, 1] = 900
    return values


def histograms(fixed: NDArray[np.int32]) -> list[FineHistogram]:
    return [FineHistogram.of(column) for column in fixed.T]


def binned(
    values: NDArray[np.float64], schema: Schema = SCHEMA, most: int = MOST_CELLS
) -> tuple[Bins, BinnedCounts, CleanData]:
    fixed = to_fixed(values, schema)
    bins = find_bins(histograms(fixed), schema, {})
    counts = BinnedCounts.of(fixed, bins, most=most)
    return bins, counts, to_clean_data(counts, bins, {})


def same(one: CleanData, two: CleanData) -> bool:
    pairs = zip(
        (one.points, one.weights, one.fill, one.cells, one.scatter),
        (two.points, two.weights, two.fill, two.cells, two.scatter),
        strict=True,
    )
    return one.report == two.report and all(np.array_equal(*pair) for pair in pairs)  # type: ignore[arg-type]  # there


def test_whole_numbers_of_people_s_numbers_are_exact() -> None:
    scales = fixed_scales(SCHEMA)
    values = np.array([[35.0, 60, 70], [np.nan, 1000, 0.25]])
    fixed = to_fixed(values, SCHEMA)
    assert fixed[1, 0] == MISSING
    assert np.array_equal(np.where(fixed == MISSING, np.nan, fixed / scales), values, equal_nan=True)
    assert (np.abs(fixed[fixed != MISSING]) <= 1 << FIXED_BITS).all()


@given(st.lists(WHOLE, min_size=2))
@example([0, -1, 1, 1 << FIXED_BITS, -(1 << FIXED_BITS)])
def test_fine_codes_ascend_with_the_numbers(numbers: list[int]) -> None:
    codes = fine_codes(np.array(sorted(numbers), dtype=np.int32))
    assert (np.diff(codes) >= 0).all()
    assert np.abs(codes).max() <= CODES


def test_a_mean_of_equal_numbers_is_that_number_however_many_there_are() -> None:
    number, rows = (1 << FIXED_BITS) - 1, 3_000_000_007
    assert mean_of(np.array([number * rows]), np.array([rows])).tolist() == [number]


def test_cells_keep_the_sums_and_the_spread_of_the_rows() -> None:
    values = customers()[3:]
    values[:, 0] = 40
    _, counts, data = binned(values)
    assert data.weights.sum() == data.report.used == len(values) - data.report.outlier_rows == len(values)
    assert np.average(data.points, axis=0, weights=data.weights) == pytest.approx(values.mean(axis=0), rel=1e-8)
    assert data.scatter is not None
    mean = np.average(data.points, axis=0, weights=data.weights)
    spread = np.average((data.points - mean) ** 2, axis=0, weights=data.weights) + data.scatter
    assert spread == pytest.approx(values.var(axis=0), rel=1e-6)
    assert (counts.cells >= 0).all()
    assert data.cells is not None
    assert len(np.unique(data.cells, axis=0)) == len(data.points)


def test_cells_that_differ_in_profile_features_only_share_their_place() -> None:
    _, counts, data = binned(customers(20_000))
    assert data.cells is not None
    places = np.unique(np.column_stack([data.cells[:, 1:], data.points[:, 1:]]), axis=0)
    assert len(places) == len(np.unique(data.points[:, 1:], axis=0)) == len(np.unique(counts.cells[:, 1:], axis=0))


def test_far_values_are_left_out_and_missing_ones_are_the_median() -> None:
    values = customers()
    bins, _, data = binned(values)
    assert (data.report.rows, data.report.used, data.report.outlier_rows) == (3000, 2997, 3)
    assert [(found.feature, found.count, found.left_out) for found in data.report.outliers] == [("income", 3, True)]
    assert data.points[:, 1].max() < data.report.outliers[0].above < 900
    assert data.report.imputed == {"age": int(np.isnan(values[3:, 0]).sum())}
    assert data.fill == pytest.approx(np.nanmedian(values, axis=0), rel=1e-3)
    assert bins.features[1].fenced
    assert not bins.features[2].fenced


def test_many_far_values_are_kept() -> None:
    values = customers()
    values[:300, 1] = 900
    _, _, data = binned(values)
    assert [(found.count, found.left_out) for found in data.report.outliers] == [(300, False)]
    assert data.report.used == 3000


def test_a_profile_feature_nobody_states_is_the_middle_of_its_bounds() -> None:
    values = customers()
    values[:, 0] = np.nan
    _, _, data = binned(values)
    assert data.fill[0] == 60
    assert set(data.points[:, 0]) == {60.0}


def test_rows_of_which_none_can_be_used_or_is_left_are_refused() -> None:
    nothing = histograms(np.empty((0, 3), dtype=np.int32))
    with pytest.raises(BadTrainingData, match="None of the 12 rows can be used"):
        find_bins(nothing, SCHEMA, {"missing": 12})
    count = 6
    schema = Schema("s", tuple(Feature(f"f{i}", f"F{i}", "", 0, 1e6, Role.CLUSTER) for i in range(count)), ())
    values = np.random.default_rng(0).uniform(0, 10, (count, count))
    values[np.diag_indices(count)] = 1e5
    with pytest.raises(BadTrainingData, match="Each of the 6 usable rows is far outside the others"):
        binned(values, schema)


@pytest.mark.parametrize("most", [100, 1500, MOST_CELLS])
def test_neither_order_nor_size_of_the_parts_makes_a_difference(most: int) -> None:
    values = customers()
    bins, counts, whole = binned(values, most=most)
    assert len(counts.cells) <= most
    fixed = to_fixed(np.random.default_rng(1).permutation(values), SCHEMA)
    for size in (170, 1100):
        parts = [fixed[at : at + size] for at in range(0, len(fixed), size)]
        first, *rest = (histograms(part) for part in parts)
        for more in rest:
            first = [one.add(two) for one, two in zip(first, more, strict=True)]
        again = find_bins(first, SCHEMA, {})
        total = BinnedCounts.of(parts[0], again, most=most)
        for part in parts[1:]:
            total = BinnedCounts.of(part, bins, total.resolution, most).merge(total, SCHEMA, most)
        assert same(to_clean_data(total, again, {}), whole)


def test_resolutions_become_coarser_and_their_keys_fit() -> None:
    many = tuple(Feature(f"f{i}", f"F{i}", "", 0, 1, Role.CLUSTER if i < 10 else Role.PROFILE) for i in range(20))
    for schema in (SCHEMA, rfm_schema(), Schema("many", many, ()), Schema("one", (many[0],), ())):
        found = resolutions(schema)
        assert found[-1] == Resolution(1, 0)
        assert sum(found[0].bits(feature) for feature in schema.features) <= 62
        for fine, coarse in pairwise(found):
            assert fine.cluster_bits >= coarse.cluster_bits
            assert fine.profile_bits >= coarse.profile_bits


@settings(deadline=None, max_examples=campaign(10, 30))
@given(st.lists(st.integers(-50, 700), min_size=1, max_size=40))
def test_a_value_s_bin_is_the_number_of_edges_not_above_it(incomes: list[int]) -> None:
    schema = Schema("s", (Feature("x", "X", "", -100, 1000, Role.CLUSTER),), ())
    fixed = to_fixed(np.array(incomes, dtype=np.float64)[:, None], schema)
    bins = find_bins(histograms(fixed), schema, {})
    inside = (fixed[:, 0] >= bins.features[0].low) & (fixed[:, 0] <= bins.features[0].high)
    for resolution in bins.resolutions:
        counts = BinnedCounts.of(fixed, bins, resolution)
        expected = (bins.features[0].edges(resolution)[None, :] <= fixed[inside]).sum(axis=1)
        assert sorted(counts.cells[:, 0]) == sorted(set(expected.tolist()))
        assert counts.counts.sum() == len(expected)


def _binned_by_duckdb(values: NDArray[np.float64], most: int) -> CleanData:
    """Do both passes in SQL, as the module's docstring says, and only then leave the database."""
    database = duckdb.connect()
    names = SCHEMA.names
    database.execute("CREATE TABLE raw (age DOUBLE, income DOUBLE, score DOUBLE)")
    rows = [[None if np.isnan(cell) else float(cell) for cell in row] for row in values]
    database.executemany("INSERT INTO raw VALUES (?, ?, ?)", rows)
    scaled = ", ".join(
        f"CAST(FLOOR({name} * CAST({scale} AS DOUBLE) + 0.5) AS BIGINT) AS {name}"
        for name, scale in zip(names, fixed_scales(SCHEMA), strict=True)
    )
    database.execute(f"CREATE TABLE usable AS SELECT {scaled} FROM raw")  # noqa: S608 - our own names

    def histogram(name: str) -> FineHistogram:
        code = f"SIGN({name}) * FLOOR(65536 * SQRT(SQRT(CAST(ABS({name}) AS DOUBLE) / CAST(1073741824 AS DOUBLE))))"
        query = f"SELECT CAST({code} AS BIGINT), COUNT(*), SUM({name}) FROM usable GROUP BY 1"  # noqa: S608 - our own
        groups = database.execute(query).fetchall()
        known = [group for group in groups if group[0] is not None]
        missing = sum(group[1] for group in groups if group[0] is None)
        codes, counts, sums = zip(*known, strict=True)
        return FineHistogram.from_groups(codes, counts, sums, missing)

    bins = find_bins([histogram(name) for name in names], SCHEMA, {})
    for resolution in bins.resolutions:
        groups = database.execute(_cells_query(bins, resolution, names, most)).fetchall()
        if len(groups) <= most:
            break
    table = np.array(groups, dtype=np.int64)
    cells, counts, sums, missing = table[:, :3], table[:, 3], table[:, 4:7], table[:, 7:]
    return to_clean_data(BinnedCounts(resolution, cells, counts, sums, missing, missing[:, :0]), bins, {})


def _cells_query(bins: Bins, resolution: Resolution, names: Sequence[str], most: int) -> str:
    filled = ", ".join(
        f"COALESCE({name}, {bins.features[i].fill_fixed}) AS {name}, CAST({name} IS NULL AS INT) AS no_{name}"
        for i, name in enumerate(names)
    )
    inside = " AND ".join(
        f"{names[i]} BETWEEN {bins.features[i].low} AND {bins.features[i].high}" for i in SCHEMA.cluster_indices
    )
    cells = ", ".join(
        " + ".join(["0", *(f"CAST({name} >= {edge} AS INT)" for edge in bins.features[i].edges(resolution))])
        + f" AS b{i}"
        for i, name in enumerate(names)
    )
    sums = ", ".join([*(f"SUM({name})" for name in names), *(f"SUM(no_{name})" for name in names)])
    return (
        f"SELECT {cells}, COUNT(*), {sums} FROM (SELECT {filled} FROM usable) WHERE {inside} "  # noqa: S608 - our own
        f"GROUP BY b0, b1, b2 LIMIT {most + 1}"
    )


@pytest.mark.parametrize("most", [60, MOST_CELLS])
def test_a_database_makes_the_same_cells_to_the_bit(most: int) -> None:
    values = customers(400)
    _, _, data = binned(values, most=most)
    assert same(_binned_by_duckdb(values, most), data)


def test_parts_without_any_row_inside_the_fences_add_nothing() -> None:
    values = customers()
    bins, counts, _ = binned(values)
    empty = BinnedCounts.of(to_fixed(values[:3], SCHEMA), bins)
    assert len(empty.cells) == len(empty.merge(empty, SCHEMA).cells) == 0
    assert counts.merge(empty, SCHEMA).counts.sum() == 2997
