"""Forgetting a workspace that has uninstalled the app: its jobs are cancelled, then deleted, and so is all else."""

from __future__ import annotations

import asyncio
import logging

from dbos import DBOS

from bot.jobs.durable_step import step, workflow
from bot.jobs.queues import SEEN, UNFINISHED
from bot.jobs.remembering import FileMemory
from bot.jobs.team_workflow import RunningTeams
from bot.timings import JobTimings
from segmentation.watching.store import WatchStore

_log = logging.getLogger(__name__)


class ForgetWorkflow:
    """The workflow `forget`.

    Parameters
    ----------
    running
        Whose workflows run in this process.
    memory
        What is kept of a workspace besides its jobs; None if nothing is.
    timings
        How long it waits for running steps.
    watches
        The watches of all workspaces; None if there are none.
    """

    def __init__(
        self,
        running: RunningTeams,
        memory: FileMemory | None,
        timings: JobTimings,
        watches: WatchStore | None = None,
    ) -> None:
        self._running = running
        self._memory = memory
        self._timings = timings
        self._watches = watches

    def define(self) -> None:
        """Define the workflow for the engine that is about to be launched."""

        # Not preemptible: it belongs to no workspace that could be forgotten.
        @step("forget", self._timings.first_pause, preemptible=False)
        async def forget_jobs(team: str) -> int:
            return await self._forget_jobs(team)

        @workflow("forget")
        async def forget(team: str) -> None:
            cancelled = await forget_jobs(team)
            _log.info("workspace forgotten", extra={"team": team, "jobs_cancelled": cancelled})

        self._workflow = forget

    def enqueue(self, team: str) -> None:
        """Store the job; blocks until the database has it."""
        DBOS.enqueue_workflow(SEEN, self._workflow, team)

    async def _forget_jobs(self, team: str) -> int:
        """Cancel the workspace's jobs, wait until this process runs none, delete them; return how many it cancelled."""
        prefix, cancelled = [f"file:{team}:", f"retrain:{team}:", f"list:{team}:", f"watch:{team}:"], set[str]()
        # First, so that none of them becomes a job any more.
        if self._watches is not None:
            await asyncio.to_thread(self._watches.forget, team)
        # A step still running would store its result after the deletion, and so bring its job back.
        async with asyncio.timeout(self._timings.let_go):
            while True:
                # In this order: a file may be enqueued for scoring while others are being cancelled.
                idle = team not in self._running
                unfinished = await DBOS.list_workflows_async(
                    status=UNFINISHED, workflow_id_prefix=prefix, load_input=False, load_output=False
                )
                if idle and not unfinished:
                    break
                if ids := [status.workflow_id for status in unfinished]:
                    await DBOS.cancel_workflows_async(ids)
                    cancelled.update(ids)
                await asyncio.sleep(self._timings.poll)
        known = await DBOS.list_workflows_async(workflow_id_prefix=prefix, load_input=False, load_output=False)
        await DBOS.delete_workflows_async([status.workflow_id for status in known])
        # Only now: a job that still ran could have remembered its file.
        if self._memory is not None:
            await asyncio.to_thread(self._memory.forget, team)
        return len(cancelled)
