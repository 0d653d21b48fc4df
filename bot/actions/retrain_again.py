"""*Try again* under a retrain that came to nothing: a new attempt on the same file, once however often pressed."""

from __future__ import annotations

import json
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.refusal import error_reply
from bot.blocks.retrain import LONGEST_NOTE, TRY_AGAIN, running_reply
from bot.dependencies import Dependencies
from bot.replying import lazily, respond_privately
from bot.retrain_job_data import RetrainJob
from bot.retrain_text import LARGEST_K, SMALLEST_K
from segmentation.errors import BadInput

_MOST_ATTEMPTS: Final = 20


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the button."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @lazily(dependencies.metrics)
    async def again(
        action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        job = _job(action, body)
        await dependencies.access.admit(client, job.team, job.user, "/retrain: try again")
        running = await dependencies.jobs.retrain(job)
        if running is not None:
            await respond_privately(respond, running_reply(running))
            return
        reply = error_reply("Trying again – watch this channel.")
        # The failed attempt's message loses its button; the new attempt posts its own.
        await respond(text=reply.text, blocks=reply.blocks, replace_original=True)

    app.action(TRY_AGAIN)(ack=acknowledge, lazy=[again])


def _job(action: dict[str, Any], body: dict[str, Any]) -> RetrainJob:
    """Build the new attempt: which file from the button, who and where from the signed envelope."""
    try:
        stated = json.loads(str(action["value"]))
        k, attempt = stated["k"], int(stated["attempt"])
        job = RetrainJob(
            team=str(body["team"]["id"]),
            channel=str(body["channel"]["id"]),
            user=str(body["user"]["id"]),
            key=str(stated["key"]),
            file=str(stated["file"]),
            k=None if k is None else int(k),
            note=str(stated["note"])[:LONGEST_NOTE],
            at=float(action.get("action_ts") or 0),
            attempt=attempt,
            table=str(stated.get("table", "")),
        )
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise BadInput("This button can no longer be used. Type /retrain again.") from error
    if not 0 < attempt <= _MOST_ATTEMPTS:
        raise BadInput("This was tried often enough. Type /retrain again.")
    if job.k is not None and not SMALLEST_K <= job.k <= LARGEST_K:
        raise BadInput("This button can no longer be used. Type /retrain again.")
    return job
