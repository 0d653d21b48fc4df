"""*Compare*: who moved between the two files chosen in the menus of `/segments compare`."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.answers.file_comparisons import compare_files
from bot.blocks.files.file_comparison import COMPARE, EARLIER, LATER, chosen_files
from bot.dependencies import Dependencies
from bot.slack.responses import answers_errors, respond_privately
from bot.slack.workspace import workspace_of


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the button and its menus."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def compare(body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        team = workspace_of(body)
        await dependencies.access.welcome(client, team, str(body["user"]["id"]), COMPARE)
        model, memory = dependencies.live.get(), dependencies.memory
        reply = await compare_files(memory, team, model, *chosen_files(body.get("state") or {}))
        await respond_privately(respond, reply, replace=True)

    app.action(COMPARE)(ack=acknowledge, lazy=[compare])
    # Choosing does nothing yet; the button sends both choices.
    app.action(EARLIER)(acknowledge)
    app.action(LATER)(acknowledge)
