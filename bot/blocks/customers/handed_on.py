"""What a workflow goes on with after *Score a customer*: plain values, which its later steps show or compare."""

from __future__ import annotations

import math
from typing import Any

from bot.blocks.text import capital
from segmentation.answers.explanation import Explanation, far_outside_text
from segmentation.answers.usual import why_lines


def handed_on(explanation: Explanation) -> dict[str, Any]:
    """Return the step's outputs, as manifest.workflow.yml names them.

    Returns
    -------
    dict[str, Any]
        `segment`; `confidence`, of 100 retrained models how many agree, cut off; `reason` and `action`, in words.
    """
    prediction = explanation.prediction
    return {
        "segment": prediction.segment,
        "confidence": math.floor(round(100 * prediction.confidence, 6)),
        "reason": f"{_reason(explanation)}.".replace("..", "."),
        # What suits the segment's members says nothing of somebody unlike all of them.
        "action": "Check the values first." if explanation.far_outside else explanation.segment.action,
    }


def _reason(explanation: Explanation) -> str:
    if explanation.far_outside:
        return far_outside_text(explanation)
    return capital("; ".join(why_lines(explanation)))
