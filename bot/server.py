"""The ASGI server: `/slack/events` behind a signature check on raw bytes, `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import perf_counter
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.app import Bot
from bot.commands.segment import SegmentAnswers
from bot.fast_path import FastPath
from bot.metrics import Metrics
from bot.slack.responses import CONTENT_TYPE
from bot.slack.signatures import Signatures

EVENTS_PATH: Final = "/slack/events"
RATE_LIMITED: Final = "app_rate_limited"
MOST_BODY_BYTES: Final = 1024 * 1024
_LENGTH: Final = re.compile(rb"[0-9]{1,12}")
# All that is ever read of a body without a signature.
_LONGEST_CHECK: Final = 512
_JSON: Final = (b"content-type", CONTENT_TYPE.encode())
_log = logging.getLogger(__name__)


class _Refused(Exception):
    """A request is not handed on."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class SlackGate:
    """Answers only requests that Slack signed: by the fast path if it can, else by Bolt.

    Bolt parses a body before it verifies it, and raises on headers it does not expect; here no part of a
    request is parsed, kept or logged until its signature has been verified.

    Parameters
    ----------
    inner
        Bolt's ASGI adapter.
    fast_path
        Answers what needs no Bolt.
    secret
        The signing secret; empty refuses everything (Socket Mode only).
    metrics
        Counts refusals and times answers.
    """

    def __init__(self, inner: ASGIApp, fast_path: FastPath, secret: str, metrics: Metrics) -> None:
        self._inner = inner
        self._fast_path = fast_path
        self._signatures = Signatures(secret)
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Verify one HTTP request and hand it on, or answer 400, 401 or 413."""
        headers = dict(scope["headers"])
        try:
            if await _is_unsigned_check(headers, receive):
                await _acknowledge(scope, receive, send)
                return
            body = await self._verified(headers, receive)
            content_type, started = headers.get(b"content-type", b""), perf_counter()
            if (answer := self._fast_path.answer(body, content_type)) is not None:
                await _send_json(answer, send)
                self._metrics.answer_seconds.observe(perf_counter() - started)
                return
            if _ends_here(_content(body, content_type), body):
                await _acknowledge(scope, receive, send)
                return
        except _Refused as refused:
            await self._refuse(refused, scope, receive, send)
            return
        started = perf_counter()
        await self._inner(scope, _replay(_unambiguous(body)), send)
        self._metrics.answer_seconds.observe(perf_counter() - started)

    async def _verified(self, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        """Read a body that Slack signed."""
        if not self._signatures.are_there(headers):
            raise _Refused(401, "headers")
        stated = headers.get(b"content-length", b"0")
        if not _LENGTH.fullmatch(stated) or int(stated) > MOST_BODY_BYTES:
            raise _Refused(413, "size")
        body = await _read(receive)
        if body is None:
            raise _Refused(413, "size")
        if not self._signatures.fit(headers, body):
            raise _Refused(401, "signature")
        return body

    async def _refuse(self, refused: _Refused, scope: Scope, receive: Receive, send: Send) -> None:
        self._metrics.rejected.labels(refused.reason).inc()
        _log.warning("request refused", extra={"status": refused.status, "reason": refused.reason})
        # The body may be unread: the connection cannot be used again.
        response = PlainTextResponse("Refused\n", refused.status, headers={"connection": "close"})
        await response(scope, receive, send)


def create_asgi(bot: Bot) -> ASGIApp:
    """Build the web application around a bot; its lifespan follows the registry and introduces the bot to Slack."""
    bolt = cast("ASGIApp", AsyncSlackRequestHandler(bot.app, EVENTS_PATH))
    fast_path = FastPath(SegmentAnswers(bot.dependencies))
    gate = SlackGate(bolt, fast_path, bot.slack.signing_secret, bot.dependencies.metrics)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with running(bot):
            yield

    pages = Starlette(routes=_routes(bot), lifespan=lifespan)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        # Slack's requests skip the router: nearly all requests are Slack's.
        slacks = scope["type"] == "http" and scope["path"] == EVENTS_PATH and bot.listens
        if slacks and scope["method"] == "POST":
            await gate(scope, receive, send)
        elif slacks and is_certificate_check(scope["query_string"]):
            await _acknowledge(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return application


def _routes(bot: Bot) -> list[Route]:
    """Return the pages that balancers and monitoring ask for: health, readiness, metrics."""
    live, jobs, metrics = bot.dependencies.live, bot.dependencies.jobs, bot.dependencies.metrics

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_request: Request) -> Response:
        problems = {}
        if live.problem is not None:
            problems["model"] = live.problem.sentence
        if jobs.problem:
            problems["jobs"] = jobs.problem
        if bot.draining:
            problems["process"] = "It has been told to stop."
        # Commands are answered without the database; a worker can do nothing without it.
        ready = live.loaded and not bot.draining and (bot.listens or not jobs.problem)
        return JSONResponse({"ready": ready, "problems": problems}, 200 if ready else 503)

    async def render_metrics(_request: Request) -> Response:
        metrics.model_ready.set(live.loaded)
        return Response(metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", render_metrics)]


@asynccontextmanager
async def running(bot: Bot) -> AsyncIterator[None]:
    """Run a bot's background work: follow the model in service, and ask Slack who the bot is until it answers."""
    live = bot.dependencies.live
    # Before the first request comes: it is to be answered by a model.
    await asyncio.to_thread(live.refresh)
    jobs = bot.dependencies.jobs
    if jobs.works:
        # Before jobs run: it sweeps the scratch folder.
        await asyncio.to_thread(bot.scratch.prepare)
    await asyncio.to_thread(jobs.start)
    tasks = [asyncio.create_task(live.follow()), asyncio.create_task(_introduce(bot))]
    try:
        yield
    finally:
        # Before jobs stop: acknowledged work may still have one to store.
        await bot.dependencies.follow_ups.wait(bot.timings.serving.follow_up)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(jobs.stop, bot.timings.serving.jobs)


