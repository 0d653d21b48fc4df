"""*Score this file*: scores the tables of one message, also of a message from before segbot came into the channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.files.shortcut import Asked, asked_reply, no_table_reply, not_here_reply
from bot.dependencies import Dependencies
from bot.records.file_job import FileJob
from bot.slack.responses import answers_errors, respond_privately
from bot.slack.transfers.file_kinds import Meaning, is_gone, meaning_of, name_of
from bot.slack.transfers.files import error_word
from bot.slack.workspace import workspace_of

SHORTCUT: Final = "score_file"


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the shortcut. It is acknowledged once its jobs are stored: after that nobody sends it again."""

    async def asked(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        await dependencies.follow_ups.settle(score(body=body, client=client, respond=respond))
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def score(body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        press = f"{SHORTCUT}:{body['trigger_id']}"
        if not await dependencies.clicks.claim(press):
            return  # the same request, sent again
        try:
            await _score(body, client, respond)
        except Exception:
            await dependencies.clicks.release(press)
            raise

    async def _score(body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        await dependencies.access.welcome(client, workspace_of(body), str(body["user"]["id"]), SHORTCUT)
        files = tables_in(body)
        if not files:
            await respond_privately(respond, no_table_reply())
        elif not await _is_inside(client, str(body["channel"]["id"])):
            await respond_privately(respond, not_here_reply())
        else:
            await respond_privately(respond, asked_reply([await _enqueue(body, file) for file in files]))

    async def _enqueue(body: dict[str, Any], file: dict[str, Any]) -> Asked:
        """Queue a file, unless it was scored or is about to be: then somebody has to want it once more."""
        job = FileJob(
            team=workspace_of(body),
            channel=str(body["channel"]["id"]),
            file=str(file["id"]),
            # The person who asks gets what others in a shared channel must not read.
            user=str(body["user"]["id"]),
            at=float(body.get("action_ts") or 0),
            shared=str(body["message"]["ts"]),
        )
        stored = await dependencies.jobs.scorings(job)
        job = replace(job, attempt=stored.attempts)
        if not stored.scored:
            await dependencies.jobs.enqueue(job)
        # Of another organisation's file Slack says the id alone.
        name = name_of(file) if file.get("name") or file.get("title") else "the file"
        return Asked(name, job, scored_before=stored.scored)

    app.message_shortcut(SHORTCUT)(asked)


def tables_in(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the files of a message that may be tables; a result of segbot's own is none to score."""
    message = body.get("message") or {}
    if message.get("app_id") and message.get("app_id") == body.get("api_app_id"):
        return []
    return [one for one in message.get("files") or [] if not is_gone(one) and meaning_of(one) is not Meaning.OTHER]


async def _is_inside(client: AsyncWebClient, channel: str) -> bool:
    """Say whether segbot is in a channel, without which it can read no file there."""
    try:
        found: dict[str, Any] = (await client.conversations_info(channel=channel))["channel"]
    except SlackApiError as error:
        if error_word(error) == "channel_not_found":
            return False  # a private one
        raise
    # Of a direct message with segbot, Slack does not say it.
    return bool(found.get("is_member", True))
