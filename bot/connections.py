"""Bounds on connections to the bot's port: how many at once, and how long each may take to send its request.

uvicorn gives a connection any time to send a request, and takes as many as the process has file descriptors for: a few
hundred half-open ones would leave none to open a model or the jobs database with.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_CONNECTIONS: Final = 256
_TIMED_OUT: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_log = logging.getLogger(__name__)


class BoundedConfig(uvicorn.Config):
    """uvicorn's configuration, and the bounds of connections.

    Parameters
    ----------
    request_seconds
        How long a request may take to arrive, from its connection or its first byte to the end of its body.
    most_connections
        How many connections there may be at once. One more, and the one that has waited longest for a request is cut;
        if all are being answered, the new one is.
    options
        uvicorn's own.
    """

    def __init__(
        self,
        app: Any,  # noqa: ANN401 - as uvicorn has it
        *,
        request_seconds: float,
        most_connections: int = MOST_CONNECTIONS,
        **options: Any,  # noqa: ANN401 - as uvicorn has them
    ) -> None:
        super().__init__(app, http=BoundedProtocol, **options)
        self.request_seconds = request_seconds
        self.most_connections = most_connections
        # In the order in which they began to wait.
        self.waiting: dict[BoundedProtocol, None] = {}


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    config: BoundedConfig
    # When the request under way must have arrived; None if none is. One timer serves many requests, since most arrive
    # whole: setting and cancelling it for each would cost as much as reading them.
    _due: float | None = None
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take the connection, or cut one that waits."""
        if len(self.connections) >= self.config.most_connections:
            waiting = next(iter(self.config.waiting), None)
            _log.warning("a connection too many", extra={"most": self.config.most_connections})
            if waiting is None:
                super().connection_made(transport)
                transport.abort()
                return
            waiting.cut()
        super().connection_made(transport)
        self._wait()

    def on_message_begin(self) -> None:
        """Give a request on a connection that was kept its own time."""
        super().on_message_begin()
        self._wait()

    def on_message_complete(self) -> None:
        """Let the request take as long as its answer takes."""
        self._done()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Count a connection that is kept for the next request among those that wait; uvicorn closes it in time."""
        super().on_response_complete()
        if not self.transport.is_closing() and self._due is None:
            self.config.waiting[self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._forget()
        super().connection_lost(exc)

    def cut(self) -> None:
        """End the connection at once."""
        self._forget()
        # At once, and not when the event loop reports the end: the newcomer takes its place now.
        self.connections.discard(self)
        self.transport.abort()

    def _wait(self) -> None:
        self._done()
        self.config.waiting[self] = None
        self._due = self.loop.time() + self.config.request_seconds
        if self._timer is None or self._timer.when() > self._due:
            self._set(self._due)

    def _set(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_at(due, self._look)

    def _done(self) -> None:
        self.config.waiting.pop(self, None)
        self._due = None

    def _forget(self) -> None:
        self._done()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """See whether the request that the timer was set for, or one that came after it, is late."""
        self._timer = None
        if self._due is None:
            return
        if self.loop.time() < self._due:
            self._set(self._due)
            return
        self._done()
        _log.warning("a request took too long to arrive")
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_TIMED_OUT)
        self.transport.close()
