"""One customer's answer as text."""

from __future__ import annotations

from bot.cli.tables import table
from segmentation.explanation import Explanation, far_outside_text


def explanation_text(explanation: Explanation, *, synthetic: bool) -> str:
    """Return one customer's answer as text."""
    prediction = explanation.prediction
    border = "borderline, " if prediction.borderline else ""
    confidence = f"{explanation.confidence_word}, {prediction.confidence:.0%}"
    far = bool(explanation.far_outside)
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
                for line in explanation.profile
            ],
        ),
        "",
        *([] if far else ["Why: " + "; ".join(reason.sentence for reason in explanation.why)]),
        *(["What would change it:"] if explanation.changes else []),
        *(f"  {change.sentence}" for change in explanation.changes),
        *([] if far else [f"Suggested action: {explanation.segment.action}"]),
        f"Model {prediction.model_version}" + (", trained on synthetic sample customers" if synthetic else ""),
    ]
    return "\n".join(lines)
