"""Sends one signed HTTP request to the app's request URL and reads the answer."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp

from bot.playground.workspace.records import Json

USER_AGENT: Final = "Slackbot 1.0 (segbot playground)"
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """The app's answer. `status` is 0 if there was none, and `problem` says why; `delivery` is its id in the log."""

    status: int
    body: Json | str | None
    elapsed: float
    problem: str = ""
    no_retry: bool = False
    delivery: str = ""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return Slack's signature of a request: ``v0=`` and the hex HMAC-SHA256 of ``v0:timestamp:body``."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


async def post(
    session: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str], seconds: float
) -> Answer:
    """Send a request and wait up to `seconds` for the complete answer."""
    started = time.perf_counter()
    timeout = aiohttp.ClientTimeout(total=seconds)
    try:
        async with session.post(
            url, data=body, headers={"User-Agent": USER_AGENT, **headers}, timeout=timeout, allow_redirects=False
        ) as response:
            raw = await response.read()
            return Answer(
                status=response.status,
                body=read_body(response.content_type, raw),
                elapsed=time.perf_counter() - started,
                problem="" if response.status == _OK else "http_error",
                no_retry=response.headers.get("x-slack-no-retry") == "1",
            )
    except TimeoutError:
        return Answer(0, None, time.perf_counter() - started, "http_timeout")
    except aiohttp.ClientError:
        return Answer(0, None, time.perf_counter() - started, "connection_failed")


def read_body(content_type: str, raw: bytes) -> Json | str | None:
    """Return an answer's body as an object if it is a JSON object, otherwise as text; None if it is empty."""
    if not raw:
        return None
    decoded = raw.decode(errors="replace")
    if content_type == "application/json":
        try:
            parsed = json.loads(decoded)
        except ValueError:
            return decoded
        return parsed if isinstance(parsed, dict) else decoded
    return decoded
