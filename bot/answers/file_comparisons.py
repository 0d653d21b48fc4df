"""Answers who moved between two files that are remembered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.blocks.files.file_comparison import FEWEST, comparison_reply, too_few_reply
from segmentation.errors import BadInput

if TYPE_CHECKING:
    from bot.blocks.reply import Reply
    from bot.jobs.remembering import FileMemory
    from segmentation.model import SegmentModel
    from segmentation.movement.movement import Movement


async def compare_files(
    memory: FileMemory, team: str, model: SegmentModel, earlier: str = "", later: str = ""
) -> Reply:
    """Return who moved between two files, by default the last two.

    Parameters
    ----------
    earlier, later
        The files' ids; the order in which they were scored counts, not that of these arguments.

    Raises
    ------
    BadInput
        When one of the files has been forgotten meanwhile.
    NoDatabase
        When what is remembered cannot be reached.
    """
    files = await asyncio.to_thread(memory.history, team, model)
    if len(files) < FEWEST:
        return too_few_reply()
    known = {about.id: place for place, about in enumerate(files)}
    if earlier and later and not {earlier, later} <= known.keys():
        raise BadInput("I have forgotten one of these files meanwhile. Type /segments compare to see what is left.")
    places = sorted((known[earlier], known[later])) if earlier and later else [len(files) - 2, len(files) - 1]
    first, second = (files[place] for place in places)
    movement: Movement | str
    if first is second:
        movement = "This is the same file twice. Choose another one."
    else:
        try:
            movement = await asyncio.to_thread(memory.between, first, second)
        except BadInput as refusal:
            movement = refusal.sentence
    return comparison_reply(files, movement, first, second)
