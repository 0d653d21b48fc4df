"""A file dropped into a channel segbot is in: it is queued as a job before Slack gets its answer."""

from __future__ import annotations

import logging
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.dependencies import Dependencies
from bot.records.file_job import FileJob
from bot.slack.workspace import workspace_of

_log = logging.getLogger(__name__)


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the event."""

    async def file_shared(event: dict[str, Any], body: dict[str, Any]) -> None:
        job = FileJob(
            team=workspace_of(body),
            channel=str(event.get("channel_id") or ""),
            file=str(event.get("file_id") or ""),
            user=str(event.get("user_id") or ""),
            at=float(event.get("event_ts") or 0),
            shared=str(event.get("event_ts") or ""),
        )
        if not all((job.team, job.channel, job.file, job.user)):
            _log.warning("a file event lacks an id")
            return
        await dependencies.jobs.enqueue(job)

    # Not lazy: only a stored job is acknowledged, so Slack repeats an event whose job could not be stored.
    app.event("file_shared")(file_shared)
