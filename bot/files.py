"""Files to and from Slack, safely."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from segmentation.errors import SegbotError

UPLOAD_SECONDS: Final = 30.0
READY_SECONDS: Final = 20.0
_FIRST_PAUSE: Final = 0.1
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
        code = error.response.get("error", "unknown_error")
        if code == "missing_scope":
            raise UploadFailed("The chart could not be uploaded: the app lacks the scope files:write.") from error
        raise UploadFailed(f"The chart could not be uploaded: Slack answered {code}.") from error
    except (ClientError, TimeoutError) as error:
        raise UploadFailed("The chart could not be uploaded: Slack did not answer in time.") from error
    return file_id


async def _send(url: str, data: bytes) -> None:
    """Post the bytes to the upload address, which carries its own authority: no token goes with them."""
    async with (
        ClientSession(timeout=ClientTimeout(total=UPLOAD_SECONDS)) as session,
        session.post(url, data=data, allow_redirects=False) as response,
    ):
        if response.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise UploadFailed(f"The chart could not be uploaded: Slack's file server answered {response.status}.")


async def _processed(client: AsyncWebClient, file_id: str) -> None:
    pause = _FIRST_PAUSE
    while True:
        info = await client.files_info(file=file_id)
        file = info.get("file") or {}
        if file.get("filetype") in _IMAGE_TYPES and file.get("original_w"):
            return
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
