"""Reads and checks the page's requests: JSON bodies, and whether the user may see what they ask for."""

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
"""For files: an id always stands for the same bytes."""


def as_json(body: Json, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON response."""
    # ASCII only: JSON can express an unpaired surrogate and UTF-8 cannot, and one such message must not make the
    # whole channel unreadable.
    return Response(json.dumps(body), media_type="application/json", headers=headers)


async def sent_json(request: Request) -> Json:
    """Return the JSON object a page sent.

    Raises
    ------
    HTTPException
        415 or 400 if it is not one.
    """
    # Only JSON: other sites can send forms here without the browser asking first, but not JSON.
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise HTTPException(415, "Send JSON.")
    try:
        sent = await request.json()
    except ValueError:
        raise HTTPException(400, "The body is not valid JSON.") from None
    if not isinstance(sent, dict):
        raise HTTPException(400, "Send a JSON object.")
    return sent


def string(sent: Json, name: str) -> str:
    """Return a field that must be text; 400 if it is not."""
    value = sent.get(name)
    if not isinstance(value, str):
        raise HTTPException(400, f"“{name}” must be text.")
    return value


def mapping(sent: Json, name: str) -> Json:
    """Return a field that must be an object; empty if it was not sent, 400 if it is not an object."""
    value = sent.get(name) or {}
    if not isinstance(value, dict):
        raise HTTPException(400, f"“{name}” must be an object.")
    return value


def known(get: Callable[[str], T | None], name: object, what: str = "user or channel") -> T:
    """Look something up by its id; 404 if it does not exist."""
    thing = get(name) if isinstance(name, str) else None
    if thing is None:
        raise HTTPException(404, f"There is no such {what}.")
    return thing


def who_and_where(workspace: Workspace, sent: Mapping[str, object]) -> tuple[User, Channel]:
    """Return the user and channel of a request; 404 unless the user is a member."""
    user = known(workspace.users.get, sent.get("user"))
    channel = known(workspace.channels.get, sent.get("channel"))
    if user.id not in channel.members:
        raise HTTPException(404, "There is no such user or channel.")
    return user, channel


def who_writes_where(workspace: Workspace, sent: Mapping[str, object]) -> tuple[User, Channel]:
    """Return the user and channel of a request that posts something; 400 if the channel is archived."""
    user, channel = who_and_where(workspace, sent)
    if channel.is_archived:
        raise HTTPException(400, f"#{channel.name} is archived. Choose another channel.")
    return user, channel


def seen_message(workspace: Workspace, user: User, channel: Channel, ts: str) -> Message:
    """Return a message the user may see; 404 if there is none."""
    message = workspace.message(channel, ts)
    if message is None or message.ephemeral_to not in (None, user.id):
        raise HTTPException(404, "There is no such message.")
    return message
