"""Durable background jobs: the life of their engine, DBOS, and what the bot asks of it.

A job is a workflow: every finished step is stored in the jobs database, and after a crash the workflow continues from
there. The step that was running at the crash runs again, so each step is safe to repeat. What the workflows are is in
`workflows`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from dbos import error as engine_error
from sqlalchemy.exc import DBAPIError

from bot.jobs.heartbeat import Heartbeat, new_name
from bot.jobs.looking_back import Scorings, attempts_at, scorings, stored_retrain, stored_setup
from bot.jobs.maintenance import WORKFLOW_VERSION, Maintenance, MaintenanceThread
from bot.jobs.queues import register_queues
from bot.jobs.remembering import FileMemory
from bot.jobs.workflows import JobSteps, Workflows
from bot.records.file_job import FileJob
from bot.records.list_job import ListJob
from bot.records.retrain_job import RetrainJob, Running
from bot.records.setup import GONE, StoredSetup
from bot.timings import DEFAULT_TIMINGS, Timings
from segmentation.errors import BadInput, NoDatabase, NotReady

R = TypeVar("R")

NO_JOBS_NOW: Final = "I can't take files just now. Please try again in a minute."
NO_LIST_NOW: Final = "I can't cut lists just now. Please try again in a minute."
NO_RETRAIN_NOW: Final = "I can't retrain just now. Please try again in a minute."
_ASKED_AT_ONCE: Final = 8
# The name under which a process that shares its database with nobody claims jobs: what a crash left is its own.
_ALONE: Final = "segbot"
# A try comes to nothing only if another retrain is stored after the look, and has ended by the next one.
_RETRAIN_TRIES: Final = 5
_log = logging.getLogger(__name__)


class Jobs:
    """Takes in background jobs and processes them. DBOS is global to a process, so each has at most one of these.

    Parameters
    ----------
    database_url
        Where jobs are stored.
    steps
        What jobs do.
    address
        The same database as libpq takes it, if replicas share it; empty if this process is alone.
    memory
        What is kept of files besides their jobs; None keeps nothing.
    works
        Whether jobs are processed here, or only taken in.
    timings
        The pace of the jobs and of this replica's heartbeat.
    """

    def __init__(
        self,
        database_url: str,
        steps: JobSteps,
        address: str = "",
        *,
        memory: FileMemory | None = None,
        works: bool = True,
        timings: Timings = DEFAULT_TIMINGS,
    ) -> None:
        self._database_url = database_url
        self._address = address
        self._works = works
        self._timings = timings
        self.workflows = Workflows(steps, memory, timings.jobs)
        self._maintenance = Maintenance(address, memory, timings)
        self._running = False
        # True from `start` to `stop`, even while the engine is down: maintenance then tries to start it again.
        self._wanted = False
        self._heartbeat: Heartbeat | None = None
        self._maintenance_thread: MaintenanceThread | None = None
        # Held while the engine starts or stops; maintenance restarts it after others declared this replica dead.
        self._engine = threading.RLock()
        self._askers = ThreadPoolExecutor(_ASKED_AT_ONCE, thread_name_prefix="jobs-asked")

    @property
    def running(self) -> bool:
        """Whether jobs are taken in and, if this process does that, processed."""
        return self._running

    @property
    def works(self) -> bool:
        """Whether jobs are processed here, or only taken in."""
        return self._works

    @property
    def problem(self) -> str:
        """Why jobs wait; empty while they do not."""
        if self._wanted and not self._running:
            return str(NoDatabase("not yet back"))
        heartbeat = self._heartbeat
        return heartbeat.problem if heartbeat is not None else ""

    async def assured(self) -> None:
        """Wait until it is certain that no other replica has taken this one's jobs over.

        A replica that was frozen, or cut off from the database, must not repeat what its successor does. If it was
        declared dead, the waiting ends with the work itself: the engine is replaced.
        """
        while self._heartbeat is not None and not self._heartbeat.fresh:  # noqa: ASYNC110 - another thread's
            await asyncio.sleep(self._timings.jobs.poll)

    def start(self) -> None:
        """Open the database, take up what a crash left, and begin to process jobs.

        Raises
        ------
        NoDatabase
            When the shared database cannot be used.
        """
        with self._engine:
            self._start_engine()
            self._wanted = True
            self._maintenance_thread = MaintenanceThread(self._round, self._timings.heartbeat.beat)
            self._maintenance_thread.start()

    def stop(self, drain_seconds: int = 20) -> None:
        """Stop taking jobs, give running steps `drain_seconds` to finish, and close the database."""
        # First, so that maintenance does not start the engine again meanwhile.
        self._running = self._wanted = False
        if self._maintenance_thread is not None:
            self._maintenance_thread.stop()
        with self._engine:
            self._stop_engine(drain_seconds)

    async def enqueue(self, job: FileJob) -> None:
        """Store a job for processing; the same job twice is one job.

        Raises
        ------
        NotReady
            When the jobs database is not open, or away.
        """
        await self._note(job.id, lambda: self.workflows.files.enqueue(job))

    async def scorings(self, job: FileJob) -> Scorings:
        """Return what is stored of the share of a file that a job is about. Raises as `enqueue`."""
        return await self._asked(lambda: scorings(job), NO_JOBS_NOW)

    async def cut_list(self, job: ListJob) -> None:
        """Store a list for cutting; the same one twice is one.

        Raises
        ------
        NotReady
            When the jobs database is not open, or away.
        """
        await self._note(job.id, lambda: self.workflows.lists.enqueue(job), NO_LIST_NOW)

    async def retrain(self, job: RetrainJob) -> Running | None:
        """Store a retrain for processing, unless another is unfinished: then return that one.

        The same retrain twice is one.

        Raises
        ------
        NotReady
            When the jobs database is not open, or away.
        """
        for _ in range(_RETRAIN_TRIES):
            running = await self.retraining()
            if running is not None:
                return None if running.job.id == job.id else running
            try:
                await self._asked(lambda: self.workflows.retrains.enqueue(job), NO_RETRAIN_NOW)
            except engine_error.DBOSQueueDeduplicatedError:
                continue  # another request was faster: find out whose retrain it is
            return None
        raise NotReady("Others are asking for retrains just now too. Please try again in a minute.")

    async def knows(self, job: RetrainJob) -> bool:
        """Say whether a retrain was stored before, finished or not.

        Raises
        ------
        NotReady
            When the jobs database is not open, or away.
        """
        return await self._asked(lambda: DBOS.get_workflow_status(job.id) is not None, NO_RETRAIN_NOW)

    async def stored_retrain(self, name: str) -> RetrainJob | None:
        """Return the retrain that was stored under an id, finished or not; None if there is none. Raises as `knows`."""
        return await self._asked(lambda: stored_retrain(name), NO_RETRAIN_NOW)

    async def attempts_at(self, job: RetrainJob) -> int:
        """Return the number that the next attempt at a retrain has. Raises as `knows`."""
        return await self._asked(lambda: attempts_at(job), NO_RETRAIN_NOW)

    async def stored_setup(self, workflow: str) -> StoredSetup:
        """Return what segments could be set up from the file that a job looked at.

        Raises
        ------
        BadInput
            When that is no longer stored.
        NotReady
            When the jobs database is not open, or away.
        """
        found = await self._asked(lambda: stored_setup(workflow), NO_RETRAIN_NOW)
        if found is None:
            raise BadInput(GONE)
        return found

    async def retraining(self) -> Running | None:
        """Return the retrain that is unfinished in any process; None when there is none.

        Raises
        ------
        NotReady
            When the jobs database is not open, or away.
        """
        return await self._asked(self.workflows.retrains.unfinished, NO_RETRAIN_NOW)

    async def forget_team(self, team: str) -> None:
        """Cancel every unfinished job of a workspace, and delete what is stored of all its jobs.

        That is a job itself, so that a crash does not leave it half done.

        Raises
        ------
        NotReady
            When the jobs database is not open, or away.
        """
        await self._note(f"forget:{team}:{secrets.token_hex(4)}", lambda: self.workflows.forget.enqueue(team))

    async def _note(self, name: str, enqueue: Callable[[], object], refusal: str = NO_JOBS_NOW) -> None:
        """Store a workflow under that name, once; NotReady if the database does not take it now."""

        def note() -> None:
            with SetWorkflowID(name):
                enqueue()

        await self._asked(note, refusal)

    async def _asked(self, ask: Callable[[], R], refusal: str) -> R:
        """Ask the engine something; NotReady, with that sentence, if its database does not answer now."""
        if not self._running or self.problem:
            raise NotReady(refusal)
        try:
            # The engine waits for its database for as long as that is away. Its own asynchronous calls would make its
            # thread pool the event loop's default one, and that ends with the engine: hence threads for this alone.
            async with asyncio.timeout(self._timings.jobs.enqueue):
                return await asyncio.get_running_loop().run_in_executor(self._askers, ask)
        except engine_error.DBOSQueueDeduplicatedError:
            # An answer, not an outage, although it is a `DBOSException`, too: `retrain` needs to see it.
            raise
        except (TimeoutError, DBAPIError, engine_error.DBOSException) as error:
            _log.warning("the jobs database did not answer", extra={"failure": type(error).__name__})
            raise NotReady(refusal) from None

    def _start_engine(self) -> None:
        executor = _ALONE
        if self._address:
            executor = new_name()
            heartbeat = Heartbeat(self._address, executor, self._timings.heartbeat)
            # Before the launch, which claims jobs: the others take a claimant that has not registered for a dead one.
            heartbeat.register()
            heartbeat.start()
            self._heartbeat = heartbeat
        try:
            self._launch(executor)
        except BaseException as error:
            # Even then: the heartbeat must not go on for an engine that does not run.
            self._stop_engine(0)
            if isinstance(error, DBAPIError):
                raise NoDatabase(type(error.orig).__name__) from error
            raise
        self._running = True

    def _stop_engine(self, drain_seconds: int) -> None:
        self._running = False
        # The registry goes too, since each launch defines the workflows anew. All this before the heartbeat stops: once
        # the name is removed, others take the jobs over, and none may still be running here.
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=drain_seconds)
        if self._heartbeat is not None:
            self._heartbeat.stop()
            self._heartbeat = None

    def _launch(self, executor: str) -> None:
        # The engine's own log lines quote errors, which quote what was sent; `note_failure` logs what we need to know.
        engine_log = logging.getLogger("dbos")
        engine_log.handlers[:] = [logging.NullHandler()]
        engine_log.propagate = False
        poll = self._timings.jobs.poll
        config: DBOSConfig = {
            "name": "segbot",
            "system_database_url": self._database_url,
            # Pinned: a new release has to take up the jobs of the one before it.
            "application_version": WORKFLOW_VERSION,
            "executor_id": executor,
            # JSON rather than pickles: a later release reads what this one stores.
            "serializer": DBOSPortableJSONSerializer(),
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": poll,
            "log_level": "CRITICAL",
            "enable_otlp": False,
        }
        DBOS(config=config)
        self.workflows.define()
        if not self._works:
            # DBOS takes this before its launch only, and queues after it only.
            DBOS.listen_queues([])
        DBOS.launch()
        register_queues(poll)

    def _round(self) -> None:
        """Restart an engine that is down or declared dead, else do a round of maintenance."""
        heartbeat = self._heartbeat
        if not self._running:
            with self._engine:
                if self._wanted and not self._running:
                    self._start_engine()
        elif heartbeat is None:
            self._maintenance.remove_old_jobs()
            self.workflows.watching.round()
        elif heartbeat.expired:
            with self._engine:
                # Asked again under the lock, since `stop` may have come first.
                if self._running:
                    # No time to finish: what runs here is another replica's job by now.
                    self._stop_engine(0)
                    self._start_engine()
        else:
            self._maintenance.round(heartbeat)
            if heartbeat.steady:
                self.workflows.watching.round()
