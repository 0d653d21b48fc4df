"""*Name the segments*: opens the form for people who may change the model."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.models.naming import NAME_SEGMENTS, NamingOf, naming_form
from bot.blocks.models.retrain_report import Choice
from bot.dependencies import Dependencies
from bot.records.origin import Origin
from bot.segment_names import SegmentNames
from bot.slack.modals import open_modal
from bot.slack.responses import answers_errors
from bot.slack.workspace import workspace_of
from segmentation.errors import BadInput

STALE: Final = "This button can no longer be used. Type /segments, and click the one there."


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the button."""
    names = SegmentNames(dependencies.candidates)

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def open_form(
        action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        del respond  # for the decorator
        value = str(action.get("value") or "")
        try:
            choice = Choice.from_value(value)
        except ValueError as error:
            raise BadInput(STALE) from error
        # Slack may deliver a click twice; it opens one form.
        if not await dependencies.clicks.claim(f"{NAME_SEGMENTS}:{body['trigger_id']}"):
            return
        user = str(body["user"]["id"])
        await dependencies.access.admit(client, workspace_of(body), user, f"{NAME_SEGMENTS} {choice.version}")
        naming = await asyncio.to_thread(names.to_name, choice.version)
        # Only a report is brought up to date; from elsewhere, the channel is told.
        report = "" if naming.in_service else str(body["container"]["message_ts"])
        about = NamingOf(value, Origin.of(body), report)
        view = naming_form(naming.model, naming.suggested, about, in_service=naming.in_service)
        await open_modal(client, str(body["trigger_id"]), view, dependencies.timings.opening)

    app.action(NAME_SEGMENTS)(ack=acknowledge, lazy=[open_form])
