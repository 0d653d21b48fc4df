"""Every engine answers what the model answers, and trains what the file trains."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import polars as pl
import psycopg
import pytest
import sqlglot
import sqlglot.expressions as sge
from numpy.typing import NDArray
from reference import rfm_trained, sample_trained
from scoring_cases import hand_made_model
from spark_cluster import WORKERS, SparkCluster
from warehouse_cases import Row, as_doubles, check_answers, frame, hard_customers, typed_query, write_as_csv

from segmentation.errors import BadInput, BadTrainingData, NotReady, SegbotError
from segmentation.model import SegmentModel
from segmentation.model_data import model_to_data
from segmentation.schema import default_schema
from segmentation.training.cleaning import CleanData
from segmentation.training.dataset import gather_file
from segmentation.training.sample import sample_customers
from segmentation.training.train import train_clean
from segmentation.tree import LEAF, DecisionTree
from segmentation.warehouse.address import Address
from segmentation.warehouse.columns import fetch, score
from segmentation.warehouse.connections import Warehouse, open_warehouse
from segmentation.warehouse.counts import training_counts
from segmentation.warehouse.score import score_table
from segmentation.warehouse.sql import DIALECTS, sql, table_parts

ROWS = 100_000
FEW = 2_000
MODEL = hand_made_model()
ANSWERS = ("id", "segment", "confidence", "note")


def tied_model() -> SegmentModel:
    """Return a model of which two centroids are the same, and a mean and a centre are zero."""
    centroids = list(MODEL.centroids)
    centroids[1] = centroids[3] = (0.0, 0.0)
    return replace(MODEL, centroids=tuple(centroids), mean=(0.0, 0.0, 50.2))


def real_model() -> SegmentModel:
    """Return a trained model, with a tree as large as they come."""
    return sample_trained().model


def answered(folder: Path, model: SegmentModel, rows: list[Row]) -> list[tuple[Any, ...]]:
    frame(model, rows).write_parquet(folder / "customers.parquet")
    score_table(Address(str(folder / "customers.parquet")), model, str(folder / "scored.parquet"))
    return pl.read_parquet(folder / "scored.parquet").select(ANSWERS).rows()


def fill_postgres(address: str, model: SegmentModel, rows: list[Row], table: str = "customers") -> None:
    columns = ", ".join(f"{name} float8" for name in model.schema.names)
    with psycopg.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (id bigint, {columns})".encode())
        with cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
            for number, row in enumerate(rows):
                copy.write_row((number, *row))


def asked(address: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(address) as connection:
        return connection.execute(query.encode()).fetchall()


# Scoring: the same answers


@pytest.mark.parametrize(("model", "rows"), [(real_model, ROWS), (tied_model, FEW)])
def test_duckdb_answers_as_the_model_does(model: Callable[[], SegmentModel], rows: int, tmp_path: Path) -> None:
    hard = hard_customers(model(), rows)
    check_answers(model(), hard, answered(tmp_path, model(), hard))


def test_a_model_of_other_features_answers_alike(tmp_path: Path) -> None:
    model = rfm_trained().model
    hard = hard_customers(model, 20_000)
    check_answers(model, hard, answered(tmp_path, model, hard))


@pytest.mark.parametrize(("model", "rows"), [(real_model, ROWS), (tied_model, FEW)])
def test_postgres_answers_as_the_model_does(
    model: Callable[[], SegmentModel], rows: int, postgres_address: str
) -> None:
    hard = hard_customers(model(), rows)
    fill_postgres(postgres_address, model(), hard)
    report = score_table(Address(postgres_address, "customers"), model(), "scored")
    check_answers(model(), hard, asked(postgres_address, "SELECT id, segment, confidence, note FROM scored"))
    assert report.rows == len(hard) == report.scored + report.rejected


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


def typed_into(engine: Any, kinds: tuple[str, ...]) -> list[Row]:
    """Make a table of odd customers whose columns have these types, and return them as doubles."""
    engine.execute(f"CREATE TABLE customers AS {typed_query(kinds)}")
    return as_doubles(kinds, engine.execute("SELECT age, income, score FROM customers ORDER BY id").fetchall())


def check_typed(
    rows: list[Row], found: list[tuple[Any, ...]], printed: list[tuple[Any, ...]], counts: CleanData, folder: Path
) -> None:
    """Hold a result, the printed statement's rows and the counts against the model and a file of the same customers."""
    check_answers(MODEL, rows, found)
    check_answers(MODEL, rows, [(row[0], *row[4:]) for row in printed])
    write_as_csv(rows, folder / "same.csv")
    check_same(counts, gather_file(folder / "same.csv", MODEL.schema).data)


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


