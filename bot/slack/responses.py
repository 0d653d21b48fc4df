"""How a reply, or an error turned into one, reaches the person: in the answer itself, or through `response_url`."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import wraps
from typing import Any, Final

import orjson
from aiohttp import ClientError
from slack_bolt.async_app import AsyncAck, AsyncRespond
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.models.retrain import untold_reply
from bot.blocks.refusal import error_reply, unexpected_reply
from bot.blocks.reply import Reply, arguments_of
from bot.metrics import Metrics
from bot.slack.acknowledgements import FollowUps
from bot.slack.transfers.files import error_word, unrepeated
from segmentation.errors import NotReady, SegbotError

OK: Final = 200
EPHEMERAL: Final = "ephemeral"
IN_CHANNEL: Final = "in_channel"
CONTENT_TYPE: Final = "application/json;charset=utf-8"
_JSON: Final[dict[str, str | Sequence[str]]] = {"content-type": [CONTENT_TYPE]}
_log = logging.getLogger(__name__)

Listener = Callable[..., Coroutine[Any, Any, None]]
Tell = Callable[[dict[str, Any], Reply], Awaitable[None]]


class NotDelivered(SegbotError):
    """Slack did not take what was sent to a `response_url`."""


# How a `response_url` fails: `TimeoutError` is an `OSError`, and asyncio's is the same.
UNTAKEN: Final = (NotDelivered, ClientError, OSError)


async def answer(ack: AsyncAck, reply: Reply) -> None:
    """Answer a command in the HTTP response itself, for the asker's eyes only."""
    ack.response = answered(reply)


def answered(reply: Reply) -> BoltResponse:
    """Return the HTTP response that answers a command, for the asker's eyes only.

    Bolt's own way copies every block and encodes them with the standard library, at ten times the cost.
    """
    return BoltResponse(status=OK, body=encoded(reply).decode(), headers=_JSON)


def encoded(reply: Reply) -> bytes:
    """Return the JSON that answers a command, for the asker's eyes only."""
    return orjson.dumps({"response_type": EPHEMERAL, "text": reply.text, "blocks": reply.blocks})


async def respond_privately(
    respond: AsyncRespond, reply: Reply, *, replace: bool = False, body: Mapping[str, Any] | None = None
) -> None:
    """Send a reply to the asker alone through `response_url`; `NotDelivered` when Slack does not take it.

    Parameters
    ----------
    body
        What Slack sent of a click: if that was in a thread, the reply is shown there, not in the channel.
    """
    await _respond(respond, reply, EPHEMERAL, replace=replace, thread=_thread_of(body or {}))


def _thread_of(body: Mapping[str, Any]) -> str:
    return str((body.get("container") or {}).get("thread_ts") or "")


async def respond_in_channel(respond: AsyncRespond, reply: Reply) -> None:
    """Post a reply where everybody in the channel sees it; otherwise as `respond_privately`."""
    await _respond(respond, reply, IN_CHANNEL, replace=False)


async def respond_in_place(respond: AsyncRespond, reply: Reply) -> None:
    """Replace the message that was clicked, for everybody who sees it; otherwise as `respond_privately`."""
    await _respond(respond, reply, None, replace=True)


async def tell_alone(client: AsyncWebClient, user: str, channel: str, reply: Reply) -> None:
    """Tell somebody without a `response_url`: in the channel, visible to them alone, else in a direct message.

    Parameters
    ----------
    channel
        Empty for the direct message.
    """
    try:
        if channel:
            try:
                await client.chat_postEphemeral(channel=channel, user=user, **arguments_of(reply))
            except SlackApiError as error:
                _log.info("told directly instead", extra={"slack_error": error_word(error)})
            else:
                return
        opened = await client.conversations_open(users=user)
        await client.chat_postMessage(channel=opened["channel"]["id"], **arguments_of(reply))
    except (SlackApiError, *UNTAKEN) as failure:
        _log.error("the person could not be told", extra={"failure": type(failure).__name__})


async def send_directly(client: AsyncWebClient, user: str, reply: Reply) -> str:
    """Send somebody a direct message, and return its channel; `NotDelivered` when Slack does not take it.

    Pictures go this way: a message that only one person sees posts nothing, and Slack lets people see an uploaded file
    only where it was posted.
    """
    try:
        channel = str((await client.conversations_open(users=user))["channel"]["id"])
        await client.chat_postMessage(channel=channel, **arguments_of(reply))
    except SlackApiError as error:
        raise NotDelivered(f"Slack didn't take the answer ({error_word(error)}). Please try again.") from error
    return channel


