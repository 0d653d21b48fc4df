"""One customer's answer: segment, confidence, values beside typical ones, why, what would change it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from bot.blocks.reply import Reply
from bot.blocks.text import Block, bullets, button, context, escape, header, section, table
from segmentation.model import Explanation, confidence_word
from segmentation.palette import square_of
from segmentation.schema import Schema, format_number

SHARE: Final = "share_segment"
_MOST_CHANGES: Final = 6


@dataclass(frozen=True, slots=True)
class Shared:
    """What the *Share in channel* button carries: the model version that answered and the values, in schema order."""

    version: str
    values: tuple[float, ...]

    def to_value(self) -> str:
        """Return the button's value."""
        return json.dumps({"version": self.version, "values": self.values})

    @classmethod
    def from_value(cls, text: str) -> Shared:
        """Read a button's value; ValueError when it is not one of ours."""
        try:
            data = json.loads(text)
            return cls(str(data["version"]), tuple(float(value) for value in data["values"]))
        except (KeyError, TypeError, OverflowError, RecursionError) as error:
            raise ValueError("not a share button's value") from error


def segment_reply(
    explanation: Explanation, schema: Schema, names: tuple[str, ...], *, synthetic: bool, shared_by: str | None = None
) -> Reply:
    """Render an explanation.

    Parameters
    ----------
    names
        All segment names of the model, which fix the colours.
    synthetic
        Whether the model was trained on generated customers; then the small print says so.
    shared_by
        The user id of whoever shared it; the reply then has no share button.
    """
    prediction = explanation.prediction
    segment = explanation.segment
    blocks: list[Block] = [
        header(f"{square_of(segment.name, names)} {segment.name}"),
        section(f"{escape(segment.meaning)}\n{confidence_text(explanation)}"),
        _profile(explanation),
        bullets(
            "Why", [escape(reason.sentence) for reason in explanation.why] or ["every customer is in this segment"]
        ),
    ]
    if explanation.changes:
        blocks.append(
            bullets("What would change it", [escape(c.sentence) for c in explanation.changes[:_MOST_CHANGES]])
        )
    blocks.append(section(f"*Suggested action*\n{escape(segment.action)}"))
    blocks.append(context(_small_print(prediction.model_version, synthetic=synthetic, shared_by=shared_by)))
    if shared_by is None:
        value = Shared(prediction.model_version, explanation.values).to_value()
        blocks.append({"type": "actions", "elements": [button("Share in channel", SHARE, value)]})
    return Reply(_in_words(explanation, schema), blocks)


def confidence_text(explanation: Explanation) -> str:
    """Say the confidence in word and number, and what a borderline answer borders on."""
    prediction = explanation.prediction
    text = f"*Confidence: {confidence_word(prediction)}, {prediction.confidence:.0%}*"
    if prediction.borderline:
        return f"{text} – borderline, next nearest: *{escape(prediction.runner_up)}*"
    return f"{text} – next nearest: {escape(prediction.runner_up)}"


def _profile(explanation: Explanation) -> Block:
    rows = [["Feature", "This customer", f"Typical {explanation.segment.name}", "80% are within"]]
    for line in explanation.profile:
        label = f"{line.label} ({line.unit})" if line.unit else line.label
        rows.append(
            [
                label,
                format_number(line.value) + (" (assumed)" if line.imputed else ""),
                format_number(line.mean, 1),
                f"{format_number(line.low, 1)} – {format_number(line.high, 1)}",
            ]
        )
    return table(rows, right=(1, 2, 3))


def _small_print(version: str, *, synthetic: bool, shared_by: str | None) -> str:
    parts = [f"Model {escape(version or 'unsaved')}"]
    if synthetic:
        parts.append("trained on *synthetic sample customers*")
    if shared_by is not None:
        parts.append(f"shared by <@{escape(shared_by)}>")
    return " · ".join(parts)


def _in_words(explanation: Explanation, schema: Schema) -> str:
    prediction = explanation.prediction
    values = ", ".join(
        f"{feature.name} {feature.show(value)}"
        for feature, value in zip(schema.features, explanation.values, strict=True)
    )
    borderline = f", borderline, next nearest {prediction.runner_up}" if prediction.borderline else ""
    return escape(
        f"{prediction.segment} (confidence {confidence_word(prediction)}, {prediction.confidence:.0%}{borderline})"
        f" for {values}"
    )
