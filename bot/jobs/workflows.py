"""All workflows of a bot together: what each does, and how the engine gets to know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.jobs.files.file_workflow import FileWorkflow
from bot.jobs.forget_workflow import ForgetWorkflow
from bot.jobs.lists.workflow import ListWorkflow
from bot.jobs.retrains.retrain_workflow import RetrainWorkflow
from bot.jobs.team_workflow import RunningTeams
from bot.jobs.watches.rounds import WatchRounds

if TYPE_CHECKING:
    from bot.jobs.files.file_job import FileJobSteps
    from bot.jobs.lists.steps import ListSteps
    from bot.jobs.remembering import FileMemory
    from bot.jobs.retrains.retrain_job import RetrainSteps
    from bot.jobs.watches.steps import WatchSteps
    from bot.timings import JobTimings


@dataclass(frozen=True, slots=True)
class JobSteps:
    """What a file job, a retrain, a list and the check of a watched table do; without the last, nothing is watched."""

    files: FileJobSteps
    retrains: RetrainSteps
    lists: ListSteps
    watches: WatchSteps | None = None


class Workflows:
    """The workflows.

    Parameters
    ----------
    steps
        What they do.
    memory
        What is kept of files besides their jobs; None keeps nothing.
    timings
        Their pace.

    Attributes
    ----------
    running
        Whose workflows run in this process.
    """

    def __init__(self, steps: JobSteps, memory: FileMemory | None, timings: JobTimings) -> None:
        self.running = RunningTeams()
        self.files = FileWorkflow(steps.files, self.running, timings)
        self.retrains = RetrainWorkflow(steps.retrains, self.running, timings)
        self.lists = ListWorkflow(steps.lists, self.running, timings)
        self.watching = WatchRounds(steps.watches, self.running, self.retrains, timings)
        self.forget = ForgetWorkflow(self.running, memory, timings, self.watching.store)

    def define(self) -> None:
        """Define all for the engine that is about to be launched."""
        for workflow in (self.files, self.retrains, self.lists, self.watching, self.forget):
            workflow.define()
