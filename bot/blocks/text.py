"""The text objects every message is built from, and the one way to escape text that people or files sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from bot.blocks.limits import ALT_TEXT, BUTTON_TEXT, CONFIRM_TEXT, HEADER_TEXT, SECTION_TEXT

Block = dict[str, Any]
_SPACES: Final = re.compile(r"[\s\u2028\u2029\x00-\x1f\x7f]+")
_BACKTICKS: Final = re.compile(r"`+")
# Characters that would reverse the direction of text or hide part of it.
_CONTROLS: Final = re.compile(r"[\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff]")
# A text of printable ASCII without Slack's special characters, dashes and Latin letters needs no escaping, unless two
# spaces stand side by side.
_NOT_INERT: Final = re.compile(r"[^ !-%'-;=?-_a-~À-ɏ–]")
_SCORE_WORD: Final = re.compile("confidence", re.IGNORECASE)


def escape(text: str) -> str:
    """Make text from outside inert in mrkdwn: one line, no markup of Slack's, no code marks."""
    if _NOT_INERT.search(text) is None and "  " not in text:
        return text
    plain = _SPACES.sub(" ", _CONTROLS.sub("", text))
    plain = _BACKTICKS.sub("ˋ", plain)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unscored(text: str) -> str:
    """Keep an echo of typed text from looking like a scored reply, which is recognised by the word *confidence*."""
    return _SCORE_WORD.sub("conf…", text)


def capital(text: str) -> str:
    """Begin a sentence with a capital letter."""
    return text[:1].upper() + text[1:]


def cut(text: str, limit: int) -> str:
    """Shorten escaped text to Slack's limit without cutting an entity or a code span in two."""
    if len(text) <= limit:
        return text
    short = text[: limit - 1]
    # The longest entity, `&amp;`, has five characters.
    if "&" in short[-5:]:
        short = short[: short.rindex("&")]
    # Cut once more, since a closing backtick may be a character too many.
    return f"{short}{'`' if short.count('`') % 2 else ''}…"[:limit]


def names_listed(names: Iterable[str]) -> str:
    """List names of segments, told apart even if they hold commas themselves."""
    listed = list(names)
    return ", ".join(f"“{name}”" for name in listed) if any("," in name for name in listed) else ", ".join(listed)


def mrkdwn(text: str) -> dict[str, Any]:
    """Return a mrkdwn object; `verbatim` keeps Slack from making links and mentions of plain words."""
    return {"type": "mrkdwn", "text": cut(text, SECTION_TEXT), "verbatim": True}


def section(text: str) -> Block:
    """Return a section of mrkdwn text."""
    return {"type": "section", "text": mrkdwn(text)}


def header(text: str) -> Block:
    """Return a header; its text is plain, so nothing in it needs escaping."""
    return {"type": "header", "text": {"type": "plain_text", "text": cut(text, HEADER_TEXT), "emoji": True}}


def context(text: str) -> Block:
    """Return a line of small print."""
    return {"type": "context", "elements": [mrkdwn(text)]}


def picture(file: str, alt_text: str) -> Block:
    """Show an uploaded image."""
    return {"type": "image", "slack_file": {"id": file}, "alt_text": cut(alt_text, ALT_TEXT)}


def bullets(title: str, lines: Iterable[str]) -> Block:
    """Return a section with a bold title and one bullet a line; the lines are escaped already."""
    return section(f"*{title}*\n" + "\n".join(f"• {line}" for line in lines))


def sections(lines: Iterable[str]) -> list[Block]:
    """Return lines below each other in as many sections as Slack's limit requires; all escaped already."""
    texts: list[str] = []
    for line in lines:
        if texts and len(texts[-1]) + 1 + len(line) <= SECTION_TEXT:
            texts[-1] += f"\n{line}"
        else:
            texts.append(line)
    return [section(text) for text in texts]


def button(text: str, action_id: str, value: str, *, style: str | None = None) -> dict[str, Any]:
    """Return a button."""
    element = {
        "type": "button",
        "text": {"type": "plain_text", "text": cut(text, BUTTON_TEXT), "emoji": True},
        "action_id": action_id,
        "value": value,
    }
    return element if style is None else {**element, "style": style}


def confirmation(title: str, text: str, confirm: str) -> dict[str, Any]:
    """Return what Slack asks before a click counts; all of it is plain text."""
    plain = {"title": title, "text": cut(text, CONFIRM_TEXT), "confirm": confirm, "deny": "Look again"}
    return {part: {"type": "plain_text", "text": words} for part, words in plain.items()}
