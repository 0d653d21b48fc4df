"""One call of the Web API: reads and checks the arguments for the methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bot.playground.web_api.errors import ApiError, with_messages
from bot.playground.workspace.records import Channel, File, Json, User
from bot.playground.workspace.workspace import Workspace

CHANNEL_SCOPES: Final = {"public": "channels", "private": "groups", "im": "im"}
_TRUE: Final = ("1", "true", "True", True, 1)
_MAX_PAGE: Final = 1000
TokenKind = Literal["bot", "app", "any"]


@dataclass(frozen=True, slots=True)
class Call:
    """What a method is called with."""

    workspace: Workspace
    args: Mapping[str, object]
    scopes: frozenset[str]

    def text(self, name: str, default: str | None = None) -> str:
        """Return an argument as text.

        Raises
        ------
        ApiError
            ``invalid_arguments`` if it is missing and there is no default.
        """
        value = self.args.get(name)
        if value is None or value == "":
            if default is None:
                raise with_messages("invalid_arguments", [f"[ERROR] missing required field: {name}"])
            return default
        return str(value)

    def flag(self, name: str) -> bool:
        """Return whether a true/false argument is set."""
        return self.args.get(name) in _TRUE

    def whole(self, name: str, default: int) -> int:
        """Return a whole number, 0 to 1000 as page sizes are.

        Raises
        ------
        ApiError
            ``invalid_limit`` otherwise.
        """
        try:
            value = int(self.text(name, str(default)))
        except ValueError:
            raise ApiError("invalid_limit") from None
        if not 0 <= value <= _MAX_PAGE:
            raise ApiError("invalid_limit")
        return value or default

    def need_scope(self, *any_of: str) -> None:
        """Refuse the call unless one of the scopes was granted.

        Raises
        ------
        ApiError
            ``missing_scope`` with ``needed`` and ``provided``.
        """
        if any_of and self.scopes.isdisjoint(any_of):
            raise ApiError("missing_scope", needed=",".join(any_of), provided=",".join(sorted(self.scopes)))

    def channel(self, name: str = "channel", *, family: str | None = None) -> Channel:
        """Return the channel an argument names by id.

        Parameters
        ----------
        family
            ``read`` or ``history``: requires the scope of that family for this kind of channel.

        Raises
        ------
        ApiError
            ``channel_not_found``, also for a private channel the app is not in; ``missing_scope``.
        """
        channel = self.workspace.channels.get(self.text(name, ""))
        bot = self.workspace.bot.id
        if channel is None or (channel.kind != "public" and bot not in channel.members):
            raise ApiError("channel_not_found")
        if family is not None:
            self.need_scope(f"{CHANNEL_SCOPES[channel.kind]}:{family}")
        return channel

    def channel_to_post_in(self) -> Channel:
        """Return the channel to post in; for a user's id, the direct message with that user.

        Raises
        ------
        ApiError
            ``channel_not_found``, ``not_in_channel`` or ``is_archived``.
        """
        name = self.text("channel", "")
        user = self.workspace.users.get(name)
        if user is not None and not user.deleted and not user.is_bot:
            return self.workspace.direct_message(user)
        channel = self.channel()
        if channel.is_archived:
            raise ApiError("is_archived")
        if self.workspace.bot.id not in channel.members and "chat:write.public" not in self.scopes:
            raise ApiError("not_in_channel")
        return channel

    def user(self, name: str = "user") -> User:
        """Return the user an argument names by id.

        Raises
        ------
        ApiError
            ``user_not_found``.
        """
        user = self.workspace.users.get(self.text(name, ""))
        if user is None:
            raise ApiError("user_not_found")
        return user

    def file(self, name: str = "file") -> File:
        """Return the file an argument names, if the app may see it.

        Raises
        ------
        ApiError
            ``file_not_found``.
        """
        file = self.workspace.files.by_id.get(self.text(name, ""))
        if file is None or not self.workspace.files.visible_to_app(file):
            raise ApiError("file_not_found")
        return file


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Web API.

    Parameters
    ----------
    run
        Returns the answer without ``ok``; raises `ApiError`.
    scopes
        One of these must be granted; empty for none.
    token
        The kind of token it accepts.
    """

    run: Callable[[Call], Json]
    scopes: tuple[str, ...] = ()
    token: TokenKind = "bot"  # noqa: S105  a kind of token, not a token
