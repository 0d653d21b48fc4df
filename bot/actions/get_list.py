"""*Get a list…*: opens the form, without looking at the file, so that it opens in time."""

from __future__ import annotations

from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.files.lists import GET_LIST, Scored, list_form
from bot.dependencies import Dependencies
from bot.slack.modals import open_modal
from bot.slack.responses import answers_errors
from bot.slack.workspace import workspace_of
from segmentation.errors import BadInput

STALE: Final = "This button can no longer be used. Drop the file into the channel again."


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the button."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def open_form(
        action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        del respond  # errors are told through it
        try:
            scored = Scored.from_value(str(action.get("value") or ""))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadInput(STALE) from error
        # Slack may deliver a click twice; it opens one form.
        if not await dependencies.clicks.claim(f"{GET_LIST}:{body['trigger_id']}"):
            return
        await dependencies.access.entrust(client, workspace_of(body), str(body["user"]["id"]), GET_LIST)
        view = list_form(scored, str((body.get("channel") or {}).get("id") or ""))
        await open_modal(client, str(body["trigger_id"]), view, dependencies.timings.opening)

    app.action(GET_LIST)(ack=acknowledge, lazy=[open_form])
