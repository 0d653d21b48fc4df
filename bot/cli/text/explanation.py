"""One customer's answer as text."""

from __future__ import annotations

from bot.cli.text.tables import table
from segmentation.answers.explanation import Explanation, agreement_text, far_outside_text, no_change_text, share_text
from segmentation.answers.usual import why_lines
from segmentation.schema import Schema, telling_first


def explanation_text(explanation: Explanation, schema: Schema, *, synthetic: bool) -> str:
    """Return one customer's answer as text."""
    prediction = explanation.prediction
    border = "borderline, " if prediction.borderline else ""
    confidence = f"{explanation.confidence_word}, {share_text(prediction)}{agreement_text(explanation)}"
    far, none = bool(explanation.far_outside), no_change_text(explanation)
    would_change = [change.sentence for change in explanation.changes] or ([none] if none else [])
    lines = [
        f"{prediction.segment} – {far_outside_text(explanation) if far else explanation.segment.meaning}",
        *explanation.hints,
        f"Confidence: {confidence} ({border}next nearest: {prediction.runner_up})",
        "",
        table(
            ["Feature", "This customer", f"Typical {prediction.segment}", "80% are within"],
            [
                [
                    line.label_with_unit,
                    line.value_text,
                    line.mean_text or "–",
                    line.range_text or "–",
                ]
                for line in (explanation.profile[i] for i in telling_first(schema.features))
            ],
        ),
        "",
        *([] if far else ["Why:", *(f"  {line}" for line in why_lines(explanation))]),
        *(["What would change it:"] if would_change else []),
        *(f"  {change}" for change in would_change),
        *([] if far else [f"Suggested action: {explanation.segment.action}"]),
        f"Model {prediction.model_version}" + (", trained on synthetic sample customers" if synthetic else ""),
    ]
    return "\n".join(lines)
