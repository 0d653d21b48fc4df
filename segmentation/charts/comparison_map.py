"""The segment maps of a candidate and of the version in service as one PNG: two panels on the same axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.charts.plane import Plane, axis_title, draw_centroids, draw_regions, joint, plane_of, ticks_between
from segmentation.charts.sheet import GREY, LABEL_SIZES, MARGIN, WIDTH, Sheet, measure, png

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from segmentation.model import SegmentModel

_GAP: Final = 36
_HEADING: Final = 112
_PANEL: Final = 470
_STRIP: Final = 260
_BELOW: Final = 96
_NOTHING: Final = np.empty((0, 2))


def comparison_map(candidate: SegmentModel, current: SegmentModel | None) -> bytes:
    """Draw the current version's segments beside the candidate's, over the first two cluster features, as a PNG.

    Both panels have the same axes, and a segment of the same name has the same colour and marker in both. The regions
    are those of the decision trees for a typical customer, the marks the segments' means. Without a current version,
    or with one that has other cluster features or units, the candidate is drawn alone, and the latter is said.
    """
    return png(comparison_figure(candidate, current))


def comparison_figure(candidate: SegmentModel, current: SegmentModel | None) -> Figure:
    """Build what `comparison_map` draws."""
    plane = plane_of(candidate, np.empty((0, len(candidate.schema.features))), None)
    comparable = current is not None and _axes_of(current) == _axes_of(candidate)
    panels = [("Candidate", candidate, plane)]
    if current is not None and comparable:
        other = plane_of(current, np.empty((0, len(current.schema.features))), None)
        # The two schemas may hold the features at different places, so each panel keeps its own indices.
        panels = [("In service now", current, joint(other, plane)), ("Candidate", candidate, joint(plane, other))]
    notes = ["The candidate beside the version in service" if comparable else "The candidate"]
    if current is not None and not comparable:
        notes.append("the version in service has other features")
    return _draw(panels, notes)


def _draw(panels: list[tuple[str, SegmentModel, Plane]], notes: list[str]) -> Figure:
    _, _, plane = panels[-1]
    height = _PANEL if plane.y is not None else _STRIP
    sheet = Sheet("Segments before and after" if len(panels) > 1 else "Segments", notes, _HEADING + height + _BELOW)
    y_ticks = ticks_between(plane.y.low, plane.y.high, 6) if plane.y is not None else []
    left = MARGIN + max([0.0, *(measure(text)[0] + 16 for _, text in y_ticks)])
    width = (WIDTH - MARGIN - left - _GAP * (len(panels) - 1)) / len(panels)
    names = list(dict.fromkeys(name for _, model, _ in panels for name in model.names))
    top = sheet.top + _HEADING
    for place, (title, model, mine) in enumerate(panels):
        start = left + place * (width + _GAP)
        axes = sheet.axes(start, top, start + width, top + height)
        axes.set_xlim(mine.x.low, mine.x.high)
        axes.set_ylim(*mine.y_extent)
        sheet.text(start, sheet.top + 14, title, weight="bold")
        made = ", synthetic" if model.synthetic else ""
        sheet.text(start, sheet.top + 46, f"{len(model.segments)} segments{made}", size=LABEL_SIZES[1], colour=GREY)
        if mine.y is not None and place == 0:
            sheet.text(MARGIN, top - 24, axis_title(mine.y.feature), size=LABEL_SIZES[1])
        sheet.label_y(axes, y_ticks if place == 0 else [])
        sheet.label_x(axes, ticks_between(mine.x.low, mine.x.high, 8 // len(panels)), axis_title(mine.x.feature, width))
        draw_regions(axes, model, mine, model.fill, names)
        draw_centroids(sheet, axes, model, mine, None, _NOTHING, names)
    return sheet.figure


def _axes_of(model: SegmentModel) -> list[tuple[str, str]]:
    """Name what the map's axes show: feature and unit."""
    features = [model.schema.features[i] for i in model.schema.cluster_indices[:2]]
    return [(feature.name, feature.unit) for feature in features]
