"""Messages as text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.block_kit.render import mrkdwn, render_block, render_blocks, render_message, unescape, width
from bot.playground.workspace.records import Message


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def md(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": list(elements)}


def part(text: str) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}


def button(label: str) -> dict[str, Any]:
    return {"type": "button", "text": plain(label)}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*bold* and _italic_ and ~struck~", "bold and italic and struck"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("snake_case_name", "snake_case_name"),
        ("`*code*` *bold*", "`*code*` bold"),
        ("```\n_x_\n``` _y_", "```\n_x_\n``` y"),
        ("*Age:* 35", "Age: 35"),
        ("* * *", "* * *"),
        ("plain", "plain"),
    ],
)
def test_marks_go_and_escaping_is_undone(text: str, shown: str) -> None:
    assert mrkdwn(text) == shown


BLOCKS: dict[str, tuple[dict[str, Any], str]] = {
    "header": ({"type": "header", "text": plain("Tom &amp; Jerry")}, "Tom & Jerry\n==========="),
    "section": ({"type": "section", "text": md("*Standard*")}, "Standard"),
    "plain section keeps marks": ({"type": "section", "text": plain("*x*")}, "*x*"),
    "fields": (
        {"type": "section", "fields": [md("*Age*"), md("35"), md("Income\nk$"), md("60")]},
        "Age        35\nIncome k$  60",
    ),
    "accessory": ({"type": "section", "text": md("x"), "accessory": button("Go")}, "x\n[ Go ]"),
    "divider": ({"type": "divider"}, "─" * 40),
    "context": (
        {"type": "context", "elements": [{"type": "image", "alt_text": "logo"}, md("_v3_")]},
        "[image: logo]  v3",
    ),
    "actions": ({"type": "actions", "elements": [button("Share"), button("More")]}, "[ Share ]  [ More ]"),
    "menu": (
        {
            "type": "actions",
            "elements": [
                {"type": "static_select", "placeholder": plain("Pick"), "options": [{"text": plain("A")}]},
                {"type": "static_select", "initial_option": {"text": plain("B")}},
                {"type": "overflow", "options": [{"text": plain("A")}, {"text": plain("B")}]},
                {"type": "users_select"},
            ],
        },
        "[ Pick ▾ ]  [ B ▾ ]  [ A, B ▾ ]  [ users_select ▾ ]",
    ),
    "image": ({"type": "image", "alt_text": "the map", "title": plain("Map")}, "[image: the map] Map"),
    "input": (
        {
            "type": "input",
            "label": plain("k"),
            "hint": plain("2 to 10"),
            "element": {"type": "number_input", "initial_value": "5"},
        },
        "k: [5___________________]\n  2 to 10",
    ),
    "markdown": ({"type": "markdown", "text": "# Title"}, "# Title"),
    "table": (
        {
            "type": "table",
            "rows": [
                [{"type": "raw_text", "text": "Name"}, {"type": "raw_text", "text": "Age"}],
                [rich(part("日本")), {"type": "raw_number", "value": 5}],
            ],
            "column_settings": [None, {"align": "right"}],
        },
        "Name  Age\n─────────\n日本    5",
    ),
    "one row": ({"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}, "a"),
    "bars": (
        {
            "type": "data_visualization",
            "title": "Sizes",
            "chart": {"type": "bar", "series": [{"name": "n", "data": [{"label": "A", "value": 2}]}]},
        },
        "Sizes\nA  2  " + "█" * 30,
    ),
    "lines": (
        {
            "type": "data_visualization",
            "title": "t",
            "chart": {"type": "line", "series": [{"name": n, "data": [{"label": "A", "value": 1}]} for n in "xy"]},
        },
        f"t\nx A  1  {'█' * 30}\ny A  1  {'█' * 30}",
    ),
    "pie": (
        {
            "type": "data_visualization",
            "title": "t",
            "chart": {"type": "pie", "segments": [{"label": "A", "value": 0}]},
        },
        "t\nA  0",
    ),
    "rich text": (
        rich(
            part("one"),
            {"type": "rich_text_list", "style": "ordered", "elements": [part("a"), part("b")]},
            {"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [part("c")]},
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "q1\nq2"}]},
            {
                "type": "rich_text_preformatted",
                "elements": [
                    {"type": "link", "url": "u"},
                    {"type": "emoji", "name": "wave"},
                    {"type": "user", "user_id": "U1"},
                    {"type": "channel", "channel_id": "C1"},
                    {"type": "broadcast", "range": "here"},
                    {"type": "date", "fallback": "today"},
                    {"type": "color", "value": "#fff"},
                ],
            },
        ),
        "one\n1. a\n2. b\n  • c\n> q1\n> q2\nu:wave:@U1#C1@heretoday#fff",
    ),
    "plan": (
        {
            "type": "plan",
            "title": "Retrain",
            "tasks": [
                {"type": "task_card", "title": "read", "status": "complete", "details": rich(part("200 rows"))},
                {"type": "task_card", "title": "fit"},
            ],
        },
        "Retrain\n[x] read\n    200 rows\n[ ] fit",
    ),
    "alert": ({"type": "alert", "text": plain("careful")}, "! careful"),
    "card": (
        {
            "type": "card",
            "hero_image": {"type": "image", "alt_text": "map"},
            "title": md("*T*"),
            "body": plain("B"),
            "actions": [button("Go")],
        },
        "[image: map]\nT\nB\n[ Go ]",
    ),
    "carousel": ({"type": "carousel", "elements": [{"title": plain("a")}, {"title": plain("b")}]}, "a\n\nb"),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_draws_every_block(name: str) -> None:
    block, shown = BLOCKS[name]
    assert render_block(block) == shown


def test_shows_what_it_cannot_draw_as_json() -> None:
    blocks: list[dict[str, Any]] = [{"type": "hologram", "x": "é"}, {"type": "header"}, {"type": "header", "text": "x"}]
    for block in blocks:
        assert json.loads(render_block(block)) == block


def test_a_message_is_its_blocks_else_its_text_and_its_files() -> None:
    message = Message("C1", "1.000001", "U1", "*text*", files=("F1", "F2"))
    assert render_message(message, {"F1": "a.csv"}) == "text\n[file: a.csv]\n[file: F2]"
    with_blocks = Message("C1", "1.000001", "U1", "fallback", blocks=({"type": "divider"}, {"type": "divider"}))
    assert render_message(with_blocks) == render_blocks(with_blocks.blocks) == f"{'─' * 40}\n\n{'─' * 40}"


@given(st.text())
def test_what_was_escaped_is_shown_as_it_was(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert unescape(escaped) == text


def test_combining_marks_take_no_column() -> None:
    assert width("e\u0301") == 1
