"""Answers for one customer, however asked for: with a command, in a form, or in somebody's own words."""

from __future__ import annotations

from typing import Final

from bot.blocks.customers.narrowed import narrowed_reply
from bot.blocks.customers.segment import SegmentReplies
from bot.blocks.refusal import refusal_reply, usage_reply
from bot.blocks.reply import Reply
from bot.parsing.segment_text import NAME, Incomplete, Refusal, Usage, read_command
from segmentation.model import SegmentModel
from segmentation.narrowing import narrow

OUTCOMES: Final = ("scored", "asked", "refused", "usage", "form")


def reply_to(
    text: str, model: SegmentModel, replies: SegmentReplies | None = None, command: str = NAME
) -> tuple[str, Reply]:
    """Answer a command's text.

    Parameters
    ----------
    replies, command
        As of `segment_answer`.

    Returns
    -------
    tuple[str, Reply]
        The outcome, one of `OUTCOMES`, for the metrics, and the reply.
    """
    read = read_command(text, model.schema)
    if isinstance(read, Usage):
        return "usage", usage_reply(NAME, model.schema)
    if isinstance(read, Refusal):
        return "refused", refusal_reply(command, read, model.schema)
    return segment_answer(read, model, replies, command)


def segment_answer(
    values: dict[str, float] | Incomplete,
    model: SegmentModel,
    replies: SegmentReplies | None = None,
    command: str = NAME,
) -> tuple[str, Reply]:
    """Answer with the segment, or with the segments that the values given leave open.

    Parameters
    ----------
    values
        By the feature's name, finite and in bounds.
    replies
        Renders this model's answers; without, that is made anew.
    command
        What to complete if a deciding value is missing; empty if the person cannot type one there.

    Returns
    -------
    tuple[str, Reply]
        As of `reply_to`.
    """
    if isinstance(values, Incomplete):
        narrowed = narrow(model, values.values)
        return "scored" if narrowed.settled else "asked", narrowed_reply(command, narrowed, model)
    replies = replies or SegmentReplies(model.schema, model.names, synthetic=model.synthetic)
    return "scored", replies.reply(model.explain(values))
