"""Brings a report's message up to date after somebody has decided on it."""

from __future__ import annotations

import logging
from dataclasses import replace

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.reply import Reply, arguments_of
from bot.slack.files import error_word

_log = logging.getLogger(__name__)


async def show_report(client: AsyncWebClient, channel: str, ts: str, reply: Reply) -> bool:
    """Update the report's message, and say whether that worked. The decision stands either way."""
    try:
        try:
            await client.chat_update(channel=channel, ts=ts, **arguments_of(reply))
        except SlackApiError as error:
            if error_word(error) != "invalid_blocks":
                raise
            # Somebody may have deleted a chart meanwhile; the decision matters more than the picture.
            blocks = [block for block in reply.blocks if block["type"] != "image"]
            await client.chat_update(channel=channel, ts=ts, **arguments_of(replace(reply, blocks=blocks)))
    except SlackApiError as error:
        _log.warning("a report could not be brought up to date", extra={"slack_error": error_word(error)})
    except (ClientError, TimeoutError) as error:
        _log.warning("a report could not be brought up to date", extra={"failure": type(error).__name__})
    else:
        return True
    return False
