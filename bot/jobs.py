"""Durable background jobs. The only module that imports DBOS; what a job does is in `file_job`.

A job is a workflow: every finished step is noted in the jobs database, and after a crash the workflow goes on from
there. The step under way at the crash runs again, so each step is safe to repeat.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import Any, Final

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from slack_sdk.errors import SlackApiError

from bot.file_job import FileJobSteps
from bot.file_job_data import FileJob, Outcome, Upload
from bot.files import error_word, is_passing
from segmentation.errors import NotReady

Data = dict[str, Any]

# Names what is stored, not what is installed: it changes when the steps of a workflow change order or meaning.
WORKFLOW_VERSION: Final = "1"
SEEN_QUEUE: Final = "files-seen"
SCORE_QUEUE: Final = "files-score"
POLL_SECONDS: Final = 0.2
SEEN_AT_ONCE: Final = 50
SCORED_AT_ONCE: Final = 2
STEP_ATTEMPTS: Final = 6
FIRST_PAUSE_SECONDS: Final = 1.0
# Where nothing could be said instead, it is worth waiting out an outage: these are about 17 minutes.
PATIENT_ATTEMPTS: Final = 11
LET_GO_SECONDS: Final = 60.0
GAVE_UP: Final = "Slack or this server failed again and again while I worked on it."
_UNFINISHED: Final = ["ENQUEUED", "PENDING"]
_SCORE: Final = "/score"
_log = logging.getLogger(__name__)


class Jobs:
    """Takes jobs in and works them off. DBOS keeps its engine in the process, so there is one of these at a time.

    Parameters
    ----------
    database_url
        Where jobs are noted.
    executor
        This process's name among all that share the database.
    steps
        What a file job does.
    """

    def __init__(self, database_url: str, executor: str, steps: FileJobSteps) -> None:
        self._database_url = database_url
        self._executor = executor
        self._steps = steps
        self._running = False
        # Teams of the workflows at work in this process, one entry each.
        self._at_work: Counter[str] = Counter()

    @property
    def running(self) -> bool:
        """Whether jobs are taken in and worked off."""
        return self._running

    def start(self) -> None:
        """Open the database, take up what a crash left, and begin to work."""
        # Its own lines quote errors, which quote what was sent; `_note_failure` says what we need to know.
        engine_log = logging.getLogger("dbos")
        engine_log.handlers[:] = [logging.NullHandler()]
        engine_log.propagate = False
        config: DBOSConfig = {
            "name": "segbot",
            "system_database_url": self._database_url,
            "application_version": WORKFLOW_VERSION,
            "executor_id": self._executor,
            "serializer": DBOSPortableJSONSerializer(),
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": POLL_SECONDS,
            "log_level": "CRITICAL",
            "enable_otlp": False,
        }
        DBOS(config=config)
        self._define()
        DBOS.launch()
        DBOS.register_queue(SEEN_QUEUE, worker_concurrency=SEEN_AT_ONCE, polling_interval_sec=POLL_SECONDS)
        # One file at a time from each person: a hundred from one do not keep another waiting.
        DBOS.register_queue(
            SCORE_QUEUE,
            worker_concurrency=SCORED_AT_ONCE,
            partition_worker_concurrency=1,
            polling_interval_sec=POLL_SECONDS,
        )
        self._running = True

    def stop(self, drain_seconds: int = 20) -> None:
        """Stop taking jobs, let running steps finish for so long, and close the database."""
        self._running = False
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=drain_seconds)

    async def enqueue(self, job: FileJob) -> None:
        """Note a job for work; the same job twice is one job.

        Raises
        ------
        NotReady
            When the jobs database is not open.
        """
        if not self._running:
            raise NotReady("I cannot take files just now. Please try again in a minute.")
        with SetWorkflowID(job.id):
            await DBOS.enqueue_workflow_async(SEEN_QUEUE, self._file, asdict(job))

    async def forget_team(self, team: str) -> None:
        """Cancel every unfinished job of a workspace, and delete what is kept of all its jobs.

        That is a job itself, so a crash does not leave the half of it.

        Raises
        ------
        NotReady
            When the jobs database is not open.
        """
        if not self._running:
            raise NotReady("The jobs database is not open.")
        with SetWorkflowID(f"forget:{team}:{secrets.token_hex(4)}"):
            await DBOS.enqueue_workflow_async(SEEN_QUEUE, self._forget, team)

    def _define(self) -> None:
        """Define the workflows: `file` looks and announces at once, `score_file` waits for its turn to do the work."""
        steps = self._steps
        step = partial(
            DBOS.step,
            retries_allowed=True,
            interval_seconds=FIRST_PAUSE_SECONDS,
            backoff_rate=2.0,
            max_attempts=STEP_ATTEMPTS,
            should_retry=_note_failure,
            # A workspace that is forgotten is not worked for any longer.
            preemptible=True,
        )

        @step(name="look")
        async def look(job: Data) -> Data | None:
            upload = await steps.look(FileJob(**job))
            return None if upload is None else asdict(upload)

        @step(name="announce", max_attempts=PATIENT_ATTEMPTS)
        async def announce(job: Data, upload: Data) -> str:
            return await steps.announce(FileJob(**job), Upload(**upload), await self._ahead(FileJob(**job)))

        @step(name="version")
        async def version() -> str:
            return steps.version()

        @step(name="score")
        async def score(job: Data, upload: Data, status: str, with_version: str) -> Data:
            return asdict(await steps.score(FileJob(**job), Upload(**upload), status, with_version))

        @step(name="publish", max_attempts=PATIENT_ATTEMPTS)
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
                except Exception:  # noqa: BLE001 - as above
                    upload = asdict(Upload.unseen(GAVE_UP))
                if upload is None:
                    return
                status = await announce(job, upload)
                if upload["refusal"]:
                    return
                with SetWorkflowID(f"{FileJob(**job).id}{_SCORE}"), SetEnqueueOptions(queue_partition_key=job["user"]):
                    await DBOS.enqueue_workflow_async(SCORE_QUEUE, score_file, job, upload, status)

        @DBOS.step(name="forget")
        async def forget_jobs(team: str) -> int:
            return await self._forget_jobs(team)

        @DBOS.workflow(name="forget")
        async def forget(team: str) -> None:
            cancelled = await forget_jobs(team)
            _log.info("workspace forgotten", extra={"team": team, "jobs_cancelled": cancelled})

        self._file, self._forget = file, forget

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
        prefix = f"file:{team}:"
        unfinished = await DBOS.list_workflows_async(
            status=_UNFINISHED, workflow_id_prefix=prefix, load_input=False, load_output=False
        )
        ids = [found.workflow_id for found in unfinished]
        if ids:
            await DBOS.cancel_workflows_async(ids)
        # What is deleted under a step at work would be noted anew when the step ends.
        async with asyncio.timeout(LET_GO_SECONDS):
            while self._at_work[team]:  # noqa: ASYNC110 - the count is another loop's
                await asyncio.sleep(POLL_SECONDS)
        known = await DBOS.list_workflows_async(workflow_id_prefix=prefix, load_input=False, load_output=False)
        await DBOS.delete_workflows_async([found.workflow_id for found in known])
        return len(ids)

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
