"""Which steps a piece of work has passed, told while it goes on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

TOLD_EVERY: Final = 2.0
TOLD_WITHIN: Final = 3.0
T = TypeVar("T")
_log = logging.getLogger(__name__)


class StepProgress:
    """Tells people which step work is at: soon after it changes, every few seconds at most, never in its way.

    Parameters
    ----------
    tell
        Tells the steps begun so far, the last one under way.
    """

    def __init__(self, tell: Callable[[tuple[str, ...]], Awaitable[None]]) -> None:
        self._tell = tell
        self._steps: tuple[str, ...] = ()
        self._changed = asyncio.Event()

    def note(self, step: str) -> None:
        """Take down that a step has begun; those before it are done."""
        if not self._steps or self._steps[-1] != step:
            self._steps = (*self._steps, step)
            self._changed.set()

    async def watch(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work and tell of its steps until it is done."""
        working = asyncio.create_task(work)
        telling = asyncio.create_task(self._keep_telling())
        try:
            return await working
        finally:
            # Nothing is told after the end, which somebody else will tell.
            for task in (telling, working):
                task.cancel()
            await asyncio.wait([telling, working])
            if not telling.cancelled() and (error := telling.exception()) is not None:
                _log.warning("telling of progress has failed", extra={"failure": type(error).__name__})

    async def _keep_telling(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                async with asyncio.timeout(TOLD_WITHIN):
                    await self._tell(self._steps)
            except (SlackApiError, ClientError, TimeoutError) as error:
                _log.warning("progress could not be told", extra={"failure": type(error).__name__})
            await asyncio.sleep(TOLD_EVERY)
