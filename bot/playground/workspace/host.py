"""What the parts of a workspace may ask of the whole: the interface that keeps them from importing it."""

from __future__ import annotations

from typing import Protocol

from bot.playground.workspace.feed import ChangeKind
from bot.playground.workspace.ids import Clock, IdSource
from bot.playground.workspace.records import Channel, File, Install, Json, Message, Team, User


class HeldFiles(Protocol):
    """The workspace's files by id."""

    @property
    def by_id(self) -> dict[str, File]:
        """Every file there is."""


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
        """Return one message as it stands now; None when there is none (any more)."""

    def thread(self, channel: Channel | str, ts: str) -> list[Message]:
        """Return the message `ts` and the replies to it that everybody sees."""

    def put(self, message: Message) -> Message:
        """Add a message, or put a changed one in the place of the old."""

    def changed(self, kind: ChangeKind, name: str) -> None:
        """Tell the feed of a change made elsewhere."""

    def emit(self, event: Json, subscription: str | None = None) -> None:
        """Hand an event to the app, if it asked for such events."""

    def emit_message(self, message: Message, **extra: object) -> None:
        """Raise the `message` event of a message, if the app is in the channel and asked for such events."""
