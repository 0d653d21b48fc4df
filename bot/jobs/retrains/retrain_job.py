"""One retrain, from request to report: the steps of its job, each safe to repeat. Knows nothing of the engine."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import Any, Final, TypeVar

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.files.setup_offer import looked_reply, untrained_offer_reply
from bot.blocks.models.retrain import doubtful_reply, progress_reply, started_reply, unreported_reply, untrained_reply
from bot.blocks.reply import Reply, plainer
from bot.candidates import Candidates
from bot.jobs.progress import StepProgress
from bot.jobs.retrains.retrain_charts import ELBOW_TITLE, draw_charts, upload_segments
from bot.jobs.retrains.training_request import LookedAt, Trainer, TrainingRequest
from bot.jobs.scratch import Scratch
from bot.records.failure import failure_of
from bot.records.retrain_job import Material, MessageRef, Pictures, RetrainJob, TrainingOutcome
from bot.records.setup import StoredSetup
from bot.records.stored import encode
from bot.slack.access import actor_of
from bot.slack.fallbacks import show_somehow
from bot.slack.reports import DETAILS, details_messages
from bot.slack.status_message import CLOSED, StatusMessage
from bot.slack.transfers.downloads import Downloader
from bot.slack.transfers.file_kinds import address_of, is_gone, is_table, name_of
from bot.slack.transfers.files import (
    FILE_GONE,
    answered,
    error_word,
    is_away,
    is_passing,
    unfit,
    upload_chart,
)
from bot.timings import DEFAULT_TIMINGS, Timings
from segmentation.errors import NotReady, SegbotError
from segmentation.reading.table import DEFAULT_LIMITS, Limits

EVENT_TYPE: Final = "segbot_retrain_job"
DOWNLOADING: Final = "Downloading"
T = TypeVar("T")
_RECENT: Final = 200
_DELETED: Final = "message_not_found"
_END: Final = "/end"
NO_LATEST: Final = (
    "Nobody has uploaded a table in this channel. Upload a CSV or Excel file, or choose one with /retrain."
)
NO_FILE: Final = "The file is no longer there. Upload it again."
_log = logging.getLogger(__name__)


class RetrainSteps:
    """The steps. Each may run again after a crash, and then changes nothing that is there already.

    Parameters
    ----------
    client
        Slack's Web API as the bot.
    downloader
        Fetches the upload.
    candidates
        The registry's candidates and how they are shown.
    scratch
        Holds the file during the training.
    trainer
        Trains in a process of its own.
    limits
        How large a file may be.
    timings
        How long Slack and the database are waited for, and how often people hear of progress.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        downloader: Downloader,
        candidates: Candidates,
        scratch: Scratch,
        trainer: Trainer,
        limits: Limits = DEFAULT_LIMITS,
        timings: Timings = DEFAULT_TIMINGS,
    ) -> None:
        self._client = client
        self._downloader = downloader
        self._candidates = candidates
        self._scratch = scratch
        self._trainer = trainer
        self._limits = limits
        self._timings = timings
        self._message = StatusMessage(client, EVENT_TYPE)
        self._details = details_messages(client)

    async def look(self, job: RetrainJob) -> Material:
        """Ask Slack about the file; a file that cannot be trained on comes back with the reason."""
        if job.table:
            return Material(name=f"table {job.table}")
        try:
            named = await self._client.files_info(file=job.file) if job.file else None
            file = await self._latest(job.channel) if named is None else named["file"]
        except SlackApiError as error:
            if is_passing(error):
                raise
            if error_word(error) in FILE_GONE:
                return Material.unseen(NO_FILE)
            return Material.unseen(f"I couldn't look at it: {answered(error, 'files:read')}.", retry=True)
        return Material.unseen(NO_LATEST) if file is None else self._material(file)

    async def announce(self, job: RetrainJob, material: Material) -> MessageRef:
        """Post the job's one message in the channel, unless it is there already.

        If the bot may not write there, it goes to the person who asked, in a direct message.
        """
        try:
            return await self._announce(job, material, job.channel, elsewhere=False)
        except SlackApiError as error:
            if error_word(error) not in CLOSED:
                raise
        opened = await self._client.conversations_open(users=job.user)
        return await self._announce(job, material, str(opened["channel"]["id"]), elsewhere=True)

    async def train(self, job: RetrainJob, material: Material, message: MessageRef) -> TrainingOutcome:
        """Download, clean, train, evaluate and save, unless this job's candidate is saved already.

        One step: what is on this machine's disk is gone when another machine takes the job over.
        """
        try:
            version = await self._patiently(partial(self._candidates.find_run, job.id))
            if version is None:
                version = await self._train(job, material, message)
            return TrainingOutcome(version, await self._patiently(partial(self._candidates.compared_with, version)))
        except LookedAt as looked:
            stored = encode(StoredSetup(material.file, material.name, looked.setup))
            return TrainingOutcome(failure=looked.sentence, setup=stored)
        except (SegbotError, OSError) as error:
            # The step is tried again if the shared database or the network is away, and finds what was saved.
            if is_away(error):
                raise
            return TrainingOutcome(**failure_of(error))

    async def draw(self, outcome: TrainingOutcome) -> Pictures:
        """Draw and upload the charts; a report goes without those that fail."""
        charts = await asyncio.to_thread(draw_charts, self._candidates.registry, outcome.version, outcome.expected)
        version, timings = outcome.version, self._timings.slack
        name = f"elbow-{version}.png"
        elbow = await upload_chart(self._client, name, charts.elbow, ELBOW_TITLE, charts.elbow_text, timings)
        return Pictures(elbow, **await upload_segments(self._client, version, charts, timings))

    async def report(
        self, job: RetrainJob, material: Material, message: MessageRef, outcome: TrainingOutcome, pictures: Pictures
    ) -> None:
        """Turn the job's message into its report or its failure."""
        if outcome.failure:
            failure = _failure(job, material, outcome)
            await show_somehow(partial(self._put, job, message), failure, *plainer(failure))
        else:
            await self._show(job, message, outcome, pictures)
        _log.info(
            "not retrained" if outcome.failure else "retrained",
            extra={"job": job.id, "team": job.team, "version": outcome.version or None},
        )

    async def detail(self, message: MessageRef, outcome: TrainingOutcome, pictures: Pictures) -> None:
        """Post the report's details in its thread, unless they are there already."""
        found = await self._details.find(DETAILS, message.channel, thread=message.ts)
        if found is not None:
            return
        details = self._candidates.details

        async def show(elbow: str = "", segments: str = "") -> Reply:
            return await asyncio.to_thread(details, outcome.version, outcome.expected, elbow, segments)

        async def post(reply: Reply) -> None:
            await self._details.post(DETAILS, message.channel, reply, thread=message.ts)

        full = await show(pictures.elbow, pictures.segments)
        # As for the report: somebody may have deleted a chart meanwhile.
        await show_somehow(post, full, show, plainer(full)[-1])

    async def close(self, job: RetrainJob, material: Material, message: MessageRef, outcome: TrainingOutcome) -> None:
        """Say in plain words how the job ended, after its report failed for good.

        If the job's message cannot be edited at all, that is a new message.
        """
        name, failure = material.name, outcome.failure
        reply = untrained_reply(name, failure, None) if failure else unreported_reply(outcome.version)
        try:
            await self._put(job, message, reply)
        except SlackApiError as error:
            if is_passing(error):
                raise
            end = f"{job.id}{_END}"
            if await self._message.find(end, message.channel) is None:
                await self._message.post(end, message.channel, reply)
        _log.warning("closed without a report", extra={"job": job.id, "team": job.team})

    async def _put(self, job: RetrainJob, message: MessageRef, reply: Reply) -> None:
        """Replace the job's message with a reply; if that is gone, post a new one or tell the person who asked."""
        try:
            await self._message.edit(message.channel, message.ts, reply)
        except SlackApiError as error:
            word, channel = error_word(error), message.channel
            if word != _DELETED and word not in CLOSED:
                raise
            if word in CLOSED:
                channel = str((await self._client.conversations_open(users=job.user))["channel"]["id"])
            # Looked for first: the attempt before this one may have posted it.
            if await self._message.find(job.id, channel) is None:
                await self._message.post(job.id, channel, reply)

    async def _show(self, job: RetrainJob, message: MessageRef, outcome: TrainingOutcome, pictures: Pictures) -> None:
        def show(pictures: dict[str, str]) -> Reply:
            return self._candidates.report(outcome.version, outcome.expected, pictures).message

        report = await asyncio.to_thread(show, asdict(pictures))
        # Somebody may have deleted a chart meanwhile: better a report without charts than none.
        unillustrated = partial(asyncio.to_thread, show, {})
        put = partial(self._put, job, message)
        simple, _ = plainer(report)
        await show_somehow(put, report, unillustrated, simple, unreported_reply(outcome.version))

    async def _latest(self, channel: str) -> dict[str, Any] | None:
        """Return the last table somebody uploaded in the channel; the bot's own results do not count."""
        me = await self._message.me()
        found = (await self._client.files_list(channel=channel, count=_RECENT)).get("files") or []
        tables = [file for file in found if file.get("user") != me and is_table(file)]
        # Slack states whole seconds; of two files from the same second, it lists the newer first.
        return max(tables, key=lambda file: float(file.get("created") or 0), default=None)

    def _material(self, file: dict[str, Any]) -> Material:
        refusal = NO_FILE if is_gone(file) else unfit(file, self._limits.file_bytes)
        return Material(
            file=str(file["id"]),
            name=name_of(file),
            size=int(file.get("size") or 0),
            url=address_of(file),
            uploader=str(file.get("user") or ""),
            refusal=refusal,
        )

    async def _announce(self, job: RetrainJob, material: Material, channel: str, *, elsewhere: bool) -> MessageRef:
        ts = await self._message.find(job.id, channel)
        if ts is None:
            reply = (
                _failure(job, material, TrainingOutcome(failure=material.refusal, retry=material.retry))
                if material.refusal
                else started_reply(material.name, job.user, job.k, job.channel if elsewhere else "", looks=job.looks)
            )
            ts = await self._message.post(job.id, channel, reply)
            _log.info("retrain seen", extra={"job": job.id, "team": job.team, "bytes": material.size})
        return MessageRef(channel, ts, elsewhere)

    async def _train(self, job: RetrainJob, material: Material, message: MessageRef) -> str:
        def show(steps: tuple[str, ...]) -> Awaitable[None]:
            reply = progress_reply(material.name, job.user, job.k, steps, looks=job.looks)
            return self._message.edit(message.channel, message.ts, reply)

        progress = StepProgress(show, self._timings.jobs.progress)
        with self._scratch.folder() as folder:
            source = folder / "customers.csv"
            request = TrainingRequest(
                source=str(source),
                k=job.k,
                actor=actor_of(job.user),
                note=job.note,
                run=job.id,
                origin=material.name,
                table=job.table,
                answers=job.answers,
                schema=job.schema,
                looks=job.looks,
                orders=job.orders,
            )

            async def work() -> str:
                if not job.table:
                    progress.report(DOWNLOADING)
                    await self._downloader.fetch(material.url, material.size, source)
                return await self._trainer.train(request, progress.report)

            return await progress.watch(work())

    async def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask in a thread; if the shared database is away, again after each of the pauses."""
        for pause in self._timings.jobs.until_database:
            try:
                return await asyncio.to_thread(ask)
            except NotReady:
                await asyncio.sleep(pause)
        return await asyncio.to_thread(ask)


def _failure(job: RetrainJob, material: Material, outcome: TrainingOutcome) -> Reply:
    if outcome.setup:
        offer = looked_reply if job.looks else untrained_offer_reply
        return offer(material.name, outcome.failure, job.id)
    if not outcome.retry and not outcome.choices:
        return untrained_reply(material.name, outcome.failure, None)
    # The very file that was looked at: another may be the latest by then.
    again: dict[str, Any] = {"key": job.key, "file": material.file or job.file, "k": job.k, "note": job.note}
    again |= {"table": job.table, "attempt": job.attempt + 1, "answers": list(job.answers)}
    again |= {name: True for name in ("looks", "orders") if getattr(job, name)}
    # A schema is too long for a button: the new attempt takes that of this one from where jobs are stored.
    again |= {"schema": True} if job.schema else {}
    if outcome.choices:
        return doubtful_reply(material.name, outcome.failure, outcome.choices, again, outcome.parts)
    # Not escaped: a note of emoji would be six times as long, and Slack takes 2,000 characters.
    retry = json.dumps(again, ensure_ascii=False)
    return untrained_reply(material.name, outcome.failure, retry)
