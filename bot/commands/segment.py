"""`/segment age=35 income=60 score=70`: which segment, how sure, why, what would change it."""

from __future__ import annotations

from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks.refusal import refusal_reply, usage_reply
from bot.blocks.reply import Reply
from bot.blocks.segment import segment_reply
from bot.command_text import Refusal, Usage, read_command
from bot.dependencies import Dependencies
from bot.replying import answer
from segmentation.model import SegmentModel

COMMAND: Final = "/segment"


def register(app: AsyncApp, dependencies: Dependencies) -> None:
    """Register the command."""

    async def segment(ack: AsyncAck, command: dict[str, Any]) -> None:
        outcome, reply = reply_to(command.get("text") or "", dependencies.live.get())
        dependencies.metrics.commands.labels(COMMAND, outcome).inc()
        await answer(ack, reply)

    app.command(COMMAND)(segment)


def reply_to(text: str, model: SegmentModel) -> tuple[str, Reply]:
    """Answer a command's text.

    Returns
    -------
    tuple[str, Reply]
        The outcome (scored, refused or usage) for the metrics, and the reply.
    """
    read = read_command(text, model.schema)
    if isinstance(read, Usage):
        return "usage", usage_reply(COMMAND, model.schema)
    if isinstance(read, Refusal):
        return "refused", refusal_reply(COMMAND, read, model.schema)
    return "scored", segment_reply(model.explain(read), model.schema, model.names, synthetic=model.synthetic)
