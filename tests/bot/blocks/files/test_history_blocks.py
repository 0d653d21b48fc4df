"""`/segments history` in Block Kit: what its headline says, and how its files are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.blocks.files.history import history_reply
from bot.playground.block_kit.rules import check_blocks
from segmentation.movement.snapshot import About

NOON = 1_764_244_800.0  # 27 Nov 2025, 12:00 UTC
DAY = 24 * 60 * 60


def of(taken: float, name: str, sizes: Mapping[str, int]) -> About:
    return About(
        id=f"{taken}{name}",
        team="T1",
        population="p",
        taken=taken,
        version="v1",
        segments=tuple(sizes),
        sizes=sizes,
        key="k",
        content="c",
        customers=sum(sizes.values()),
        name=name,
    )


def headline(*files: About) -> str:
    return str(history_reply(files, 400).blocks[0]["text"]["text"])


def heads(reply_blocks: list[dict[str, Any]]) -> list[str]:
    table = next(block for block in reply_blocks if block["type"] == "table")
    return [cell["text"] for cell in table["rows"][0]]


def test_the_headline_says_which_segment_s_share_changed_most() -> None:
    first = of(NOON, "a.csv", {"Target": 20, "Miser": 30, "Standard": 50})
    # Every segment of a larger file has more customers; its share tells whether it grew.
    grown = of(NOON + DAY, "b.csv", {"Target": 80, "Miser": 54, "Standard": 66})
    assert headline(first, grown) == "Target grew most: from 20% to 40% of customers"
    assert headline(grown, first) == "Target shrank most: from 40% to 20% of customers"


def test_the_headline_names_nothing_when_there_is_nothing_to_name() -> None:
    first, same = of(NOON, "a.csv", {"A": 20, "B": 30}), of(NOON + DAY, "b.csv", {"A": 40, "B": 60})
    assert headline(first, same) == "Your segments hardly changed over 2 files"
    assert headline(first) == "Your segments in 1 file"
    renamed = of(NOON + DAY, "b.csv", {"C": 1, "D": 0})
    assert headline(first, renamed) == "Your segments over 2 files"
    nobody = of(NOON + DAY, "b.csv", {"A": 0, "B": 0})
    assert headline(first, nobody) == "B shrank most: from 60% to 0% of customers"


def test_files_of_one_minute_are_told_apart_by_their_names() -> None:
    files = of(NOON, "january.csv", {"A": 1, "B": 2}), of(NOON + 20, "february.csv", {"A": 2, "B": 1})
    blocks = history_reply(files, 400).blocks
    assert heads(blocks) == ["Segment", "february.csv", "january.csv"]
    assert blocks[1]["chart"]["axis_config"]["categories"] == ["january.csv", "february.csv"]
    assert "• 27 Nov 12:00: february.csv\n• 27 Nov 12:00: january.csv" in str(blocks[3]["text"]["text"])
    assert check_blocks(blocks) == []


def test_days_tell_files_apart_else_times_and_numbers_if_the_names_do_not_either() -> None:
    sizes = {"A": 1, "B": 2}
    assert heads(history_reply([of(NOON, "a", sizes), of(NOON + DAY, "b", sizes)], 400).blocks)[1:] == [
        "28 Nov",
        "27 Nov",
    ]
    assert heads(history_reply([of(NOON, "a", sizes), of(NOON + 60, "b", sizes)], 400).blocks)[1:] == [
        "27 Nov 12:01",
        "27 Nov 12:00",
    ]
    assert heads(history_reply([of(NOON, "a", sizes), of(NOON + 1, "a", sizes)], 400).blocks)[1:] == [
        "27 Nov 12:00",
        "27 Nov 12:00 2",
    ]


def test_squares_stand_only_where_no_chart_of_slacks_has_other_colours() -> None:
    files = of(NOON, "a.csv", {"Target": 20}), of(NOON + DAY, "b.csv", {"Target": 30})

    def first_cell(*shown: About, chart: bool = True) -> str:
        blocks = history_reply(shown, 400, chart=chart).blocks
        return str(next(block for block in blocks if block["type"] == "table")["rows"][1][0]["text"])

    assert first_cell(*files) == "Target"
    assert first_cell(*files, chart=False) == first_cell(files[0]) == "🟦 Target"
