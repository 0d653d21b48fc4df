"""What a button under an answer stands for: the same answer again, from the model version that gave it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bot.blocks.customers.segment import Shared
from segmentation.errors import BadInput

if TYPE_CHECKING:
    from bot.live_model import LiveModel
    from segmentation.answers.explanation import Explanation
    from segmentation.model import SegmentModel

STALE: Final = "This button can no longer be used. Ask again with /segment."


async def answered_before(value: str, live: LiveModel) -> tuple[Explanation, SegmentModel]:
    """Return the answer and its model, which may no longer be in service.

    Parameters
    ----------
    value
        The button's.

    Raises
    ------
    BadInput
        When the value is not one of ours, or no longer fits the model.
    UnknownVersion, BrokenArtifact
        When that version is gone or damaged.
    """
    try:
        shared = Shared.from_value(value)
    except ValueError as error:
        raise BadInput(STALE) from error
    model = live.get()
    if model.version != shared.version:
        model = await asyncio.to_thread(live.registry.load, shared.version)
    if len(shared.values) != len(model.schema.names):
        raise BadInput(STALE)
    return model.explain(dict(zip(model.schema.names, shared.values, strict=True))), model
