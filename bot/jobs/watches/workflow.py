"""One check of a watched table as a workflow."""

from __future__ import annotations

from dbos import DBOS, SetWorkflowID

from bot.jobs.durable_step import PATIENT_ATTEMPTS, step, workflow
from bot.jobs.queues import WATCH
from bot.jobs.team_workflow import TeamWorkflow
from bot.jobs.watches.steps import WatchSteps
from bot.records.stored import encode
from bot.records.watch import CheckOutcome, WatchRun


class WatchWorkflow(TeamWorkflow[WatchSteps]):
    """The workflow `watch`."""

    def enqueue(self, run: WatchRun) -> None:
        """Store the job; the same one twice is one. Blocks until the database has it."""
        with SetWorkflowID(run.id):
            DBOS.enqueue_workflow(WATCH, self._workflow, encode(run))

    def define(self) -> None:
        """Define `watch` for the engine that is about to be launched."""
        steps, first_pause = self.steps, self._timings.first_pause

        @step("watch.check", first_pause)
        async def check(run: WatchRun) -> CheckOutcome:
            return await steps.check(run)

        @step("watch.tell", first_pause, PATIENT_ATTEMPTS)
        async def tell(run: WatchRun, outcome: CheckOutcome) -> None:
            await steps.tell(run, outcome)

        @step("watch.note", first_pause, PATIENT_ATTEMPTS)
        async def note(run: WatchRun, outcome: CheckOutcome) -> None:
            await steps.note(run, outcome)

        @workflow("watch")
        async def watch(run: WatchRun) -> None:
            with self._running.running(run.team):
                outcome = await check(run)
                if outcome.watch:
                    # In this order: what could not be told is news at the next check, too.
                    await tell(run, outcome)
                    await note(run, outcome)

        self._workflow = watch
