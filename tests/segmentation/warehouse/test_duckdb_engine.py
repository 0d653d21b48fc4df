"""DuckDB answers what the model answers, and writes a result whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pytest
from warehouse_cases import check_answers, hard_customers
from warehouse_tables import (
    FEW,
    MODEL,
    ROWS,
    answered,
    check_typed,
    counted,
    log_model,
    real_model,
    tied_model,
    typed_into,
)

from segmentation.errors import BadInput, SegbotError
from segmentation.model import SegmentModel
from segmentation.warehouse.address import Address
from segmentation.warehouse.score import score_table
from segmentation.warehouse.sql import sql


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.duckdb"
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("CREATE SCHEMA sales")
        connection.execute("CREATE TABLE sales.customers AS SELECT 35 AS age, 60 AS income, 70 AS score")
        connection.execute("CREATE TABLE customers AS SELECT 30 AS age, 60000 AS income, 70 AS score")
    return path


@pytest.mark.parametrize(("model", "rows"), [(real_model, ROWS), (tied_model, FEW), (log_model, FEW)])
def test_duckdb_answers_as_the_model_does(model: Callable[[], SegmentModel], rows: int, tmp_path: Path) -> None:
    hard = hard_customers(model(), rows)
    check_answers(model(), hard, answered(tmp_path, model(), hard))


@pytest.mark.parametrize("kind", ["INTEGER", "SMALLINT", "DECIMAL(9, 3)", "DECIMAL(38, 20)", "FLOAT", "HUGEINT"])
def test_numbers_of_every_type_are_the_doubles_nearest_to_them(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "typed.duckdb"
    numbers = np.random.default_rng(5).uniform(0, 100, 3000)
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("CREATE TABLE raw (id BIGINT, age DOUBLE, income DOUBLE, score DOUBLE)")
        connection.executemany(
            "INSERT INTO raw VALUES (?, ?, ?, ?)",
            [(i, *map(float, row)) for i, row in enumerate(numbers.reshape(-1, 3))],
        )
        columns = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name in MODEL.schema.names)
        connection.execute(f"CREATE TABLE customers AS SELECT id, {columns} FROM raw")  # noqa: S608 - our own names
        stored = connection.execute("SELECT age, income, score FROM customers ORDER BY id").fetchall()
    score_table(Address(f"duckdb://{path}", "customers"), MODEL, "scored")
    with closing(duckdb.connect(str(path))) as connection:
        found = connection.execute("SELECT id, segment, confidence, note FROM scored").fetchall()
    check_answers(MODEL, [tuple(map(float, row)) for row in stored], found)


@pytest.mark.parametrize(
    "kinds",
    [
        ("TINYINT", "SMALLINT", "INTEGER"),
        ("BIGINT", "HUGEINT", "UTINYINT"),
        ("USMALLINT", "UINTEGER", "UBIGINT"),
        ("DECIMAL(9, 3)", "DECIMAL(38, 20)", "DECIMAL(18, 9)"),
        ("FLOAT", "DOUBLE", "DECIMAL(38, 34)"),
    ],
)
def test_odd_numbers_of_every_type_of_duckdb(kinds: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "typed.duckdb"
    with closing(duckdb.connect(str(path))) as connection:
        rows = typed_into(connection, kinds)
    address = Address(f"duckdb://{path}", "customers")
    score_table(address, MODEL, "scored")
    counts = counted(address)
    with closing(duckdb.connect(str(path))) as connection:
        found = connection.execute("SELECT id, segment, confidence, note FROM scored").fetchall()
        printed = connection.execute(sql(MODEL, "duckdb", "customers")).fetchall()
    check_typed(rows, found, printed, counts, tmp_path)


def test_scores_a_table_of_a_schema_into_another(shop: Path) -> None:
    report = score_table(Address(f"duckdb://{shop}", "sales.customers"), MODEL, "sales.scored")
    assert (report.rows, report.scored, report.rejected, sum(report.segments.values())) == (1, 1, 0, 1)
    assert report.notes == ("Columns read: age from “age”, income from “income”, score from “score”.",)
    again = score_table(Address(f"duckdb://{shop}", "sales.scored"), MODEL)
    assert (again.rows, again.into) == (1, None)
    assert again.notes[1].endswith("segment is segment_2, confidence is confidence_2, note is note_2.")


def test_customers_far_outside_what_was_learned_are_marked_and_counted(shop: Path) -> None:
    with closing(duckdb.connect(str(shop))) as connection:
        connection.execute(
            "CREATE TABLE far AS SELECT * FROM (VALUES "
            "(35, 60, 70), (35, 900, 70), (NULL, 901, 70), (35, 902, NULL), (200, 903, 70), (35, NULL, 70), "
            "(35, 60000, 70)) AS rows(age, income, score)"
        )
    for into in (None, "scored"):
        report = score_table(Address(f"duckdb://{shop}", "far"), MODEL, into)
        said = "2 rows have values far outside what the model learned from; the notes name them. Check them before you"
        assert (report.scored, report.notes[-1]) == (3, f"{said} act.")
    with closing(duckdb.connect(str(shop))) as connection:
        notes = dict(connection.execute("SELECT income, note FROM scored").fetchall())
    explained = MODEL.explain({"age": 35, "income": 900, "score": 70}).far_outside[0]
    said = explained.replace(" of 900 k$", "")
    assert said == "Annual income is far outside what I learned from (0 to 119.45 k$)"
    assert [income for income, note in notes.items() if said in (note or "")] == [900, 901]
    assert notes[901].endswith(f"Age is not given, 36 years assumed; {said}")


def test_counts_without_writing(shop: Path) -> None:
    report = score_table(Address(f"duckdb://{shop}", "customers"), MODEL)
    assert (report.rows, report.scored, report.rejected, report.into) == (1, 0, 1, None)
    with closing(duckdb.connect(str(shop))) as connection:
        assert len(connection.execute("SHOW ALL TABLES").fetchall()) == 2


def test_refuses_to_overwrite_a_table_or_a_file(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="customers already exists"):
        score_table(Address(f"duckdb://{shop}", "sales.customers"), MODEL, "customers")
    taken = tmp_path / "taken.parquet"
    taken.write_bytes(b"mine")
    with pytest.raises(BadInput, match=r"taken\.parquet already exists"):
        score_table(Address(f"duckdb://{shop}", "customers"), MODEL, str(taken))
    assert taken.read_bytes() == b"mine"


def test_a_write_that_fails_leaves_nothing_behind(shop: Path, tmp_path: Path) -> None:
    with closing(duckdb.connect(str(shop))) as connection:
        connection.execute(
            "CREATE VIEW broken AS SELECT 30 AS age, 70 AS score, "
            "CAST(CASE WHEN i = 499999 THEN 'x' ELSE '60' END AS INTEGER) AS income FROM range(500000) AS n(i)"
        )
    for target in ("scored", str(tmp_path / "scored.parquet")):
        with pytest.raises(SegbotError, match="reported an error: Conversion Error"):
            score_table(Address(f"duckdb://{shop}", "broken"), MODEL, target)
    with closing(duckdb.connect(str(shop))) as connection:
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(2,)]
    assert [entry.name for entry in tmp_path.iterdir()] == ["shop.duckdb"]


@pytest.mark.parametrize("run", [lambda address: score_table(address, MODEL), counted])
def test_what_duckdb_says_of_a_cell_reaches_nobody(run: Callable[[Address], object], shop: Path) -> None:
    with closing(duckdb.connect(str(shop))) as connection:
        connection.execute("CREATE TABLE words AS SELECT 30 AS age, 'ce11' AS word, 70 AS score")
        connection.execute("CREATE VIEW broken AS SELECT age, CAST(word AS INTEGER) AS income, score FROM words")
    with pytest.raises(SegbotError, match=r"reported an error: Conversion Error\. The rest is left out") as caught:
        run(Address(f"duckdb://{shop}", "broken"))
    assert "ce11" not in caught.value.sentence


def test_what_duckdb_says_of_a_file_is_passed_on(shop: Path) -> None:
    target = str(shop.parent / "nowhere" / "scored.parquet")
    with pytest.raises(SegbotError, match=r"reported an error: IO Error: Cannot open file .*nowhere") as failed:
        score_table(Address(f"duckdb://{shop}", "customers"), MODEL, target)
    assert f'"{target}"' in failed.value.sentence, "it names the file that was asked for"
    assert ".part" not in failed.value.sentence


def test_refuses_tables_that_are_not_there_or_not_named(shop: Path) -> None:
    for table, said in (
        ("nothing", "has no table called nothing"),
        ("", "--table NAME"),
        ("s3a://AKIA:s3cret@bucket/x", "has no table called s3a://bucket/x"),
        ("a b", "is not a table name"),
    ):
        with pytest.raises(BadInput, match=said):
            score_table(Address(f"duckdb://{shop}", table), MODEL)
