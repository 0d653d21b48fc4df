"""What people look for: who the admins are, how to invite segbot, how to undo, train, cut lists and see who moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.blocks.text import Block, bullets, escape

INVITE: Final = "Type `/invite @segbot` in a channel to bring me in. There I score the CSV and Excel files people drop."
UNDO: Final = (
    "To undo a promotion, an admin types `/retrain rollback`: the version before is in service again, and the channel "
    "is told. `/retrain history` lists all versions."
)
TRAIN: Final = (
    "An admin trains a new model with `/retrain`. It changes nothing by itself: a report compares it with the model in "
    "service, and an admin promotes it or not."
)
MOVED: Final = (
    "Type `/segments compare` to see who moved between two of your files, and `/segments history` for the segments' "
    "sizes over time. Both need files that I scored in this workspace."
)
LISTS: Final = (
    "Drop your customer file, then click *Get a list…* under my summary: choose the segments and columns, and I send "
    "you the list directly."
)
PRIVACY: Final = (
    "I keep no rows of your files. To say who moved, I remember a keyed hash of each customer's id with its segment; "
    "an admin clears that with `/segments forget`. Messages and result files are in Slack: delete them there."
)
_MOST_NAMED: Final = 20


def good_to_know(admins: Sequence[str] | None) -> Block:
    """Return the three answers as a list; `admins` as of `admins_text`."""
    return bullets("Good to know", [INVITE, f"{admins_text(admins)} They train with `/retrain`.", UNDO])


def admins_text(admins: Sequence[str] | None) -> str:
    """Say who may change the model.

    Parameters
    ----------
    admins
        The user ids that segbot's settings name; empty for the workspace's admins and owners. None if the message
        is for a whole channel: a name in it would call that person.
    """
    if admins is None:
        return "The admins listed on my Home tab may change the model."
    if not admins:
        return "The workspace's admins and owners may change the model."
    named = [f"<@{escape(user)}>" for user in admins]
    if len(named) > _MOST_NAMED:
        named[_MOST_NAMED:] = [f"{len(named) - _MOST_NAMED} more people"]
    *others, last = named
    who = f"{', '.join(others)} and {last}" if others else last
    return f"{who} may change the model."
