"""An address → an open warehouse: which engine it names, and how its errors reach people.

No error repeats a whole address, nor what an engine says if that could quote the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Final, cast

from ibis.common.exceptions import IbisError

from segmentation.errors import BadInput, NotReady
from segmentation.warehouse.address import Address
from segmentation.warehouse.engine import Warehouse, reason


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine of the table below.

    Parameters
    ----------
    title
        The engine's name in messages.
    schemes
        How its addresses begin.
    example
        Its addresses, as the message about an unsupported one shows them.
    module, kind
        The module of this package and its subclass of `Warehouse`.
    extra
        The optional dependency that brings its driver; empty if the driver is always installed.
    """

    title: str
    schemes: tuple[str, ...]
    example: str
    module: str
    kind: str
    extra: str = ""


# To add an engine, write its module and add a line here.
ENGINES: Final = (
    Engine("DuckDB", ("duckdb://",), "duckdb://path.duckdb", "duckdb_engine", "DuckDB"),
    Engine("Parquet", (), "a .parquet file, a folder or pattern of them", "parquet_engine", "Parquet"),
    Engine(
        "PostgreSQL",
        ("postgresql://", "postgres://", "postgresql+psycopg://"),
        "postgresql://host/database",
        "postgres_engine",
        "Postgres",
        extra="postgres",
    ),
    Engine("Spark", ("spark://",), "spark://host:port or spark://local", "spark_engine", "Spark", extra="spark"),
)


@contextmanager
def open_warehouse(address: Address, *, writes: bool = False) -> Iterator[Warehouse]:
    """Connect to the engine that holds a table.

    Parameters
    ----------
    writes
        Whether the caller will write a table there. If not, all queries see the same state, in engines that can do
        that.

    Raises
    ------
    BadInput
        When the address is of no supported kind, or a driver is not installed.
    NotReady
        When the engine cannot be reached.
    SegbotError
        When the engine refuses a query; its message is passed on without secrets if it can quote no cell.
    """
    kind = load(_engine_of(address))
    if not address.regular:
        raise BadInput(f"In {address.shown} the user or password has @, /, ? or #: write %40, %2F, %3F or %23 instead.")
    try:
        warehouse = kind(address, writes)
    except (*kind.errors, IbisError) as error:
        # `from None`: a traceback would print the driver's own text, which may hold the password.
        raise NotReady(f"{address.shown} can't be reached: {reason(error, address)}") from None
    try:
        with warehouse.explaining_errors():
            yield warehouse
    finally:
        warehouse.close()


def load(engine: Engine) -> type[Warehouse]:
    """Import an engine's module: only here, since each loads a large driver that most installations do without.

    Raises
    ------
    BadInput
        When the driver is not installed.
    """
    try:
        module = import_module(f"segmentation.warehouse.{engine.module}")
    except ImportError:
        if not engine.extra:
            # Its driver is always installed, so this is a broken installation and not a missing extra.
            raise
        raise BadInput(
            f"{engine.title} needs a driver that is not installed: .venv/bin/python -m pip install '.[{engine.extra}]'."
        ) from None
    return cast("type[Warehouse]", getattr(module, engine.kind))


def _engine_of(address: Address) -> Engine:
    url = address.url
    for engine in ENGINES:
        # Files are named by a path or pattern, without a scheme.
        if url.startswith(engine.schemes) or (url and not engine.schemes and "://" not in url):
            return engine
    known = ", ".join(engine.example for engine in ENGINES)
    raise BadInput(f"{address.shown or 'An empty text'} is not a supported table address. Use {known}.")
