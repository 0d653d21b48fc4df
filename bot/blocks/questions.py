"""Questions about a file that can be read in several ways: buttons for one, a form for several, what a click says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.blocks.limits import (
    BLOCK_ID,
    BUTTON_TEXT,
    BUTTON_VALUE,
    ELEMENTS_IN_A_ROW,
    LABEL_TEXT,
    OPTION_TEXT,
    OPTION_VALUE,
    OPTIONS,
)
from bot.blocks.reply import Reply
from bot.blocks.text import Block, button, context, cut, escape, section
from segmentation.errors import BadInput, SegbotError
from segmentation.orders.answers import OrderAnswers
from segmentation.reading.questions import Answers

MOST_BUTTONS: Final = 5
# What is open after that many is asked next.
MOST_PARTS: Final = 20
CHOSEN: Final = "chosen"
_FIRST: Final = "Please answer these questions first."
ALL_NEEDED: Final = "Choose an answer to every question, then click Go on."

# What reading a click raises if this app did not write what comes back.
UNREADABLE: Final = (BadInput, AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)


class Unanswered(SegbotError):
    """Somebody went on before they had chosen an answer to every question."""


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
        """All answers given so far, as `OrderAnswers.parse` takes them; errors as of that."""
        keys = tuple(str(key) for key in self.stated.get("answers") or ())
        OrderAnswers.parse(keys)
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


def form_blocks(parts: Iterable[Mapping[str, Any]], action: str, job: Mapping[str, Any]) -> list[Block]:
    """Return a menu for each of several questions, and a button that sends all answers together.

    Parameters
    ----------
    parts
        As `Failure.parts`; those that have the same choices are one question.
    action
        The action id of the button, before `:form`.
    job
        What a click repeats, with `answers` given so far.
    """
    menus: list[Block] = []
    for number, (choices, asked) in enumerate(_together(parts).items()):
        options = [_option(label, key) for key, label in choices if len(key) <= OPTION_VALUE][:OPTIONS]
        element = {"type": "static_select", "action_id": CHOSEN, "placeholder": _plain("Choose"), "options": options}
        label = {"type": "plain_text", "text": cut(" ".join(asked), LABEL_TEXT)}
        if options:
            menus.append({"type": "input", "block_id": f"question:{number}", "label": label, "element": element})
    packed = _packed({**job, "parts": len(menus[:MOST_PARTS])})
    if not menus or len(packed) > BUTTON_VALUE:
        return []
    go_on = button("Go on", f"{action}:form", packed, style="primary")
    return [*menus[:MOST_PARTS], {"type": "actions", "elements": [go_on]}]


def _together(parts: Iterable[Mapping[str, Any]]) -> dict[tuple[tuple[str, str], ...], list[str]]:
    """Return what is asked by the choices: two columns of dates in one order are one question."""
    found: dict[tuple[str, ...], tuple[tuple[tuple[str, str], ...], list[str]]] = {}
    for part in parts:
        choices = tuple((str(key), str(label)) for key, label in part["choices"].items())
        found.setdefault(tuple(key for key, _ in choices), (choices, []))[1].append(str(part["asked"]))
    return dict(found.values())


def read_click(action: Mapping[str, Any], state: Mapping[str, Any] | None = None) -> Answered:
    """Read a click on what `question_blocks` or `form_blocks` made, or on a *Try again* with the same value.

    Parameters
    ----------
    state
        What is chosen in the message's menus, as Slack sends it along.

    Raises
    ------
    UNREADABLE
        When this app did not write what comes back.
    Unanswered
        When a question of the form has no answer yet.
    """
    option = action.get("selected_option")
    if option is not None:
        stated = json.loads(str(action["block_id"]))
        answers = [*(stated.get("answers") or ()), str(option["value"])]
        return Answered({**stated, "answers": answers}, str(option["text"]["text"]))
    stated = json.loads(str(action["value"]))
    if str(action["action_id"]).endswith(":form"):
        return _read_form(stated, state or {})
    asked = ":" in str(action["action_id"])
    return Answered({**stated}, str((action.get("text") or {}).get("text") or "") if asked else "")


def _read_form(stated: Mapping[str, Any], state: Mapping[str, Any]) -> Answered:
    menus = [(state.get("values") or {}).get(f"question:{number}") or {} for number in range(int(stated["parts"]))]
    chosen: list[Any] = [(menu.get(CHOSEN) or {}).get("selected_option") for menu in menus]
    if not all(chosen):
        raise Unanswered(ALL_NEEDED)
    answers = [*(stated.get("answers") or ()), *(str(option["value"]) for option in chosen)]
    kept = {name: value for name, value in stated.items() if name != "parts"}
    return Answered({**kept, "answers": answers}, "; ".join(str(option["text"]["text"]) for option in chosen))


def question_reply(
    text: str,
    choices: Mapping[str, str],
    action: str,
    job: Mapping[str, Any],
    parts: Sequence[Mapping[str, Any]] = (),
    opening: str = "",
) -> Reply:
    """Ask how to read a file. Several `parts`, as `Failure.parts`, become a form.

    Parameters
    ----------
    text
        What is asked, escaped, after `opening`.
    opening
        What stands above a form, whose menus are labelled with the questions.
    """
    form = form_blocks(parts, action, job) if len(_together(parts)) > 1 else []
    if form and opening:
        return Reply(f"{opening} {text}", [section(f"{opening} {_FIRST}"), *form])
    said = f"{opening} {text}".strip()
    return Reply(said, [section(said), *(form or question_blocks(choices, action, job))])


def answered_reply(asked: Mapping[str, Any] | None, label: str, then: str) -> Reply:
    """Return a question's message without its buttons: what was asked and chosen stays to be read."""
    kept = [_as_text(block) for block in (asked or {}).get("blocks") or () if block["type"] != "actions"]
    said = f"Chosen: *{escape(label)}*. {then}"
    return Reply(said, [*kept, context(said)])


def _as_text(block: Block) -> Block:
    """Return a form's question without its menu; any other block as it is."""
    return section(escape(block["label"]["text"])) if block["type"] == "input" else block


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


def _option(label: str, value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": cut(label, OPTION_TEXT), "emoji": True}, "value": value}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": cut(text, BUTTON_TEXT), "emoji": True}
