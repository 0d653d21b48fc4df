"""PostgreSQL answers what the model answers, and trains what the file trains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import psycopg
import pytest
from numpy.typing import NDArray
from warehouse_cases import check_answers, hard_customers
from warehouse_tables import (
    FEW,
    MODEL,
    ROWS,
    asked,
    check_same,
    check_typed,
    counted,
    customers_of,
    fill_postgres,
    fractions,
    log_model,
    real_model,
    tied_model,
    typed_into,
    whole_numbers,
)

from segmentation.errors import BadInput, NotReady, SegbotError
from segmentation.model import SegmentModel
from segmentation.schema_data import default_schema
from segmentation.training.points.dataset import gather_file
from segmentation.warehouse.address import Address
from segmentation.warehouse.score import score_table
from segmentation.warehouse.sql import sql


@pytest.mark.parametrize(("model", "rows"), [(real_model, ROWS), (tied_model, FEW), (log_model, FEW)])
def test_postgres_answers_as_the_model_does(
    model: Callable[[], SegmentModel], rows: int, postgres_address: str
) -> None:
    hard = hard_customers(model(), rows)
    fill_postgres(postgres_address, model(), hard)
    report = score_table(Address(postgres_address, "customers"), model(), "scored")
    check_answers(model(), hard, asked(postgres_address, "SELECT id, segment, confidence, note FROM scored"))
    assert report.rows == len(hard) == report.scored + report.rejected


@pytest.mark.parametrize(
    "kinds",
    [
        ("SMALLINT", "INTEGER", "BIGINT"),
        ("NUMERIC(9, 3)", "NUMERIC(38, 20)", "NUMERIC"),
        ("REAL", "DOUBLE PRECISION", "NUMERIC(1000, 400)"),
        ("NUMERIC", "NUMERIC", "REAL"),
    ],
)
def test_odd_numbers_of_every_type_of_postgres(kinds: tuple[str, ...], postgres_address: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_address, autocommit=True) as connection:
        rows = typed_into(connection, kinds)
    address = Address(postgres_address, "customers")
    score_table(address, MODEL, "scored")
    found = asked(postgres_address, "SELECT id, segment, confidence, note FROM scored")
    printed = asked(postgres_address, sql(MODEL, "postgres", "customers"))
    check_typed(rows, found, printed, counted(address), tmp_path)


@pytest.mark.parametrize("kind", ["BOOLEAN", "TEXT"])
def test_postgres_columns_that_hold_no_numbers_are_refused(kind: str, postgres_address: str) -> None:
    with psycopg.connect(postgres_address, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE customers (age int, income {kind}, score int)".encode())
    for run in (lambda address: score_table(address, MODEL), counted):
        with pytest.raises(BadInput, match=r"The column “income” holds .*, but income must be a number"):
            run(Address(postgres_address, "customers"))


def test_the_statement_for_postgres_gives_the_models_answers(postgres_address: str) -> None:
    model = real_model()
    hard = hard_customers(model, FEW)
    asked_for = sql(model, "postgres", "Sales.Customers")
    with psycopg.connect(postgres_address, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA sales")
    fill_postgres(postgres_address, model, hard, "sales.customers")
    check_answers(model, hard, [(row[0], *row[4:]) for row in asked(postgres_address, asked_for)])


@pytest.mark.parametrize("values", [whole_numbers, pytest.param(fractions, marks=pytest.mark.long)])
def test_postgres_trains_the_model_the_csv_trains(
    values: Callable[[], NDArray[np.float64]], tmp_path: Path, postgres_address: str
) -> None:
    known = gather_file(customers_of(values(), tmp_path), default_schema()).data
    rows = pl.read_parquet(tmp_path / "customers.parquet").rows()
    fill_postgres(postgres_address, MODEL, rows)
    check_same(counted(Address(postgres_address, "customers")), known)


@pytest.mark.parametrize("values", [whole_numbers, pytest.param(fractions, marks=pytest.mark.long)])
def test_a_table_of_postgres_may_lack_a_profile_column(
    values: Callable[[], NDArray[np.float64]], tmp_path: Path, postgres_address: str
) -> None:
    customers = customers_of(values(), tmp_path)
    ageless = tmp_path / "ageless.csv"
    pl.read_csv(customers, infer_schema=False).drop("age").write_csv(ageless)
    known = gather_file(ageless, default_schema()).data
    rows = pl.read_parquet(tmp_path / "customers.parquet").rows()
    fill_postgres(postgres_address, MODEL, rows)
    with psycopg.connect(postgres_address, autocommit=True) as connection:
        connection.execute("ALTER TABLE customers DROP COLUMN age")
    assert known.stated is not None
    assert not known.stated[:, 0].any()
    check_same(counted(Address(postgres_address, "customers")), known)
    report = score_table(Address(postgres_address, "customers"), real_model())
    assert report.scored > 0
    assert "The table has no column for age: the profile is without it." in report.notes


def test_refuses_to_overwrite_a_table_of_postgres(postgres_address: str) -> None:
    fill_postgres(postgres_address, MODEL, [(30.0, 60.0, 70.0)])
    with pytest.raises(BadInput, match="customers already exists"):
        score_table(Address(postgres_address, "customers"), MODEL, "customers")


@pytest.mark.parametrize("run", [lambda address: score_table(address, MODEL), counted])
def test_what_postgres_says_of_a_cell_reaches_nobody(run: Callable[[Address], object], postgres_address: str) -> None:
    reader = f"reader_{postgres_address[-12:]}"
    with psycopg.connect(postgres_address, autocommit=True) as connection:
        connection.execute("CREATE TABLE words AS SELECT 'ce11' AS word")
        connection.execute("CREATE VIEW broken AS SELECT 30 AS age, word::int AS income, 70 AS score FROM words")
        connection.execute(f"CREATE ROLE {reader} LOGIN".encode())
    with pytest.raises(
        SegbotError, match=r"reported an error: Invalid Text Representation\. The rest is left out"
    ) as caught:
        run(Address(postgres_address, "broken"))
    assert "ce11" not in caught.value.sentence
    with pytest.raises(SegbotError, match="reported an error: permission denied for view broken"):
        run(Address(postgres_address.replace("segbot@", f"{reader}@"), "broken"))


@pytest.fixture
def clerk(postgres_address: str) -> str:
    """The address of a database with customers, for somebody who needs a password and has none in it."""
    name = f"clerk_{postgres_address[-12:]}"
    fill_postgres(postgres_address, MODEL, [(30.0, 60.0, 70.0)])
    with psycopg.connect(postgres_address, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 's3cret'".encode())
        connection.execute(f"GRANT SELECT ON customers TO {name}".encode())
        before, rules = connection.execute("SELECT pg_conf_load_time(), current_setting('hba_file')").fetchall()[0]
        Path(rules).write_text(f"host all {name} 127.0.0.1/32 scram-sha-256\n{Path(rules).read_text()}")
        connection.execute("SELECT pg_reload_conf()")
        while connection.execute("SELECT pg_conf_load_time()").fetchall()[0][0] == before:
            pass
    return postgres_address.replace("segbot@", f"{name}@")


def test_a_password_may_come_from_the_environment(clerk: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotReady, match="no password supplied"):
        score_table(Address(clerk, "customers"), MODEL)
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    assert score_table(Address(clerk, "customers"), MODEL).rows == 1


def test_a_password_may_come_from_the_password_file(
    clerk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".pgpass").touch(0o600)
    (tmp_path / ".pgpass").write_text("127.0.0.1:*:*:*:s3cret\n")
    assert score_table(Address(clerk, "customers"), MODEL).rows == 1
