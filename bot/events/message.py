"""Somebody writes to segbot, directly or by mentioning it: one answer, to people only, where they asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.answers.conversation import reply_to_message
from bot.blocks.refusal import error_reply
from bot.blocks.reply import Reply, arguments_of
from bot.dependencies import Dependencies
from bot.slack.files import unrepeated
from bot.slack.responses import answers_errors
from bot.slack.workspace import workspace_of

_SLACKBOT: Final = "USLACKBOT"


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
            reply = await _reply(client, event, workspace_of(body))
            await _post(client, event, reply)
        except Exception:
            await dependencies.clicks.release(claim)
            raise

    async def _reply(client: AsyncWebClient, event: Mapping[str, Any], team: str) -> Reply:
        decision = await dependencies.access.member(client, team, str(event["user"]))
        if not decision.allowed:
            return error_reply(decision.sentence)
        model = dependencies.live.get()
        return await reply_to_message(str(event.get("text") or ""), model, dependencies.memory, team)

    app.event("message")(ack=acknowledge, lazy=[answer])
    app.event("app_mention")(ack=acknowledge, lazy=[answer])


def _is_for_us(event: Mapping[str, Any]) -> bool:
    """Say whether a person has just written this to segbot: no bot, no edit, no file, nothing said to others."""
    if event.get("bot_id") or event.get("subtype") or event.get("edited") or event.get("files"):
        return False
    if not all(event.get(key) for key in ("user", "channel", "ts")) or event["user"] == _SLACKBOT:
        return False
    return event.get("type") == "app_mention" or event.get("channel_type") == "im"


async def _post(client: AsyncWebClient, event: Mapping[str, Any], reply: Reply) -> None:
    """Answer in the thread, if there is one; a mention begins one.

    Where people of other organisations read along, only the person who asked sees the answer.
    """
    channel, thread = str(event["channel"]), str(event.get("thread_ts") or "")
    where: dict[str, Any] = {"channel": channel, "unfurl_links": False, "unfurl_media": False, **arguments_of(reply)}
    # Not repeated: if only the answer to the call got lost, the message is there already.
    once = unrepeated(client)
    if event.get("channel_type") == "im":
        await once.chat_postMessage(**where, thread_ts=thread or None)
        return
    where["thread_ts"] = thread or str(event["ts"])
    info: dict[str, Any] = (await client.conversations_info(channel=channel))["channel"]
    if info.get("is_ext_shared") or info.get("is_pending_ext_shared"):
        del where["unfurl_links"], where["unfurl_media"]
        await client.chat_postEphemeral(**where, user=str(event["user"]))
        return
    await once.chat_postMessage(**where)


async def _tell(arguments: dict[str, Any], reply: Reply) -> None:
    await _post(arguments["client"], arguments["event"], reply)
