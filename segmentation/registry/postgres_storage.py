"""The storage in a PostgreSQL database that replicas share, with a local cache of artifacts."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import threading
import weakref
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import psycopg

from segmentation.databases.connection import REGISTRY_LOCK, connect
from segmentation.databases.migrations import migrate
from segmentation.errors import BrokenArtifact, NoDatabase
from segmentation.registry.audit import AuditEntry, encoded, entry_of
from segmentation.registry.folder_storage import OpenFolder
from segmentation.registry.storage import StoredFiles, unusable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

_MOST_IDLE: Final = 2


class PostgresStorage:
    """Versions, pointer and log as tables of the schema `segbot`, made there on first use.

    A change is one transaction under one lock, so pointer and log never differ and a crash leaves nothing behind.

    Parameters
    ----------
    address
        The database, as libpq takes it: ``postgresql://…``.
    cache
        A local folder for artifacts; losing it costs a download, no more.
    """

    def __init__(self, address: str, cache: Path) -> None:
        self._address = address
        self._cache = cache
        # A deque's `append` and `pop` are atomic, so threads need no lock here.
        self._idle: deque[psycopg.Connection] = deque()
        # Only the thread that makes a change sees it before it is committed.
        self._change = threading.local()
        # Given the deque and not `self`, which the finalizer would keep alive for ever.
        weakref.finalize(self, _close, self._idle)

    def versions(self) -> list[str]:
        """See `Storage`."""
        with self._connection() as connection:
            return [name for (name,) in connection.execute("SELECT version FROM segbot.versions")]

    def holds(self, version: str) -> bool:
        """See `Storage`."""
        with self._connection() as connection:
            found = connection.execute("SELECT 1 FROM segbot.versions WHERE version = %s", (version,))
            return found.fetchone() is not None

    def open(self, version: str) -> AbstractContextManager[StoredFiles]:
        """See `Storage`."""
        return self._open(version)

    def pointer(self) -> str | None:
        """See `Storage`."""
        with self._connection() as connection:
            row = connection.execute("SELECT version FROM segbot.pointer").fetchone()
            return None if row is None else str(row[0])

    def log(self) -> list[AuditEntry]:
        """See `Storage`."""
        with self._connection() as connection:
            return [entry_of(data) for (data,) in connection.execute("SELECT entry FROM segbot.log ORDER BY id")]

    @contextmanager
    def changing(self) -> Iterator[None]:
        """See `Storage`. The pointer's row is locked too, so nobody can move it in SQL meanwhile.

        Raises
        ------
        NoDatabase
            When the database cannot be used; nothing was changed then.
        """
        with self._connection() as connection, connection.transaction():
            # The row alone would not do: before the first promotion there is none to lock.
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (REGISTRY_LOCK,))
            connection.execute("SELECT version FROM segbot.pointer FOR UPDATE")
            self._change.connection = connection
            try:
                yield
            finally:
                del self._change.connection

    def add(self, files: Mapping[str, bytes], entry: AuditEntry) -> None:
        """See `Storage`."""
        version = entry.version
        rows = [(version, name, hashlib.sha256(data).hexdigest(), data) for name, data in files.items()]
        with self._connection() as connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO segbot.versions (version) VALUES (%s)", (version,))
            cursor.executemany(
                "INSERT INTO segbot.files (version, name, sha256, content) VALUES (%s, %s, %s, %s)", rows
            )
        self.append(entry)

    def remove(self, version: str) -> None:
        """See `Storage`."""
        with self._connection() as connection:
            connection.execute("DELETE FROM segbot.versions WHERE version = %s", (version,))
        # If the transaction fails after this, the next read fills the cache again.
        shutil.rmtree(self._cache / version, ignore_errors=True)

    def move(self, entry: AuditEntry) -> None:
        """See `Storage`."""
        with self._connection() as connection:
            connection.execute(
                "INSERT INTO segbot.pointer (version) VALUES (%s)"
                " ON CONFLICT (single) DO UPDATE SET version = excluded.version",
                (entry.version,),
            )
        self.append(entry)

    def append(self, entry: AuditEntry) -> None:
        """See `Storage`."""
        with self._connection() as connection:
            connection.execute("INSERT INTO segbot.log (entry) VALUES (%s)", (encoded(entry).decode(),))

    def sweep(self) -> None:
        """See `Storage`: the database holds nothing half done; the cache may hold versions that are gone."""
        known = set(self.versions())
        for path in self._cache.iterdir() if self._cache.is_dir() else ():
            if path.name not in known:
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _open(self, version: str) -> Iterator[StoredFiles]:
        with self._connection() as connection:
            rows = connection.execute("SELECT name, sha256 FROM segbot.files WHERE version = %s", (version,)).fetchall()
        if not rows:
            raise unusable(version, "it is not in the database any more")
        yield _CachedFiles(self, self._cache / version, dict(rows))

    def fetch(self, version: str, name: str, most: int) -> bytes:
        """Return a file's bytes from the database.

        Raises
        ------
        BrokenArtifact
            When it is gone, or holds more than `most` bytes.
        """
        with self._connection() as connection:
            # The server checks the size, so a file that is too large is not even sent.
            row = connection.execute(
                "SELECT content FROM segbot.files WHERE version = %s AND name = %s AND octet_length(content) <= %s",
                (version, name, most),
            ).fetchone()
        if row is None:
            raise unusable(version, f"{name} is not in the database with at most {most} bytes")
        return bytes(row[0])

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        """Yield the change's own connection within one, else one of those kept; a broken one is never kept."""
        within: psycopg.Connection | None = getattr(self._change, "connection", None)
        if within is not None:
            # The change closes its connection itself, after its transaction has been rolled back or committed.
            yield within
            return
        try:
            connection = self._kept() or self._connect()
            try:
                yield connection
            # It may have been interrupted in the middle of a transaction, so it is not reused.
            except BaseException:
                connection.close()
                raise
        except psycopg.Error as error:
            raise NoDatabase(type(error).__name__) from error
        # Two threads may both get past this check: one idle connection too many does no harm.
        if len(self._idle) < _MOST_IDLE:
            self._idle.append(connection)
        else:
            connection.close()

    def _kept(self) -> psycopg.Connection | None:
        """Return a connection from before that still answers."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            try:
                # The server may have restarted since this connection was last used.
                connection.execute("SELECT 1")
            except psycopg.Error:
                connection.close()
            else:
                return connection

    def _connect(self) -> psycopg.Connection:
        connection = connect(self._address)
        try:
            migrate(connection)
        except psycopg.Error:
            connection.close()
            raise
        return connection


def _close(connections: deque[psycopg.Connection]) -> None:
    while connections:
        connections.pop().close()


class _CachedFiles:
    """One version's files: from the cache if its bytes are those in the database, else from the database."""

    def __init__(self, storage: PostgresStorage, folder: Path, digests: Mapping[str, str]) -> None:
        self._storage = storage
        self._folder = folder
        self._digests = digests

    @property
    def version(self) -> str:
        """The version's id."""
        return self._folder.name

    def names(self) -> set[str]:
        """See `StoredFiles`."""
        return set(self._digests)

    def read(self, name: str, most: int) -> bytes:
        """See `StoredFiles`."""
        if name not in self._digests:
            raise unusable(self.version, f"{name} can't be read (it is not in the database)")
        with suppress(BrokenArtifact), OpenFolder(self._folder) as opened:
            cached = opened.read(name, most)
            if self._is(name, cached):
                return cached
        fetched = self._storage.fetch(self.version, name, most)
        if not self._is(name, fetched):
            raise unusable(self.version, f"{name} is not the file that was saved")
        # A cache that cannot be written to costs time and nothing else.
        with suppress(OSError):
            self._keep(name, fetched)
        return fetched

    def _is(self, name: str, data: bytes) -> bool:
        return hashlib.sha256(data).hexdigest() == self._digests[name]

    def _keep(self, name: str, data: bytes) -> None:
        # Never write through a link that somebody put there.
        if self._folder.is_symlink():
            self._folder.unlink()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = self._folder / f".tmp-{secrets.token_hex(8)}"
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
        # Renamed whole, since other threads may be reading it. Not synced: after a crash its digest gives it away.
        temporary.replace(self._folder / name)
