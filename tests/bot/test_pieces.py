"""A customer described piece by piece in one thread."""

from __future__ import annotations

import pytest

from bot.answers.pieces import put_together
from bot.parsing.segment_text import Incomplete
from segmentation.model import SegmentModel

GIVEN = Incomplete({"score": 70.0})


@pytest.mark.parametrize(
    ("earlier", "values"),
    [
        (["35 years, income 60"], {"age": 35.0, "income": 60.0, "score": 70.0}),
        (["hello", "35 years, income 60", "thanks"], {"age": 35.0, "income": 60.0, "score": 70.0}),
        # The later of two values counts.
        (["income=50", "income=60"], {"income": 60.0, "score": 70.0}),
    ],
)
def test_pieces_make_a_customer(model: SegmentModel, earlier: list[str], values: dict[str, float]) -> None:
    assert put_together(GIVEN, earlier, model) == values


@pytest.mark.parametrize(
    "earlier",
    [
        [],
        ["hello", "what is Target?"],
        # A customer who is complete, at once or in pieces, is another one.
        ["35 years, income 60, score 20"],
        ["income 60", "score 20"],
        ["income 60", "35 years, income 90, score 20"],
        # What could not be read is no piece.
        ["income=sixty"],
    ],
)
def test_a_message_stands_alone_if_nothing_before_belongs_to_it(model: SegmentModel, earlier: list[str]) -> None:
    assert put_together(GIVEN, earlier, model) == GIVEN


def test_pieces_that_lack_something_still_do(model: SegmentModel) -> None:
    assert put_together(Incomplete({"income": 60.0}), ["35 years, income 50"], model) == Incomplete(
        {"age": 35.0, "income": 60.0}
    )