async def announce(client: AsyncWebClient, channel: str, respond: AsyncRespond, reply: Reply) -> None:
    """Tell everybody in the channel what was done: through `response_url`, else as a message of the bot's own.

    The action is done, so nothing is raised: if the channel cannot be told, the person who acted is, alone.
    """
    try:
        await respond_in_channel(respond, reply)
    except UNTAKEN as failure:
        _log.warning("told as a message instead", extra={"failure": type(failure).__name__})
    else:
        return
    try:
        # Not repeated: if only the answer got lost, the message is there already.
        once = unrepeated(client)
        await once.chat_postMessage(channel=channel, unfurl_links=False, unfurl_media=False, **arguments_of(reply))
    except (SlackApiError, *UNTAKEN) as failure:
        _log.error("the channel could not be told what was done", extra={"failure": type(failure).__name__})
        await _tell(respond, untold_reply(reply.text))


async def take_back(respond: AsyncRespond) -> None:
    """Delete the private question that was answered. If Slack doesn't take that, the question stays and is harmless."""
    try:
        await respond(delete_original=True)
    except UNTAKEN as failure:
        _log.warning("a private question stayed", extra={"failure": type(failure).__name__})


async def _respond(
    respond: AsyncRespond, reply: Reply, response_type: str | None, *, replace: bool, thread: str = ""
) -> None:
    taken = await respond(
        text=reply.text,
        blocks=reply.blocks,
        response_type=response_type,
        replace_original=replace,
        unfurl_links=False,
        thread_ts=thread or None,
    )
    if taken.status_code != OK:
        raise NotDelivered(f"Slack didn't take the answer (HTTP {taken.status_code}). Please try again.")


def reply_for(error: Exception, metrics: Metrics) -> Reply:
    """Turn an error into a reply: its own sentence, or a reference under which the log describes it."""
    if isinstance(error, SegbotError):
        return error_reply(error.sentence)
    reference = secrets.token_hex(4)
    metrics.errors.inc()
    _log.error("unexpected error", exc_info=error, extra={"reference": reference})
    return unexpected_reply(reference)


def error_handler(metrics: Metrics) -> Callable[..., Awaitable[BoltResponse | None]]:
    """Build Bolt's one error handler, for errors that a listener raises before it has answered."""

    async def handle(error: Exception, request: AsyncBoltRequest, context: AsyncBoltContext) -> BoltResponse | None:
        reply = reply_for(error, metrics)
        if "command" in request.body:
            body = {"response_type": EPHEMERAL, "text": reply.text, "blocks": reply.blocks}
            return BoltResponse(status=200, body=body)
        if context.response_url and context.respond is not None:
            await _tell(context.respond, reply)
        if isinstance(error, NotReady):
            return BoltResponse(status=503, body="")  # Slack sends it again in a minute
        # Any other event that failed is acknowledged all the same: sent again, it would fail again.
        return BoltResponse(status=200, body="")

    return handle


def answers_errors(metrics: Metrics, follow_ups: FollowUps, tell: Tell | None = None) -> Callable[[Listener], Listener]:
    """Decorate work that answers by itself so that the person hears of its failure; Bolt itself would only log it.

    Parameters
    ----------
    metrics
        Where unexpected errors are counted.
    follow_ups
        Keeps the work until it has ended.
    tell
        How the person is told, given the listener's arguments and the reply; by default through `respond`, which the
        listener must take then.
    """

    def decorate(function: Listener) -> Listener:
        @wraps(function)
        async def guarded(*given: object, **arguments: Any) -> None:  # noqa: ANN401 - whatever Bolt injects
            if (task := asyncio.current_task()) is not None:
                follow_ups.keep(task)  # Bolt starts it, and keeps no reference
            try:
                await function(*given, **arguments)
            except Exception as error:  # noqa: BLE001 - the last stop: nothing is swallowed, the person is told
                reply = reply_for(error, metrics)
                if tell is None:
                    await _tell(arguments["respond"], reply, arguments.get("body"))
                else:
                    await tell(arguments, reply)

        return guarded

    return decorate


async def _tell(respond: AsyncRespond, reply: Reply, body: Mapping[str, Any] | None = None) -> None:
    """Tell the person of a failure; if that fails too, only the log can say so."""
    try:
        await respond_privately(respond, reply, body=body)
    except UNTAKEN as failure:
        _log.error("the person could not be told", extra={"failure": type(failure).__name__})
