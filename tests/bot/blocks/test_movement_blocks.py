"""What a file's summary says of who moved since the one before."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

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


@pytest.mark.parametrize(
    ("by_model", "said"),
    [
        (0, "The model changed in between, but everybody who moved would have moved with the former one too"),
        (1, "1 moved because the model changed, 2 because they changed themselves"),
        (3, "Only the model changed: with the former one, nobody would have moved"),
    ],
)
def test_what_another_model_did_is_told_from_what_customers_did(by_model: int, said: str) -> None:
    assert movement_lines(replace(moving(3), by_model=by_model))[1] == said


def test_the_model_is_not_mentioned_if_nobody_moved_or_it_is_the_same() -> None:
    for movement in (moving(1), replace(moving(0), by_model=0)):
        assert not [line for line in movement_lines(movement) if "model" in line]
