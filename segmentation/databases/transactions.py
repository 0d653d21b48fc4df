"""Transactions on what the bot remembers: in an SQLite file on this machine, or in the database that replicas share."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

import psycopg

from segmentation.databases.connection import connect
from segmentation.databases.migrations import migrate
from segmentation.errors import NoDatabase

if TYPE_CHECKING:
    from pathlib import Path

# Runs one statement, with ? for each value, and returns its rows.
Execute = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
_BUSY_SECONDS: Final = 30.0


class Database(Protocol):
    """Where rows are kept."""

    def transaction(self) -> AbstractContextManager[Execute]:
        """Open a connection and one transaction on it, which is undone if the block raises.

        Raises
        ------
        NoDatabase
            When the database cannot be used.
        """
        ...


class FileDatabase:
    """An SQLite file, which its owner alone can read.

    Parameters
    ----------
    path
        The file; made on first use.
    tables
        The statements that make the tables it lacks.
    """

    def __init__(self, path: Path, tables: Sequence[str]) -> None:
        self._path = path
        self._tables = tables

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        """Open the file and one transaction."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # SQLite would make it readable for everybody.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
                # Without the first, what is deleted would stay in the file until something else takes its place.
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("BEGIN IMMEDIATE")
                for table in self._tables:
                    connection.execute(table)
                yield lambda statement, values: connection.execute(statement, values).fetchall()
                # Closing a connection undoes what was not committed.
                connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise NoDatabase(type(error).__name__) from error


class SharedDatabase:
    """The PostgreSQL database that replicas share; `migrations` makes its tables.

    Parameters
    ----------
    address
        The database, as libpq takes it: ``postgresql://…``.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    @contextmanager
    def transaction(self) -> Iterator[Execute]:
        """Connect, bring the schema up to date, and open one transaction."""
        try:
            with closing(connect(self._address)) as connection:
                migrate(connection)
                with connection.transaction():
                    connection.execute("SET LOCAL search_path = segbot")
                    yield lambda statement, values: _rows(connection.execute(_as_psycopg(statement), values))
        except psycopg.Error as error:
            raise NoDatabase(type(error).__name__) from error


def _as_psycopg(statement: str) -> bytes:
    # As bytes, for psycopg's types ask for literal text.
    return statement.replace("?", "%s").encode()


def _rows(cursor: psycopg.Cursor) -> list[tuple[Any, ...]]:
    return cursor.fetchall() if cursor.description else []