def test_duckdbs_whole_numbers_of_any_size_are_refused_but_not_by_the_statement() -> None:
    with closing(duckdb.connect()) as connection:
        huge = "CAST('1' || repeat('0', 400) AS BIGNUM)"
        connection.execute(f"CREATE TABLE customers AS SELECT 1 AS id, 35 AS age, {huge} AS income, 70 AS score")
        ((*_, segment, confidence, note),) = connection.execute(sql(MODEL, "duckdb", "customers")).fetchall()
        assert (segment, confidence, note) == (None, None, "Annual income is outside 0 to 1000 k$")


@pytest.mark.parametrize("kind", ["BOOLEAN", "TEXT"])
def test_postgres_columns_that_hold_no_numbers_are_refused(kind: str, postgres_address: str) -> None:
    with psycopg.connect(postgres_address, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE customers (age int, income {kind}, score int)".encode())
    for run in (lambda address: score_table(address, MODEL), counted):
        with pytest.raises(BadInput, match=r"The column “income” holds .*, but income must be a number"):
            run(Address(postgres_address, "customers"))


def test_a_tree_of_one_leaf_answers_all_alike(tmp_path: Path) -> None:
    model = hand_made_model(tree=DecisionTree((LEAF,), (0.0,), (LEAF,), (LEAF,), (3,)))
    rows: list[Row] = [(30.0, 20.0, 50.0), (60.0, 90.0, 10.0)]
    assert {segment for _, segment, _, _ in answered(tmp_path, model, rows)} == {"Careful"}


# Columns


def test_other_columns_stay_and_taken_names_get_a_number() -> None:
    table = ibis.table({"Note": "string", "Customer Age": "int8", "salary": "int64", "score": "float32"}, name="t")
    assert score(table, MODEL).columns == (*table.columns, "segment", "confidence", "note_2")


def test_a_column_that_looks_like_one_of_ours_stays(tmp_path: Path) -> None:
    rows: list[Row] = [(30.0, 20.0, 50.0)]
    frame(MODEL, rows).with_columns(Segbot_usable=pl.lit("mine")).write_parquet(tmp_path / "customers.parquet")
    score_table(Address(str(tmp_path / "customers.parquet")), MODEL, str(tmp_path / "scored.parquet"))
    assert pl.read_parquet(tmp_path / "scored.parquet")["Segbot_usable"].to_list() == ["mine"]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"age": "int8", "score": "int8"}, "lacks the column income. It needs age, income, score; it has “age”, "),
        ({"age": "int8", "years": "int8", "income": "int8", "score": "int8"}, "2 columns mean age: “age” and “years”"),
        ({"age": "int8", "income": "string", "score": "int8"}, "column “income” holds string, but income must be a"),
        ({"age": "boolean", "income": "int8", "score": "int8"}, "column “age” holds boolean"),
    ],
)  # fmt: skip
def test_refuses_a_table_whose_columns_cannot_be_used(columns: dict[str, str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        score(ibis.table(columns, name="t"), MODEL)


# The printed statement


def test_the_statement_for_duckdb_gives_the_models_answers(tmp_path: Path) -> None:
    model = real_model()
    hard = hard_customers(model, FEW)
    frame(model, hard).rename({"AGE": "age"}).write_parquet(tmp_path / "customers.parquet")
    with closing(duckdb.connect()) as connection:
        connection.execute(f"CREATE VIEW customers AS FROM '{tmp_path}/customers.parquet'")
        done = connection.execute(sql(model, "duckdb", "customers", {"income": "Annual Income (k$)"}))
        names = [column[0] for column in done.description or ()]
        assert names == ["id", "age", "Annual Income (k$)", "score", "segment", "confidence", "note"]
        check_answers(model, hard, [(row[0], *row[4:]) for row in done.fetchall()])


def test_the_statement_for_postgres_gives_the_models_answers(postgres_address: str) -> None:
    model = real_model()
    hard = hard_customers(model, FEW)
    asked_for = sql(model, "postgres", "Sales.Customers")
    with psycopg.connect(postgres_address, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA sales")
    fill_postgres(postgres_address, model, hard, "sales.customers")
    check_answers(model, hard, [(row[0], *row[4:]) for row in asked(postgres_address, asked_for)])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_statement_is_one_select_in_its_dialect_and_says_what_it_is(dialect: str) -> None:
    text = sql(real_model(), dialect, "shop.customers")
    assert text.startswith("-- segbot's model ")
    assert "Annual income, 0 to 1000 k$" in text
    (statement,) = sqlglot.parse(text, read=dialect)
    assert isinstance(statement, sge.Select)
    assert [item.alias for item in statement.expressions[1:]] == (
        ["SEGMENT", "CONFIDENCE", "NOTE"] if dialect == "snowflake" else ["segment", "confidence", "note"]
    )
    (table,) = statement.find_all(sge.Table)
    assert (table.db, table.name) == (("SHOP", "CUSTOMERS") if dialect == "snowflake" else ("shop", "customers"))
    assert len(text) < 100_000
    assert ("-- It needs Spark 4, for SELECT * EXCEPT" in text) == (dialect == "spark")


@pytest.mark.parametrize("text", ["", "a b", "a;drop table b", "a.b.c.d", 'a"b', "a--b c", "'a'", ".a", "a."])
def test_refuses_what_is_no_tables_name(text: str) -> None:
    with pytest.raises(BadInput, match="is no table's name"):
        sql(MODEL, "duckdb", text)


def test_a_tables_name_is_what_the_database_takes_it_for() -> None:
    assert table_parts("Sales.Customers", "postgres") == ("sales", "customers")
    assert table_parts("Sales.Customers", "snowflake") == ("SALES", "CUSTOMERS")
    assert table_parts("my-project.Sales.Customers", "bigquery") == ("my-project", "Sales", "Customers")
    assert table_parts('"a "" b"."c.d"', "postgres") == ('a " b', "c.d")


def test_refuses_an_unknown_dialect_or_feature_or_a_column_for_two() -> None:
    with pytest.raises(BadInput, match="no dialect “oracle”; choose one of snowflake"):
        sql(MODEL, "oracle", "t")
    with pytest.raises(BadInput, match="Unknown feature: salary"):
        sql(MODEL, "duckdb", "t", {"salary": "s"})
    with pytest.raises(BadInput, match="cannot be in the same column"):
        sql(MODEL, "duckdb", "t", {"age": "income"})


def test_quotes_in_names_and_labels_stay_text(tmp_path: Path) -> None:
    feature = replace(MODEL.schema.features[0], label='Age\'s \\ "label"')
    schema = replace(MODEL.schema, features=(feature, *MODEL.schema.features[1:]))
    segments = (replace(MODEL.segments[0], name="It's\\"), *MODEL.segments[1:])
    model = replace(MODEL, schema=schema, segments=segments)
    hard = hard_customers(model, FEW)
    check_answers(model, hard, answered(tmp_path, model, hard))
    for dialect in DIALECTS:
        assert "It's\\" in {
            literal.this for literal in sqlglot.parse_one(sql(model, dialect, "t"), read=dialect).find_all(sge.Literal)
        }


# Training: the same customers, hence the same model


def whole_numbers() -> NDArray[np.float64]:
    return sample_customers(40)


def fractions() -> NDArray[np.float64]:
    values = sample_customers(200)
    noise = np.random.default_rng(2).uniform(0, 1, (len(values), 2))
    values[:, 1:] += noise
    values[:400, 1] = noise[:400, 0] * 400 + 500  # far outside the rest
    return values


def customers_of(values: NDArray[np.float64], folder: Path) -> Path:
    """Write customers, some lacking a value and some out of bounds, as CSV and as Parquet."""
    draw = np.random.default_rng(3).uniform(0, 1, len(values))
    data = pl.DataFrame(values, schema=["age", "income", "score"]).with_columns(
        age=pl.when(pl.Series(draw < 0.05))
        .then(None)
        .when(pl.Series(draw > 0.995))
        .then(200.0)
        .otherwise(pl.col("age")),
        income=pl.when(pl.Series((draw > 0.5) & (draw < 0.51))).then(None).otherwise(pl.col("income")),
        score=pl.when(pl.Series((draw > 0.7) & (draw < 0.71))).then(101.0).otherwise(pl.col("score").clip(0, 100)),
    )
    data.write_csv(folder / "customers.csv")
    data.write_parquet(folder / "customers.parquet")
    return folder / "customers.csv"


def check_same(found: CleanData, known: CleanData) -> None:
    assert found.report == known.report
    for name in ("points", "weights", "fill", "cells", "scatter"):
        one, other = getattr(found, name), getattr(known, name)
        assert (one is None) == (other is None), name
        if one is not None:
            assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes()), name


def counted(address: Address) -> CleanData:
    with open_warehouse(address) as warehouse:
        return training_counts(warehouse.table(address.table), default_schema())


@pytest.mark.parametrize("values", [whole_numbers, fractions])
def test_parquet_trains_the_model_its_csv_trains(values: Callable[[], NDArray[np.float64]], tmp_path: Path) -> None:
    known = gather_file(customers_of(values(), tmp_path), default_schema()).data
    found = counted(Address(str(tmp_path / "customers.parquet")))
    check_same(found, known)
    models = [model_to_data(train_clean(data, default_schema(), k=5).model) for data in (found, known)]
    assert models[0] == models[1]


@pytest.mark.parametrize("values", [whole_numbers, fractions])
def test_postgres_trains_the_model_the_csv_trains(
    values: Callable[[], NDArray[np.float64]], tmp_path: Path, postgres_address: str
) -> None:
    known = gather_file(customers_of(values(), tmp_path), default_schema()).data
    rows = pl.read_parquet(tmp_path / "customers.parquet").rows()
    fill_postgres(postgres_address, MODEL, rows)
    check_same(counted(Address(postgres_address, "customers")), known)


def test_refuses_to_train_on_a_table_without_usable_rows(tmp_path: Path) -> None:
    pl.DataFrame({"age": [1], "income": [-1], "score": [None]}, schema_overrides={"score": pl.Int64}).write_parquet(
        tmp_path / "customers.parquet"
    )
    with pytest.raises(BadTrainingData, match="None of the 1 row"):
        counted(Address(str(tmp_path / "customers.parquet")))


# Connections


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.duckdb"
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("CREATE SCHEMA sales")
        connection.execute("CREATE TABLE sales.customers AS SELECT 35 AS age, 60 AS income, 70 AS score")
        connection.execute("CREATE TABLE customers AS SELECT 30 AS age, 60000 AS income, 70 AS score")
    return path


def test_scores_a_table_of_a_schema_into_another(shop: Path) -> None:
    report = score_table(Address(f"duckdb://{shop}", "sales.customers"), MODEL, "sales.scored")
    assert (report.rows, report.scored, report.rejected, sum(report.segments.values())) == (1, 1, 0, 1)
    assert report.notes == ("Columns read: age from “age”, income from “income”, score from “score”.",)
    again = score_table(Address(f"duckdb://{shop}", "sales.scored"), MODEL)
    assert (again.rows, again.into) == (1, None)
    assert again.notes[1].endswith("segment is segment_2, confidence is confidence_2, note is note_2.")


def test_counts_without_writing(shop: Path) -> None:
    report = score_table(Address(f"duckdb://{shop}", "customers"), MODEL)
    assert (report.rows, report.scored, report.rejected, report.into) == (1, 0, 1, None)
    with closing(duckdb.connect(str(shop))) as connection:
        assert len(connection.execute("SHOW ALL TABLES").fetchall()) == 2


def test_refuses_to_overwrite_a_table_or_a_file(shop: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="customers is there already"):
        score_table(Address(f"duckdb://{shop}", "sales.customers"), MODEL, "customers")
    taken = tmp_path / "taken.parquet"
    taken.write_bytes(b"mine")
    with pytest.raises(BadInput, match=r"taken\.parquet is there already"):
        score_table(Address(f"duckdb://{shop}", "customers"), MODEL, str(taken))
    assert taken.read_bytes() == b"mine"


def test_refuses_to_overwrite_a_table_of_postgres(postgres_address: str) -> None:
    fill_postgres(postgres_address, MODEL, [(30.0, 60.0, 70.0)])
    with pytest.raises(BadInput, match="customers is there already"):
        score_table(Address(postgres_address, "customers"), MODEL, "customers")


def test_a_write_that_fails_leaves_nothing_behind(shop: Path, tmp_path: Path) -> None:
    with closing(duckdb.connect(str(shop))) as connection:
        connection.execute(
            "CREATE VIEW broken AS SELECT 30 AS age, 70 AS score, "
            "CAST(CASE WHEN i = 499999 THEN 'x' ELSE '60' END AS INTEGER) AS income FROM range(500000) AS n(i)"
        )
    for target in ("scored", str(tmp_path / "scored.parquet")):
        with pytest.raises(SegbotError, match="could not do it: Conversion Error"):
            score_table(Address(f"duckdb://{shop}", "broken"), MODEL, target)
    with closing(duckdb.connect(str(shop))) as connection:
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(2,)]
    assert [entry.name for entry in tmp_path.iterdir()] == ["shop.duckdb"]


@pytest.mark.parametrize("run", [lambda address: score_table(address, MODEL), counted])
def test_what_duckdb_says_of_a_cell_reaches_nobody(run: Callable[[Address], object], shop: Path) -> None:
    with closing(duckdb.connect(str(shop))) as connection:
        connection.execute("CREATE TABLE words AS SELECT 30 AS age, 'ce11' AS word, 70 AS score")
        connection.execute("CREATE VIEW broken AS SELECT age, CAST(word AS INTEGER) AS income, score FROM words")
    with pytest.raises(SegbotError, match=r"could not do it: Conversion Error\. What more it says") as caught:
        run(Address(f"duckdb://{shop}", "broken"))
    assert "ce11" not in caught.value.sentence


def test_what_duckdb_says_of_a_file_is_passed_on(shop: Path) -> None:
    with pytest.raises(SegbotError, match=r"could not do it: IO Error: Cannot open file .*nowhere"):
        score_table(Address(f"duckdb://{shop}", "customers"), MODEL, str(shop.parent / "nowhere" / "scored.parquet"))


@pytest.mark.parametrize("run", [lambda address: score_table(address, MODEL), counted])
def test_what_postgres_says_of_a_cell_reaches_nobody(run: Callable[[Address], object], postgres_address: str) -> None:
    reader = f"reader_{postgres_address[-12:]}"
    with psycopg.connect(postgres_address, autocommit=True) as connection:
        connection.execute("CREATE TABLE words AS SELECT 'ce11' AS word")
        connection.execute("CREATE VIEW broken AS SELECT 30 AS age, word::int AS income, 70 AS score FROM words")
        connection.execute(f"CREATE ROLE {reader} LOGIN".encode())
    with pytest.raises(
        SegbotError, match=r"could not do it: Invalid Text Representation\. What more it says"
    ) as caught:
        run(Address(postgres_address, "broken"))
    assert "ce11" not in caught.value.sentence
    with pytest.raises(SegbotError, match="could not do it: permission denied for view broken"):
        run(Address(postgres_address.replace("segbot@", f"{reader}@"), "broken"))


def test_a_file_that_is_no_parquet_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "customers.parquet").write_text("age,income,score\n30,60,70\n")
    with pytest.raises(BadInput, match=r"customers\.parquet holds something else than Parquet"):
        score_table(Address(str(tmp_path / "customers.parquet")), MODEL)


