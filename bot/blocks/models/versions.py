"""Stored versions: what people call one, the list of all, and the question before a rollback."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.blocks.model_names import model_text
from bot.blocks.models.retrain_report import Choice, moved_text
from bot.blocks.reply import Reply
from bot.blocks.text import Block, button, capital, context, cut, escape, section
from bot.blocks.times import in_utc
from bot.parsing.retrain_text import NAME
from segmentation.evaluation.comparison import Comparison

ROLL_BACK: Final = "roll_back_model"
# Twenty versions with their small print have to fit a message.
_LONGEST_SOURCE: Final = 120
_STATES: Final = {
    "current": "in service",
    "candidate": "waiting for a decision",
    "superseded": "renamed, see the one above",
}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One version in the history: all texts as they are, not escaped."""

    version: str
    state: str
    actor: str
    user: str | None
    at: str
    source: str
    verdict: str


def history_reply(lines: Sequence[HistoryLine], left_off: int) -> Reply:
    """Render the history, newest first; `left_off` says how many older versions there are."""
    if not lines:
        text = f"There is no model version yet. Train the first with `{NAME}`."
        return Reply(text, [section(text)])
    names = [line.version for line in lines]
    blocks = [block for line in lines for block in _version(line, names)]
    small = f"`{NAME} rollback VERSION` puts a retired version back in service"
    blocks.append(context(f"{small} · {left_off} older versions: `segbot models list`" if left_off else small))
    words = "; ".join(f"{line.version} {line.state}" for line in lines)
    return Reply(escape(f"Model versions, newest first: {words}"), blocks)


def _version(line: HistoryLine, names: Sequence[str]) -> Iterator[Block]:
    """Yield a line that says which model this is and what became of it, and its small print with the id to copy."""
    said = [_STATES.get(line.state, line.state), *([line.verdict] if line.verdict else [])]
    name = capital(model_text(line.version, names))
    yield section(f"*{escape(name)}* – {escape(', '.join(said))}")
    who = f"<@{line.user}>" if line.user is not None else escape(line.actor or "–")
    source = escape(cut(line.source, _LONGEST_SOURCE))
    yield context(" · ".join(filter(None, (f"`{escape(line.version)}`", in_utc(line.at), who, source))))


def rollback_question(choice: Choice, comparison: Comparison | None) -> Reply:
    """Ask whether to go back, and say how many customers that moves.

    Parameters
    ----------
    choice
        What the button carries: the version to go back to, and the one in service, None if nobody can tell.
    comparison
        Of the two versions; None if they cannot be compared.
    """
    both = [choice.version, *([choice.expected] if choice.expected else [])]
    moved = moved_text(comparison) if comparison is not None else ""
    effect = f"{capital(moved)} to another segment." if moved else "Nobody can tell how many customers would move."
    text = escape(f"Go back to the {model_text(choice.version, both)}? {effect}")
    small = f"Back to {escape(choice.version)}"
    if choice.expected:
        small += f" · in service now: {escape(choice.expected)}"
    roll_back = button("Roll back", ROLL_BACK, choice.to_value(), style="danger")
    return Reply(text, [section(text), context(small), {"type": "actions", "elements": [roll_back]}])
