"""*Share in channel*: posts for everybody the answer that one person saw, from the same model version."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.answers.answered_before import answered_before
from bot.blocks.customers.segment import SHARE, already_shared, segment_reply
from bot.dependencies import Dependencies
from bot.slack.responses import answers_errors, respond_in_channel, respond_privately
from bot.slack.workspace import workspace_of


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the button."""
    clicks = dependencies.clicks

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def share(
        action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        await dependencies.access.welcome(client, workspace_of(body), str(body["user"]["id"]), SHARE)
        explanation, model = await answered_before(str(action.get("value") or ""), dependencies.live)
        public = segment_reply(
            explanation, model.schema, model.names, synthetic=model.synthetic, shared_by=str(body["user"]["id"])
        )
        press = f"share:{body['user']['id']}:{body['container']['message_ts']}"
        # Claimed last: after a failure above, the button may be clicked again.
        if not await clicks.claim(press):
            return  # a second click, before the button was gone
        try:
            await respond_in_channel(respond, public)
        except Exception:
            await clicks.release(press)
            raise
        # The private copy loses its buttons: the answer need not be shared twice.
        await respond_privately(respond, already_shared(public), replace=True)

    app.action(SHARE)(ack=acknowledge, lazy=[share])
