"""Where the segments lie: the decision tree's regions over two features, as a PNG."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from segmentation.charts.map_axes import DARKER, HOLLOW, MapAxes, axis_title, map_axes_of
from segmentation.charts.map_drawing import draw_centroids, draw_points, draw_regions
from segmentation.charts.sheet.ink import GREY
from segmentation.charts.sheet.labels import LABEL_SIZES
from segmentation.charts.sheet.legend import legend_of
from segmentation.charts.sheet.png import png
from segmentation.charts.sheet.sheet import MARGIN, SYNTHETIC_NOTE, WIDTH, Sheet, count_of
from segmentation.charts.sheet.text import measure, wrap
from segmentation.model import SegmentModel
from segmentation.schema import Indicator


def segment_map(
    model: SegmentModel,
    points: Sequence[Sequence[float]] | None = None,
    highlight: Sequence[float] | None = None,
) -> bytes:
    """Draw the segments over the first two cluster features as a PNG; a single cluster feature gives a strip.

    Parameters
    ----------
    model
        Its decision tree gives the regions; its segments' means, in the features' units, are drawn as centroids.
    points
        Customers, shape (n, features) in schema order and the features' units, drawn in the colour of the tree's
        answer, close calls hollow; of more than 3,000 a fixed sample is drawn. Without any, the regions are darker
        where there were more customers in training, if the model knows.
    highlight
        One customer to point out, shape (features,). The regions are then those of customers who share this
        one's values in the features off the axes; without it, those of a typical customer.

    Raises
    ------
    ValueError
        When a vector does not have one number per feature.
    """
    return png(map_figure(model, points, highlight))


def map_figure(
    model: SegmentModel,
    points: Sequence[Sequence[float]] | None = None,
    highlight: Sequence[float] | None = None,
) -> Figure:
    """Build the figure of `segment_map`; same parameters and errors."""
    features = len(model.schema.features)
    customers = np.asarray(points if points is not None else [], dtype=np.float64).reshape(-1, features)
    customer = None if highlight is None else np.asarray(highlight, dtype=np.float64).reshape(features)
    map_axes = map_axes_of(model, customers, customer)
    drawn = map_axes.sample(customers)
    answers = [model.predict_at(row) for row in drawn.tolist()]

    notes = [count_of(len(model.segments), "segment")]
    if len(customers):
        part = f"{len(drawn):,} of " if len(drawn) < len(customers) else ""
        notes.append(part + count_of(len(customers), "customer"))
        if any(one.borderline for one in answers):
            notes.append(HOLLOW)
    elif map_axes.shows(model.density):
        notes.append(DARKER)
    if model.synthetic:
        notes.append(SYNTHETIC_NOTE)
    shading = _shading_note(model, map_axes, highlight)
    legend = legend_of(model.names)
    heading, height = (56, 580 if legend.numbers else 620) if map_axes.y is not None else (10, 400)
    below = legend.height + 10 if legend.numbers else 0
    sheet = Sheet("Segment map", notes, heading + height + (144 if shading else 96) + below)
    x_ticks = map_axes.x.ticks(8)
    y_ticks = map_axes.y.ticks(6) if map_axes.y is not None else []
    left = MARGIN + max([0.0, *(measure(text)[0] + 16 for _, text in y_ticks)])
    axes = sheet.axes(left, sheet.top + heading, WIDTH - MARGIN, sheet.top + heading + height)
    map_axes.show_on(axes)
    if map_axes.y is not None:
        sheet.text(MARGIN, sheet.top + heading / 2 - 11, axis_title(map_axes.y.feature))
    sheet.label_y(axes, y_ticks)
    sheet.label_x(axes, x_ticks, axis_title(map_axes.x.feature))
    if shading:
        sheet.text(MARGIN, sheet.height - below - 34, shading, size=LABEL_SIZES[1], colour=GREY)

    # Points show where customers are themselves.
    density = None if len(customers) else model.density
    draw_regions(axes, model, map_axes, model.fill if highlight is None else highlight, density=density)
    seen = draw_points(axes, model, map_axes, drawn, answers)
    draw_centroids(sheet, axes, model, map_axes, customer, seen)
    if legend.numbers:
        legend.draw(sheet, sheet.height - below - 4)
    return sheet.figure


def _shading_note(model: SegmentModel, map_axes: MapAxes, highlight: Sequence[float] | None) -> str:
    """Name the values of features off the axes for which the regions hold; empty if the tree cuts on none of them."""
    parts = []
    inputs = (model.schema.inputs[i] for i in model.tree.cuts)
    owners = (one.owner if isinstance(one, Indicator) else model.schema.names.index(one.name) for one in inputs)
    for i in dict.fromkeys(owners):
        if i not in {axis.index for axis in map_axes.axes}:
            feature = model.schema.features[i]
            value = feature.show_typical(model.fill[i]) if highlight is None else feature.show(highlight[i])
            parts.append(f"{feature.label} {value}")
    return wrap("Regions shaded for " + ", ".join(parts), WIDTH - 2 * MARGIN, 1, LABEL_SIZES[1]) if parts else ""
