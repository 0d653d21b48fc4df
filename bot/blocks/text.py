"""The text objects every message is built from, and the one way to escape text that people or files sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

Block = dict[str, Any]
MESSAGE_LIMIT: Final = 4000
SECTION_LIMIT: Final = 3000
HEADER_LIMIT: Final = 150
TABLE_LIMIT: Final = 10_000
TABLE_COLUMNS: Final = 20
_SPACES: Final = re.compile(r"[\s\u2028\u2029\x00-\x1f\x7f]+")
_BACKTICKS: Final = re.compile(r"`+")
# Characters that would reverse the direction of text or hide part of it.
_CONTROLS: Final = re.compile(r"[\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff]")
# Printable ASCII without Slack's special characters, single spaces between words: needs no escaping.
_INERT: Final = re.compile(r"(?:[!-%'-;=?-_a-~]+ )*[!-%'-;=?-_a-~]+")
_SCORE_WORD: Final = re.compile("confidence", re.IGNORECASE)


def escape(text: str) -> str:
    """Make text from outside inert in mrkdwn: one line, no markup of Slack's, no code marks."""
    if _INERT.fullmatch(text):
        return text
    plain = _SPACES.sub(" ", _CONTROLS.sub("", text))
    plain = _BACKTICKS.sub("ˋ", plain)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unscored(text: str) -> str:
    """Keep an echo of typed text from looking like a scored reply, which is recognised by the word *confidence*."""
    return _SCORE_WORD.sub("conf…", text)


def cut(text: str, limit: int) -> str:
    """Shorten escaped text to Slack's limit without cutting an entity or a code span in two."""
    if len(text) <= limit:
        return text
    short = text[: limit - 1]
    if "&" in short[-5:]:
        short = short[: short.rindex("&")]
    return f"{short}{'`' if short.count('`') % 2 else ''}…"[:limit]


def mrkdwn(text: str) -> dict[str, Any]:
    """Return a mrkdwn object; `verbatim` keeps Slack from making links and mentions of plain words."""
    return {"type": "mrkdwn", "text": cut(text, SECTION_LIMIT), "verbatim": True}


def section(text: str) -> Block:
    """Return a section of mrkdwn text."""
    return {"type": "section", "text": mrkdwn(text)}


def header(text: str) -> Block:
    """Return a header; its text is plain, so nothing in it needs escaping."""
    return {"type": "header", "text": {"type": "plain_text", "text": cut(text, HEADER_LIMIT), "emoji": True}}


def context(text: str) -> Block:
    """Return a line of small print."""
    return {"type": "context", "elements": [mrkdwn(text)]}


def bullets(title: str, lines: Iterable[str]) -> Block:
    """Return a section with a bold title and one bullet a line; the lines are escaped already."""
    return section(f"*{title}*\n" + "\n".join(f"• {line}" for line in lines))


def sections(title: str, lines: Iterable[str]) -> list[Block]:
    """Return a title and the lines below it, in as many sections as Slack's limit requires; all escaped already."""
    texts = [title]
    for line in lines:
        if len(texts[-1]) + 1 + len(line) <= SECTION_LIMIT:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    return [section(text) for text in texts]


def table(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> Block:
    """Return a table whose first row is its head; cells are plain text, columns in `right` align right.

    The columns may be at most `TABLE_COLUMNS`; cells are shortened where all of them together are too long.
    """
    aligned = set(right)
    fits = sum(len(cell) for row in rows for cell in row) <= TABLE_LIMIT
    room = TABLE_LIMIT if fits else TABLE_LIMIT // sum(map(len, rows))
    return {
        "type": "table",
        "column_settings": [
            {"align": "right" if column in aligned else "left", "is_wrapped": column not in aligned}
            for column in range(len(rows[0]))
        ],
        "rows": [[raw(cut(cell or "–", room)) for cell in row] for row in rows],
    }


def raw(text: str) -> dict[str, Any]:
    """Return a table cell; its text is plain, so nothing in it needs escaping."""
    return {"type": "raw_text", "text": text}


def rich(element: dict[str, Any]) -> dict[str, Any]:
    """Return a table cell that holds one element of rich text."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [element]}]}


def button(text: str, action_id: str, value: str, *, style: str | None = None) -> dict[str, Any]:
    """Return a button."""
    element = {
        "type": "button",
        "text": {"type": "plain_text", "text": text, "emoji": True},
        "action_id": action_id,
        "value": value,
    }
    return element if style is None else {**element, "style": style}
