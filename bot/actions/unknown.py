"""Buttons in messages of an older segbot: they are answered, so that a click is not silently lost."""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.blocks.refusal import error_reply
from bot.dependencies import Dependencies
from bot.slack.responses import answers_errors, respond_privately


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the answer to any action that no other listener handles."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def explain(respond: AsyncRespond) -> None:
        await respond_privately(
            respond, error_reply("This button is from an older version of segbot. Ask again with /segment.")
        )

    app.action(re.compile(r".*", re.DOTALL))(ack=acknowledge, lazy=[explain])
