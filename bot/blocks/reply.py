"""A reply: blocks for the screen, and the same in words for notifications and screen readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from bot.blocks.limits import BLOCK_COST, BLOCKS_TEXT, MESSAGE_TEXT
from bot.blocks.tables import level
from bot.blocks.text import Block, cut, escape, section

# This many blocks of the longest text are within the limit for all blocks together.
_ALWAYS_FIT: Final = 4
_SMALL_PRINT: Final = ("header", "context")


@dataclass(frozen=True, slots=True)
class Reply:
    """A message: people see `blocks`; `text` says the same, escaped. Both are cut to Slack's limits."""

    text: str
    blocks: list[Block]

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", cut(self.text, MESSAGE_TEXT))
        if len(self.blocks) > _ALWAYS_FIT:
            object.__setattr__(self, "blocks", _fitted(self.blocks))


def arguments_of(reply: Reply) -> dict[str, Any]:
    """Return a reply as arguments of the Web API, with parsing of names and links turned off."""
    return {
        "text": reply.text,
        "blocks": reply.blocks,
        "parse": "none",
        "link_names": False,
    }


def plainer(reply: Reply) -> tuple[Reply, Reply]:
    """Return a reply in two simpler forms, for Slack to take if it refuses a block: its text and buttons, its text."""
    buttons = [block for block in reply.blocks if block["type"] == "actions"]
    return Reply(reply.text, [section(reply.text), *buttons]), Reply(reply.text, [])


def notice(sentence: str) -> Reply:
    """Say one plain sentence, which need not be escaped yet."""
    text = escape(sentence)
    return Reply(text, [section(text)])


def _fitted(blocks: list[Block]) -> list[Block]:
    """Shorten the longest sections so that all blocks together are within Slack's limit."""
    texts, others = [], 0
    for block in blocks:
        kind = block["type"]
        if kind == "section":
            if "text" in block:
                texts.append(len(block["text"]["text"]))
        elif kind in _SMALL_PRINT:
            others += sum(len(element.get("text", "")) for element in _small_print(block))
    room = BLOCKS_TEXT - BLOCK_COST * len(blocks) - others
    if sum(texts) <= room:
        return blocks
    longest = level(texts, room)
    return [
        {**block, "text": {**block["text"], "text": cut(block["text"]["text"], longest)}}
        if block["type"] == "section" and "text" in block
        else block
        for block in blocks
    ]


def _small_print(block: Block) -> list[dict[str, Any]]:
    """Return the texts of a header or of a line of small print."""
    if block["type"] == "header":
        return [block["text"]]
    elements: list[dict[str, Any]] = block["elements"]
    return elements
