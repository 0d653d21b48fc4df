"""The things to click under an answer in words: each answers where it was clicked."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.answers.conversation import suggested_reply
from bot.blocks.conversation import SUGGESTED
from bot.dependencies import Dependencies
from bot.slack.responses import answers_errors, respond_privately
from bot.slack.workspace import workspace_of


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the buttons."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def show(action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        await dependencies.access.welcome(client, workspace_of(body), str(body["user"]["id"]), SUGGESTED)
        await respond_privately(respond, suggested_reply(str(action.get("value") or ""), dependencies.live.get()))

    app.action(re.compile(rf"{SUGGESTED}:\w+"))(ack=acknowledge, lazy=[show])
