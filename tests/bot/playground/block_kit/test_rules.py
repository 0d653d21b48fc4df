"""Every limit Slack documents, from both sides of it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.playground.block_kit.rules import check_blocks

Json = dict[str, Any]


def plain(text: str = "x") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "x") -> Json:
    return {"type": "mrkdwn", "text": text}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def options(count: int) -> list[Json]:
    return [{"text": plain(), "value": str(n)} for n in range(count)]


def rich(text: str = "x") -> Json:
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
    }


def table(rows: int = 1, columns: int = 1, text: str = "x") -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * columns] * rows}


def bars(series: int = 1, categories: int = 1) -> Json:
    names = [f"c{n}" for n in range(categories)]
    data = [{"label": name, "value": 1} for name in names]
    chart = {
        "type": "bar",
        "series": [{"name": f"s{n}", "data": data} for n in range(series)],
        "axis_config": {"categories": names},
    }
    return {"type": "data_visualization", "title": "t", "chart": chart}


def pie(segments: int = 1, value: float = 1.0) -> Json:
    parts = [{"label": f"s{n}", "value": value} for n in range(segments)]
    return {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": parts}}


def entry(element: Json) -> Json:
    return {"type": "input", "label": plain(), "element": element}


GOOD_IN_MESSAGES = {
    "section text": {"type": "section", "text": mrkdwn("x" * 3000)},
    "section fields": {"type": "section", "fields": [mrkdwn("x" * 2000)] * 10},
    "section accessory": {"type": "section", "text": plain(), "accessory": button(action_id="a" * 255)},
    "header": {"type": "header", "text": plain("x" * 150)},
    "divider": {"type": "divider"},
    "context": {
        "type": "context",
        "elements": [mrkdwn()] * 9 + [{"type": "image", "image_url": "u", "alt_text": "a"}],
    },
    "context actions": {
        "type": "context_actions",
        "elements": [{"type": "icon_button", "icon": "trash", "text": plain()}],
    },
    "actions": actions(*[button(action_id=str(n)) for n in range(25)]),
    "button": actions(button(value="v" * 2000, url="u" * 3000, style="primary")),
    "menus": actions({"type": "static_select", "options": options(100)}, {"type": "overflow", "options": options(5)}),
    "image by URL": {"type": "image", "image_url": "u" * 3000, "alt_text": "a" * 2000},
    "markdown": {"type": "markdown", "text": "x" * 12_000},
    "table": table(100, 20),
    "table with column settings": {**table(1, 2), "column_settings": [None, {"align": "right", "is_wrapped": True}]},
    "table of rich text and numbers": {"type": "table", "rows": [[rich(), {"type": "raw_number", "value": 1}]]},
    "full table": table(10, 10, "x" * 100),
    "bar chart": bars(6, 20),
    "pie chart": pie(6),
    "plan": {
        "type": "plan",
        "title": "p",
        "tasks": [
            {"type": "task_card", "task_id": "1", "title": "t", "status": "complete", "details": rich()},
        ],
    },
    "task": {"type": "task_card", "task_id": "1", "title": "t", "sources": [{"type": "url", "url": "u", "text": "t"}]},
    "card": {"type": "card", "title": mrkdwn("x" * 150), "body": plain("x" * 200), "actions": [button()] * 3},
    "carousel": {"type": "carousel", "elements": [{"type": "card", "title": plain()}] * 10},
    "rich list": {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "link", "url": "u"}]}],
            }
        ],
    },
    "input": entry({"type": "plain_text_input", "placeholder": plain("x" * 150)}),
    "radio buttons": entry({"type": "radio_buttons", "options": options(10)}),
    "nothing set": {"type": "section", "text": mrkdwn(), "accessory": None},
}
BAD_IN_MESSAGES = {
    "section text too long": ({"type": "section", "text": mrkdwn("x" * 3001)}, "less than 3001", "/blocks/0/text/text"),
    "section text empty": ({"type": "section", "text": mrkdwn("")}, "more than 0", "/blocks/0/text/text"),
    "section without text": ({"type": "section"}, "must have one of: text, fields", "/blocks/0"),
    "too many fields": ({"type": "section", "fields": [mrkdwn()] * 11}, "no more than 10", "/blocks/0/fields"),
    "no fields": ({"type": "section", "fields": []}, "no fewer than 1", "/blocks/0/fields"),
    "fields no list": ({"type": "section", "fields": "x"}, "must be an array", "/blocks/0/fields"),
    "field too long": (
        {"type": "section", "fields": [mrkdwn("x" * 2001)]},
        "less than 2001",
        "/blocks/0/fields/0/text",
    ),
    "header too long": ({"type": "header", "text": plain("x" * 151)}, "less than 151", "/blocks/0/text/text"),
    "header in mrkdwn": ({"type": "header", "text": mrkdwn()}, "must be one of: plain_text", "/blocks/0/text/type"),
    "header without text": ({"type": "header"}, "missing required field: text", "/blocks/0"),
    "text as a string": ({"type": "header", "text": "x"}, "must be an object", "/blocks/0/text"),
    "text of a number": (
        {"type": "header", "text": {"type": "plain_text", "text": 1}},
        "must be a string",
        "/blocks/0/text/text",
    ),
    "emoji in mrkdwn": (
        {"type": "section", "text": {**mrkdwn(), "emoji": True}},
        "additional property: emoji",
        "/blocks/0/text",
    ),
    "unknown property": ({"type": "divider", "color": "red"}, "invalid additional property: color", "/blocks/0"),
    "unknown type": ({"type": "hologram"}, "unsupported type: hologram", "/blocks/0/type"),
    "type no text": ({"type": ["x"]}, "unsupported type", "/blocks/0/type"),
    "too many context elements": (
        {"type": "context", "elements": [mrkdwn()] * 11},
        "no more than 10",
        "/blocks/0/elements",
    ),
    "button in context": (
        {"type": "context", "elements": [button()]},
        "unsupported type: button",
        "/blocks/0/elements/0/type",
    ),
    "too many actions": (actions(*[button()] * 26), "no more than 25", "/blocks/0/elements"),
    "button text too long": (actions(button() | {"text": plain("x" * 76)}), "less than 76", "/elements/0/text/text"),
    "button in mrkdwn": (actions(button() | {"text": mrkdwn()}), "must be one of: plain_text", "/elements/0/text/type"),
    "button value too long": (actions(button(value="x" * 2001)), "less than 2001", "/elements/0/value"),
    "action id too long": (actions(button(action_id="x" * 256)), "less than 256", "/elements/0/action_id"),
    "button URL too long": (actions(button(url="x" * 3001)), "less than 3001", "/elements/0/url"),
    "button style": (actions(button(style="loud")), "must be one of: primary, danger", "/elements/0/style"),
    "same action id twice": (actions(button(action_id="a"), button(action_id="a")), "already exists", "/blocks/0"),
    "menu without options": (actions({"type": "static_select"}), "must have one of", "/elements/0"),
    "too many options": (
        actions({"type": "static_select", "options": options(101)}),
        "no more than 100",
        "/elements/0/options",
    ),
    "too many overflow options": (
        actions({"type": "overflow", "options": options(6)}),
        "no more than 5",
        "/elements/0/options",
    ),
    "image without alt text": ({"type": "image", "image_url": "u"}, "missing required field: alt_text", "/blocks/0"),
    "image alt text too long": (
        {"type": "image", "image_url": "u", "alt_text": "x" * 2001},
        "less than 2001",
        "/blocks/0/alt_text",
    ),
    "image URL too long": (
        {"type": "image", "image_url": "u" * 3001, "alt_text": "a"},
        "less than 3001",
        "/blocks/0/image_url",
    ),
    "image without source": ({"type": "image", "alt_text": "a"}, "exactly one of: image_url, slack_file", "/blocks/0"),
    "image with two sources": (
        {"type": "image", "image_url": "u", "slack_file": {"id": "F1"}, "alt_text": "a"},
        "exactly one of: image_url, slack_file",
        "/blocks/0",
    ),
    "file by id and URL": (
        {"type": "image", "slack_file": {"id": "F1", "url": "u"}, "alt_text": "a"},
        "exactly one of: id, url",
        "/blocks/0/slack_file",
    ),
    "file not ready": (
        {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a"},
        "invalid slack file",
        "/blocks/0/slack_file",
    ),
    "markdown too long": ({"type": "markdown", "text": "x" * 12_001}, "less than 12001", "/blocks/0/text"),
    "too many rows": (table(101), "no more than 100", "/blocks/0/rows"),
    "too many columns": (table(1, 21), "no more than 20", "/blocks/0/rows/0"),
    "too much in a table": (table(10, 10, "x" * 101), "less than 10001", "/blocks/0/rows"),
    "image in a table": (
        {"type": "table", "rows": [[{"type": "image"}]]},
        "unsupported type: image",
        "/blocks/0/rows/0/0/type",
    ),
    "column settings": (
        {**table(), "column_settings": [{"align": "up"}]},
        "must be one of",
        "/column_settings/0/align",
    ),
    "chart title too long": ({**bars(), "title": "x" * 51}, "less than 51", "/blocks/0/title"),
    "too many series": (bars(7), "no more than 6", "/chart/series"),
    "too many categories": (bars(1, 21), "no more than 20", "/axis_config/categories"),
    "too many segments": (pie(7), "no more than 6", "/chart/segments"),
    "segment of nothing": (pie(1, 0), "must be positive", "/chart/segments/0/value"),
    "plan without title": ({"type": "plan"}, "missing required field: title", "/blocks/0"),
    "task status": (
        {"type": "task_card", "task_id": "1", "title": "t", "status": "maybe"},
        "must be one of",
        "/blocks/0/status",
    ),
    "alert outside a modal": ({"type": "alert", "text": plain()}, "unsupported type: alert", "/blocks/0/type"),
    "card with nothing": ({"type": "card", "subtitle": plain()}, "must have one of", "/blocks/0"),
    "card with four buttons": (
        {"type": "card", "actions": [button(action_id=str(n)) for n in range(4)]},
        "no more than 3",
        "/blocks/0/actions",
    ),
    "rich text of the unknown": (
        {"type": "rich_text", "elements": [{"type": "rich_text_poem"}]},
        "unsupported type",
        "/blocks/0/elements/0/type",
    ),
    "file input outside a modal": (
        entry({"type": "file_input"}),
        "unsupported type: file_input",
        "/blocks/0/element/type",
    ),
    "input without label": (
        {"type": "input", "element": {"type": "plain_text_input"}},
        "missing required field: label",
        "/blocks/0",
    ),
    "button as input": (entry(button()), "unsupported type: button", "/blocks/0/element/type"),
    "block id too long": ({"type": "divider", "block_id": "x" * 256}, "less than 256", "/blocks/0/block_id"),
    "true as number": (
        entry({"type": "plain_text_input", "max_length": True}),
        "must be a number",
        "/element/max_length",
    ),
    "one as boolean": (
        entry({"type": "plain_text_input", "multiline": 1}),
        "must be a boolean",
        "/element/multiline",
    ),
}


@pytest.mark.parametrize("name", GOOD_IN_MESSAGES)
def test_accepts_what_slack_accepts(name: str) -> None:
    assert check_blocks([GOOD_IN_MESSAGES[name]]) == []


@pytest.mark.parametrize("name", BAD_IN_MESSAGES)
def test_refuses_what_slack_refuses(name: str) -> None:
    block, sentence, pointer = BAD_IN_MESSAGES[name]
    errors = check_blocks([block])
    assert any(sentence in error and f"{pointer}]" in error for error in errors), errors


@pytest.mark.parametrize(("surface", "limit"), [("message", 50), ("modal", 100), ("home", 100)])
def test_counts_the_blocks_of_each_surface(surface: Any, limit: int) -> None:
    assert check_blocks([{"type": "divider"}] * limit, surface) == []
    assert "no more than" in check_blocks([{"type": "divider"}] * (limit + 1), surface)[0]


def test_alerts_and_file_inputs_belong_into_modals() -> None:
    blocks = [{"type": "alert", "text": plain(), "level": "warning"}, entry({"type": "file_input", "max_files": 1})]
    assert check_blocks(blocks, "modal") == []


def test_block_ids_are_unique() -> None:
    blocks = [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]
    assert "`block_id` a already exists" in check_blocks(blocks)[0]


def test_one_table_and_two_charts_are_the_most() -> None:
    assert check_blocks([table(), bars(), pie()]) == []
    assert "only one table" in check_blocks([table(), table()])[0]
    assert "no more than 2 data_visualization" in check_blocks([bars(), pie(), bars()])[0]


def test_markdown_blocks_are_measured_together() -> None:
    block = {"type": "markdown", "text": "x" * 6001}
    assert "in all markdown blocks" in check_blocks([block, block])[0]


def test_chart_points_must_fit_the_axis() -> None:
    block = bars(2, 2)
    block["chart"]["series"][1]["data"] = [{"label": "c0", "value": 1}]
    assert "labels must match the categories" in check_blocks([block])[0]


def test_series_have_different_names() -> None:
    block = bars(2)
    block["chart"]["series"][1] = block["chart"]["series"][0]
    assert "names must be unique" in check_blocks([block])[0]


def test_a_picture_that_is_ready_is_accepted() -> None:
    block = {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a"}
    assert check_blocks([block], picture=lambda reference: reference == {"id": "F1"}) == []


def test_buttons_of_cards_count_as_elements() -> None:
    card = {"type": "card", "title": plain(), "actions": [button(action_id="a")]}
    assert "already exists" in check_blocks([{"type": "carousel", "elements": [card, card]}])[0]


def test_a_number_input_must_say_whether_it_takes_decimals() -> None:
    element: Json = {"type": "number_input", "action_id": "a", "initial_value": "2.5", "min_value": "0"}
    block = {"type": "input", "label": plain(), "element": element}
    assert "missing required field: is_decimal_allowed" in check_blocks([block], "modal")[0]
    assert check_blocks([block | {"element": element | {"is_decimal_allowed": True}}], "modal") == []
