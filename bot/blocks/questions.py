"""A question about a file that can be read in several ways: its choices as buttons, and how a click on one is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.blocks.limits import BLOCK_ID, BUTTON_TEXT, BUTTON_VALUE, ELEMENTS_IN_A_ROW, OPTION_VALUE
from bot.blocks.reply import Reply
from bot.blocks.text import Block, button, context, cut, escape, section
from segmentation.errors import BadInput
from segmentation.reading.questions import Answers

MOST_BUTTONS: Final = 5

# What reading a click raises if this app did not write what comes back.
UNREADABLE: Final = (BadInput, AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a click says: the job that goes on, as it was stated in the message, and what was chosen.

    Parameters
    ----------
    stated
        The job; `answers` includes what was chosen.
    label
        The choice in words; empty for *Try again*.
    """

    stated: Mapping[str, Any]
    label: str = ""

    @property
    def answers(self) -> tuple[str, ...]:
        """All answers given so far, as `Answers.parse` takes them; errors as of that."""
        keys = tuple(str(key) for key in self.stated.get("answers") or ())
        Answers.parse(keys)
        return keys


def question_blocks(choices: Mapping[str, str], action: str, job: Mapping[str, Any]) -> list[Block]:
    """Return a button for each choice; more than five become a menu.

    Parameters
    ----------
    choices
        Labels by the key of an answer.
    action
        The action id; those of buttons have a colon and a number after it.
    job
        What a click repeats, with `answers` given so far.
    """
    menu = _menu(choices, action, job) if len(choices) > MOST_BUTTONS else None
    if menu is not None:
        return [menu]
    answers = list(job.get("answers") or ())
    values = {label: _packed({**job, "answers": [*answers, key]}) for key, label in choices.items()}
    elements = [
        button(cut(label, BUTTON_TEXT), f"{action}:{number}", value)
        for number, (label, value) in enumerate(values.items())
        if len(value) <= BUTTON_VALUE
    ]
    return [{"type": "actions", "elements": elements[:ELEMENTS_IN_A_ROW]}] if elements else []


def _menu(choices: Mapping[str, str], action: str, job: Mapping[str, Any]) -> Block | None:
    """Return the menu; None if what Slack must repeat is too long for one."""
    packed = _packed(job)
    if len(packed) > BLOCK_ID or any(len(key) > OPTION_VALUE for key in choices):
        return None
    options = [{"text": _plain(label), "value": key} for key, label in choices.items()]
    select = {"type": "static_select", "action_id": action, "placeholder": _plain("Choose"), "options": options}
    return {"type": "actions", "block_id": packed, "elements": [select]}


def read_click(action: Mapping[str, Any]) -> Answered:
    """Read a click on a button or a menu of `question_blocks`, or on a *Try again* with the same value.

    Raises
    ------
    UNREADABLE
        When this app did not write what comes back.
    """
    option = action.get("selected_option")
    if option is not None:
        stated = json.loads(str(action["block_id"]))
        answers = [*(stated.get("answers") or ()), str(option["value"])]
        return Answered({**stated, "answers": answers}, str(option["text"]["text"]))
    stated = json.loads(str(action["value"]))
    asked = ":" in str(action["action_id"])
    return Answered({**stated}, str((action.get("text") or {}).get("text") or "") if asked else "")


def question_reply(text: str, choices: Mapping[str, str], action: str, job: Mapping[str, Any]) -> Reply:
    """Ask how to read a file; `text` is escaped."""
    return Reply(text, [section(text), *question_blocks(choices, action, job)])


def answered_reply(asked: Mapping[str, Any] | None, label: str, then: str) -> Reply:
    """Return a question's message without its buttons: what was asked and chosen stays to be read."""
    blocks = [block for block in (asked or {}).get("blocks") or () if block["type"] != "actions"]
    said = f"Chosen: *{escape(label)}*. {then}"
    return Reply(said, [*blocks, context(said)])


def decided_note(answers: Answers) -> str:
    """Say what people have decided about a file; empty if nothing."""
    said = []
    if answers.sheet is not None:
        said.append(f"the sheet “{answers.sheet}”")
    if answers.decimal is not None:
        said.append(f"“{answers.decimal}” is the decimal mark")
    said += [_factor_note(name, factor) for name, factor in sorted(answers.factors.items())]
    return f"You decided: {', '.join(said)}." if said else ""


def _factor_note(name: str, factor: float) -> str:
    if factor == 1:
        return f"{name} as it is"
    return f"{name} divided by {1 / factor:g}" if factor < 1 else f"{name} times {factor:g}"


def _packed(job: Mapping[str, Any]) -> str:
    # Not escaped: a name of emoji would be six times as long, and Slack takes 2,000 characters.
    return json.dumps(job, ensure_ascii=False, separators=(",", ":"))


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": cut(text, BUTTON_TEXT), "emoji": True}
