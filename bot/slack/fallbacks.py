"""Shows a reply in the best form that Slack takes, so that a refused block never keeps a job from ending."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from slack_sdk.errors import SlackApiError

from bot.blocks.reply import Reply
from bot.slack.transfers.files import error_word

# Slack's errors about a message whose blocks it refuses.
REFUSALS: Final = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})
_log = logging.getLogger(__name__)

Form = Callable[[], Awaitable[Reply]]


async def show_somehow(show: Callable[[Reply], Awaitable[None]], *forms: Form | Reply) -> None:
    """Show the first form that Slack takes.

    Parameters
    ----------
    show
        Posts or updates the message.
    forms
        The reply, the best form first; one that takes work to make is made only if it is needed.

    Raises
    ------
    SlackApiError
        When Slack refuses the last form too, or refuses for another reason than the blocks.
    """
    *better, last = forms
    for form in better:
        try:
            await show(await _made(form))
        except SlackApiError as error:
            if error_word(error) not in REFUSALS:
                raise
            _log.warning("Slack refused a form of a message", extra={"slack_error": error_word(error)})
        else:
            return
    await show(await _made(last))


async def _made(form: Form | Reply) -> Reply:
    return form if isinstance(form, Reply) else await form()
