"""Where a form was opened: Slack does not say it again when the form is submitted, so the form carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Origin:
    """The conversation of a command or a click.

    Parameters
    ----------
    channel
        The conversation's id. The bot need not be in it.
    response_url
        Where to answer in it: five times within half an hour.
    """

    channel: str
    response_url: str = ""

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Origin:
        """Read the payload of a command or a click."""
        channel = body.get("channel")
        found = channel.get("id") if isinstance(channel, Mapping) else body.get("channel_id")
        return cls(str(found or ""), str(body.get("response_url") or ""))

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Origin:
        """Read what a form carries."""
        return cls(str(data.get("channel") or ""), str(data.get("response_url") or ""))
