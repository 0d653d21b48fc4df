"""*Show on the map*: whether a customer can be shown on the segment map, and the picture with its words."""

from __future__ import annotations

from typing import Final

from bot.blocks.reply import Reply
from bot.blocks.text import escape, picture, section
from segmentation.answers.explanation import Explanation
from segmentation.schema import Schema

ON_MAP: Final = "show_on_map"
_AXES: Final = 2


def is_on_map(schema: Schema) -> bool:
    """Say whether two numbers span the map and nothing else makes distances, so that it tells all that decides."""
    deciding = [schema.features[i] for i in schema.cluster_indices]
    return len(deciding) == _AXES and not any(feature.is_category for feature in deciding)


def map_text(explanation: Explanation) -> str:
    """Say in words what the map shows: "On the map: age 35, income 60, score 70. Close call: …"."""
    prediction = explanation.prediction
    given = ", ".join(f"{line.feature} {line.value_text}" for line in explanation.profile if line.value is not None)
    if prediction.borderline:
        return f"On the map: {given}. Close call: {prediction.segment}, nearly {prediction.runner_up}"
    return f"On the map: {given}. {prediction.segment}; the nearest other segment is {prediction.runner_up}"


def customer_map_reply(explanation: Explanation, file: str) -> Reply:
    """Render the uploaded map."""
    text = map_text(explanation)
    return Reply(escape(text), [section(escape(text)), picture(file, text)])
