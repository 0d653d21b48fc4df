"""One list, from request to direct message: the steps of its job, each safe to repeat. Knows nothing of the engine."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from functools import partial
from typing import Any, Final

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.files.lists import list_failure_reply, list_progress_reply, list_ready_reply, list_started_reply
from bot.blocks.reply import Reply, plainer
from bot.jobs.progress import RowProgress
from bot.jobs.remembering import FileMemory
from bot.jobs.scratch import Scratch
from bot.records.failure import failure_of
from bot.records.list_job import ListJob, ListOutcome, list_name
from bot.records.retrain_job import MessageRef
from bot.slack.access import actor_of
from bot.slack.fallbacks import show_somehow
from bot.slack.status_message import StatusMessage
from bot.slack.transfers.downloads import Downloader
from bot.slack.transfers.file_kinds import address_of, is_gone, name_of
from bot.slack.transfers.files import FILE_GONE, Destination, answered, error_word, is_away, is_passing, share_file
from bot.timings import DEFAULT_TIMINGS, Timings
from segmentation.errors import SegbotError
from segmentation.lists.choice import ListReport
from segmentation.lists.cut import cut_list
from segmentation.reading.table import DEFAULT_LIMITS, Limits
from segmentation.registry.registry import Registry

EVENT_TYPE: Final = "segbot_list_job"
RESULT_GONE: Final = (
    "The scored file is no longer in Slack, and I keep no copy. Drop the customers' file into a channel again; the new "
    "summary has the same button."
)
NOT_OURS: Final = "That is not a file I scored. Use the button under a summary of mine."
_log = logging.getLogger(__name__)


class ListSteps:
    """The steps. Each may run again after a crash, and then changes nothing that is there already.

    Parameters
    ----------
    client
        Slack's Web API as the bot.
    downloader
        Fetches the scored file.
    registry
        Keeps the log, which says who was given which list.
    memory
        Knows the files that customers may have moved since.
    scratch
        Holds the file while the list is cut.
    limits
        How large a file may be that is scored.
    timings
        How long Slack is waited for, and how often people hear of progress.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        downloader: Downloader,
        registry: Registry,
        memory: FileMemory,
        scratch: Scratch,
        limits: Limits = DEFAULT_LIMITS,
        timings: Timings = DEFAULT_TIMINGS,
    ) -> None:
        self._client = client
        self._downloader = downloader
        self._registry = registry
        self._memory = memory
        self._scratch = scratch
        self._limits = limits
        self._timings = timings
        self._message = StatusMessage(client, EVENT_TYPE)

    async def announce(self, job: ListJob) -> MessageRef:
        """Tell the person who asked that the list is under way, in a direct message, unless that is told already."""
        opened = await self._client.conversations_open(users=job.user)
        channel = str(opened["channel"]["id"])
        found = await self._message.find(job.id, channel)
        return MessageRef(channel, found or await self._message.post(job.id, channel, list_started_reply()))

    async def cut(self, job: ListJob, message: MessageRef) -> ListOutcome:
        """Fetch the scored file, cut the list and send it, unless this job's list is sent already.

        One step: what is on this machine's disk is gone when another machine takes the job over.
        """
        try:
            return await self._cut(job, message)
        except (SegbotError, OSError) as error:
            # The step is tried again if the network is away.
            if is_away(error):
                raise
            failure = failure_of(error)
            return ListOutcome(failure=failure["failure"], retry=failure["retry"])
        except SlackApiError as error:
            if is_passing(error):
                raise
            gone = error_word(error) in FILE_GONE
            return ListOutcome(
                failure=RESULT_GONE if gone else f"I couldn't look at the file: {answered(error, 'files:read')}."
            )

    async def publish(self, job: ListJob, message: MessageRef, outcome: ListOutcome) -> None:
        """Turn the job's message into what is said of the list, or into why there is none."""
        reply = _failed(outcome) if outcome.failure else list_ready_reply(job, outcome)
        await show_somehow(partial(self._message.edit, message.channel, message.ts), reply, *plainer(reply))
        about: dict[str, object] = {"job": job.id, "team": job.team, "rows": outcome.rows}
        _log.info("no list" if outcome.failure else "list sent", extra=about)

    async def _cut(self, job: ListJob, message: MessageRef) -> ListOutcome:
        file: dict[str, Any] = (await self._client.files_info(file=job.file))["file"]
        if is_gone(file):
            return ListOutcome(failure=RESULT_GONE)
        me = await self._message.me()
        if file.get("user") != me:
            return ListOutcome(failure=NOT_OURS)
        name = list_name(name_of(file), job.suffix)
        with self._scratch.folder() as folder:
            source, target = folder / "scored", folder / f"list{job.suffix}"
            await self._downloader.fetch(address_of(file), int(file.get("size") or 0), source)
            progress = RowProgress(
                lambda rows: self._message.edit(message.channel, message.ts, list_progress_reply(rows)),
                self._timings.jobs.progress,
            )
            moved = await asyncio.to_thread(self._memory.moved_since, job.team, job.since) if job.since else None
            cut = partial(cut_list, source, target, job.choice, limits=self._limits, scratch=folder, moved=moved)
            report: ListReport = await progress.watch(lambda: cut(progress=progress.report))
            if report.rows:
                # Before it is sent: no list leaves without an entry.
                await asyncio.to_thread(self._note, job, report)
                # The token marks the list as this job's: `share_file` looks for the title before it uploads again.
                title, to = f"{name} ({_token(job)})", Destination(message.channel)
                await share_file(self._client, target, name, title, to, user=me, timings=self._timings.slack)
        return ListOutcome(
            name=name_of(file),
            rows=report.rows,
            of=report.of,
            segments=dict(report.segments),
            unsegmented=report.unsegmented,
            without_email=report.without_email,
        )

    def _note(self, job: ListJob, report: ListReport) -> None:
        """Put into the log who is given which segments' customers, and how many: never whom."""
        counts = [f"{name} {count}" for name, count in report.segments.items() if count]
        counts += [f"without a segment {report.unsegmented}"] if report.unsegmented else []
        kind = f"{'hashed addresses' if job.hashed_email else 'list'}{' of those who moved' if job.since else ''}"
        what = f"{kind}: {', '.join(counts)}"
        self._registry.note_list(actor_of(job.user), what, job=job.id, rows=report.rows)


def _failed(outcome: ListOutcome) -> Reply:
    return list_failure_reply(outcome.failure, retry=outcome.retry)


def _token(job: ListJob) -> str:
    return hashlib.sha256(job.id.encode()).hexdigest()[:8]
