"""What a file's summary says of who moved since the one before."""

from __future__ import annotations

from itertools import pairwise

from bot.blocks.files.movement import movement_lines
from segmentation.movement.movement import Movement

NAMES = "ABCDEFGHIJ"


def moving(kinds: int, *, joined: int = 0, left: int = 0) -> Movement:
    """A movement of one customer from each of some segments into the next."""
    table = {before: {now: 1} for before, now in pairwise(NAMES[: kinds + 1])}
    return Movement(since=0.0, version="v1", joined=joined, left=left, table=table, sizes={})


def test_nobody_joined_or_left_is_said_in_words() -> None:
    assert (
        movement_lines(moving(2))[0] == "2 of 2 customers in both files moved to another segment; nobody joined or left"
    )
    assert movement_lines(moving(2, left=1))[0].endswith("; 0 joined, 1 left")


def test_the_smaller_moves_are_summed_up_unless_it_is_a_single_one() -> None:
    assert movement_lines(moving(7))[-1] == "G → H: 1"
    assert movement_lines(moving(9))[-2:] == ["F → G: 1", "3 more between other segments"]
