"""Keeps a workspace in a file: writes every change as it happens and reads them back at the next start.

The seed, which is kept too, makes the first people and channels again; the kept changes are applied to those.
"""

from __future__ import annotations

import dataclasses
import json
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from logging import getLogger
from pathlib import Path
from typing import Final

from bot.playground.workspace.feed import Change
from bot.playground.workspace.records import Channel, File, Json, Message, User, View
from bot.playground.workspace.workspace import Workspace

_log = getLogger(__name__)
_FORMAT: Final = 2
_PRIVATE: Final = 0o600
_TABLE: Final = (
    "CREATE TABLE kept (kind TEXT, channel TEXT, id TEXT, value TEXT, data BLOB, PRIMARY KEY (kind, channel, id))"
)
_PUT: Final = "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?)"
_DELETE: Final = "DELETE FROM kept WHERE kind = ? AND channel = ? AND id = ?"


Kept = Message | File | View | Channel | User


class CannotKeep(Exception):
    """The file cannot be used; the text says why and what to do."""


class Keep:
    """The file one workspace is kept in.

    Parameters
    ----------
    path
        The file; created if it does not exist. Only its owner can read it, since it holds what people wrote.

    Raises
    ------
    CannotKeep
        When the file has another format, or another playground is using it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(_PRIVATE)
        self._database = sqlite3.connect(path, isolation_level=None, timeout=0.5)
        self._workspace: Workspace | None = None
        try:
            self.seed = self._open()
            self._kept = [
                _READ[kind](json.loads(value), data)
                for kind, value, data in self._database.execute("SELECT kind, value, data FROM kept ORDER BY rowid")
            ]
        except (sqlite3.DatabaseError, KeyError, TypeError, ValueError) as error:
            self._database.close()
            raise CannotKeep(self._reason(error)) from None

    def attach(self, workspace: Workspace) -> None:
        """Restore what was kept into a workspace made with this file's seed, and write every change from now on."""
        for value in self._kept:
            _restore(workspace, value)
        self._kept.clear()
        self._workspace = workspace
        workspace.feed.listeners.append(self._heard)

    def close(self) -> None:
        """Stop writing and close the file."""
        if self._workspace is not None:
            with suppress(ValueError):
                self._workspace.feed.listeners.remove(self._heard)
        self._database.close()

    def _open(self) -> int:
        """Lock the file for this process and return its seed."""
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        # With NORMAL a power failure may lose the last changes but cannot damage the file: enough for a sandbox.
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        # A write lock from the start: only one playground may see that the file is new.
        self._database.execute("BEGIN IMMEDIATE")
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version not in (0, _FORMAT):
            raise sqlite3.DatabaseError(f"written by another version ({version})")
        if version == 0:
            self._database.execute(_TABLE)
            self._database.execute("CREATE TABLE seed (seed TEXT)")
            self._database.execute("INSERT INTO seed VALUES (?)", (str(secrets.randbits(63)),))
            self._database.execute(f"PRAGMA user_version = {_FORMAT}")
        (seed,) = self._database.execute("SELECT seed FROM seed").fetchone()
        self._database.execute("COMMIT")
        return int(seed)

    def _reason(self, error: Exception) -> str:
        if "locked" in str(error):
            return f"Another playground is using {self._path}. End it, or start without --keep."
        return f"{self._path} was not written by this playground ({error}). Remove it, or start without --keep."

    def _heard(self, change: Change) -> None:
        try:
            self._write(change)
        except sqlite3.Error as error:
            # A full disk must not end the session: it goes on in memory, and the log says so once.
            _log.error("the playground is no longer kept", extra={"file": str(self._path), "failure": str(error)})
            self.close()

    def _write(self, change: Change) -> None:
        workspace = self._workspace
        if workspace is None:
            return
        message = change.message
        if change.kind == "deleted" and message is not None:
            self._database.execute(_DELETE, ("message", message.channel, message.ts))
        elif change.kind == "message" and message is not None:
            self._put("message", message.channel, message.ts, message)
        elif change.kind == "file":
            self._file(workspace.files.by_id.get(change.id), change.id)
        elif change.kind == "view" and workspace.views[change.id].type == "home":
            # Only Home tabs: a modal ends with the page it was opened on.
            self._put("view", "", change.id, workspace.views[change.id])
        elif change.kind == "channel":
            self._put("channel", "", change.id, workspace.channels[change.id])
        elif change.kind == "user":
            self._put("user", "", change.id, workspace.users[change.id])

    def _file(self, file: File | None, name: str) -> None:
        if file is None:
            self._database.execute(_DELETE, ("file", "", name))
        else:
            self._put("file", "", name, dataclasses.replace(file, data=None), file.data)

    def _put(self, kind: str, channel: str, name: str, value: Kept, data: bytes | None = None) -> None:
        text = json.dumps(_plain(value))
        self._database.execute(_PUT, (kind, channel, name, text, data))


def _plain(value: Kept) -> Json:
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return {name: sorted(item) if isinstance(item, frozenset) else item for name, item in fields.items()}


def _message(kept: Json, _data: bytes | None) -> Message:
    lists = {name: tuple(kept[name]) for name in ("blocks", "files", "attachments")}
    return Message(**{**kept, **lists})


def _channel(kept: Json, _data: bytes | None) -> Channel:
    return Channel(**{**kept, "members": frozenset(kept["members"])})


def _file(kept: Json, data: bytes | None) -> File:
    reshares = tuple((channel, ts) for channel, ts in kept.get("reshares", ()))
    return File(**{**kept, "data": data, "reshares": reshares})


_READ: Final[dict[str, Callable[[Json, bytes | None], Kept]]] = {
    "message": _message,
    "file": _file,
    "view": lambda kept, _data: View(**kept),
    "channel": _channel,
    "user": lambda kept, _data: User(**{**kept, "teams": tuple(kept.get("teams", ()))}),
}


def _restore(workspace: Workspace, value: Kept) -> None:
    match value:
        case Message():
            workspace.put(value)
        case File():
            workspace.files.restore(value)
        case View():
            workspace.put_view(value)
        case Channel():
            workspace.put_channel(value)
        case User():
            workspace.put_user(value)
