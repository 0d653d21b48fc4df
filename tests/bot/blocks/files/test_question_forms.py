"""Several questions about a file as one form: what Slack takes, and what sending the answers says."""

from __future__ import annotations

from typing import Any

import pytest

from bot.blocks.files.orders_offer import SEGMENT_ORDERS, orders_elsewhere_reply, orders_reply
from bot.blocks.limits import OPTION_VALUE
from bot.blocks.questions import CHOSEN, MOST_PARTS, Unanswered, form_blocks, question_reply, read_click
from bot.playground.block_kit.rules import check_blocks
from bot.records.orders import OfferedOrders, orders_request

JOB: dict[str, Any] = {"file": "F1", "attempt": 1, "answers": ["sheet=May"]}
DAYS = {"dates=day-first": "3 Apr", "dates=month-first": "4 Mar"}
MONEY = {"currency=EUR": "Orders in EUR", "currency=USD": "Orders in USD"}


def _part(asked: str, choices: dict[str, str]) -> dict[str, Any]:
    return {"asked": asked, "choices": choices}


def _state(*chosen: tuple[str, str] | None) -> dict[str, Any]:
    """What Slack says of the menus, in their order."""
    return {
        "values": {
            f"question:{number}": {
                CHOSEN: {"selected_option": None if one is None else {"value": one[0], "text": {"text": one[1]}}}
            }
            for number, one in enumerate(chosen)
        }
    }


def test_a_form_has_a_menu_for_each_question_and_sends_all_answers() -> None:
    *menus, actions = form_blocks([_part("Which day?", DAYS), _part("Which money?", MONEY)], "answer", JOB)
    assert check_blocks([*menus, actions]) == []
    assert [menu["label"]["text"] for menu in menus] == ["Which day?", "Which money?"]
    (go_on,) = actions["elements"]
    clicked = read_click(go_on, _state(("dates=day-first", "3 Apr"), ("currency=USD", "Orders in USD")))
    assert clicked.answers == ("sheet=May", "dates=day-first", "currency=USD")
    assert clicked.label == "3 Apr; Orders in USD"
    assert clicked.stated.keys() == JOB.keys()


@pytest.mark.parametrize("state", [None, {}, _state(("dates=day-first", "3 Apr"), None), _state(None, None)])
def test_nothing_is_sent_before_every_question_has_an_answer(state: dict[str, Any] | None) -> None:
    *_, actions = form_blocks([_part("Which day?", DAYS), _part("Which money?", MONEY)], "answer", JOB)
    with pytest.raises(Unanswered, match="Choose an answer to every question, then click Go on"):
        read_click(actions["elements"][0], state)


def test_questions_with_the_same_choices_are_one() -> None:
    days = [_part("Is 3/4/2024 in April?", DAYS), _part("Is 3.4.2024 in April?", DAYS)]
    menu, _ = form_blocks(days, "answer", JOB)
    assert menu["label"]["text"] == "Is 3/4/2024 in April? Is 3.4.2024 in April?"
    # A single question needs no form: its choices are buttons.
    (_, actions) = question_reply("Which?", DAYS, "answer", JOB, days).blocks
    assert [one["action_id"] for one in actions["elements"]] == ["answer:0", "answer:1"]


def test_what_slack_does_not_take_is_asked_later_or_left_out() -> None:
    many = [_part(f"Is {n} paid?", {f"paid={n}": "Yes", f"unpaid={n}": "No"}) for n in range(60)]
    blocks = form_blocks(many, "answer", JOB)
    assert len(blocks) == MOST_PARTS + 1
    assert check_blocks(blocks) == []
    long = {f"column.date={'x' * OPTION_VALUE}": "long", "column.date=a": "short"}
    menu, *_ = form_blocks([_part("Which?", long), _part("Which day?", DAYS)], "answer", JOB)
    assert [one["text"]["text"] for one in menu["element"]["options"]] == ["short"]
    assert form_blocks([_part("Which day?", DAYS)], "answer", {**JOB, "answers": ["paid=" + "x" * 2000]}) == []


def test_an_offer_says_what_the_file_holds_and_carries_what_a_click_repeats() -> None:
    orders = OfferedOrders(9994, 5009, 793, "30 Dec 2017", "", ("Columns read: <b> & more.",))
    reply = orders_reply("=cmd.csv", orders, {"job": "file:T1:F1:C1", "file": "F1", "answers": []})
    assert reply.text.startswith("These are 9,994 order lines of 793 customers (5,009 orders). I can turn them into ")
    assert reply.text.endswith(" I couldn't score *=cmd.csv* as it is.")
    assert "as of 30 Dec 2017" in reply.text
    assert check_blocks(reply.blocks) == []
    (button,) = reply.blocks[2]["elements"]
    assert button["action_id"] == SEGMENT_ORDERS
    assert "&lt;b&gt; &amp; more" in reply.blocks[1]["text"]["text"]
    # What does not fit a button cannot be clicked.
    crowded = orders_reply("a.csv", orders, {"job": "j", "file": "F1", "answers": ["paid=" + "x" * 2000]})
    assert [block["type"] for block in crowded.blocks] == ["section", "section"]


def test_people_of_other_organisations_read_no_numbers() -> None:
    assert not any(character.isdigit() for character in orders_elsewhere_reply("orders.csv").text)


def test_the_training_that_a_file_job_offered_is_one_whoever_asks_for_it() -> None:
    assert orders_request("T1", "file:T1:F1:C1:1.0").id == orders_request("T1", "file:T1:F1:C1:1.0").id
    assert orders_request("T1", "file:T1:F1:C1:1.0").id != orders_request("T1", "file:T1:F1:C1:2.0").id
    assert orders_request("T1", "file:T1:F1:C1:1.0").orders
