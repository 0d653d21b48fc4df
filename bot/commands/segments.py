"""`/segments`: all segments of the current model, then their map."""

from __future__ import annotations

from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.refusal import error_reply
from bot.blocks.segments import map_reply, segments_reply
from bot.dependencies import Dependencies
from bot.slack.responses import NotDelivered, answer, answers_errors, respond_privately

COMMAND: Final = "/segments"


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the command: it answers with the table at once, and sends the map once it is uploaded."""

    async def segments(ack: AsyncAck, client: AsyncWebClient, command: dict[str, Any]) -> None:
        refusal = await dependencies.access.refusal(client, command)
        if refusal:
            await answer(ack, error_reply(refusal))
            dependencies.metrics.commands.labels(COMMAND, "refused").inc()
            return
        await answer(ack, segments_reply(dependencies.live.get()))
        dependencies.metrics.commands.labels(COMMAND, "answered").inc()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def send_map(client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        if not dependencies.live.loaded or await dependencies.access.refusal(client, command):
            return  # the answer has already said so
        model = dependencies.live.get()
        file_id = await dependencies.maps.file_for(client, model)
        try:
            await respond_privately(respond, map_reply(model, file_id))
        except NotDelivered:
            dependencies.maps.forget(model.version)  # somebody may have deleted the file
            raise

    app.command(COMMAND)(ack=segments, lazy=[send_map])
