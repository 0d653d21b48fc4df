"""The menu of segments: shows one of them to the person who chose it."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.answers.portraits import show_portrait
from bot.blocks.customers.portrait import SHOW_SEGMENT
from bot.dependencies import Dependencies
from bot.slack.responses import answers_errors
from bot.slack.workspace import workspace_of


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the menu."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def show(action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        team = workspace_of(body)
        await dependencies.access.welcome(client, team, str(body["user"]["id"]), SHOW_SEGMENT)
        chosen = str((action.get("selected_option") or {}).get("value") or "")
        await show_portrait(respond, dependencies.live.get(), chosen, dependencies.memory, team)

    app.action(SHOW_SEGMENT)(ack=acknowledge, lazy=[show])
