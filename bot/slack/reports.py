"""Shows a candidate's report: the message to decide by, and the details in its thread."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from dataclasses import replace
from typing import Final

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.reply import Reply, arguments_of
from bot.slack.status_message import StatusMessage
from bot.slack.transfers.files import error_word

# By these, the details are found again in the report's thread, which holds no other message of a job.
DETAILS: Final = "details"
_EVENT_TYPE: Final = "segbot_report_details"
_log = logging.getLogger(__name__)


def details_messages(client: AsyncWebClient) -> StatusMessage:
    """Return what finds, posts and edits the details of reports."""
    return StatusMessage(client, _EVENT_TYPE)


async def show_report(
    client: AsyncWebClient, channel: str, ts: str, message: Reply, details: Reply | None = None
) -> bool:
    """Update the report's message, and its details if they have changed; say whether the message was updated.

    The decision stands either way, so nothing is raised.
    """
    shown = await _tried(_update(client, channel, ts, message))
    if details is not None:
        await _tried(_update_details(client, channel, ts, details))
    return shown


async def _tried(update: Awaitable[None]) -> bool:
    try:
        await update
    except SlackApiError as error:
        _log.warning("a report could not be brought up to date", extra={"slack_error": error_word(error)})
    except (ClientError, TimeoutError) as error:
        _log.warning("a report could not be brought up to date", extra={"failure": type(error).__name__})
    else:
        return True
    return False


async def _update_details(client: AsyncWebClient, channel: str, thread: str, details: Reply) -> None:
    found = await details_messages(client).find(DETAILS, channel, thread=thread)
    if found is not None:
        await _update(client, channel, found, details)


async def _update(client: AsyncWebClient, channel: str, ts: str, reply: Reply) -> None:
    try:
        await client.chat_update(channel=channel, ts=ts, **arguments_of(reply))
    except SlackApiError as error:
        if error_word(error) != "invalid_blocks":
            raise
        # Somebody may have deleted a chart meanwhile; the decision matters more than the picture.
        blocks = [block for block in reply.blocks if block["type"] != "image"]
        await client.chat_update(channel=channel, ts=ts, **arguments_of(replace(reply, blocks=blocks)))
