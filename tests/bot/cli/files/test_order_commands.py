"""From a file of orders to a model of its customers and their segments, by commands alone."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import polars as pl
import pytest
from command_line import CommandLine, one_object, refused, said, unbroken
from harness import Harness
from order_groups import GROUPS, continuous_shop, grouped_shop, trained_on_orders


@pytest.fixture
def orders(run: CommandLine) -> Path:
    """Orders in the working folder."""
    del run  # made the folder
    return grouped_shop(currency="EUR").write(Path("orders.csv"))


@pytest.fixture
def in_service(home: Harness) -> str:
    """A version that knows recency, frequency and money, in service."""
    version = home.registry.save(trained_on_orders(), actor="tests", source="test")
    home.registry.promote(version, actor="tests")
    return version


def test_a_model_is_trained_on_the_customers_of_orders(run: CommandLine, orders: Path) -> None:
    hint = unbroken(refused(run("train", str(orders))))
    assert hint == (
        "orders.csv lists orders, not customers. To train on the customers who made them: "
        "segbot train orders.csv --orders"
    )
    data = one_object(run("train", str(orders), "--orders", "--json"))
    assert {segment["name"] for segment in data["segments"]} == set(GROUPS)
    assert data["notes"][0].startswith("919 order lines: 919 orders of 120 customers, in EUR")


def test_customers_in_no_groups_are_cut_into_bands_that_a_person_confirms(run: CommandLine, home: Harness) -> None:
    continuous_shop().write(Path("orders.csv"))
    before = home.registry.current()
    result = run("train", "orders.csv", "--orders", "--promote", "--json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert (data["verdict"], data["promoted"], data["objections"]) == ("bands", False, [])
    told = f"{data['version']} has bands, no groups, and was not put in service. Customers are spread evenly"
    assert told in unbroken(result.stderr)
    assert f"If it is right all the same: segbot models promote {data['version']}" in unbroken(result.stderr)
    assert home.registry.current() == before
    assert "bands – look first" in said(run("models", "list"))
    said(run("models", "promote", data["version"]))
    assert home.registry.current() == data["version"]


@pytest.mark.long
def test_whoever_has_accepted_bands_is_not_asked_again(run: CommandLine) -> None:
    continuous_shop().write(Path("orders.csv"))
    text = said(run("train", "orders.csv", "--orders", "--promote", "--yes"))
    assert "is now in service.\nVerdict: bands, no groups – look first.\n  Customers are spread evenly" in text
    assert "There are no groups to count. k = 5: the most bands, up to 5, whose borders hold" in text
    again = one_object(run("train", "orders.csv", "--orders", "--promote", "--json"))
    assert (again["verdict"], again["promoted"]) == ("similar", True)
    assert again["reasons"][0].startswith("Customers are spread evenly")


def test_an_option_about_orders_says_that_the_file_lists_them(run: CommandLine, orders: Path) -> None:
    refusal = refused(run("train", str(orders), "--currency", "GBP"))
    assert "No order is in GBP. The currencies are: EUR." in refusal


@pytest.mark.usefixtures("in_service")
def test_one_customer_is_asked_about_by_recency_frequency_and_money(run: CommandLine) -> None:
    data = one_object(run("predict", "recency=10", "frequency=25", "monetary=2000", "--json"))
    assert data["segment"] == "Champions"


@pytest.mark.usefixtures("in_service")
def test_orders_are_scored_as_customers_and_their_lines_on_request(run: CommandLine, orders: Path) -> None:
    text = said(run("score", str(orders), "scored.csv"))
    assert text.startswith("120 rows scored. Result: scored.csv")
    assert "- 919 order lines: 919 orders of 120 customers, in EUR, as of 30 Dec 2017. One row a customer." in unbroken(
        text
    )
    data = one_object(run("score", str(orders), "again.csv", "--orders", "--lines", "lines.csv", "--json"))
    assert data["segments"] == dict.fromkeys(GROUPS, 30)
    assert (data["orders"]["customers"], data["orders"]["as_of"]) == (120, "2017-12-30")
    assert Path("again.csv").read_bytes() == Path("scored.csv").read_bytes()
    with Path("lines.csv").open(newline="") as file:
        assert all(row["segment"] == row["Customer ID"].partition("-")[0] for row in csv.DictReader(file))


@pytest.mark.usefixtures("in_service")
def test_lines_never_replace_another_file(run: CommandLine, orders: Path) -> None:
    Path("mine.csv").write_text("mine")
    assert "mine.csv already exists" in refused(run("score", str(orders), "out.csv", "--lines", "mine.csv"))
    assert "the output file itself" in refused(run("score", str(orders), "out.csv", "--lines", "out.csv"))
    assert not Path("out.csv").exists()


@pytest.mark.usefixtures("in_service")
def test_the_table_of_customers_that_rfm_writes_can_be_scored(run: CommandLine, orders: Path) -> None:
    said(run("rfm", str(orders), "customers.csv"))
    said(run("score", "customers.csv", "one.csv"))
    said(run("score", str(orders), "other.csv"))
    assert Path("one.csv").read_bytes() == Path("other.csv").read_bytes()


def test_orders_are_not_scored_by_a_model_of_other_features(run: CommandLine, orders: Path) -> None:
    assert "I can't find income or score" in refused(run("score", str(orders), "out.csv"))
    assert "knows age, income, score, which orders don't tell" in refused(
        run("score", str(orders), "out.csv", "--orders")
    )


@pytest.fixture
def order_table(run: CommandLine, tmp_path: Path) -> str:
    """The address of a database that holds the orders in a table."""
    del run  # made the folder
    orders = pl.read_csv(grouped_shop().write(tmp_path / "orders.csv"))
    orders = orders.with_columns(pl.col("Order Date").str.to_date("%d %b %Y"))
    with duckdb.connect("shop.duckdb") as connection:
        connection.register("made", orders.to_arrow())
        connection.execute("CREATE TABLE orders AS FROM made")
    return "duckdb://shop.duckdb"


def test_a_table_of_orders_becomes_a_table_of_customers_where_it_is(run: CommandLine, order_table: str) -> None:
    where = ("--url", order_table, "--table", "orders")
    text = said(run("warehouse", "rfm", *where))
    assert text.startswith("919 order lines: 919 orders of 120 customers")
    assert text.endswith("\nNothing was written; --into NAME writes the result.\n")
    data = one_object(run("warehouse", "rfm", *where, "--into", "customers", "--as-of", "2018-01-01", "--json"))
    assert (data["customers"], data["orders"], data["into"]) == (120, 919, "customers")
    with duckdb.connect("shop.duckdb") as connection:
        (last,) = connection.execute("SELECT min(recency) FROM customers").fetchall()
    assert last == (2,)


def test_a_table_of_orders_becomes_the_file_that_rfm_writes(run: CommandLine, orders: Path, order_table: str) -> None:
    said(run("rfm", str(orders), "by-file.csv"))
    data = one_object(
        run("warehouse", "rfm", "--url", order_table, "--table", "orders", "--into", "by-table.csv", "--json")
    )
    assert Path("by-table.csv").read_bytes() == Path("by-file.csv").read_bytes()
    assert (data["customers"], data["into"], data["as_of"]) == (120, "by-table.csv", "2017-12-30")
    again = run("warehouse", "rfm", "--url", order_table, "--table", "orders", "--into", "by-table.csv")
    assert refused(again) == "by-table.csv already exists and is not overwritten. Choose another name.\n"


def test_the_statement_that_derives_customers_is_printed(run: CommandLine, order_table: str) -> None:
    roles = {"customer": "Customer ID", "order": "Order ID", "date": "Order Date", "amount": "Sales"}
    columns = [word for role, name in roles.items() for word in ("--column", f"{role}={name}")]
    where = ("--dialect", "duckdb", "--table", "orders")
    text = said(run("warehouse", "sql", "--orders", *where, *columns))
    with duckdb.connect(order_table.removeprefix("duckdb://")) as connection:
        rows = connection.execute(text).fetchall()
    assert (len(rows), sum(row[2] for row in rows)) == (120, 919)
    assert f"{one_object(run('warehouse', 'sql', '--orders', *where, *columns, '--json'))['sql']}\n" == text
    assert "which column holds who bought" in refused(
        run("warehouse", "sql", "--orders", *where, "--column", "date=day")
    )
