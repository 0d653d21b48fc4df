"""A reply: blocks for the screen, and the same in words for notifications and screen readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.blocks.text import MESSAGE_LIMIT, Block, cut, escape, section


@dataclass(frozen=True, slots=True)
class Reply:
    """A message: people see `blocks`; `text` says the same, escaped and cut to Slack's limit."""

    text: str
    blocks: list[Block]

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", cut(self.text, MESSAGE_LIMIT))


def arguments_of(reply: Reply) -> dict[str, Any]:
    """Return a reply as arguments of the Web API, with parsing of names and links turned off."""
    return {
        "text": reply.text,
        "blocks": reply.blocks,
        "parse": "none",
        "link_names": False,
    }


def notice(sentence: str) -> Reply:
    """Say one plain sentence, which need not be escaped yet."""
    text = escape(sentence)
    return Reply(text, [section(text)])
