"""When a request is acknowledged that asks for lasting work: once that is noted, and in time for Slack at the latest.

What is acknowledged is no longer anybody else's: Slack does not repeat it, and a balancer does not give it to another
replica. A process killed before it has noted the work should not have acknowledged it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

# Slack waits for three; a balancer asks another replica before (`proxy_read_timeout` in deploy/nginx.conf).
SECONDS: Final = 1.2
_going_on: set[asyncio.Task[None]] = set()


async def noted(work: Coroutine[Any, Any, None]) -> None:
    """Wait until the work is done, or time is up; it goes on then.

    Parameters
    ----------
    work
        Tells the person of its failures itself, as what `replying.lazily` decorates does.
    """
    task = asyncio.create_task(work)
    _going_on.add(task)
    task.add_done_callback(_going_on.discard)
    await asyncio.wait([task], timeout=SECONDS)
