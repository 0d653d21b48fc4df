"""Serves the web page: its static files, the workspace's state, and live updates."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.playground.delivery.deliverer import Deliverer
from bot.playground.faults.faults import Faults
from bot.playground.page.faults import PageFaults
from bot.playground.page.files import PageFiles
from bot.playground.page.first_minute import FirstMinute
from bot.playground.page.inspector import inspected
from bot.playground.page.interactions import PageInteractions
from bot.playground.page.requests import as_json, known, seen_message, who_and_where
from bot.playground.page.view import PageView
from bot.playground.workspace.records import Json, User
from bot.playground.workspace.workspace import Workspace

STATIC: Final = Path(__file__).parents[1] / "static"
_KINDS: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_ASSETS: Final = {
    path.relative_to(STATIC).as_posix(): _KINDS[path.suffix] for path in STATIC.rglob("*") if path.suffix in _KINDS
}


class PageRoutes:
    """The page and its routes under ``/playground/``.

    Parameters
    ----------
    offers
        Returns what a newcomer is offered, asked anew each time; a suggestion is left out if the app does not have its
        command.
    """

    def __init__(
        self, workspace: Workspace, deliver: Deliverer, faults: Faults, offers: Callable[[], FirstMinute]
    ) -> None:
        self._workspace = workspace
        self._deliver = deliver
        self._offers = offers
        self._view = PageView(workspace)
        self._parts = (
            PageInteractions(workspace, deliver, self._view),
            PageFiles(workspace, offers),
            PageFaults(workspace, deliver, faults),
        )

    def routes(self) -> list[BaseRoute]:
        """Return the routes to serve."""
        own: list[BaseRoute] = [
            Route("/", self._index),
            Route("/static/{name:path}", self._asset),
            Route("/playground/state", self._state),
            Route("/playground/messages", self._messages),
            Route("/playground/thread", self._thread),
            Route("/playground/inspect", self._inspect),
            Route("/playground/events", self._events),
        ]
        return own + [route for part in self._parts for route in part.routes()]

    async def _index(self, request: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def _asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _ASSETS:
            raise HTTPException(404)
        return FileResponse(STATIC / name, media_type=_ASSETS[name])

    async def _state(self, request: Request) -> Response:
        workspace = self._workspace
        user = self._asked_by(request)
        # Slack's client creates this conversation, too, when somebody opens the app.
        workspace.direct_message(user)
        state: Json = {
            "team": workspace.team.name,
            "app": {"name": workspace.install.name, "user": workspace.bot.id},
            "user": user.id,
            "people": self._view.people(),
            "names": {one.id: one.real_name for one in workspace.users.values()},
            "handles": {one.id: one.name for one in workspace.users.values()},
            **self._view.channels(user),
            "channel_names": {one.id: one.name for one in workspace.channels.values()},
            "home_channel": workspace.general.id,
            "commands": [
                {"name": one.name, "hint": one.usage_hint, "description": one.description}
                for one in self._deliver.commands
            ],
            "shortcuts": [
                {"name": one.name, "kind": one.kind, "id": one.callback_id, "description": one.description}
                for one in self._deliver.shortcuts
            ],
            "suggestions": self._suggestions(),
            "sample": self._sample(),
            **self._view.views(user),
            **self._view.agent(user),
        }
        return as_json(state)

    async def _messages(self, request: Request) -> Response:
        query = request.query_params
        user, channel = who_and_where(self._workspace, query)
        span = self._view.span(channel, user, before=query.get("before", ""), after=query.get("after", ""))
        return as_json(span.to_json())

    async def _thread(self, request: Request) -> Response:
        query = request.query_params
        user, channel = who_and_where(self._workspace, query)
        return as_json({"messages": self._view.thread(channel, user, query.get("ts", ""))})

    async def _inspect(self, request: Request) -> Response:
        query = request.query_params
        user, channel = who_and_where(self._workspace, query)
        message = seen_message(self._workspace, user, channel, query.get("ts", ""))
        return as_json({"message": self._view.message(message), "records": inspected(self._workspace.trail, message)})

    async def _events(self, request: Request) -> Response:
        user = known(self._workspace.users.get, request.query_params.get("user", ""))
        return StreamingResponse(self._updates(user), media_type="text/event-stream")

    async def _updates(self, user: User) -> AsyncIterator[str]:
        # The page waits for this comment before it fetches the state, so no change falls in between.
        with self._workspace.feed.following() as changes:
            yield ": listening\n\n"
            async for change in changes:
                update = self._view.update(change, user)
                if update is not None:
                    yield f"data: {json.dumps(update)}\n\n"

    def _asked_by(self, request: Request) -> User:
        """Return the asking user: by id, or by handle, which is valid after a restart; by default the analyst."""
        name = request.query_params.get("user")
        if name is None:
            return self._workspace.analyst
        users = self._workspace.users
        by_handle = {one.name: one for one in users.values()}
        return known(lambda asked: users.get(asked) or by_handle.get(asked), name)

    def _suggestions(self) -> list[Json]:
        known = {command.name for command in self._deliver.commands}
        offers = self._offers()
        return [
            {
                "title": one.title,
                "detail": one.detail,
                "command": one.command,
                "role": one.role,
                "needs_file": one.needs_file,
                "file": one.file.name if one.file else "",
            }
            for one in offers.suggestions
            if (offers.sample or one.file or (one.command and not one.needs_file))
            and (not one.command or one.command.partition(" ")[0] in known)
        ]

    def _sample(self) -> Json | None:
        sample = self._offers().sample
        return None if sample is None else {"name": sample.name, "size": len(sample.data), "origin": sample.origin}
