"""What one person's page shows of the workspace: people, channels, messages, open views."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.playground.workspace.feed import Change
from bot.playground.workspace.records import Channel, Delivery, File, Json, Message, User, View
from bot.playground.workspace.workspace import Workspace

PAGE_SIZE: Final = 60
_PROBLEMS: Final = {
    "connection_failed": "nothing listens at the app's address",
    "http_timeout": "the app took too long to answer",
    "http_error": "the app answered with an error",
}


@dataclass(frozen=True, slots=True)
class Span:
    """A range of a channel's messages, and whether there are older or newer ones."""

    messages: list[Json]
    older: bool
    newer: bool

    def to_json(self) -> Json:
        """Return it as the page expects it."""
        return {"messages": self.messages, "older": self.older, "newer": self.newer}


class PageView:
    """Builds what one person's page shows."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def channels(self, user: User) -> Json:
        """Return the channels a user is in, the app's direct message last, and the change number they are from."""
        mine = [channel for channel in self._workspace.channels.values() if user.id in channel.members]
        ordered = sorted(mine, key=lambda one: one.kind == "im")
        return {
            "channels": [self._channel(channel, user) for channel in ordered],
            "channels_at": self._workspace.feed.published,
        }

    def people(self) -> list[Json]:
        """Return the people a visitor can act as."""
        workspace = self._workspace
        roles = ((workspace.analyst, "analyst"), (workspace.admin, "admin"), (workspace.guest, "guest"))
        return [{"id": user.id, "name": user.real_name, "handle": user.name, "role": role} for user, role in roles]

    def span(self, channel: Channel, user: User, *, before: str = "", after: str = "", limit: int = PAGE_SIZE) -> Span:
        """Return a range of a channel: the newest messages, or those just before or after a ts.

        Replies are left out except in a direct message; `thread` returns them.
        """
        seen = self._workspace.messages(channel, seen_by=user)
        threads = _threads(seen)
        # Of an agent's direct message Slack shows the threads as one conversation.
        top = [message for message in seen if not message.is_reply or channel.kind == "im"]
        if after:
            later = [message for message in top if _order(message.ts) > _order(after)]
            chosen, older, newer = later[:limit], True, len(later) > limit
        else:
            earlier = [message for message in top if not before or _order(message.ts) < _order(before)]
            chosen, older, newer = earlier[-limit:], len(earlier) > limit, bool(before)
        return Span([self.message(one, threads.get(one.ts, [])) for one in chosen], older, newer)

    def thread(self, channel: Channel, user: User, ts: str) -> list[Json]:
        """Return a message and its replies."""
        seen = self._workspace.messages(channel, seen_by=user)
        replies = [message for message in seen if message.is_reply and message.thread_ts == ts]
        first = [self.message(message, replies) for message in seen if message.ts == ts]
        return first + [self.message(reply) for reply in replies]

    def message(self, message: Message, replies: Iterable[Message] = ()) -> Json:
        """Return one message with a summary of the replies in its thread."""
        files = self._workspace.files.by_id
        shown = list(replies)
        return {
            "ts": message.ts,
            "channel": message.channel,
            "user": message.user,
            "text": message.text,
            "blocks": list(message.blocks),
            "attachments": list(message.attachments),
            "thread_ts": message.thread_ts if message.is_reply else None,
            "ephemeral": message.ephemeral_to is not None,
            "edited": message.edited_ts is not None,
            "app": message.bot_id is not None,
            "files": [_file(files[name]) for name in message.files if name in files],
            "replies": {
                "count": len(shown),
                "users": list(dict.fromkeys(reply.user for reply in shown)),
                "latest": shown[-1].ts if shown else None,
            },
        }

    def views(self, user: User | str) -> Json:
        """Return a user's open modals, the topmost last, the Home tab, and the change number they are from."""
        home = self._workspace.home(user)
        return {
            "modals": [_view(view) for view in self._workspace.open_views(user)],
            "home": None if home is None else _view(home),
            "views_at": self._workspace.feed.published,
        }

    def agent(self, user: User) -> Json:
        """Return what the app shows of itself as an agent in a user's channels: prompts, and what it is doing."""
        agent, channels = self._workspace.agent, self._workspace.channels
        mine = {name for name, channel in channels.items() if user.id in channel.members}
        return {
            "prompts": {name: list(prompts) for name, prompts in agent.prompts.items() if name in mine},
            "statuses": {name: status for (name, _thread), status in agent.statuses.items() if name in mine},
            "agent_at": self._workspace.feed.published,
        }

    def update(self, change: Change, user: User) -> Json | None:
        """Return what to send to a user's page about a change; None if the change does not concern them."""
        workspace = self._workspace
        if change.kind in ("message", "deleted"):
            return self._message_update(change, user)
        if change.kind == "view":
            view = workspace.views.get(change.id)
            return {"kind": "views", **self.views(user)} if view is not None and view.user == user.id else None
        if change.kind in ("channel", "agent"):
            of_channels = change.kind == "channel"
            return {"kind": "channels", **self.channels(user)} if of_channels else {"kind": "agent", **self.agent(user)}
        if change.kind == "fault":
            return {"kind": "faults"}
        if change.kind == "delivery":
            return self._trouble(next((one for one in reversed(workspace.deliveries) if one.id == change.id), None))
        return None

    def _message_update(self, change: Change, user: User) -> Json | None:
        message = change.message
        if message is None or message.ephemeral_to not in (None, user.id):
            return None
        if user.id not in self._workspace.channels[message.channel].members:
            return None
        news: Json = {"kind": change.kind, "message": self.message(message)}
        root = message.thread_ts
        if root is not None:
            thread = self.thread(self._workspace.channels[message.channel], user, root)
            first = next((one for one in thread if one["ts"] == root), None)
            if message.is_reply:
                news["root"] = first
            elif first is not None and change.kind == "message":
                news["message"] = first
        return news

    def _trouble(self, delivery: Delivery | None) -> Json | None:
        """Report an event that did not reach the app: nobody waits for its answer, so no error would be shown."""
        if delivery is None or delivery.kind != "event" or not delivery.problem or delivery.attempt:
            return None
        event = delivery.payload.get("event") or {}
        return {"kind": "trouble", "event": event.get("type", ""), "problem": delivery.problem}

    def _channel(self, channel: Channel, user: User) -> Json:
        seen = self._workspace.messages(channel, seen_by=user)
        return {
            "id": channel.id,
            "name": self._workspace.install.name if channel.kind == "im" else channel.name,
            "kind": channel.kind,
            "archived": channel.is_archived,
            "shared": channel.is_shared,
            "app": self._workspace.bot.id in channel.members,
            "latest": seen[-1].ts if seen else "",
        }


def in_words(problem: str) -> str:
    """Return what went wrong with a delivery, in words for somebody who does not know HTTP."""
    return _PROBLEMS.get(problem, problem)


def _order(ts: str) -> tuple[int, str]:
    return len(ts), ts


def _threads(messages: Iterable[Message]) -> dict[str, list[Message]]:
    threads: dict[str, list[Message]] = {}
    for message in messages:
        if message.is_reply and message.thread_ts is not None:
            threads.setdefault(message.thread_ts, []).append(message)
    return threads


def _file(file: File) -> Json:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "image": file.is_image,
        "table": file.is_table,
        "kind": file.filetype,
        "size": len(file.data or b""),
    }


def _view(view: View) -> Json:
    return {
        **view.body,
        "id": view.id,
        "root": view.root_id,
        "hash": view.hash,
        "blocks": view.blocks,
        "errors": dict(view.errors),
    }
