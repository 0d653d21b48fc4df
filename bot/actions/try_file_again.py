"""*Try again* under a file that could not be scored: a new attempt, once however often it is pressed."""

from __future__ import annotations

import json
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.blocks.refusal import error_reply
from bot.blocks.summary import TRY_AGAIN
from bot.dependencies import Dependencies
from bot.records.file_job import FileJob
from bot.slack.responses import lazily
from segmentation.errors import BadInput

_MOST_ATTEMPTS = 20


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the button."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @lazily(dependencies.metrics)
    async def again(action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond) -> None:
        job = _job(action, body)
        await dependencies.jobs.enqueue(job)
        reply = error_reply("Trying again – watch this thread.")
        # The failed attempt's message loses its button; the new attempt posts its own.
        await respond(text=reply.text, blocks=reply.blocks, replace_original=True)

    app.action(TRY_AGAIN)(ack=acknowledge, lazy=[again])


def _job(action: dict[str, Any], body: dict[str, Any]) -> FileJob:
    """Build the new attempt: which file from the button, who and where from the signed envelope."""
    try:
        stated = json.loads(str(action["value"]))
        attempt, file, user = int(stated["attempt"]), str(stated["file"]), str(stated["user"])
        team, channel = str(body["team"]["id"]), str(body["channel"]["id"])
        at = float(action.get("action_ts") or 0)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("This button can no longer be used. Upload the file again.") from error
    if not 0 < attempt <= _MOST_ATTEMPTS:
        raise BadInput("This was tried often enough. Upload the file again.")
    return FileJob(team, channel, file, user, attempt, at)
