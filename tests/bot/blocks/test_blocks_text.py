"""The text objects every message is built of, and the escaping."""

from __future__ import annotations

import html

import pytest
from harness import live_markup
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.reply import Reply
from bot.blocks.text import (
    HEADER_LIMIT,
    MESSAGE_LIMIT,
    SECTION_LIMIT,
    TABLE_LIMIT,
    bullets,
    button,
    context,
    cut,
    escape,
    header,
    section,
    table,
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
    blocks = [section(long), header(long), context(long), bullets("Title", [long] * 3), table([[long] * 4] * 5)]
    assert not check_blocks(blocks)
    assert len(blocks[0]["text"]["text"]) <= SECTION_LIMIT
    assert len(blocks[1]["text"]["text"]) <= HEADER_LIMIT


def test_a_table_shortens_its_cells_only_when_all_together_are_too_long() -> None:
    alone = table([["x" * 4000, ""]])
    assert [cell["text"] for cell in alone["rows"][0]] == ["x" * 4000, "–"]
    crowded = table([["x" * 6000] * 2, ["y", "z"]], right=[1])
    assert [len(cell["text"]) for row in crowded["rows"] for cell in row] == [TABLE_LIMIT // 4] * 2 + [1, 1]
    assert [column["align"] for column in crowded["column_settings"]] == ["left", "right"]


def test_a_button_has_a_style_only_when_given_one() -> None:
    assert "style" not in button("Go", "go", "1")
    assert button("Go", "go", "1", style="danger")["style"] == "danger"
    assert not check_blocks([{"type": "actions", "elements": [button("Go", "go", "1", style="primary")]}])


def test_a_replys_text_fits_a_message() -> None:
    assert len(Reply("&amp;" * 2000, []).text) <= MESSAGE_LIMIT
    assert html.unescape(Reply("&amp;" * 2000, []).text).strip("&") == "…"


@pytest.mark.parametrize("word", ["confidence", "Confidence", "CONFIDENCE", "overconfidences"])
def test_an_echo_cannot_pass_for_a_score(word: str) -> None:
    assert "confidence" not in unscored(f"I don't know “{word}”").casefold()
