"""The values a delivery is described by: the app's slash commands, and what came of something sent to the app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.playground.workspace.records import Json, Message

_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command the app has: its name with the slash, a hint at its arguments, what it does."""

    name: str
    usage_hint: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of something delivered to the app.

    Parameters
    ----------
    status
        HTTP status of the app's answer; 0 when there was none.
    body
        The answer: an object when it was JSON, else text; None when empty.
    message
        The message that became of it (or of its failure), if one did.
    elapsed
        Seconds until the app had answered.
    attempts
        How often it was sent; more than once for events only.
    problem
        What went wrong: ``http_timeout``, ``http_error``, ``connection_failed``, or why Slack could not use the
        answer. Empty when all is well.
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
