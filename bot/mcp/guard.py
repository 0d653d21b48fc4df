"""Lets through only requests that carry the token, or Slack's signature: Slackbot signs what it asks."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

import orjson

from bot.slack.signatures import Signatures

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES: Final = 1 << 20
REFUSED: Final = "Send the token that SEGBOT_MCP_TOKEN names, as Authorization: Bearer …"
TOO_LARGE: Final = "The request is too large."
_BEARER: Final = b"bearer "


class Guard:
    """An ASGI application that asks for credentials before another one answers.

    Parameters
    ----------
    app
        Answers what is let through.
    token
        What clients send as `Authorization: Bearer`.
    signing_secret
        Verifies Slack's signatures; without, they count for nothing.
    """

    def __init__(self, app: ASGIApp, token: str, signing_secret: str = "") -> None:
        self._app = app
        self._token = token.encode()
        self._signatures = Signatures(signing_secret)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what isn't a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if self._has_token(headers):
            await self._app(scope, receive, send)
        elif not self._signatures.are_there(headers):
            await _refuse(send, 401, REFUSED)
        else:
            body = await _whole(receive)
            if body is None:
                await _refuse(send, 413, TOO_LARGE)
            elif self._signatures.fit(headers, body):
                await self._app(scope, _replayed(body, receive), send)
            else:
                await _refuse(send, 401, REFUSED)

    def _has_token(self, headers: dict[bytes, bytes]) -> bool:
        given = headers.get(b"authorization", b"")
        scheme, token = given[: len(_BEARER)], given[len(_BEARER) :]
        return scheme.lower() == _BEARER and hmac.compare_digest(token.strip(), self._token)


async def _whole(receive: Receive) -> bytes | None:
    """Read a request's body; None if it is larger than any question."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)  # the client has gone: what it sent is not whole, and its signature will not fit
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body which has been read, and then what comes after it."""
    read = False

    async def replay() -> Message:
        nonlocal read
        if read:
            return await receive()
        read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _refuse(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"application/json")]
    if status == 401:  # noqa: PLR2004 - HTTP's own number
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps({"error": sentence})})
