"""The parts of modals: labelled inputs, and options of menus."""

from __future__ import annotations

from typing import Any, Final

from bot.blocks.limits import BUTTON_TEXT, LABEL_TEXT
from bot.blocks.text import Block, cut

# The action id of every input: its block's id says which it is.
ENTERED: Final = "entered"


def labelled(block_id: str, label: str, element: dict[str, Any], *, hint: str = "", optional: bool = False) -> Block:
    """Return an input with its label."""
    block = {"type": "input", "block_id": block_id, "label": plain(cut(label, LABEL_TEXT)), "element": element}
    if hint:
        block["hint"] = plain(hint)
    return block | {"optional": True} if optional else block


def option(text: str, value: str) -> dict[str, Any]:
    """Return an option of a menu; its text is plain, so nothing in it needs escaping."""
    return {"text": plain(cut(text, BUTTON_TEXT)), "value": value}


def plain(text: str) -> dict[str, Any]:
    """Return a plain text object."""
    return {"type": "plain_text", "text": text}


def state_of(view: dict[str, Any], block_id: str) -> dict[str, Any]:
    """Return what was entered in an input of a submitted modal, as Slack states it; empty if nothing was."""
    values = (view.get("state") or {}).get("values") or {}
    found: dict[str, Any] = (values.get(block_id) or {}).get(ENTERED) or {}
    return found
