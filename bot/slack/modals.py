"""Opens a modal for somebody who has just typed a command or clicked: Slack allows that for three seconds."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.transfers.files import error_word
from segmentation.errors import NotReady

TOO_LATE: Final = "Slack took too long to open the form. Please click again."
_log = logging.getLogger(__name__)


async def open_modal(
    client: AsyncWebClient, trigger: str, view: dict[str, Any], seconds: float, too_late: str = TOO_LATE
) -> None:
    """Open a modal.

    Parameters
    ----------
    trigger
        The `trigger_id` of what the person did.
    seconds
        How long Slack may take.
    too_late
        What the person is told if it takes longer, or refuses.

    Raises
    ------
    NotReady
        With `too_late`.
    """
    try:
        async with asyncio.timeout(seconds):
            await client.views_open(trigger_id=trigger, view=view)
    except SlackApiError as error:
        _log.warning("the form could not be opened", extra={"slack_error": error_word(error)})
        raise NotReady(too_late) from error
    except (ClientError, TimeoutError) as error:
        _log.warning("the form could not be opened", extra={"failure": type(error).__name__})
        raise NotReady(too_late) from error
