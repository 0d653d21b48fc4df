"""`segbot warehouse`: what it prints, what it writes, and how it refuses."""

from __future__ import annotations

from contextlib import closing

import duckdb
import polars as pl
import pytest
from command_line import CommandLine, one_object

from bot.settings import BadSetting, read_tables
from segmentation.training.samples.mall import sample_customers


@pytest.fixture
def table(run: CommandLine) -> str:
    """A Parquet file in the working folder."""
    del run  # made the folder
    names = ["age", "income", "score"]
    pl.DataFrame(sample_customers(), schema=names).with_row_index("id").write_parquet("customers.parquet")
    return "customers.parquet"


def test_scores_parquet_into_parquet(run: CommandLine, table: str) -> None:
    data = one_object(run("warehouse", "score", "--url", table, "--into", "scored.parquet", "--json"))
    assert (data["rows"], data["scored"], data["rejected"], data["into"]) == (200, 200, 0, "scored.parquet")
    scored = pl.read_parquet("scored.parquet")
    assert scored.columns == ["id", "age", "income", "score", "segment", "confidence", "note"]
    assert dict(scored["segment"].value_counts().iter_rows()) == {n: c for n, c in data["segments"].items() if c}
    again = run("warehouse", "score", "--url", table, "--into", "scored.parquet")
    assert (again.exit_code, again.stdout) == (2, "")
    assert "scored.parquet already exists" in again.stderr


def test_counts_in_words(run: CommandLine, table: str) -> None:
    result = run("warehouse", "score", "--url", table)
    assert result.exit_code == 0
    assert "200 rows scored. Nothing was written; --into NAME writes the result." in result.stdout
    assert "Target" in result.stdout


def test_trains_a_candidate_like_the_file_does(run: CommandLine, table: str) -> None:
    pl.read_parquet(table).write_csv("customers.csv")
    trained = one_object(run("warehouse", "train", "--url", table, "--k", "5", "--json"))
    file = one_object(run("train", "customers.csv", "--k", "5", "--json"))
    for name in ("k", "rows", "used", "rejected", "metrics", "segments"):
        assert trained[name] == file[name], name
    assert not trained["promoted"]
    shown = one_object(run("models", "show", trained["version"], "--json"))
    assert shown["source"] == "table customers.parquet, 200 rows"


def test_trains_and_promotes(run: CommandLine, table: str) -> None:
    result = run("warehouse", "train", "--url", table, "--promote")
    assert result.exit_code == 0, result.stderr
    assert "is now in service" in result.stdout


def test_the_printed_statement_runs(run: CommandLine, table: str) -> None:
    result = run("warehouse", "sql", "--dialect", "duckdb", "--table", "shop", "--column", "income=income")
    assert result.exit_code == 0
    with closing(duckdb.connect()) as connection:
        connection.execute("CREATE VIEW shop AS FROM 'customers.parquet'")
        assert len(connection.execute(result.stdout).fetchall()) == 200
    data = one_object(run("warehouse", "sql", "--dialect", "snowflake", "--table", "shop", "--json"))
    assert data["dialect"] == "snowflake"
    assert data["sql"].startswith("-- segbot's model ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("score", "--url", "nowhere.parquet"), "There is no file nowhere.parquet"),
        (("train", "--url", "customers.parquet", "--k", "many"), '--k must be "auto"'),
        (("sql", "--dialect", "oracle", "--table", "t"), "no dialect “oracle”"),
        (("sql", "--dialect", "duckdb", "--table", "t; drop"), "is not a table name"),
        (("sql", "--dialect", "duckdb", "--table", "t", "--column", "age"), "--column is written FEATURE=NAME"),
    ],
)
def test_refuses_with_a_sentence(run: CommandLine, arguments: tuple[str, ...], said: str) -> None:
    result = run("warehouse", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_password_is_not_printed(run: CommandLine) -> None:
    result = run("warehouse", "train", "--url", "postgresql://ann:s3cret@127.0.0.1:1/shop", "--table", "t")
    assert result.exit_code == 1
    assert "postgresql://127.0.0.1:1/shop#t can't be reached" in result.stderr
    assert "s3cret" not in result.output


def test_a_configured_table_needs_no_url(run: CommandLine, table: str) -> None:
    run.variables["SEGBOT_TABLES"] = f"shop={table}"
    assert one_object(run("warehouse", "score", "--table", "shop", "--json"))["scored"] == 200
    assert one_object(run("warehouse", "train", "--table", "shop", "--k", "5", "--json"))["used"] == 200


@pytest.mark.parametrize(
    ("tables", "said"),
    [("shop=customers.parquet,visits=v.parquet", "SEGBOT_TABLES names: shop, visits."), ("", "it names none.")],
)
def test_without_a_url_only_configured_tables_are_known(run: CommandLine, tables: str, said: str) -> None:
    run.variables["SEGBOT_TABLES"] = tables
    for command in ("score", "train"):
        result = run("warehouse", command, "--table", "customers")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Without --url, --table must be a name that SEGBOT_TABLES" in result.stderr
        assert said in result.stderr


def test_tables_are_read_from_the_setting() -> None:
    text = "customers=postgresql://a:b@h1:1,h2:2/shop?x=1#sales.customers, visits=/data/visits/*.parquet"
    found = read_tables(text)
    assert {name: (table.url, table.table) for name, table in found.items()} == {
        "customers": ("postgresql://a:b@h1:1,h2:2/shop?x=1", "sales.customers"),
        "visits": ("/data/visits/*.parquet", ""),
    }
    assert "a:b" not in repr(found)
    assert read_tables(" ") == {}


@pytest.mark.parametrize("text", ["postgresql://ann:s3cret@h/shop", "a=,b=x", "a=x,a=y", "=x", "Upper=x"])
def test_a_wrong_setting_is_named_and_not_repeated(text: str) -> None:
    with pytest.raises(BadSetting) as caught:
        read_tables(text)
    assert caught.value.sentence.startswith("SEGBOT_TABLES ")
    assert "s3cret" not in caught.value.sentence
