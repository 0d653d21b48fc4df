"""All segments of a model as one PNG: a map if two features show where they lie, else their profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmentation.charts.captions import has_profiles
from segmentation.charts.comparison_map import comparison_map
from segmentation.charts.profiles import profiles_chart
from segmentation.charts.segment_map import segment_map

if TYPE_CHECKING:
    from segmentation.model import SegmentModel


def overview_chart(model: SegmentModel) -> bytes:
    """Draw the model's segments; `captions.overview_text` says the same in words."""
    return profiles_chart(model) if has_profiles(model.schema) else segment_map(model)


def comparison_chart(candidate: SegmentModel, current: SegmentModel | None) -> bytes:
    """Draw a candidate's segments, and where they are in the version in service if there is one like it."""
    if has_profiles(candidate.schema):
        return profiles_chart(candidate, current)
    return comparison_map(candidate, current)
