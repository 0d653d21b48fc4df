"""What a newcomer is offered: things to try with one click, and a file to try them on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["analyst", "admin", "guest"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to try with one click.

    Parameters
    ----------
    title, detail
        What it is, and what will come of it.
    command
        What is typed, ``/segment …``; empty where the sample file is dropped instead.
    role
        Who does it: the page changes to that person first where it must be an admin.
    needs_file
        Whether the command speaks of a file in the channel: the sample is dropped first where there is none.
    """

    title: str
    detail: str
    command: str = ""
    role: Role = "analyst"
    needs_file: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """A file to download and drop: its name, its bytes, and one sentence on where they come from."""

    name: str
    data: bytes
    origin: str


@dataclass(frozen=True, slots=True)
class FirstMinute:
    """Everything on offer; nothing by default."""

    suggestions: tuple[Suggestion, ...] = ()
    sample: Sample | None = None
