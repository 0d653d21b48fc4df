"""Spark answers what the model answers, on one small cluster for all tests of this file."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from category_cases import category_trained
from category_distances import distance_trained, mixed_customers
from category_tables import check_notes
from category_tables import customers as category_customers
from numpy.typing import NDArray
from order_cases import CASES, answers_of, table_of
from order_tables import SHOPS, Shop, derived_by_engine
from spark_cluster import WORKERS, SparkCluster
from warehouse_cases import as_doubles, check_answers, frame, hard_customers, typed_query
from warehouse_tables import (
    ANSWERS,
    FEW,
    MODEL,
    ROWS,
    check_same,
    check_typed,
    customers_of,
    fractions,
    log_model,
    real_model,
    whole_numbers,
)

from segmentation.errors import BadInput, SegbotError
from segmentation.orders.rfm import derive_customers
from segmentation.schema_data import default_schema
from segmentation.training.points.dataset import gather_file
from segmentation.warehouse.address import Address
from segmentation.warehouse.columns import fetch, score
from segmentation.warehouse.connections import open_warehouse
from segmentation.warehouse.counts import training_counts
from segmentation.warehouse.engine import Warehouse
from segmentation.warehouse.rfm.counts import read_orders
from segmentation.warehouse.rfm.customers import customers_query
from segmentation.warehouse.rfm.customers_file import write_customers
from segmentation.warehouse.sql import sql

# pyspark leaves sockets to the garbage collector.
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
@pytest.mark.long
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
    with pytest.raises(BadInput, match="already exists"):
        spark.write(spark.written(str(tmp_path / "scored")), str(tmp_path / "scored"))
    with pytest.raises(BadInput, match="nothing at /nowhere"):
        spark.table("/nowhere")


@on_spark
@pytest.mark.long
def test_the_statement_for_spark_gives_the_models_answers(spark: Warehouse, tmp_path: Path) -> None:
    model = real_model()
    hard = hard_customers(model, FEW)
    frame(model, hard).rename({"AGE": "age", "Annual Income (k$)": "income"}).write_parquet(tmp_path / "c.parquet")
    spark.write(spark.table(str(tmp_path / "c.parquet")), "customers")
    with pytest.raises(BadInput, match="already exists"):
        spark.write(spark.written("customers"), "customers")
    found = spark.backend.raw_sql(sql(model, "spark", "customers")).collect()
    check_answers(model, hard, [(row[0], *row[4:]) for row in found])


@on_spark
@pytest.mark.long
def test_the_statement_for_spark_takes_logarithms_as_the_model_does(spark: Warehouse, tmp_path: Path) -> None:
    model = log_model()
    hard = hard_customers(model, FEW)
    frame(model, hard).rename({"AGE": "age", "Annual Income (k$)": "income"}).write_parquet(tmp_path / "c.parquet")
    spark.write(spark.table(str(tmp_path / "c.parquet")), "earners")
    found = spark.backend.raw_sql(sql(model, "spark", "earners")).collect()
    check_answers(model, hard, [(row[0], *row[4:]) for row in found])


@on_spark
@pytest.mark.long
def test_spark_reads_categories_as_a_file_is_read(spark: Warehouse, tmp_path: Path) -> None:
    category_customers().write_parquet(tmp_path / "c.parquet")
    spark.write(spark.table(str(tmp_path / "c.parquet")), "tariffs")
    model = category_trained(tmp_path).model
    found = spark.backend.raw_sql(sql(model, "spark", "tariffs", {"plan": "Tariff"})).collect()
    check_notes([tuple(row) for row in found], model.predict({"spend": 100, "visits": 20}))


@on_spark
@pytest.mark.long
def test_spark_answers_with_categories_in_distances_as_the_model_does(spark: Warehouse, tmp_path: Path) -> None:
    model, rows = distance_trained().model, mixed_customers(2_000)
    columns = {"spend": pl.Float64, "visits": pl.Float64, "plan": pl.String, "country": pl.String}
    named = [
        (*row[:2], *(None if c is None else f.show(c) for f, c in zip(model.schema.features[2:], row[2:], strict=True)))
        for row in rows
    ]
    frame = pl.DataFrame(named, schema=columns, orient="row").with_row_index("id")
    frame.write_parquet(tmp_path / "c.parquet")
    spark.write(spark.table(str(tmp_path / "c.parquet")), "mixed")
    found = sorted(spark.backend.raw_sql(sql(model, "spark", "mixed")).collect())
    for row, answer in zip(rows, found, strict=True):
        known = None if None in row else model.predict(dict(zip(model.schema.names, row, strict=True)))
        assert answer["segment"] == (None if known is None else known.segment), row
        assert answer["confidence"] == (None if known is None else pytest.approx(known.confidence, abs=1e-6)), row


@on_spark
@pytest.mark.long
def test_a_table_of_spark_may_lack_a_profile_column(spark: Warehouse, tmp_path: Path) -> None:
    customers = customers_of(whole_numbers(), tmp_path)
    ageless = tmp_path / "ageless.csv"
    pl.read_csv(customers, infer_schema=False).drop("age").write_csv(ageless)
    known = gather_file(ageless, default_schema()).data
    table = spark.table(str(tmp_path / "customers.parquet")).drop("age")
    check_same(training_counts(table, default_schema()).data, known)
    assert {"segment", "confidence", "note"} <= set(score(table, real_model()).columns)


@on_spark
@pytest.mark.long
@pytest.mark.parametrize("values", [whole_numbers, fractions])
def test_spark_trains_the_model_the_csv_trains(
    values: Callable[[], NDArray[np.float64]], spark: Warehouse, tmp_path: Path
) -> None:
    known = gather_file(customers_of(values(), tmp_path), default_schema()).data
    found = training_counts(spark.table(str(tmp_path / "customers.parquet")), default_schema()).data
    check_same(found, known)


@on_spark
@pytest.mark.long
def test_spark_counts_each_customer_once(spark: Warehouse, tmp_path: Path) -> None:
    customers = customers_of(whole_numbers(), tmp_path)
    table = pl.read_parquet(tmp_path / "customers.parquet").with_row_index("customer_id")
    usable = table.filter(pl.col("income").is_not_null(), pl.col("score") <= 100, pl.col("age") <= 120)
    repeated = pl.concat([table, usable.head(500)]).sample(fraction=1, shuffle=True, seed=1)
    repeated.write_parquet(tmp_path / "repeated.parquet")
    found = training_counts(spark.table(str(tmp_path / "repeated.parquet")), default_schema())
    assert found.notes[0].startswith("500 rows repeat the id of another in the column “customer_id”: ")
    check_same(found.data, gather_file(customers, default_schema()).data)


@on_spark
@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param(("TINYINT", "SMALLINT", "INT"), marks=pytest.mark.long),
        ("BIGINT", "DECIMAL(9, 3)", "DECIMAL(38, 20)"),
        pytest.param(("DECIMAL(38, 34)", "DOUBLE", "FLOAT"), marks=pytest.mark.long),
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
    check_typed(as_doubles(kinds, stored), found, printed, training_counts(table, MODEL.schema).data, tmp_path)


@on_spark
@pytest.mark.parametrize("kind", ["BOOLEAN", "STRING"])
def test_spark_columns_that_hold_no_numbers_are_refused(kind: str, spark: Warehouse) -> None:
    query = f"SELECT 30 AS age, CAST('1' AS {kind}) AS income, 70 AS score"
    spark.backend._session.sql(query).createOrReplaceTempView("no_numbers")
    for run in (lambda table: score(table, MODEL), lambda table: training_counts(table, MODEL.schema)):
        with pytest.raises(BadInput, match=r"The column “income” holds .*, but income must be a number"):
            run(spark.table("no_numbers"))


@on_spark
def test_what_spark_says_of_a_cell_reaches_nobody(spark: Warehouse, capfd: pytest.CaptureFixture[str]) -> None:
    session = spark.backend._session
    words = "SELECT 30 AS age, CAST(word AS INT) AS income, 70 AS score FROM VALUES ('ce11') AS w(word)"
    session.sql(words).createOrReplaceTempView("broken")
    with (
        pytest.raises(SegbotError, match=r"reported an error: CAST_INVALID_INPUT\. The rest is left out") as caught,
        spark.explaining_errors(),
    ):
        fetch(score(spark.table("broken"), MODEL))
    assert "ce11" not in caught.value.sentence
    assert "ce11" not in "".join(capfd.readouterr())
    java = session.sparkContext._jvm.org.apache.logging.log4j
    assert java.LogManager.getRootLogger().getLevel().toString() == "FATAL"
    with pytest.raises(SegbotError, match=r"reported an error: \[PATH_NOT_FOUND\]"), spark.explaining_errors():
        session.read.parquet("/nowhere")


@on_spark
@pytest.mark.long
@pytest.mark.parametrize("shop", SHOPS.values(), ids=SHOPS)
def test_spark_derives_the_customers_of_orders_as_a_file_does(spark: Warehouse, shop: Shop, tmp_path: Path) -> None:
    shop.table().write_parquet(tmp_path / "orders.parquet")
    found = derived_by_engine(spark.table(str(tmp_path / "orders.parquet")), shop.answers)
    assert found == shop.by_file(tmp_path)


@on_spark
@pytest.mark.long
@pytest.mark.parametrize("name", ["refunds", "percent", "each day"])
def test_spark_writes_the_bytes_that_the_file_gives(spark: Warehouse, name: str, tmp_path: Path) -> None:
    table, answers = table_of(CASES[name]), answers_of(CASES[name])
    table.write_parquet(tmp_path / "orders.parquet")
    table.write_csv(tmp_path / "export.csv")
    derive_customers(tmp_path / "export.csv", tmp_path / "file.csv", answers=answers)
    orders = spark.table(str(tmp_path / "orders.parquet"))
    write_customers(customers_query(orders, read_orders(orders, answers).how), tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_bytes() == (tmp_path / "file.csv").read_bytes()
