"""Durable background jobs. The only module that imports DBOS; what a job does is in `file_job` and `retrain_job`.

A job is a workflow: every finished step is noted in the jobs database, and after a crash the workflow goes on from
there. The step under way at the crash runs again, so each step is safe to repeat.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final, ParamSpec, TypeVar

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from dbos import error as engine_error
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import DBAPIError

from bot.jobs.file_job import FileJobSteps
from bot.jobs.heartbeat import Heart, Keeper, bury, keeping, new_name
from bot.jobs.retrain_job import RetrainSteps
from bot.records.file_job import FileJob, Outcome, Upload
from bot.records.retrain_job import Material, Pictures, Place, RetrainJob, Running
from bot.records.retrain_job import Outcome as Trained
from bot.slack.files import error_word, is_passing
from segmentation.errors import NoDatabase, NotReady

Data = dict[str, Any]
P = ParamSpec("P")
R = TypeVar("R")

# Names what is stored, not what is installed: it changes when the steps of a workflow change order or meaning.
WORKFLOW_VERSION: Final = "1"
SEEN_QUEUE: Final = "files-seen"
SCORE_QUEUE: Final = "files-score"
RETRAIN_QUEUE: Final = "retrain"
POLL_SECONDS: Final = 0.2
SEEN_AT_ONCE: Final = 50
SCORED_AT_ONCE: Final = 2
STEP_ATTEMPTS: Final = 6
FIRST_PAUSE_SECONDS: Final = 1.0
# Where nothing could be said instead, it is worth waiting out an outage: these are about 17 minutes.
PATIENT_ATTEMPTS: Final = 11
LET_GO_SECONDS: Final = 60.0
# A database that has just gone is waited for so long: a balancer asks another replica before Slack's three seconds end.
ENQUEUE_SECONDS: Final = 1.2
TAKEN_IN_AT_ONCE: Final = 8
# A finished job is remembered so long, and with it that its event was seen: Slack repeats one for minutes.
RETENTION: Final = timedelta(days=7)
CLEANING_SECONDS: Final = 3600.0
_CLEANED_AT_ONCE: Final = 500
GAVE_UP: Final = "Slack or this server failed again and again while I worked on it."
NO_JOBS_NOW: Final = "I cannot take files just now. Please try again in a minute."
NO_RETRAIN_NOW: Final = "I cannot retrain just now. Please try again in a minute."
_UNFINISHED: Final = ["ENQUEUED", "PENDING"]
_FINISHED: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
# The only name on a database that nobody shares: what a crash left is this process's own.
_ALONE: Final = "segbot"
_SCORE: Final = "/score"
# One retrain at a time among all processes: whoever holds this word in the queue, waiting or at work.
_THE_ONE: Final = "retrain"
_RETRAIN_TRIES: Final = 5
_TRAIN_ATTEMPTS: Final = 2
# What a retrain is at, by the last step it has finished.
_NEXT: Final = {
    "": "looking at the file",
    "retrain.look": "announcing it",
    "retrain.announce": "training",
    "retrain.train": "drawing the charts",
    "retrain.draw": "writing the report",
}
_log = logging.getLogger(__name__)


class Jobs:
    """Takes jobs in and works them off. DBOS keeps its engine in the process, so there is one of these at a time.

    Parameters
    ----------
    database_url
        Where jobs are noted.
    steps, retrain_steps
        What a file job and a retrain do.
    address
        The same database as libpq takes it, where replicas share it; empty where this process is alone.
    works
        Whether jobs are worked off here, or only taken in.
    """

    def __init__(
        self,
        database_url: str,
        steps: FileJobSteps,
        retrain_steps: RetrainSteps,
        address: str = "",
        *,
        works: bool = True,
    ) -> None:
        self._database_url = database_url
        self._steps = steps
        self._retrain_steps = retrain_steps
        self._address = address
        self._works = works
        self._running = False
        # Between `start` and `stop`: an engine that could not be started again is tried again.
        self._wanted = False
        self._heart: Heart | None = None
        self._keeper: Keeper | None = None
        # Held while the engine starts or stops; it is replaced where others have declared this replica dead.
        self._engine = threading.RLock()
        self._takers = ThreadPoolExecutor(TAKEN_IN_AT_ONCE, thread_name_prefix="jobs-taken-in")
        self._cleaned = float("-inf")
        # Teams of the workflows at work in this process, one entry each.
        self._at_work: Counter[str] = Counter()

    @property
    def running(self) -> bool:
        """Whether jobs are taken in and, where this process does that, worked off."""
        return self._running

    @property
    def works(self) -> bool:
        """Whether jobs are worked off here, or only taken in."""
        return self._works

    @property
    def problem(self) -> str:
        """Why jobs wait; empty while they do not."""
        if self._wanted and not self._running:
            return str(NoDatabase("not yet back"))
        heart = self._heart
        return heart.problem if heart is not None else ""

    async def assured(self) -> None:
        """Wait until it is sure that no other replica has taken this one's jobs over.

        A replica that was frozen, or cut off from the database, may not do what its successor does too. Where it was
        declared dead the waiting ends with the work itself: the engine is replaced.
        """
        while self._heart is not None and not self._heart.sure:  # noqa: ASYNC110 - the heart is another thread's
            await asyncio.sleep(POLL_SECONDS)

    def start(self) -> None:
        """Open the database, take up what a crash left, and begin to work.

        Raises
        ------
        NoDatabase
            When the shared database cannot be used.
        """
        with self._engine:
            self._start_engine()
            self._wanted = True
            self._keeper = Keeper(self._round)
            self._keeper.start()

    def stop(self, drain_seconds: int = 20) -> None:
        """Stop taking jobs, let running steps finish for so long, and close the database."""
        self._running = self._wanted = False
        if self._keeper is not None:
            self._keeper.end()
        with self._engine:
            self._stop_engine(drain_seconds)

    def _start_engine(self) -> None:
        executor = _ALONE
        if self._address:
            executor = new_name()
            heart = Heart(self._address, executor)
            heart.join_in()
            heart.start()
            self._heart = heart
        try:
            self._launch(executor)
        except BaseException as error:
            self._stop_engine(0)
            if isinstance(error, DBAPIError):
                raise NoDatabase(type(error.orig).__name__) from error
            raise
        self._running = True

    def _stop_engine(self, drain_seconds: int) -> None:
        self._running = False
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=drain_seconds)
        if self._heart is not None:
            self._heart.end()
            self._heart = None

    def _launch(self, executor: str) -> None:
        # Its own lines quote errors, which quote what was sent; `_note_failure` says what we need to know.
        engine_log = logging.getLogger("dbos")
        engine_log.handlers[:] = [logging.NullHandler()]
        engine_log.propagate = False
        config: DBOSConfig = {
            "name": "segbot",
            "system_database_url": self._database_url,
            "application_version": WORKFLOW_VERSION,
            "executor_id": executor,
            "serializer": DBOSPortableJSONSerializer(),
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": POLL_SECONDS,
            "log_level": "CRITICAL",
            "enable_otlp": False,
        }
        DBOS(config=config)
        self._define()
        if not self._works:
            DBOS.listen_queues([])
        DBOS.launch()
        DBOS.register_queue(SEEN_QUEUE, worker_concurrency=SEEN_AT_ONCE, polling_interval_sec=POLL_SECONDS)
        # One file at a time from each person: a hundred from one do not keep another waiting.
        DBOS.register_queue(
            SCORE_QUEUE,
            worker_concurrency=SCORED_AT_ONCE,
            partition_worker_concurrency=1,
            polling_interval_sec=POLL_SECONDS,
        )
        DBOS.register_queue(RETRAIN_QUEUE, concurrency=1, polling_interval_sec=POLL_SECONDS)

    def _round(self) -> None:
        """Look after the others and the past: what the keeper does every few seconds."""
        heart = self._heart
        if not self._running:
            with self._engine:
                if self._wanted and not self._running:
                    self._start_engine()
        elif heart is None:
            self._clean()
        elif heart.buried:
            with self._engine:
                if self._running:
                    self._stop_engine(0)
                    self._start_engine()
        elif heart.steady:
            # Before the living are counted: whoever has claimed a job by now had joined before.
            found = DBOS.list_workflows(
                status="PENDING", app_version=WORKFLOW_VERSION, load_input=False, load_output=False
            )
            claimants = {str(one.executor_id) for one in found}
            with keeping(self._address) as connection:
                # What was asked meanwhile may have waited out an outage, in which nobody could beat.
                if connection is None or not heart.steady:
                    return
                if orphaned := claimants - bury(connection, heart.replica):
                    # Not `resume_workflow`: that takes jobs off their queue, and would revive a cancelled one.
                    taken = DBOS._recover_pending_workflows(sorted(orphaned))
                    _log.warning("jobs of dead replicas are taken up", extra={"jobs": len(taken)})
                self._clean()

    def _clean(self) -> None:
        """Remove what is known of jobs that ended long ago; once an hour is enough."""
        if time.monotonic() - self._cleaned < CLEANING_SECONDS:
            return
        before = (datetime.now(UTC) - RETENTION).isoformat()
        while found := DBOS.list_workflows(
            status=_FINISHED, completed_before=before, limit=_CLEANED_AT_ONCE, load_input=False, load_output=False
        ):
            DBOS.delete_workflows([one.workflow_id for one in found])
        self._cleaned = time.monotonic()

    async def enqueue(self, job: FileJob) -> None:
        """Note a job for work; the same job twice is one job.

        Raises
        ------
        NotReady
            When the jobs database is not open, or away.
        """
        await self._note(job.id, lambda: DBOS.enqueue_workflow(SEEN_QUEUE, self._file, asdict(job)))

    async def retrain(self, job: RetrainJob) -> Running | None:
        """Note a retrain for work, unless one is on already: then return that one.

        The same retrain twice is one.

        Raises
        ------
        NotReady
            When the jobs database is not open.
        """

        def note() -> None:
            with SetWorkflowID(job.id), SetEnqueueOptions(deduplication_id=_THE_ONE):
                DBOS.enqueue_workflow(RETRAIN_QUEUE, self._retrain, asdict(job))

        for _ in range(_RETRAIN_TRIES):
            running = await self.retraining()
            if running is not None:
                return None if running.job.id == job.id else running
            try:
                await self._asked(note, NO_RETRAIN_NOW)
            except engine_error.DBOSQueueDeduplicatedError:
                continue  # somebody was faster: look whose it is
            return None
        raise NotReady("Others ask for retrains just now too. Please try again in a minute.")

    async def knows(self, job: RetrainJob) -> bool:
        """Say whether a retrain was noted before, whatever became of it.

        Raises
        ------
        NotReady
            When the jobs database is not open, or away.
        """
        return await self._asked(lambda: DBOS.get_workflow_status(job.id) is not None, NO_RETRAIN_NOW)

    async def retraining(self) -> Running | None:
        """Return the retrain that is on in any process; None when there is none.

        Raises
        ------
        NotReady
            When the jobs database is not open, or away.
        """

        def look() -> Running | None:
            found = DBOS.list_workflows(status=_UNFINISHED, name="retrain", load_output=False)
            for one in found:
                if one.input:
                    steps = DBOS.list_workflow_steps(one.workflow_id, load_output=False)
                    done = [step["function_name"] for step in steps if step["function_name"] in _NEXT]
                    return Running(RetrainJob(**one.input["args"][0]), _NEXT[done[-1] if done else ""])
            return None

        return await self._asked(look, NO_RETRAIN_NOW)

    async def forget_team(self, team: str) -> None:
        """Cancel every unfinished job of a workspace, and delete what is kept of all its jobs.

        That is a job itself, so a crash does not leave the half of it.

        Raises
        ------
        NotReady
            When the jobs database is not open, or away.
        """
        name = f"forget:{team}:{secrets.token_hex(4)}"
        await self._note(name, lambda: DBOS.enqueue_workflow(SEEN_QUEUE, self._forget, team))

    async def _note(self, name: str, enqueue: Callable[[], object]) -> None:
        """Note a workflow for work under that name, once; NotReady where the database does not take it now."""

        def note() -> None:
            with SetWorkflowID(name):
                enqueue()

        await self._asked(note, NO_JOBS_NOW)

    async def _asked(self, ask: Callable[[], R], refusal: str) -> R:
        """Ask the engine something; NotReady, with that sentence, where its database does not answer now."""
        if not self._running or self.problem:
            raise NotReady(refusal)
        try:
            # The engine waits for its database however long that is away, and its own asynchronous calls would put
            # threads that end with it under everything else in this process: hence threads for this alone.
            async with asyncio.timeout(ENQUEUE_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._takers, ask)
        except engine_error.DBOSQueueDeduplicatedError:
            raise
        except (TimeoutError, DBAPIError, engine_error.DBOSException) as error:
            _log.warning("the jobs database did not answer", extra={"failure": type(error).__name__})
            raise NotReady(refusal) from None

    def _define(self) -> None:
        """Define the workflows: `file` looks and announces at once, `score_file` waits for its turn to do the work."""
        steps = self._steps

        @_step("look")
        async def look(job: Data) -> Data | None:
            upload = await steps.look(FileJob(**job))
            return None if upload is None else asdict(upload)

        @_step("announce", max_attempts=PATIENT_ATTEMPTS)
        async def announce(job: Data, upload: Data) -> str:
            return await steps.announce(FileJob(**job), Upload(**upload), await self._ahead(FileJob(**job)))

        @_step("version")
        async def version() -> str:
            return steps.version()

        @_step("score")
        async def score(job: Data, upload: Data, status: str, with_version: str) -> Data:
            return asdict(await steps.score(FileJob(**job), Upload(**upload), status, with_version))

        @_step("publish", max_attempts=PATIENT_ATTEMPTS)
        async def publish(job: Data, upload: Data, status: str, outcome: Data) -> None:
            await steps.publish(FileJob(**job), Upload(**upload), status, Outcome(**outcome))

        @DBOS.workflow(name="score_file")
        async def score_file(job: Data, upload: Data, status: str) -> None:
            with self._working_for(job["team"]):
                try:
                    outcome = await score(job, upload, status, await version())
                except Exception:  # noqa: BLE001 - logged by the step; after a crash it comes back as another type
                    outcome = asdict(Outcome(failure=GAVE_UP, retry=True))
                await publish(job, upload, status, outcome)

        @DBOS.workflow(name="file")
        async def file(job: Data) -> None:
            with self._working_for(job["team"]):
                try:
                    upload = await look(job)
                except Exception:  # noqa: BLE001 - logged by the step; after a crash it comes back as another type
                    upload = asdict(Upload.unseen(GAVE_UP))
                if upload is None:
                    return
                status = await announce(job, upload)
                if upload["refusal"]:
                    return
                with SetWorkflowID(f"{FileJob(**job).id}{_SCORE}"), SetEnqueueOptions(queue_partition_key=job["user"]):
                    await DBOS.enqueue_workflow_async(SCORE_QUEUE, score_file, job, upload, status)

        @DBOS.step(
            name="forget",
            retries_allowed=True,
            interval_seconds=FIRST_PAUSE_SECONDS,
            max_attempts=STEP_ATTEMPTS,
            should_retry=_note_failure,
        )
        async def forget_jobs(team: str) -> int:
            return await self._forget_jobs(team)

        @DBOS.workflow(name="forget")
        async def forget(team: str) -> None:
            cancelled = await forget_jobs(team)
            _log.info("workspace forgotten", extra={"team": team, "jobs_cancelled": cancelled})

        self._file, self._forget = file, forget
        self._define_retrain()

    def _define_retrain(self) -> None:
        """Define the workflow of a retrain. It ends at the candidate: nothing in it waits for a person."""
        steps = self._retrain_steps

        @_step("retrain.look")
        async def look(job: Data) -> Data:
            return asdict(await steps.look(RetrainJob(**job)))

        @_step("retrain.announce", max_attempts=PATIENT_ATTEMPTS)
        async def announce(job: Data, material: Data) -> Data:
            return asdict(await steps.announce(RetrainJob(**job), Material(**material)))

        @_step("retrain.train", max_attempts=_TRAIN_ATTEMPTS)
        async def train(job: Data, material: Data, place: Data) -> Data:
            return asdict(await steps.train(RetrainJob(**job), Material(**material), Place(**place)))

        @_step("retrain.draw")
        async def draw(outcome: Data) -> Data:
            return asdict(await steps.draw(Trained(**outcome)))

        @_step("retrain.report", max_attempts=PATIENT_ATTEMPTS)
        async def report(job: Data, material: Data, place: Data, outcome: Data, pictures: Data) -> None:
            await steps.report(
                RetrainJob(**job), Material(**material), Place(**place), Trained(**outcome), Pictures(**pictures)
            )

        @_step("retrain.close", max_attempts=PATIENT_ATTEMPTS)
        async def close(job: Data, material: Data, place: Data, outcome: Data) -> None:
            await steps.close(RetrainJob(**job), Material(**material), Place(**place), Trained(**outcome))

        @DBOS.workflow(name="retrain")
        async def retrain(job: Data) -> None:
            with self._working_for(job["team"]):
                try:
                    material = await look(job)
                except Exception:  # noqa: BLE001 - logged by the step; after a crash it comes back as another type
                    material = asdict(Material.unseen(GAVE_UP, retry=True))
                place = await announce(job, material)
                if material["refusal"]:
                    return
                try:
                    outcome = await train(job, material, place)
                except Exception:  # noqa: BLE001 - logged by the step; after a crash it comes back as another type
                    outcome = asdict(Trained(failure=GAVE_UP, retry=True))
                pictures = asdict(Pictures())
                if not outcome["failure"]:
                    try:
                        pictures = await draw(outcome)
                    except Exception:  # noqa: BLE001 - logged by the step; the report goes without charts
                        _log.warning("a report goes without charts")
                try:
                    await report(job, material, place, outcome, pictures)
                except Exception:  # noqa: BLE001 - logged by the step; a message that says “Saving” for ever is no end
                    await close(job, material, place, outcome)

        self._retrain = retrain

    async def _ahead(self, job: FileJob) -> int:
        """Count the files that come before this one in the line its person waits in."""
        unfinished = await DBOS.list_workflows_async(
            status=_UNFINISHED, queue_name=[SEEN_QUEUE, SCORE_QUEUE], name=["file", "score_file"], load_output=False
        )
        noted = [FileJob(**found.input["args"][0]) for found in unfinished if found.input]
        before = {one.id for one in noted if one.user == job.user and one.place < job.place}
        others = {one.user for one in noted if one.user != job.user}
        # Others wait in lines of their own, of which so many are served at once.
        return len(before) or (len(others) if len(others) >= SCORED_AT_ONCE else 0)

    async def _forget_jobs(self, team: str) -> int:
        """Cancel, wait until this process works on none of it any more, then delete; return how many were cancelled."""
        prefix, cancelled = [f"file:{team}:", f"retrain:{team}:"], set[str]()
        # What is deleted under a step at work would be noted anew when the step ends.
        async with asyncio.timeout(LET_GO_SECONDS):
            at_work = True
            while at_work:
                # First who is at work, then what is unfinished: a file may get in line while others are cancelled.
                at_work = bool(self._at_work[team])
                unfinished = await DBOS.list_workflows_async(
                    status=_UNFINISHED, workflow_id_prefix=prefix, load_input=False, load_output=False
                )
                if ids := [found.workflow_id for found in unfinished]:
                    await DBOS.cancel_workflows_async(ids)
                    cancelled.update(ids)
                    at_work = True
                if at_work:
                    await asyncio.sleep(POLL_SECONDS)
        known = await DBOS.list_workflows_async(workflow_id_prefix=prefix, load_input=False, load_output=False)
        await DBOS.delete_workflows_async([found.workflow_id for found in known])
        return len(cancelled)

    @contextmanager
    def _working_for(self, team: str) -> Iterator[None]:
        self._at_work[team] += 1
        try:
            yield
        finally:
            self._at_work[team] -= 1


def _note_failure(error: BaseException) -> bool:
    """Log a step's failure by its kind, never its message, which may quote what was sent; say whether to try again."""
    word = error_word(error) if isinstance(error, SlackApiError) else None
    _log.warning("a step failed", extra={"failure": type(error).__name__, "slack_error": word})
    return isinstance(error, Exception) and is_passing(error)


def _step(name: str, max_attempts: int = STEP_ATTEMPTS) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a step of ours: it is tried again where that may help."""
    return DBOS.step(
        name=name,
        retries_allowed=True,
        interval_seconds=FIRST_PAUSE_SECONDS,
        backoff_rate=2.0,
        max_attempts=max_attempts,
        should_retry=_note_failure,
        # A workspace that is forgotten is not worked for any longer.
        preemptible=True,
    )
