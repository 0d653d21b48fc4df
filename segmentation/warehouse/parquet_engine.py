"""Parquet files as one table, read by DuckDB in this process."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import ibis

from segmentation.errors import BadInput
from segmentation.warehouse.duckdb_engine import PARQUET, DuckDB

if TYPE_CHECKING:
    from ibis.expr.types import Table


class Parquet(DuckDB):
    """A Parquet file, a folder of them, or a pattern."""

    def connect(self) -> Any:  # noqa: ANN401 - an Ibis backend; Ibis ships no types
        """Open an empty DuckDB in memory, which reads the files."""
        return ibis.duckdb.connect()

    def table(self, name: str) -> Table:
        """Return the files as one table; BadInput for any name, and when they are missing or not Parquet."""
        if name:
            raise BadInput("Parquet files form a single table without a name: leave --table out.")
        url = self.address.url
        path, pattern = Path(url), url
        # A name that exists is meant literally, even if it holds characters of a pattern.
        if path.exists():
            exact = glob.escape(url.rstrip("/"))
            pattern = f"{exact}/**/*.parquet" if path.is_dir() else exact
        elif not set("*?[") & set(url):
            raise BadInput(f"There is no file {url}.")
        try:
            return self.backend.read_parquet(pattern)
        except duckdb.InvalidInputException:
            raise BadInput(f"{url} is not a Parquet file, or is damaged.") from None

    def write(self, table: Table, into: str) -> None:
        """Write into a new Parquet file; BadInput when the name is taken or does not end with .parquet."""
        if not into.endswith(PARQUET):
            raise BadInput(f"Results of Parquet files are Parquet too: let {into} end with .parquet.")
        super().write(table, into)
