"""A retrain as a workflow. It ends at the candidate: nothing in it waits for a person."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from bot.jobs.durable_step import GAVE_UP, PATIENT_ATTEMPTS, given_up_for, step, workflow
from bot.jobs.queues import RETRAIN, UNFINISHED
from bot.jobs.retrains.retrain_job import RetrainSteps
from bot.jobs.team_workflow import TeamWorkflow
from bot.records.retrain_job import Material, MessageRef, Pictures, RetrainJob, Running, TrainingOutcome
from bot.records.stored import decode, encode

# One retrain at a time among all processes: the queue refuses a second job with this id while the first is unfinished.
_DEDUPLICATION_ID: Final = "retrain"
_TRAIN_ATTEMPTS: Final = 2
# What a retrain is doing, by the last step it has finished.
_DOING: Final = {
    "": "looking at the file",
    "retrain.look": "announcing it",
    "retrain.announce": "training",
    "retrain.train": "drawing the charts",
    "retrain.draw": "writing the report",
    "retrain.report": "writing the details",
}
_log = logging.getLogger(__name__)

Report = Callable[[RetrainJob, Material, MessageRef, TrainingOutcome], Coroutine[Any, Any, None]]


class RetrainWorkflow(TeamWorkflow[RetrainSteps]):
    """The workflow `retrain`."""

    def enqueue(self, job: RetrainJob) -> None:
        """Store the job; blocks until the database has it.

        Raises
        ------
        DBOSQueueDeduplicatedError
            When another retrain is unfinished.
        """
        with SetWorkflowID(job.id), SetEnqueueOptions(deduplication_id=_DEDUPLICATION_ID):
            DBOS.enqueue_workflow(RETRAIN, self._workflow, encode(job))

    def unfinished(self) -> Running | None:
        """Return the retrain that waits or runs in any process; None when there is none. Blocks."""
        for status in DBOS.list_workflows(status=UNFINISHED, name="retrain", load_output=False):
            if status.input:
                steps = DBOS.list_workflow_steps(status.workflow_id, load_output=False)
                done = [one["function_name"] for one in steps if one["function_name"] in _DOING]
                return Running(decode(RetrainJob, status.input["args"][0]), _DOING[done[-1] if done else ""])
        return None

    def define(self) -> None:
        """Define `retrain` for the engine that is about to be launched."""
        steps, first_pause, finish = self.steps, self._timings.first_pause, self._define_report()

        @step("retrain.look", first_pause)
        async def look(job: RetrainJob) -> Material:
            return await steps.look(job)

        @step("retrain.announce", first_pause, PATIENT_ATTEMPTS)
        async def announce(job: RetrainJob, material: Material) -> MessageRef:
            return await steps.announce(job, material)

        @step("retrain.train", first_pause, _TRAIN_ATTEMPTS)
        async def train(job: RetrainJob, material: Material, message: MessageRef) -> TrainingOutcome:
            return await steps.train(job, material, message)

        @workflow("retrain")
        async def retrain(job: RetrainJob) -> None:
            with self._running.running(job.team):
                material = await given_up_for(look(job), Material.unseen(GAVE_UP, retry=True))
                message = await announce(job, material)
                if material.refusal:
                    return
                gave_up = TrainingOutcome(failure=GAVE_UP, retry=True)
                outcome = await given_up_for(train(job, material, message), gave_up)
                await finish(job, material, message, outcome)

        self._workflow = retrain

    def _define_report(self) -> Report:
        """Define the steps after the training; they run within the workflow."""
        steps, first_pause = self.steps, self._timings.first_pause

        @step("retrain.draw", first_pause)
        async def draw(outcome: TrainingOutcome) -> Pictures:
            return await steps.draw(outcome)

        @step("retrain.report", first_pause, PATIENT_ATTEMPTS)
        async def report(
            job: RetrainJob, material: Material, message: MessageRef, outcome: TrainingOutcome, pictures: Pictures
        ) -> None:
            await steps.report(job, material, message, outcome, pictures)

        @step("retrain.close", first_pause, PATIENT_ATTEMPTS)
        async def close(job: RetrainJob, material: Material, message: MessageRef, outcome: TrainingOutcome) -> None:
            await steps.close(job, material, message, outcome)

        @step("retrain.detail", first_pause)
        async def detail(message: MessageRef, outcome: TrainingOutcome, pictures: Pictures) -> None:
            await steps.detail(message, outcome, pictures)

        async def finish(job: RetrainJob, material: Material, message: MessageRef, outcome: TrainingOutcome) -> None:
            pictures = Pictures()
            if not outcome.failure:
                try:
                    pictures = await draw(outcome)
                except Exception:  # noqa: BLE001 - logged by the step; the report goes without charts
                    _log.warning("a report goes without charts")
            try:
                await report(job, material, message, outcome, pictures)
            except Exception:  # noqa: BLE001 - logged by the step; the message must not say “Saving” for ever
                await close(job, material, message, outcome)
                return
            if not outcome.failure:
                try:
                    await detail(message, outcome, pictures)
                except Exception:  # noqa: BLE001 - logged by the step; people can decide by the report alone
                    _log.warning("a report goes without its details")

        return finish
