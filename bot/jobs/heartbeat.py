"""Which replicas share the database and are alive: each has a heartbeat, and the others notice when it stops.

A replica takes a name nobody had before, stores a beat every two seconds, and is declared dead by any other that has
not seen one for ten: its row is deleted, and its name never comes back. A replica that was merely frozen finds its row
gone at its next beat; until then, `Heartbeat.fresh` keeps it from doing what people would see twice.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg

from bot.timings import HeartbeatTimings
from segmentation.databases.connection import connect
from segmentation.databases.migrations import migrate
from segmentation.errors import NoDatabase

_log = logging.getLogger(__name__)


def new_name() -> str:
    """Return a name no replica has had: the machine's and the process's for people to read, then random digits."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"


def boot_seconds() -> float:
    """Return seconds that also pass while the process is stopped or the machine asleep."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Heartbeat(threading.Thread):
    """One replica's heartbeat, on a thread and a connection of its own so that nothing else delays it.

    Parameters
    ----------
    address
        The shared database, as libpq takes it.
    name
        This replica's.
    timings
        How often it beats, and when the others declare it dead.
    clock
        Seconds that only go forward.
    """

    def __init__(
        self, address: str, name: str, timings: HeartbeatTimings, clock: Callable[[], float] = boot_seconds
    ) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.replica = name
        self._address = address
        self._timings = timings
        self._clock = clock
        self._connection: psycopg.Connection | None = None
        self._stopped = threading.Event()
        self._last = self._since = float("-inf")
        self._problem = ""
        self._expired = False

    @property
    def expired(self) -> bool:
        """Whether others have declared this replica dead."""
        return self._expired

    @property
    def problem(self) -> str:
        """Why the last beat could not be stored, or is overdue; empty when all is well."""
        overdue = not (self._problem or self._expired or self._recent())
        return NoDatabase("no answer").sentence if overdue else self._problem

    @property
    def fresh(self) -> bool:
        """Whether nobody can have declared this replica dead up to this moment."""
        return not self._expired and self._recent()

    @property
    def steady(self) -> bool:
        """Whether it has beaten without a gap for so long that another's silence is not its own."""
        return self.fresh and self._last - self._since > self._timings.dead + self._timings.beat

    def register(self) -> None:
        """Store the name, before anything is done under it.

        Raises
        ------
        NoDatabase
            When the database cannot be used.
        """
        at = self._clock()
        try:
            connection = self._connected()
            migrate(connection)
            connection.execute("INSERT INTO segbot.replicas (name) VALUES (%s)", (self.replica,))
        except psycopg.Error as error:
            self._disconnect()
            raise NoDatabase(type(error).__name__) from error
        self._last = self._since = at

    def run(self) -> None:
        """Beat until it is stopped, or until others have declared this replica dead."""
        while not self._expired and not self._stopped.wait(self._timings.beat):
            self.beat()
        self._disconnect()

    def beat(self) -> None:
        """Store one beat; remember it if that fails, or if the name is gone."""
        # Before the query, however long that takes: `fresh` then ends too early rather than too late.
        at = self._clock()
        try:
            stored = self._connected().execute(
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
        if stored.rowcount == 0:
            self._expired = True
            _log.warning("this replica was declared dead", extra={"replica": self.replica})
            return
        # After a gap, another's silence may be this replica's own: `steady` counts from here.
        if at - self._last > self._timings.fresh:
            self._since = at
        self._last = at

    def stop(self) -> None:
        """Stop beating and remove the name, so that others need not wait before they take over."""
        self._stopped.set()
        if self.ident is not None:
            self.join()
        # If the database is away, the others notice the silence, only later.
        with suppress(psycopg.Error), connect(self._address) as connection:
            connection.execute("DELETE FROM segbot.replicas WHERE name = %s", (self.replica,))

    def _recent(self) -> bool:
        return self._clock() - self._last < self._timings.fresh

    def _connected(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = connect(self._address)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def expire_dead(connection: psycopg.Connection, own: str, timings: HeartbeatTimings) -> set[str]:
    """Declare dead the replicas that have not beaten lately, unless `own` was silent too; return those left.

    The database's clock alone decides: this process may have been frozen since it looked at its own.
    """
    dead = connection.execute(
        "DELETE FROM segbot.replicas WHERE beat < clock_timestamp() - make_interval(secs => %s) AND EXISTS ("
        "SELECT FROM segbot.replicas AS own"
        " WHERE own.name = %s AND own.beat >= clock_timestamp() - make_interval(secs => %s)) RETURNING name",
        (timings.dead, own, timings.fresh),
    ).fetchall()
    for (name,) in dead:
        _log.warning("a replica has died", extra={"replica": name})
    return {name for (name,) in connection.execute("SELECT name FROM segbot.replicas")}
