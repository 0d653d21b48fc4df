"""`/segments`: all segments of the current model, then their map; one segment; their history, and forgetting it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.history import forgotten_reply, history_reply
from bot.blocks.refusal import error_reply
from bot.blocks.retrain_report import Choice
from bot.blocks.segments import map_reply, segments_help, segments_reply
from bot.dependencies import Dependencies
from bot.portraits import portrait, segment_meant
from bot.slack.responses import NotDelivered, answer, answers_errors, respond_privately
from bot.slack.workspace import workspace_of

COMMAND: Final = "/segments"
HISTORY: Final = "history"
FORGET: Final = "forget"
_log = logging.getLogger(__name__)


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the command: it answers with the table at once, and sends the map once it is uploaded.

    The map comes with the button *Name the segments* for people who may: the table must not wait for Slack to say who.
    What it is told of files comes later too, since it is in a database.
    """

    async def segments(ack: AsyncAck, client: AsyncWebClient, command: dict[str, Any]) -> None:
        refusal = await dependencies.access.refusal(client, command)
        if refusal:
            await answer(ack, error_reply(refusal))
            dependencies.metrics.commands.labels(COMMAND, "refused").inc()
            return
        word = _word(command)
        model = dependencies.live.get()
        if word in (HISTORY, FORGET) or segment_meant(word, model):
            await ack()
        else:
            await answer(ack, segments_help(model.names[0]) if word else segments_reply(model))
        dependencies.metrics.commands.labels(COMMAND, "answered").inc()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def send_more(client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        if not dependencies.live.loaded or await dependencies.access.refusal(client, command):
            return  # the answer has already said so
        match _word(command):
            case "":
                await send_map(client, command, respond)
            case word if word == HISTORY:
                await send_history(command, respond)
            case word if word == FORGET:
                await forget(client, command, respond)
            case word if segment_meant(word, dependencies.live.get()):
                model, memory = dependencies.live.get(), dependencies.memory
                await respond_privately(respond, await portrait(model, word, memory, workspace_of(command)))

    async def send_history(command: dict[str, Any], respond: AsyncRespond) -> None:
        memory, model = dependencies.memory, dependencies.live.get()
        files = await asyncio.to_thread(memory.history, workspace_of(command), model)
        try:
            await respond_privately(respond, history_reply(files, memory.days))
        except NotDelivered:
            # A client that does not know the chart yet gets the table alone.
            await respond_privately(respond, history_reply(files, memory.days, chart=False))

    async def forget(client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        team, user = workspace_of(command), str(command["user_id"])
        decision = await dependencies.access.allowed(client, team, user)
        if not decision.allowed:
            await respond_privately(respond, error_reply(decision.sentence))
            return
        files = await asyncio.to_thread(dependencies.memory.forget, team)
        _log.info("files forgotten", extra={"team": team, "user": user, "files": files})
        await respond_privately(respond, forgotten_reply(files))

    async def send_map(client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        model = dependencies.live.get()
        file_id, admin = await asyncio.gather(
            dependencies.maps.file_for(client, model),
            dependencies.access.allowed(client, workspace_of(command), str(command.get("user_id") or "")),
        )
        naming = Choice(model.version, None).to_value() if admin.allowed and model.version else ""
        try:
            await respond_privately(respond, map_reply(model, file_id, naming))
        except NotDelivered:
            dependencies.maps.forget(model.version)  # somebody may have deleted the file
            raise

    app.command(COMMAND)(ack=segments, lazy=[send_more])


def _word(command: dict[str, Any]) -> str:
    return str(command.get("text") or "").strip(" .").casefold()
