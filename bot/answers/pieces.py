"""Puts a customer together whom somebody describes piece by piece, in the messages of one thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.parsing.plain_words import Customer, read_message
from bot.parsing.segment_text import Incomplete, read_command

if TYPE_CHECKING:
    from segmentation.model import SegmentModel


def put_together(given: Incomplete, earlier: Sequence[str], model: SegmentModel) -> dict[str, float] | Incomplete:
    """Add what a person wrote before to the values of a message that lacks some.

    A customer of whom all was said is finished: what follows is about another one.

    Parameters
    ----------
    earlier
        The person's messages in the thread before this one, the oldest first, as Slack delivers them.

    Returns
    -------
    dict[str, float] | Incomplete
        As of `read_command`. A value that was given twice is the later one.
    """
    pieces: dict[str, float] = {}
    for text in earlier:
        meant = read_message(text, model.schema, model.names)
        read = read_command(meant.text, model.schema) if isinstance(meant, Customer) else None
        if isinstance(read, Incomplete):
            pieces = _with(pieces, read.values, model)
        elif isinstance(read, dict):
            pieces = {}
    values = {**pieces, **given.values}
    return values if _is_complete(values, model) else Incomplete(values)


def _with(pieces: dict[str, float], values: dict[str, float], model: SegmentModel) -> dict[str, float]:
    joined = {**pieces, **values}
    return {} if _is_complete(joined, model) else joined


def _is_complete(values: dict[str, float], model: SegmentModel) -> bool:
    return all(model.schema.names[i] in values for i in model.schema.cluster_indices)
