"""Why a customer is in a segment, in people's terms: each value that decided beside the segment's usual ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from segmentation.answers.explanation import Explanation, ProfileLine
from segmentation.writing.labels import in_text

EVERYBODY: Final = "every customer is in this segment"


@dataclass(frozen=True, slots=True)
class Usual:
    """What all customers of a segment share of a feature, for `usual_text`.

    Parameters
    ----------
    label, unit
        What stands before and after a customer's value in a sentence.
    segment, range_text
        The segment's name, and its usual values.
    """

    label: str
    unit: str
    segment: str
    range_text: str

    @classmethod
    def of(cls, line: ProfileLine, segment: str) -> Usual:
        """Word what all customers of a segment share of a feature; `line` is that of one of them."""
        label = in_text(line.label)
        # "Plan Pro", but "income of 60 k$".
        return cls(label if line.categories else f"{label} of", line.unit, segment, line.range_text)


def why_lines(explanation: Explanation) -> list[str]:
    """Say of each value that decided how it compares with the segment's usual ones; `EVERYBODY` if none did."""
    deciding = {reason.feature: reason.sentence for reason in explanation.why}
    said = []
    for line in explanation.profile:
        if line.value is not None and line.feature in deciding:
            del deciding[line.feature]
            said.append(usual_text(Usual.of(line, explanation.prediction.segment), line, line.value_text))
    # What the tree assumed for a value not given, in a model stored by an early version, is in its reasons alone.
    return [*said, *deciding.values()] or [EVERYBODY]


def usual_text(usual: Usual, line: ProfileLine, value: str) -> str:
    """Compare a customer's value with the segment's: "annual income of 60 k$: usual for Standard (48 – 66)".

    Parameters
    ----------
    value
        The customer's value as it is shown.
    """
    value = f"{usual.label} {value} {usual.unit}".rstrip()
    if line.value is None or line.low is None or line.high is None:
        return f"{value}: {usual.range_text} in {usual.segment}" if usual.range_text else value
    if line.low <= line.value <= line.high:
        return f"{value}: usual for {usual.segment} ({usual.range_text})"
    side = "above" if line.value > line.high else "below"
    return f"{value}: {side} most of {usual.segment} ({usual.range_text})"
