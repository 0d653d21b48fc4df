"""*Ask about a customer*: opens the form of `/segment` from anywhere in Slack, with a choice of where to answer."""

from __future__ import annotations

from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.customers.segment_form import segment_form
from bot.blocks.reply import Reply
from bot.dependencies import Dependencies
from bot.records.origin import Origin
from bot.slack.modals import open_modal
from bot.slack.origin import tell
from bot.slack.responses import answers_errors
from bot.slack.workspace import workspace_of

SHORTCUT: Final = "ask_customer"


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the shortcut."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups, _tell)
    async def open_form(client: AsyncWebClient, body: dict[str, Any]) -> None:
        # A balancer may send it twice; it opens one form.
        if not await dependencies.clicks.claim(f"{SHORTCUT}:{body['trigger_id']}"):
            return
        await dependencies.access.welcome(client, workspace_of(body), str(body["user"]["id"]), SHORTCUT)
        view = segment_form(dependencies.live.get().schema, Origin.of(body), asks_where=True)
        await open_modal(client, str(body["trigger_id"]), view, dependencies.timings.opening)

    app.global_shortcut(SHORTCUT)(ack=acknowledge, lazy=[open_form])


async def _tell(arguments: dict[str, Any], reply: Reply) -> None:
    """Tell the person directly: a global shortcut belongs to no conversation."""
    body = arguments["body"]
    await tell(Origin.of(body), arguments["client"], str(body["user"]["id"]), reply)
