"""What Slack shows of segbot as an agent: prompts to somebody who opens the conversation, and what segbot is doing.

Both only help: if Slack does not take them, because the app was made from an older manifest or the workspace's plan
has no agents, the answer comes all the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from typing import Any, Final

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.transfers.files import error_word

LOOKING: Final = "is looking at your question…"
_log = logging.getLogger(__name__)


async def suggest(client: AsyncWebClient, channel: str, prompts: Sequence[dict[str, str]], seconds: float) -> None:
    """Suggest what to ask, in a direct message.

    Parameters
    ----------
    prompts
        At most four, each with a title and the message that a click on it writes.
    seconds
        How long Slack may take.
    """
    # Without `thread_ts`: with it, Slack ignores the call of an agent.
    await _tried(client.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=list(prompts)), seconds)


async def show_status(client: AsyncWebClient, channel: str, thread: str, status: str, seconds: float) -> None:
    """Show what segbot is doing in a thread; its answer in that thread takes the line away, as does two minutes' wait.

    To be awaited before the answer is posted: a line that came after the answer would stay.
    """
    await _tried(client.assistant_threads_setStatus(channel_id=channel, thread_ts=thread, status=status), seconds)


async def _tried(call: Awaitable[Any], seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await call
    except SlackApiError as error:
        _log.info("Slack shows no agent", extra={"slack_error": error_word(error)})
    except (ClientError, TimeoutError, OSError) as error:
        _log.info("Slack shows no agent", extra={"failure": type(error).__name__})
