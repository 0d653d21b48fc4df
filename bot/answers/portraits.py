"""Answers what one segment is: from the model in service, and from what is remembered of the workspace's files."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.blocks.customers.portrait import portrait_reply
from bot.slack.responses import NotDelivered, respond_privately
from segmentation.errors import BadInput, NoDatabase
from segmentation.numbers.values import trim
from segmentation.writing.folding import fold_text

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncRespond

    from bot.blocks.reply import Reply
    from bot.jobs.remembering import FileMemory
    from segmentation.model import SegmentModel

_log = logging.getLogger(__name__)


def segment_meant(text: str, model: SegmentModel) -> str | None:
    """Return the name of the segment that a text names, whatever its case, accents or quotes; None if there is none."""
    meant = fold_text(trim(text).strip("\"'“”‘’«»."))
    return next((name for name in model.names if fold_text(trim(name)) == meant), None)


async def show_portrait(respond: AsyncRespond, model: SegmentModel, name: str, memory: FileMemory, team: str) -> None:
    """Show a segment to the person who asked; errors as of `portrait`, and `NotDelivered`."""
    drawn = await portrait(model, name, memory, team, charts=True)
    try:
        await respond_privately(respond, drawn)
    except NotDelivered:
        plain = await portrait(model, name, memory, team)
        if plain == drawn:
            raise
        # A workspace that does not know the chart block yet.
        await respond_privately(respond, plain)


async def portrait(model: SegmentModel, name: str, memory: FileMemory, team: str, *, charts: bool = False) -> Reply:
    """Return what to show of a segment. If its past sizes cannot be read, the rest is shown all the same.

    Raises
    ------
    BadInput
        When the model has no such segment.
    """
    meant = segment_meant(name, model)
    if meant is None:
        raise BadInput(f"The model in service has no segment of that name. It has {', '.join(model.names)}.")
    try:
        files = await asyncio.to_thread(memory.history, team, model)
    except NoDatabase:
        _log.warning("past sizes of segments cannot be read", extra={"team": team})
        files = []
    return portrait_reply(model, meant, files, charts=charts)
