"""Files from Slack to disk: only from Slack's hosts, never across a redirect, within a size and a total deadline."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from bot.settings import SlackSettings
from bot.slack.client import stated_pause
from segmentation.errors import BadInput, SegbotError
from segmentation.reading.encoding import size_text

_CHUNK: Final = 256 * 1024
_TRIES: Final = 3
_FIRST_PAUSE: Final = 0.5
_OK: Final = 200
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_log = logging.getLogger(__name__)

NO_ACCESS: Final = (
    "Slack sent a web page instead of the file: the app lacks the scope files:read, or is not in this channel. "
    "Invite it with /invite @segbot, or ask the person who installed it to add the scope."
)


class DownloadFailed(SegbotError):
    """The file could not be fetched completely; trying again later may help."""


class _Again(Exception):
    """An attempt failed, and another may succeed; `pause` is what the server asked for, in seconds."""

    def __init__(self, what: str, pause: float | None = None) -> None:
        super().__init__(what)
        self.pause = pause


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a download may take, in seconds: in all, and between two pieces of it."""

    total: float = 900.0
    silence: float = 20.0
    first_pause: float = _FIRST_PAUSE


class Downloader:
    """Fetches private files with the bot's token.

    Parameters
    ----------
    slack
        Gives the token, and the only hosts it is sent to: Slack's own, and that of its API.
    most_bytes
        The size above which a file is refused, checked again while it streams.
    """

    def __init__(self, slack: SlackSettings, most_bytes: int, patience: Patience | None = None) -> None:
        self._token = slack.bot_token
        self._api = urlsplit(slack.api_url)
        self._most_bytes = most_bytes
        self._patience = patience or Patience()

    async def fetch(self, url: str, size: int, target: Path) -> None:
        """Download `url` to `target` (mode 0600); `size` is what Slack says the file has.

        Raises
        ------
        BadInput
            When the address is not Slack's or the file is too large.
        DownloadFailed
            When it did not come completely within the deadline, or Slack answers with a web page.
        """
        if not self._is_slacks(url):
            raise BadInput("The file is not stored at Slack, so it was not fetched. Upload it to Slack itself.")
        try:
            async with asyncio.timeout(self._patience.total):
                await self._with_retries(lambda: self._once(url, size, target))
        except TimeoutError as error:
            raise DownloadFailed("Slack didn't deliver the file in time.") from error

    def _is_slacks(self, url: str) -> bool:
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) == (self._api.scheme, self._api.netloc):
            return True
        host = parts.hostname or ""
        # With the dot: anybody may register a name that merely ends in slack.com.
        return (
            parts.scheme == "https" and parts.port in {None, 443} and host.endswith((".slack.com", ".slack-files.com"))
        )

    async def _with_retries(self, attempt: Callable[[], Awaitable[None]]) -> None:
        pause = self._patience.first_pause
        for number in range(1, _TRIES + 1):
            try:
                await attempt()
            except _Again as error:
                _log.warning("download failed", extra={"attempt": number, "failure": str(error)})
                if number == _TRIES:
                    raise DownloadFailed(
                        "Slack didn't deliver the whole file, although it was asked three times."
                    ) from error
                await asyncio.sleep(pause if error.pause is None else error.pause)
                pause *= 2
            else:
                return

    async def _once(self, url: str, size: int, target: Path) -> None:
        # Silence only: `fetch` bounds the whole, and a large file may take minutes.
        timeout = ClientTimeout(total=None, sock_connect=self._patience.silence, sock_read=self._patience.silence)
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            async with (
                ClientSession(timeout=timeout, auto_decompress=True) as session,
                session.get(url, headers=headers, allow_redirects=False) as response,
            ):
                _check(response)
                received = await self._store(response, target)
        except (ClientError, TimeoutError) as error:
            raise _Again(type(error).__name__) from error
        # A connection that broke off may look like the end of the file.
        if received != size:
            raise _Again("incomplete")

    async def _store(self, response: ClientResponse, target: Path) -> int:
        received = 0
        with await asyncio.to_thread(_create, target) as file:
            async for chunk in response.content.iter_chunked(_CHUNK):
                received += len(chunk)
                if received > self._most_bytes:
                    raise BadInput(
                        f"The file is larger than the limit of {size_text(self._most_bytes)}. Send it in parts."
                    )
                # In a thread: a slow disk must not hold up everything else.
                await asyncio.to_thread(file.write, chunk)
        return received


def _create(target: Path) -> BinaryIO:
    # Truncated, since the attempt before may have left a part.
    return os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb")


def _check(response: ClientResponse) -> None:
    """Refuse anything but the file itself."""
    if response.status == _TOO_MANY:
        stated = response.headers.get("Retry-After", "")
        raise _Again("rate limited", stated_pause(stated))
    if response.status >= _SERVER_ERROR:
        raise _Again(f"status {response.status}")
    if response.status != _OK:
        # A redirect would lead the token elsewhere; it is not followed.
        raise DownloadFailed(f"Slack didn't hand out the file (HTTP {response.status}).")
    if response.headers.get("Content-Type", "").startswith("text/html"):
        # Not `BadInput`: once the scope is granted, trying again helps.
        raise DownloadFailed(NO_ACCESS)
