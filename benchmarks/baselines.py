"""The servers that segbot's is compared with, each in its own process: an empty Bolt listener, an empty ASGI app.

`python -m benchmarks.baselines bolt|asgi PORT SETTINGS`; the settings are those of segbot's own uvicorn, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Final, cast

import uvicorn

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck
    from starlette.types import ASGIApp, Receive, Scope, Send

HOST: Final = "127.0.0.1"
BOLT, ASGI = "bolt", "asgi"
# Both answer with this; the client checks for it.
GREETING: Final = "Hello from an empty listener"


def empty_bolt_listener(signing_secret: str) -> ASGIApp:
    """Build an app that verifies signatures as Bolt does, authorises without a call, and only acknowledges."""
    from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler  # noqa: PLC0415 - the empty ASGI app's process must not load Bolt
    from slack_bolt.async_app import AsyncApp  # noqa: PLC0415 - the empty ASGI app's process must not load Bolt
    from slack_bolt.authorization import AuthorizeResult  # noqa: PLC0415 - the empty ASGI app's process must not load Bolt

    known = AuthorizeResult(
        enterprise_id=None, team_id="T012AB3CD", bot_token="xoxb-benchmark", bot_id="B012AB3CD", bot_user_id="U012AB3CE"
    )
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": GREETING}}]

    async def authorize() -> AuthorizeResult:
        return known

    async def segment(ack: AsyncAck) -> None:
        await ack(blocks=blocks)

    app = AsyncApp(signing_secret=signing_secret, authorize=authorize, process_before_response=True)
    app.command("/segment")(segment)
    return cast("ASGIApp", AsyncSlackRequestHandler(app))


async def empty_asgi_app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer any request with 200, without reading its body."""
    if scope["type"] != "http":
        raise TypeError(scope["type"])  # uvicorn then skips the lifespan protocol
    body = GREETING.encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main(kind: str, port: str, settings: str) -> None:
    """Serve one of the two until SIGTERM."""
    app = empty_bolt_listener(os.environ["SLACK_SIGNING_SECRET"]) if kind == BOLT else cast("ASGIApp", empty_asgi_app)
    uvicorn.Server(uvicorn.Config(app, host=HOST, port=int(port), log_config=None, **json.loads(settings))).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
