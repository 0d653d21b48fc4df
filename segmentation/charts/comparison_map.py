"""The segment maps of a candidate and of the version in service as one PNG: two panels on the same axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from segmentation.charts.map_axes import DARKER, MapAxes, axis_title, map_axes_of, widened
from segmentation.charts.map_drawing import draw_centroids, draw_regions
from segmentation.charts.sheet.ink import GREY
from segmentation.charts.sheet.labels import LABEL_SIZES
from segmentation.charts.sheet.legend import legend_of
from segmentation.charts.sheet.png import png
from segmentation.charts.sheet.sheet import MARGIN, WIDTH, Sheet
from segmentation.charts.sheet.text import measure
from segmentation.density import shown_on_map

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from segmentation.model import SegmentModel
    from segmentation.schema import Scale

# In pixels of the sheet, as all lengths below.
_GAP: Final = 36
_HEADING: Final = 124
_PANEL: Final = 470
_STRIP: Final = 260
_BELOW: Final = 96
_NOTHING: Final = np.empty((0, 2))


def comparison_map(candidate: SegmentModel, current: SegmentModel | None) -> bytes:
    """Draw the current version's segments beside the candidate's, over the first two cluster features, as a PNG.

    Both panels have the same axes, and a segment of the same name has the same colour and marker in both. The regions
    are those of the decision trees for a typical customer, the marks the segments' means. Without a current version the
    candidate is drawn alone; so it is, with a note, if the current version has other cluster features, units or scales.
    """
    return png(comparison_figure(candidate, current))


def comparison_figure(candidate: SegmentModel, current: SegmentModel | None) -> Figure:
    """Build the figure of `comparison_map`; same parameters."""
    map_axes = map_axes_of(candidate, np.empty((0, len(candidate.schema.features))), None)
    comparable = current is not None and _axes_of(current) == _axes_of(candidate)
    panels = [("Candidate", candidate, map_axes)]
    if current is not None and comparable:
        other = map_axes_of(current, np.empty((0, len(current.schema.features))), None)
        # The two schemas may list the features in different orders, so each panel keeps its own indices.
        panels = [
            ("In service now", current, widened(other, map_axes)),
            ("Candidate", candidate, widened(map_axes, other)),
        ]
    notes = ["The candidate beside the version in service" if comparable else "The candidate"]
    if any(map_of.shows(model.density) for _, model, map_of in panels):
        notes.append(DARKER)
    if current is not None and not comparable:
        notes.append("the version in service has other features")
    return _draw(panels, notes)


def _draw(panels: list[tuple[str, SegmentModel, MapAxes]], notes: list[str]) -> Figure:
    _, _, map_axes = panels[-1]
    height = _PANEL if map_axes.y is not None else _STRIP
    names = list(dict.fromkeys(name for _, model, _ in panels for name in model.names))
    legend = legend_of(names)
    below = legend.height + 10 if legend.numbers else 0
    title = "Segments before and after" if len(panels) > 1 else "Segments"
    sheet = Sheet(title, notes, _HEADING + height + _BELOW + below)
    y_ticks = map_axes.y.ticks(6) if map_axes.y is not None else []
    left = MARGIN + max([0.0, *(measure(text)[0] + 16 for _, text in y_ticks)])
    width = (WIDTH - MARGIN - left - _GAP * (len(panels) - 1)) / len(panels)
    top = sheet.top + _HEADING
    for place, (title, model, mine) in enumerate(panels):
        start = left + place * (width + _GAP)
        axes = sheet.axes(start, top, start + width, top + height)
        mine.show_on(axes)
        sheet.text(start, sheet.top + 14, title, weight="bold")
        made = ", synthetic" if model.synthetic else ""
        sheet.text(start, sheet.top + 46, f"{len(model.segments)} segments{made}", size=LABEL_SIZES[1], colour=GREY)
        if mine.y is not None and place == 0:
            sheet.text(MARGIN, top - 36, axis_title(mine.y.feature), size=LABEL_SIZES[1])
        sheet.label_y(axes, y_ticks if place == 0 else [])
        sheet.label_x(axes, mine.x.ticks(8 // len(panels)), axis_title(mine.x.feature, width))
        draw_regions(axes, model, mine, model.fill, names, density=model.density)
        draw_centroids(sheet, axes, model, mine, None, _NOTHING, names)
    if legend.numbers:
        legend.draw(sheet, sheet.height - below - 4)
    return sheet.figure


def _axes_of(model: SegmentModel) -> list[tuple[str, str, Scale]]:
    """Name what the map's axes show: feature, unit and scale."""
    features = [model.schema.features[i] for i in shown_on_map(model.schema)]
    return [(feature.name, feature.unit, feature.scale) for feature in features]
