"""How the page and its server talk: JSON in and out, and who may speak of what."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.playground.workspace.records import Channel, Json, Message, User
from bot.playground.workspace.workspace import Workspace

T = TypeVar("T")

NEVER_CHANGES: Final = {"Cache-Control": "private, max-age=3600, immutable"}
"""For a file: its id is given once."""


def as_json(body: Json, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer of JSON."""
    # In ASCII: half a surrogate pair, which JSON can say and UTF-8 cannot, must not make a whole channel unreadable.
    return Response(json.dumps(body), media_type="application/json", headers=headers)


async def sent_json(request: Request) -> Json:
    """Return the object a page sent.

    Raises
    ------
    HTTPException
        415 or 400 when it is none.
    """
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


def string(sent: Json, name: str) -> str:
    """Return a field that must be text; 400 otherwise."""
    value = sent.get(name)
    if not isinstance(value, str):
        raise HTTPException(400, f"{name} must be text")
    return value


def mapping(sent: Json, name: str) -> Json:
    """Return a field that must be an object; nothing sent is an empty one, anything else 400."""
    value = sent.get(name) or {}
    if not isinstance(value, dict):
        raise HTTPException(400, f"{name} must be an object")
    return value


def found(get: Callable[[str], T | None], name: object, what: str = "user or channel") -> T:
    """Return what a name stands for; 404 when nothing does."""
    thing = get(name) if isinstance(name, str) else None
    if thing is None:
        raise HTTPException(404, f"no such {what}")
    return thing


def who_and_where(workspace: Workspace, sent: Mapping[str, object]) -> tuple[User, Channel]:
    """Return the user and the channel a request speaks of; 404 unless the one is in the other."""
    user = found(workspace.users.get, sent.get("user"))
    channel = found(workspace.channels.get, sent.get("channel"))
    if user.id not in channel.members:
        raise HTTPException(404, "no such user or channel")
    return user, channel


def who_writes_where(workspace: Workspace, sent: Mapping[str, object]) -> tuple[User, Channel]:
    """Return the user and the channel something is to be put into; 400 where nothing can be any more."""
    user, channel = who_and_where(workspace, sent)
    if channel.is_archived:
        raise HTTPException(400, f"#{channel.name} is archived")
    return user, channel


def seen_message(workspace: Workspace, user: User, channel: Channel, ts: str) -> Message:
    """Return a message a user sees; 404 when there is none."""
    message = workspace.message(channel, ts)
    if message is None or message.ephemeral_to not in (None, user.id):
        raise HTTPException(404, "no such message")
    return message
