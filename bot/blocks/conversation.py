"""What segbot says when people write to it: a greeting, what it could not read, and things to click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.blocks.reply import Reply
from bot.blocks.tables import table_blocks
from bot.blocks.text import Block, bullets, button, context, escape, section
from segmentation.schema import Schema, format_number

SUGGESTED: Final = "suggested"
SEGMENTS: Final = "segments"
EXAMPLE: Final = "example"
FILES: Final = "files"


def hello_reply(schema: Schema) -> Reply:
    """Say what one can ask."""
    return Reply(
        "I tell you which segment a customer is in, and why.",
        [section("I tell you which segment a customer is in, and why."), _ways(schema), suggestions()],
    )


def unclear_reply(schema: Schema) -> Reply:
    """Say that a message was not understood, and what would be."""
    text = "I didn't understand that."
    return Reply(text, [section(text), _ways(schema), suggestions()])


def welcome_reply() -> Reply:
    """Answer thanks."""
    text = "You're welcome."
    return Reply(text, [section(text)])


def files_reply() -> Reply:
    """Say how to have a file scored."""
    text = (
        "Drop a CSV or Excel file with one customer a row into this conversation, or into a channel I am in (`/invite` "
        "me). I answer in its thread with every row scored; whatever I could not read has its reason beside it."
    )
    return Reply(text, [section(text)])


def suggestions() -> Block:
    """Return the things to click."""
    labels = {EXAMPLE: "Show an example", SEGMENTS: "Show the segments", FILES: "Score a file"}
    elements = [button(label, f"{SUGGESTED}:{what}", what) for what, label in labels.items()]
    return {"type": "actions", "elements": elements}


def scored_table_reply(rows: Sequence[Sequence[str]], scored: int, left_out: Sequence[str] = ()) -> Reply:
    """Show a pasted table with its answers.

    Parameters
    ----------
    rows
        The head, then the rows, each with its segment, how sure that is, and its note.
    scored
        How many rows have a segment.
    left_out
        What was assumed about the table, as sentences.
    """
    count = len(rows) - 1
    text = (
        f"{scored} of {count} rows scored."
        if count != 1
        else ("1 row scored." if scored else "I can't score that row.")
    )
    blocks: list[Block] = [section(text), *table_blocks(rows)]
    if left_out:
        blocks.append(context(" ".join(map(escape, left_out))))
    return Reply(text, blocks)


def _ways(schema: Schema) -> Block:
    said = ", ".join(f"{feature.label_in_text} {format_number(feature.example)}" for feature in schema.features)
    return bullets(
        "You can write",
        [
            f"“{escape(said)}” – which segment that customer is in, and why",
            "“segments” – all segments; “what is …” and a segment's name – one of them",
            "a few rows of a table with its header line, pasted – all of them scored",
        ],
    )
