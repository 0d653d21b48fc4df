"""Publishes a workspace's changes: to callers waiting for a condition, and to followers of every change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from bot.playground.workspace.records import Message

T = TypeVar("T")

ChangeKind = Literal[
    "message", "deleted", "file", "view", "call", "delivery", "channel", "user", "fault", "agent", "step"
]
_BACKLOG: Final = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the workspace. `message` is set for messages only."""

    kind: ChangeKind
    id: str
    message: Message | None = None


class Feed:
    """Publishes every change to waiters, followers and listeners, within one event loop.

    Attributes
    ----------
    published
        How many changes there were so far: of two answers, the one with the higher number is newer.
    """

    def __init__(self) -> None:
        self.listeners: list[Callable[[Change], None]] = []
        self._waiters: set[asyncio.Future[None]] = set()
        self._queues: set[asyncio.Queue[Change | None]] = set()
        self._closed = False
        self.published = 0

    @property
    def followers(self) -> int:
        """How many followers there are now."""
        return len(self._queues)

    def publish(self, change: Change) -> None:
        """Publish a change. A follower that is too far behind is disconnected, so that it reconnects and reloads.

        Listeners are called before this returns, so they miss nothing.
        """
        self.published += 1
        for listener in list(self.listeners):
            listener(change)
        for queue in list(self._queues):
            if queue.full():
                self._queues.discard(queue)
                _end(queue)
            else:
                queue.put_nowait(change)
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, condition: Callable[[], T | None], seconds: float) -> T:
        """Wait until `condition` returns something true and return that.

        Raises
        ------
        TimeoutError
            When `seconds` pass first.
        """
        async with asyncio.timeout(seconds):
            while not (found := condition()):
                waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiters.add(waiter)
                try:
                    await waiter
                finally:
                    self._waiters.discard(waiter)
            return found

    @contextmanager
    def following(self) -> Iterator[AsyncIterator[Change]]:
        """Yield every change from now on, until the feed is closed or the follower is too far behind."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue(_BACKLOG)
        if self._closed:
            _end(queue)
        else:
            self._queues.add(queue)
        try:
            yield _changes(queue)
        finally:
            self._queues.discard(queue)

    def close(self) -> None:
        """End every follower's iteration."""
        self._closed = True
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(None)


async def _changes(queue: asyncio.Queue[Change | None]) -> AsyncIterator[Change]:
    while (change := await queue.get()) is not None:
        yield change


def _end(queue: asyncio.Queue[Change | None]) -> None:
    """Discard what a queue holds, so that its reader reaches the end at once."""
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)
