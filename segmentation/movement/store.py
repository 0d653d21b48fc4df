"""Keeps snapshots: in a database file on this machine, or in the PostgreSQL database that replicas share."""

from __future__ import annotations

import json
import os
import sqlite3
from abc import ABC, abstractmethod
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg

from segmentation.database import connect
from segmentation.errors import NoDatabase
from segmentation.migrations import migrate
from segmentation.movement.snapshot import About, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    # Runs one statement, with ? for each value, and returns its rows.
    Execute = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

# Both databases take values of 1 GB at most, and hold a value in memory whole, several times over.
_PIECE: Final = 4 << 20
_BUSY_SECONDS: Final = 30.0
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS snapshots"
    " (id TEXT PRIMARY KEY, team TEXT NOT NULL, taken REAL NOT NULL, about TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS snapshot_pieces"
    " (id TEXT NOT NULL REFERENCES snapshots ON DELETE CASCADE, number INTEGER NOT NULL, content BLOB NOT NULL,"
    " PRIMARY KEY (id, number))",
)


class SnapshotStore(ABC):
    """Snapshots of all workspaces. Each call is one transaction."""

    def add(self, snapshot: Snapshot) -> None:
        """Keep a snapshot; it replaces the one of the same id."""
        about, data = snapshot.about, snapshot.to_bytes()
        with self._transaction() as execute:
            execute("DELETE FROM snapshots WHERE id = ?", [about.id])
            execute(
                "INSERT INTO snapshots (id, team, taken, about) VALUES (?, ?, ?, ?)",
                [about.id, about.team, about.taken, json.dumps(about.to_data())],
            )
            for number, start in enumerate(range(0, len(data), _PIECE)):
                execute(
                    "INSERT INTO snapshot_pieces (id, number, content) VALUES (?, ?, ?)",
                    [about.id, number, data[start : start + _PIECE]],
                )

    def abouts(self, team: str) -> list[About]:
        """Return what is known of a workspace's snapshots, the oldest first."""
        with self._transaction() as execute:
            rows = execute("SELECT about FROM snapshots WHERE team = ? ORDER BY taken, id", [team])
        return [About.from_data(json.loads(about)) for (about,) in rows]

    def load(self, about: About) -> Snapshot | None:
        """Return a snapshot with its customers; None if it has been forgotten meanwhile.

        Raises
        ------
        BrokenArtifact
            When it is damaged.
        """
        with self._transaction() as execute:
            pieces = execute("SELECT content FROM snapshot_pieces WHERE id = ? ORDER BY number", [about.id])
        return Snapshot.from_bytes(about, b"".join(bytes(piece) for (piece,) in pieces)) if pieces else None

    def forget(self, team: str) -> int:
        """Delete all snapshots of a workspace; return how many there were."""
        with self._transaction() as execute:
            return len(execute("DELETE FROM snapshots WHERE team = ? RETURNING id", [team]))

    def forget_before(self, moment: float) -> int:
        """Delete all snapshots taken before a moment, in seconds since the epoch; return how many there were."""
        with self._transaction() as execute:
            return len(execute("DELETE FROM snapshots WHERE taken < ? RETURNING id", [moment]))

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[Execute]:
        """Open a connection and one transaction on it, which is undone if the block raises."""


class FileStore(SnapshotStore):
    """Snapshots in an SQLite file, which its owner alone can read.

    Parameters
    ----------
    path
        The file; made on first use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def _transaction(self) -> Iterator[Execute]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # SQLite would make it readable for everybody.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
                # Without the first, what is deleted would stay in the file until something else takes its place.
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("BEGIN IMMEDIATE")
                for table in _TABLES:
                    connection.execute(table)
                yield lambda statement, values: connection.execute(statement, values).fetchall()
                # Closing a connection undoes what was not committed.
                connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise NoDatabase(type(error).__name__) from error


class PostgresStore(SnapshotStore):
    """Snapshots in the shared database.

    Parameters
    ----------
    address
        The database, as libpq takes it: ``postgresql://…``.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    @contextmanager
    def _transaction(self) -> Iterator[Execute]:
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


def open_store(state_dir: Path, address: str = "") -> SnapshotStore:
    """Open the store in a database that replicas share, as libpq takes it, or without one in the state folder."""
    return PostgresStore(address) if address else FileStore(state_dir / "movement.sqlite")
