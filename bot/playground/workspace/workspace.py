"""Holds the state of one workspace in memory; everything that changes it goes through here."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from bot.playground.workspace.agent import AgentView
from bot.playground.workspace.cast import DEFAULT_EVENTS, DEFAULT_SCOPES, assemble, install
from bot.playground.workspace.feed import Change, ChangeKind, Feed
from bot.playground.workspace.file_store import FileStore
from bot.playground.workspace.ids import Clock, IdSource, system_clock
from bot.playground.workspace.records import (
    ApiCall,
    Channel,
    Delivery,
    File,
    Json,
    Message,
    ResponseUrl,
    Trigger,
    User,
    View,
)
from bot.playground.workspace.trail import Trail

T = TypeVar("T")

# These three are Slack's own.
RESPONSE_URL_USES: Final = 5
RESPONSE_URL_SECONDS: Final = 30 * 60.0
TRIGGER_SECONDS: Final = 3.0
_LOG_LENGTH: Final = 2000
_KEEP: Final = 500
"""With more response URLs or triggers than this, expired ones are removed."""


class Workspace:
    """People, channels, messages, files and views, and the one app installed here.

    Use it from one event loop only. The values it returns are frozen: a later change puts a new value into the
    workspace and leaves the one the caller holds as it was.

    Parameters
    ----------
    clock
        Seconds since the epoch.
    seed
        Equal seeds give equal ids; None gives new ids every time.
    scopes, events
        What the app may do, and the events it asked for, in Slack's names (``files:read``, ``message.channels``).
    sharing_delay
        Seconds until a finished upload is shared and processed.
    """

    def __init__(
        self,
        *,
        clock: Clock = system_clock,
        seed: int | None = None,
        scopes: frozenset[str] = DEFAULT_SCOPES,
        events: frozenset[str] = DEFAULT_EVENTS,
        sharing_delay: float = 0.02,
    ) -> None:
        self.clock = clock
        self.ids = IdSource(clock, seed)
        cast = assemble(self.ids, int(clock()))
        self.team = cast.team
        self.analyst, self.admin, self.owner, self.guest = cast.analyst, cast.admin, cast.owner, cast.guest
        self.deleted, self.external, self.bot = cast.deleted, cast.external, cast.bot
        self.general, self.customers, self.outside = cast.general, cast.customers, cast.outside
        self.private, self.archived, self.partners, self.dm = cast.private, cast.archived, cast.partners, cast.dm
        self.install = install(self.ids, scopes, events)
        self.base_url = "http://127.0.0.1"
        self.users: dict[str, User] = {user.id: user for user in cast.users}
        self.channels: dict[str, Channel] = {channel.id: channel for channel in cast.channels}
        self.views: dict[str, View] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.triggers: dict[str, Trigger] = {}
        self.calls: deque[ApiCall] = deque(maxlen=_LOG_LENGTH)
        self.deliveries: deque[Delivery] = deque(maxlen=_LOG_LENGTH)
        self.trail = Trail(self.calls, self.deliveries)
        self.feed = Feed()
        self.files = FileStore(self, sharing_delay)
        self.agent = AgentView(self._tell)
        self.event_sink: Callable[[Json], None] | None = None
        self._messages: dict[str, dict[str, Message]] = {}

    # Messages

    def messages(self, channel: Channel | str | None = None, *, seen_by: User | str | None = None) -> list[Message]:
        """Return messages ordered by ts: of one channel or of all, `seen_by` one user or by anybody."""
        names = [_id(channel)] if channel is not None else list(self._messages)
        found = [message for name in names for message in self._messages.get(name, {}).values()]
        if seen_by is not None:
            found = [message for message in found if message.ephemeral_to in (None, _id(seen_by))]
        # By length first: as text, a ts of fewer digits would come after a later one.
        return sorted(found, key=lambda message: (len(message.ts), message.ts))

    def message(self, channel: Channel | str, ts: str) -> Message | None:
        """Return the current state of a message, or None if it does not exist or was deleted."""
        return self._messages.get(_id(channel), {}).get(ts)

    def thread(self, channel: Channel | str, ts: str) -> list[Message]:
        """Return the message `ts` and the replies to it that everybody sees."""
        return [m for m in self.messages(channel) if m.ephemeral_to is None and ts in (m.ts, m.thread_ts)]

    def put(self, message: Message) -> Message:
        """Add a message, or replace the one with the same ts."""
        there = self._messages.setdefault(message.channel, {})
        there[message.ts] = message
        if message.is_reply and (root := there.get(message.thread_ts or "")) and root.thread_ts is None:
            # Slack gives the first message of a thread its own ts as thread_ts.
            self.put(replace(root, thread_ts=root.ts))
        self.trail.touch(message)
        self._tell("message", message.ts, message)
        return message

    def remove(self, message: Message) -> None:
        """Delete a message."""
        self._messages[message.channel].pop(message.ts, None)
        self._tell("deleted", message.ts, message)

    def say(self, user: User | str, channel: Channel | str, text: str, thread_ts: str | None = None) -> Message:
        """Post what a person writes; the app gets an event if it subscribed to messages of this kind of channel."""
        message = self.put(
            Message(_id(channel), self.ids.ts(), _id(user), text, thread_ts=thread_ts, made_by="user"),
        )
        self.emit_message(message)
        return message

    # Waiting

    async def wait_for(self, predicate: Callable[[Message], object], timeout: float = 60.0) -> Message:  # noqa: ASYNC109  tests read best with a plain number of seconds
        """Return the newest message that satisfies `predicate`; wait for it if there is none yet.

        Raises
        ------
        TimeoutError
            When `timeout` seconds pass first; the text lists the last messages.
        """

        def newest() -> Message | None:
            return next((message for message in reversed(self.messages()) if predicate(message)), None)

        try:
            return await self.feed.until(newest, timeout)
        except TimeoutError:
            last = [f"{message.made_by}: {message.text[:80]!r}" for message in self.messages()[-3:]]
            raise TimeoutError(f"No such message within {timeout:g} s; the last ones: {last}") from None

    async def wait_until(self, condition: Callable[[], T | None], timeout: float = 60.0) -> T:  # noqa: ASYNC109  tests read best with a plain number of seconds
        """Wait until `condition` returns something true and return that; it is called again after every change.

        Raises
        ------
        TimeoutError
            When `timeout` seconds pass first.
        """
        return await self.feed.until(condition, timeout)

    # Logs: what the app called, what was sent to it

    def log_call(self, call: ApiCall) -> None:
        """Add a Web API call to the log."""
        self.calls.append(call)
        self._tell("call", call.id)

    def calls_to(self, method: str) -> list[ApiCall]:
        """Return the calls of one method, oldest first."""
        return [call for call in self.calls if call.method == method]

    def log_delivery(self, delivery: Delivery) -> None:
        """Add a request sent to the app to the log."""
        self.deliveries.append(delivery)
        self._tell("delivery", delivery.id)

    # People, channels and the app

    def change_user(self, user: User | str, **changes: object) -> User:
        """Change fields of a user, for example ``is_admin=True``."""
        return self.put_user(replace(self.users[_id(user)], **changes))  # type: ignore[arg-type]  # the caller's names

    def put_user(self, user: User) -> User:
        """Add a user, or replace the one with the same id."""
        self.users[user.id] = user
        self._tell("user", user.id)
        return user

    def change_channel(self, channel: Channel | str, **changes: object) -> Channel:
        """Change fields of a channel, for example ``members=…`` or ``is_archived=True``."""
        return self.put_channel(replace(self.channels[_id(channel)], **changes))  # type: ignore[arg-type]  # as above

    def put_channel(self, channel: Channel) -> Channel:
        """Add a channel, or replace the one with the same id."""
        self.channels[channel.id] = channel
        self._tell("channel", channel.id)
        return channel

    def change_install(self, **changes: object) -> None:
        """Change the app's installation: its scopes, its events, or ``revoked=True``."""
        self.install = replace(self.install, **changes)  # type: ignore[arg-type]  # the caller's names

    def direct_message(self, user: User | str) -> Channel:
        """Return the app's direct message with a user; open it first if there is none."""
        for channel in self.channels.values():
            if channel.partner == _id(user):
                return channel
        pair = frozenset({_id(user), self.bot.id})
        return self.put_channel(
            Channel(self.ids.new("D"), "", "im", pair, _id(user), int(self.clock()), partner=_id(user))
        )

    # Views, response URLs and triggers

    def put_view(self, view: View) -> View:
        """Add a view, or replace the one with the same id."""
        self.views[view.id] = view
        self._tell("view", view.id)
        return view

    def open_views(self, user: User | str) -> list[View]:
        """Return the modals a user has open, the topmost last."""
        return [v for v in self.views.values() if v.is_open and v.user == _id(user) and v.type == "modal"]

    def home(self, user: User | str) -> View | None:
        """Return a user's App Home tab; None until the app published one."""
        return next((v for v in self.views.values() if v.type == "home" and v.user == _id(user)), None)

    def new_response_url(self, kind: str, channel: str, user: str, original_ts: str | None = None) -> str:
        """Make a response URL and return it; `kind` is ``commands`` or ``actions``."""
        if len(self.response_urls) > _KEEP:
            self.response_urls = {path: url for path, url in self.response_urls.items() if url.expires > self.clock()}
        path = f"/hooks/{kind}/{self.team.id}/{self.ids.word()}"
        self.response_urls[path] = ResponseUrl(
            path, channel, user, self.clock() + RESPONSE_URL_SECONDS, RESPONSE_URL_USES, original_ts
        )
        return self.base_url + path

    def new_trigger(self, user: str, view_id: str | None = None) -> str:
        """Make a trigger id and return it; `view_id` is the view the user clicked in, if it was a view."""
        if len(self.triggers) > _KEEP:
            self.triggers = {name: one for name, one in self.triggers.items() if one.expires > self.clock()}
        trigger = f"{self.ids.word(12)}.{self.ids.word(12)}.{self.ids.word(32)}".lower()
        self.triggers[trigger] = Trigger(trigger, user, self.clock() + TRIGGER_SECONDS, view_id)
        return trigger

    # Events

    def emit(self, event: Json, subscription: str | None = None) -> None:
        """Send an event to the app if it subscribed to it; `subscription` is its name if that differs from the type."""
        if self.event_sink is not None and (subscription or event["type"]) in self.install.events:
            self.event_sink(event)

    def emit_message(self, message: Message, **extra: object) -> None:
        """Send the `message` event of a message, if the app is in the channel and subscribed to such events."""
        channel = self.channels[message.channel]
        if self.bot.id not in channel.members:
            return
        subscription, channel_type = _MESSAGE_EVENTS[channel.kind]
        event: Json = {
            "type": "message",
            "user": message.user,
            "text": message.text,
            "ts": message.ts,
            "channel": message.channel,
            "channel_type": channel_type,
            "event_ts": message.ts,
            "team": self.team.id,
            **extra,
        }
        if message.thread_ts is not None:
            event["thread_ts"] = message.thread_ts
        self.emit(event, subscription)
        if f"<@{self.bot.id}>" in message.text and channel.kind != "im" and "subtype" not in extra:
            self.emit({key: event[key] for key in event if key != "channel_type"} | {"type": "app_mention"})

    def upload(self, user: User | str, channel: Channel | str, name: str, data: bytes) -> File:
        """Drop a file into a channel as a person does: shared and processed at once, and the app gets the event."""
        return self.files.drop(_id(user), _id(channel), name, data)

    def changed(self, kind: ChangeKind, name: str) -> None:
        """Publish a change that was made outside this class."""
        self._tell(kind, name)

    def close(self) -> None:
        """Cancel pending shares and end every follower of the feed."""
        self.files.close()
        self.feed.close()

    def _tell(self, kind: ChangeKind, name: str, message: Message | None = None) -> None:
        self.feed.publish(Change(kind, name, message))


_MESSAGE_EVENTS: Final = {
    "public": ("message.channels", "channel"),
    "private": ("message.groups", "group"),
    "im": ("message.im", "im"),
}


def _id(thing: User | Channel | str) -> str:
    return thing if isinstance(thing, str) else thing.id
