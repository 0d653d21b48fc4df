"""The file of customers that `segbot rfm` writes of a table's export is what an engine makes of the table, to the byte.

The tables hold what shops' exports hold: guests, repeated lines, refunds, returns, odd statuses, gaps, two currencies.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import polars as pl
import psycopg
import pytest
import sqlglot
from order_cases import CASES, Case, answers_of, roles_of, table_of
from order_warehouses import orders_in_duckdb

from segmentation.errors import BadInput
from segmentation.orders.answers import OrderAnswers, Repeats
from segmentation.orders.derivation.customers import CUSTOMER_COLUMNS
from segmentation.orders.report import RfmReport
from segmentation.orders.rfm import derive_customers
from segmentation.warehouse.address import Address
from segmentation.warehouse.connections import open_warehouse
from segmentation.warehouse.engine import Warehouse
from segmentation.warehouse.rfm.counts import read_orders
from segmentation.warehouse.rfm.customers import customers_query, customers_sql
from segmentation.warehouse.rfm.customers_file import write_customers
from segmentation.warehouse.sql import DIALECTS

_KINDS = {pl.String: "text", pl.Date: "date", pl.Boolean: "boolean", pl.Int64: "bigint", pl.Decimal: "numeric(18, 3)"}


# Two of them go over nearly all there is; the others tell which part of it broke.
_SHORT = ("refunds", "percent")
_EACH = pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=name, marks=() if name in _SHORT else pytest.mark.long) for name, case in CASES.items()],
)


def _by_file(table: pl.DataFrame, answers: OrderAnswers, folder: Path) -> tuple[bytes, RfmReport]:
    table.write_csv(folder / "export.csv")
    report = derive_customers(folder / "export.csv", folder / "file.csv", answers=answers)
    return (folder / "file.csv").read_bytes(), report


def _by_engine(warehouse: Warehouse, answers: OrderAnswers, folder: Path) -> tuple[bytes, RfmReport]:
    table = warehouse.table("orders")
    read = read_orders(table, answers)
    customers = customers_query(table, read.how)
    write_customers(customers, folder / "table.csv")
    return (folder / "table.csv").read_bytes(), read.report(customers)


@contextmanager
def _in_postgres(table: pl.DataFrame, address: str) -> Iterator[Warehouse]:
    columns = ", ".join(f'"{name}" {_KINDS[type(kind)]}' for name, kind in table.schema.items())
    with psycopg.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS orders; CREATE TABLE orders ({columns})".encode())
        with cursor.copy(b"COPY orders FROM STDIN") as copy:
            for row in table.rows():
                copy.write_row(row)
    with open_warehouse(Address(address, "orders")) as warehouse:
        yield warehouse


def _alike(by_table: tuple[bytes, RfmReport], by_file: tuple[bytes, RfmReport]) -> None:
    (data, told), (expected, said) = by_table, by_file
    assert data.decode() == expected.decode()
    assert replace(told, notes=()) == replace(said, notes=())


@_EACH
def test_duckdb_writes_the_bytes_that_the_file_gives(case: Case, tmp_path: Path) -> None:
    table, answers = table_of(case), answers_of(case)
    with orders_in_duckdb(tmp_path, table) as warehouse:
        _alike(_by_engine(warehouse, answers, tmp_path), _by_file(table, answers, tmp_path))


@_EACH
def test_postgres_writes_the_bytes_that_the_file_gives(case: Case, tmp_path: Path, postgres_address: str) -> None:
    table, answers = table_of(case), answers_of(case)
    with _in_postgres(table, postgres_address) as warehouse:
        _alike(_by_engine(warehouse, answers, tmp_path), _by_file(table, answers, tmp_path))


@pytest.mark.long
@pytest.mark.parametrize("dialect", DIALECTS)
@_EACH
def test_every_answer_makes_a_statement_that_the_dialect_reads(case: Case, dialect: str) -> None:
    roles = roles_of(case)
    answers = replace(answers_of(case), repeats=None)
    text = customers_sql(roles, answers, dialect, "shop.orders")
    parsed = sqlglot.parse_one(text, read=dialect, into=sqlglot.exp.Select)
    assert [name.lower() for name in parsed.named_selects] == [*CUSTOMER_COLUMNS]


@pytest.mark.long
@_EACH
def test_the_printed_statement_makes_the_customers_of_the_file(case: Case, tmp_path: Path) -> None:
    table, answers = table_of(case).unique(maintain_order=True), replace(answers_of(case), repeats=Repeats.DROP)
    roles = roles_of(case)
    text = customers_sql(roles, replace(answers, repeats=None), "duckdb", "orders")
    with orders_in_duckdb(tmp_path, table) as warehouse:
        rows = warehouse.backend.raw_sql(text).fetchall()
    data, _ = _by_file(table, answers, tmp_path)
    expected = pl.read_csv(data, infer_schema=False).with_columns(pl.col("customer_id").str.strip_prefix("'"))
    found = [tuple(None if cell is None else str(cell) for cell in row) for row in sorted(rows)]
    assert found == expected.rows()


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    case = CASES["plain"]
    (tmp_path / "table.csv").write_text("mine")
    with orders_in_duckdb(tmp_path, table_of(case)) as warehouse, pytest.raises(BadInput, match="is not overwritten"):
        _by_engine(warehouse, answers_of(case), tmp_path)
    assert (tmp_path / "table.csv").read_text() == "mine"
