"""What the replicas do for one another: one of them takes up the jobs of dead ones and removes old jobs.

Whichever gets the lock does so in that round; a replica that shares its database with nobody only removes old jobs.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import psycopg
from dbos import DBOS

from bot.jobs.heartbeat import Heartbeat, expire_dead
from bot.jobs.queues import FINISHED
from bot.jobs.remembering import FileMemory
from bot.timings import Timings
from segmentation.databases.connection import connect
from segmentation.errors import NoDatabase

# Held during a round; any number nobody else takes will do.
MAINTENANCE_LOCK: Final = 0x5E6B08
# Names what is stored, not what is installed: it changes when the steps of a workflow change order or meaning.
WORKFLOW_VERSION: Final = "1"
_REMOVED_AT_ONCE: Final = 500
_log = logging.getLogger(__name__)


class Maintenance:
    """Rounds of maintenance; the engine must be running.

    Parameters
    ----------
    address
        The shared database, as libpq takes it; empty if this process is alone.
    memory
        What is kept of files besides their jobs, for some time; None if nothing is.
    timings
        When a replica is dead; how often old jobs are removed, and how old they are then.
    """

    def __init__(self, address: str, memory: FileMemory | None, timings: Timings) -> None:
        self._address = address
        self._memory = memory
        self._timings = timings
        self._cleaned = float("-inf")

    def round(self, heartbeat: Heartbeat) -> None:
        """Take up what dead replicas left and remove old jobs, if no other replica is doing so just now."""
        if not heartbeat.steady:
            return
        # Read before the living replicas are: a replica registers before it claims jobs, so none is missing there.
        pending = DBOS.list_workflows(
            status="PENDING", app_version=WORKFLOW_VERSION, load_input=False, load_output=False
        )
        claimants = {str(status.executor_id) for status in pending}
        with maintenance_lock(self._address) as connection:
            # Asked again: the query may have waited out an outage in which no replica could beat.
            if connection is None or not heartbeat.steady:
                return
            if orphaned := claimants - expire_dead(connection, heartbeat.replica, self._timings.heartbeat):
                # Not `resume_workflow`: that takes jobs off their queue, and would revive a cancelled one.
                recovered = DBOS._recover_pending_workflows(sorted(orphaned))
                _log.warning("jobs of dead replicas are taken up", extra={"jobs": len(recovered)})
            self.remove_old_jobs()

    def remove_old_jobs(self) -> None:
        """Delete jobs that ended long ago, and files remembered for long enough, now and then."""
        if time.monotonic() - self._cleaned < self._timings.jobs.cleaning:
            return
        before = (datetime.now(UTC) - self._timings.jobs.retention).isoformat()
        while old := DBOS.list_workflows(
            status=FINISHED, completed_before=before, limit=_REMOVED_AT_ONCE, load_input=False, load_output=False
        ):
            DBOS.delete_workflows([status.workflow_id for status in old])
        if self._memory is not None:
            self._memory.expire()
        # Only now: after a failure the next round tries again.
        self._cleaned = time.monotonic()


class MaintenanceThread(threading.Thread):
    """Calls for a round of maintenance every few seconds.

    Parameters
    ----------
    round_of_maintenance
        A failure of it is logged, and the next round tries anew.
    pause
        Seconds between two rounds.
    """

    def __init__(self, round_of_maintenance: Callable[[], None], pause: float) -> None:
        super().__init__(name="maintenance", daemon=True)
        self._round = round_of_maintenance
        self._pause = pause
        self._stopped = threading.Event()

    def run(self) -> None:
        """Call until it is stopped."""
        while not self._stopped.wait(self._pause):
            try:
                self._round()
            except Exception as error:  # noqa: BLE001 - the engine raises anything; the next round tries again
                _log.warning("a round of maintenance failed", extra={"failure": type(error).__name__})

    def stop(self, seconds: float = 5.0) -> None:
        """Stop after the round under way, or leave that behind after `seconds`."""
        self._stopped.set()
        if self.ident is not None and threading.current_thread() is not self:
            self.join(seconds)


@contextmanager
def maintenance_lock(address: str) -> Iterator[psycopg.Connection | None]:
    """Yield a connection that holds the lock of maintenance; None if another replica holds it.

    Raises
    ------
    NoDatabase
        When the database cannot be used.
    """
    try:
        with connect(address) as connection:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", (MAINTENANCE_LOCK,)).fetchone()
            # The lock ends with the connection, even if this process is killed.
            yield connection if row == (True,) else None
    except psycopg.Error as error:
        raise NoDatabase(type(error).__name__) from error
