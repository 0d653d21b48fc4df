"""Tables of orders in a warehouse of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from segmentation.warehouse.address import Address
from segmentation.warehouse.connections import open_warehouse
from segmentation.warehouse.engine import Warehouse


@contextmanager
def orders_in_duckdb(folder: Path, table: pl.DataFrame) -> Iterator[Warehouse]:
    """Open a DuckDB file whose one table, `orders`, holds these rows."""
    path = folder / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.register("made", table.to_arrow())
        connection.execute("CREATE OR REPLACE TABLE orders AS FROM made")
    with open_warehouse(Address(f"duckdb://{path}", "orders")) as warehouse:
        yield warehouse
