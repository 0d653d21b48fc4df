"""`/retrain`: the form, the channel's last table, status, history, rollback; for admins only, help for everybody."""

from __future__ import annotations

import asyncio
import hashlib
from time import time
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.model_names import model_text
from bot.blocks.models.retrain import (
    look_form,
    misread_reply,
    no_table_reply,
    retrain_form,
    retrain_usage,
    running_reply,
    status_reply,
)
from bot.blocks.models.versions import history_reply
from bot.blocks.text import escape
from bot.commands.watches import Watching
from bot.dependencies import Dependencies
from bot.parsing.retrain_text import NAME, Misread, Order, Wish, read_retrain
from bot.records.retrain_job import RetrainJob
from bot.slack.modals import open_modal
from bot.slack.responses import answer, answers_errors, respond_privately
from bot.slack.workspace import workspace_of
from segmentation.errors import NotReady

COMMAND: Final = NAME
TOO_LATE: Final = "Slack took too long to open the form. Please type /retrain again."
# After the ack neither Slack nor a balancer retries, so these are done, or queued as jobs, before it.
_LASTING: Final = frozenset({Wish.LATEST, Wish.TABLE, Wish.SCHEDULE})


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the command. Anything that must outlive this process is acknowledged once it is done or queued."""
    retraining = Retraining(dependencies)

    async def acknowledge(
        ack: AsyncAck, client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond
    ) -> None:
        order = read_retrain(command.get("text") or "")
        if isinstance(order, Misread):
            await answer(ack, misread_reply(order))
        elif order.wish is Wish.HELP:
            await answer(ack, retrain_usage(dependencies.access.admins))
        else:
            if order.wish in _LASTING:
                await dependencies.follow_ups.settle(do(order, client=client, command=command, respond=respond))
            await ack()
        outcome = "refused" if isinstance(order, Misread) else order.wish.value
        dependencies.metrics.commands.labels(COMMAND, outcome).inc()

    async def follow(client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        order = read_retrain(command.get("text") or "")
        if isinstance(order, Order) and order.wish is not Wish.HELP and order.wish not in _LASTING:
            await do(order, client=client, command=command, respond=respond)

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def do(order: Order, client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        await retraining.do(order, client, command, respond)

    app.command(COMMAND)(ack=acknowledge, lazy=[follow])


class Retraining:
    """Carries out an order for people who may change the model."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._live = dependencies.live
        self._jobs = dependencies.jobs
        self._access = dependencies.access
        self._candidates = dependencies.candidates
        self._tables = dependencies.tables
        self._watching = Watching(dependencies)
        self._opening = dependencies.timings.opening

    async def do(self, order: Order, client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        """Check the person's rights, then carry out the order."""
        team, user = workspace_of(command), str(command.get("user_id") or "")
        await self._access.admit(client, team, user, f"{COMMAND} {order.wish}")
        match order.wish:
            case Wish.FORM:
                await self._open(retrain_form(str(command["channel_id"]), order.k), client, command, respond)
            case Wish.SETUP:
                await self._open(look_form(str(command["channel_id"])), client, command, respond)
            case Wish.TABLE if order.table not in self._tables:
                await respond_privately(respond, no_table_reply(order.table, sorted(self._tables)))
            case Wish.LATEST | Wish.TABLE:
                running = await self._jobs.retrain(_job(order, command))
                if running is not None:
                    await respond_privately(respond, running_reply(running))
            case Wish.SCHEDULE if order.schedule is not None:
                await self._watching.retrain(order.table, order.schedule, order.k, client, command, respond)
            case Wish.STATUS:
                await self._status(respond)
            case Wish.HISTORY:
                lines, left_off = await asyncio.to_thread(self._candidates.history)
                await respond_privately(respond, history_reply(lines, left_off))
            case Wish.ROLLBACK:
                asked = await asyncio.to_thread(self._candidates.rollback_asked, order.version)
                await respond_privately(respond, asked)

    async def _open(
        self, view: dict[str, Any], client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond
    ) -> None:
        running = await self._jobs.retraining()
        if running is not None:
            await respond_privately(respond, running_reply(running))
            return
        await open_modal(client, str(command["trigger_id"]), view, self._opening, TOO_LATE)

    async def _status(self, respond: AsyncRespond) -> None:
        running, unknown = None, ""
        try:
            running = await self._jobs.retraining()
        except NotReady as away:
            unknown = away.sentence
        current, last = await asyncio.to_thread(self._in_service)
        await respond_privately(respond, status_reply(running, current, last, unknown))

    def _in_service(self) -> tuple[str, str]:
        """Say what is in service and what happened last, escaped; without the registry, what answers here."""
        try:
            return self._candidates.in_service(), self._candidates.last()
        except NotReady as away:
            if not self._live.loaded:
                raise
            version = self._live.get().version
            name = f"the *{escape(model_text(version))}* (`{escape(version)}`)"
            return f"In service when I last looked: {name}. {escape(away.sentence)}", ""


def _key(command: dict[str, Any]) -> str:
    """Return a key for this command alone: it has no id, but Slack uses a trigger id only once."""
    return hashlib.sha256(str(command["trigger_id"]).encode()).hexdigest()[:16]


def _job(order: Order, command: dict[str, Any]) -> RetrainJob:
    """Build the job."""
    return RetrainJob(
        team=workspace_of(command),
        channel=str(command["channel_id"]),
        user=str(command["user_id"]),
        key=_key(command),
        k=order.k,
        at=time(),
        table=order.table,
    )
