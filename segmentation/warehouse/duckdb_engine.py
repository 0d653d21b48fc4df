"""A DuckDB file as a warehouse; results go into the same file or into Parquet."""

from __future__ import annotations

import glob
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import duckdb
import ibis

from segmentation.errors import BadInput
from segmentation.warehouse.engine import Warehouse, refuse_existing

if TYPE_CHECKING:
    from ibis.expr.types import Table

PARQUET: Final = (".parquet", ".pq")
# Errors about names, files and rights; all others may quote a cell.
_SAFE_ERRORS: Final = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.OperationalError,
    duckdb.ParserException,
    duckdb.PermissionException,
)


class DuckDB(Warehouse):
    """A DuckDB file."""

    dialect: ClassVar[str] = "duckdb"
    errors: ClassVar[tuple[type[Exception], ...]] = (duckdb.Error,)

    def connect(self) -> Any:  # noqa: ANN401 - an Ibis backend; Ibis ships no types
        """Open the file; BadInput when there is none."""
        path = self.address.url.removeprefix("duckdb://")
        if not Path(path).is_file():
            raise BadInput(f"There is no DuckDB file {self.address.shown}.")
        # DuckDB lets several processes read a file at once, but only one that may write.
        return ibis.duckdb.connect(path, read_only=not self.writes)

    @staticmethod
    def quotes_no_cell(error: Exception) -> bool:
        """Allow DuckDB's errors about names, files and rights."""
        return isinstance(error, _SAFE_ERRORS)

    def write(self, table: Table, into: str) -> None:
        """Write into a new table of the same file, or into a new Parquet file; BadInput when the name is taken."""
        if not into.endswith(PARQUET):
            super().write(table, into)
            return
        target = Path(into)
        if target.exists():
            raise refuse_existing(into)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        try:
            literal = str(temporary).replace("'", "''")
            self.backend.raw_sql(f"COPY ({self.backend.compile(table)}) TO '{literal}' (FORMAT parquet)")
            os.link(temporary, target)  # unlike a rename, a link never replaces a file
        except duckdb.IOException as error:
            # The person named the target and does not know the temporary file.
            raise duckdb.IOException(str(error).replace(str(temporary), into)) from None
        except FileExistsError:
            raise refuse_existing(into) from None
        finally:
            temporary.unlink(missing_ok=True)

    def written(self, into: str) -> Table:
        """Return the table or Parquet file that `write` made."""
        return self.backend.read_parquet(glob.escape(into)) if into.endswith(PARQUET) else super().written(into)
