"""The charts of a retrain's report, drawn from data in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.transfers.files import upload_chart
from bot.timings import SlackTimings
from segmentation.charts.captions import elbow_text, overview_text, sizes_text
from segmentation.errors import SegbotError
from segmentation.versions.version_comparison import compare_versions

if TYPE_CHECKING:
    from segmentation.model import SegmentModel
    from segmentation.registry.registry import Registry

ELBOW_TITLE: Final = "How the number of segments was chosen"
MAP_TITLE: Final = "Segments: the candidate beside the current model"
SIZES_TITLE: Final = "Segment sizes, before and now"


@dataclass(frozen=True, slots=True)
class Charts:
    """Three pictures as PNG, and what each shows in words."""

    elbow: bytes
    elbow_text: str
    segments: bytes
    map_text: str
    sizes: bytes
    sizes_text: str


def draw_charts(registry: Registry, version: str, current: str | None) -> Charts:
    """Draw how k was chosen, where the candidate's segments lie beside the current model's, and their sizes.

    Raises
    ------
    UnknownVersion, BrokenArtifact
        As for `Registry.load` of the candidate; a current model that cannot be loaded is left out.
    """
    from segmentation.charts.elbow import elbow_chart  # noqa: PLC0415 - matplotlib is only needed here, and is slow to load
    from segmentation.charts.overview import comparison_chart  # noqa: PLC0415 - matplotlib is only needed here, and is slow to load
    from segmentation.charts.size_changes import size_changes_chart  # noqa: PLC0415 - matplotlib is only needed here, and is slow to load

    candidate, report = registry.load(version), registry.manifest(version).report
    choice = report.choice
    elbow = elbow_chart(report.sweep, choice.k, choice.elbow, choice.silhouette, synthetic=report.synthetic)
    beside = _loaded(registry, current)
    sizes = compare_versions(registry, version, current).segments
    text = f"The candidate. {overview_text(candidate)}"
    if beside is not None:
        text += f". The model in service has {', '.join(beside.names)}"
    return Charts(
        elbow,
        elbow_text(choice.k, choice.elbow, choice.silhouette),
        comparison_chart(candidate, beside),
        text,
        size_changes_chart(sizes),
        sizes_text(sizes),
    )


async def upload_segments(
    client: AsyncWebClient, version: str, charts: Charts, timings: SlackTimings
) -> dict[str, str]:
    """Upload the pictures that show segments by name; return their ids as `Choice` has them, empty if that failed."""
    upload = partial(upload_chart, client, timings=timings)
    return {
        "segments": await upload(f"segments-{version}.png", charts.segments, MAP_TITLE, charts.map_text),
        "sizes": await upload(f"sizes-{version}.png", charts.sizes, SIZES_TITLE, charts.sizes_text),
    }


def _loaded(registry: Registry, version: str | None) -> SegmentModel | None:
    if version is None:
        return None
    try:
        return registry.load(version)
    except SegbotError:
        return None
