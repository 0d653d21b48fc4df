"""*Show on the map*: sends the segment map with this customer on it to the person who clicked, directly."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.answers.answered_before import STALE, answered_before
from bot.blocks.customers.on_map import ON_MAP, customer_map_reply, is_on_map, map_text
from bot.blocks.customers.segments import map_sent_reply
from bot.dependencies import Dependencies
from bot.slack.responses import answers_errors, respond_privately, send_directly
from bot.slack.transfers.files import upload_image
from bot.slack.workspace import workspace_of
from segmentation.answers.explanation import Explanation
from segmentation.errors import BadInput
from segmentation.model import SegmentModel

TITLE: Final = "A customer on the segment map"


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the button."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def show(action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        user, here = str(body["user"]["id"]), str((body.get("channel") or {}).get("id") or "")
        await dependencies.access.welcome(client, workspace_of(body), user, ON_MAP)
        explanation, model = await answered_before(str(action.get("value") or ""), dependencies.live)
        if not is_on_map(model.schema):
            raise BadInput(STALE)
        # Slack may deliver a click twice; it sends one map.
        if not await dependencies.clicks.claim(f"{ON_MAP}:{body['trigger_id']}"):
            return
        picture = await asyncio.to_thread(_drawn, model, explanation)
        said, timings = map_text(explanation), dependencies.timings
        file = await upload_image(client, "customer-on-map.png", picture, TITLE, said, timings)
        direct = await send_directly(client, user, customer_map_reply(explanation, file))
        if here != direct:
            await respond_privately(respond, map_sent_reply())

    app.action(ON_MAP)(ack=acknowledge, lazy=[show])


def _drawn(model: SegmentModel, explanation: Explanation) -> bytes:
    from segmentation.charts.segment_map import segment_map  # noqa: PLC0415 - matplotlib is only needed here, and is slow to load

    given = zip(explanation.values, model.fill, strict=True)
    return segment_map(model, highlight=[usual if value is None else value for value, usual in given])
