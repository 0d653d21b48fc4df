"""Customers that an engine derives from a table of orders are those of the same orders in a file, to the cent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import psycopg
import pytest
import sqlglot
from order_tables import SHOPS, Shop, derived_by_engine
from order_warehouses import orders_in_duckdb

from segmentation.errors import BadInput
from segmentation.orders.answers import AmountsPer, OrderAnswers, Repeats
from segmentation.orders.headings import Role
from segmentation.reading.questions import Question
from segmentation.warehouse.address import Address
from segmentation.warehouse.connections import open_warehouse
from segmentation.warehouse.engine import Warehouse
from segmentation.warehouse.rfm.counts import read_orders
from segmentation.warehouse.rfm.customers import customers_sql
from segmentation.warehouse.sql import DIALECTS

_LINES = {Role.CUSTOMER: "who", Role.ORDER: "number", Role.DATE: "day", Role.AMOUNT: "paid"}


@contextmanager
def _postgres(address: str, table: pl.DataFrame) -> Iterator[Warehouse]:
    kinds = {pl.Date: "date", pl.String: "text"}
    columns = ", ".join(f'"{name}" {kinds.get(type(kind), "numeric(18, 2)")}' for name, kind in table.schema.items())
    with psycopg.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE orders ({columns})".encode())
        with cursor.copy(b"COPY orders FROM STDIN") as copy:
            for row in table.rows():
                copy.write_row(row)
    with open_warehouse(Address(address, "orders")) as warehouse:
        yield warehouse


def _derived(warehouse: Warehouse, answers: OrderAnswers) -> dict[str, dict[str, str]]:
    """The customers that an engine derives from its table of orders."""
    return derived_by_engine(warehouse.table("orders"), answers)


@pytest.mark.parametrize("shop", SHOPS.values(), ids=SHOPS)
def test_duckdb_derives_what_the_file_does(shop: Shop, tmp_path: Path) -> None:
    with orders_in_duckdb(tmp_path, shop.table()) as warehouse:
        assert _derived(warehouse, shop.answers) == shop.by_file(tmp_path)


@pytest.mark.parametrize("shop", SHOPS.values(), ids=SHOPS)
def test_postgres_derives_what_the_file_does(shop: Shop, tmp_path: Path, postgres_address: str) -> None:
    with _postgres(postgres_address, shop.table()) as warehouse:
        assert _derived(warehouse, shop.answers) == shop.by_file(tmp_path)


@pytest.mark.parametrize("shop", SHOPS.values(), ids=SHOPS)
def test_orders_split_over_the_files_of_days_are_the_same_customers(shop: Shop, tmp_path: Path) -> None:
    days = tmp_path / "days"
    days.mkdir()
    for number, (_, rows) in enumerate(shop.table().partition_by(shop.dates[0], as_dict=True).items()):
        rows.write_parquet(days / f"{number}.parquet")
    assert len(list(days.iterdir())) > 50
    with open_warehouse(Address(str(days))) as warehouse:
        assert derived_by_engine(warehouse.table(""), shop.answers) == shop.by_file(tmp_path)


def test_refunds_are_ignored_and_recency_is_counted_to_a_day_when_asked(tmp_path: Path) -> None:
    shop = replace(SHOPS["shopify"], more=OrderAnswers(gross=True, as_of=date(2024, 6, 1)))
    with orders_in_duckdb(tmp_path, shop.table()) as warehouse:
        assert _derived(warehouse, shop.answers) == shop.by_file(tmp_path)


def _lines(rows: Sequence[tuple[object, ...]], *more: str) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["customer id", "order id", "date", "amount", *more], orient="row")


_DAY = date(2024, 1, 1)


def test_lines_of_one_order_have_states_of_their_own_and_odd_numbers_are_no_money(tmp_path: Path) -> None:
    rows = [
        ("7", "1", _DAY, 10.0, "shipped"),
        ("7", "1", _DAY, 4.0, "Returned"),
        ("7", "1", _DAY, 2.0, "cancelled"),
        ("7", "2", _DAY, float("nan"), "shipped"),
        ("Guest", "3", _DAY, 5.0, "shipped"),
        ("ANN@x.org", "4", _DAY, 0.105, "shipped"),
        ("ann@x.org", "5", _DAY, 0.2, "shipped"),
    ]
    with orders_in_duckdb(tmp_path, _lines(rows, "status")) as warehouse:
        found = _derived(warehouse, OrderAnswers())
    measures = {who: (row["frequency"], row["monetary"], row["returns"]) for who, row in found.items()}
    # Half a cent is rounded away from zero, as in a file.
    assert measures == {"7": ("1", "10.00", "1"), "ann@x.org": ("2", "0.31", "0")}


def test_what_a_table_leaves_open_is_asked_together(tmp_path: Path) -> None:
    rows = [
        ("7", "1", _DAY, 5.0, "odd", "EUR"),
        ("7", "1", _DAY, 5.0, "odd", "EUR"),
        ("7", "2", _DAY, 3.0, "paid", "USD"),
        ("8", "3", _DAY, 2.0, "paid", "EUR"),
        ("8", "3", _DAY, 2.0, "Paid", "EUR"),
    ]
    with orders_in_duckdb(tmp_path, _lines(rows, "status", "currency")) as warehouse:
        table = warehouse.table("orders")
        with pytest.raises(Question) as raised:
            read_orders(table, OrderAnswers())
        assert [part.choices[0].key.partition("=")[0] for part in raised.value.parts] == [
            "paid",
            "amounts-per",
            "repeats",
            "currency",
        ]
        answered = OrderAnswers.parse(["unpaid=odd", "amounts-per=line", "repeats=drop", "currency=EUR"])
        assert _derived(warehouse, answered)["8"]["monetary"] == "4.00"
        assert _derived(warehouse, answered)["7"]["monetary"] == "0.00"


@pytest.mark.parametrize(
    ("columns", "answers", "said"),
    [
        (["order id", "date", "amount"], [], "which column holds who bought"),
        (["customer id", "order id", "date"], [], "which column holds what was paid"),
        (["customer id", "order id", "amount"], [], "which column holds the date of the order"),
        (["customer id", "order id", "date", "amount"], ["column.date=when"], "There is no column “when”"),
        (["customer id", "order id", "date", "amount"], ["column.date=customer id"], "must be a date"),
        (["customer id", "order id", "date", "amount"], ["column.amount=date"], "must be a number"),
        (["customer id", "order id", "date", "amount", "total"], [], "2 columns may hold what was paid"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_what_to_do(
    columns: list[str], answers: list[str], said: str, tmp_path: Path
) -> None:
    cells = {"customer id": "7", "order id": "1", "date": _DAY, "amount": 5.0, "total": 6.0}
    with (
        orders_in_duckdb(tmp_path, pl.DataFrame([{name: cells[name] for name in columns}])) as warehouse,
        pytest.raises(BadInput, match=said),
    ):
        read_orders(warehouse.table("orders"), OrderAnswers.parse(answers))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_statement_is_printed_in_every_dialect_without_what_some_refuse(dialect: str) -> None:
    text = customers_sql(
        {**_LINES, Role.STATUS: "state"}, OrderAnswers(unpaid=frozenset({"on hold"})), dialect, "shop.orders"
    )
    assert "segbot_orders" not in text
    assert "ROWS BETWEEN" not in text
    assert "EXCEPT" not in text
    assert "'onhold'" in text
    parsed = sqlglot.parse_one(text, read=dialect)
    named = {part.alias.lower() for part in parsed.find_all(sqlglot.exp.CTE)}
    assert {table.name.lower() for table in parsed.find_all(sqlglot.exp.Table)} - named == {"orders"}
    # One over all lines would have one worker sort them all; those of customers are parted.
    assert all(window.args["partition_by"] for window in parsed.find_all(sqlglot.exp.Window))


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_the_printed_statement_derives_what_the_file_does(
    dialect: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    shop = SHOPS["woocommerce"]
    answers = replace(shop.answers, amounts_per=AmountsPer.ORDER)
    columns = {
        Role.CUSTOMER: "customer_id",
        Role.ORDER: "order_id",
        Role.DATE: "order_date",
        Role.AMOUNT: "order_total",
        Role.CURRENCY: "order_currency",
        Role.STATUS: "status",
    }
    text = customers_sql(columns, answers, dialect, "orders")
    if dialect == "duckdb":
        with orders_in_duckdb(tmp_path, shop.table()):
            pass
        with closing(duckdb.connect(str(tmp_path / "shop.duckdb"))) as connection:
            rows = connection.execute(text).fetchall()
    else:
        address = request.getfixturevalue("postgres_address")
        with _postgres(address, shop.table()):
            pass
        with psycopg.connect(address) as session:
            rows = session.execute(text.encode()).fetchall()
    found = {row[0]: [str(cell) for cell in row[1:4]] for row in rows if row[1] is not None}
    expected = {
        who: [row["recency"], row["frequency"], row["monetary"]]
        for who, row in shop.by_file(tmp_path).items()
        if row["recency"]
    }
    assert found == expected


def test_a_statement_adds_no_currencies_and_drops_no_lines_it_cannot_know() -> None:
    with pytest.raises(BadInput, match="with --currency"):
        customers_sql({**_LINES, Role.CURRENCY: "money"}, OrderAnswers(), "duckdb", "orders")
    with pytest.raises(BadInput, match="SELECT DISTINCT"):
        customers_sql(_LINES, OrderAnswers(repeats=Repeats.DROP), "duckdb", "orders")
    with pytest.raises(BadInput, match="There is no dialect “oracle”"):
        customers_sql(_LINES, OrderAnswers(), "oracle", "orders")
