"""What a newcomer is offered: suggestions to try with one click, and a sample file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["analyst", "admin", "guest"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A file to download or drop: its name, its bytes, and a sentence about their origin."""

    name: str
    data: bytes
    origin: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A command or file to try with one click.

    Parameters
    ----------
    title, detail
        What the button says, and what will happen.
    command
        The command to type, ``/segment …``; empty to drop the sample file instead.
    role
        Who does it. If it is an admin, the page first switches to that person.
    needs_file
        Whether the command needs a file in the channel: if there is none, the sample is dropped first.
    file
        A file of its own to drop instead of the sample file.
    """

    title: str
    detail: str
    command: str = ""
    role: Role = "analyst"
    needs_file: bool = False
    file: Sample | None = None


@dataclass(frozen=True, slots=True)
class FirstMinute:
    """All suggestions and the sample file; none by default."""

    suggestions: tuple[Suggestion, ...] = ()
    sample: Sample | None = None
