"""Answers a form in the conversation it was opened in, by any way Slack still leaves."""

from __future__ import annotations

import logging

from slack_bolt.async_app import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.reply import Reply
from bot.records.origin import Origin
from bot.slack.responses import UNTAKEN, respond_privately, tell_alone

_log = logging.getLogger(__name__)


def respond_in(origin: Origin, client: AsyncWebClient) -> AsyncRespond:
    """Return what answers the command or click that opened the form."""
    return AsyncRespond(response_url=origin.response_url, proxy=client.proxy, ssl=client.ssl)


async def tell(origin: Origin, client: AsyncWebClient, user: str, reply: Reply) -> None:
    """Tell the person who submitted, and nobody else: in the conversation if that is possible, else directly.

    Nothing is raised: what was asked for is done or refused by now, and if Slack takes no answer only the log can tell.
    """
    if origin.response_url:
        try:
            await respond_privately(respond_in(origin, client), reply)
        except UNTAKEN as failure:
            # After half an hour Slack no longer takes it.
            _log.info("told without response_url", extra={"failure": type(failure).__name__})
        else:
            return
    await tell_alone(client, user, origin.channel, reply)
