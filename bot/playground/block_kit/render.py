"""Renders a message as plain text for a terminal.

Slack's escaping (``&amp;`` ``&lt;`` ``&gt;``) is undone, and the marks of bold, italic and struck text are dropped
except inside code. A block that cannot be rendered is shown as its JSON.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from bot.playground.workspace.records import Json, Message

_CODE: Final = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_MARKS: Final = tuple(
    re.compile(rf"(?<![\w{mark}]){mark}(?=\S)([^{mark}\n]*[^{mark}\s]){mark}(?![\w{mark}])")
    for mark in (r"\*", "_", "~")
)
_RULE: Final = "─" * 40
_BAR: Final = 30
_TASK_MARKS: Final = {"pending": "[ ]", "in_progress": "[…]", "complete": "[x]", "error": "[!]"}
_WIDE: Final = ("W", "F")


def render_message(message: Message, file_names: Mapping[str, str] | None = None) -> str:
    """Return a message as text: its blocks if it has any, else its text, then its files.

    Parameters
    ----------
    file_names
        File id → name; a file missing here is shown by its id.
    """
    names = file_names or {}
    parts = [render_blocks(message.blocks) if message.blocks else mrkdwn(message.text)]
    parts += [f"[file: {names.get(name, name)}]" for name in message.files]
    return "\n".join(part for part in parts if part)


def render_blocks(blocks: Iterable[Json]) -> str:
    """Return blocks as text, separated by empty lines."""
    return "\n\n".join(render_block(block) for block in blocks)


def render_block(block: Json) -> str:
    """Return one block as text, or as JSON if its type is unknown or it is malformed."""
    draw = _BLOCKS.get(str(block.get("type")))
    try:
        return json.dumps(block, ensure_ascii=False) if draw is None else draw(block)
    except (KeyError, TypeError, AttributeError):
        return json.dumps(block, ensure_ascii=False)


def unescape(text: str) -> str:
    """Undo Slack's escaping of three characters."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def mrkdwn(text: str) -> str:
    """Return mrkdwn as text: marks of bold, italic and struck text dropped outside code, escaping undone."""
    pieces = _CODE.split(text)
    for index in range(0, len(pieces), 2):
        for mark in _MARKS:
            pieces[index] = mark.sub(r"\1", pieces[index])
    return unescape("".join(pieces))


