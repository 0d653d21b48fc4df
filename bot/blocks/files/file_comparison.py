"""`/segments compare`: two remembered files, who moved between them, and menus to choose others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.blocks.files.movement import movement_lines
from bot.blocks.limits import OPTION_TEXT, OPTIONS
from bot.blocks.reply import Reply
from bot.blocks.tables import table_blocks
from bot.blocks.text import Block, bullets, button, context, cut, escape, section
from bot.blocks.times import day_of, time_of_day
from segmentation.movement.movement import NOT_SCORED, Movement
from segmentation.movement.snapshot import About
from segmentation.palette import square_of

COMPARE: Final = "compare_files"
EARLIER: Final = "compare_earlier"
LATER: Final = "compare_later"
FEWEST: Final = 2
_NOT_SCORED: Final = "Not scored"


def too_few_reply() -> Reply:
    """Say that there are not two files to compare."""
    text = (
        "I have no two files to compare. Drop the files of two months into a channel, each with a column of ids, and I "
        "will say who moved."
    )
    return Reply(text, [section(text)])


def comparison_reply(files: Sequence[About], movement: Movement | str, earlier: About, later: About) -> Reply:
    """Show who moved between two files, and menus with all files.

    Parameters
    ----------
    files
        What is remembered, the oldest first.
    movement
        Who moved between `earlier` and `later`, or the sentence that says why nobody can tell.
    """
    title = f"From {escape(_file(earlier))} to {escape(_file(later))}"
    blocks: list[Block]
    if isinstance(movement, str):
        blocks = [section(f"*{title}*\n{movement}")]
    else:
        first, *rest = movement_lines(movement)
        told = bullets(title, rest) if rest else section(f"*{title}*")
        blocks = [section(f"*{first}.*\n{_what_to_do(movement)}"), told, *_table(movement, later)]
        if earlier.version != later.version:
            blocks.append(
                context("Two versions of the model scored these files, so some may have moved because of that.")
            )
    shown = files[-OPTIONS:]
    menus = [_menu(EARLIER, "Earlier file", shown, earlier), _menu(LATER, "Later file", shown, later)]
    blocks.append({"type": "actions", "elements": [*menus, button("Compare", COMPARE, COMPARE)]})
    return Reply(title, blocks)


def _what_to_do(movement: Movement) -> str:
    if not movement.moved:
        return "Nothing to do: choose other files below to compare those."
    return "To reach those who moved: *Get a list…* under the later file, and choose only customers who moved."


def chosen_files(state: Mapping[str, Any]) -> tuple[str, str]:
    """Return the ids of the files chosen in the menus, from the state of a click; empty if one was not chosen."""
    found = {
        action: str((value.get("selected_option") or {}).get("value") or "")
        for block in (state.get("values") or {}).values()
        for action, value in block.items()
    }
    return found.get(EARLIER, ""), found.get(LATER, "")


def _table(movement: Movement, later: About) -> list[Block]:
    """Return the from→to table: a row for each segment before, a column for each one now."""
    now = [name for name in (*later.segments, NOT_SCORED) if any(name in row for row in movement.table.values())]
    head = ["From ↓ to →", *(_named(name, later.segments) for name in now)]
    rows = [
        [_named(before, later.segments), *(f"{row.get(name, 0):,}" for name in now)]
        for before, row in movement.table.items()
    ]
    return table_blocks([head, *rows], right=range(1, len(head))) if rows else []


def _named(name: str, names: Sequence[str]) -> str:
    if name == NOT_SCORED:
        return _NOT_SCORED
    return f"{square_of(name, names)} {name}" if name in names else name


def _menu(action: str, label: str, files: Sequence[About], chosen: About) -> dict[str, Any]:
    options = [_option(about) for about in reversed(files)]
    initial = _option(chosen)
    return {
        "type": "static_select",
        "action_id": action,
        "placeholder": _plain(label),
        "options": options,
        **({"initial_option": initial} if initial in options else {}),
    }


def _option(about: About) -> dict[str, Any]:
    return {"text": _plain(cut(_file(about), OPTION_TEXT)), "value": about.id}


def _file(about: About) -> str:
    """Name a file by day, time and name, in this order: menus cut off the end."""
    moment = f"{day_of(about.taken)}, {time_of_day(about.taken)}"
    return f"{moment} ({about.name})" if about.name else moment


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}
