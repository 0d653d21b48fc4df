"""The engines of tables: DuckDB and Parquet files, PostgreSQL, Spark. Opens them, writes results whole or not at all.

No error repeats an address whole, nor what an engine says where that could quote the table.
"""

from __future__ import annotations

import glob
import logging
import os
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segmentation.errors import BadInput, NotReady, SegbotError
from segmentation.warehouse.address import Address, is_url, shown

if TYPE_CHECKING:
    from ibis.expr.types import Table

_DUCKDB: Final = "duckdb://"
_POSTGRES: Final = ("postgresql://", "postgres://", "postgresql+psycopg://")
_SPARK: Final = "spark://"
_LOCAL_SPARK: Final = "spark://local"
_PARQUET: Final = (".parquet", ".pq")
_LONGEST_REASON: Final = 300
# The classes of PostgreSQL's errors that are about the connection, the statement, names, rights, limits or the server.
_POSTGRES_PLAIN: Final = frozenset({"08", "0A", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58"})
_KINDS: Final = (
    "duckdb://path.duckdb, a .parquet file, a folder or pattern of them, postgresql://host/database, spark://host:port "
    "or spark://local"
)
# A query as long as a model's makes one large method of all its stages, which Java then does not compile: a quarter of
# the speed. Constraints, derived from all stages at once, take Spark minutes to find.
_SPARK_SETTINGS: Final = {
    "spark.sql.codegen.hugeMethodLimit": "8000",
    "spark.sql.constraintPropagation.enabled": "false",
}
_SPARK_LOGGERS: Final = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")


class Warehouse(ABC):
    """An open connection; use `open_warehouse`.

    Parameters
    ----------
    address
        Where the table is.
    writes
        Whether a table is to be written there.

    Attributes
    ----------
    dialect
        sqlglot's name of the engine's SQL.
    backend
        The Ibis backend.
    """

    dialect: str

    def __init__(self, address: Address, writes: bool) -> None:
        self.address, self.writes = address, writes
        self.backend: Any = self.connect()

    @abstractmethod
    def connect(self) -> Any:  # noqa: ANN401 - an Ibis backend; Ibis ships no types
        """Connect and return the Ibis backend."""

    @staticmethod
    @abstractmethod
    def is_plain(error: Exception) -> bool:
        """Say whether an error is of a kind that quotes no cell: it is about names, rights, files or the engine."""

    def close(self) -> None:
        """End the connection."""
        self.backend.disconnect()

    def table(self, name: str) -> Table:
        """Return a table by its name, as `Address.table` has it.

        Raises
        ------
        BadInput
            When there is none.
        """
        from ibis.common.exceptions import TableNotFound  # noqa: PLC0415 - only where it is used

        if not name:
            raise BadInput(f"{self.address.shown} needs the name of a table: --table NAME.")
        none = BadInput(f"{self.address.shown} has no table called {shown(name)}.")
        if is_url(name):
            raise none
        *before, last = self._parts(name)
        database = tuple(before) if len(before) > 1 else "".join(before) or None
        try:
            return self.backend.table(last, database=database)
        except TableNotFound:
            raise none from None

    def _parts(self, name: str) -> tuple[str, ...]:
        from segmentation.warehouse.sql import table_parts  # noqa: PLC0415 - only where it is used

        return table_parts(name, self.dialect)

    def _quoted(self, name: str) -> str:
        from segmentation.warehouse.sql import table_expression  # noqa: PLC0415 - only where it is used

        return table_expression(shown(name), self.dialect).sql(self.dialect)

    def _exists(self, name: str) -> bool:
        try:
            self.table(name)
        except BadInput:
            return False
        return True

    def _refuse_existing(self, into: str) -> BadInput:
        return BadInput(f"{shown(into)} is there already, and nothing is overwritten. Choose another name.")

    def write(self, table: Table, into: str) -> None:
        """Run a query and keep its result under a new name: all of it, or nothing.

        Raises
        ------
        BadInput
            When there is something of that name already.
        """
        query = self.backend.compile(table)
        if self._exists(into):
            raise self._refuse_existing(into)
        # One statement, so all or nothing.
        self.backend.raw_sql(f"CREATE TABLE {self._quoted(into)} AS {query}")

    def written(self, into: str) -> Table:
        """Return a table that `write` made."""
        return self.table(into)


@contextmanager
def open_warehouse(address: Address, *, writes: bool = False) -> Iterator[Warehouse]:
    """Connect to where a table is.

    Parameters
    ----------
    writes
        Whether a table is to be written there. Without, all queries see the same state, where the engine can do that.

    Raises
    ------
    BadInput
        When it is no address of a known kind, or a driver is not installed.
    NotReady
        When it cannot be reached.
    SegbotError
        When the engine refuses something; what it says is passed on, without any secret, where it can quote no cell.
    """
    kind, errors = _kind(address)
    if not address.regular:
        raise BadInput(f"In {address.shown} user or password hold @, /, ? or #: write %40, %2F, %3F or %23 instead.")
    try:
        warehouse = kind(address, writes)
    except errors as error:
        raise NotReady(f"{address.shown} cannot be reached: {_reason(error, address)}") from None
    try:
        yield warehouse
    except errors as error:
        plain = isinstance(error, _ibis_error()) or kind.is_plain(error)
        reason = _reason(error, address) if plain else f"{_named(error)}. What more it says could quote the table."
        raise SegbotError(f"{address.shown} could not do it: {reason}") from None
    finally:
        warehouse.close()


def _kind(address: Address) -> tuple[type[Warehouse], tuple[type[Exception], ...]]:
    """Tell the engine an address is of, and the errors it raises."""
    url = address.url
    if url.startswith(_POSTGRES):
        psycopg = _driver("psycopg", "PostgreSQL", "postgres")
        _driver("ibis.backends.postgres", "PostgreSQL", "postgres")
        return _Postgres, (psycopg.Error, _ibis_error())
    if url.startswith(_SPARK):
        pyspark = _driver("pyspark.errors", "Spark", "spark")
        _driver("ibis.backends.pyspark", "Spark", "spark")
        return _Spark, (pyspark.PySparkException, _driver("py4j.protocol", "Spark", "spark").Py4JError, _ibis_error())
    import duckdb  # noqa: PLC0415 - only where it is used

    if url.startswith(_DUCKDB):
        return _DuckDB, (duckdb.Error, _ibis_error())
    if "://" in url or not url:
        raise BadInput(f"{address.shown or 'Nothing'} is no address of a table. Known are {_KINDS}.")
    return _Parquet, (duckdb.Error, _ibis_error())


def _driver(module: str, engine: str, extra: str) -> Any:  # noqa: ANN401 - a module
    from importlib import import_module  # noqa: PLC0415 - only where it is used

    try:
        return import_module(module)
    except ImportError:
        raise BadInput(
            f"{engine} needs a driver that is not installed: .venv/bin/python -m pip install '.[{extra}]'."
        ) from None


def _ibis_error() -> type[Exception]:
    from ibis.common.exceptions import IbisError  # noqa: PLC0415 - only where it is used

    found: type[Exception] = IbisError
    return found


def _reason(error: Exception, address: Address) -> str:
    """Return what an engine says, in one line and without secrets."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    for secret in sorted(address.secrets, key=len, reverse=True):
        text = text.replace(secret, "…")
    return text[:_LONGEST_REASON].rstrip(".") + "."


def _named(error: Exception) -> str:
    """Return the kind of an error in words, and nothing of what it says."""
    condition = error.getCondition() if hasattr(error, "getCondition") else None
    return condition or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).replace("Exception", "Error")


class _DuckDB(Warehouse):
    """A DuckDB file."""

    dialect = "duckdb"

    def connect(self) -> Any:  # noqa: ANN401 - an Ibis backend; Ibis ships no types
        import ibis  # noqa: PLC0415 - only where it is used

        path = self.address.url.removeprefix(_DUCKDB)
        if not Path(path).is_file():
            raise BadInput(f"There is no DuckDB file {self.address.shown}.")
        return ibis.duckdb.connect(path, read_only=not self.writes)

    @staticmethod
    def is_plain(error: Exception) -> bool:
        import duckdb  # noqa: PLC0415 - only where it is used

        of_names = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
        return isinstance(error, (*of_names, duckdb.OperationalError, duckdb.PermissionException))

    def write(self, table: Table, into: str) -> None:
        if not into.endswith(_PARQUET):
            super().write(table, into)
            return
        target = Path(into)
        if target.exists():
            raise self._refuse_existing(into)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        try:
            literal = str(temporary).replace("'", "''")
            self.backend.raw_sql(f"COPY ({self.backend.compile(table)}) TO '{literal}' (FORMAT parquet)")
            os.link(temporary, target)  # unlike a rename this replaces nothing
        except FileExistsError:
            raise self._refuse_existing(into) from None
        finally:
            temporary.unlink(missing_ok=True)

    def written(self, into: str) -> Table:
        return self.backend.read_parquet(glob.escape(into)) if into.endswith(_PARQUET) else super().written(into)


class _Parquet(_DuckDB):
    """Parquet files, read by DuckDB in this process."""

    def connect(self) -> Any:  # noqa: ANN401 - an Ibis backend; Ibis ships no types
        import ibis  # noqa: PLC0415 - only where it is used

        return ibis.duckdb.connect()

    def table(self, name: str) -> Table:
        if name:
            raise BadInput("Parquet files are one table, which has no name: leave --table out.")
        return self._files(self.address.url)

    def _files(self, url: str) -> Table:
        import duckdb  # noqa: PLC0415 - only where it is used

        path, pattern = Path(url), url
        if path.exists():
            exact = glob.escape(url.rstrip("/"))
            pattern = f"{exact}/**/*.parquet" if path.is_dir() else exact
        elif not set("*?[") & set(url):
            raise BadInput(f"There is no file {url}.")
        try:
            return self.backend.read_parquet(pattern)
        except duckdb.InvalidInputException:
            raise BadInput(f"{url} holds something else than Parquet.") from None

    def write(self, table: Table, into: str) -> None:
        if not into.endswith(_PARQUET):
            raise BadInput(f"A result of Parquet files is one too, so {into} must end with .parquet.")
        super().write(table, into)


class _Postgres(Warehouse):
    """PostgreSQL."""

    dialect = "postgres"

    def connect(self) -> Any:  # noqa: ANN401 - an Ibis backend; Ibis ships no types
        import ibis  # noqa: PLC0415 - only where it is used
        import psycopg  # noqa: PLC0415 - only where it is used

        url = "postgresql://" + self.address.url.split("://", 1)[1]
        connection = psycopg.connect(url, autocommit=True, application_name="segbot", connect_timeout=10)
        backend = ibis.postgres.from_connection(connection)
        if not self.writes:
            backend.raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").close()
        return backend

    @staticmethod
    def is_plain(error: Exception) -> bool:
        import psycopg  # noqa: PLC0415 - only where it is used

        state = error.sqlstate if isinstance(error, psycopg.Error) else None
        return state[:2] in _POSTGRES_PLAIN if state else isinstance(error, psycopg.OperationalError)


class _Spark(Warehouse):
    """A Spark cluster, or Spark in this process with `spark://local`; tables of its catalogue, or paths of Parquet."""

    dialect = "spark"

    def connect(self) -> Any:  # noqa: ANN401 - an Ibis backend; Ibis ships no types
        import ibis  # noqa: PLC0415 - only where it is used
        from pyspark.logger import PySparkLogger  # noqa: PLC0415 - only where it is used

        # Errors are logged with the cells they quote, by Spark itself and by its client in Python.
        self.session.sparkContext.setLogLevel("FATAL")
        for name in _SPARK_LOGGERS:
            PySparkLogger.getLogger(name).setLevel(logging.CRITICAL + 1)
        for name, value in _SPARK_SETTINGS.items():
            self.session.conf.set(name, value)
        return ibis.pyspark.connect(self.session)

    @staticmethod
    def is_plain(error: Exception) -> bool:
        from pyspark.errors import AnalysisException  # noqa: PLC0415 - only where it is used

        return isinstance(error, AnalysisException)

    @cached_property
    def session(self) -> Any:  # noqa: ANN401 - pyspark is an extra, and loaded only here
        from pyspark.sql import SparkSession  # noqa: PLC0415 - only where it is used

        master = "local[*]" if self.address.url == _LOCAL_SPARK else self.address.url
        builder = SparkSession.builder.appName("segbot").master(master)
        # Its page would listen on a port of all interfaces.
        builder = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
        return builder.getOrCreate()

    def close(self) -> None:
        self.session.stop()

    def table(self, name: str) -> Table:
        if "/" not in name:
            return super().table(name)
        if not self._there(name):
            raise BadInput(f"{self.address.shown} cannot be read: there is nothing at {shown(name)}.")
        view = f"segbot_{secrets.token_hex(4)}"
        self.session.read.parquet(name).createOrReplaceTempView(view)
        return self.backend.table(view)

    def write(self, table: Table, into: str) -> None:
        if "/" not in into:
            if self._exists(into):
                raise self._refuse_existing(into)
            self.session.sql(self.backend.compile(table)).write.saveAsTable(self._quoted(into))
            return
        if self._there(into):
            raise self._refuse_existing(into)
        temporary = f"{into.rstrip('/')}.{secrets.token_hex(4)}.part"
        files, path = self._files(into)
        try:
            self.session.sql(self.backend.compile(table)).write.parquet(temporary)
            if self._there(into) or not files.rename(path(temporary), path(into)):
                raise self._refuse_existing(into)
            # A folder that came in between takes the result in, and that counts as a success.
            inside = path(f"{into.rstrip('/')}/{Path(temporary).name}")
            if files.exists(inside):
                files.delete(inside, True)
                raise self._refuse_existing(into)
        finally:
            files.delete(path(temporary), True)

    def _there(self, name: str) -> bool:
        files, path = self._files(name)
        return bool(files.exists(path(name)))

    def _files(self, name: str) -> tuple[Any, Any]:
        """Return Hadoop's file system of a path, and its class of paths."""
        java = self.session.sparkContext._jvm
        path = java.org.apache.hadoop.fs.Path
        return path(name).getFileSystem(self.session.sparkContext._jsc.hadoopConfiguration()), path
