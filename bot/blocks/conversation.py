"""What segbot says when people write to it: a greeting, what it could not read, and things to click."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bot.blocks.good_to_know import admins_text, good_to_know
from bot.blocks.reply import Reply
from bot.blocks.tables import table_blocks
from bot.blocks.text import Block, bullets, button, context, escape, section
from segmentation.schema import Feature, Schema
from segmentation.writing.plain import format_number

SUGGESTED: Final = "suggested"
SEGMENTS: Final = "segments"
EXAMPLE: Final = "example"
FILES: Final = "files"
# As manifest.yml has them, for any model; `prompts` are those for the model in service.
PROMPTS: Final = (
    {"title": "Show an example", "message": "Show me an example"},
    {"title": "See all segments", "message": "Which segments are there?"},
    {"title": "Score a file", "message": "How do I have a file scored?"},
    {"title": "What can you do?", "message": "What can you do?"},
)
_LONGEST_PROMPT: Final = 150


def hello_reply(schema: Schema, admins: Sequence[str] | None) -> Reply:
    """Say what one can ask, and what people look for in any help; `admins` as of `admins_text`."""
    text = "I tell you which segment a customer is in, and why."
    return Reply(text, [section(text), _ways(schema), good_to_know(admins), suggestions()])


def no_model_reply(sentence: str, admins: Sequence[str] | None) -> Reply:
    """Say that there is no model to answer with, and what can be said without; `admins` as of `admins_text`."""
    return Reply(escape(sentence), [section(escape(sentence)), good_to_know(admins)])


def told_reply(text: str) -> Reply:
    """Say one thing; `text` is in Slack's marks."""
    return Reply(text, [section(text)])


def admins_reply(admins: Sequence[str] | None) -> Reply:
    """Say who the admins are; `admins` as of `admins_text`."""
    return told_reply(admins_text(admins))


def prompts(schema: Schema) -> list[dict[str, str]]:
    """Return what Slack suggests to somebody who opens the conversation: titles, and what a click writes."""
    asked = _in_words(schema.features[i] for i in schema.cluster_indices)
    # A click writes it as the person's own message, in which Slack's marks would be live.
    plain = len(asked) <= _LONGEST_PROMPT and escape(asked) == asked
    return [{"title": "Ask about a customer", "message": asked} if plain else PROMPTS[0], *PROMPTS[1:]]


def unclear_reply(schema: Schema) -> Reply:
    """Say that a message was not understood, and what would be."""
    text = "I didn't understand that."
    return Reply(text, [section(text), _ways(schema), suggestions()])


def welcome_reply() -> Reply:
    """Answer thanks."""
    return told_reply("You're welcome.")


def files_reply() -> Reply:
    """Say how to have a file scored."""
    text = (
        "Drop a CSV or Excel file with one customer a row into this conversation, or into a channel I am in (`/invite` "
        "me). I answer in its thread with every row scored; a row I couldn't read has the reason beside it."
    )
    return told_reply(text)


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


def _in_words(features: Iterable[Feature]) -> str:
    """Write an example customer as people do: "age 35, annual income 60, spending score 70"."""
    return ", ".join(
        f"{one.label_in_text} {one.show(one.example) if one.is_category else format_number(one.example)}"
        for one in features
    )


def _ways(schema: Schema) -> Block:
    return bullets(
        "You can write",
        [
            f"“{escape(_in_words(schema.features))}” – which segment that customer is in, and why",
            "“segments” – all segments; “what is …” and a segment's name – one of them",
            "a few rows of a table with its header line, pasted – all of them scored",
        ],
    )
