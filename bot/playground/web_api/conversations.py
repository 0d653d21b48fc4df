"""The methods about conversations and people: `auth.*`, `conversations.*`, `users.*`, `bots.info`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from bot.playground.web_api.call import CHANNEL_SCOPES, Call, Method
from bot.playground.web_api.errors import ApiError
from bot.playground.workspace.api_json import channel_json, message_json, user_json
from bot.playground.workspace.records import SLACKBOT, Channel, Json, Message, User

T = TypeVar("T")

_READ: Final = tuple(f"{kind}:read" for kind in CHANNEL_SCOPES.values())
_HISTORY: Final = tuple(f"{kind}:history" for kind in CHANNEL_SCOPES.values())
_KINDS: Final = {"public_channel": "public", "private_channel": "private", "im": "im"}


def _auth_test(call: Call) -> Json:
    workspace = call.workspace
    return {
        "url": f"{workspace.base_url}/",
        "team": workspace.team.name,
        "user": workspace.bot.name,
        "team_id": workspace.team.id,
        "user_id": workspace.bot.id,
        "bot_id": workspace.install.bot_id,
        "is_enterprise_install": bool(workspace.install.organisation),
        **({"enterprise_id": workspace.install.organisation} if workspace.install.organisation else {}),
    }


def _bots_info(call: Call) -> Json:
    install = call.workspace.install
    if call.text("bot", install.bot_id) != install.bot_id:
        raise ApiError("bot_not_found")
    bot = {
        "id": install.bot_id,
        "deleted": False,
        "name": install.name,
        "app_id": install.app_id,
        "user_id": call.workspace.bot.id,
        "updated": 0,
    }
    return {"bot": bot}


def _info(call: Call) -> Json:
    return {"channel": channel_json(call.workspace, call.channel(family="read"))}


def _list(call: Call) -> Json:
    workspace = call.workspace
    wanted = [name.strip() for name in call.text("types", "public_channel").split(",")]
    if any(name not in _KINDS and name != "mpim" for name in wanted):
        raise ApiError("invalid_types")
    kinds = {_KINDS[name] for name in wanted if name in _KINDS}
    for kind in sorted(kinds):
        call.need_scope(f"{CHANNEL_SCOPES[kind]}:read")
    found = [c for c in workspace.channels.values() if c.kind in kinds and _listed(call, c)]
    page, metadata = _page(call, found, 100)
    return {"channels": [channel_json(workspace, channel) for channel in page], "response_metadata": metadata}


def _listed(call: Call, channel: Channel) -> bool:
    if channel.is_archived and call.flag("exclude_archived"):
        return False
    return channel.kind == "public" or call.workspace.bot.id in channel.members


def _members(call: Call) -> Json:
    page, metadata = _page(call, sorted(call.channel(family="read").members), 100)
    return {"members": list(page), "response_metadata": metadata}


def _open(call: Call) -> Json:
    workspace = call.workspace
    names = [name.strip() for name in call.text("users", "").split(",") if name.strip()]
    if not names:
        return {"channel": {"id": call.channel().id}}
    if len(names) > 1:
        raise ApiError("method_not_supported_for_channel_type")
    user = workspace.users.get(names[0])
    if user is None:
        raise ApiError("user_not_found")
    if user.deleted:
        raise ApiError("user_disabled")
    if user.is_bot or user.id == SLACKBOT:
        raise ApiError("cannot_dm_bot")
    known = any(channel.partner == user.id for channel in workspace.channels.values())
    channel = workspace.direct_message(user)
    shown = channel_json(workspace, channel) if call.flag("return_im") else {"id": channel.id}
    return {"no_op": known, "already_open": known, "channel": shown}


def _history(call: Call) -> Json:
    channel = _readable(call)
    newest_first = [m for m in reversed(call.workspace.messages(channel)) if m.ephemeral_to is None and not m.is_reply]
    return _messages(call, _between(call, newest_first))


def _replies(call: Call) -> Json:
    channel = _readable(call)
    found = call.workspace.thread(channel, call.text("ts"))
    if not found:
        raise ApiError("thread_not_found")
    return _messages(call, [found[0], *_between(call, found[1:])])


def _readable(call: Call) -> Channel:
    channel = call.channel(family="history")
    if call.workspace.bot.id not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _between(call: Call, messages: Sequence[Message]) -> list[Message]:
    try:
        oldest, latest = float(call.text("oldest", "0")), float(call.text("latest", "inf"))
    except ValueError:
        raise ApiError("invalid_ts_oldest") from None
    if call.flag("inclusive"):
        return [m for m in messages if oldest <= float(m.ts) <= latest]
    return [m for m in messages if oldest < float(m.ts) < latest]


def _messages(call: Call, messages: Sequence[Message]) -> Json:
    page, metadata = _page(call, messages, 100)
    return {
        "messages": [message_json(call.workspace, message) for message in page],
        "has_more": bool(metadata["next_cursor"]),
        "pin_count": 0,
        "response_metadata": metadata,
    }


def _users_info(call: Call) -> Json:
    return {"user": user_json(call.workspace, call.user())}


def _users_list(call: Call) -> Json:
    workspace = call.workspace
    everybody: list[User] = [u for u in workspace.users.values() if u.belongs_to(workspace.team.id)]
    page, metadata = _page(call, everybody, 100)
    members = [user_json(workspace, user) for user in page]
    return {"members": members, "cache_ts": int(workspace.clock()), "response_metadata": metadata}


def _page(call: Call, everything: Sequence[T], default: int) -> tuple[Sequence[T], Json]:
    """Return one page and the ``response_metadata`` with the cursor of the next; a cursor is an offset."""
    cursor = call.text("cursor", "0")
    if not cursor.isdigit():
        raise ApiError("invalid_cursor")
    start, size = int(cursor), call.whole("limit", default)
    following = str(start + size) if start + size < len(everything) else ""
    return everything[start : start + size], {"next_cursor": following}


def _test(call: Call) -> Json:
    if call.args.get("error"):
        raise ApiError(str(call.args["error"]), args=dict(call.args))
    return {"args": dict(call.args)}


METHODS: Final = {
    "api.test": Method(_test, token="any"),  # noqa: S106  a kind of token, not a token
    "auth.test": Method(_auth_test),
    "bots.info": Method(_bots_info, ("users:read",)),
    "conversations.info": Method(_info, _READ),
    "conversations.list": Method(_list, _READ),
    "conversations.members": Method(_members, _READ),
    "conversations.open": Method(_open, ("im:write",)),
    "conversations.history": Method(_history, _HISTORY),
    "conversations.replies": Method(_replies, _HISTORY),
    "users.info": Method(_users_info, ("users:read",)),
    "users.list": Method(_users_list, ("users:read",)),
}
