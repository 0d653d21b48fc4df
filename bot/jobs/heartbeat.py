"""Which replicas share the database and are alive: a heartbeat each, noticed by the others when it stops.

A replica takes a name nobody had before, notes a beat every two seconds, and is declared dead by any other that has not
seen one for ten: its row goes, and its name never comes back. Whoever was merely frozen finds the row gone when it
beats next; until it knows, `Heart.sure` keeps it from doing what people would see twice.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import psycopg

from segmentation.database import REGISTRY_LOCK, connect
from segmentation.errors import NoDatabase

BEAT_SECONDS: Final = 2.0
DEAD_SECONDS: Final = 10.0
# How long after a beat nobody can have been declared dead, with room for clocks that differ in pace.
SURE_SECONDS: Final = 6.0
# Held while the dead are buried and what they left is handed on, and while old jobs are removed.
KEEPER_LOCK: Final = 0x5E6B08
_LAYOUT: Final = """
CREATE SCHEMA IF NOT EXISTS segbot;
CREATE TABLE IF NOT EXISTS segbot.replicas (
    name text PRIMARY KEY,
    started timestamptz NOT NULL DEFAULT clock_timestamp(),
    beat timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""
_log = logging.getLogger(__name__)


def new_name() -> str:
    """Return a name no replica has had: the machine's and the process's for people to read, and chance."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"


class Heart(threading.Thread):
    """One replica's heartbeat, on a thread and a connection of its own so that nothing else holds it up.

    Parameters
    ----------
    address
        The shared database, as libpq takes it.
    name
        This replica's.
    """

    def __init__(self, address: str, name: str) -> None:
        super().__init__(name="heart", daemon=True)
        self.replica = name
        self._address = address
        self._connection: psycopg.Connection | None = None
        self._ended = threading.Event()
        self._last = self._since = -DEAD_SECONDS
        self._problem = ""
        self._buried = False

    @property
    def buried(self) -> bool:
        """Whether others have declared this replica dead."""
        return self._buried

    @property
    def problem(self) -> str:
        """Why the last beat could not be noted, or is not noted yet though it is time; empty when all is well."""
        silent = not (self._problem or self._buried) and _now() - self._last >= SURE_SECONDS
        return NoDatabase("no answer").sentence if silent else self._problem

    @property
    def sure(self) -> bool:
        """Whether nobody can have declared this replica dead up to this moment."""
        return not self._buried and _now() - self._last < SURE_SECONDS

    @property
    def steady(self) -> bool:
        """Whether this heart has beaten long enough without a gap to tell another's silence from its own."""
        return self.sure and self._last - self._since > DEAD_SECONDS + BEAT_SECONDS

    def join_in(self) -> None:
        """Note the name, before anything is done under it.

        Raises
        ------
        NoDatabase
            When the database cannot be used.
        """
        at = _now()
        try:
            connection = self._connected()
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (REGISTRY_LOCK,))
                connection.execute(_LAYOUT)
            connection.execute("INSERT INTO segbot.replicas (name) VALUES (%s)", (self.replica,))
        except psycopg.Error as error:
            self._disconnect()
            raise NoDatabase(type(error).__name__) from error
        self._last = self._since = at

    def run(self) -> None:
        """Beat until the end, or until others have declared this replica dead."""
        while not self._buried and not self._ended.wait(BEAT_SECONDS):
            self.beat()
        self._disconnect()

    def beat(self) -> None:
        """Note one beat; remember where that fails, or where the name is gone."""
        at = _now()
        try:
            noted = self._connected().execute(
                "UPDATE segbot.replicas SET beat = clock_timestamp() WHERE name = %s", (self.replica,)
            )
        except psycopg.Error as error:
            self._disconnect()
            if not self._problem:
                _log.warning("the shared database is away", extra={"failure": type(error).__name__})
            self._problem = NoDatabase(type(error).__name__).sentence
            return
        if self._problem:
            _log.info("the shared database is back")
        self._problem = ""
        if noted.rowcount == 0:
            self._buried = True
            _log.warning("this replica was declared dead", extra={"replica": self.replica})
            return
        if at - self._last > SURE_SECONDS:
            self._since = at
        self._last = at

    def end(self) -> None:
        """Stop beating and take the name out, so that others need not wait to take over."""
        self._ended.set()
        if self.ident is not None:
            self.join()
        with suppress(psycopg.Error), connect(self._address) as connection:
            connection.execute("DELETE FROM segbot.replicas WHERE name = %s", (self.replica,))

    def _connected(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = connect(self._address)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Keeper(threading.Thread):
    """Does the rounds every few seconds, one thread a replica; what a round does is the caller's.

    Parameters
    ----------
    rounds
        Called again and again; a failure is logged and the next round tries anew.
    """

    def __init__(self, rounds: Callable[[], None]) -> None:
        super().__init__(name="keeper", daemon=True)
        self._rounds = rounds
        self._ended = threading.Event()

    def run(self) -> None:
        """Do the rounds until the end."""
        while not self._ended.wait(BEAT_SECONDS):
            try:
                self._rounds()
            except Exception as error:  # noqa: BLE001 - whatever the engine raises: the next round tries again
                _log.warning("a keeper's round failed", extra={"failure": type(error).__name__})

    def end(self, seconds: float = 5.0) -> None:
        """Stop after the round under way, or leave it behind after so long."""
        self._ended.set()
        if self.ident is not None and threading.current_thread() is not self:
            self.join(seconds)


@contextmanager
def keeping(address: str) -> Iterator[psycopg.Connection | None]:
    """Yield a connection to whoever is the keeper now, None to everybody else.

    Raises
    ------
    NoDatabase
        When the database cannot be used.
    """
    try:
        with connect(address) as connection:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", (KEEPER_LOCK,)).fetchone()
            # Closing the connection lets go of the lock, even where this process is killed.
            yield connection if row == (True,) else None
    except psycopg.Error as error:
        raise NoDatabase(type(error).__name__) from error


def bury(connection: psycopg.Connection, keeper: str) -> set[str]:
    """Declare dead who has not beaten for ten seconds, unless the keeper itself was silent lately; return who is left.

    The database's clock alone decides: the keeper may have been frozen since it looked at its own.
    """
    dead = connection.execute(
        "DELETE FROM segbot.replicas WHERE beat < clock_timestamp() - make_interval(secs => %s) AND EXISTS ("
        "SELECT FROM segbot.replicas AS own"
        " WHERE own.name = %s AND own.beat >= clock_timestamp() - make_interval(secs => %s)) RETURNING name",
        (DEAD_SECONDS, keeper, SURE_SECONDS),
    ).fetchall()
    for (name,) in dead:
        _log.warning("a replica has died", extra={"replica": name})
    return {name for (name,) in connection.execute("SELECT name FROM segbot.replicas")}


def _now() -> float:
    """Seconds that pass while the process is stopped or the machine asleep, too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
