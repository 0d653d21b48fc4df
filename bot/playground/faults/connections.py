"""The TCP connections under requests: found, broken off, frozen. The only module that reaches into uvicorn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import uvicorn
from starlette.types import Scope


class Connections:
    """The open connections of the running server."""

    def __init__(self) -> None:
        self._server: uvicorn.Server | None = None

    def attach(self, server: uvicorn.Server) -> None:
        """Look at this server's connections from now on."""
        self._server = server

    def abort(self, scope: Scope) -> None:
        """Break off the connection a request or WebSocket came in on: the client sees a reset, not an answer."""
        for protocol in self._of(scope):
            protocol.transport.abort()

    def freeze(self, scope: Scope) -> None:
        """Keep a WebSocket open but read nothing more of it: no message arrives, no ping is answered."""
        for protocol in self._of(scope):
            # uvicorn resumes reading after a message it had paused for; without the mark it will not.
            protocol.read_paused = False
            protocol.transport.pause_reading()

    def abort_all(self) -> None:
        """Break off everything still open."""
        for protocol in list(self._protocols()):
            _transport(protocol).abort()

    def _of(self, scope: Scope) -> Iterator[Any]:
        client = scope["client"]
        return (protocol for protocol in list(self._protocols()) if protocol.client == tuple(client))

    def _protocols(self) -> Iterator[Any]:
        if self._server is not None:
            yield from self._server.server_state.connections


def _transport(protocol: Any) -> asyncio.Transport:  # noqa: ANN401  one of several protocol classes of uvicorn's
    transport: asyncio.Transport = protocol.transport
    return transport
