"""Keeps snapshots: in a database file on this machine, or in the PostgreSQL database that replicas share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from segmentation.databases.transactions import FileDatabase, SharedDatabase
from segmentation.movement.snapshot import About, Snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from segmentation.databases.transactions import Database

# Both databases take values of 1 GB at most, and hold a value in memory whole, several times over.
_PIECE: Final = 4 << 20
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS snapshots"
    " (id TEXT PRIMARY KEY, team TEXT NOT NULL, taken REAL NOT NULL, about TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS snapshot_pieces"
    " (id TEXT NOT NULL REFERENCES snapshots ON DELETE CASCADE, number INTEGER NOT NULL, content BLOB NOT NULL,"
    " PRIMARY KEY (id, number))",
)


class SnapshotStore:
    """Snapshots of all workspaces. Each call is one transaction, and raises NoDatabase if there is no database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, snapshot: Snapshot) -> None:
        """Keep a snapshot; it replaces the one of the same id."""
        about, data = snapshot.about, snapshot.to_bytes()
        with self._database.transaction() as execute:
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
        with self._database.transaction() as execute:
            rows = execute("SELECT about FROM snapshots WHERE team = ? ORDER BY taken, id", [team])
        return [About.from_data(json.loads(about)) for (about,) in rows]

    def load(self, about: About) -> Snapshot | None:
        """Return a snapshot with its customers; None if it has been forgotten meanwhile.

        Raises
        ------
        BrokenArtifact
            When it is damaged.
        """
        with self._database.transaction() as execute:
            pieces = execute("SELECT content FROM snapshot_pieces WHERE id = ? ORDER BY number", [about.id])
        return Snapshot.from_bytes(about, b"".join(bytes(piece) for (piece,) in pieces)) if pieces else None

    def forget(self, team: str) -> int:
        """Delete all snapshots of a workspace; return how many there were."""
        with self._database.transaction() as execute:
            return len(execute("DELETE FROM snapshots WHERE team = ? RETURNING id", [team]))

    def forget_before(self, moment: float) -> int:
        """Delete all snapshots taken before a moment, in seconds since the epoch; return how many there were."""
        with self._database.transaction() as execute:
            return len(execute("DELETE FROM snapshots WHERE taken < ? RETURNING id", [moment]))


class FileStore(SnapshotStore):
    """Snapshots in an SQLite file, which its owner alone can read.

    Parameters
    ----------
    path
        The file; made on first use.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(FileDatabase(path, _TABLES))


class PostgresStore(SnapshotStore):
    """Snapshots in the shared database.

    Parameters
    ----------
    address
        The database, as libpq takes it: ``postgresql://…``.
    """

    def __init__(self, address: str) -> None:
        super().__init__(SharedDatabase(address))


def open_store(state_dir: Path, address: str = "") -> SnapshotStore:
    """Open the store in a database that replicas share, as libpq takes it, or without one in the state folder."""
    return PostgresStore(address) if address else FileStore(state_dir / "movement.sqlite")
