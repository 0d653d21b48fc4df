"""The printed statement gives the model's answers in each dialect."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
import sqlglot
import sqlglot.expressions as sge
from warehouse_cases import check_answers, frame, hard_customers
from warehouse_tables import (
    FEW,
    MODEL,
    answered,
    log_model,
    real_model,
)

from segmentation.errors import BadInput
from segmentation.model import SegmentModel
from segmentation.warehouse.sql import DIALECTS, sql, table_parts


@pytest.mark.parametrize("of", [real_model, log_model])
def test_the_statement_for_duckdb_gives_the_models_answers(of: Callable[[], SegmentModel], tmp_path: Path) -> None:
    model = of()
    hard = hard_customers(model, FEW)
    frame(model, hard).rename({"AGE": "age"}).write_parquet(tmp_path / "customers.parquet")
    with closing(duckdb.connect()) as connection:
        connection.execute(f"CREATE VIEW customers AS FROM '{tmp_path}/customers.parquet'")
        done = connection.execute(sql(model, "duckdb", "customers", {"income": "Annual Income (k$)"}))
        names = [column[0] for column in done.description or ()]
        assert names == ["id", "age", "Annual Income (k$)", "score", "segment", "confidence", "note"]
        check_answers(model, hard, [(row[0], *row[4:]) for row in done.fetchall()])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_takes_the_logarithm_of_a_feature_on_a_log_scale_and_of_no_other(dialect: str) -> None:
    for model, features in ((real_model(), 0), (log_model(), 1)):
        (statement,) = sqlglot.parse(sql(model, dialect, "customers"), read=dialect)
        assert statement is not None
        assert len(list(statement.find_all(sge.Ln))) == features


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_statement_does_without_a_profile_column_that_the_table_lacks(dialect: str) -> None:
    text = sql(real_model(), dialect, "customers", {"age": ""})
    assert "-- age: not in the table" in text
    (statement,) = sqlglot.parse(text, read=dialect)
    assert statement is not None
    assert "age" not in {column.name.casefold() for column in statement.find_all(sge.Column)}


def test_the_statement_without_a_profile_column_gives_the_models_answers() -> None:
    with closing(duckdb.connect()) as connection:
        connection.execute("CREATE TABLE customers AS SELECT 60 AS income, 70 AS score")
        (row,) = connection.execute(sql(real_model(), "duckdb", "customers", {"age": ""})).fetchall()
    prediction = real_model().predict({"income": 60, "score": 70})
    assert row[2] == prediction.segment
    assert row[3] == pytest.approx(prediction.confidence)


def test_refuses_a_statement_without_a_cluster_column() -> None:
    with pytest.raises(BadInput, match=r"The segment depends on income and score: name the column"):
        sql(real_model(), "duckdb", "t", {"income": "", "score": ""})


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_statement_is_one_select_in_its_dialect_and_says_what_it_is(dialect: str) -> None:
    text = sql(real_model(), dialect, "shop.customers")
    assert text.startswith("-- segbot's model ")
    assert "Annual income, 0 to 1000 k$" in text
    assert "Annual income is far outside what I learned from (" in text
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
    with pytest.raises(BadInput, match="is not a table name"):
        sql(MODEL, "duckdb", text)


def test_a_tables_name_is_what_the_database_takes_it_for() -> None:
    assert table_parts("Sales.Customers", "postgres") == ("sales", "customers")
    assert table_parts("Sales.Customers", "snowflake") == ("SALES", "CUSTOMERS")
    assert table_parts("my-project.Sales.Customers", "bigquery") == ("my-project", "Sales", "Customers")
    assert table_parts('"a "" b"."c.d"', "postgres") == ('a " b', "c.d")


def test_refuses_an_unknown_dialect_or_feature_or_a_column_for_two() -> None:
    with pytest.raises(BadInput, match=r"no dialect “oracle”\. Use one of snowflake"):
        sql(MODEL, "oracle", "t")
    with pytest.raises(BadInput, match="Unknown feature: salary"):
        sql(MODEL, "duckdb", "t", {"salary": "s"})
    with pytest.raises(BadInput, match="Two features can't share a column"):
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


def test_duckdbs_whole_numbers_of_any_size_are_refused_but_not_by_the_statement() -> None:
    with closing(duckdb.connect()) as connection:
        huge = "CAST('1' || repeat('0', 400) AS BIGNUM)"
        connection.execute(f"CREATE TABLE customers AS SELECT 1 AS id, 35 AS age, {huge} AS income, 70 AS score")
        ((*_, segment, confidence, note),) = connection.execute(sql(MODEL, "duckdb", "customers")).fetchall()
        assert (segment, confidence, note) == (None, None, "Annual income is outside 0 to 1000 k$")
