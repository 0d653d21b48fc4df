"""All segments of the current model: size, centre, meaning, and the map once it is uploaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.blocks.customers.portrait import segment_menu
from bot.blocks.good_to_know import good_to_know
from bot.blocks.model_names import small_model
from bot.blocks.models.naming import naming_button
from bot.blocks.reply import Reply
from bot.blocks.tables import table_blocks
from bot.blocks.text import Block, bullets, context, escape, header, names_listed, picture, section, sections
from segmentation.charts.captions import overview_text, overview_title
from segmentation.model import SegmentModel
from segmentation.palette import square_of
from segmentation.schema import Feature, telling_first

SENT: Final = "I sent you the map in a direct message."


def segments_reply(model: SegmentModel) -> Reply:
    """Render every segment of the model."""
    features = model.schema.features
    order = telling_first(features)
    head = ["Segment", "Customers", "Share", *(features[i].label_with_unit for i in order)]
    rows = [head]
    for segment in model.segments:
        centre = [segment.typical(i, features[i]) for i in order]
        rows.append([segment.name, f"{segment.customers:,}", f"{segment.share:.0%}", *centre])
    meanings = [
        f"{square_of(segment.name, model.names)} *{escape(segment.name)}* – {escape(segment.meaning)}"
        for segment in model.segments
    ]
    small_print = f"{small_model(model.version)} · {_shown(features)} per segment"
    if model.synthetic:
        small_print += " · trained on *synthetic sample customers*"
    blocks: list[Block] = [
        header(f"{len(model.segments)} customer segments"),
        *sections(meanings),
        *table_blocks(rows, right=range(1, len(head))),
        segment_menu(model.names),
        context(small_print),
    ]
    sizes = ", ".join(f"{segment.name} {segment.share:.0%}" for segment in model.segments)
    return Reply(escape(f"{len(model.segments)} segments: {sizes}"), blocks)


def _shown(features: Sequence[Feature]) -> str:
    return "averages, and the commonest categories," if any(f.is_category for f in features) else "averages"


def map_reply(model: SegmentModel, file_id: str) -> Reply:
    """Render the uploaded picture of all segments: a map, or profiles."""
    image = picture(file_id, overview_text(model))
    return Reply(escape(f"{overview_title(model.schema)}: {names_listed(model.names)}"), [image])


def map_sent_reply(naming: str = "") -> Reply:
    """Say that the map went to the person directly.

    Parameters
    ----------
    naming
        The value of the button *Name the segments*, for people who may; without, there is none.
    """
    blocks: list[Block] = [section(SENT)]
    if naming:
        blocks.append({"type": "actions", "elements": [naming_button(naming)]})
    return Reply(SENT, blocks)


def segments_help(name: str, admins: Sequence[str]) -> Reply:
    """Say what the command takes, and what people look for in any help.

    Parameters
    ----------
    name
        A segment, for the example.
    admins
        As of `admins_text`.
    """
    lines = [
        "`/segments` – all segments, what they mean, and their map",
        f"`/segments {escape(name)}` – one segment: who is in it, what sets it apart, what to do",
        "`/segments history` – how large each segment was in your files, and since when",
        "`/segments compare` – who moved between two of your files",
        "`/segments watch table=NAME every monday 9:00` – for admins: check a table; tell this channel what changed",
        "`/segments watches` – for admins: list what is watched; pause, resume or delete it",
        "`/segments forget` – for admins: forget which segment your customers were in",
    ]
    text = f"How to use /segments: /segments, /segments {name}, /segments history, /segments compare, "
    text += "/segments watch, /segments watches, /segments forget"
    return Reply(escape(text), [bullets("/segments", lines), good_to_know(admins)])
