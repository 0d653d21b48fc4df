"""Durable background jobs. The only module that imports DBOS; what a job does is in `file_job`.

A job is a workflow: every finished step is noted in the jobs database, and after a crash the workflow goes on from
there. The step under way at the crash runs again, so each step is safe to repeat.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from functools import partial
from typing import Any, Final

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from dbos import error as dbos_errors
from slack_sdk.errors import SlackApiError

from bot.file_job import FileJob, FileJobSteps, Outcome, Upload
from segmentation.errors import NotReady

Data = dict[str, Any]

# Names what is stored, not what is installed: it changes when the steps of a workflow change order or meaning.
WORKFLOW_VERSION: Final = "1"
SEEN_QUEUE: Final = "files-seen"
SCORE_QUEUE: Final = "files-score"
POLL_SECONDS: Final = 0.1
SEEN_AT_ONCE: Final = 50
SCORED_AT_ONCE: Final = 2
STEP_ATTEMPTS: Final = 6
FIRST_PAUSE_SECONDS: Final = 1.0
GAVE_UP: Final = "Slack or this server failed again and again while I worked on it."
_UNFINISHED: Final = ["ENQUEUED", "PENDING"]
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

    async def cancel_team(self, team: str) -> int:
        """Cancel every unfinished job of a workspace and forget the finished ones; return how many were cancelled."""
        prefix = f"file:{team}:"
        unfinished = await DBOS.list_workflows_async(status=_UNFINISHED, workflow_id_prefix=prefix)
        ids = [workflow.workflow_id for workflow in unfinished]
        if ids:
            await DBOS.cancel_workflows_async(ids)
        known = await DBOS.list_workflows_async(workflow_id_prefix=prefix)
        await DBOS.delete_workflows_async([workflow.workflow_id for workflow in known])
        return len(ids)

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
        )

        @step(name="look")
        async def look(job: Data) -> Data | None:
            upload = await steps.look(FileJob(**job))
            return None if upload is None else asdict(upload)

        @step(name="announce")
        async def announce(job: Data, upload: Data) -> str:
            waiting = await DBOS.list_workflows_async(
                status=_UNFINISHED, queue_name=SCORE_QUEUE, load_input=False, load_output=False
            )
            # One file at a time from each person; those of others wait in lines of their own.
            ahead = sum(1 for workflow in waiting if workflow.queue_partition_key == job["user"])
            return await steps.announce(FileJob(**job), Upload(**upload), ahead)

        @step(name="score")
        async def score(job: Data, upload: Data, status: str) -> Data:
            return asdict(await steps.score(FileJob(**job), Upload(**upload), status))

        @step(name="publish")
        async def publish(job: Data, upload: Data, status: str, outcome: Data) -> None:
            await steps.publish(FileJob(**job), Upload(**upload), status, Outcome(**outcome))

        @DBOS.workflow(name="score_file")
        async def score_file(job: Data, upload: Data, status: str) -> None:
            try:
                outcome = await score(job, upload, status)
            except dbos_errors.DBOSMaxStepRetriesExceeded:
                outcome = asdict(Outcome(failure=GAVE_UP, retry=True))
            await publish(job, upload, status, outcome)

        @DBOS.workflow(name="file")
        async def file(job: Data) -> None:
            upload = await look(job)
            if upload is None:
                return
            status = await announce(job, upload)
            with SetWorkflowID(f"{FileJob(**job).id}/score"), SetEnqueueOptions(queue_partition_key=job["user"]):
                await DBOS.enqueue_workflow_async(SCORE_QUEUE, score_file, job, upload, status)

        self._file = file


def _note_failure(error: BaseException) -> bool:
    """Log a step's failure by its kind, never its message, which may quote what was sent; and have it tried again."""
    code = error.response.get("error") if isinstance(error, SlackApiError) else None
    _log.warning("a step failed", extra={"failure": type(error).__name__, "slack_error": code})
    return True
