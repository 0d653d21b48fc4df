"""A reply: blocks for the screen, and the same in words for notifications and screen readers."""

from __future__ import annotations

from dataclasses import dataclass

from bot.blocks.text import Block


@dataclass(frozen=True, slots=True)
class Reply:
    """What is posted: `text` is escaped and complete in itself, `blocks` is what people see."""

    text: str
    blocks: list[Block]
