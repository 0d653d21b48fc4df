"""How far a long piece of work is, told while it runs in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final, TypeVar

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

PROGRESS_AFTER: Final = 5.0
PROGRESS_EVERY: Final = 3.0
T = TypeVar("T")
_log = logging.getLogger(__name__)


class _Abandoned(Exception):
    """Nobody waits for the scoring any more."""


class Progress:
    """Tells people how far a long scoring is, without slowing it down: an edit every few seconds at most."""

    def __init__(self, tell: Callable[[int], Awaitable[None]]) -> None:
        self._tell = tell
        self._rows = 0
        self._abandoned = False

    def note(self, rows: int) -> None:
        """Take down how many rows are done; called from the scoring's thread, which ends here when it is to end."""
        if self._abandoned:
            raise _Abandoned
        self._rows = rows

    async def watch(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread and tell of its progress until it is done."""
        working = asyncio.create_task(asyncio.to_thread(_contained, work))
        pause = PROGRESS_AFTER
        try:
            while not (await asyncio.wait([working], timeout=pause))[0]:
                await self._tell_briefly()
                pause = PROGRESS_EVERY
            return await working
        finally:
            # A thread cannot be cancelled; what it works on must not be taken away under it.
            self._abandoned = True
            await asyncio.wait([working])
            # How it ended was raised above, or concerns nobody any more.
            if not working.cancelled():
                working.exception()

    async def _tell_briefly(self) -> None:
        """Say how far it is. When Slack does not take it in time the next edit will do."""
        started = monotonic()
        try:
            async with asyncio.timeout(PROGRESS_EVERY):
                await self._tell(self._rows)
        except (SlackApiError, ClientError, TimeoutError) as error:
            _log.warning("progress could not be told", extra={"failure": type(error).__name__})
        _log.debug("scoring", extra={"rows": self._rows, "told_in": round(monotonic() - started, 1)})


def _contained(work: Callable[[], T]) -> T:
    """Run `work`; what Polars panics with is no `Exception` and would pass by everything that handles failures."""
    try:
        return work()
    except Exception:
        raise
    except BaseException as error:
        raise RuntimeError(type(error).__name__) from error
