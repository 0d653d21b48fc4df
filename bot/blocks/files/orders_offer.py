"""What segbot sees in a file of orders, with the button that makes segments of the customers who made them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.blocks.limits import BUTTON_VALUE
from bot.blocks.reply import Reply
from bot.blocks.text import Block, bullets, button, context, escape, section, unscored
from bot.records.orders import OfferedOrders
from segmentation.orders.report import counted

SEGMENT_ORDERS: Final = "segment_orders"
_MOST_NOTES: Final = 8
_FOR_ADMINS: Final = (
    "For admins. Nothing changes until an admin promotes what comes of it. For as many segments as you act on: "
    "`/retrain k=5 latest` trains on this file, too, while it is the last one uploaded here."
)


def orders_reply(name: str, orders: OfferedOrders, asked: Mapping[str, Any]) -> Reply:
    """Say what a file of orders holds and what can be made of it.

    Parameters
    ----------
    asked
        What a click repeats: the file, the answers given so far, and the job that read it.
    """
    money = f", in {escape(orders.currency)}" if orders.currency else ""
    text = unscored(
        f"These are {counted(orders.lines, 'order line')} of {counted(orders.customers, 'customer')} "
        f"({counted(orders.orders, 'order')}{money}). I can turn them into recency, frequency and money as of "
        f"{escape(orders.as_of)}, and make segments of these customers. I couldn't score *{escape(name)}* as it is."
    )
    blocks: list[Block] = [section(text), *_notes(orders.notes)]
    value = json.dumps(asked, ensure_ascii=False, separators=(",", ":"))
    if len(value) <= BUTTON_VALUE:
        pressed = button("Make segments of these customers", SEGMENT_ORDERS, value)
        blocks += [{"type": "actions", "elements": [pressed]}, context(_FOR_ADMINS)]
    return Reply(text, blocks)


def orders_elsewhere_reply(name: str) -> Reply:
    """Say of a file of orders only what it is, in a channel that other organisations read."""
    text = unscored(
        f"*{escape(name)}* lists orders. People outside your organisation read this channel, so share the file in a "
        "channel of your own, and I will say what I can make of it. I couldn't score it as it is."
    )
    return Reply(text, [section(text)])


def _notes(notes: Sequence[str]) -> list[Block]:
    return [bullets("What I assumed", [escape(note) for note in notes[:_MOST_NOTES]])] if notes else []
