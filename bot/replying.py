"""How a reply, or an error turned into one, reaches the person: in the answer itself, or through `response_url`."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final

from aiohttp import ClientError
from slack_bolt.async_app import AsyncAck, AsyncRespond
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError

from bot.blocks.refusal import error_reply, unexpected_reply
from bot.blocks.reply import Reply
from bot.metrics import Metrics
from segmentation.errors import SegbotError

EPHEMERAL: Final = "ephemeral"
IN_CHANNEL: Final = "in_channel"
_log = logging.getLogger(__name__)

Lazy = Callable[..., Awaitable[None]]


async def answer(ack: AsyncAck, reply: Reply) -> None:
    """Answer a command in the HTTP response itself, for the asker's eyes only."""
    await ack(text=reply.text, blocks=reply.blocks, response_type=EPHEMERAL)


async def respond_privately(respond: AsyncRespond, reply: Reply, *, replace: bool = False) -> None:
    """Send a reply to the asker alone through `response_url`."""
    await respond(
        text=reply.text, blocks=reply.blocks, response_type=EPHEMERAL, replace_original=replace, unfurl_links=False
    )


async def respond_in_channel(respond: AsyncRespond, reply: Reply) -> None:
    """Post a reply where everybody in the channel sees it, through `response_url`."""
    await respond(
        text=reply.text, blocks=reply.blocks, response_type=IN_CHANNEL, replace_original=False, unfurl_links=False
    )


def reply_for(error: Exception, metrics: Metrics) -> Reply:
    """Turn an error into what the person reads: its own sentence, or a reference under which the log has it."""
    if isinstance(error, SegbotError):
        return error_reply(error.sentence)
    reference = secrets.token_hex(4)
    metrics.errors.inc()
    _log.error("unexpected error", exc_info=error, extra={"reference": reference})
    return unexpected_reply(reference)


def error_handler(metrics: Metrics) -> Callable[..., Awaitable[BoltResponse | None]]:
    """Build Bolt's one error handler, for whatever a listener raises before it has answered."""

    async def handle(error: Exception, request: AsyncBoltRequest, context: AsyncBoltContext) -> BoltResponse | None:
        reply = reply_for(error, metrics)
        if "command" in request.body:
            body = {"response_type": EPHEMERAL, "text": reply.text, "blocks": reply.blocks}
            return BoltResponse(status=200, body=body)
        if context.response_url and context.respond is not None:
            await respond_privately(context.respond, reply)
        # An event that failed must be acknowledged all the same: Slack would send it again to the same end.
        return BoltResponse(status=200, body="")

    return handle


def lazily(metrics: Metrics) -> Callable[[Lazy], Lazy]:
    """Decorate a lazy listener so that the person hears of its failure; Bolt itself would only log it.

    The listener must take `respond`.
    """

    def decorate(function: Lazy) -> Lazy:
        @wraps(function)
        async def guarded(**arguments: Any) -> None:  # noqa: ANN401 - whatever Bolt injects
            try:
                await function(**arguments)
            except Exception as error:  # noqa: BLE001 - the last stop: nothing is swallowed, the person is told
                reply = reply_for(error, metrics)
                try:
                    await respond_privately(arguments["respond"], reply)
                except (SlackApiError, ClientError, OSError) as failure:
                    _log.error("the person could not be told", extra={"failure": type(failure).__name__})

        return guarded

    return decorate
