"""One signed HTTP request to the app's request URL, and what came back within three seconds."""

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
    """What the app answered. `status` 0: nothing, and `problem` says why; `delivery` is the id it is logged under."""

    status: int
    body: Json | str | None
    elapsed: float
    problem: str = ""
    no_retry: bool = False
    delivery: str = ""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return Slack's signature of a request: HMAC-SHA256 of ``v0:timestamp:body`` in hex, after ``v0=``."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


async def post(
    session: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str], seconds: float
) -> Answer:
    """Send a request and wait at most `seconds` for the whole answer."""
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
    """Return an answer as an object if it is JSON, else as text, or None when there is none."""
    if not raw:
        return None
    decoded = raw.decode(errors="replace")
    if content_type == "application/json":
        try:
            found = json.loads(decoded)
        except ValueError:
            return decoded
        return found if isinstance(found, dict) else decoded
    return decoded
