"""The interface of a workspace that its own parts use, so that they need not import it."""

from __future__ import annotations

from typing import Protocol

from bot.playground.workspace.feed import ChangeKind
from bot.playground.workspace.ids import Clock, IdSource
from bot.playground.workspace.records import Channel, File, Install, Json, Message, Team, User


class HeldFiles(Protocol):
    """The workspace's files."""

    @property
    def by_id(self) -> dict[str, File]:
        """Every file, by id."""


class Host(Protocol):
    """A workspace as its own parts see it."""

    clock: Clock
    ids: IdSource
    base_url: str
    team: Team
    bot: User
    general: Channel
    install: Install
    users: dict[str, User]
    channels: dict[str, Channel]

    @property
    def files(self) -> HeldFiles:
        """The workspace's files."""

    def message(self, channel: Channel | str, ts: str) -> Message | None:
        """Return the current state of a message, or None if it does not exist or was deleted."""

    def thread(self, channel: Channel | str, ts: str) -> list[Message]:
        """Return the message `ts` and the replies to it that everybody sees."""

    def put(self, message: Message) -> Message:
        """Add a message, or replace the one with the same ts."""

    def changed(self, kind: ChangeKind, name: str) -> None:
        """Publish a change that was made outside the workspace class."""

    def emit(self, event: Json, subscription: str | None = None) -> None:
        """Send an event to the app if it subscribed to it."""

    def emit_message(self, message: Message, **extra: object) -> None:
        """Send the `message` event of a message, if the app is in the channel and subscribed to such events."""
