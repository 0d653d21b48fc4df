"""What every warehouse engine offers: connect, name a table, write a result whole or not at all.

An engine's module holds one subclass of `Warehouse`; `connections` lists the modules.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final

from ibis.common.exceptions import IbisError, TableNotFound

from segmentation.errors import BadInput, SegbotError
from segmentation.warehouse.address import Address, is_url, shown
from segmentation.warehouse.sql import table_expression, table_parts

if TYPE_CHECKING:
    from ibis.expr.types import Table

_LONGEST_REASON: Final = 300


class Warehouse(ABC):
    """An open connection; use `connections.open_warehouse`.

    Parameters
    ----------
    address
        The table's address.
    writes
        Whether the caller will write a table there.

    Attributes
    ----------
    dialect
        sqlglot's name of the engine's SQL.
    errors
        The exceptions that the engine's own driver raises; Ibis's are added to them.
    backend
        The Ibis backend.
    """

    dialect: ClassVar[str]
    errors: ClassVar[tuple[type[Exception], ...]]

    def __init__(self, address: Address, writes: bool) -> None:
        self.address, self.writes = address, writes
        self.backend: Any = self.connect()

    @abstractmethod
    def connect(self) -> Any:  # noqa: ANN401 - an Ibis backend; Ibis ships no types
        """Connect and return the Ibis backend."""

    @staticmethod
    @abstractmethod
    def quotes_no_cell(error: Exception) -> bool:
        """Say whether an error is about names, rights, files or the engine, so that its text repeats no cell."""

    def close(self) -> None:
        """End the connection."""
        self.backend.disconnect()

    def table(self, name: str) -> Table:
        """Return a table by its name, written as in `Address.table`.

        Raises
        ------
        BadInput
            When there is no such table.
        """
        if not name:
            raise BadInput(f"Which table of {self.address.shown}? Name it with --table NAME.")
        missing = BadInput(f"{self.address.shown} has no table called {shown(name)}.")
        if is_url(name):
            raise missing
        *before, last = table_parts(name, self.dialect)
        database = tuple(before) if len(before) > 1 else "".join(before) or None
        try:
            return self.backend.table(last, database=database)
        except TableNotFound:
            raise missing from None

    def write(self, table: Table, into: str) -> None:
        """Run a query and keep its result under a new name: all of it, or nothing.

        Raises
        ------
        BadInput
            When the name is taken.
        """
        query = self.backend.compile(table)
        # Asked only for a clear message: if somebody makes the table after this, CREATE TABLE refuses.
        if self.exists(into):
            raise refuse_existing(into)
        # A single statement either completes or leaves nothing behind.
        self.backend.raw_sql(f"CREATE TABLE {self.quoted(into)} AS {query}")

    def written(self, into: str) -> Table:
        """Return a table that `write` made."""
        return self.table(into)

    def exists(self, name: str) -> bool:
        """Say whether there is a table of that name."""
        try:
            self.table(name)
        except BadInput:
            return False
        return True

    def quoted(self, name: str) -> str:
        """Return a table's name for use in a statement, every part quoted."""
        return table_expression(shown(name), self.dialect).sql(self.dialect)

    @contextmanager
    def explaining_errors(self) -> Iterator[None]:
        """Raise a `SegbotError` in place of an error of the engine's, quoting it only if it can repeat no cell."""
        try:
            yield
        except (*self.errors, IbisError) as error:
            safe = isinstance(error, IbisError) or self.quotes_no_cell(error)
            what = reason(error, self.address) if safe else f"{_kind(error)}. The rest is left out: it may quote a row."
            # `from None`: a traceback would print the engine's own text, cells included.
            raise SegbotError(f"{self.address.shown} reported an error: {what}") from None


def refuse_existing(name: str) -> BadInput:
    """Return the error for a result's name that is taken."""
    return BadInput(f"{shown(name)} already exists and is not overwritten. Choose another name.")


def reason(error: Exception, address: Address) -> str:
    """Return the first line of an engine's message, cut to a sentence's length and without the address's secrets."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    # The longest go first: a short secret may be part of a longer one, whose rest would stay.
    for secret in sorted(address.secrets, key=len, reverse=True):
        text = text.replace(secret, "…")
    return text[:_LONGEST_REASON].rstrip(".") + "."


def _kind(error: Exception) -> str:
    """Return the kind of an error in words, without its message."""
    # Spark's errors have the name of a condition, such as DIVIDE_BY_ZERO, which quotes nothing.
    condition = error.getCondition() if hasattr(error, "getCondition") else None
    return condition or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).replace("Exception", "Error")
