"""Who may ask: whoever has the token, and Slack by its signature; nobody else reaches the tools."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest
from harness import SECRET, signed
from starlette.types import Message, Receive, Scope, Send

from bot.mcp.guard import MOST_BYTES, REFUSED, TOO_LARGE, Guard

TOKEN = "0123456789abcdef0123456789abcdef"


async def asked(guard_secret: str, headers: dict[str, str], *parts: bytes, gone: bool = False) -> tuple[int, Any]:
    """Send a request in parts through a guard; return the status, and what reached the application or was answered."""
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": gone or i < len(parts) - 1} for i, part in enumerate(parts)
    ]
    messages.append({"type": "http.disconnect"})
    sent: list[Message] = []
    reached = bytearray()

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            reached.extend(message.get("body", b""))
            if not message.get("more_body"):
                break
        assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.start", "status": 200})

    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await Guard(app, TOKEN, guard_secret)({"type": "http", "headers": pairs}, receive, send)
    status = sent[0]["status"]
    if status == 200:
        return status, bytes(reached)
    assert not reached
    assert (dict(sent[0]["headers"]).get(b"www-authenticate") == b"Bearer") is (status == 401)
    return status, orjson.loads(sent[1]["body"])["error"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_token_lets_a_request_through_as_it_is(scheme: str) -> None:
    assert await asked("", {"Authorization": f"{scheme} {TOKEN}"}, b"ab", b"cd") == (200, b"abcd")


@pytest.mark.parametrize(
    "given", ["", TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer ", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer é"]
)
async def test_anything_else_is_refused_before_the_application_sees_it(given: str) -> None:
    headers = {"Authorization": given} if given else {}
    assert await asked(SECRET, headers, b"ab") == (401, REFUSED)


async def test_slacks_signature_lets_a_request_through_whole() -> None:
    body = b'{"jsonrpc":"2.0"}'
    assert await asked(SECRET, signed(body), body[:5], body[5:]) == (200, body)


async def test_a_signature_counts_only_for_its_body_its_secret_and_five_minutes() -> None:
    body = b"{}"
    assert await asked(SECRET, signed(body), b"{ }") == (401, REFUSED)
    assert await asked("", signed(body), body) == (401, REFUSED)
    assert await asked(SECRET, signed(body, secret="another"), body) == (401, REFUSED)
    assert await asked(SECRET, signed(body, at=time.time() - 400), body) == (401, REFUSED)


async def test_a_signed_request_is_read_up_to_a_limit_and_not_answered_if_its_client_goes() -> None:
    body = b"x" * MOST_BYTES
    assert await asked(SECRET, signed(body), body) == (200, body)
    assert await asked(SECRET, signed(body + b"x"), body, b"x") == (413, TOO_LARGE)
    assert await asked(SECRET, signed(body), body[:9], gone=True) == (401, REFUSED)


async def test_what_is_no_request_is_passed_on() -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def nothing() -> Message:
        raise AssertionError

    async def nowhere(_message: Message) -> None:
        raise AssertionError

    await Guard(app, TOKEN)({"type": "lifespan"}, nothing, nowhere)
    assert seen == ["lifespan"]
