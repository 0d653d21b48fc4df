"""What any help says: who the admins are, how to invite segbot, how to undo."""

from __future__ import annotations

import pytest

from bot.blocks.good_to_know import admins_text, good_to_know
from bot.playground.block_kit.rules import check_blocks


@pytest.mark.parametrize(
    ("admins", "text"),
    [
        ((), "The workspace's admins and owners may change the model."),
        (("U1",), "<@U1> may change the model."),
        (("U1", "U2", "U3"), "<@U1>, <@U2> and <@U3> may change the model."),
        (None, "The admins listed on my Home tab may change the model."),
    ],
)
def test_the_admins_are_named_unless_that_would_call_them(admins: tuple[str, ...] | None, text: str) -> None:
    assert admins_text(admins) == text


def test_of_many_admins_some_are_named_and_the_others_counted() -> None:
    text = admins_text([f"U{number}" for number in range(25)])
    assert text.count("<@") == 20
    assert "<@U19> and 5 more people may change the model." in text


def test_all_three_answers_are_there() -> None:
    block = good_to_know(("U1",))
    assert check_blocks([block], "message") == []
    for words in ("/invite @segbot", "<@U1>", "/retrain rollback"):
        assert words in block["text"]["text"]
