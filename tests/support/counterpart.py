"""The other side for the playground's tests: a real Bolt app, or an HTTP app that answers whatever a test wants."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import uvicorn
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.playground.delivery.courier import Timing
from bot.playground.server import Playground

FAST = Timing(ack=30.0, retry_delays=(0.0, 0.0, 0.0), sharing=0.0)
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x03\x08\x06\x00\x00\x00\xb9\xea\xde\x81"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)


@asynccontextmanager
async def serving(app: Any, path: str = "/slack/events") -> AsyncIterator[str]:
    """Serve an ASGI app on loopback and give its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan="off", log_config=None, log_level="critical", access_log=False)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{path}"
    finally:
        for one in server.servers:
            one.close()
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        for task in list(server.server_state.tasks):
            task.cancel()


def client_of(pg: Playground, token: str | None = None) -> AsyncWebClient:
    """A real client with the app's bot token, or another one."""
    own = pg.workspace.install.bot_token if token is None else token
    # Of itself the client tries again after a broken connection; a test of broken connections wants to see them.
    return AsyncWebClient(token=own, base_url=pg.api_url, retry_handlers=[])


def bolt_app(pg: Playground) -> AsyncApp:
    """A real Bolt app installed in the workspace."""
    return AsyncApp(
        client=client_of(pg),
        signing_secret=pg.workspace.install.signing_secret,
        process_before_response=True,
    )


@asynccontextmanager
async def workspace_with_bolt(**settings: Any) -> AsyncIterator[tuple[Playground, AsyncApp]]:
    """A playground and a Bolt app that it delivers to."""
    async with Playground(**{"timing": FAST, **settings}) as pg:
        app = bolt_app(pg)
        async with serving(AsyncSlackRequestHandler(app)) as url:
            pg.deliver.request_url = url
            yield pg, app


@asynccontextmanager
async def workspace_with_answers(
    answer: Callable[[Request], Awaitable[Response]], **settings: Any
) -> AsyncIterator[Playground]:
    """A playground and an HTTP app that gives the answers a test wants."""
    async with Playground(**{"timing": FAST, **settings}) as pg:
        app = Starlette(routes=[Route("/slack/events", answer, methods=["POST"])])
        async with serving(app) as url:
            pg.deliver.request_url = url
            yield pg


@asynccontextmanager
async def page_session(pg: Playground) -> AsyncIterator[aiohttp.ClientSession]:
    """What a browser would ask the page's server, asked without one."""
    async with aiohttp.ClientSession(pg.url) as session:
        yield session


async def refusal(call: Awaitable[Any]) -> dict[str, Any]:
    """The answer of a call that Slack turns down."""
    try:
        await call
    except SlackApiError as error:
        answer = error.response.data
        assert isinstance(answer, dict)
        return answer
    raise AssertionError("the call was not turned down")


def retrain_modal(**more: Any) -> dict[str, Any]:
    """A modal that asks for a file and the number of segments."""
    return {
        "type": "modal",
        "callback_id": "retrain",
        "title": {"type": "plain_text", "text": "Retrain"},
        "submit": {"type": "plain_text", "text": "Start"},
        "blocks": [
            {
                "type": "input",
                "block_id": "k",
                "label": {"type": "plain_text", "text": "Segments"},
                "element": {"type": "number_input", "is_decimal_allowed": False, "action_id": "k"},
            },
            {
                "type": "input",
                "block_id": "file",
                "label": {"type": "plain_text", "text": "File"},
                "element": {"type": "file_input", "action_id": "file", "filetypes": ["csv"], "max_files": 1},
            },
        ],
        **more,
    }
