"""Files to and from Slack, safely."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.text import cut
from bot.slack.client import stated_pause
from bot.timings import DEFAULT_SLACK_TIMINGS, SlackTimings
from segmentation.errors import NotReady, SegbotError
from segmentation.reading.encoding import size_text

# Slack's words for a file that is no longer there.
FILE_GONE: Final = frozenset({"file_not_found", "file_deleted"})
_log = logging.getLogger(__name__)
_RECENT: Final = 200
_LONGEST_PAUSE: Final = 2.0
_ALT_TEXT: Final = 1000
_IMAGE_TYPES: Final = frozenset({"png", "jpg", "jpeg", "gif"})
_OK: Final = 200
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_PASSING: Final = frozenset(
    {"fatal_error", "internal_error", "rate_limited", "ratelimited", "request_timeout", "service_unavailable"}
)


# Errors of a disk, or of a limit this machine sets for a process; another attempt a moment later fails, too.
_OF_THIS_MACHINE: Final = frozenset(
    {
        errno.EACCES,
        errno.EAGAIN,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ENOSPC,
        errno.EROFS,
    }
)


class UploadFailed(SegbotError):
    """A file could not be brought to Slack."""


class _NotTaken(Exception):
    """Slack's file server did not take the bytes; `status` is what it answered."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


