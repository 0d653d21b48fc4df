"""Work of a request that goes on after it is acknowledged: it is kept from being collected, and waited for at the end.

After the acknowledgement neither Slack nor a balancer sends the request again. So work that must not be lost is stored
first, as long as there is time; and a process that is told to stop lets its acknowledged work end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from bot.timings import DEFAULT_SLACK_TIMINGS


class FollowUps:
    """The tasks of one bot that may outlive their request.

    Parameters
    ----------
    seconds
        How long an acknowledgement may wait for its work.
    """

    def __init__(self, seconds: float = DEFAULT_SLACK_TIMINGS.acknowledging) -> None:
        self._seconds = seconds
        # asyncio itself holds tasks weakly: one that nobody keeps may be collected while it waits.
        self._tasks: set[asyncio.Task[Any]] = set()

    async def settle(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait until the work is done, or time is up; it then goes on by itself.

        Parameters
        ----------
        work
            Tells the person of its failures itself, as functions decorated with `responses.answers_errors` do.
        """
        task = asyncio.create_task(work)
        self.keep(task)
        await asyncio.wait([task], timeout=self._seconds)

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Keep a task until it has ended."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wait(self, seconds: float) -> None:
        """Wait until all tasks of this event loop but the caller's have ended, or time is up."""
        loop, own = asyncio.get_running_loop(), asyncio.current_task()
        if running := {task for task in self._tasks if task.get_loop() is loop and task is not own}:
            await asyncio.wait(running, timeout=seconds)
