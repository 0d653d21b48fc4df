"""What *Score this file* answers to the person who asked, and to nobody else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.blocks.files.summary import TRY_AGAIN
from bot.blocks.reply import Reply
from bot.blocks.text import Block, button, escape, section
from bot.records.file_job import FileJob
from bot.records.stored import encode

_MOST_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """A file somebody asked to have scored.

    Parameters
    ----------
    name
        Its name, not escaped.
    job
        Its job; if it was scored before, the one that would score it once more.
    """

    name: str
    job: FileJob
    scored_before: bool


def no_table_reply() -> Reply:
    """Say that a message holds no table."""
    return _said(
        "There is no CSV or Excel file in this message, so I have nothing to score. Use this shortcut on the message a "
        "file was shared with, or send me the file in a direct message."
    )


def not_here_reply() -> Reply:
    """Say that segbot is not in the channel, and how to bring it in."""
    return _said(
        "I am not in this channel, so I can't read its files. Type `/invite @segbot` here and use the shortcut again, "
        "or send me the file in a direct message."
    )


def asked_reply(files: Sequence[Asked]) -> Reply:
    """Say of each file that it is being scored, or that it was: then a button scores it once more."""
    texts, blocks = [], list[Block]()
    for asked in files[:_MOST_NAMED]:
        name = f"*{escape(asked.name)}*"
        if not asked.scored_before:
            text = f"I am scoring {name}. The answer comes in this message's thread."
            blocks.append(section(text))
        else:
            text = f"I have scored {name} before: see this message's thread."
            again = button("Score it again", TRY_AGAIN, json.dumps(encode(asked.job)))
            blocks += [section(text), {"type": "actions", "elements": [again]}]
        texts.append(text)
    return Reply(" ".join(texts), blocks)


def _said(text: str) -> Reply:
    return Reply(text, [section(text)])
