"""Spark as a warehouse: tables of its catalogue, or Parquet at a path that its file systems know."""

from __future__ import annotations

import logging
import secrets
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import ibis
import ibis.backends.pyspark  # Ibis would load its driver only on connecting, too late to name the missing extra
from py4j.protocol import Py4JError
from pyspark.errors import AnalysisException, PySparkException
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

from segmentation.errors import BadInput
from segmentation.warehouse.address import shown
from segmentation.warehouse.engine import Warehouse, refuse_existing

if TYPE_CHECKING:
    from ibis.expr.types import Table

_LOCAL: Final = "spark://local"
# Spark generates one large method for a query as long as a model's, which Java would not compile: a quarter of the
# speed. Spark derives constraints from all stages at once, which takes minutes.
_SETTINGS: Final = {
    "spark.sql.codegen.hugeMethodLimit": "8000",
    "spark.sql.constraintPropagation.enabled": "false",
}
_LOGGERS: Final = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")


class Spark(Warehouse):
    """A Spark cluster, or Spark in this process with `spark://local`."""

    dialect: ClassVar[str] = "spark"
    errors: ClassVar[tuple[type[Exception], ...]] = (PySparkException, Py4JError)

    def connect(self) -> Any:  # noqa: ANN401 - an Ibis backend; Ibis ships no types
        """Start or find the session and quiet its logs."""
        # Spark and its Python client log errors with the cells they quote.
        self.session.sparkContext.setLogLevel("FATAL")
        for name in _LOGGERS:
            PySparkLogger.getLogger(name).setLevel(logging.CRITICAL + 1)
        for name, value in _SETTINGS.items():
            self.session.conf.set(name, value)
        return ibis.pyspark.connect(self.session)

    @staticmethod
    def quotes_no_cell(error: Exception) -> bool:
        """Allow errors found before any row is read: those about names, paths and types."""
        return isinstance(error, AnalysisException)

    @cached_property
    def session(self) -> SparkSession:
        """The Spark session, started on first use."""
        master = "local[*]" if self.address.url == _LOCAL else self.address.url
        builder = SparkSession.builder.appName("segbot").master(master)
        # Spark's web page would listen on a port of all interfaces.
        builder = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
        return builder.getOrCreate()

    def close(self) -> None:
        """Stop the session."""
        self.session.stop()

    def table(self, name: str) -> Table:
        """Return a table of the catalogue, or the Parquet at a path; BadInput when there is none."""
        if "/" not in name:
            return super().table(name)
        if not self._path_exists(name):
            raise BadInput(f"{self.address.shown} can't be read: there is nothing at {shown(name)}.")
        view = f"segbot_{secrets.token_hex(4)}"
        self.session.read.parquet(name).createOrReplaceTempView(view)
        return self.backend.table(view)

    def write(self, table: Table, into: str) -> None:
        """Write into a new table, or as Parquet under a new path; BadInput when the name is taken."""
        if "/" in into:
            self._write_files(table, into)
            return
        if self.exists(into):
            raise refuse_existing(into)
        self.session.sql(self.backend.compile(table)).write.saveAsTable(self.quoted(into))

    def _write_files(self, table: Table, into: str) -> None:
        """Write Parquet under a temporary name, then rename it, so that a failure leaves nothing behind."""
        if self._path_exists(into):
            raise refuse_existing(into)
        temporary = f"{into.rstrip('/')}.{secrets.token_hex(4)}.part"
        files, path = self._files(into)
        try:
            self.session.sql(self.backend.compile(table)).write.parquet(temporary)
            if self._path_exists(into) or not files.rename(path(temporary), path(into)):
                raise refuse_existing(into)
            # If somebody made that folder meanwhile, Hadoop moves the result into it and reports success.
            inside = path(f"{into.rstrip('/')}/{Path(temporary).name}")
            if files.exists(inside):
                files.delete(inside, True)
                raise refuse_existing(into)
        finally:
            files.delete(path(temporary), True)

    def _path_exists(self, name: str) -> bool:
        files, path = self._files(name)
        return bool(files.exists(path(name)))

    def _files(self, name: str) -> tuple[Any, Any]:
        """Return Hadoop's file system of a path, and Hadoop's class of paths."""
        context: Any = self.session.sparkContext
        path = context._jvm.org.apache.hadoop.fs.Path
        return path(name).getFileSystem(context._jsc.hadoopConfiguration()), path
