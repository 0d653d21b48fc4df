"""Answers what people write to segbot in their own words, by the same means as the slash commands."""

from __future__ import annotations

import asyncio
import csv
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.answers.pieces import put_together
from bot.answers.portraits import portrait
from bot.answers.segment_answers import reply_to, segment_answer
from bot.blocks.conversation import (
    EXAMPLE,
    FILES,
    SEGMENTS,
    admins_reply,
    files_reply,
    hello_reply,
    scored_table_reply,
    told_reply,
    unclear_reply,
    welcome_reply,
)
from bot.blocks.customers.segment import SegmentReplies
from bot.blocks.customers.segments import segments_reply
from bot.blocks.good_to_know import INVITE, LISTS, MOVED, PRIVACY, TRAIN, UNDO
from bot.blocks.refusal import error_reply, refusal_reply
from bot.parsing.plain_words import (
    About,
    AboutSegment,
    AllSegments,
    Customer,
    Help,
    Meant,
    PastedTable,
    Thanks,
    read_message,
)
from bot.parsing.segment_text import Incomplete, Refusal, read_command
from bot.parsing.topics import Topic
from segmentation.errors import BadInput
from segmentation.scoring.score import score_file

if TYPE_CHECKING:
    from bot.blocks.reply import Reply
    from bot.jobs.remembering import FileMemory
    from segmentation.model import SegmentModel

_ADDED: Final = 3
_TOLD: Final = {
    Topic.INVITING: INVITE,
    Topic.UNDOING: UNDO,
    Topic.TRAINING: TRAIN,
    Topic.MOVING: MOVED,
    Topic.LISTS: LISTS,
    Topic.PRIVACY: PRIVACY,
}


async def reply_to_message(
    text: str,
    model: SegmentModel,
    memory: FileMemory,
    team: str,
    admins: Sequence[str] | None,
    earlier: Callable[[], Awaitable[Sequence[str]]] | None = None,
) -> Reply:
    """Answer a message.

    Parameters
    ----------
    text
        As Slack delivers it.
    admins
        As of `admins_text`.
    earlier
        Returns the person's messages before this one in its thread, the oldest first; asked for if a customer's values
        are not complete. None if there are none.
    """
    meant = read_message(text, model.schema, model.names)
    if isinstance(meant, Customer) and earlier is not None:
        read = read_command(meant.text, model.schema)
        if isinstance(read, Incomplete):
            return segment_answer(put_together(read, await earlier(), model), model, command="")[1]
    if isinstance(meant, AboutSegment):
        return await portrait(model, meant.name, memory, team)
    if isinstance(meant, PastedTable):
        return await asyncio.to_thread(_table_reply, meant.text, model)
    return _reply_at_once(meant, model, admins)


def suggested_reply(what: str, model: SegmentModel) -> Reply:
    """Answer a click on one of the things to click."""
    if what == SEGMENTS:
        return segments_reply(model)
    if what == FILES:
        return files_reply()
    return customer_reply(model.schema.example, model) if what == EXAMPLE else hello_reply(model.schema, None)


def customer_reply(text: str, model: SegmentModel) -> Reply:
    """Answer for one customer, as `/segment` does; in a thread, where no command can be typed."""
    replies = SegmentReplies(model.schema, model.names, synthetic=model.synthetic)
    return reply_to(text, model, replies, command="")[1]


def _reply_at_once(meant: Meant, model: SegmentModel, admins: Sequence[str] | None) -> Reply:
    match meant:
        case Customer(said):
            return customer_reply(said, model)
        case Refusal():
            return refusal_reply("", meant, model.schema)
        case AllSegments():
            return segments_reply(model)
        case About(topic):
            return _topic_reply(topic, model, admins)
        case _:
            return _chat_reply(meant, model, admins)


def _chat_reply(meant: Meant, model: SegmentModel, admins: Sequence[str] | None) -> Reply:
    if isinstance(meant, Help):
        return hello_reply(model.schema, admins)
    return welcome_reply() if isinstance(meant, Thanks) else unclear_reply(model.schema)


def _topic_reply(topic: Topic, model: SegmentModel, admins: Sequence[str] | None) -> Reply:
    match topic:
        case Topic.EXAMPLE:
            return customer_reply(model.schema.example, model)
        case Topic.FILES:
            return files_reply()
        case Topic.ADMINS:
            return admins_reply(admins)
        case _:
            return told_reply(_TOLD[topic])


def _table_reply(text: str, model: SegmentModel) -> Reply:
    """Score a pasted table as a file of the same text would be."""
    with tempfile.TemporaryDirectory(prefix="segbot-") as name:
        source, target = Path(name, "pasted.csv"), Path(name, "scored.csv")
        source.write_text(text + "\n", encoding="utf-8")
        try:
            report = score_file(source, target, model)
        except BadInput as error:
            return error_reply(error.sentence)
        data = target.read_text(encoding="utf-8-sig")
    delimiter = max("\t;,|", key=data.partition("\n")[0].count)
    rows = list(csv.reader(data.splitlines(), delimiter=delimiter))
    # What segbot adds comes first: a table may be cut off on the right.
    told_first = [[*row[-_ADDED:], *row[:-_ADDED]] for row in rows]
    return scored_table_reply(told_first, report.scored, report.notes)
