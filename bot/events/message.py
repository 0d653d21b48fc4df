"""Somebody writes to segbot, directly or by mentioning it: one answer, to people only, where they asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp
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
        return await reply_to_message(str(event.get("text") or ""), model, dependencies.memory, team, admins)

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


def _is_direct(event: Mapping[str, Any]) -> bool:
    return event.get("channel_type") == "im" or str(event["channel"]).startswith("D")


def _thread_of(event: Mapping[str, Any]) -> str:
    return str(event.get("thread_ts") or event["ts"])


async def _tell(arguments: dict[str, Any], reply: Reply) -> None:
    await _post(arguments["client"], arguments["event"], reply)
