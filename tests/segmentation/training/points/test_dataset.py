"""Rows in any number: few are kept as they are, many become cells, and nobody can tell from the model."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter
from numpy.typing import NDArray
from reference import FIVE_NAMES, known
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from segmentation.errors import BadTrainingData
from segmentation.reading.encoding import Limits
from segmentation.reading.spreadsheet.sheet_counts import UNCALCULATED
from segmentation.registry.artifact import compare_forms, model_bytes
from segmentation.schema import Feature, Role, Schema
from segmentation.schema_data import default_schema
from segmentation.scoring.batch import BatchPredictor
from segmentation.training.points.cleaning import CleanData, clean
from segmentation.training.points.dataset import Budget, gather, gather_file
from segmentation.training.samples.mall import sample_customers
from segmentation.training.steps import Steps, no_steps
from segmentation.training.train import Trained, train, train_clean

SCHEMA = default_schema()


def customers(rows: int, seed: int = 0) -> NDArray[np.float64]:
    """Return customers hardly two of whom are alike."""
    rng = np.random.default_rng(seed)
    return np.clip(sample_customers(rows // 200) + rng.normal(0, 0.5, (rows, 3)), [18, 0, 0], [75, 200, 100])


def write_csv(path: Path, values: NDArray[np.float64], *more: str) -> Path:
    rows = [",".join("" if np.isnan(cell) else f"{cell:.6g}" for cell in row) for row in values]
    path.write_text("\n".join(["age,income,score", *rows, *more]) + "\n")
    return path


def bytes_of(trained: Trained) -> str:
    return hashlib.sha256(model_bytes(trained.model) + repr(trained.report).encode()).hexdigest()


@pytest.mark.parametrize(("distinct", "kept"), [(400, True), (401, False)])
def test_up_to_a_number_of_distinct_customers_all_are_kept(distinct: int, kept: bool) -> None:
    values = np.repeat(customers(600)[:distinct], 3, axis=0)
    data = gather(values, SCHEMA, budget=Budget(exact_points=400))
    assert (data.cells is None) == (data.scatter is None) == kept
    assert data.report.rows == 3 * distinct
    exact = clean(values, SCHEMA)
    assert data.report == exact.report
    if kept:
        assert np.array_equal(data.points, exact.points)
        assert np.array_equal(data.weights, exact.weights)
        assert np.array_equal(data.fill, exact.fill)


def test_tells_how_many_rows_are_read(tmp_path: Path) -> None:
    source, come = write_csv(tmp_path / "customers.csv", customers(3000), "30,500000,50"), list[str]()
    gather_file(source, SCHEMA, progress=Steps(no_steps, come.append))
    assert come[-1] == "3,000 rows"


def test_a_file_is_gathered_like_its_values(tmp_path: Path) -> None:
    values = np.round(customers(3000), 2)
    values[::9, 0] = np.nan
    source = write_csv(tmp_path / "customers.csv", values, "30,,50", "x,50,50")
    steps: list[str] = []
    for budget in (Budget(), Budget(exact_points=500)):
        found = gather_file(source, SCHEMA, progress=steps.append, budget=budget)
        expected = gather(values, SCHEMA, {"missing": 1, "not_a_number": 1}, budget)
        assert (found.rows, found.rejected) == (3002, {"missing": 1, "not_a_number": 1})
        assert {problem.reason for problem in found.problems} == {"missing", "not_a_number"}
        assert found.data.report == expected.report
        assert np.array_equal(found.data.points, expected.points)
        assert np.array_equal(found.data.weights, expected.weights)
    assert steps == ["Reading", "Cleaning"] * 2


IN_CELLS = Budget(exact_points=500)


def written(rows: int) -> NDArray[np.float64]:
    """Return customers as `write_csv` writes them."""
    return np.array([[float(f"{cell:.6g}") for cell in row] for row in customers(rows)])


def bytes_from(data: CleanData) -> str:
    assert data.cells is not None
    return bytes_of(train_clean(data, SCHEMA, k=5))


@cache
def in_cells() -> str:
    """Train on 4,000 customers in cells, given in one piece."""
    return bytes_from(gather(written(4000), SCHEMA, budget=IN_CELLS))


def test_the_order_of_rows_makes_no_difference_to_cells() -> None:
    shuffled = np.random.default_rng(11).permutation(written(4000))
    assert bytes_from(gather(shuffled, SCHEMA, budget=IN_CELLS)) == in_cells()


def test_a_single_thread_computes_the_same() -> None:
    with threadpool_limits(limits=1):
        assert bytes_from(gather(written(4000), SCHEMA, budget=IN_CELLS)) == in_cells()


def test_neither_blocks_nor_parts_make_a_difference(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "customers.csv", customers(4000))
    small = Budget(exact_points=500, part_rows=700, memory_bytes=1000)
    blocks = Limits(block_bytes=5000)
    assert bytes_from(gather_file(source, SCHEMA, limits=blocks, budget=small).data) == in_cells()


@pytest.mark.long
def test_the_number_of_threads_makes_no_difference(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "customers.csv", customers(20_000))
    script = (
        "import hashlib, sys, pathlib\n"
        "from segmentation.registry.artifact import model_bytes\n"
        "from segmentation.training.points.dataset import gather_file\n"
        "from segmentation.schema_data import default_schema\n"
        "from segmentation.training.train import train_clean\n"
        "data = gather_file(pathlib.Path(sys.argv[1]), default_schema()).data\n"
        "assert data.cells is not None\n"
        "trained = train_clean(data, default_schema(), k=5)\n"
        "print(hashlib.sha256(model_bytes(trained.model) + repr(trained.report).encode()).hexdigest())\n"
    )
    found = set()
    for threads in ("1", "2"):
        environment = os.environ | dict.fromkeys(
            ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), threads
        )
        command = [sys.executable, "-c", script, str(source)]
        done = subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[4]
        )
        found.add(done.stdout)
    assert len(found) == 1


def test_cells_cluster_two_hundred_thousand_customers_as_the_customers_themselves_do() -> None:
    values = customers(200_000)
    trained = train(values, SCHEMA)
    assert trained.report.choice.k == 5
    assert trained.model.names == FIVE_NAMES
    scaler = StandardScaler().fit(values[:, 1:])
    scaled = scaler.transform(values[:, 1:])
    theirs = KMeans(n_clusters=5, n_init=3, tol=0, random_state=0).fit(scaled)
    model, index = trained.model, list(SCHEMA.cluster_indices)
    centres = np.array(model.centroids) / np.array(model.factor)[index] + np.array(model.mean)[index]
    squared = ((scaled[:, None] - scaler.transform(centres)[None]) ** 2).sum(axis=2)
    assert abs(squared.min(axis=1).sum() / theirs.inertia_ - 1) < 1e-4
    assert adjusted_rand_score(theirs.labels_, squared.argmin(axis=1)) >= 0.99
    # What the report says is measured on cells; what lies between them is part of it.
    assert trained.report.inertia == pytest.approx(theirs.inertia_, rel=1e-3)
    assert trained.report.sweep[4].inertia == pytest.approx(theirs.inertia_, rel=2e-3)
    assert trained.report.sweep[0].inertia == pytest.approx(2 * len(values), rel=1e-4)
    assert np.array(model.mean) == pytest.approx(values.mean(axis=0), rel=1e-6)
    assert 1 / np.array(model.factor) == pytest.approx(values.std(axis=0), rel=1e-6)
    assert trained.report.fidelity >= 0.99
    compare_forms(model, trained.pipelines)


def test_on_both_sides_of_the_border_customers_get_the_same_names() -> None:
    values = customers(2000)
    exact = train(values, SCHEMA)
    cells = train_clean(gather(values, SCHEMA, budget=Budget(exact_points=1999)), SCHEMA)
    assert exact.report.choice.k == cells.report.choice.k == 5
    assert exact.model.names == cells.model.names == FIVE_NAMES
    one, two = (BatchPredictor(trained.model).segments(values) for trained in (exact, cells))
    assert adjusted_rand_score(one, two) >= 0.98
    assert cells.report.inertia == pytest.approx(exact.report.inertia, rel=1e-3)
    for mine, other in zip(cells.model.segments, exact.model.segments, strict=True):
        assert mine.customers == pytest.approx(other.customers, rel=0.02)
        assert mine.mean == pytest.approx(other.mean, rel=0.02)
        assert mine.low[1:] == pytest.approx(other.low[1:], abs=1.5)
        assert mine.high[1:] == pytest.approx(other.high[1:], abs=1.5)


def _schema(clusters: int, profiles: int) -> Schema:
    roles = [Role.CLUSTER] * clusters + [Role.PROFILE] * profiles
    return Schema("many", tuple(Feature(f"f{i}", f"F{i}", "", -1000, 1e6, role) for i, role in enumerate(roles)), ())


FEW = Budget(exact_points=40)
RNG = np.random.default_rng(5)
GROUPS = RNG.integers(0, 3, 3000)[:, None] * 40.0
ODD = {
    "profile mostly missing": (
        SCHEMA,
        np.column_stack([np.where(np.arange(3000) % 50, np.nan, 40), customers(3000)[:, 1:]]),
    ),
    "profile constant": (SCHEMA, np.column_stack([np.full(3000, 40.0), customers(3000)[:, 1:]])),
    "heavy tails": (_schema(2, 1), RNG.lognormal(3, 2, (3000, 3)).clip(0, 1e6)),
    "one cluster feature": (_schema(1, 1), GROUPS + RNG.normal(0, 5, (3000, 2))),
    "eight cluster features": (_schema(8, 2), GROUPS + RNG.normal(0, 5, (3000, 10))),
    "twenty cluster features": (_schema(20, 0), GROUPS + RNG.normal(0, 5, (3000, 20))),
    "below zero": (_schema(2, 0), GROUPS - 500 + RNG.normal(0, 5, (3000, 2))),
    "two places, many ages": (
        SCHEMA,
        np.column_stack([RNG.uniform(18, 70, 3000), np.repeat([[20.0, 30], [80, 70]], 1500, axis=0)]),
    ),
}


THOROUGH = ("profile constant", "heavy tails", "twenty cluster features")


@pytest.mark.parametrize("odd", [pytest.param(odd, marks=pytest.mark.long) if odd in THOROUGH else odd for odd in ODD])
def test_odd_customers_in_cells_make_a_model_that_answers(odd: str) -> None:
    schema, values = ODD[odd]
    trained = train_clean(gather(values, schema, budget=FEW), schema, k=2)
    report = trained.report.cleaning
    assert report.rows == report.used + sum(report.rejected.values()) + report.outlier_rows == 3000
    assert sum(segment.customers for segment in trained.model.segments) == report.used
    for segment in trained.model.segments:
        for feature, low, high in zip(schema.features, known(segment.low), known(segment.high), strict=True):
            assert feature.minimum <= low <= high <= feature.maximum
    compare_forms(trained.model, trained.pipelines)


def test_a_constant_cluster_feature_is_refused_among_many_customers_too() -> None:
    values = customers(600)
    values[:, 1] = 54.3
    with pytest.raises(BadTrainingData, match=r"Annual income is 54.3\d* k\$ in every row"):
        train_clean(gather(values, SCHEMA, budget=FEW), SCHEMA)


def test_two_customers_a_million_times_are_two_points() -> None:
    data = gather(np.repeat([[20.0, 30, 40], [50, 60, 70]], 600_000, axis=0), SCHEMA)
    assert data.points.tolist() == [[20, 30, 40], [50, 60, 70]]
    assert data.weights.tolist() == [600_000, 600_000]


def test_rows_none_of_which_is_usable_are_refused(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "customers.csv", np.array([[20.0, 5e9, 40]] * 30))
    with pytest.raises(BadTrainingData, match="None of the 30 rows can be used"):
        gather_file(source, SCHEMA)


def test_formulas_that_nobody_calculated_are_to_be_calculated(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "customers.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, SCHEMA.names)
        for row in range(1, 31):
            sheet.write_row(row, 0, [20, None, 40])
            sheet.write_formula(row, 1, "=20+30")
    with pytest.raises(BadTrainingData) as caught:
        gather_file(tmp_path / "customers.xlsx", SCHEMA)
    assert caught.value.sentence.startswith("None of the 30 rows can be used.")
    assert caught.value.sentence.endswith("30 formulas have " + UNCALCULATED)


def test_a_last_part_of_one_row_without_a_profile_value_is_counted() -> None:
    values = np.random.default_rng(0).uniform(10, 90, (101, 3))
    values[-1, 0] = np.nan
    data = gather(values, SCHEMA, budget=Budget(exact_points=10, part_rows=50))
    assert int(data.weights.sum()) == 101
