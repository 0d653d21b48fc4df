"""Serves the tools until it is told to stop: over HTTP to clients with the token, or to the process that started it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from mcp.server.transport_security import TransportSecuritySettings

from bot.connections import BoundedConfig
from bot.mcp.guard import MOST_BYTES, Guard
from bot.mcp.tools import tool_server
from bot.serving import Server
from bot.settings import LOOPBACK

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from bot.live_model import LiveModel
    from bot.settings import McpSettings
    from bot.timings import ServingTimings

PATH: Final = "/mcp"


def http_server(
    live: LiveModel, settings: McpSettings, host: str, port: int, timings: ServingTimings, names: Sequence[str] = ()
) -> Server:
    """Return the server for streamable HTTP. It keeps no sessions, so that any replica answers any request.

    Parameters
    ----------
    live
        The model in service; `following` keeps it current.
    settings
        Who may ask.
    names
        Under which names it is reached besides this machine's own, as a proxy passes them on in `Host`.
    """
    hosts = [*sorted({host, *LOOPBACK}), *names]
    security = TransportSecuritySettings(
        allowed_hosts=[form for name in hosts for form in (_bracketed(name), f"{_bracketed(name)}:*")],
        allowed_origins=[],
    )
    app = _tools(live).streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=MOST_BYTES,
        transport_security=security,
        host=host,
    )
    return Server(
        BoundedConfig(
            Guard(app, settings.token, settings.signing_secret),
            request_seconds=timings.request,
            host=host,
            port=port,
            ws="none",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=timings.connections,
        )
    )


async def serve_http(live: LiveModel, server: Server) -> None:
    """Serve over HTTP until SIGTERM or SIGINT."""
    server.stop_on_signals()
    async with following(live):
        await server.serve()


async def serve_stdio(live: LiveModel) -> None:
    """Serve the process at the other end of standard input and output until it closes them."""
    async with following(live):
        await _tools(live).run_stdio_async()


@asynccontextmanager
async def following(live: LiveModel) -> AsyncIterator[None]:
    """Load the model in service, and follow promotions and rollbacks meanwhile."""
    await live.look()
    task = asyncio.create_task(live.follow())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _tools(live: LiveModel) -> MCPServer[Any]:
    return tool_server(live.get, version("segbot"))


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name
