"""The charts of a retrain's report, drawn from data in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segmentation.charts.captions import elbow_text
from segmentation.errors import SegbotError

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.registry.registry import Registry

ELBOW_TITLE: Final = "How the number of segments was chosen"
MAP_TITLE: Final = "Segments: the candidate beside the current model"


@dataclass(frozen=True, slots=True)
class Charts:
    """Two pictures as PNG, and what each shows in words."""

    elbow: bytes
    elbow_text: str
    segments: bytes
    map_text: str


def draw_charts(registry: Registry, version: str, current: str | None) -> Charts:
    """Draw how k was chosen, and where the candidate's segments lie beside the current model's.

    Raises
    ------
    UnknownVersion, BrokenArtifact
        As for `Registry.load` of the candidate; a current model that cannot be loaded is left out.
    """
    from segmentation.charts.comparison_map import comparison_map  # noqa: PLC0415 - matplotlib is only needed here, and is slow to load
    from segmentation.charts.elbow import elbow_chart  # noqa: PLC0415 - matplotlib is only needed here, and is slow to load

    candidate, report = registry.load(version), registry.manifest(version).report
    choice = report.choice
    elbow = elbow_chart(report.sweep, choice.k, choice.elbow, choice.silhouette, synthetic=report.synthetic)
    beside = _loaded(registry, current)
    names = ", ".join(candidate.names)
    text = f"Where the candidate's segments {names} lie"
    if beside is not None:
        text += f", beside the current model's {', '.join(beside.names)}"
    return Charts(
        elbow,
        elbow_text(choice.k, choice.elbow, choice.silhouette),
        comparison_map(candidate, beside),
        text,
    )


def _loaded(registry: Registry, version: str | None) -> SegmentModel | None:
    if version is None:
        return None
    try:
        return registry.load(version)
    except SegbotError:
        return None
