"""The job of an uploaded file as a workflow: `file` looks and announces at once, `score_file` waits for its turn."""

from __future__ import annotations

from typing import Final

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from bot.jobs.durable_step import GAVE_UP, PATIENT_ATTEMPTS, Stored, given_up_for, step, workflow
from bot.jobs.files.file_job import FileJobSteps
from bot.jobs.queues import SCORE, SCORED_AT_ONCE, SEEN, UNFINISHED
from bot.jobs.team_workflow import TeamWorkflow
from bot.records.file_job import FileJob, ScoringOutcome, Upload, scoring_of
from bot.records.stored import decode, encode

_LATER: Final = "/later"


class FileWorkflow(TeamWorkflow[FileJobSteps]):
    """The workflows `file` and `score_file`."""

    def define(self) -> None:
        """Define `file` and `score_file` for the engine that is about to be launched."""
        self._workflow = self._define_seen(self._define_scoring())

    def enqueue(self, job: FileJob) -> None:
        """Store the job; blocks until the database has it."""
        DBOS.enqueue_workflow(SEEN, self._workflow, encode(job))

    def _define_seen(self, score_file: Stored) -> Stored:
        steps, first_pause = self.steps, self._timings.first_pause

        @step("look", first_pause)
        async def look(job: FileJob) -> Upload | None:
            return await steps.look(job)

        @step("announce", first_pause, PATIENT_ATTEMPTS)
        async def announce(job: FileJob, upload: Upload) -> str:
            return await steps.announce(job, upload, await self._ahead(job))

        @workflow("file")
        async def file(job: FileJob) -> None:
            with self._running.running(job.team):
                upload = await given_up_for(look(job), Upload.unseen(GAVE_UP))
                if upload is None:
                    return
                if upload.late:
                    await self._put_off(job)
                    return
                job = job.of_share(upload.shared)
                status = await announce(job, upload)
                if upload.refusal:
                    return
                # The id follows from the job's: if a crash makes this run again, the file is still scored once.
                with SetWorkflowID(scoring_of(job)), SetEnqueueOptions(queue_partition_key=job.user):
                    await DBOS.enqueue_workflow_async(SCORE, score_file, encode(job), encode(upload), status)

        return file

    def _define_scoring(self) -> Stored:
        steps, first_pause = self.steps, self._timings.first_pause

        # A step of its own, so that the version is stored: a repeated `score` uses the same one.
        @step("version", first_pause)
        async def version() -> str:
            return steps.version()

        @step("score", first_pause)
        async def score(job: FileJob, upload: Upload, status: str, with_version: str) -> ScoringOutcome:
            return await steps.score(job, upload, status, with_version)

        @step("publish", first_pause, PATIENT_ATTEMPTS)
        async def publish(job: FileJob, upload: Upload, status: str, outcome: ScoringOutcome) -> None:
            await steps.publish(job, upload, status, outcome)

        async def scored(job: FileJob, upload: Upload, status: str) -> ScoringOutcome:
            return await score(job, upload, status, await version())

        @workflow("score_file")
        async def score_file(job: FileJob, upload: Upload, status: str) -> None:
            with self._running.running(job.team):
                gave_up = ScoringOutcome(failure=GAVE_UP, retry=True)
                outcome = await given_up_for(scored(job, upload, status), gave_up)
                await publish(job, upload, status, outcome)

        return score_file

    async def _put_off(self, job: FileJob) -> None:
        """Look again later, in a workflow of its own: a job that waits would take the place of others."""
        pauses = self._timings.until_late
        if job.waited < len(pauses):
            name = f"{job.id}{_LATER}{job.waited}"
            with SetWorkflowID(name), SetEnqueueOptions(delay_seconds=pauses[job.waited]):
                await DBOS.enqueue_workflow_async(SEEN, self._workflow, encode(job.later()))

    async def _ahead(self, job: FileJob) -> int:
        """Count the files that come before this one in the line its person waits in."""
        unfinished = await DBOS.list_workflows_async(
            status=UNFINISHED, queue_name=[SEEN, SCORE], name=["file", "score_file"], load_output=False
        )
        waiting = [decode(FileJob, status.input["args"][0]) for status in unfinished if status.input]
        mine = [other for other in waiting if other.user == job.user and other.order < job.order]
        # The look at a share and its scoring may have different ids.
        before = {(other.file, other.channel, other.attempt) for other in mine}
        before.discard((job.file, job.channel, job.attempt))
        others = {other.user for other in waiting if other.user != job.user}
        # Other people wait in lines of their own; `SCORED_AT_ONCE` of these are served at a time.
        return len(before) or (len(others) if len(others) >= SCORED_AT_ONCE else 0)
