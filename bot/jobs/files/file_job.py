"""One uploaded file, from seen to summary: the steps of its job, each safe to repeat. Knows nothing of the engine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.files.file_outcome import failed_reply, scored_reply
from bot.blocks.files.summary import (
    elsewhere_reply,
    progress_reply,
    seen_reply,
    summary_labels,
)
from bot.blocks.questions import decided_note
from bot.blocks.reply import Reply, plainer
from bot.jobs.files.customer_maps import CustomerMaps, Watches
from bot.jobs.files.orders import derive, is_of_orders, offer_of
from bot.jobs.files.other_columns import OtherFile, outcome_for, outcome_without_model
from bot.jobs.files.uploads import Uploads
from bot.jobs.likeness import values_beside
from bot.jobs.progress import RowProgress
from bot.jobs.remembering import FileMemory, Scored
from bot.jobs.scratch import Scratch
from bot.live_model import LiveModel
from bot.records.failure import failure_of
from bot.records.file_job import FileJob, ScoringOutcome, Upload, result_name
from bot.settings import USUAL_WAYS, FileWays
from bot.slack.fallbacks import show_somehow
from bot.slack.status_message import StatusMessage
from bot.slack.transfers.downloads import Downloader
from bot.slack.transfers.files import (
    Destination,
    is_away,
    share_file,
)
from bot.timings import DEFAULT_TIMINGS, Timings
from segmentation.errors import NoModel, OtherColumns, SegbotError
from segmentation.orders.answers import OrderAnswers
from segmentation.orders.rfm_schema import reads_customers
from segmentation.orders.score import about_customers, after_making
from segmentation.reading.table import DEFAULT_LIMITS, Limits
from segmentation.scoring.report import ScoreReport
from segmentation.scoring.score import score_file

if TYPE_CHECKING:
    from segmentation.model import SegmentModel

EVENT_TYPE: Final = "segbot_file_job"
T = TypeVar("T")
Watched = Callable[[Callable[..., ScoringOutcome]], Awaitable[ScoringOutcome]]
_log = logging.getLogger(__name__)


class FileJobSteps:
    """The steps. Each may run again after a crash, and then changes nothing that is there already.

    Parameters
    ----------
    client
        Slack's Web API as the bot.
    downloader
        Fetches the upload.
    live
        The model in service; a job finishes with the version it began to score with.
    scratch
        Holds the file while it is scored.
    memory
        Remembers which segment each customer was in.
    limits
        How large a file may be.
    timings
        How long Slack is waited for, and how often people hear of progress.
    ways
        How files are answered, as the settings say.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        downloader: Downloader,
        live: LiveModel,
        scratch: Scratch,
        memory: FileMemory,
        limits: Limits = DEFAULT_LIMITS,
        timings: Timings = DEFAULT_TIMINGS,
        ways: FileWays = USUAL_WAYS,
    ) -> None:
        self._client = client
        self._downloader = downloader
        self._live = live
        self._scratch = scratch
        self._memory = memory
        self._limits = limits
        self._timings = timings
        self._ways = ways
        self._maps = CustomerMaps(client, timings.slack)
        self._message = StatusMessage(client, EVENT_TYPE)
        self._uploads = Uploads(client, self._message, (downloader, live, scratch, limits), timings, ways)

    async def look(self, job: FileJob) -> Upload | None:
        """Ask Slack about the file; None when there is nothing to say about it."""
        return await self._uploads.look(job)

    async def announce(self, job: FileJob, upload: Upload, ahead: int) -> str:
        """Post the job's one message in the upload's thread, unless it is there already; return its ts."""
        found = await self._message.find(job.id, job.channel, thread=upload.thread, oldest=upload.shared)
        if found is not None:
            return found
        refused = ScoringOutcome(failure=upload.refusal, retry=upload.retry)
        reply = failed_reply(job, upload, refused) if upload.refusal else seen_reply(upload.name, ahead)
        posted = await self._message.post(job.id, job.channel, reply, thread=upload.thread)
        _log.info(
            "file seen",
            extra={
                "job": job.id,
                "team": job.team,
                "bytes": upload.size,
                "ahead": ahead,
                "refused": bool(upload.refusal),
            },
        )
        return posted

    def version(self) -> str:
        """Return the model version to score with; empty while there is none."""
        return self._live.get().version if self._live.loaded else ""

    async def score(self, job: FileJob, upload: Upload, status: str, version: str) -> ScoringOutcome:
        """Download, score and upload the result, unless this job's result is uploaded already.

        One step: what is on this machine's disk is gone when another machine takes the job over.

        Parameters
        ----------
        status
            The ts of the job's message.
        version
            The model version the job began with.
        """
        try:
            return await self._score(job, upload, status, version)
        except (SegbotError, OSError) as error:
            # The step is tried again if the shared database or the network is away.
            if is_away(error):
                raise
            return ScoringOutcome(**failure_of(error))

    async def publish(self, job: FileJob, upload: Upload, status: str, outcome: ScoringOutcome) -> None:
        """Turn the job's message into its summary or its failure."""
        await self._show(job, upload, status, outcome)
        about: dict[str, object] = {"job": job.id, "team": job.team}
        if outcome.failure:
            _log.info("file not scored", extra=about)
            return
        report = ScoreReport.from_data(outcome.report)
        about |= {"version": report.model_version, "rows": report.rows, "scored": report.scored}
        about |= {"rejected": report.rejected, "seconds": round(report.seconds, 3)}
        _log.info("file scored", extra=about)

    async def _show(self, job: FileJob, upload: Upload, status: str, outcome: ScoringOutcome) -> None:
        edit = partial(self._message.edit, job.channel, status)
        if outcome.failure:
            failure = failed_reply(job, upload, outcome)
            await show_somehow(edit, failure, *plainer(failure))
            return
        summary = scored_reply(upload, outcome)
        if upload.private:
            # First the summary: what the channel is told is true then.
            await show_somehow(await self._directly(job), summary, *plainer(summary))
            await edit(elsewhere_reply(upload.name, outsiders=upload.outsiders))
        else:
            await show_somehow(edit, summary, *plainer(summary))

    async def _directly(self, job: FileJob) -> Callable[[Reply], Awaitable[None]]:
        """Return what shows a message to the person who uploaded the file, in a direct message."""
        channel = str((await self._client.conversations_open(users=job.user))["channel"]["id"])
        return partial(self._message.put, f"direct:{job.token}", channel)

    async def _score(self, job: FileJob, upload: Upload, status: str, version: str) -> ScoringOutcome:
        try:
            model = self._live.get()
        except NoModel as reason:
            return await self._without_model(job, upload, status, reason)
        if version and model.version != version:
            # Promoted since: after a crash too, the job finishes with the version it began with.
            model = await asyncio.to_thread(self._live.registry.load, version)
        with self._scratch.folder() as folder:
            source, target = folder / "upload", folder / "result"
            await self._downloader.fetch(upload.url, upload.size, source)
            decided, recorder = OrderAnswers.parse(job.answers), self._memory.recorder(job.team)
            answers, said = decided.file, tuple[str, ...]()
            values = await asyncio.to_thread(values_beside, self._live.registry, model)
            few = self._maps.watch(model)
            seen = Watches(values, few)
            given = partial(score_file, limits=self._limits, scratch=folder, watch=recorder, values=seen)
            watched = partial(self._watched, job, upload, status)
            try:
                report = await watched(partial(given, source, target, model, answers=answers))
            except OtherColumns as refusal:
                other = OtherFile(source, folder, job.file, upload.name, answers, self._limits)
                if (outcome := await self._offer(refusal, other, decided, model, watched)) is not None:
                    return outcome
                source, said = await watched(partial(derive, other, decided, model.schema))
                answers = about_customers(decided)
                report = await asyncio.to_thread(given, source, target, model, answers=answers)
            done = Scored(job, upload.name, source, answers, model, report)
            movement, problem = await self._memory.remember(done, recorder)
            notes = filter(None, (decided_note(decided.file), problem, values.note() if values else ""))
            report = replace(report, notes=(*notes, *after_making(said, report.notes)))
            uploads = self._share(job, upload, target, report.suffix), self._maps.show(model, few)
            result, picture = await asyncio.gather(*uploads)
        return ScoringOutcome(
            report.to_data(),
            synthetic=model.synthetic,
            labels=summary_labels(model.schema),
            movement=movement.to_data() if movement else {},
            actions={segment.name: segment.action for segment in model.segments},
            result=result,
            picture=picture.file,
            picture_text=picture.text,
        )

    async def _watched(self, job: FileJob, upload: Upload, status: str, work: Callable[..., T]) -> T:
        """Run `work` in a thread, and show how many rows it says by its `progress` that it has done."""
        progress = RowProgress(
            lambda rows: self._message.edit(job.channel, status, progress_reply(upload.name, rows)),
            self._timings.jobs.progress,
        )
        return await progress.watch(partial(work, progress=progress.report))

    async def _offer(
        self, refusal: OtherColumns, file: OtherFile, decided: OrderAnswers, model: SegmentModel, watched: Watched
    ) -> ScoringOutcome | None:
        """Say what could be made of a file that lacks the model's columns; None if it lists orders the model knows."""
        known = reads_customers(model.schema)
        if (known or self._ways.offers_setup) and await asyncio.to_thread(is_of_orders, file, refusal.sentence):
            return None if known else await watched(partial(offer_of, file, decided))
        find = partial(outcome_for, refusal, file, self._live.registry, offers=self._ways.offers_setup)
        return await asyncio.to_thread(find)

    async def _share(self, job: FileJob, upload: Upload, target: Path, suffix: str) -> str:
        """Share the result in the upload's thread, or directly with its person if it is private; return its id."""
        to = Destination(job.channel, upload.thread)
        if upload.private:
            opened = await self._client.conversations_open(users=job.user)
            to = Destination(str(opened["channel"]["id"]))
        name, me = result_name(upload.name, suffix), await self._message.me()
        # The token marks the result as this job's: `share_file` looks for the title before it uploads again.
        title, timings = f"{name} ({job.token})", self._timings.slack
        return await share_file(self._client, target, name, title, to, user=me, timings=timings)

    async def _without_model(self, job: FileJob, upload: Upload, status: str, reason: NoModel) -> ScoringOutcome:
        with self._scratch.folder() as folder:
            source = folder / "upload"
            await self._downloader.fetch(upload.url, upload.size, source)
            decided = OrderAnswers.parse(job.answers)
            other = OtherFile(source, folder, job.file, upload.name, decided.file, self._limits)
            if self._ways.offers_setup and not reason.candidate and await asyncio.to_thread(is_of_orders, other):
                return await self._watched(job, upload, status, partial(offer_of, other, decided))
            look = partial(outcome_without_model, reason, other, offers=self._ways.offers_setup)
            return await asyncio.to_thread(look)
