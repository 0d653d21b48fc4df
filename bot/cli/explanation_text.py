"""One customer's answer as text."""

from __future__ import annotations

from bot.cli.tables import table
from segmentation.explanation import Explanation, confidence_word
from segmentation.schema import format_number


def explanation_text(explanation: Explanation, *, synthetic: bool) -> str:
    """Return one customer's answer as text."""
    prediction = explanation.prediction
    border = "borderline, " if prediction.borderline else ""
    confidence = f"{confidence_word(prediction)}, {prediction.confidence:.0%}"
    lines = [
        f"{prediction.segment} – {explanation.segment.meaning}",
        f"Confidence: {confidence} ({border}next nearest: {prediction.runner_up})",
        "",
        table(
            ["Feature", "This customer", f"Typical {prediction.segment}", "80% are within"],
            [
                [
                    line.label_with_unit,
                    format_number(line.value) + (" (assumed)" if line.imputed else ""),
                    format_number(line.mean, 1),
                    f"{format_number(line.low, 1)} – {format_number(line.high, 1)}",
                ]
                for line in explanation.profile
            ],
        ),
        "",
        "Why: " + "; ".join(reason.sentence for reason in explanation.why),
        *(["What would change it:"] if explanation.changes else []),
        *(f"  {change.sentence}" for change in explanation.changes),
        f"Suggested action: {explanation.segment.action}",
        f"Model {prediction.model_version}" + (", trained on synthetic sample customers" if synthetic else ""),
    ]
    return "\n".join(lines)
