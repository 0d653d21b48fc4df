"""What people set up to happen again and again: `/segments watch …`, `/segments watches`, `/retrain every …`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from time import time
from typing import Any, Final

from aiohttp import ClientError
from slack_bolt.async_app import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.files.watch import misread_watch_reply, unknown_table_reply, watch_set_reply, watches_reply
from bot.dependencies import Dependencies
from bot.parsing.watch_text import MisreadWatch, read_watch
from bot.slack.responses import respond_privately
from bot.slack.workspace import workspace_of
from segmentation.watching.schedule import Schedule, is_known_zone
from segmentation.watching.watch import DEFAULT_POINTS, Kind, Watch

WATCH: Final = "watch"
WATCHES: Final = "watches"
_UTC: Final = "UTC"
_log = logging.getLogger(__name__)


class Watching:
    """Sets up and lists watches and scheduled retrains, for people who may change the model.

    Parameters
    ----------
    clock
        The time, in seconds since the epoch.
    """

    def __init__(self, dependencies: Dependencies, clock: Callable[[], float] = time) -> None:
        self._access = dependencies.access
        self._tables = dependencies.tables
        self._store = dependencies.watches
        self._asking = dependencies.timings.asking
        self._clock = clock

    async def do(self, text: str, client: AsyncWebClient, command: dict[str, Any], respond: AsyncRespond) -> None:
        """Carry out `/segments watch …` or `/segments watches`, given what follows `/segments`."""
        what, _, rest = text.strip().partition(" ")
        team, user = workspace_of(command), str(command.get("user_id") or "")
        await self._access.admit(client, team, user, f"/segments {what.casefold()}")
        if what.casefold() == WATCHES:
            watches = await asyncio.to_thread(self._store.of, team)
            await respond_privately(respond, watches_reply(watches, self._clock()))
            return
        order = read_watch(rest)
        if isinstance(order, MisreadWatch):
            await respond_privately(respond, misread_watch_reply(order.faults))
            return
        watch = self._watch(Kind.WATCH, order.table, order.schedule, command)
        await self.set_up(replace(watch, points=order.points), client, respond)

    async def retrain(
        self,
        table: str,
        schedule: Schedule,
        k: int | None,
        client: AsyncWebClient,
        command: dict[str, Any],
        respond: AsyncRespond,
    ) -> None:
        """Set up a scheduled retrain, for somebody whose rights are checked already."""
        await self.set_up(replace(self._watch(Kind.RETRAIN, table, schedule, command), k=k), client, respond)

    async def set_up(self, watch: Watch, client: AsyncWebClient, respond: AsyncRespond) -> None:
        """Keep it, in the person's own time zone, and say when it is due next."""
        if watch.table not in self._tables:
            await respond_privately(respond, unknown_table_reply(watch.table, sorted(self._tables)))
            return
        zone = await self._zone(client, watch.user)
        watch = replace(watch, schedule=replace(watch.schedule, zone=zone or _UTC))
        await asyncio.to_thread(self._store.put, watch)
        _log.info("a table is watched", extra={"team": watch.team, "user": watch.user, "kind": watch.kind.value})
        await respond_privately(respond, watch_set_reply(watch, self._clock(), zone_known=bool(zone)))

    def _watch(self, kind: Kind, table: str, schedule: Schedule, command: dict[str, Any]) -> Watch:
        now = self._clock()
        return Watch(
            team=workspace_of(command),
            channel=str(command["channel_id"]),
            user=str(command["user_id"]),
            kind=kind,
            table=table,
            schedule=schedule,
            since=now,
            points=DEFAULT_POINTS,
            ran=now,
        )

    async def _zone(self, client: AsyncWebClient, user: str) -> str:
        """Return the person's time zone; empty if Slack does not say, or this machine does not know it."""
        try:
            async with asyncio.timeout(self._asking):
                person: dict[str, Any] = (await client.users_info(user=user))["user"]
        except (SlackApiError, ClientError, TimeoutError, OSError) as error:
            _log.warning("somebody's time zone is not known", extra={"failure": type(error).__name__})
            return ""
        zone = str(person.get("tz") or "")
        return zone if is_known_zone(zone) else ""
