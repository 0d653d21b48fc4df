"""Work of a request that goes on when it is acknowledged: when that is, and that it is kept and waited for.

What is acknowledged is no longer anybody else's: Slack does not repeat it, and a balancer does not give it to another
replica. So what is asked to last is noted before, as long as there is time; and a process that is told to stop lets end
what it has acknowledged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

# Slack waits for three; a balancer asks another replica before (`proxy_read_timeout` in deploy/nginx.conf).
SECONDS: Final = 1.2
# asyncio itself keeps no task from being collected.
_going_on: set[asyncio.Task[Any]] = set()


async def noted(work: Coroutine[Any, Any, None]) -> None:
    """Wait until the work is done, or time is up; it goes on then.

    Parameters
    ----------
    work
        Tells the person of its failures itself, as what `replying.lazily` decorates does.
    """
    task = asyncio.create_task(work)
    keep(task)
    await asyncio.wait([task], timeout=SECONDS)


def keep(task: asyncio.Task[Any]) -> None:
    """Keep a task until it has ended."""
    _going_on.add(task)
    task.add_done_callback(_going_on.discard)


async def ended(seconds: float) -> None:
    """Wait until whatever goes on in this event loop has ended, or time is up."""
    loop, own = asyncio.get_running_loop(), asyncio.current_task()
    if under_way := {task for task in _going_on if task.get_loop() is loop and task is not own}:
        await asyncio.wait(under_way, timeout=seconds)
