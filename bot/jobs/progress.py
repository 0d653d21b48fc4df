"""Progress of a long piece of work, shown to people while it runs: soon, not too often, and never in its way.

The work calls `report`; `show` edits the message that people see.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from time import monotonic
from typing import Any, Final, TypeVar

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.timings import ProgressTimings

T = TypeVar("T")
# An edit that fails in one of these ways is left out: the next one will do.
_NOT_SHOWN: Final = (SlackApiError, ClientError, TimeoutError)
_log = logging.getLogger(__name__)


class _Abandoned(Exception):
    """Nobody waits for the work any more."""


class RowProgress:
    """Shows how many rows a thread has done, without slowing it down.

    Parameters
    ----------
    show
        Shows a number of rows.
    timings
        When and how often it does.
    """

    def __init__(self, show: Callable[[int], Awaitable[None]], timings: ProgressTimings) -> None:
        self._show = show
        self._timings = timings
        self._rows = 0
        self._abandoned = False

    def report(self, rows: int) -> None:
        """Take in how many rows are done. The working thread calls this; an abandoned one ends here."""
        if self._abandoned:
            raise _Abandoned
        # No lock: this is one assignment, and a number that is a moment old will do.
        self._rows = rows

    async def watch(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread and show its progress until it is done."""
        working = asyncio.create_task(asyncio.to_thread(_contained, work))
        pause = self._timings.first_rows
        try:
            while not (await asyncio.wait([working], timeout=pause))[0]:
                await self._show_briefly()
                pause = self._timings.rows
            return await working
        finally:
            # A thread cannot be cancelled, and its folder must not be removed while it works there: wait for it.
            self._abandoned = True
            await asyncio.wait([working])
            # Its error was raised above, or nobody is left to hear of it: asyncio must not log it as unseen.
            if not working.cancelled():
                working.exception()

    async def _show_briefly(self) -> None:
        started = monotonic()
        try:
            async with asyncio.timeout(self._timings.edit):
                await self._show(self._rows)
        except _NOT_SHOWN as error:
            _log.warning("progress could not be told", extra={"failure": type(error).__name__})
        _log.debug("scoring", extra={"rows": self._rows, "told_in": round(monotonic() - started, 1)})


class StepProgress:
    """Shows which step work is at, soon after it changes.

    Parameters
    ----------
    show
        Shows the steps begun so far, the last one under way.
    timings
        How often it does.
    """

    def __init__(self, show: Callable[[tuple[str, ...]], Awaitable[None]], timings: ProgressTimings) -> None:
        self._show = show
        self._timings = timings
        self._steps: tuple[str, ...] = ()
        self._changed = asyncio.Event()

    def report(self, step: str) -> None:
        """Take in that a step has begun; those before it are done."""
        if not self._steps or self._steps[-1] != step:
            self._steps = (*self._steps, step)
            self._changed.set()

    async def watch(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work and show its steps until it is done."""
        working = asyncio.create_task(work)
        showing = asyncio.create_task(self._keep_showing())
        try:
            return await working
        finally:
            # An edit after the end could overwrite the message that says how the work ended.
            for task in (showing, working):
                task.cancel()
            await asyncio.wait([showing, working])
            if not showing.cancelled() and (error := showing.exception()) is not None:
                _log.warning("telling of progress has failed", extra={"failure": type(error).__name__})

    async def _keep_showing(self) -> None:
        while True:
            await self._changed.wait()
            # Before the edit, so that a step that begins during it is shown by the next one.
            self._changed.clear()
            try:
                async with asyncio.timeout(self._timings.edit):
                    await self._show(self._steps)
            except _NOT_SHOWN as error:
                _log.warning("progress could not be told", extra={"failure": type(error).__name__})
            # After the edit: steps that follow closely are shown by one edit.
            await asyncio.sleep(self._timings.steps)


def _contained(work: Callable[[], T]) -> T:
    """Run `work`. A panic in Polars is not an `Exception` and would bypass every handler: make it one."""
    try:
        return work()
    except Exception:
        raise
    except BaseException as error:
        raise RuntimeError(type(error).__name__) from error
