"""`/segments`: all segments of the current model, then their map; or one of them; what is known of files; watches."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.answers.file_comparisons import compare_files
from bot.answers.portraits import segment_meant, show_portrait
from bot.blocks.customers.segments import map_reply, map_sent_reply, segments_help, segments_reply
from bot.blocks.files.history import CHART_TITLE, alt_text, drawn, forgotten_reply, history_picture, history_reply
from bot.blocks.models.retrain_report import Choice
from bot.blocks.refusal import error_reply
from bot.commands.watches import WATCH, WATCHES, Watching
from bot.dependencies import Dependencies
from bot.parsing.topics import asks_for_help
from bot.slack.responses import NotDelivered, answer, answers_errors, respond_privately, send_directly
from bot.slack.transfers.files import upload_chart
from bot.slack.workspace import workspace_of

if TYPE_CHECKING:
    from segmentation.movement.snapshot import About

COMMAND: Final = "/segments"
_log = logging.getLogger(__name__)


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the command: it answers with the table at once, and sends the map once it is uploaded.

    The map comes with the button *Name the segments* for people who may: the table must not wait for Slack to say who.
    What it is told of files comes later too, since it is in a database. A watch is set up before the acknowledgement:
    it must outlive this process.
    """
    later, watching = _Later(dependencies), Watching(dependencies)

    async def segments(ack: AsyncAck, client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        refusal = await dependencies.access.refusal(client, command)
        if refusal:
            await answer(ack, error_reply(refusal))
            dependencies.metrics.commands.labels(COMMAND, "refused").inc()
            return
        word, live = _word(command), dependencies.live
        if asks_for_help(word):
            # Also while there is no model.
            example = live.get().names[0] if live.loaded else "NAME"
            await answer(ack, segments_help(example, dependencies.access.admins))
            dependencies.metrics.commands.labels(COMMAND, "answered").inc()
            return
        model = live.get()
        if not word:
            await answer(ack, segments_reply(model))
        elif later.answers(word):
            await ack()
        elif word.partition(" ")[0] in (WATCH, WATCHES):
            await dependencies.follow_ups.settle(watch(client=client, command=command, respond=respond))
            await ack()
        else:
            await answer(ack, segments_help(model.names[0], dependencies.access.admins))
        dependencies.metrics.commands.labels(COMMAND, "answered").inc()

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def watch(client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        await watching.do(str(command.get("text") or ""), client, command, respond)

    @answers_errors(dependencies.metrics, dependencies.follow_ups)
    async def send_more(client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        if not dependencies.live.loaded or await dependencies.access.refusal(client, command):
            return  # the answer has already said so
        await later.send(client, command, respond)

    app.command(COMMAND)(ack=segments, lazy=[send_more])


class _Later:
    """What the command sends after its answer, or instead of it."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._by_word = {"": self._map, "history": self._history, "compare": self._compare, "forget": self._forget}

    def answers(self, word: str) -> bool:
        """Say whether this is a word of the command's, or the name of a segment."""
        return word in self._by_word or segment_meant(word, self._dependencies.live.get()) is not None

    async def send(self, client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        """Send what the command's text asks for; nothing if the answer has said that it asks for nothing known."""
        word = _word(command)
        if word in self._by_word:
            await self._by_word[word](client, command, respond)
        elif self.answers(word):
            model, memory = self._dependencies.live.get(), self._dependencies.memory
            await show_portrait(respond, model, word, memory, workspace_of(command))

    async def _map(self, client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        access, maps, model = self._dependencies.access, self._dependencies.maps, self._dependencies.live.get()
        user = str(command.get("user_id") or "")
        file_id, admin = await asyncio.gather(
            maps.file_for(client, model), access.allowed(client, workspace_of(command), user)
        )
        naming = Choice(model.version, None).to_value() if admin.allowed and model.version else ""
        try:
            direct = await send_directly(client, user, map_reply(model, file_id))
        except NotDelivered:
            maps.forget(model.version)  # somebody may have deleted the file
            raise
        # Names are announced in the channel of the button, so that stays here.
        if naming or command.get("channel_id") != direct:
            await respond_privately(respond, map_sent_reply(naming))

    async def _history(self, client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        memory, model = self._dependencies.memory, self._dependencies.live.get()
        files = await asyncio.to_thread(memory.history, workspace_of(command), model)
        try:
            await respond_privately(respond, history_reply(files, memory.days))
        except NotDelivered:
            # A workspace that does not know the chart block yet gets a picture.
            picture = await asyncio.to_thread(_history_picture, files)
            timings = self._dependencies.timings
            image = await upload_chart(client, "segments.png", picture, CHART_TITLE, alt_text(files), timings)
            await respond_privately(respond, history_reply(files, memory.days, chart=False))
            if image:
                await send_directly(client, str(command["user_id"]), history_picture(files, image))

    async def _compare(self, _client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        memory, model = self._dependencies.memory, self._dependencies.live.get()
        await respond_privately(respond, await compare_files(memory, workspace_of(command), model))

    async def _forget(self, client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        team, user = workspace_of(command), str(command["user_id"])
        decision = await self._dependencies.access.allowed(client, team, user)
        if not decision.allowed:
            await respond_privately(respond, error_reply(decision.sentence))
            return
        files = await asyncio.to_thread(self._dependencies.memory.forget, team)
        _log.info("files forgotten", extra={"team": team, "user": user, "files": files})
        await respond_privately(respond, forgotten_reply(files))


def _history_picture(files: Sequence[About]) -> bytes:
    from segmentation.charts.history import history_chart  # noqa: PLC0415 - matplotlib is loaded only where it is needed

    return history_chart(*drawn(files))


def _word(command: dict[str, Any]) -> str:
    return str(command.get("text") or "").strip(" .").casefold()
