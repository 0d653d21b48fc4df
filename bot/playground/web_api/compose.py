"""Turns what an app sends (text, blocks, …) into a message's content, by the same rules for every way of posting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.playground.block_kit.rules import check_blocks, elements_of
from bot.playground.block_kit.shapes import Surface, characters
from bot.playground.web_api.errors import ApiError, with_messages
from bot.playground.workspace.records import Json, Message
from bot.playground.workspace.workspace import Workspace

MAX_TEXT: Final = 40_000
MAX_UPDATED_TEXT: Final = 4_000
MAX_BLOCK_CHARACTERS: Final = 13_400
BLOCK_COST: Final = 125
"""Slack documents no limit for all blocks together, but answers ``msg_blocks_too_long``: about 13,400 characters in
apps' measurements, where each block counts as another 125 or so (github.com/slackapi/bolt-js issues 2509 and 2867).
Only ``chat.*`` checks it."""
MAX_ATTACHMENTS: Final = 100
_ID_LENGTH: Final = 5


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a message."""

    text: str
    blocks: tuple[Json, ...]
    attachments: tuple[Json, ...]
    metadata: Json | None


def compose(
    workspace: Workspace, args: Mapping[str, object], *, total: bool = False, max_text: int = MAX_TEXT
) -> Content:
    """Return the content of a message an app wants to post.

    Parameters
    ----------
    args
        ``text``, ``blocks``, ``attachments``, ``metadata``, ``markdown_text`` as sent; lists may be JSON text.
    total
        Whether to check the size of all blocks together.
    max_text
        The longest text in characters; an update allows less than a new message.

    Raises
    ------
    ApiError
        With Slack's error code.
    """
    text = str(args.get("text") or "")
    markdown = args.get("markdown_text")
    sent = json_list(args.get("blocks"), "invalid_blocks_format")
    if markdown:
        if text or sent:
            raise ApiError("markdown_text_conflict")
        sent = [{"type": "markdown", "text": str(markdown)}]
    attachments = json_list(args.get("attachments"), "invalid_attachments")
    if not text.strip() and not sent and not attachments:
        raise ApiError("no_text")
    if len(text) > max_text:
        raise ApiError("msg_too_long")
    if len(attachments) > MAX_ATTACHMENTS:
        raise ApiError("too_many_attachments")
    blocks = checked_blocks(workspace, sent, "message")
    if total and characters(blocks) + BLOCK_COST * len(blocks) > MAX_BLOCK_CHARACTERS and not _is_table(blocks):
        raise ApiError("msg_blocks_too_long")
    metadata = json_object(args.get("metadata"), "metadata_must_be_sent_from_app")
    return Content(text, blocks, tuple(a for a in attachments if isinstance(a, dict)), metadata)


def edited_ts(workspace: Workspace, message: Message, content: Content) -> str | None:
    """Return `edited_ts` of a message with new content: as in Slack, only messages without blocks are marked."""
    return message.edited_ts if content.blocks else workspace.ids.ts()


def checked_blocks(workspace: Workspace, sent: list[object], surface: Surface) -> tuple[Json, ...]:
    """Check blocks and return them with the ids Slack fills in.

    Raises
    ------
    ApiError
        ``invalid_blocks``, with the reasons in ``response_metadata.messages``.
    """
    errors = check_blocks(sent, surface, workspace.files.picture)
    if errors:
        raise with_messages("invalid_blocks", errors)
    return tuple(_with_ids(workspace, block) for block in sent if isinstance(block, dict))


def json_list(value: object, error: str) -> list[object]:
    """Return a list that was sent as JSON or as JSON text; empty if nothing was sent."""
    decoded = _decoded(value, error)
    if decoded is None or decoded == "":
        return []
    if not isinstance(decoded, list):
        raise ApiError(error)
    return decoded


def json_object(value: object, error: str) -> Json | None:
    """Return an object that was sent as JSON or as JSON text; None if nothing was sent."""
    decoded = _decoded(value, error)
    if decoded is None or decoded == "":
        return None
    if not isinstance(decoded, dict):
        raise ApiError(error)
    return decoded


def _decoded(value: object, error: str) -> object:
    if not isinstance(value, str) or not value:
        return value
    try:
        decoded: object = json.loads(value)
    except ValueError:
        raise ApiError(error) from None
    return decoded


def _is_table(blocks: tuple[Json, ...]) -> bool:
    # A table has a documented limit of its own, which `block_kit.rules` checks.
    return any(block["type"] == "table" for block in blocks)


def _with_ids(workspace: Workspace, block: Json) -> Json:
    """Return a copy of a block with the block and action ids the app left out."""
    filled: Json = json.loads(json.dumps(block))
    filled.setdefault("block_id", workspace.ids.word(_ID_LENGTH))
    for element in elements_of(filled):
        if element.get("type") not in ("image", "plain_text", "mrkdwn") and not element["type"].startswith(
            "rich_text_"
        ):
            element.setdefault("action_id", workspace.ids.word(_ID_LENGTH))
    return filled
