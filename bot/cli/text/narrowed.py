"""The answer for a customer of whom a deciding value is missing, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.narrowing import Narrowed


def settled_text(narrowed: Narrowed, model: SegmentModel) -> str:
    """Return the one segment left as text."""
    segment = model.segment(narrowed.segments[0])
    lines = [
        narrowed.sentence if narrowed.far_outside else f"{narrowed.sentence} – {segment.meaning}",
        *(f"{far}: check the value before you act." for far in narrowed.far_outside),
        f"Confidence: {narrowed.confidence_text}",
        *([] if narrowed.far_outside else [f"Suggested action: {segment.action}"]),
        f"Model {model.version}" + (", trained on synthetic sample customers" if model.synthetic else ""),
    ]
    return "\n".join(lines)
