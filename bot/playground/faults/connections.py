"""Aborts or freezes the TCP connection of a request. The only module that uses uvicorn's internals."""

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
        """Use the connections of this server from now on."""
        self._server = server

    def abort(self, scope: Scope) -> None:
        """Abort the connection of a request or WebSocket: the client sees a reset, not an answer."""
        for protocol in self._of(scope):
            protocol.transport.abort()

    def freeze(self, scope: Scope) -> None:
        """Keep a WebSocket open but read nothing more from it: no message arrives, no ping is answered."""
        for protocol in self._of(scope):
            # uvicorn resumes reading after a message if it believes it paused the transport itself; it must not here.
            protocol.read_paused = False
            protocol.transport.pause_reading()

    def abort_all(self) -> None:
        """Abort all open connections."""
        for protocol in list(self._protocols()):
            _transport(protocol).abort()

    def _of(self, scope: Scope) -> Iterator[Any]:
        client = scope["client"]
        return (protocol for protocol in list(self._protocols()) if protocol.client == tuple(client))

    def _protocols(self) -> Iterator[Any]:
        if self._server is not None:
            yield from self._server.server_state.connections


def _transport(protocol: Any) -> asyncio.Transport:  # noqa: ANN401  uvicorn has several protocol classes without a common base
    transport: asyncio.Transport = protocol.transport
    return transport
