"""The answer for a customer of whom a deciding value is missing, as JSON-ready data: for scripts and assistants."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from segmentation.answers.explanation import profile_data, profile_lines

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.narrowing import Narrowed


def narrowed_data(narrowed: Narrowed, model: SegmentModel) -> dict[str, Any]:
    """Return the keys of a whole answer, and what the missing values leave open.

    A figure that depends on a missing value is the lowest it can be, or None if that is not known.
    """
    data = {
        "segment": narrowed.segments[0] if narrowed.settled else None,
        "model_version": model.version,
        "values": dict(zip(model.schema.names, narrowed.values, strict=True)),
        "far_outside": list(narrowed.far_outside),
        "missing": [feature.name for feature in narrowed.missing],
        "possible": list(narrowed.segments),
        "depends_on": [feature.name for feature in narrowed.deciding],
        "changes_at": [asdict(run) for run in narrowed.runs],
        "sentence": narrowed.sentence,
    }
    return data | _answer(narrowed, model) if narrowed.settled else data


def _answer(narrowed: Narrowed, model: SegmentModel) -> dict[str, Any]:
    weakest, strongest = narrowed.weakest, narrowed.strongest
    segment = model.segment(narrowed.segments[0])
    return {
        "confidence": weakest.confidence if weakest else None,
        "confidence_range": [weakest.confidence, strongest.confidence] if weakest and strongest else None,
        "margin": weakest.margin if weakest else None,
        "runner_up": weakest.runner_up if weakest else None,
        "borderline": weakest.borderline if weakest else None,
        "meaning": "" if narrowed.far_outside else segment.meaning,
        "action": "" if narrowed.far_outside else segment.action,
        "why": [narrowed.sentence],
        "profile": profile_data(profile_lines(narrowed.values, segment, model.schema.features)),
        "changes": [],
    }
