"""Slack's documented rules for blocks, and its error messages for a message or view that breaks them.

Source: the block reference at docs.slack.dev, limits as of 2026.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from bot.playground.block_kit.element_rules import (
    ACCESSORY,
    ACTIONS_ELEMENT,
    ALT_TEXT,
    BUTTON,
    CONTEXT_ACTION,
    CONTEXT_ELEMENT,
    IMAGE,
    INPUT_ELEMENT,
    RICH_TEXT,
    URL,
    picture_source,
)
from bot.playground.block_kit.shapes import (
    Check,
    Findings,
    Shape,
    Surface,
    anything,
    boolean,
    by_type,
    characters,
    items,
    number,
    one_of,
    plain,
    string,
    text,
)
from bot.playground.workspace.records import Json

MAX_BLOCKS: Final = {"message": 50, "modal": 100, "home": 100}
MAX_TABLE_CHARACTERS: Final = 10_000
MAX_MARKDOWN_CHARACTERS: Final = 12_000
MAX_TABLES: Final = 1
MAX_CHARTS: Final = 2
_BLOCK_ID: Final = string(255)
_LABEL: Final = string(20)


def _table_cells(findings: Findings, pointer: str, block: Json) -> None:
    if characters(block.get("rows")) > MAX_TABLE_CHARACTERS:
        findings.add(f"{pointer}/rows", f"must be less than {MAX_TABLE_CHARACTERS + 1} characters in all cells")


def _modal_only(findings: Findings, pointer: str, block: Json) -> None:
    if findings.surface != "modal":
        findings.add(f"{pointer}/type", f"unsupported type: {block['type']}")


def _file_input_place(findings: Findings, pointer: str, block: Json) -> None:
    element = block.get("element")
    if isinstance(element, dict) and element.get("type") == "file_input":
        _modal_only(findings, f"{pointer}/element", element)


def _fits_axis(findings: Findings, pointer: str, chart: Json) -> None:
    axis, series = chart.get("axis_config"), chart.get("series")
    if not isinstance(axis, dict) or not isinstance(series, list):
        return
    categories = axis.get("categories")
    names = [one.get("name") for one in series if isinstance(one, dict)]
    if len(set(map(str, names))) < len(names):
        findings.add(f"{pointer}/series", "names must be unique")
    for index, one in enumerate(series):
        data = one.get("data") if isinstance(one, dict) else None
        labels = [point.get("label") for point in data if isinstance(point, dict)] if isinstance(data, list) else None
        if labels != categories:
            findings.add(f"{pointer}/series/{index}/data", "labels must match the categories")


def _positive_values(findings: Findings, pointer: str, chart: Json) -> None:
    segments = chart.get("segments")
    for index, segment in enumerate(segments if isinstance(segments, list) else []):
        value = segment.get("value") if isinstance(segment, dict) else None
        if isinstance(value, int | float) and value <= 0:
            findings.add(f"{pointer}/segments/{index}/value", "must be positive")


_POINT: Final = Shape({"label": _LABEL, "value": number}, required=("label", "value"))
_SERIES: Final = Shape({"name": _LABEL, "data": items(20, _POINT)}, required=("name", "data"))
_AXES: Final = Shape(
    {"categories": items(20, _LABEL), "x_label": string(50), "y_label": string(50)}, required=("categories",)
)
_XY: Final = Shape(
    {"series": items(6, _SERIES), "axis_config": _AXES}, required=("series", "axis_config"), also=(_fits_axis,)
)
_PIE: Final = Shape({"segments": items(6, _POINT)}, required=("segments",), also=(_positive_values,))

_CELL: Final = by_type(
    {
        "raw_text": Shape({"text": string(MAX_TABLE_CHARACTERS)}, required=("text",)),
        "raw_number": Shape({"value": number, "text": string(100)}, required=("value",)),
        "rich_text": RICH_TEXT,
    }
)
_COLUMN: Final = Shape({"align": one_of("left", "center", "right"), "is_wrapped": boolean})


def _column(findings: Findings, pointer: str, value: object) -> None:
    # A null in column_settings skips a column; Shape would refuse it.
    if value is not None:
        _COLUMN(findings, pointer, value)


_TASK: Final = Shape(
    {
        "task_id": string(255),
        "title": string(3000),
        "details": by_type({"rich_text": RICH_TEXT}),
        "output": by_type({"rich_text": RICH_TEXT}),
        "sources": items(
            20, by_type({"url": Shape({"url": URL, "text": string(3000)}, required=("url", "text"))}), minimum=0
        ),
        "status": one_of("pending", "in_progress", "complete", "error"),
    },
    required=("task_id", "title"),
)
_CARD: Final = Shape(
    {
        "hero_image": by_type({"image": IMAGE}),
        "icon": by_type({"image": IMAGE}),
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "subtext": text(200),
        "actions": items(3, by_type({"button": BUTTON})),
    },
    any_of=("hero_image", "title", "actions", "body"),
)
BLOCKS: Final[dict[str, Check]] = {
    "section": Shape(
        {"text": text(3000), "fields": items(10, text(2000)), "accessory": ACCESSORY, "expand": boolean},
        any_of=("text", "fields"),
    ),
    "header": Shape({"text": plain(150)}, required=("text",)),
    "divider": Shape({}),
    "context": Shape({"elements": items(10, CONTEXT_ELEMENT)}, required=("elements",)),
    "context_actions": Shape({"elements": items(5, CONTEXT_ACTION)}, required=("elements",)),
    "actions": Shape({"elements": items(25, ACTIONS_ELEMENT)}, required=("elements",)),
    "image": Shape(
        {"image_url": URL, "slack_file": anything, "alt_text": ALT_TEXT, "title": plain(2000)},
        required=("alt_text",),
        also=(picture_source,),
    ),
    "input": Shape(
        {
            "label": plain(2000),
            "element": INPUT_ELEMENT,
            "hint": plain(2000),
            "optional": boolean,
            "dispatch_action": boolean,
        },
        required=("label", "element"),
        also=(_file_input_place,),
    ),
    "markdown": Shape({"text": string(MAX_MARKDOWN_CHARACTERS)}, required=("text",)),
    "rich_text": RICH_TEXT,
    "table": Shape(
        {"rows": items(100, items(20, _CELL)), "column_settings": items(20, _column, minimum=0)},
        required=("rows",),
        also=(_table_cells,),
    ),
    "data_visualization": Shape(
        {"title": string(50), "chart": by_type({"pie": _PIE, "bar": _XY, "line": _XY, "area": _XY})},
        required=("title", "chart"),
    ),
    "task_card": _TASK,
    "plan": Shape({"title": string(3000), "tasks": items(50, by_type({"task_card": _TASK}))}, required=("title",)),
    "alert": Shape(
        {"text": text(200), "level": one_of("default", "info", "warning", "error", "success")},
        required=("text",),
        also=(_modal_only,),
    ),
    "card": _CARD,
    "carousel": Shape({"elements": items(10, by_type({"card": _CARD}))}, required=("elements",)),
}
_BLOCK: Final = by_type(BLOCKS)


def check_blocks(
    blocks: Sequence[object],
    surface: Surface = "message",
    picture: Callable[[Json], object] = lambda _: False,
    pointer: str = "/blocks",
) -> list[str]:
    """Return Slack's error messages for some blocks; empty if Slack would accept them.

    Parameters
    ----------
    blocks
        The blocks as the app sent them.
    surface
        Where they are to appear: some blocks are for modals only, and messages hold fewer.
    picture
        Given a ``slack_file`` object, says whether it is an image that can be shown.
    pointer
        JSON pointer of the list, for the error texts.
    """
    findings = Findings(surface, picture)
    if len(blocks) > MAX_BLOCKS[surface]:
        findings.add(pointer, f"no more than {MAX_BLOCKS[surface]} items allowed")
    for index, block in enumerate(blocks):
        _BLOCK(findings, f"{pointer}/{index}", block)
        if isinstance(block, dict):
            if block.get("block_id") is not None:
                _BLOCK_ID(findings, f"{pointer}/{index}/block_id", block["block_id"])
            _check_action_ids(findings, f"{pointer}/{index}", block)
    _check_together(findings, pointer, [block for block in blocks if isinstance(block, dict)])
    return findings.errors


def _check_together(findings: Findings, pointer: str, blocks: list[Json]) -> None:
    """Check the rules that concern all blocks together."""
    ids = Counter(block["block_id"] for block in blocks if isinstance(block.get("block_id"), str))
    for name in (name for name, count in ids.items() if count > 1):
        findings.add(pointer, f"`block_id` {name} already exists for another block")
    kinds = Counter(block.get("type") for block in blocks if isinstance(block.get("type"), str))
    if kinds["table"] > MAX_TABLES:
        findings.add(pointer, "only one table allowed")
    if kinds["data_visualization"] > MAX_CHARTS:
        findings.add(pointer, f"no more than {MAX_CHARTS} data_visualization blocks allowed")
    if sum(characters(b) for b in blocks if b.get("type") == "markdown") > MAX_MARKDOWN_CHARACTERS:
        findings.add(pointer, f"must be less than {MAX_MARKDOWN_CHARACTERS + 1} characters in all markdown blocks")


def _check_action_ids(findings: Findings, pointer: str, block: Json) -> None:
    ids = Counter(str(element["action_id"]) for element in elements_of(block) if "action_id" in element)
    for name in (name for name, count in ids.items() if count > 1):
        findings.add(pointer, f"`action_id` {name} already exists for another interactive element")


def elements_of(block: Json) -> Iterator[Json]:
    """Yield a block's interactive elements: buttons, menus, inputs, and those on cards."""
    for key in ("elements", "actions"):
        for element in block[key] if isinstance(block.get(key), list) else []:
            if isinstance(element, dict):
                yield from elements_of(element) if element.get("type") == "card" else (element,)
    for key in ("accessory", "element"):
        if isinstance(block.get(key), dict):
            yield block[key]
