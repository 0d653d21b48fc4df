"""What was uploaded, as Slack tells it: which file, where it was shared, who reads it, and whether it is for us."""

from __future__ import annotations

import asyncio
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.jobs.files.shares import Share, ids_of, share_of
from bot.jobs.files.unclear_file import NO_TABLE, is_meant_as_table
from bot.jobs.scratch import Scratch
from bot.live_model import LiveModel
from bot.records.file_job import FileJob, Upload
from bot.settings import FileWays
from bot.slack.status_message import StatusMessage
from bot.slack.transfers.downloads import Downloader
from bot.slack.transfers.file_kinds import Meaning, address_of, is_gone, meaning_of, name_of
from bot.slack.transfers.files import FILE_GONE, answered, error_word, is_passing, unfit
from bot.slack.workspace import Home
from bot.timings import Timings
from segmentation.reading.table import Limits


class Uploads:
    """Looks at the files people share.

    Parameters
    ----------
    client
        Slack's Web API as the bot.
    message
        Finds the messages that jobs have posted.
    tools
        What a file takes that may not be a table: it is fetched and looked into.
    timings
        How long Slack may take to say where a file was shared.
    ways
        How files are answered, as the settings say.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        message: StatusMessage,
        tools: tuple[Downloader, LiveModel, Scratch, Limits],
        timings: Timings,
        ways: FileWays,
    ) -> None:
        self._client = client
        self._message = message
        self._tools = tools
        self._timings = timings
        self._ways = ways
        self._home = Home()

    async def look(self, job: FileJob) -> Upload | None:
        """Ask Slack about the file; None when there is nothing to say about it."""
        try:
            return await self._look(job)
        except SlackApiError as error:
            if error_word(error) in FILE_GONE:
                return None
            if is_passing(error):
                raise
            return Upload.unseen(f"I couldn't look at it: {answered(error, 'files:read')}.")

    async def _look(self, job: FileJob) -> Upload | None:
        file, share = await self._find(job)
        if file is None:
            return None
        if share is None:
            return Upload.not_shared_yet()
        refusal, outsiders = await asyncio.gather(self._refusal(job, file), self._others_read(job))
        # A file that is refused anyway is not fetched to find out what it is.
        if not refusal and not await is_meant_as_table(file, *self._tools):
            if not _is_direct(job.channel):
                return None
            refusal = NO_TABLE
        return Upload(
            name=name_of(file),
            size=int(file.get("size") or 0),
            url=address_of(file),
            thread=str(share.get("thread_ts") or share["ts"]),
            shared=str(share["ts"]),
            # What somebody sends us directly is answered where it is.
            private=outsiders or (self._ways.direct and not _is_direct(job.channel)),
            outsiders=outsiders,
            refusal=refusal,
        )

    async def _find(self, job: FileJob) -> tuple[dict[str, Any] | None, Share | None]:
        """Return the file and how it was shared in the channel.

        The file is None if it is not for us, or no longer there; the share is None while Slack does not say.
        """

        async def is_answered(share: Share) -> bool:
            thread = str(share.get("thread_ts") or share["ts"])
            messages = [
                await self._message.find(name, job.channel, thread=thread, oldest=str(share["ts"]))
                for name in ids_of(job, share)
            ]
            return any(messages)

        for pause in (0.0, *(() if job.waited else self._timings.jobs.until_shared)):
            await asyncio.sleep(pause)
            file: dict[str, Any] = (await self._client.files_info(file=job.file))["file"]
            # In channels people share much that is not meant for us; what they send us directly is answered.
            other = meaning_of(file) is Meaning.OTHER and not _is_direct(job.channel)
            if other or is_gone(file) or file.get("user") == await self._message.me():
                return None, None
            share = await share_of(job, file, is_answered)
            if share is not None:
                break
        return file, share

    async def _refusal(self, job: FileJob, file: dict[str, Any]) -> str:
        if await self._home.is_stranger(self._client, job.team, job.user):
            return "I work for members of this workspace only. Please ask a colleague there to upload it."
        return unfit(file, self._tools[-1].file_bytes)

    async def _others_read(self, job: FileJob) -> bool:
        channel: dict[str, Any] = (await self._client.conversations_info(channel=job.channel))["channel"]
        # People who are still invited will read what is posted now.
        return bool(channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"))


def _is_direct(channel: str) -> bool:
    return channel.startswith("D")
