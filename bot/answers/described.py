"""Answers for one customer where nobody can be asked back: an explanation, or a sentence that says what is lacking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.blocks.refusal import sentences
from bot.parsing.plain_words import Customer, read_message
from bot.parsing.segment_text import Incomplete, Refusal, Usage, read_command
from segmentation.errors import BadInput

if TYPE_CHECKING:
    from segmentation.answers.explanation import Explanation
    from segmentation.model import SegmentModel
    from segmentation.schema import Schema


def explained(text: str, model: SegmentModel) -> Explanation:
    """Read a customer as in a direct message, and explain.

    Raises
    ------
    BadInput
        When that is not one customer of whom everything is known that decides; says what is wrong, and how to write.
    """
    read = customer_of(text, model)
    if isinstance(read, Incomplete):
        deciding = [model.schema.features[i] for i in model.schema.cluster_indices]
        missing = " and ".join(one.label_in_text for one in deciding if one.name not in read.values)
        raise BadInput(f"I also need the {missing}. {_way(model.schema)}")
    return model.explain(read)


def customer_of(text: str, model: SegmentModel) -> dict[str, float] | Incomplete:
    """Read one customer's values, written as in a direct message.

    Raises
    ------
    BadInput
        When that is not one customer, or a value cannot be read; says what is wrong, and how to write.
    """
    meant = read_message(text, model.schema, model.names)
    if isinstance(meant, Refusal):
        raise BadInput(_refused(meant, model.schema))
    if not isinstance(meant, Customer):
        raise BadInput(f"This is not one customer's values. {_way(model.schema)}")
    read = read_command(meant.text, model.schema)
    if isinstance(read, Refusal):
        raise BadInput(_refused(read, model.schema))
    if isinstance(read, Usage):
        raise BadInput(f"This is not one customer's values. {_way(model.schema)}")
    return read


def _refused(refusal: Refusal, schema: Schema) -> str:
    faults = sentences(refusal.faults)
    if refusal.corrected is not None:
        return f"I couldn't read that: {faults} Did you mean “{refusal.corrected}”?"
    if refusal.either:
        return f"I couldn't read that: {faults} Write {' or '.join(f'“{text}”' for text in refusal.either)}."
    return f"I couldn't read that: {faults} {_way(schema)}"


def _way(schema: Schema) -> str:
    return f"Write it like “{schema.example}”."