def test_reads_a_folder_or_a_pattern_of_parquet(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    for number in range(2):
        frame(MODEL, [(30.0, 60.0, 70.0)]).write_parquet(tmp_path / "part" / f"{number}.parquet")
    assert score_table(Address(str(tmp_path)), MODEL).rows == 2
    assert score_table(Address(f"{tmp_path}/part/*.parquet"), MODEL).rows == 2


@pytest.mark.parametrize(
    ("address", "into", "said"),
    [
        (Address("mysql://x/y", "t"), None, "mysql://x/y#t is no address of a table"),
        (Address(""), None, "Nothing is no address"),
        (Address("nowhere.parquet"), None, "There is no file nowhere.parquet"),
        (Address("duckdb://nowhere.duckdb", "t"), None, "There is no DuckDB file duckdb://nowhere.duckdb#t"),
    ],
)
def test_refuses_what_is_nowhere(address: Address, into: str | None, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        score_table(address, MODEL, into)


def test_refuses_tables_that_are_not_there_or_not_named(shop: Path, tmp_path: Path) -> None:
    for table, said in (
        ("nothing", "has no table called nothing"),
        ("", "needs the name of a table"),
        ("s3a://AKIA:s3cret@bucket/x", "has no table called s3a://bucket/x"),
        ("a b", "no table's name"),
    ):
        with pytest.raises(BadInput, match=said):
            score_table(Address(f"duckdb://{shop}", table), MODEL)
    frame(MODEL, [(30.0, 60.0, 70.0)]).write_parquet(tmp_path / "c.parquet")
    with pytest.raises(BadInput, match="leave --table out"):
        score_table(Address(str(tmp_path / "c.parquet"), "t"), MODEL)
    with pytest.raises(BadInput, match=r"must end with \.parquet"):
        score_table(Address(str(tmp_path / "c.parquet")), MODEL, "scored")


def test_a_password_is_never_shown() -> None:
    address = Address("postgresql://ann:s3cret%21@127.0.0.1:1/shop?options=-chidden", "customers")
    assert address.shown == "postgresql://127.0.0.1:1/shop#customers"
    assert "s3cret" not in repr(address)
    with pytest.raises(NotReady) as caught, open_warehouse(address):
        pass
    assert caught.value.sentence.startswith("postgresql://127.0.0.1:1/shop#customers cannot be reached: ")
    for secret in ("s3cret", "ann:", "hidden"):
        assert secret not in caught.value.sentence


@pytest.mark.parametrize(
    "url",
    ["postgresql://ann:s3c?ret@127.0.0.1:1/shop", "postgresql://ann:s3c@ret@h/d", "postgresql://ann:s3c#ret@h/d",
     "postgresql://h/d?user=ann&password=s3c@ret"],
)  # fmt: skip
def test_a_password_that_could_be_taken_for_something_else_is_refused_unseen(url: str) -> None:
    with pytest.raises(BadInput) as caught, open_warehouse(Address(url, "t")):
        pass
    assert caught.value.sentence.startswith("In postgresql://…#t user or password hold ")
    assert not {"s3c", "ret", "ann"} & set(caught.value.sentence.replace("@", " ").split())
    assert "s3c" not in caught.value.sentence


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


@pytest.mark.parametrize(
    ("table", "shown"),
    [
        ("s3a://AKIA:s3cret@bucket/customers", "s3a://bucket/customers"),
        ("s3a://AKIA:s3c/ret@bucket/customers", "s3a://…"),
        ("hdfs://ann@name:8020/customers", "hdfs://name:8020/customers"),
        ("abfss://box@account/customers?sig=s3cret", "abfss://account/customers"),
        ("/data/a@b", "/data/a@b"),
        ("sales.customers", "sales.customers"),
    ],
)
def test_a_password_in_a_path_is_never_shown_either(table: str, shown: str) -> None:
    address = Address("spark://h:7077", table)
    assert address.shown == f"spark://h:7077#{shown}"
    assert "s3cret" in address.secrets or "s3cret" not in table


def test_what_an_engine_repeats_of_the_query_is_taken_out() -> None:
    address = Address("postgresql://127.0.0.1:1/shop?user=ann&passfile=h1dden", "t")
    assert {"ann", "h1dden"} <= set(address.secrets)
    assert address.shown == "postgresql://127.0.0.1:1/shop#t"


def test_a_file_whose_name_could_be_a_pattern_is_that_file(tmp_path: Path) -> None:
    folder = tmp_path / "[1]"
    folder.mkdir()
    frame(MODEL, [(30.0, 60.0, 70.0)] * 2).write_parquet(folder / "a[1].parquet")
    frame(MODEL, [(30.0, 60.0, 70.0)] * 3).write_parquet(folder / "a1.parquet")
    assert score_table(Address(str(folder / "a[1].parquet")), MODEL).rows == 2
    assert score_table(Address(str(folder)), MODEL).rows == 5
    assert score_table(Address(str(folder / "a[1].parquet")), MODEL, str(folder / "o*.parquet")).rows == 2
    frame(MODEL, [(30.0, 60.0, 70.0)] * 3).write_parquet(folder / "o2.parquet")
    assert score_table(Address(str(folder / "o*.parquet")), MODEL, str(tmp_path / "p?.parquet")).rows == 2


def test_a_missing_driver_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with (
        pytest.raises(BadInput, match=r"PostgreSQL needs a driver .*\.\[postgres\]"),
        open_warehouse(Address("postgresql://127.0.0.1/shop", "t")),
    ):
        pass


# Spark: one cluster, for all tests of a file run in one process


# pyspark leaves sockets to be collected.
on_spark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(scope="module")
def spark(spark_cluster: SparkCluster) -> Iterator[Warehouse]:
    with open_warehouse(Address(spark_cluster.url), writes=True) as warehouse:
        yield warehouse
    gc.collect()


def tasks_done(spark: Warehouse) -> dict[str, int]:
    """How many tasks each executor of the cluster has done."""
    context = spark.backend._session.sparkContext._jsc.sc()
    context.listenerBus().waitUntilEmpty()
    found = context.statusStore().executorList(False)
    executors = [found.apply(place) for place in range(found.size())]
    return {executor.id(): executor.completedTasks() for executor in executors if executor.id() != "driver"}


@on_spark
def test_spark_answers_as_the_model_does_on_every_worker(spark: Warehouse, tmp_path: Path) -> None:
    model = real_model()
    hard = hard_customers(model, ROWS)
    customers = frame(model, hard)
    (tmp_path / "customers.parquet").mkdir()
    for number in range(WORKERS):  # files of their own, so that each is a task of its own
        part = customers.gather_every(WORKERS, number)
        part.write_parquet(tmp_path / "customers.parquet" / f"{number}.parquet")
    spark.write(score(spark.table(str(tmp_path / "customers.parquet")), model), str(tmp_path / "scored"))
    done = tasks_done(spark)
    assert len(done) == WORKERS
    assert all(done.values()), done
    found = pl.read_parquet(tmp_path / "scored" / "*.parquet").select(ANSWERS).rows()
    check_answers(model, hard, found)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["customers.parquet", "scored"]
    with pytest.raises(BadInput, match="is there already"):
        spark.write(spark.written(str(tmp_path / "scored")), str(tmp_path / "scored"))
    with pytest.raises(BadInput, match="nothing at /nowhere"):
        spark.table("/nowhere")


@on_spark
def test_the_statement_for_spark_gives_the_models_answers(spark: Warehouse, tmp_path: Path) -> None:
    model = real_model()
    hard = hard_customers(model, FEW)
    frame(model, hard).rename({"AGE": "age", "Annual Income (k$)": "income"}).write_parquet(tmp_path / "c.parquet")
    spark.write(spark.table(str(tmp_path / "c.parquet")), "customers")
    with pytest.raises(BadInput, match="is there already"):
        spark.write(spark.written("customers"), "customers")
    found = spark.backend.raw_sql(sql(model, "spark", "customers")).collect()
    check_answers(model, hard, [(row[0], *row[4:]) for row in found])


@on_spark
@pytest.mark.parametrize("values", [whole_numbers, fractions])
def test_spark_trains_the_model_the_csv_trains(
    values: Callable[[], NDArray[np.float64]], spark: Warehouse, tmp_path: Path
) -> None:
    known = gather_file(customers_of(values(), tmp_path), default_schema()).data
    check_same(training_counts(spark.table(str(tmp_path / "customers.parquet")), default_schema()), known)


@on_spark
@pytest.mark.parametrize(
    "kinds",
    [
        ("TINYINT", "SMALLINT", "INT"),
        ("BIGINT", "DECIMAL(9, 3)", "DECIMAL(38, 20)"),
        ("DECIMAL(38, 34)", "DOUBLE", "FLOAT"),
    ],
)
def test_odd_numbers_of_every_type_of_spark(kinds: tuple[str, ...], spark: Warehouse, tmp_path: Path) -> None:
    session, path = spark.backend._session, str(tmp_path / "customers")
    session.sql(typed_query(kinds)).coalesce(1).write.parquet(path)
    session.read.parquet(path).createOrReplaceTempView("typed")
    stored = pl.read_parquet(f"{path}/*.parquet").sort("id").select("age", "income", "score").rows()
    table = spark.table(path)
    found = fetch(score(table, MODEL).select(*ANSWERS))
    printed = session.sql(sql(MODEL, "spark", "typed")).collect()
    check_typed(as_doubles(kinds, stored), found, printed, training_counts(table, MODEL.schema), tmp_path)


@on_spark
@pytest.mark.parametrize("kind", ["BOOLEAN", "STRING"])
def test_spark_columns_that_hold_no_numbers_are_refused(kind: str, spark: Warehouse) -> None:
    query = f"SELECT 30 AS age, CAST('1' AS {kind}) AS income, 70 AS score"
    spark.backend._session.sql(query).createOrReplaceTempView("no_numbers")
    for run in (lambda table: score(table, MODEL), lambda table: training_counts(table, MODEL.schema)):
        with pytest.raises(BadInput, match=r"The column “income” holds .*, but income must be a number"):
            run(spark.table("no_numbers"))


@on_spark
def test_what_spark_says_of_a_cell_reaches_nobody(
    spark: Warehouse, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    session = spark.backend._session
    words = "SELECT 30 AS age, CAST(word AS INT) AS income, 70 AS score FROM VALUES ('ce11') AS w(word)"
    session.sql(words).createOrReplaceTempView("broken")
    monkeypatch.setattr(type(spark), "close", lambda _self: None)  # the session is the other tests' too
    address = Address(spark.address.url, "broken")
    with pytest.raises(SegbotError, match=r"could not do it: CAST_INVALID_INPUT\. What more it says") as caught:
        score_table(address, MODEL)
    assert "ce11" not in caught.value.sentence
    assert "ce11" not in "".join(capfd.readouterr())
    java = session.sparkContext._jvm.org.apache.logging.log4j
    assert java.LogManager.getRootLogger().getLevel().toString() == "FATAL"
    with pytest.raises(SegbotError, match=r"could not do it: \[PATH_NOT_FOUND\]"), open_warehouse(address):
        session.read.parquet("/nowhere")
