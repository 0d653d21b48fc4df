"""Buttons of watches: *Pause*, *Resume*, *Delete* in their list, and *Retrain* under what one of them told."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import replace
from time import time
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.files.watch import DELETE, PAUSE, RESUME, RETRAIN, unknown_table_reply, watches_reply
from bot.blocks.models.retrain import running_reply
from bot.blocks.reply import Reply, notice
from bot.dependencies import Dependencies
from bot.records.retrain_job import RetrainJob
from bot.slack.responses import answers_errors, respond_in_place, respond_privately
from bot.slack.workspace import workspace_of
from segmentation.errors import BadInput
from segmentation.watching.store import WatchStore
from segmentation.watching.watch import Kind

STALE: Final = "This button can no longer be used. See /segments watches."
RETRAINED: Final = "Somebody clicked this before. That retrain has its own message, which tells how it went."
_UNREADABLE: Final = (KeyError, TypeError, ValueError)


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the buttons."""

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def change(
        action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        stated, what = _stated(action), str(action["action_id"])
        team, user = workspace_of(body), str(body["user"]["id"])
        await dependencies.access.admit(client, team, user, f"/segments watches: {what}")
        kind, table = _kind(stated), str(stated["table"])
        watches = await asyncio.to_thread(_changed, dependencies.watches, what, team, kind, table)
        await respond_in_place(respond, watches)

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def retrain(
        action: dict[str, Any], body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond
    ) -> None:
        job = _job(action, body)
        await dependencies.access.admit(client, job.team, job.user, f"/retrain table={job.table}")
        if job.table not in dependencies.tables:
            await respond_privately(respond, unknown_table_reply(job.table, sorted(dependencies.tables)))
        elif await dependencies.jobs.knows(job):
            await respond_privately(respond, notice(RETRAINED))
        elif (running := await dependencies.jobs.retrain(job)) is not None:
            await respond_privately(respond, running_reply(running))

    for name in (PAUSE, RESUME, DELETE):
        app.action(name)(ack=acknowledge, lazy=[change])
    app.action(RETRAIN)(ack=acknowledge, lazy=[retrain])


def _changed(store: WatchStore, what: str, team: str, kind: Kind, table: str) -> Reply:
    """Pause, resume or delete a watch, and return the list as it is then."""
    now = time()
    if what == DELETE:
        store.delete(team, kind, table)
    elif (watch := store.find(team, kind, table)) is not None:
        # What was missed while it was paused is not made up for.
        since = now if what == RESUME else watch.since
        store.change(replace(watch, paused=what == PAUSE, since=since))
    return watches_reply(store.of(team), now)


def _stated(action: dict[str, Any]) -> dict[str, Any]:
    try:
        stated = json.loads(str(action.get("value") or ""))
    except ValueError as error:
        raise BadInput(STALE) from error
    if not isinstance(stated, dict) or not isinstance(stated.get("table"), str):
        raise BadInput(STALE)
    return stated


def _kind(stated: dict[str, Any]) -> Kind:
    try:
        return Kind(stated["kind"])
    except _UNREADABLE as error:
        raise BadInput(STALE) from error


def _job(action: dict[str, Any], body: dict[str, Any]) -> RetrainJob:
    """Build the retrain: the table from the button, who and where from the signed envelope."""
    stated = _stated(action)
    told = hashlib.sha256(str(stated.get("key")).encode()).hexdigest()[:16]
    return RetrainJob(
        team=workspace_of(body),
        channel=str(body["channel"]["id"]),
        user=str(body["user"]["id"]),
        key=f"watch-{told}",
        at=float(action.get("action_ts") or 0),
        table=stated["table"],
    )
