"""What is said of watches: what changed in words with numbers, a way out, and nothing Slack would refuse."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.blocks.files.watch import (
    PAUSE,
    RESUME,
    RETRAIN,
    failing_reply,
    misread_watch_reply,
    news_reply,
    unknown_table_reply,
    watch_set_reply,
    watches_reply,
)
from bot.blocks.reply import Reply, arguments_of
from bot.playground.block_kit.rules import check_blocks
from segmentation.watching.changes import Moved, News
from segmentation.watching.check import TableCheck
from segmentation.watching.schedule import Every, Schedule
from segmentation.watching.unlike import Unlike
from segmentation.watching.watch import Kind, Seen, Watch

NOW = 1_800_000_000.0  # Fri 15 Jan 2027, 8:00 UTC
WATCH = Watch(
    "T1", "C1", "U1", Kind.WATCH, "customers", Schedule(Every.WEEK, 0, 540, "Europe/Berlin"), since=NOW, points=1.0
)
CHECK = TableCheck("V1", NOW, 200, 200, {"Target": 200}, {"Target": 1.0})
LONG = "A feature whose name is far longer than a title may be <!channel>"
FEATURE = Unlike("f", f"{LONG} (k$)", f"{LONG} is higher", 0.4, "large", tuple((LONG, 0.1, 0.1) for _ in range(10)))


def text_of(reply: Reply) -> str:
    """All a reply shows, once Slack would take it."""
    assert check_blocks(reply.blocks) == []
    json.dumps(arguments_of(reply))
    return f"{reply.text}\n{json.dumps(reply.blocks, ensure_ascii=False)}"


def test_what_is_set_up_is_said_with_its_zone_and_the_next_time() -> None:
    said = text_of(watch_set_reply(WATCH, NOW, zone_known=True))
    assert "every Monday at 9:00 (Europe/Berlin), next on Mon 18 Jan 2027 at 9:00" in said
    assert "by more than 1 point," in said
    assert "`/segments watches`" in said
    assert "I don't know your time zone" not in said
    assert "in UTC" in text_of(watch_set_reply(WATCH, NOW, zone_known=False))


def test_what_a_watch_tells_of_is_a_list() -> None:
    lead, cases, end = (block["text"]["text"] for block in watch_set_reply(WATCH, NOW, zone_known=True).blocks)
    assert lead.endswith("next on Mon 18 Jan 2027 at 9:00.")
    assert cases.startswith("*I post here only if*\n• a segment's share moves by more than 1 point\n• ")
    assert cases.count("\n• ") == 5
    assert end.startswith("To pause, resume or delete it: ")


def test_all_that_can_change_is_told_in_one_message_slack_takes() -> None:
    moved = tuple(Moved(f"Segment {number} <@U1>", 0.1, 0.2) for number in range(9))
    news = News(
        moved=moved,
        since=NOW,
        why=(FEATURE,) * 9,
        drifted=(FEATURE,) * 9,
        left_out=(0.01, 0.12),
        lost=(1000, 400),
        stale_days=200,
        recovered=True,
    )
    reply = news_reply(WATCH, CHECK, news, "watch:T1:customers:1")
    said = text_of(reply)
    for part in (
        "I can check *customers* again, and something changed",
        "has 20% of the customers; on 15 Jan 2027 it had 10%",
        "3 more segments moved as far",
        "12% of the rows can't be scored; it was 1%",
        "The table has 400 rows; it had 1,000",
        "3 more features are unlike it too",
        "The model was trained 200 days ago",
    ):
        assert part in said
    assert "<!channel>" not in reply.text
    assert "<@U1>" not in reply.text
    (retrain,) = [one for block in reply.blocks if block["type"] == "actions" for one in block["elements"]]
    assert retrain["action_id"] == RETRAIN
    assert json.loads(retrain["value"]) == {"table": "customers", "key": "watch:T1:customers:1"}


def test_a_move_without_a_feature_to_blame_says_so() -> None:
    said = text_of(news_reply(WATCH, CHECK, News(moved=(Moved("Target", 0.9, 1.0),)), "k"))
    assert "in the model's training it had 90%" in said
    assert "No single feature is unlike in training" in said


def test_rows_left_out_are_no_reason_to_retrain() -> None:
    reply = news_reply(WATCH, CHECK, News(left_out=(0.0, 0.5)), "k")
    assert RETRAIN not in text_of(reply)


def test_a_failure_says_when_it_is_tried_again() -> None:
    said = text_of(failing_reply(WATCH, "There is no file <x>.", NOW))
    assert "I couldn't check *customers*. There is no file &lt;x&gt;." in said
    assert "I'll try again on Mon 18 Jan 2027 at 9:00" in said


def test_watches_are_listed_with_what_each_does() -> None:
    paused = replace(WATCH, table="orders", paused=True, seen=Seen(failing=True))
    retrain = replace(WATCH, kind=Kind.RETRAIN)
    reply = watches_reply([WATCH, retrain, paused], NOW)
    said = text_of(reply)
    assert "*customers* is checked every Monday at 9:00 (Europe/Berlin): next on Mon 18 Jan 2027 at 9:00" in said
    assert "*customers* is trained on every Monday" in said
    assert "*orders* is checked every Monday at 9:00 (Europe/Berlin): paused" in said
    assert "The last check failed" in said
    actions = [block["elements"][0]["action_id"] for block in reply.blocks if block["type"] == "actions"]
    assert actions == [PAUSE, PAUSE, RESUME]


@pytest.mark.parametrize(("count", "more"), [(20, ""), (23, "… and 3 more")])
def test_a_long_list_is_cut_and_says_so(count: int, more: str) -> None:
    said = text_of(watches_reply([replace(WATCH, table=f"table{number}") for number in range(count)], NOW))
    assert (more in said) if more else ("more" not in said)


def test_what_is_refused_says_what_to_type() -> None:
    assert "`/segments watch table=NAME every monday 9:00`" in text_of(misread_watch_reply(["<nothing>"]))
    assert "Nothing is watched." in text_of(watches_reply([], NOW))
    assert "I know these: customers, orders." in text_of(unknown_table_reply("x", ["customers", "orders"]))
    assert "SEGBOT_TABLES" in text_of(unknown_table_reply("x", []))