def width(text: str) -> int:
    """Return how many terminal columns a line occupies."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in _WIDE else 1 for char in text
    )


def _text(value: Json) -> str:
    return mrkdwn(value["text"]) if value["type"] == "mrkdwn" else unescape(value["text"])


def _section(block: Json) -> str:
    lines = [_text(block["text"])] if block.get("text") else []
    fields = [_text(value).replace("\n", " ") for value in block.get("fields", [])]
    lines += _aligned([fields[at : at + 2] for at in range(0, len(fields), 2)])
    if "accessory" in block:
        lines.append(_element(block["accessory"]))
    return "\n".join(lines)


def _header(block: Json) -> str:
    title = _text(block["text"])
    return f"{title}\n{'=' * width(title)}"


def _context(block: Json) -> str:
    return "  ".join(
        _element(value) if value["type"] == "image" else _text(value).replace("\n", " ") for value in block["elements"]
    )


def _actions(block: Json) -> str:
    return "  ".join(_element(element) for element in block["elements"])


def _image(block: Json) -> str:
    title = f" {_text(block['title'])}" if block.get("title") else ""
    return f"[image: {unescape(block['alt_text'])}]{title}"


def _input(block: Json) -> str:
    hint = f"\n  {_text(block['hint'])}" if block.get("hint") else ""
    return f"{_text(block['label'])}: {_element(block['element'])}{hint}"


def _element(element: Json) -> str:
    kind = element["type"]
    if kind == "button":
        return f"[ {_text(element['text'])} ]"
    if kind == "image":
        return f"[image: {unescape(element['alt_text'])}]"
    label = _text(element["placeholder"]) if element.get("placeholder") else ""
    if kind.endswith(("_input", "rich_text_input")):
        return f"[{element.get('initial_value') or label or ' ':_<20}]"
    chosen = element.get("initial_option")
    options = ", ".join(_text(option["text"]) for option in element.get("options", []))
    return f"[ {_text(chosen['text']) if chosen else label or options or kind} ▾ ]"


def _table(block: Json) -> str:
    rows = [[_cell(cell) for cell in row] for row in block["rows"]]
    settings = block.get("column_settings") or []
    right = {index for index, one in enumerate(settings) if one and one.get("align") == "right"}
    lines = _aligned(rows, right)
    if len(lines) > 1:
        lines.insert(1, "─" * max(width(line) for line in lines))
    return "\n".join(lines)


def _cell(cell: Json) -> str:
    if cell["type"] == "rich_text":
        return _rich(cell).replace("\n", " ")
    return str(cell.get("text", cell.get("value", "")))


def _aligned(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> list[str]:
    columns = max((len(row) for row in rows), default=0)
    widths = [max(width(row[i]) for row in rows if i < len(row)) for i in range(columns)]
    lines = []
    for row in rows:
        cells = []
        for index, cell in enumerate(row):
            space = " " * (widths[index] - width(cell))
            cells.append(space + cell if index in right else cell + space)
        lines.append("  ".join(cells).rstrip())
    return lines


def _chart(block: Json) -> str:
    chart = block["chart"]
    if chart["type"] == "pie":
        points = [("", point["label"], float(point["value"])) for point in chart["segments"]]
    else:
        points = [
            (one["name"], point["label"], float(point["value"])) for one in chart["series"] for point in one["data"]
        ]
    top = max((abs(value) for _, _, value in points), default=0.0) or 1.0
    several = len({series for series, _, _ in points}) > 1
    rows = [
        [f"{series} {label}" if several else label, f"{value:g}", "█" * round(abs(value) / top * _BAR)]
        for series, label, value in points
    ]
    return "\n".join([block["title"], *_aligned(rows, {1})])


def _rich(block: Json) -> str:
    return "\n".join(_rich_element(element) for element in block["elements"])


def _rich_element(element: Json) -> str:
    match element["type"]:
        case "rich_text_list":
            ordered = element.get("style") == "ordered"
            indent = "  " * int(element.get("indent", 0))
            marks = (f"{n}." if ordered else "•" for n in range(1, len(element["elements"]) + 1))
            return "\n".join(
                f"{indent}{mark} {_rich_element(item)}" for mark, item in zip(marks, element["elements"], strict=True)
            )
        case "rich_text_quote":
            return "\n".join(f"> {line}" for line in _parts(element).splitlines())
        case _:
            return _parts(element)


def _parts(element: Json) -> str:
    return "".join(_part(part) for part in element["elements"])


def _part(part: Json) -> str:
    match part["type"]:
        case "text":
            return str(part["text"])
        case "link":
            return str(part.get("text") or part["url"])
        case "emoji":
            return f":{part['name']}:"
        case "user" | "channel" | "usergroup":
            return f"{'#' if part['type'] == 'channel' else '@'}{part[part['type'] + '_id']}"
        case "broadcast":
            return f"@{part['range']}"
        case _:
            return str(part.get("fallback") or part.get("value") or "")


def _task(block: Json) -> str:
    lines = [f"{_TASK_MARKS.get(block.get('status', 'pending'), '[ ]')} {block['title']}"]
    lines += [
        f"    {line}" for key in ("details", "output") if block.get(key) for line in _rich(block[key]).split("\n")
    ]
    return "\n".join(lines)


def _plan(block: Json) -> str:
    return "\n".join([block["title"], *(_task(task) for task in block.get("tasks", []))])


def _card(block: Json) -> str:
    lines = [_text(block[key]) for key in ("title", "subtitle", "body") if block.get(key)]
    if block.get("hero_image"):
        lines.insert(0, _element(block["hero_image"]))
    if block.get("actions"):
        lines.append("  ".join(_element(button) for button in block["actions"]))
    return "\n".join(lines)


_BLOCKS: Final[dict[str, Callable[[Json], str]]] = {
    "section": _section,
    "header": _header,
    "divider": lambda _: _RULE,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "input": _input,
    "markdown": lambda block: str(block["text"]),
    "table": _table,
    "data_visualization": _chart,
    "rich_text": _rich,
    "task_card": _task,
    "plan": _plan,
    "alert": lambda block: f"! {_text(block['text'])}",
    "card": _card,
    "carousel": lambda block: "\n\n".join(_card(card) for card in block["elements"]),
}
