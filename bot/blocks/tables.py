"""The one builder of tables and charts: it keeps to Slack's limits and says what it leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from bot.blocks.limits import CHART_CATEGORIES, CHART_LABEL, TABLE_COLUMNS, TABLE_ROWS, TABLE_TEXT
from bot.blocks.text import Block, context, cut, escape

_NAMED: Final = 3
_LONGEST_NAME: Final = 60


def table_blocks(rows: Sequence[Sequence[str]], right: Iterable[int] = (), *, wrapped: bool = False) -> list[Block]:
    """Return a table and, if it does not hold everything, a line that says what is left out.

    Columns are left out from the right: put the most telling ones first (see `segmentation.schema.telling_first`).

    Parameters
    ----------
    rows
        Plain text, which needs no escaping; the first row is the head.
    right
        The columns that are aligned right, and not wrapped.
    wrapped
        Whether to wrap all columns.
    """
    kept = [row[:TABLE_COLUMNS] for row in rows[:TABLE_ROWS]]
    room = level([len(cell) for row in kept for cell in row], TABLE_TEXT)
    aligned = set(right)
    block = {
        "type": "table",
        "column_settings": [
            {"align": "right" if column in aligned else "left", "is_wrapped": wrapped or column not in aligned}
            for column in range(len(kept[0]))
        ],
        "rows": [[raw(cut(cell or "–", room)) for cell in row] for row in kept],
    }
    left_out = _left_out(rows[0][TABLE_COLUMNS:], len(rows) - len(kept))
    return [block, context(left_out)] if left_out else [block]


def level(lengths: Sequence[int], total: int) -> int:
    """Return the greatest length to cut texts to so that all together have at most `total` characters.

    An empty text counts as one character, since a dash stands for it.

    >>> level([5, 100, 200], 105)
    50
    """
    left = total
    ascending = sorted(max(length, 1) for length in lengths)
    for place, length in enumerate(ascending):
        share = left // (len(ascending) - place)
        if length > share:
            return share
        left -= length
    return ascending[-1] if ascending else total


def raw(text: str) -> dict[str, Any]:
    """Return a table cell; its text is plain, so nothing in it needs escaping."""
    return {"type": "raw_text", "text": text}


def rich(element: dict[str, Any]) -> dict[str, Any]:
    """Return a table cell that holds one element of rich text."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [element]}]}


def bar_chart(title: str, series: str, bars: Sequence[tuple[str, int]], x_label: str, y_label: str) -> Block:
    """Return a bar chart of one series; as many bars as Slack takes, each with a label of its own."""
    shown = bars[:CHART_CATEGORIES]
    labels = distinct_labels([name for name, _ in shown], CHART_LABEL)
    data = [{"label": label, "value": value} for label, (_, value) in zip(labels, shown, strict=True)]
    return {
        "type": "data_visualization",
        "title": title,
        "chart": {
            "type": "bar",
            "series": [{"name": series, "data": data}],
            "axis_config": {"categories": labels, "x_label": x_label, "y_label": y_label},
        },
    }


def distinct_labels(names: Sequence[str], limit: int) -> list[str]:
    """Shorten names to at most `limit` characters; those that would be the same get a number.

    >>> distinct_labels(["Loyal customers of the north", "Loyal customers of the south", "New"], 20)
    ['Loyal customers of …', 'Loyal customers o… 2', 'New']
    """
    found: list[str] = []
    for name in names:
        label, number = cut(name, limit), 2
        while label in found:
            end = f" {number}"
            label, number = cut(name, limit - len(end)) + end, number + 1
        found.append(label)
    return found


def _left_out(heads: Sequence[str], rows: int) -> str:
    """Say which columns and how many rows are left out; empty if none are."""
    parts = []
    if heads:
        named = [escape(cut(head, _LONGEST_NAME)) for head in heads[:_NAMED]]
        more = len(heads) - len(named)
        listed = ", ".join(named) + (f" and {more} more" if more else "")
        parts.append(f"the column{'' if len(heads) == 1 else 's'} {listed}")
    if rows:
        parts.append("1 more row" if rows == 1 else f"{rows:,} more rows")
    return f"The table has no room for {' and '.join(parts)}." if parts else ""