async def _introduce(bot: Bot) -> None:
    while not await bot.introduce():  # noqa: ASYNC110 - Slack cannot set an event when it is back
        await asyncio.sleep(bot.timings.serving.introduction)


async def _read(receive: Receive) -> bytes | None:
    """Read a body of at most `MOST_BODY_BYTES`; None if it is longer, with the rest left unread."""
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MOST_BODY_BYTES:
            return None
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def is_certificate_check(form: bytes) -> bool:
    """Say whether a form is Slack's look at the server's certificate, which it sends unsigned now and then."""
    if len(form) > _LONGEST_CHECK or b"ssl_check" not in form:
        return False
    fields = dict(parse_qsl(form.decode("latin-1")))
    return fields.get("ssl_check") == "1" and not fields.keys() - {"ssl_check", "token"}


async def _is_unsigned_check(headers: dict[bytes, bytes], receive: Receive) -> bool:
    """Say whether a request without a signature is Slack's look at the certificate; no longer body is read for that."""
    stated = headers.get(b"content-length", b"")
    if b"x-slack-signature" in headers or not _LENGTH.fullmatch(stated) or not 0 < int(stated) <= _LONGEST_CHECK:
        return False
    return is_certificate_check(await _read(receive) or b"")


async def _acknowledge(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("")(scope, receive, send)


async def _send_json(body: bytes, send: Send) -> None:
    headers = [_JSON, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _content(body: bytes, content_type: bytes) -> dict[str, Any]:
    """Return the JSON object in a signed body, empty if it holds none; refuse what Bolt would stumble over.

    Bolt takes an object for granted, and one within an event.
    """
    try:
        if body.startswith(b"{") or (body and content_type.split(b";")[0] == b"application/json"):
            content = json.loads(body)
        elif body.startswith(b"payload=") or b"&payload=" in body:
            content = json.loads(dict(parse_qsl(body.decode()))["payload"])
        else:
            return {}
    except (ValueError, KeyError, RecursionError):
        raise _Refused(400, "form") from None
    if not isinstance(content, dict) or not isinstance(content.get("event", {}), dict):
        raise _Refused(400, "form")
    return content


def _ends_here(content: dict[str, Any], body: bytes) -> bool:
    """Say whether a request needs an acknowledgement only: Bolt would answer 404."""
    if content.get("type") == RATE_LIMITED:
        _log.warning("Slack holds events back: there were too many in a minute")
        return True
    return is_certificate_check(body)


def _unambiguous(body: bytes) -> bytes:
    """Keep Bolt from mistaking a form whose text contains the word "payload" for an interaction.

    Bolt looks for the word anywhere in the body, so one in a command's text would make the whole command vanish. With
    one letter escaped, the form decodes to the same values.
    """
    if b"payload" not in body or body.startswith((b"payload=", b"{")) or b"&payload=" in body:
        return body
    return body.replace(b"payload", b"%70ayload")
