"""The web page in front of the workspace, and what it talks to: state, news, and the things a person can do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.playground.delivery import Deliverer, Reply
from bot.playground.feed import Change
from bot.playground.records import Channel, Json, Message, User
from bot.playground.workspace import Workspace

T = TypeVar("T")

MAX_UPLOAD: Final = 100 * 1024 * 1024
_STATIC: Final = Path(__file__).parent / "static"
_ASSETS: Final = {
    "page.js": "text/javascript; charset=utf-8",
    "blocks.js": "text/javascript; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_SHOWN_MESSAGES: Final = 200


class Page:
    """The page and its routes under ``/playground/``."""

    def __init__(self, workspace: Workspace, deliver: Deliverer) -> None:
        self._workspace = workspace
        self._deliver = deliver

    def routes(self) -> list[BaseRoute]:
        """Return the routes to serve."""
        return [
            Route("/", self._index),
            Route("/static/{name}", self._asset),
            Route("/playground/state", self._state),
            Route("/playground/events", self._events),
            Route("/playground/files/{file}", self._file),
            Route("/playground/command", self._command, methods=["POST"]),
            Route("/playground/action", self._action, methods=["POST"]),
            Route("/playground/upload", self._upload, methods=["POST"]),
        ]

    async def _index(self, request: Request) -> Response:
        return FileResponse(_STATIC / "index.html", headers=_HEADERS)

    async def _asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _ASSETS:
            raise HTTPException(404)
        return FileResponse(_STATIC / name, media_type=_ASSETS[name], headers=_HEADERS)

    async def _state(self, request: Request) -> Response:
        workspace = self._workspace
        user = self._find_user(request.query_params.get("user", workspace.analyst.id))
        mine = [channel for channel in workspace.channels.values() if user.id in channel.members]
        channel = self._find_channel(request.query_params.get("channel", workspace.general.id))
        shown = workspace.messages(channel, seen_by=user)[-_SHOWN_MESSAGES:] if channel in mine else []
        people = [u for u in workspace.users.values() if not (u.deleted or u.is_bot)]
        state: Json = {
            "team": workspace.team.name,
            "app": workspace.install.name,
            "user": user.id,
            "channel": channel.id,
            "people": [{"id": u.id, "name": u.real_name, "role": _role(u)} for u in people],
            "names": {u.id: u.real_name for u in workspace.users.values()},
            "channels": [{"id": c.id, "name": self._name(c)} for c in mine],
            "commands": [
                {"name": one.name, "hint": one.usage_hint, "description": one.description}
                for one in self._deliver.commands
            ],
            "messages": [self._shown(message) for message in shown],
        }
        return _json(state)

    async def _events(self, request: Request) -> Response:
        user = self._find_user(request.query_params.get("user", ""))
        return StreamingResponse(self._news(user), media_type="text/event-stream", headers=_HEADERS)

    async def _news(self, user: User) -> AsyncIterator[str]:
        yield ": listening\n\n"
        async for change in self._workspace.feed.follow():
            told = self._told(change, user)
            if told is not None:
                yield f"data: {json.dumps(told)}\n\n"

    def _told(self, change: Change, user: User) -> Json | None:
        """Return what a user's page is to hear of a change; None when it is none of theirs."""
        message = change.message
        if message is None:
            return None
        if message.ephemeral_to not in (None, user.id):
            return None
        if user.id not in self._workspace.channels[message.channel].members:
            return None
        return {"kind": change.kind, "message": self._shown(message)}

    async def _command(self, request: Request) -> Response:
        sent = await _sent(request)
        user, channel = self._find_user(sent.get("user")), self._find_channel(sent.get("channel"))
        text = _string(sent, "text").strip()
        if not text:
            raise HTTPException(400, "there is no text")
        if not text.startswith("/"):
            return _json({"status": 200, "ts": self._workspace.say(user, channel, text).ts})
        name, _, rest = text.partition(" ")
        return _replied(await self._deliver.command(name, rest.strip(), user=user, channel=channel))

    async def _action(self, request: Request) -> Response:
        sent = await _sent(request)
        user, channel = self._find_user(sent.get("user")), self._find_channel(sent.get("channel"))
        message = self._workspace.message(channel, _string(sent, "ts"))
        if message is None or message.ephemeral_to not in (None, user.id):
            raise HTTPException(404, "there is no such message")
        block_id = sent.get("block_id")
        try:
            reply = await self._deliver.action(
                message,
                _string(sent, "action_id"),
                user=user,
                value=sent.get("value"),
                block_id=str(block_id) if block_id else None,
            )
        except LookupError as error:
            raise HTTPException(404, str(error)) from None
        return _replied(reply)

    async def _upload(self, request: Request) -> Response:
        query = request.query_params
        user, channel = self._find_user(query.get("user")), self._find_channel(query.get("channel"))
        data = bytearray()
        async for chunk in request.stream():
            data += chunk
            if len(data) > MAX_UPLOAD:
                raise HTTPException(413, f"files here are at most {MAX_UPLOAD // 1024 // 1024} MB")
        file = self._workspace.upload(user, channel, query.get("name") or "file", bytes(data))
        return _json({"status": 200, "file": file.id})

    async def _file(self, request: Request) -> Response:
        file = self._workspace.files.by_id.get(request.path_params["file"])
        if file is None or file.data is None:
            raise HTTPException(404)
        headers = dict(_HEADERS)
        if not file.is_image:
            # Never shown by the browser itself: whatever is in it, it is only saved.
            headers["Content-Disposition"] = "attachment"
        kind = file.mimetype if file.is_image else "application/octet-stream"
        return Response(file.data, media_type=kind, headers=headers)

    def _shown(self, message: Message) -> Json:
        by_id = self._workspace.files.by_id
        return {
            "ts": message.ts,
            "channel": message.channel,
            "user": message.user,
            "text": message.text,
            "blocks": list(message.blocks),
            "thread_ts": message.thread_ts if message.is_reply else None,
            "ephemeral": message.ephemeral_to is not None,
            "edited": message.edited_ts is not None,
            "app": message.bot_id is not None,
            "files": [
                {
                    "id": name,
                    "name": by_id[name].name,
                    "image": by_id[name].is_image,
                    "size": len(by_id[name].data or b""),
                }
                for name in message.files
                if name in by_id
            ],
        }

    def _name(self, channel: Channel) -> str:
        return self._workspace.install.name if channel.kind == "im" else f"#{channel.name}"

    def _find_user(self, name: object) -> User:
        return _found(self._workspace.users.get, name)

    def _find_channel(self, name: object) -> Channel:
        return _found(self._workspace.channels.get, name)


def _found(get: Callable[[str], T | None], name: object) -> T:
    thing = get(name) if isinstance(name, str) else None
    if thing is None:
        raise HTTPException(404, "no such user or channel")
    return thing


def _role(user: User) -> str:
    if user.is_owner:
        return "owner"
    if user.is_admin:
        return "admin"
    return "guest" if user.is_guest else "member"


async def _sent(request: Request) -> Json:
    # Only JSON: a form of another site's could be sent here without asking, this cannot.
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise HTTPException(415, "send JSON")
    try:
        sent = await request.json()
    except ValueError:
        raise HTTPException(400, "that is no JSON") from None
    if not isinstance(sent, dict):
        raise HTTPException(400, "send an object")
    return sent


def _string(sent: Json, name: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str):
        raise HTTPException(400, f"{name} must be text")
    return value


def _replied(reply: Reply) -> Response:
    return _json({"status": reply.status, "ts": None if reply.message is None else reply.message.ts})


def _json(body: Json) -> Response:
    return JSONResponse(body, headers=_HEADERS)
