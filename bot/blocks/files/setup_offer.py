"""What segbot sees in a file of other columns, with the button that opens the form to set up segments from it."""

from __future__ import annotations

from typing import Final

from bot.blocks.reply import Reply
from bot.blocks.text import Block, button, context, escape, section, unscored

SET_UP: Final = "set_up_segments"
_FOR_ADMINS: Final = "For admins. Nothing changes until an admin promotes what comes of it."


def offer_reply(name: str, sentence: str, job: str) -> Reply:
    """Say what a file holds and why it was not scored; `job` names where that is stored."""
    return _offer(unscored(f"*{escape(name)}*: {escape(sentence)}"), job)


def untrained_offer_reply(name: str, sentence: str, job: str) -> Reply:
    """Say what a file holds and why it was not trained on, as `offer_reply` does."""
    return _offer(f"*{escape(name)}*: {escape(sentence)}", job)


def looked_reply(name: str, sentence: str, job: str) -> Reply:
    """Say what a file holds that was only looked at, as `offer_reply` does."""
    return _offer(f"I have looked at *{escape(name)}*. {escape(sentence)}", job)


def _offer(text: str, job: str) -> Reply:
    blocks: list[Block] = [
        section(text),
        {"type": "actions", "elements": [button("Set up segments from this file", SET_UP, job)]},
        context(_FOR_ADMINS),
    ]
    return Reply(text, blocks)
