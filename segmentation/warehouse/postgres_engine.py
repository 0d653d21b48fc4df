"""PostgreSQL as a warehouse."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import ibis
import ibis.backends.postgres  # Ibis would load its driver only on connecting, too late to name the missing extra
import psycopg

from segmentation.warehouse.engine import Warehouse

# The classes of SQLSTATE that are about the connection, the statement, names, rights, limits or the server; all others
# may quote a cell.
_SAFE_CLASSES: Final = frozenset({"08", "0A", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58"})


class Postgres(Warehouse):
    """A PostgreSQL database."""

    dialect: ClassVar[str] = "postgres"
    errors: ClassVar[tuple[type[Exception], ...]] = (psycopg.Error,)

    def connect(self) -> Any:  # noqa: ANN401 - an Ibis backend; Ibis ships no types
        """Connect, in a read-only transaction unless a table is to be written."""
        # libpq does not know the scheme postgresql+psycopg.
        url = "postgresql://" + self.address.url.split("://", 1)[1]
        connection = psycopg.connect(url, autocommit=True, application_name="segbot", connect_timeout=10)
        backend = ibis.postgres.from_connection(connection)
        if not self.writes:
            # Training asks several queries, which must all see the same rows.
            backend.raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").close()
        return backend

    @staticmethod
    def quotes_no_cell(error: Exception) -> bool:
        """Allow errors by the class of their SQLSTATE, and failures of the connection, which have none."""
        state = error.sqlstate if isinstance(error, psycopg.Error) else None
        return state[:2] in _SAFE_CLASSES if state else isinstance(error, psycopg.OperationalError)
