"""A file whose name and type tell nothing is fetched, and its content tells whether it is a table."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from bot.jobs.scratch import Scratch
from bot.live_model import LiveModel
from bot.slack.transfers.downloads import Downloader
from bot.slack.transfers.file_kinds import Meaning, address_of, meaning_of
from segmentation.errors import SegbotError
from segmentation.reading.table import Limits, holds_table

NO_TABLE: Final = (
    "I can't read it as a table. Send me a CSV or an Excel file with one customer a row, and I will say which "
    "segment each of them is in."
)
# Larger files are not fetched only to find out what they are.
MOST_BYTES: Final = 256 << 20
_log = logging.getLogger(__name__)


async def is_meant_as_table(
    file: dict[str, Any], downloader: Downloader, live: LiveModel, scratch: Scratch, limits: Limits
) -> bool:
    """Say whether a file is meant as a table, by its content if its name and type do not tell.

    Parameters
    ----------
    file
        Slack's file object.
    live
        The model in service, whose features a table's header names.
    """
    meaning = meaning_of(file)
    if meaning is not Meaning.UNCLEAR:
        return meaning is Meaning.TABLE
    size = int(file.get("size") or 0)
    # A table is recognised by the model's features, so not without a model.
    if size > MOST_BYTES or not live.loaded:
        return False
    schema = live.get().schema
    with scratch.folder() as folder:
        source = folder / "upload"
        try:
            await downloader.fetch(address_of(file), size, source)
        except SegbotError as error:
            # Not told to anybody: perhaps the file was never meant for us.
            _log.info("an unclear file was not looked at", extra={"failure": type(error).__name__})
            return False
        return await asyncio.to_thread(holds_table, source, schema, limits=limits, scratch=folder)
