"""Questions about files as buttons and menus: what Slack takes, and what a click on them says."""

from __future__ import annotations

from typing import Any

import pytest

from bot.blocks.questions import MOST_BUTTONS, UNREADABLE, decided_note, question_blocks, read_click
from bot.playground.block_kit.rules import check_blocks
from segmentation.reading.questions import Answers

JOB: dict[str, Any] = {"file": "F1", "user": "U1", "attempt": 1, "answers": ["decimal=,"]}


def sheets(count: int, letter: str = "x", length: int = 3) -> dict[str, str]:
    """So many choices of a sheet."""
    return {f"sheet={letter * length}{number}": f"{letter * length}{number}" for number in range(count)}


@pytest.mark.parametrize("length", [3, 31, 300])
@pytest.mark.parametrize("count", [2, MOST_BUTTONS, MOST_BUTTONS + 1, 20, 40])
def test_slack_takes_any_number_of_choices(count: int, length: int) -> None:
    blocks = question_blocks(sheets(count, "é", length), "answer", JOB)
    assert blocks
    assert check_blocks(blocks) == []


def test_each_button_carries_the_answers_so_far_and_its_own() -> None:
    choices = {"thousands=,": "two thousand", "decimal=,": "two point three"}
    (block,) = question_blocks(choices, "answer", JOB)
    clicks = [read_click(element) for element in block["elements"]]
    assert [one.answers for one in clicks] == [("decimal=,", key) for key in choices]
    assert [one.label for one in clicks] == list(choices.values())
    assert {one.stated["file"] for one in clicks} == {"F1"}


def test_a_menu_carries_them_too() -> None:
    choices = sheets(20)
    (block,) = question_blocks(choices, "answer", JOB)
    (menu,) = block["elements"]
    clicked = read_click({**menu, "block_id": block["block_id"], "selected_option": menu["options"][7]})
    assert clicked.answers == ("decimal=,", "sheet=xxx7")
    assert clicked.label == "xxx7"


def test_a_choice_too_long_for_slack_is_left_out() -> None:
    assert question_blocks({"sheet=" + "x" * 3000: "x"}, "answer", JOB) == []
    (block,) = question_blocks({"sheet=" + "x" * 3000: "long", "sheet=a": "a"}, "answer", JOB)
    assert [element["text"]["text"] for element in block["elements"]] == ["a"]


@pytest.mark.parametrize(
    "action",
    [
        {"action_id": "answer:0", "value": "[" * 100_000},
        {"action_id": "answer:0", "value": "[]"},
        {"action_id": "answer:0"},
        {"action_id": "answer", "block_id": "b", "selected_option": {"value": "x"}},
        {"action_id": "answer:0", "value": '{"answers": ["drop=table"]}'},
    ],
    ids=["deep", "a list", "nothing", "another menu", "an unknown answer"],
)
def test_what_this_app_did_not_write_is_unreadable(action: dict[str, Any]) -> None:
    with pytest.raises(UNREADABLE):
        read_click(action).answers  # noqa: B018 - reading them is the point


def test_what_was_decided_is_said() -> None:
    assert decided_note(Answers()) == ""
    answers = Answers.parse(["sheet=May", "decimal=,", "factor.income=0.001"])
    said = "You decided: the sheet “May”, “,” is the decimal mark, income divided by 1000."
    assert decided_note(answers) == said
    assert decided_note(Answers.parse(["factor.income=1"])) == "You decided: income as it is."
    assert decided_note(Answers.parse(["factor.score=100"])) == "You decided: score times 100."
