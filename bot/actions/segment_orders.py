"""*Make segments of these customers* under a file of orders: one retrain, however often it is clicked."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.files.orders_offer import SEGMENT_ORDERS
from bot.blocks.models.retrain import running_reply
from bot.blocks.questions import UNREADABLE
from bot.blocks.reply import notice
from bot.dependencies import Dependencies
from bot.records.orders import orders_request
from bot.records.retrain_job import RetrainJob
from bot.slack.responses import answers_errors, respond_privately
from bot.slack.workspace import workspace_of
from segmentation.errors import BadInput
from segmentation.orders.answers import OrderAnswers

KNOWN: Final = "Somebody clicked this before. The training has its own message in the channel, which tells how it went."
OLD: Final = "This button can no longer be used. Upload the file again."


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the button."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def train(
        action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        job = _job(action, body)
        await dependencies.access.admit(client, job.team, job.user, "segments of a file of orders")
        if await dependencies.jobs.knows(job):
            await respond_privately(respond, notice(KNOWN), body=body)
            return
        running = await dependencies.jobs.retrain(job)
        if running is not None:
            await respond_privately(respond, running_reply(running), body=body)

    app.action(SEGMENT_ORDERS)(ack=acknowledge, lazy=[train])


def _job(action: dict[str, Any], body: dict[str, Any]) -> RetrainJob:
    """Build the retrain: which file and how it is read from the button, who and where from the signed envelope."""
    try:
        stated = json.loads(str(action["value"]))
        answers = tuple(str(key) for key in stated["answers"])
        OrderAnswers.parse(answers)
        return replace(
            orders_request(workspace_of(body), str(stated["job"])),
            channel=str(body["channel"]["id"]),
            user=str(body["user"]["id"]),
            file=str(stated["file"]),
            at=float(action.get("action_ts") or 0),
            answers=answers,
        )
    except UNREADABLE as error:
        raise BadInput(OLD) from error
