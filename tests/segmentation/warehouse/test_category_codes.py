"""Every engine reads a text as the category that a file's reader takes it for, and counts as a file is counted."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import psycopg
import pytest
import sqlglot
from category_cases import category_schema, category_trained, subscribers, subscribers_file
from category_tables import check_notes, customers, table_of
from warehouse_tables import asked, check_same

from segmentation.categories import SPELT_OUT, fold_category
from segmentation.errors import BadInput
from segmentation.training.points import cells
from segmentation.training.points.dataset import Budget, gather_file
from segmentation.warehouse import counts
from segmentation.warehouse.address import Address
from segmentation.warehouse.connections import open_warehouse
from segmentation.warehouse.counts import training_counts
from segmentation.warehouse.expressions.category_codes import folding_characters
from segmentation.warehouse.sql import DIALECTS, sql

SCHEMA = category_schema()


def test_the_list_of_what_folds_leaves_out_no_letter_of_any_script() -> None:
    known = folding_characters()
    for character in map(chr, range(0, 0x3000, 1)):
        folded = fold_category(character)
        assert (known.get(character, character) == folded) or character in SPELT_OUT


def test_duckdb_reads_categories_as_a_file_is_read(tmp_path: Path) -> None:
    customers().write_parquet(tmp_path / "customers.parquet")
    model = category_trained(tmp_path).model
    with closing(duckdb.connect()) as connection:
        connection.execute(f"CREATE VIEW customers AS FROM '{tmp_path}/customers.parquet'")
        done = connection.execute(sql(model, "duckdb", "customers", {"plan": "Tariff"}))
        check_notes(done.fetchall(), model.predict({"spend": 100, "visits": 20}))


def fill(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE customers (id text, spend float8, visits float8, tariff text, country text)")
        with cursor.copy("COPY customers FROM STDIN") as copy:
            for row in customers().rows():
                copy.write_row(row)


def test_postgres_reads_categories_as_a_file_is_read(postgres_address: str, tmp_path: Path) -> None:
    fill(postgres_address)
    model = category_trained(tmp_path).model
    asked_for = sql(model, "postgres", "customers", {"plan": "tariff"})
    check_notes(asked(postgres_address, asked_for), model.predict({"spend": 100, "visits": 20}))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_folds_a_category_once_and_casts_it_to_a_text(dialect: str, tmp_path: Path) -> None:
    text = sql(category_trained(tmp_path).model, dialect, "customers")
    assert "Features are numeric columns, categories texts; the answer is NULL," in text
    assert text.count("TRANSLATE(") == 2
    (statement,) = sqlglot.parse(text, read=dialect)
    assert statement is not None


@pytest.mark.parametrize("kind", ["boolean", "bigint", "varchar", "enum('True', 'x')"])
def test_texts_booleans_and_whole_numbers_may_hold_categories(kind: str, tmp_path: Path) -> None:
    value = {"boolean": "true", "bigint": "1"}.get(kind, "'True'")
    known = training_counts_of(tmp_path, f"{value}::{kind}", '["true", "1"]')
    assert known == [0, 1] if kind == "bigint" else [1, 0]


def training_counts_of(folder: Path, plan: str, categories: str) -> list[int]:
    with closing(duckdb.connect(str(folder / "shop.duckdb"))) as connection:
        connection.execute(f"CREATE TABLE customers AS SELECT 100 AS spend, 20 AS visits, {plan} AS plan")
    schema = category_schema(('["Basic", "Pro", "Pro Plus"]', categories))
    with open_warehouse(Address(f"duckdb://{folder}/shop.duckdb", "customers")) as warehouse:
        data = training_counts(warehouse.table("customers"), schema).data
    return [int(count) for count in data.category_counts(2, 2)]


@pytest.mark.parametrize("kind", ["double", "date", "integer[]"])
def test_a_column_of_another_type_holds_no_categories(kind: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"The column “plan” holds .*, but plan must be a text"):
        training_counts_of(tmp_path, f"NULL::{kind}", '["true", "1"]')


def test_a_table_is_counted_as_its_file_is(tmp_path: Path) -> None:
    known = gather_file(subscribers_file(tmp_path), SCHEMA).data
    table_of(subscribers()).write_parquet(tmp_path / "subscribers.parquet")
    address = Address(str(tmp_path / "subscribers.parquet"))
    with open_warehouse(address) as warehouse:
        check_same(training_counts(warehouse.table(address.table), SCHEMA).data, known)


def test_cells_of_a_table_are_counted_as_those_of_its_file_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = gather_file(subscribers_file(tmp_path), SCHEMA, budget=Budget(exact_points=10)).data
    assert known.tallies is not None
    monkeypatch.setattr(counts, "EXACT_POINTS", 10)
    table_of(subscribers()).write_parquet(tmp_path / "subscribers.parquet")
    address = Address(str(tmp_path / "subscribers.parquet"))
    with open_warehouse(address) as warehouse:
        found = training_counts(warehouse.table(address.table), SCHEMA).data
    check_same(found, known)
    assert found.tallies is not None
    for index, tallies in known.tallies.items():
        assert np.array_equal(found.tallies[index], tallies)


def test_fewer_cells_are_kept_if_each_has_many_categories_to_count() -> None:
    assert cells.most_cells(SCHEMA) == cells.MOST_CELLS
    many = category_schema(('["DE", "FR", "Österreich"]', str([f"c{i}" for i in range(45)]).replace("'", '"')))
    assert cells.most_cells(many) == cells.MOST_CELLS // 3
    assert cells.most_cells(many, 60) == 60