def error_word(error: SlackApiError) -> str:
    """Return Slack's word for what is wrong; empty if the answer was not Slack's, as a proxy's page is not."""
    data = getattr(error.response, "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def method_of(error: SlackApiError) -> str:
    """Return the method of the Web API that failed; empty if the answer does not say."""
    return str(getattr(error.response, "api_url", "") or "").rstrip("/").rpartition("/")[2]


def status_of(error: SlackApiError) -> int:
    """Return the HTTP status of a failed call; 0 if there is none."""
    return int(getattr(error.response, "status_code", 0) or 0)


def is_passing(error: Exception) -> bool:
    """Say whether the same request may be answered better a little later."""
    if isinstance(error, _NotTaken):
        return error.status == _TOO_MANY or error.status >= _SERVER_ERROR
    if isinstance(error, SegbotError):
        return isinstance(error, NotReady)
    # Without Slack's word, something in between has answered.
    return not isinstance(error, SlackApiError) or error_word(error) in _PASSING | {""}


def is_away(error: SegbotError | OSError) -> bool:
    """Tell a shared database or a network that is away, perhaps only for a moment, from what stays as it is."""
    if isinstance(error, OSError):
        return error.errno not in _OF_THIS_MACHINE or isinstance(error, ClientError | ConnectionError | TimeoutError)
    return isinstance(error, NotReady)


def unfit(file: dict[str, Any], most_bytes: int) -> str:
    """Return why a file's bytes cannot be worked on, no matter who uploaded it; empty when they can."""
    if file.get("is_external") or file.get("mode") == "external":
        return "It is stored outside Slack. Please upload the file itself."
    size = int(file.get("size") or 0)
    return f"It is larger than the limit of {size_text(most_bytes)}. Send it in parts." if size > most_bytes else ""


def unrepeated(client: AsyncWebClient) -> AsyncWebClient:
    """Return a client without retries, for calls whose effect must be looked up before they are repeated.

    After a lost answer nobody knows whether the call took effect.
    """
    once = copy(client)
    # A 429 stays: it is an answer, and says that the call had no effect.
    once.retry_handlers = [one for one in client.retry_handlers if isinstance(one, AsyncRateLimitErrorRetryHandler)]
    return once


async def upload_image(
    client: AsyncWebClient,
    filename: str,
    data: bytes,
    title: str,
    alt_text: str,
    timings: SlackTimings = DEFAULT_SLACK_TIMINGS,
) -> str:
    """Upload an image without sharing it, wait until Slack has processed it, and return its file id.

    An image block that names a file before it is processed is refused, hence the wait.

    Raises
    ------
    UploadFailed
        With what to do about it, when Slack refuses or does not finish in time.
    """
    try:
        ticket = await client.files_getUploadURLExternal(
            filename=filename, length=len(data), alt_txt=cut(alt_text, _ALT_TEXT)
        )
        await _send(str(ticket["upload_url"]), data, timings)
        file_id = str(ticket["file_id"])
        await client.files_completeUploadExternal(files=[{"id": file_id, "title": title}])
        async with asyncio.timeout(timings.image):
            await _processed(client, file_id, timings.first_image_look)
    except SlackApiError as error:
        raise _refused("chart", error) from error
    except _NotTaken as error:
        raise _not_taken(error) from error
    except (ClientError, TimeoutError) as error:
        raise UploadFailed("I couldn't upload the chart: Slack didn't answer in time.") from error
    return file_id


async def upload_chart(
    client: AsyncWebClient, filename: str, data: bytes, title: str, alt_text: str, timings: SlackTimings
) -> str:
    """Upload an image; if that fails, log it and return an empty id, since a message can do without the image."""
    try:
        return await upload_image(client, filename, data, title, alt_text, timings)
    except UploadFailed as error:
        _log.warning("the chart could not be uploaded", extra={"failure": type(error.__cause__).__name__})
        return ""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a file is shared: a channel or a thread in it, with a comment or without."""

    channel: str
    thread: str = ""
    comment: str = ""


async def share_file(
    client: AsyncWebClient,
    path: Path,
    filename: str,
    title: str,
    to: Destination,
    *,
    user: str,
    timings: SlackTimings = DEFAULT_SLACK_TIMINGS,
) -> str:
    """Upload a file and share it, unless `user` has uploaded one of that title already; return its id.

    Raises
    ------
    UploadFailed
        With what to do about it, when Slack refuses or does not answer.
    """

    async def share() -> str:
        present = await client.files_list(user=user, count=_RECENT)
        for file in present.get("files") or []:
            if file.get("title") == title:
                return str(file["id"])
        size = (await asyncio.to_thread(path.stat)).st_size
        ticket = await client.files_getUploadURLExternal(filename=filename, length=size)
        with await asyncio.to_thread(path.open, "rb") as content:
            await _send(str(ticket["upload_url"]), content, timings)
        await unrepeated(client).files_completeUploadExternal(
            files=[{"id": str(ticket["file_id"]), "title": title}],
            channel_id=to.channel,
            thread_ts=to.thread or None,
            initial_comment=to.comment or None,
        )
        return str(ticket["file_id"])

    try:
        return await _persistently(share, timings.between_uploads)
    except SlackApiError as error:
        raise _refused("result", error) from error
    except _NotTaken as error:
        raise _not_taken(error) from error
    except (ClientError, TimeoutError) as error:
        raise UploadFailed("I couldn't upload the result: Slack didn't answer in time.") from error


async def _persistently(share: Callable[[], Awaitable[str]], pauses: tuple[float, ...]) -> str:
    """Try again after failures that may pass. `share` looks first whether the file is shared already."""
    for pause in pauses:
        try:
            return await share()
        except (SlackApiError, _NotTaken, ClientError, TimeoutError) as error:
            if not is_passing(error):
                raise
            stated = getattr(getattr(error, "response", None), "headers", {}).get("Retry-After", "")
        await asyncio.sleep(max(pause, stated_pause(stated) or 0.0))
    return await share()


def _refused(what: str, error: SlackApiError) -> UploadFailed:
    return UploadFailed(f"I couldn't upload the {what}: {answered(error, 'files:write')}.")


def _not_taken(error: _NotTaken) -> UploadFailed:
    return UploadFailed(f"The upload failed: Slack's file server answered {error.status}.")


def answered(error: SlackApiError, usual_scope: str) -> str:
    """Return the end of a sentence on why Slack turned a call down; `usual_scope` is named if Slack names none."""
    word = error_word(error)
    if word == "missing_scope":
        return f"the app lacks the scope {error.response.get('needed') or usual_scope}"
    return f"Slack answered {word or 'unknown_error'}"


async def _send(url: str, data: bytes | BinaryIO, timings: SlackTimings) -> None:
    """Post the bytes to the upload address, which carries its own authority: no token goes with them."""
    timeout = ClientTimeout(total=timings.upload, sock_read=timings.upload_silence)
    async with (
        ClientSession(timeout=timeout) as session,
        session.post(url, data=data, allow_redirects=False) as response,
    ):
        if response.status != _OK:
            raise _NotTaken(response.status)


async def _processed(client: AsyncWebClient, file_id: str, pause: float) -> None:
    while True:
        info = await client.files_info(file=file_id)
        file = info.get("file") or {}
        # Slack adds the size of an image once it has processed it.
        if file.get("filetype") in _IMAGE_TYPES and file.get("original_w"):
            return
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
