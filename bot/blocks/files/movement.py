"""Who moved since the last file of the same customers: a sentence, and the largest moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.blocks.text import Block, bullets, cut, escape
from bot.blocks.times import day_of
from segmentation.movement.movement import NOT_SCORED, Movement

_MOST_MOVES: Final = 6
_LONGEST_NAME: Final = 60


def movement_blocks(movement: Movement) -> list[Block]:
    """Return what a summary says of who joined, left and moved."""
    return [bullets(f"Since {file_text(movement.name, movement.since)}", movement_lines(movement))]


def file_text(name: str, taken: float) -> str:
    """Name a remembered file: "january.csv of 3 Oct 2026"; escaped.

    >>> file_text("january.csv", 0.0), file_text("", 0.0)
    ('january.csv of 1 Jan 1970', 'the file of 1 Jan 1970')
    """
    return f"{escape(cut(name, _LONGEST_NAME)) or 'the file'} of {day_of(taken)}"


def movement_lines(movement: Movement) -> list[str]:
    """Return who joined, left and moved, why, and the largest moves, a sentence each."""
    return [_sentence(movement), *_because(movement), *_largest(movement)]


def growth_sentence(sizes: Mapping[str, int], movement: Movement) -> str:
    """Name the segment whose size changed most: "Target grew by 12 since january.csv of 3 Oct 2026"; empty if none did.

    Parameters
    ----------
    sizes
        How many customers each segment has now.
    """
    changes = {name: count - movement.sizes[name] for name, count in sizes.items() if name in movement.sizes}
    name = max(changes, key=lambda one: abs(changes[one]), default="")
    if not name or not changes[name]:
        return ""
    verb = "grew" if changes[name] > 0 else "shrank"
    return f"{escape(name)} {verb} by {abs(changes[name]):,} since {file_text(movement.name, movement.since)}"


def _sentence(movement: Movement) -> str:
    moved = f"{movement.moved:,} of {_customers(movement.common)} in both files moved to another segment"
    if not movement.moved:
        moved = f"None of the {_customers(movement.common)} in both files moved to another segment"
    if not movement.joined and not movement.left:
        return f"{moved}; nobody joined or left"
    return f"{moved}; {movement.joined:,} joined, {movement.left:,} left"


def _because(movement: Movement) -> list[str]:
    """Say how much of it the model did, if another version is in service now."""
    if movement.by_model is None or not movement.moved:
        return []
    if not movement.by_model:
        return ["The model changed in between, but everybody who moved would have moved with the former one too"]
    if movement.by_model == movement.moved:
        return ["Only the model changed: with the former one, nobody would have moved"]
    themselves = movement.moved - movement.by_model
    return [f"{movement.by_model:,} moved because the model changed, {themselves:,} because they changed themselves"]


def _largest(movement: Movement) -> list[str]:
    moves = [
        (count, before, now)
        for before, row in movement.table.items()
        for now, count in row.items()
        if before != now and NOT_SCORED not in (before, now)
    ]
    moves.sort(key=lambda move: (-move[0], move[1:]))
    # A line that says "1 other" is as long as the move itself.
    shown = moves if len(moves) == _MOST_MOVES + 1 else moves[:_MOST_MOVES]
    lines = [f"{escape(before)} → {escape(now)}: {count:,}" for count, before, now in shown]
    if rest := moves[len(shown) :]:
        lines.append(f"{sum(count for count, *_ in rest):,} more between other segments")
    return lines


def _customers(count: int) -> str:
    return "1 customer" if count == 1 else f"{count:,} customers"
