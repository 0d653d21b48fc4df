"""Files to and from Slack, safely."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO, Final

from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from segmentation.errors import SegbotError

UPLOAD_SECONDS: Final = 600.0
READY_SECONDS: Final = 20.0
_FIRST_PAUSE: Final = 0.1
_RECENT: Final = 200
_LONGEST_PAUSE: Final = 2.0
_IMAGE_TYPES: Final = frozenset({"png", "jpg", "jpeg", "gif"})


class UploadFailed(SegbotError):
    """A file could not be brought to Slack."""


async def upload_image(client: AsyncWebClient, filename: str, data: bytes, title: str, alt_text: str) -> str:
    """Upload an image without sharing it, wait until Slack has processed it, and return its file id.

    An image block that names a file before it is processed is refused, hence the wait.

    Raises
    ------
    UploadFailed
        With what to do about it, when Slack refuses or does not finish in time.
    """
    try:
        ticket = await client.files_getUploadURLExternal(filename=filename, length=len(data), alt_txt=alt_text)
        await _send(str(ticket["upload_url"]), data)
        file_id = str(ticket["file_id"])
        await client.files_completeUploadExternal(files=[{"id": file_id, "title": title}])
        async with asyncio.timeout(READY_SECONDS):
            await _processed(client, file_id)
    except SlackApiError as error:
        raise _refused("chart", error) from error
    except (ClientError, TimeoutError) as error:
        raise UploadFailed("The chart could not be uploaded: Slack did not answer in time.") from error
    return file_id


async def share_file(
    client: AsyncWebClient,
    path: Path,
    filename: str,
    title: str,
    channel: str,
    *,
    thread: str = "",
    comment: str = "",
    user: str,
) -> None:
    """Upload a file and share it in a channel or thread, unless `user` has uploaded one of that title already.

    Raises
    ------
    UploadFailed
        With what to do about it, when Slack refuses or does not answer.
    """
    try:
        present = await client.files_list(user=user, count=_RECENT)
        if any(file.get("title") == title for file in present.get("files") or []):
            return
        size = (await asyncio.to_thread(path.stat)).st_size
        ticket = await client.files_getUploadURLExternal(filename=filename, length=size)
        with path.open("rb") as content:
            await _send(str(ticket["upload_url"]), content)
        await client.files_completeUploadExternal(
            files=[{"id": str(ticket["file_id"]), "title": title}],
            channel_id=channel,
            thread_ts=thread or None,
            initial_comment=comment or None,
        )
    except SlackApiError as error:
        raise _refused("result", error) from error
    except (ClientError, TimeoutError) as error:
        raise UploadFailed("The result could not be uploaded: Slack did not answer in time.") from error


def _refused(what: str, error: SlackApiError) -> UploadFailed:
    code = error.response.get("error", "unknown_error")
    if code == "missing_scope":
        scope = error.response.get("needed") or "files:write"
        return UploadFailed(f"The {what} could not be uploaded: the app lacks the scope {scope}.")
    return UploadFailed(f"The {what} could not be uploaded: Slack answered {code}.")


async def _send(url: str, data: bytes | BinaryIO) -> None:
    """Post the bytes to the upload address, which carries its own authority: no token goes with them."""
    async with (
        ClientSession(timeout=ClientTimeout(total=UPLOAD_SECONDS)) as session,
        session.post(url, data=data, allow_redirects=False) as response,
    ):
        if response.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise UploadFailed(f"The upload failed: Slack's file server answered {response.status}.")


async def _processed(client: AsyncWebClient, file_id: str) -> None:
    pause = _FIRST_PAUSE
    while True:
        info = await client.files_info(file=file_id)
        file = info.get("file") or {}
        if file.get("filetype") in _IMAGE_TYPES and file.get("original_w"):
            return
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
