"""Keeps watches: in a database file on this machine, or in the PostgreSQL database that replicas share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from segmentation.databases.transactions import FileDatabase, SharedDatabase
from segmentation.watching.watch import Kind, Seen, Watch

if TYPE_CHECKING:
    from pathlib import Path

    from segmentation.databases.transactions import Database

_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS watches"
    " (team TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, about TEXT NOT NULL, ran REAL NOT NULL,"
    " seen TEXT NOT NULL, checked REAL NOT NULL, PRIMARY KEY (team, kind, name))",
)


class WatchStore:
    """Watches of all workspaces. Each call is one transaction, and raises NoDatabase if there is no database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, state_dir: Path, address: str = "") -> WatchStore:
        """Open the store in a database that replicas share, as libpq takes it, or without one in the state folder."""
        return cls(SharedDatabase(address) if address else FileDatabase(state_dir / "watches.sqlite", _TABLES))

    def put(self, watch: Watch) -> None:
        """Keep a watch; it takes the place of the workspace's one of that kind for that table, and of what that saw."""
        with self._database.transaction() as execute:
            execute("DELETE FROM watches WHERE team = ? AND kind = ? AND name = ?", _key(watch))
            execute(
                "INSERT INTO watches (team, kind, name, about, ran, seen, checked) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    *_key(watch),
                    json.dumps(watch.to_data()),
                    watch.ran,
                    json.dumps(watch.seen.to_data()),
                    watch.seen.checked,
                ],
            )

    def change(self, watch: Watch) -> bool:
        """Keep what somebody set anew, and what was seen as it is; return whether the watch is still there."""
        with self._database.transaction() as execute:
            statement = "UPDATE watches SET about = ? WHERE team = ? AND kind = ? AND name = ? RETURNING name"
            return bool(execute(statement, [json.dumps(watch.to_data()), *_key(watch)]))

    def every(self) -> list[Watch]:
        """Return all watches of all workspaces."""
        with self._database.transaction() as execute:
            return list(map(_watch, execute("SELECT about, ran, seen FROM watches ORDER BY team, name, kind", [])))

    def of(self, team: str) -> list[Watch]:
        """Return a workspace's watches, by table."""
        with self._database.transaction() as execute:
            rows = execute("SELECT about, ran, seen FROM watches WHERE team = ? ORDER BY name, kind", [team])
        return list(map(_watch, rows))

    def find(self, team: str, kind: Kind, table: str) -> Watch | None:
        """Return one watch; None if there is none, or it was deleted."""
        with self._database.transaction() as execute:
            statement = "SELECT about, ran, seen FROM watches WHERE team = ? AND kind = ? AND name = ?"
            rows = execute(statement, [team, kind.value, table])
        return _watch(rows[0]) if rows else None

    def delete(self, team: str, kind: Kind, table: str) -> bool:
        """Delete one watch; return whether it was there."""
        with self._database.transaction() as execute:
            statement = "DELETE FROM watches WHERE team = ? AND kind = ? AND name = ? RETURNING name"
            return bool(execute(statement, [team, kind.value, table]))

    def take_up(self, watch: Watch, due: float) -> None:
        """Note which due moment was taken up last, unless somebody has noted another since the watch was read."""
        with self._database.transaction() as execute:
            execute(
                "UPDATE watches SET ran = ? WHERE team = ? AND kind = ? AND name = ? AND ran = ?",
                [due, *_key(watch), watch.ran],
            )

    def note(self, watch: Watch, seen: Seen) -> None:
        """Keep what a check has seen, unless another check was noted, or the watch changed, since it was read."""
        with self._database.transaction() as execute:
            execute(
                "UPDATE watches SET seen = ?, checked = ? WHERE team = ? AND kind = ? AND name = ? AND checked = ?",
                [json.dumps(seen.to_data()), seen.checked, *_key(watch), watch.seen.checked],
            )

    def forget(self, team: str) -> int:
        """Delete all watches of a workspace; return how many there were."""
        with self._database.transaction() as execute:
            return len(execute("DELETE FROM watches WHERE team = ? RETURNING name", [team]))


def _key(watch: Watch) -> list[Any]:
    return [watch.team, watch.kind.value, watch.table]


def _watch(row: tuple[Any, ...]) -> Watch:
    about, ran, seen = row
    return Watch.from_data(json.loads(about), float(ran), Seen.from_data(json.loads(seen)))
