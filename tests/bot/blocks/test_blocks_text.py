"""The text objects every message is built of, and the escaping."""

from __future__ import annotations

import html

import pytest
from harness import live_markup
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.limits import BLOCK_COST, BLOCKS_TEXT, HEADER_TEXT, MESSAGE_TEXT, SECTION_TEXT
from bot.blocks.reply import Reply, plainer
from bot.blocks.tables import table_blocks
from bot.blocks.text import (
    bullets,
    button,
    context,
    cut,
    escape,
    header,
    names_listed,
    section,
    unscored,
)
from bot.playground.block_kit.rules import check_blocks

ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=300)
TRICKS = st.lists(
    st.sampled_from(["<!channel>", "<@U1>", "<#C1>", "<http://e.example|x>", "&amp;", "&", "`", "```", "\n", "\r",
                     "\x85", "\u2028", "\u202e", "\ufeff", "a", "&lt;"]),
    max_size=60,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("a & b", "a &amp; b"),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
        ("```code```", "ˋcodeˋ"),
        ("one\ntwo\r\n\tthree", "one two three"),
        ("ab\u202ecd\u200bef", "abcdef"),
    ],
)
def test_escapes_what_slack_would_act_on(typed: str, shown: str) -> None:
    assert escape(typed) == shown


@given(text=st.one_of(ANYTHING, TRICKS))
def test_escaped_text_is_inert_on_one_line(text: str) -> None:
    escaped = escape(text)
    assert not live_markup(escaped)
    assert len(escaped.splitlines()) <= 1


@given(text=st.one_of(ANYTHING, TRICKS), limit=st.integers(1, 120))
def test_cutting_splits_no_entity_and_leaves_no_code_open(text: str, limit: int) -> None:
    short = cut(f"`{escape(text)}`", limit)
    assert len(short) <= limit
    if limit > 3:
        assert not live_markup(short)


def test_cutting_leaves_what_fits_alone() -> None:
    assert cut("a" * 10, 10) == "a" * 10
    assert cut("a" * 11, 10) == "a" * 9 + "…"
    assert cut("aaaaa&amp;bbb", 8) == "aaaaa…"
    assert cut("aaaaa&amp;bbb", 10) == "aaaaa…"


@given(text=st.one_of(ANYTHING, TRICKS).filter(lambda text: escape(text).strip()), times=st.integers(1, 200))
def test_every_block_keeps_to_slacks_limits(text: str, times: int) -> None:
    long = escape(text) * times
    blocks = [section(long), header(long), context(long), bullets("Title", [long] * 3), *table_blocks([[long] * 4] * 5)]
    assert not check_blocks(blocks)
    assert len(blocks[0]["text"]["text"]) <= SECTION_TEXT
    assert len(blocks[1]["text"]["text"]) <= HEADER_TEXT


def test_a_button_has_a_style_only_when_given_one() -> None:
    assert "style" not in button("Go", "go", "1")
    assert button("Go", "go", "1", style="danger")["style"] == "danger"
    assert not check_blocks([{"type": "actions", "elements": [button("Go", "go", "1", style="primary")]}])


def test_a_replys_text_fits_a_message() -> None:
    assert len(Reply("&amp;" * 2000, []).text) <= MESSAGE_TEXT
    assert html.unescape(Reply("&amp;" * 2000, []).text).strip("&") == "…"


def test_a_reply_of_many_long_sections_is_cut_to_what_a_message_holds() -> None:
    blocks = [header("Title"), *(section("x" * 3000) for _ in range(8)), section("short"), context("y" * 1000)]
    fitted = Reply("text", blocks).blocks
    texts = [block["text"]["text"] for block in fitted if block["type"] == "section"]
    assert texts[-1] == "short"
    assert {len(text) for text in texts[:-1]} == {len(texts[0])}
    total = sum(map(len, texts)) + len("Title") + 1000 + BLOCK_COST * len(fitted)
    assert BLOCKS_TEXT - 8 < total <= BLOCKS_TEXT
    assert len(blocks[1]["text"]["text"]) == 3000, "the blocks that were given stay as they were"


def test_a_reply_that_fits_is_left_alone() -> None:
    blocks = [*(section("x" * 2000) for _ in range(5)), {"type": "divider"}, {"type": "section", "fields": []}]
    assert Reply("text", blocks).blocks is blocks


def test_a_reply_has_two_plainer_forms() -> None:
    actions = {"type": "actions", "elements": [button("Go", "go", "1")]}
    simple, plain = plainer(Reply("In words", [header("Title"), *table_blocks([["a"]]), actions]))
    assert simple.blocks == [section("In words"), actions]
    assert (plain.text, plain.blocks) == ("In words", [])


@pytest.mark.parametrize("word", ["confidence", "Confidence", "CONFIDENCE", "overconfidences"])
def test_an_echo_cannot_pass_for_a_score(word: str) -> None:
    assert "confidence" not in unscored(f"I don't know “{word}”").casefold()


def test_names_that_hold_commas_are_told_apart() -> None:
    assert names_listed(["Target", "Miser"]) == "Target, Miser"
    assert names_listed(["Newer, bigger baskets", "Mixed customers"]) == "“Newer, bigger baskets”, “Mixed customers”"
