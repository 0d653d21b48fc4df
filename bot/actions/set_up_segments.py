"""*Set up segments from this file*: the form opens at once, from what the job that looked at the file has stored."""

from __future__ import annotations

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.files.setup_offer import SET_UP
from bot.blocks.models.setup_form import Progress, columns_form
from bot.dependencies import Dependencies
from bot.records.setup import setup_request
from bot.slack.modals import open_modal
from bot.slack.responses import answers_errors
from bot.slack.workspace import workspace_of


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the button."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def open_form(action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient, respond: Any) -> None:  # noqa: ANN401 - for the decorator
        team, user = workspace_of(body), str(body["user"]["id"])
        await dependencies.access.admit(client, team, user, "set up segments: open the form")
        job = str(action.get("value") or "")
        jobs = dependencies.jobs
        # At once: the form has to open within three seconds.
        attempt, stored = await asyncio.gather(jobs.attempts_at(setup_request(job)), jobs.stored_setup(job))
        progress = Progress(job, attempt, str(body["channel"]["id"]))
        view = columns_form(stored.name, stored.offered, progress)
        await open_modal(client, str(body["trigger_id"]), view, dependencies.timings.opening)

    app.action(SET_UP)(ack=acknowledge, lazy=[open_form])
