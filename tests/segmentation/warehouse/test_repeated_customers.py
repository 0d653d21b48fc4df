"""Ids that stand in several rows of a table: counted when it is scored, and each customer once in training."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from random import Random

import duckdb
import ibis
import numpy as np
import polars as pl
import psycopg
import pytest
from campaigns import campaign
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import sample_trained
from scoring_cases import hand_made_model
from warehouse_tables import check_same

from segmentation.schema_data import default_schema
from segmentation.training.points.cells import EXACT_POINTS
from segmentation.training.points.dataset import gather, gather_file
from segmentation.training.samples.mall import sample_customers
from segmentation.warehouse.address import Address
from segmentation.warehouse.connections import open_warehouse
from segmentation.warehouse.counts import TableDataset, training_counts
from segmentation.warehouse.ids import id_column
from segmentation.warehouse.score import score_table

MODEL = hand_made_model()
SCHEMA = default_schema()
Row = tuple[str | None, float | None, float | None, float | None]
ONCE = "each customer counts once, with the usable row whose values are smallest, compared in the order age, income, sc"


def table_of(rows: list[Row], name: str = "customer_id") -> pl.DataFrame:
    kinds = {name: pl.String, "age": pl.Float64, "income": pl.Float64, "score": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def counted(customers: pl.DataFrame, folder: Path) -> TableDataset:
    customers.write_parquet(folder / "customers.parquet")
    with open_warehouse(Address(str(folder / "customers.parquet"))) as warehouse:
        return training_counts(warehouse.table(""), SCHEMA)


def repeated(customers: np.ndarray, draw: np.random.Generator) -> pl.DataFrame:
    """Return customers with ids, some of them in several equal rows, in any order."""
    rows = draw.permutation(np.repeat(np.arange(len(customers)), draw.integers(1, 3, len(customers))))
    return pl.DataFrame(customers[rows], schema=list(SCHEMA.names)).with_columns(id=pl.Series(rows))


@pytest.mark.parametrize("customers", [sample_customers(), np.random.default_rng(4).uniform(0, 100, (20_000, 3))])
def test_customers_in_several_equal_rows_train_as_they_do_in_a_file(customers: np.ndarray, tmp_path: Path) -> None:
    table = repeated(customers, np.random.default_rng(1))
    table.write_csv(tmp_path / "customers.csv")
    known = gather_file(tmp_path / "customers.csv", SCHEMA)
    found = counted(table, tmp_path)
    check_same(found.data, known.data)
    assert (found.data.cells is None) == (len(customers) <= EXACT_POINTS)
    repeats = table.height - len(customers)
    assert found.notes == (f"{repeats:,} rows repeat the id of another in the column “id”: {ONCE}ore.",)
    assert f"{repeats:,} rows repeat the id of an earlier row" in known.notes[-1]


@settings(max_examples=campaign(6, 60), deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["A", "B", "C", "", None]),
            st.sampled_from([None, 0.0, -0.0, 30.0, 31.0]),
            st.sampled_from([None, 0.0, -0.0, 60.0, 61.0, 2000.0]),
            st.sampled_from([None, 70.0, 71.0]),
        ),
        min_size=1,
        max_size=12,
    ),
    random=st.randoms(use_true_random=False),
)
def test_the_order_of_the_rows_makes_no_difference(
    rows: list[Row], random: Random, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [*rows, ("Z", 35.0, 60.0, 70.0)]
    shuffled = random.sample(rows, len(rows))
    folder = tmp_path_factory.mktemp("rows")
    one, other = counted(table_of(rows), folder), counted(table_of(shuffled), folder)
    assert one.notes == other.notes
    check_same(one.data, other.data)
    usable = [row for row in rows if row[2] is not None and row[2] <= 1000 and row[3] is not None]
    assert one.data.report.used + one.data.report.outlier_rows == len({row[0] for row in usable if row[0]}) + sum(
        not row[0] for row in usable
    )


def test_of_a_customers_usable_rows_the_smallest_counts(tmp_path: Path) -> None:
    rows: list[Row] = [
        ("A", None, 10.0, 10.0),  # the age is missing, which comes last
        ("A", 40.0, 20.0, 90.0),
        ("A", 40.0, 20.0, 80.0),
        ("A", 40.0, 30.0, 10.0),
        ("A", 20.0, None, 10.0),  # not usable
        ("B", 50.0, 60.0, 70.0),
        (None, 50.0, 60.0, 70.0),
        ("", 50.0, 60.0, 70.0),
    ]
    found = counted(table_of(rows), tmp_path)
    assert found.data.points.tolist() == [[40.0, 20.0, 80.0], [50.0, 60.0, 70.0]]
    assert found.data.weights.tolist() == [1, 3]
    assert found.data.report.rejected == {"missing": 1}
    assert found.notes[0].startswith("3 rows repeat the id of another in the column “customer_id”: ")


def test_a_table_whose_ids_are_all_different_has_no_note(tmp_path: Path) -> None:
    rows: list[Row] = [(f"C{i}", 30.0 + i, 60.0, 70.0) for i in range(9)]
    assert counted(table_of(rows), tmp_path).notes == ()
    assert counted(table_of(rows, name="nickname"), tmp_path).notes == ()


def test_customers_of_one_store_are_not_one_customer(tmp_path: Path) -> None:
    rows: list[Row] = [(f"S{i % 2}", 30.0 + i, 60.0, 70.0) for i in range(9)]
    found = counted(table_of(rows, name="store_id"), tmp_path)
    assert (found.data.report.used, found.notes) == (9, ())
    report = score_table(Address(str(tmp_path / "customers.parquet")), MODEL)
    assert report.duplicate_ids is None


def test_scoring_answers_every_row_and_says_how_many_repeat_an_id(tmp_path: Path) -> None:
    rows: list[Row] = [("A", 35.0, 60.0, 70.0), ("A", 35.0, 60.0, 71.0), ("B", 35.0, None, 70.0), ("", 1.0, 1.0, 1.0)]
    table_of(rows).write_parquet(tmp_path / "customers.parquet")
    for into in (None, str(tmp_path / "scored.parquet")):
        report = score_table(Address(str(tmp_path / "customers.parquet")), MODEL, into)
        assert (report.rows, report.scored, report.duplicate_ids) == (4, 3, 1)
        assert "1 row repeats the id of another in the column “customer_id”; it was scored." in report.notes
        assert report.to_json()["duplicate_ids"] == 1


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"store_id": "string", "customer_id": "int64"}, "customer_id"),
        ({"id": "json", "rowId": "uuid"}, "rowId"),
        ({"id": "float64", "name": "string"}, None),
        ({"user id": "decimal(10, 0)"}, None),
    ],
)
def test_the_ids_are_texts_whole_numbers_or_uuids(columns: dict[str, str], expected: str | None) -> None:
    table = ibis.table({"age": "int8", "income": "int8", "score": "int8"} | columns, name="t")
    assert id_column(table, ["age", "income", "score"]) == expected


def test_a_feature_is_no_id() -> None:
    assert id_column(ibis.table({"id": "int8", "score": "int8"}, name="t"), ["id"]) is None


def test_duckdb_counts_each_customer_once_in_a_table_without_an_age(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    values = sample_customers()[:, 1:]
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("CREATE TABLE customers (id UUID, income DOUBLE, score DOUBLE)")
        connection.executemany("INSERT INTO customers VALUES (uuid(), ?, ?)", values.tolist())
        connection.execute("INSERT INTO customers SELECT * FROM customers LIMIT 50")
    with open_warehouse(Address(f"duckdb://{path}", "customers")) as warehouse:
        found = training_counts(warehouse.table("customers"), SCHEMA)
    check_same(found.data, gather(np.column_stack([np.full(len(values), np.nan), values]), SCHEMA))
    assert found.notes[0].startswith("50 rows repeat the id")


@pytest.mark.parametrize("kind", ["text", "bigint", "uuid"])
def test_postgres_counts_each_customer_once(kind: str, postgres_address: str) -> None:
    customers = sample_customers()
    with psycopg.connect(postgres_address, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE customers (id {kind}, age float8, income float8, score float8)".encode())
        with cursor.copy(b"COPY customers FROM STDIN") as copy:
            for number, row in enumerate([*customers.tolist(), *customers[:50].tolist()]):
                own = number % len(customers)
                copy.write_row((f"{own:032x}" if kind == "uuid" else own, *row))
    address = Address(postgres_address, "customers")
    with open_warehouse(address) as warehouse:
        found = training_counts(warehouse.table("customers"), SCHEMA)
    check_same(found.data, gather(customers, SCHEMA))
    assert found.notes[0].startswith("50 rows repeat the id of another in the column “id”: ")
    assert score_table(address, sample_trained().model).duplicate_ids == 50
