"""One segment: who is in it, how large it is and was, what sets it apart, what to do, and made-up examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from bot.blocks.files.movement import file_text
from bot.blocks.limits import OPTION_TEXT, OPTION_VALUE, OPTIONS
from bot.blocks.reply import Reply
from bot.blocks.tables import bar_chart, table_blocks
from bot.blocks.text import Block, bullets, context, cut, escape, header, section
from segmentation.answers.explanation import Segment, profile_lines
from segmentation.model import SegmentModel
from segmentation.movement.snapshot import About
from segmentation.palette import square_of
from segmentation.portrait import example_text, examples, neighbours
from segmentation.schema import telling_first

SHOW_SEGMENT: Final = "show_segment"
_MOST_FILES: Final = 6
# Slack takes two charts a message, with a title of 50 characters.
_MOST_CHARTS: Final = 2
_LONGEST_TITLE: Final = 50


def portrait_reply(model: SegmentModel, name: str, files: Sequence[About] = (), *, charts: bool = False) -> Reply:
    """Render one segment of the model.

    Parameters
    ----------
    name
        The segment's exact name.
    files
        What is remembered of the workspace's files, the oldest first.
    charts
        Whether to draw the shares of categories as native charts; not every Slack client knows them.
    """
    segment, features = model.segment(name), model.schema.features
    rows = [["Feature", f"Typical {name}", "80% are within"]]
    lines = profile_lines((None,) * len(features), segment, features)
    for line in (lines[i] for i in telling_first(features)):
        rows.append([line.label_with_unit, line.mean_text, line.range_text])
    apart = [
        f"From *{escape(neighbour.name)}*: {escape('; '.join(neighbour.differences))}"
        for neighbour in neighbours(model, name)
        if neighbour.differences
    ]
    blocks: list[Block] = [
        header(f"{square_of(name, model.names)} {name}"),
        section(f"*Suggested action:* {escape(segment.action)}\n{escape(segment.meaning)}"),
        bullets("How many there are", _sizes(segment.customers, segment.share, name, files)),
        *table_blocks(rows, right=(1, 2)),
        *(_share_charts(model, segment) if charts else ()),
    ]
    if apart:
        blocks.append(bullets("What sets it apart", apart))
    if made_up := [escape(example_text(features, values)) for values in examples(model, name)]:
        blocks.append(bullets("For example (made up from averages, nobody's real values)", made_up))
    blocks.append(context("A list of these customers: *Get a list…* under a file that I scored."))
    return Reply(escape(f"{name}: {segment.meaning} {segment.share:.0%} of all customers."), blocks)


def _share_charts(model: SegmentModel, segment: Segment) -> Iterator[Block]:
    """Yield a chart for each of the first categories: how many percent of the segment's customers are in which."""
    categories = [i for i, feature in enumerate(model.schema.features) if feature.is_category and segment.shares_of(i)]
    for i in categories[:_MOST_CHARTS]:
        feature = model.schema.features[i]
        shares = zip(feature.categories, segment.shares_of(i), strict=False)
        bars = sorted(((name, round(100 * share)) for name, share in shares), key=lambda bar: -bar[1])
        title = cut(f"{feature.label}, {segment.name}", _LONGEST_TITLE)
        yield bar_chart(title, "Share", bars, feature.label, "% of customers")


def segment_menu(names: Sequence[str]) -> Block:
    """Return a menu of the segments; choosing one shows its portrait."""
    options: list[dict[str, Any]] = [
        {"text": {"type": "plain_text", "text": cut(name, OPTION_TEXT)}, "value": cut(name, OPTION_VALUE)}
        for name in names[:OPTIONS]
    ]
    menu = {
        "type": "static_select",
        "action_id": SHOW_SEGMENT,
        "placeholder": {"type": "plain_text", "text": "Show one segment"},
        "options": options,
    }
    return {"type": "actions", "elements": [menu]}


def _sizes(customers: int, share: float, name: str, files: Sequence[About]) -> list[str]:
    lines = [f"{share:.0%} of the customers I was trained on ({customers:,})"]
    for about in reversed(files[-_MOST_FILES:]):
        total = sum(about.sizes.values())
        if name in about.sizes and total:
            size, file = about.sizes[name], file_text(about.name, about.taken)
            lines.append(f"{size / total:.0%} in {file} ({size:,})")
    return lines
