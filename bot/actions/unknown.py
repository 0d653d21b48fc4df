"""Buttons, menus and shortcuts of an older segbot: they are answered, so that a click is not silently lost."""

from __future__ import annotations

import re
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.refusal import error_reply
from bot.blocks.reply import Reply, arguments_of
from bot.dependencies import Dependencies
from bot.slack.responses import answers_errors, respond_privately

OLD_BUTTON: Final = "This button is from an older version of segbot. Ask again with /segment."
OLD_SHORTCUT: Final = (
    "This shortcut is from another version of segbot. Ask with /segment, or drop a file into a channel."
)
_ANY: Final = re.compile(r".*", re.DOTALL)


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the answers to any action, menu or shortcut that no other listener handles."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    async def no_options(ack: AsyncAck) -> None:
        await ack(options=[])

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def explain(respond: AsyncRespond) -> None:
        await respond_privately(respond, error_reply(OLD_BUTTON))

    @answers_errors(dependencies.metrics, dependencies.follow_ups, _tell)
    async def explain_shortcut(client: AsyncWebClient, body: dict[str, Any], respond: AsyncRespond) -> None:
        if body.get("response_url"):
            await respond_privately(respond, error_reply(OLD_SHORTCUT))
        else:
            await _tell({"client": client, "body": body}, error_reply(OLD_SHORTCUT))

    app.action(_ANY)(ack=acknowledge, lazy=[explain])
    app.options(_ANY)(no_options)
    app.shortcut(_ANY)(ack=acknowledge, lazy=[explain_shortcut])


async def _tell(arguments: dict[str, Any], reply: Reply) -> None:
    """Tell the person directly: a shortcut that belongs to no message has no other place for an answer."""
    user = str(arguments["body"]["user"]["id"])
    await arguments["client"].chat_postMessage(channel=user, **arguments_of(reply))
