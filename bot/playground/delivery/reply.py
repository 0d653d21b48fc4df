"""The values deliveries are described with: slash commands, shortcuts, and replies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.playground.workspace.records import Json, Message

NO_COMMAND: Final = "no such command"
"""The problem of a command that the app does not have; Slackbot has told the person."""
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Command:
    """One of the app's slash commands: its name with the slash, a hint at its arguments, what it does."""

    name: str
    usage_hint: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One of the app's shortcuts: its name, ``global`` or ``message``, its callback id, what it does."""

    name: str
    kind: str
    callback_id: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The result of a delivery to the app.

    Parameters
    ----------
    status
        HTTP status of the app's answer; 0 if there was none.
    body
        The answer: an object if it was JSON, otherwise text; None if empty.
    message
        The message posted as a result, or to report the failure; None if there is none.
    elapsed
        Seconds until the app had answered.
    attempts
        How often it was sent; only events are sent more than once.
    problem
        What went wrong: ``http_timeout``, ``http_error``, ``connection_failed``, or why Slack could not use the
        answer. Empty if nothing did.
    """

    status: int
    body: Json | str | None
    message: Message | None
    elapsed: float
    attempts: int = 1
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the app acknowledged it."""
        return self.status == _OK
