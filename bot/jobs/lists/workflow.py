"""The job of a list as a workflow."""

from __future__ import annotations

from dbos import DBOS, SetEnqueueOptions

from bot.jobs.durable_step import GAVE_UP, PATIENT_ATTEMPTS, given_up_for, step, workflow
from bot.jobs.lists.steps import ListSteps
from bot.jobs.queues import LISTS
from bot.jobs.team_workflow import TeamWorkflow
from bot.records.list_job import ListJob, ListOutcome
from bot.records.retrain_job import MessageRef
from bot.records.stored import encode


class ListWorkflow(TeamWorkflow[ListSteps]):
    """The workflow `list`."""

    def enqueue(self, job: ListJob) -> None:
        """Store the job; blocks until the database has it."""
        with SetEnqueueOptions(queue_partition_key=job.user):
            DBOS.enqueue_workflow(LISTS, self._workflow, encode(job))

    def define(self) -> None:
        """Define `list` for the engine that is about to be launched."""
        steps, first_pause = self.steps, self._timings.first_pause

        @step("list.announce", first_pause, PATIENT_ATTEMPTS)
        async def announce(job: ListJob) -> MessageRef:
            return await steps.announce(job)

        @step("list.cut", first_pause)
        async def cut(job: ListJob, message: MessageRef) -> ListOutcome:
            return await steps.cut(job, message)

        @step("list.publish", first_pause, PATIENT_ATTEMPTS)
        async def publish(job: ListJob, message: MessageRef, outcome: ListOutcome) -> None:
            await steps.publish(job, message, outcome)

        @workflow("list")
        async def cut_a_list(job: ListJob) -> None:
            with self._running.running(job.team):
                message = await announce(job)
                outcome = await given_up_for(cut(job, message), ListOutcome(failure=GAVE_UP, retry=True))
                await publish(job, message, outcome)

        self._workflow = cut_a_list
