"""Somebody writes to segbot, directly or by mentioning it: one answer, to people only, where they asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from copy import copy
from functools import partial
from typing import Any, Final

from aiohttp import ClientError
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.answers.conversation import reply_to_message
from bot.blocks.conversation import no_model_reply
from bot.blocks.refusal import error_reply
from bot.blocks.reply import Reply, arguments_of
from bot.dependencies import Dependencies
from bot.slack.agent import LOOKING, show_status
from bot.slack.responses import answers_errors
from bot.slack.transfers.files import unrepeated
from bot.slack.workspace import workspace_of
from segmentation.errors import NoModel

_SLACKBOT: Final = "USLACKBOT"
# A reply in a thread that was also sent to the conversation is one message with a subtype of its own.
_WRITTEN: Final = (None, "", "thread_broadcast")
# Of a longer thread only its beginning would be read, which may be about somebody else.
_MOST_EARLIER: Final = 100
_log = logging.getLogger(__name__)


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register direct messages and mentions."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups, _tell)
    async def answer(client: AsyncWebClient, event: dict[str, Any], body: dict[str, Any]) -> None:
        if not _is_for_us(event):
            return
        # Slack repeats what it thinks was not taken, and delivers a mention in a direct message twice.
        claim = f"message:{event['channel']}:{event['ts']}"
        if not await dependencies.clicks.claim(claim):
            return
        try:
            await _post(client, event, await _working(client, event, workspace_of(body)))
        except Exception:
            await dependencies.clicks.release(claim)
            raise

    async def _working(client: AsyncWebClient, event: Mapping[str, Any], team: str) -> Reply:
        """Make the reply, while a direct message's thread says that segbot is at it."""
        if not _is_direct(event):
            return await _reply(client, event, team)
        channel, seconds = str(event["channel"]), dependencies.timings.showing
        shown = asyncio.create_task(show_status(client, channel, _thread_of(event), LOOKING, seconds))
        try:
            return await _reply(client, event, team)
        finally:
            await shown

    async def _reply(client: AsyncWebClient, event: Mapping[str, Any], team: str) -> Reply:
        decision = await dependencies.access.member(client, team, str(event["user"]))
        if not decision.allowed:
            return error_reply(decision.sentence)
        # A name in a channel would call that person.
        admins = dependencies.access.admins if _is_direct(event) else None
        try:
            model = dependencies.live.get()
        except NoModel as reason:
            return no_model_reply(reason.sentence, admins)
        earlier = partial(_earlier, client, event) if _continues(event) else None
        return await reply_to_message(str(event.get("text") or ""), model, dependencies.memory, team, admins, earlier)

    app.event("message")(ack=acknowledge, lazy=[answer])
    app.event("app_mention")(ack=acknowledge, lazy=[answer])


def _is_for_us(event: Mapping[str, Any]) -> bool:
    """Say whether a person has just written this to segbot: no bot, no edit, no file, nothing said to others."""
    if event.get("bot_id") or event.get("edited") or event.get("files"):
        return False
    if event.get("subtype") not in _WRITTEN:
        return False
    if not all(event.get(key) for key in ("user", "channel", "ts")) or event["user"] == _SLACKBOT:
        return False
    return event.get("type") == "app_mention" or event.get("channel_type") == "im"


async def _post(client: AsyncWebClient, event: Mapping[str, Any], reply: Reply) -> None:
    """Answer in the question's thread, which the answer begins if there is none, as Slack lays out agents' messages.

    Where people of other organisations read along, only the person who asked sees the answer.
    """
    channel, thread = str(event["channel"]), _thread_of(event)
    where: dict[str, Any] = {"channel": channel, "thread_ts": thread, **arguments_of(reply)}
    # Not repeated: if only the answer to the call got lost, the message is there already.
    once = unrepeated(client)
    if _is_direct(event):
        await once.chat_postMessage(**where, unfurl_links=False, unfurl_media=False)
        return
    info: dict[str, Any] = (await client.conversations_info(channel=channel))["channel"]
    if info.get("is_ext_shared") or info.get("is_pending_ext_shared"):
        await client.chat_postEphemeral(**where, user=str(event["user"]))
        return
    await once.chat_postMessage(**where, unfurl_links=False, unfurl_media=False)


def _continues(event: Mapping[str, Any]) -> bool:
    """Tell whether a message goes on with a thread between one person and segbot, who are alone there."""
    return _is_direct(event) and event.get("thread_ts") not in (None, "", event["ts"])


async def _earlier(client: AsyncWebClient, event: Mapping[str, Any]) -> list[str]:
    """Return what the person wrote in the thread before, the oldest first; nothing if not all of it can be read."""
    channel, thread = str(event["channel"]), _thread_of(event)
    # An answer that waits for Slack's rate limit would come too late.
    once = copy(client)
    once.retry_handlers = []
    try:
        answer = await once.conversations_replies(channel=channel, ts=thread, limit=_MOST_EARLIER)
    except (SlackApiError, ClientError, OSError) as error:
        # The message is answered by itself then, which says what is lacking.
        _log.warning("earlier messages cannot be read", extra={"failure": type(error).__name__})
        return []
    if answer.get("has_more"):
        return []
    return [
        str(message.get("text") or "")
        for message in answer.get("messages") or []
        if message.get("user") == event["user"] and not message.get("bot_id") and str(message["ts"]) < str(event["ts"])
    ]


def _is_direct(event: Mapping[str, Any]) -> bool:
    return event.get("channel_type") == "im" or str(event["channel"]).startswith("D")


def _thread_of(event: Mapping[str, Any]) -> str:
    return str(event.get("thread_ts") or event["ts"])


async def _tell(arguments: dict[str, Any], reply: Reply) -> None:
    await _post(arguments["client"], arguments["event"], reply)
